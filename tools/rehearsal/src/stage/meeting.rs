//! Meetings: the two halves of a rendezvous, which the real library makes at the same time.
//!
//! A queue that holds nothing needs both sides in their real calls at once. So one side *engages* the
//! other, which waits, and the two *meet*: for that moment two threads run, and then one of them waits
//! for the baton again.

use super::{ActorId, For, Key, Stage, State, Wait, Woke};

/// A rendezvous that two actors are put aside for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Meeting(u64);

impl Stage {
    /// Puts the longest-waiting actor at `key` aside for a rendezvous with the caller, so that nobody else
    /// can have it.
    ///
    /// One that waits for nothing else goes on waiting, for the caller to [`meet`](Stage::meet) it. One
    /// that selects is woken: it comes to the meeting when it completes its selection.
    pub(crate) fn engage(&self, key: Key) -> Option<Meeting> {
        let mut state = self.lock();
        let partner = state.baton.first_at(key)?;
        let meeting = Meeting(state.ticket());
        let actor = state.cast.one(partner);
        if actor.selects() {
            let index = state.arm_at(partner, key);
            state.make_ready(partner, Woke::Chosen(index, meeting));
        } else {
            state.leave_keys(partner);
            state.cast.one(partner).keys = vec![Key::Meeting(meeting)];
            state.baton.wait_at(&[Key::Meeting(meeting)], partner);
        }
        Some(meeting)
    }

    /// Makes the caller's half of a rendezvous, as soon as the other one comes to it too.
    pub(crate) fn meet<R>(
        &self,
        me: ActorId,
        meeting: Meeting,
        wait: Wait,
        half: impl FnOnce() -> R,
    ) -> R {
        if self.let_meet(meeting) {
            return half();
        }
        self.wait(me, &[Key::Meeting(meeting)], None, wait);
        self.met(me, half)
    }

    /// Makes the caller's half of a rendezvous beside the one who has the baton, and waits for it.
    pub(crate) fn met<R>(&self, me: ActorId, half: impl FnOnce() -> R) -> R {
        let result = half();
        self.await_turn(me);
        result
    }

    /// Lets the one who has come to a meeting make its half beside the caller's: the real calls need
    /// each other.
    fn let_meet(&self, meeting: Meeting) -> bool {
        let mut state = self.lock();
        let Some(partner) = state.baton.first_at(Key::Meeting(meeting)) else { return false };
        let actor = state.cast.one(partner);
        actor.off_baton = true;
        let parker = actor.parker.clone();
        state.make_ready(partner, Woke::Paired(meeting));
        drop(state);
        parker.expect("it waits, so it has said where").notify_one();
        true
    }
}

impl State {
    /// The arm of a selection that waits at a key: any of them, where several do.
    fn arm_at(&mut self, selects: ActorId, key: Key) -> usize {
        let keys = &self.cast.one(selects).keys;
        let arms: Vec<usize> = (0..keys.len()).filter(|arm| keys[*arm] == key).collect();
        match arms.as_slice() {
            [only] => *only,
            several => several[self.any_of(For::Arm, several.len())],
        }
    }
}
