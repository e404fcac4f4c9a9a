//! What the stage knows of a queue: where it was made, and who can still send to it or receive from it.

use super::{ActorId, Key, Stage, State};
use crate::place::Place;
use std::collections::BTreeMap;

pub(crate) type QueueId = u64;
pub(crate) type HandleId = u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Sending,
    Receiving,
}

impl Side {
    pub(crate) fn other(self) -> Side {
        match self {
            Side::Sending => Side::Receiving,
            Side::Receiving => Side::Sending,
        }
    }
}

pub(crate) struct Queue {
    pub(crate) made: Place,
    /// `None`: unbounded.
    pub(crate) capacity: Option<usize>,
    pub(crate) len: usize,
    senders: BTreeMap<HandleId, Handle>,
    receivers: BTreeMap<HandleId, Handle>,
    /// The messages (`Receiving`) and the room (`Sending`) that selections have chosen and not yet used.
    claims: Vec<Side>,
}

/// One sender or receiver that exists.
pub(crate) struct Handle {
    pub(crate) made: Place,
    pub(crate) cloned: bool,
    /// Who used it last, and where.
    pub(crate) used: Option<(ActorId, Place)>,
}

impl Queue {
    pub(crate) fn handles(&self, side: Side) -> &BTreeMap<HandleId, Handle> {
        match side {
            Side::Sending => &self.senders,
            Side::Receiving => &self.receivers,
        }
    }

    fn handles_mut(&mut self, side: Side) -> &mut BTreeMap<HandleId, Handle> {
        match side {
            Side::Sending => &mut self.senders,
            Side::Receiving => &mut self.receivers,
        }
    }
}

impl State {
    /// Registers a queue with its first sender and receiver.
    pub(crate) fn add_queue(
        &mut self,
        capacity: Option<usize>,
        made: Place,
    ) -> (QueueId, HandleId, HandleId) {
        let id = self.ticket();
        let queue = Queue {
            made,
            capacity,
            len: 0,
            senders: BTreeMap::new(),
            receivers: BTreeMap::new(),
            claims: Vec::new(),
        };
        self.queues.insert(id, queue);
        let sender = self.add_handle(id, Side::Sending, made, false);
        let receiver = self.add_handle(id, Side::Receiving, made, false);
        let me = super::ME.get().unwrap_or(super::MAIN);
        self.tell("queue", me, |line| {
            line.number("queue", id);
            if let Some(capacity) = capacity {
                line.number("capacity", capacity);
            }
            line.place(made);
        });
        (id, sender, receiver)
    }

    pub(crate) fn add_handle(
        &mut self,
        queue: QueueId,
        side: Side,
        made: Place,
        cloned: bool,
    ) -> HandleId {
        let id = self.ticket();
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.handles_mut(side).insert(id, Handle { made, cloned, used: None });
        }
        id
    }

    /// Forgets a handle; tells whether it was the last of its side. A queue without handles is forgotten too.
    pub(crate) fn drop_handle(&mut self, queue: QueueId, side: Side, handle: HandleId) -> bool {
        let Some(known) = self.queues.get_mut(&queue) else { return false };
        known.handles_mut(side).remove(&handle);
        let last = known.handles(side).is_empty();
        if known.senders.is_empty() && known.receivers.is_empty() {
            self.queues.remove(&queue);
        }
        last
    }

    pub(crate) fn use_handle(
        &mut self,
        queue: QueueId,
        side: Side,
        handle: HandleId,
        by: ActorId,
        at: Place,
    ) {
        if let Some(handle) =
            self.queues.get_mut(&queue).and_then(|queue| queue.handles_mut(side).get_mut(&handle))
        {
            handle.used = Some((by, at));
        }
    }

    /// Whether all handles of a side are gone.
    pub(crate) fn is_deserted(&self, queue: QueueId, side: Side) -> bool {
        self.queues.get(&queue).is_none_or(|queue| queue.handles(side).is_empty())
    }

    /// Puts a message or some room aside, until a selection that has chosen it is completed.
    pub(crate) fn claim(&mut self, queue: QueueId, side: Side) {
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.claims.push(side);
        }
    }

    /// What was claimed is free again.
    pub(crate) fn release(&mut self, queue: QueueId, side: Side) {
        if let Some(claims) = self.queues.get_mut(&queue).map(|queue| &mut queue.claims)
            && let Some(index) = claims.iter().position(|claim| *claim == side)
        {
            claims.swap_remove(index);
        }
    }

    /// How many messages of a queue, or how much of its room, selections have put aside.
    pub(crate) fn claims(&self, queue: QueueId, side: Side) -> usize {
        let claims = self.queues.get(&queue).map(|queue| queue.claims.iter());
        claims.map_or(0, |claims| claims.filter(|claim| **claim == side).count())
    }

    /// Notes that an item went into a queue (`Sending`) or out of it; `depth` is what it holds now.
    pub(crate) fn moved(
        &mut self,
        queue: QueueId,
        side: Side,
        depth: usize,
        me: ActorId,
        at: Place,
    ) {
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.len = depth;
        }
        if let Some(actor) = self.actors.get_mut(&me) {
            actor.last = Some(at);
        }
        self.made_progress();
        let event = match side {
            Side::Sending => "send",
            Side::Receiving => "recv",
        };
        self.tell(event, me, |line| {
            line.number("queue", queue).number("depth", depth).place(at);
        });
    }
}

/// A sender's or receiver's place in the books. It is crossed out when it is dropped.
///
/// A mirror keeps it *behind* its real half, so that the real half is gone when others are woken.
pub(crate) struct Seat {
    pub(crate) queue: QueueId,
    side: Side,
    handle: HandleId,
}

impl Seat {
    /// The seats of a new queue's first sender and first receiver.
    pub(crate) fn pair(stage: &Stage, capacity: Option<usize>, made: Place) -> (Seat, Seat) {
        let (queue, sender, receiver) = stage.lock().add_queue(capacity, made);
        (
            Seat { queue, side: Side::Sending, handle: sender },
            Seat { queue, side: Side::Receiving, handle: receiver },
        )
    }

    pub(crate) fn cloned(&self, place: Place) -> Seat {
        Seat::joining(self.queue, self.side, place)
    }

    /// The seat of one more handle of a queue.
    pub(crate) fn joining(queue: QueueId, side: Side, place: Place) -> Seat {
        let stage = Stage::get().expect("a seat is on a stage");
        let handle = stage.lock().add_handle(queue, side, place, true);
        Seat { queue, side, handle }
    }

    /// Notes that `me` uses this handle.
    pub(crate) fn used(&self, stage: &Stage, me: ActorId, place: Place) {
        stage.lock().use_handle(self.queue, self.side, self.handle, me, place);
    }

    /// Notes that an item went through this handle.
    pub(crate) fn moved(&self, stage: &Stage, depth: usize, me: ActorId, place: Place) {
        stage.lock().moved(self.queue, self.side, depth, me, place);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(stage) = Stage::get() else { return };
        let mut state = stage.lock();
        if state.drop_handle(self.queue, self.side, self.handle) {
            state.wake(Key::Queue(self.queue, self.side.other()), usize::MAX);
        }
    }
}
