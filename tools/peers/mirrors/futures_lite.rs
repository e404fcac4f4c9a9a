//! Stands for futures-lite: its own, but for a `block_on` that takes its turns.

pub use futures_lite_real::*;

pub mod future {
    pub use futures_lite_real::future::*;
    pub use rehearsal::future::block_on;
}
