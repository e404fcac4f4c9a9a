//! An actor: a thread or a task, and where it stands.

use super::{
    Key, Object, QueueId, Woke,
    progress::{Busy, Count, Tries},
};
use crate::place::Place;
use std::{
    sync::{Arc, Condvar},
    time::Duration,
};

pub(crate) type ActorId = u64;

/// The thread that runs `main`, or the future of `#[tokio::main]`.
pub(crate) const MAIN: ActorId = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Thread,
    Task,
    Blocking,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Thread => "thread",
            Kind::Task => "task",
            Kind::Blocking => "blocking call",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Ready, running, or (a task) the runtime's to schedule.
    Ready,
    Waiting,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Finished,
    Panicked,
    Aborted,
}

impl Ending {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Ending::Finished => "finished",
            Ending::Panicked => "panicked",
            Ending::Aborted => "aborted",
        }
    }
}

/// What an actor waits for, and the line that waits.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub(crate) on: On,
    pub(crate) place: Place,
}

/// What an actor waits for.
#[derive(Clone, Debug)]
pub(crate) enum On {
    Receive {
        queue: QueueId,
        call: &'static str,
    },
    Send {
        queue: QueueId,
        call: &'static str,
    },
    /// Several operations on queues at once.
    Select(Vec<Key>),
    Lock {
        lock: usize,
        call: &'static str,
    },
    Signal,
    Park,
    /// A future that is played on this thread.
    Future,
    Join(ActorId),
    /// The end of any of these tasks.
    JoinNext(Vec<ActorId>),
    /// The end of a scope, for the threads that were spawned in it.
    Scope(Vec<ActorId>),
    /// The end of the threads that a test's body has left running.
    LeftBehind(Vec<ActorId>),
    Sleep,
    /// A receiver whose messages come from the clock, or never.
    Timer(&'static str),
    Core,
    /// A loop of fruitless tries, while the clock moves on beneath it.
    Spin(&'static str),
    /// All senders of a queue, or all receivers, to be gone.
    Closed(QueueId),
}

impl On {
    /// The word for it on the tape.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            On::Receive { .. } => "recv",
            On::Send { .. } => "send",
            On::Select(_) => "select",
            On::Lock { .. } => "lock",
            On::Signal => "condvar",
            On::Park => "park",
            On::Future => "future",
            On::Join(_) | On::JoinNext(_) => "join",
            On::Scope(_) => "scope",
            On::LeftBehind(_) => "left behind",
            On::Sleep | On::Timer(_) => "sleep",
            On::Core => "core",
            On::Spin(_) => "spin",
            On::Closed(_) => "closed",
        }
    }
}

/// Who an actor is, for those who speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) spawned: Place,
    /// It is the nth of those that were spawned at its line.
    pub(crate) nth: usize,
}

impl Who {
    /// The name it has given itself, or where it comes from: `2nd thread spawned at line 28`.
    pub(crate) fn title(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let nth = match self.nth {
            n @ (11..=13) => format!("{n}th"),
            n if n % 10 == 1 => format!("{n}st"),
            n if n % 10 == 2 => format!("{n}nd"),
            n if n % 10 == 3 => format!("{n}rd"),
            n => format!("{n}th"),
        };
        format!("{nth} {}", self.origin())
    }

    /// The same where it is known whether it has `siblings`, spawned at the same line: the only one is no first.
    pub(crate) fn title_among(&self, siblings: bool) -> String {
        let is_only = self.name.is_none() && self.nth == 1 && !siblings;
        if is_only { self.origin() } else { self.title() }
    }

    fn origin(&self) -> String {
        format!("{} spawned at {}", self.kind.name(), self.spawned.spoken())
    }
}

pub(crate) struct Actor {
    pub(crate) who: Who,
    pub(crate) standing: Standing,
    pub(crate) ended: Option<(Duration, Ending)>,
    /// What it waits for: one thing for a thread, possibly several for a task.
    pub(crate) waits: Vec<(u64, Wait)>,
    /// Waits that the rehearsal does not mirror, told by `trace.rs` when a report is made.
    pub(crate) unmirrored: Vec<String>,
    /// The last line at which the rehearsal heard of it.
    pub(crate) last: Option<Place>,
    pub(crate) scope: Option<usize>,
    /// The number that the operating system gives its thread, where that can be told.
    pub(crate) os_thread: Option<u32>,
    /// Wakes it, if it is a task.
    pub(super) waker: Option<std::task::Waker>,
    /// What its next operation uses.
    pub(super) uses: Option<Object>,
    pub(super) keys: Vec<Key>,
    pub(super) deadline: Option<(Duration, u64)>,
    pub(super) woke: Option<Woke>,
    pub(super) parker: Option<Arc<Condvar>>,
    /// It makes its half of a rendezvous, which needs both sides to run.
    pub(super) off_baton: bool,
    pub(super) tries: Tries,
    pub(super) looks: Tries,
    /// Its steps since it has waited for anything, and its looks at the clock (a task's, in one poll).
    pub(super) steps: u32,
    pub(super) glances: u32,
    /// Somebody has unparked it, and it has not parked since.
    pub(super) token: bool,
    /// What it has done, as a task, since all tasks waited.
    pub(super) busy: Busy,
    /// How often the clock woke it since the last progress.
    pub(super) wakes: Count,
}

impl Actor {
    pub(super) fn main(os_thread: Option<u32>) -> Actor {
        let mut main = Actor::new(Kind::Thread, Some("main".to_owned()), Place::here(), 1);
        main.os_thread = os_thread;
        main
    }

    pub(super) fn new(kind: Kind, name: Option<String>, spawned: Place, nth: usize) -> Actor {
        Actor {
            who: Who { name, kind, spawned, nth },
            standing: Standing::Ready,
            ended: None,
            waits: Vec::new(),
            unmirrored: Vec::new(),
            last: None,
            scope: None,
            os_thread: None,
            waker: None,
            uses: None,
            keys: Vec::new(),
            deadline: None,
            woke: None,
            parker: None,
            off_baton: false,
            tries: Tries::default(),
            looks: Tries::default(),
            steps: 0,
            glances: 0,
            token: false,
            busy: Busy::default(),
            wakes: Count::default(),
        }
    }

    /// Whether it waits for one of several things, and has to be told which came.
    pub(super) fn selects(&self) -> bool {
        matches!(self.waits.first(), Some((_, Wait { on: On::Select(_), .. })))
    }
}
