//! The review: when a report is due, every task is polled once more, to say where it waits.
//!
//! The program is over by then. So nothing of a review gets on the tape, and nothing is printed.

use super::{ActorId, State};
use crate::place::Place;

#[derive(Default)]
pub(super) struct Review {
    pub(super) is_on: bool,
    /// The program's line that polls a mirrored future, where only `trace.rs` could find it.
    found: Option<Place>,
}

#[cfg(feature = "tokio")]
impl super::Stage {
    /// From here on, polled tasks note their waits anew.
    pub(crate) fn set_review(&self, on: bool) {
        self.lock().review.is_on = on;
    }

    /// Whether tasks are polled once more, and the line that `trace.rs` has found for this future.
    pub(super) fn review(&self) -> (bool, Option<Place>) {
        let review = &mut self.lock().review;
        (review.is_on, review.found.take())
    }
}

#[cfg(feature = "tokio")]
impl State {
    /// Forgets what `task` waited for: it is about to be polled once more, and notes it anew.
    pub(crate) fn begin_review_of(&mut self, task: ActorId) {
        self.review.found = None;
        if let Some(actor) = self.cast.get_mut(task) {
            actor.waits.clear();
            actor.unmirrored.clear();
        }
    }

    /// A task went on when it was polled once more: what it waited for was there, and nobody woke it.
    pub(crate) fn has_lost_its_waker(&mut self, task: ActorId) {
        if let Some(actor) = self.cast.get_mut(task) {
            actor.waits.clear();
            actor.unmirrored = vec![
                "to be woken, though it could go on: a future that it polls has lost its waker"
                    .to_owned(),
            ];
        }
    }

    /// The line at which a mirrored future is polled that is about to note its wait.
    pub(crate) fn found_line(&mut self, place: Place) {
        self.review.found = Some(place);
    }
}
