//! Waits that are noted for reports, by those who don't pass the baton on while they wait.

use super::{ActorId, At, On, Stage, Wait};
#[cfg(feature = "tokio")]
use crate::place::Place;

/// A wait that is noted until this is dropped.
pub(crate) struct Noted {
    me: ActorId,
    ticket: u64,
}

impl Stage {
    /// Notes what an actor waits for, without waiting.
    pub(crate) fn note_wait(&self, me: ActorId, wait: Wait) -> Noted {
        let mut state = self.lock();
        let ticket = state.ticket();
        state.tell_wait(me, &wait);
        state.chooser.waits(me, At { call: wait.on.verb(), place: wait.place });
        if let Some(actor) = state.cast.get_mut(me) {
            actor.last = Some(wait.place);
            actor.waits.push((ticket, wait));
        }
        Noted { me, ticket }
    }
}

#[cfg(feature = "tokio")]
impl Noted {
    /// Keeps the wait of a future noted while it is pending; nothing on the pace `off`.
    ///
    /// A future may be kept without being awaited any more (an arm of an earlier `select!`). So when a
    /// report is due, each that is polled once more notes its wait anew, and the others don't count.
    pub(crate) fn keep(noted: &mut Option<Noted>, place: Place, on: impl FnOnce() -> On) {
        let Some(stage) = Stage::get() else { return };
        let me = stage.me();
        let (again, found) = stage.review();
        if again || noted.as_ref().is_none_or(|noted| noted.me != me) {
            *noted = None;
            let place = found.map_or(place, |found| place.in_program_or(found));
            *noted = Some(stage.note_wait(me, Wait { on: on(), place }));
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let Some(stage) = Stage::get() else { return };
        let mut state = stage.lock();
        let Some(actor) = state.cast.get_mut(self.me) else { return };
        let Some(nth) = actor.waits.iter().position(|(ticket, _)| *ticket == self.ticket) else {
            return;
        };
        let (_, wait) = actor.waits.remove(nth);
        // Whoever stops waiting may hand on that it was woken.
        if let On::Receive { queue, .. } | On::Send { queue, .. } = wait.on {
            state.touches_queue(queue);
        }
    }
}
