//! Stands for crossbeam-channel in its own tests.

pub use rehearsal::crossbeam_channel::*;

/// What stands behind the real `select!`; one of the tests calls it by its name.
#[macro_export]
macro_rules! crossbeam_channel_internal {
    ($($arms:tt)*) => { $crate::select! { $($arms)* } };
}
