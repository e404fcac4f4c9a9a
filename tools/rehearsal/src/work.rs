//! Work that computes: it occupies a core, where a sleep does not.

#[cfg(feature = "stage")]
use crate::{place::Place, stage::Call};
use std::time::{Duration, Instant};

/// Computes for `duration`.
///
/// On the rehearsal's clock it occupies one of the virtual cores (four, or as many as `--cores` says)
/// and waits while none is free. In a task it holds the whole runtime up, as real computing does.
/// On the paces `real` and `off`, and without a stage, it keeps a real core busy.
///
/// ```
/// use rehearsal::{time::{Duration, Instant}, work};
///
/// let start = Instant::now();
/// work(Duration::from_millis(5));
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// ```
#[track_caller]
pub fn work(duration: Duration) {
    #[cfg(feature = "stage")]
    if let Some(call) = Call::in_turn("work()", Place::here()) {
        let stage = call.stage();
        stage.take_core(call.me(), call.place());
        call.sleep("work", duration);
        return stage.give_core_back();
    }
    let start = Instant::now();
    while start.elapsed() < duration {
        std::hint::spin_loop();
    }
}
