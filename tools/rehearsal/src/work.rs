//! Work that computes: it occupies a core, where a sleep does not.

use crate::{
    place::Place,
    stage::{On, Stage, Wait},
};
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
    let place = Place::here();
    match Stage::get() {
        Some(stage) if stage.is_virtual() => {
            let me = stage.me();
            stage.take_core(me, place);
            let duration = stage.jittered(duration);
            stage.lock().tell("work", me, |line| {
                line.duration("for_us", duration).place(place);
            });
            let until = stage.now().saturating_add(duration);
            stage.wait(me, &[], Some(until), Wait { on: On::Sleep, place });
            stage.give_core_back();
        }
        _ => {
            let start = Instant::now();
            while start.elapsed() < duration {
                std::hint::spin_loop();
            }
        }
    }
}
