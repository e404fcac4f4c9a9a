//! The locks: who holds each mutex, and the line that locked it.

use super::{Actor, ActorId, At, Call, Key, Stage, State, Touch, Uses, progress::STEPS};
use crate::place::Place;
use std::collections::BTreeMap;

/// A lock or a signal is known by its address: it does not move while it is used.
#[derive(Default)]
pub(crate) struct Locks {
    held: BTreeMap<usize, (ActorId, Place)>,
    /// Numbers for the tape, because addresses differ from run to run.
    numbers: BTreeMap<usize, u64>,
    numbered: u64,
}

impl Locks {
    pub(crate) fn holder(&self, lock: usize) -> Option<(ActorId, Place)> {
        self.held.get(&lock).copied()
    }

    pub(super) fn number(&mut self, address: usize) -> u64 {
        if let Some(number) = self.numbers.get(&address) {
            return *number;
        }
        let next = self.next_number();
        self.numbers.insert(address, next);
        next
    }

    /// A number for the tape that no other lock has.
    pub(super) fn next_number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }
}

impl Stage {
    /// A lock is free again, for the one who has waited longest.
    pub(crate) fn release_lock(&self, lock: usize) {
        self.release_lock_for(lock, 1);
    }

    /// The same, for so many of those who wait.
    pub(crate) fn release_lock_for(&self, lock: usize, most: usize) {
        let mut state = self.lock();
        let holder = state.locks.held.remove(&lock);
        if let Some((holder, _)) = holder {
            state.touches_lock(lock);
            state.tell_of("unlock", holder, lock, |_| {});
        }
        state.wake(Key::Lock(lock), most);
    }
}

impl Call {
    /// Takes a lock, in the books. Under a schedule others may go on while it is held.
    pub(crate) fn takes_lock(&self, lock: usize) {
        let interrupts = {
            let mut state = self.stage().lock();
            state.locks.held.insert(lock, (self.me(), self.place()));
            state.touches_lock(lock);
            state.tell_of("lock", self.me(), lock, |line| {
                line.place(self.place());
            });
            state.chooser.interrupts()
        };
        if interrupts {
            let at = At { call: "locked", place: self.place() };
            self.stage().switch_point(self.me(), Uses::Nothing, at);
        }
    }

    /// Wakes those who wait for a signal. A hand-off is progress; a signal that nobody hears is none.
    pub(crate) fn notifies(&self, signal: usize, most: usize) {
        let mut state = self.stage().lock();
        let woken = state.baton.count_at(Key::Signal(signal)).min(most);
        state.trail.touches(Touch::Everything);
        state.tell_of("notify", self.me(), signal, |line| {
            line.number("woken", woken).place(self.place());
        });
        if woken > 0 {
            state.made_progress();
        }
        state.wake(Key::Signal(signal), woken);
    }
}

impl State {
    /// Tells the tape what is done with a lock or a signal.
    fn tell_of(
        &mut self,
        event: &str,
        me: ActorId,
        address: usize,
        fill: impl FnOnce(&mut crate::tape::Line),
    ) {
        // Of one that does nothing else, again and again, the tape tells in a loop's own words (`ask`).
        let goes_round = |actor: &Actor| actor.looks.number(&self.progress) >= STEPS;
        if self.tape.is_running() && !self.cast.get(me).is_some_and(goes_round) {
            let number = self.locks.number(address);
            self.tell(event, me, |line| {
                line.number("lock", number);
                fill(line);
            });
        }
    }
}
