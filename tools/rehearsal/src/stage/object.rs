//! Objects: what several actors use, and can be in each other's way at.

use super::{QueueId, State};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

/// What an operation uses.
#[derive(Clone, Copy)]
pub(crate) enum Uses<'a> {
    /// Nothing that others use.
    Nothing,
    /// Nobody knows what.
    Unknown,
    Queue(QueueId),
    /// A lock, a signal, an atomic.
    Thing(&'a Numbered),
    /// Where lines are printed.
    Output,
}

/// The number of an object: the first that is used has 1. It is the same each time that a schedule is
/// played, where an address would not be.
pub(crate) type Object = u64;

/// The number of a lock, a signal or an atomic. It is given when a schedule first comes to it.
#[derive(Debug, Default)]
pub(crate) struct Numbered(AtomicU64);

impl Numbered {
    pub(crate) const fn new() -> Numbered {
        Numbered(AtomicU64::new(0))
    }
}

/// The objects that have a number.
#[derive(Default)]
pub(super) struct Objects {
    numbered: Object,
    queues: BTreeMap<QueueId, Object>,
    output: Numbered,
}

impl Objects {
    fn next(&mut self) -> Object {
        self.numbered += 1;
        self.numbered
    }

    fn queue(&mut self, queue: QueueId) -> Object {
        if let Some(known) = self.queues.get(&queue) {
            return *known;
        }
        let object = self.next();
        self.queues.insert(queue, object);
        object
    }

    fn thing(&mut self, thing: &Numbered) -> Object {
        if thing.0.load(Ordering::Relaxed) == 0 {
            thing.0.store(self.next(), Ordering::Relaxed);
        }
        thing.0.load(Ordering::Relaxed)
    }

    fn output(&mut self) -> Object {
        let output = std::mem::take(&mut self.output);
        let object = self.thing(&output);
        self.output = output;
        object
    }
}

impl Objects {
    /// The queue that has this number.
    pub(super) fn queue_of(&self, object: Object) -> Option<QueueId> {
        self.queues.iter().find(|(_, number)| **number == object).map(|(queue, _)| *queue)
    }

    /// Whether it is where lines are printed.
    pub(super) fn is_output(&self, object: Object) -> bool {
        self.output.0.load(Ordering::Relaxed) == object
    }
}

impl State {
    /// The number of what an operation uses. Only a schedule asks for it.
    pub(super) fn object(&mut self, uses: Uses<'_>) -> Option<Object> {
        match uses {
            Uses::Nothing | Uses::Unknown => None,
            Uses::Queue(queue) => Some(self.objects.queue(queue)),
            Uses::Thing(thing) => Some(self.objects.thing(thing)),
            Uses::Output => Some(self.objects.output()),
        }
    }
}
