//! What the stage knows of a queue: where it was made, and who can still send to it or receive from it.

use super::{ActorId, Key, MAIN, Meeting, On, Stage, State, whoami};
use crate::place::Place;
use std::collections::{BTreeMap, VecDeque};

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
    /// The numbers of the messages in it, the oldest first; kept for the tape alone.
    messages: VecDeque<u64>,
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

/// The books of all queues that somebody can still use.
#[derive(Default)]
pub(crate) struct Queues {
    known: BTreeMap<QueueId, Queue>,
    /// How many messages have a number.
    numbered: u64,
    /// The numbers of messages that have left one hand and not yet reached the other.
    meetings: BTreeMap<Meeting, u64>,
}

impl Queues {
    pub(crate) fn get(&self, id: QueueId) -> Option<&Queue> {
        self.known.get(&id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (QueueId, &Queue)> {
        self.known.iter().map(|(id, queue)| (*id, queue))
    }

    /// Forgets a handle; tells whether it was the last of its side. A queue without handles is forgotten too.
    fn drop_handle(&mut self, queue: QueueId, side: Side, handle: HandleId) -> bool {
        let Some(known) = self.known.get_mut(&queue) else { return false };
        known.handles_mut(side).remove(&handle);
        let last = known.handles(side).is_empty();
        if known.senders.is_empty() && known.receivers.is_empty() {
            self.known.remove(&queue);
        }
        last
    }

    /// Whether all handles of a side are gone.
    fn is_deserted(&self, queue: QueueId, side: Side) -> bool {
        self.get(queue).is_none_or(|queue| queue.handles(side).is_empty())
    }

    /// Puts a message or some room aside, until a selection that has chosen it is completed.
    fn claim(&mut self, queue: QueueId, side: Side) {
        if let Some(queue) = self.known.get_mut(&queue) {
            queue.claims.push(side);
        }
    }

    /// What was claimed is free again.
    fn release(&mut self, queue: QueueId, side: Side) {
        if let Some(claims) = self.known.get_mut(&queue).map(|queue| &mut queue.claims)
            && let Some(index) = claims.iter().position(|claim| *claim == side)
        {
            claims.swap_remove(index);
        }
    }

    /// How many messages of a queue, or how much of its room, selections have put aside.
    fn claims(&self, queue: QueueId, side: Side) -> usize {
        let claims = self.get(queue).map(|queue| queue.claims.iter());
        claims.map_or(0, |claims| claims.filter(|claim| **claim == side).count())
    }

    pub(super) fn number_a_message(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// The number of a message that goes into a queue or out of it.
    fn message(&mut self, queue: QueueId, side: Side, meeting: Option<Meeting>) -> Option<u64> {
        if let Some(meeting) = meeting {
            // Whoever comes second finds the number that the first has given.
            return Some(self.meetings.remove(&meeting).unwrap_or_else(|| {
                let number = self.number_a_message();
                self.meetings.insert(meeting, number);
                number
            }));
        }
        if side == Side::Receiving {
            return self.known.get_mut(&queue)?.messages.pop_front();
        }
        let number = self.number_a_message();
        self.known.get_mut(&queue)?.messages.push_back(number);
        Some(number)
    }
}

/// A message that went through a handle.
#[derive(Clone, Copy)]
pub(crate) struct Moved {
    /// What the queue holds now.
    pub(crate) depth: usize,
    /// The rendezvous that it changed hands in.
    pub(crate) meeting: Option<Meeting>,
    /// It took the place of the oldest message of a full queue.
    pub(crate) displaces: bool,
}

impl State {
    /// Registers a queue with its first sender and receiver.
    fn add_queue(&mut self, capacity: Option<usize>, made: Place) -> (QueueId, HandleId, HandleId) {
        let id = self.ticket();
        let queue = Queue {
            made,
            capacity,
            len: 0,
            senders: BTreeMap::new(),
            receivers: BTreeMap::new(),
            claims: Vec::new(),
            messages: VecDeque::new(),
        };
        self.queues.known.insert(id, queue);
        let sender = self.add_handle(id, Side::Sending, made, false);
        let receiver = self.add_handle(id, Side::Receiving, made, false);
        let me = whoami::me().unwrap_or(MAIN);
        self.tell("queue", me, |line| {
            line.number("queue", id);
            if let Some(capacity) = capacity {
                line.number("capacity", capacity);
            }
            line.place(made);
        });
        (id, sender, receiver)
    }

    fn add_handle(&mut self, queue: QueueId, side: Side, made: Place, cloned: bool) -> HandleId {
        let id = self.ticket();
        self.touches_queue(queue);
        if let Some(queue) = self.queues.known.get_mut(&queue) {
            queue.handles_mut(side).insert(id, Handle { made, cloned, used: None });
        }
        id
    }

    pub(super) fn use_handle(&mut self, seat: &Seat, by: ActorId, at: Place) {
        let queue = self.queues.known.get_mut(&seat.queue);
        if let Some(handle) =
            queue.and_then(|queue| queue.handles_mut(seat.side).get_mut(&seat.handle))
        {
            handle.used = Some((by, at));
        }
    }

    /// Notes that a message went into a queue (`Sending`) or out of it.
    fn moved(&mut self, queue: QueueId, side: Side, moved: Moved, me: ActorId, at: Place) {
        if let Some(queue) = self.queues.known.get_mut(&queue) {
            queue.len = moved.depth;
        }
        if let Some(actor) = self.cast.get_mut(me) {
            actor.last = Some(at);
        }
        self.made_progress();
        if whoami::on_executor() {
            self.notice_busy_task(me, 1);
        }
        if !self.tape.is_running() {
            return;
        }
        // Where no baton is in force, who came first can't be told.
        let has_order = self.clock.is_virtual();
        let displaced = (has_order && moved.displaces)
            .then(|| self.queues.known.get_mut(&queue)?.messages.pop_front())
            .flatten();
        let message =
            if has_order { self.queues.message(queue, side, moved.meeting) } else { None };
        let event = match side {
            Side::Sending => "send",
            Side::Receiving => "recv",
        };
        self.tell(event, me, |line| {
            line.number("queue", queue).number("depth", moved.depth);
            for (key, number) in [("message", message), ("displaced", displaced)] {
                if let Some(number) = number {
                    line.number(key, number);
                }
            }
            line.place(at);
        });
    }
}

/// A sender's or receiver's place in the books. It is crossed out when it is dropped.
///
/// A mirror keeps it *behind* its real half, so that the real half is gone when others are woken.
pub(crate) struct Seat {
    queue: QueueId,
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

    pub(crate) fn queue(&self) -> QueueId {
        self.queue
    }

    /// What wakes those who wait on this side of the queue.
    pub(crate) fn key(&self) -> Key {
        Key::Queue(self.queue, self.side)
    }

    /// What wakes those on the other side.
    pub(crate) fn other_key(&self) -> Key {
        Key::Queue(self.queue, self.side.other())
    }

    /// What a wait on this side is for.
    pub(crate) fn on(&self, call: &'static str) -> On {
        match self.side {
            Side::Sending => On::Send { queue: self.queue, call },
            Side::Receiving => On::Receive { queue: self.queue, call },
        }
    }

    /// Notes that `me` uses this handle.
    pub(crate) fn used(&self, stage: &Stage, me: ActorId, place: Place) {
        stage.lock().use_handle(self, me, place);
    }

    /// Notes that a message went through this handle.
    pub(crate) fn moved(&self, stage: &Stage, moved: Moved, me: ActorId, place: Place) {
        stage.lock().moved(self.queue, self.side, moved, me, place);
    }

    /// Whether all handles of the other side are gone.
    pub(crate) fn is_deserted(&self, state: &State) -> bool {
        state.queues.is_deserted(self.queue, self.side.other())
    }

    /// This side of the queue, for one who does not know the messages' type.
    pub(crate) fn port(&self) -> Port {
        Port { queue: self.queue, side: self.side }
    }

    /// How much others have put aside of what this side wants.
    pub(crate) fn claims(&self, state: &State) -> usize {
        state.queues.claims(self.queue, self.side)
    }
}

/// One of the two sides of a queue.
#[derive(Clone, Copy)]
pub(crate) struct Port {
    queue: QueueId,
    side: Side,
}

impl Port {
    /// What wakes those who wait here.
    pub(crate) fn key(self) -> Key {
        Key::Queue(self.queue, self.side)
    }

    /// What wakes those on the other side.
    pub(crate) fn other_key(self) -> Key {
        Key::Queue(self.queue, self.side.other())
    }

    /// What wakes those who only watch.
    pub(crate) fn watch_key(self) -> Key {
        Key::Watch(self.queue, self.side)
    }

    /// Whether there is a message, or room for one, that nobody has claimed.
    fn has_some(self, state: &State) -> bool {
        let Some(queue) = state.queues.get(self.queue) else { return false };
        let claims = state.queues.claims(self.queue, self.side);
        match self.side {
            Side::Receiving => queue.len > claims,
            Side::Sending => queue.capacity.is_none_or(|capacity| queue.len + claims < capacity),
        }
    }

    /// Whether an operation here would not wait.
    pub(crate) fn is_ready(self, state: &State) -> bool {
        self.has_some(state)
            || state.queues.is_deserted(self.queue, self.side.other())
            || (state.queues.get(self.queue).is_some_and(|queue| queue.capacity == Some(0))
                && state.somebody_waits(self.other_key()))
    }

    /// Puts a message aside, or room for one, if there is any.
    pub(crate) fn claim(self, stage: &Stage) -> Option<Share> {
        let mut state = stage.lock();
        self.has_some(&state).then(|| {
            state.queues.claim(self.queue, self.side);
            Share(self)
        })
    }
}

/// A message in a queue, or room in it, that is put aside.
#[derive(Clone, Copy)]
pub(crate) struct Share(Port);

impl Share {
    /// Gives it back, for the one who is about to use it, or for others.
    pub(crate) fn release(self, stage: &Stage) {
        stage.lock().queues.release(self.0.queue, self.0.side);
    }

    /// Gives it back for others alone.
    pub(crate) fn give_up(self, stage: &Stage) {
        let mut state = stage.lock();
        state.queues.release(self.0.queue, self.0.side);
        state.wake(self.0.key(), 1);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(stage) = Stage::get() else { return };
        let mut state = stage.lock();
        state.touches_queue(self.queue);
        if state.queues.drop_handle(self.queue, self.side, self.handle) {
            state.wake(Key::Queue(self.queue, self.side.other()), usize::MAX);
        }
    }
}
