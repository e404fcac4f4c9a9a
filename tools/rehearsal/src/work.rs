//! Work that computes: it occupies a core, where a sleep does not.

use crate::{place::Place, stage::Call};
use std::time::{Duration, Instant};

/// Computes for `duration`.
///
/// On the rehearsal's clock it occupies one of the virtual cores (four, or as many as `--cores` says)
/// and waits while none is free. In a task it holds the whole runtime up, as real computing does.
/// On the paces `real` and `off` it keeps a real core busy.
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
    match Call::in_turn("work()", Place::here()) {
        Some(call) => {
            let stage = call.stage();
            stage.take_core(call.me(), call.place());
            call.sleep("work", duration);
            stage.give_core_back();
        }
        None => {
            let start = Instant::now();
            while start.elapsed() < duration {
                std::hint::spin_loop();
            }
        }
    }
}
