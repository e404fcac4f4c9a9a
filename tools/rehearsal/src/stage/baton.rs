//! The baton: who may act, who is ready to, and what the others wait for.
//!
//! It knows nothing of what actors do. Who of the ready goes next is for the [`Chooser`](super::chooser).

use super::{ActorId, Key};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// Who holds the baton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Actor(ActorId),
    Executor,
}

/// An instant at which somebody is woken. Of one instant, the first that was set comes first.
pub(super) type Deadline = (Duration, u64);

pub(super) struct Baton {
    turn: Turn,
    /// How often somebody else got the baton.
    handed_on: u64,
    ready: VecDeque<ActorId>,
    sleepers: BTreeMap<Deadline, ActorId>,
    waiting: BTreeMap<Key, VecDeque<ActorId>>,
    /// How many keys to watch at somebody waits at. There are seldom any.
    watchers: usize,
}

impl Baton {
    pub(super) fn held_by(turn: Turn) -> Baton {
        Baton {
            turn,
            handed_on: 0,
            ready: VecDeque::new(),
            sleepers: BTreeMap::new(),
            waiting: BTreeMap::new(),
            watchers: 0,
        }
    }

    pub(super) fn turn(&self) -> Turn {
        self.turn
    }

    pub(super) fn give(&mut self, turn: Turn) {
        self.handed_on += u64::from(self.turn != turn);
        self.turn = turn;
    }

    pub(super) fn handed_on(&self) -> u64 {
        self.handed_on
    }

    // Those who are ready.

    pub(super) fn somebody_is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn ready(&self) -> &VecDeque<ActorId> {
        &self.ready
    }

    pub(super) fn line_up(&mut self, id: ActorId) {
        self.ready.push_back(id);
    }

    /// The nth of those who are ready; nobody else may be asked for.
    pub(super) fn take(&mut self, nth: usize) -> ActorId {
        self.ready.remove(nth).expect("the index is within the queue")
    }

    // Those who sleep.

    pub(super) fn sleep_until(&mut self, deadline: Deadline, id: ActorId) {
        self.sleepers.insert(deadline, id);
    }

    /// When the next of those who sleep is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.sleepers.first_key_value().map(|((at, _), _)| *at)
    }

    /// One who is due by `now`.
    pub(super) fn due_by(&self, now: Duration) -> Option<ActorId> {
        self.sleepers.first_key_value().filter(|((at, _), _)| *at <= now).map(|(_, id)| *id)
    }

    pub(super) fn sleepers(&self) -> impl Iterator<Item = ActorId> {
        self.sleepers.values().copied()
    }

    // Those who wait.

    pub(super) fn wait_at(&mut self, keys: &[Key], id: ActorId) {
        for key in keys {
            self.watchers += usize::from(matches!(key, Key::Watch(..)));
            self.waiting.entry(*key).or_default().push_back(id);
        }
    }

    /// The one who has waited longest at a key.
    pub(super) fn first_at(&self, key: Key) -> Option<ActorId> {
        self.nth_at(key, 0)
    }

    /// The nth of those who wait at a key, by how long they have.
    pub(super) fn nth_at(&self, key: Key, nth: usize) -> Option<ActorId> {
        self.waiting.get(&key)?.get(nth).copied()
    }

    /// All who wait at a key, the one who has waited longest first.
    pub(super) fn all_at(&self, key: Key) -> Vec<ActorId> {
        self.waiting.get(&key).into_iter().flatten().copied().collect()
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watchers > 0
    }

    /// How many wait at a key.
    pub(super) fn count_at(&self, key: Key) -> usize {
        self.waiting.get(&key).map_or(0, VecDeque::len)
    }

    /// Nothing wakes an actor any more.
    pub(super) fn leave(&mut self, keys: &[Key], deadline: Option<Deadline>, id: ActorId) {
        if let Some(deadline) = deadline {
            self.sleepers.remove(&deadline);
        }
        for key in keys {
            self.watchers -= usize::from(matches!(key, Key::Watch(..)));
            if let Some(queue) = self.waiting.get_mut(key) {
                queue.retain(|other| *other != id);
                if queue.is_empty() {
                    self.waiting.remove(key);
                }
            }
        }
    }
}
