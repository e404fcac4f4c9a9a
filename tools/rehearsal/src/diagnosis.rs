//! What is known of a program that is stuck: who waits where, for what, and what to look at first.
//!
//! It is found out here, once. What it says in words is in `report.rs`, and what the tape holds of it in
//! `diagnosis/told.rs`. A diagnosis says what is known and no more: one that guesses wrong is worse than
//! one that says less.

mod advice;
mod told;

use crate::{
    place::Place,
    stage::{
        Activity, Actor, ActorId, Ending, Handle, Key, Kind, On, Queue, QueueId, Side, Standing,
        State, Wait, Who,
    },
};
pub(crate) use advice::{Advice, Held};
use std::time::Duration;

/// How a program is stuck.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stuck {
    /// Nobody is ready and nobody sleeps.
    Deadlock,
    /// The body of a test is over, and threads that it has started can't end.
    LeftBehind,
    /// More steps were taken than are allowed.
    TooLong { steps: u64 },
    /// The clock goes on, and somebody wakes up again and again, but nothing gets done.
    Ticking,
    /// A loop of tries that can't succeed any more.
    Spinning { who: ActorId, place: Place, what: &'static str, vain: Vain },
    /// Nothing was heard for some real time.
    Silent { who: ActorId, activity: Activity, silent: Duration },
    /// A thread that the rehearsal did not start uses its clock or its queues.
    Foreign(Option<Place>, Stranger),
}

/// Why a call in a loop does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vain {
    /// It tries, and comes to nothing.
    Tries,
    /// It looks at something, and changes nothing.
    Looks,
    /// The other side of its queue is gone.
    TheEnd,
}

/// Who uses the rehearsal and is not known to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// A thread.
    Thread,
    /// A thread of a tokio runtime that the rehearsal does not play.
    Runtime,
}

impl Stuck {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Stuck::Deadlock => "deadlock",
            Stuck::LeftBehind => "left behind",
            Stuck::TooLong { .. } => "too long",
            Stuck::Ticking => "ticking",
            Stuck::Spinning { .. } => "spinning",
            Stuck::Silent { .. } => "silent",
            Stuck::Foreign(..) => "foreign thread",
        }
    }

    /// The same, of a test's body that is over.
    pub(crate) fn as_seen_in(self, state: &State) -> Stuck {
        match self {
            Stuck::Deadlock | Stuck::Ticking if state.is_body_over() => Stuck::LeftBehind,
            _ => self,
        }
    }

    /// Since when: the clock may have gone on since.
    pub(crate) fn since(self, state: &State) -> Duration {
        match self {
            Stuck::Deadlock | Stuck::LeftBehind => state.last_activity(),
            Stuck::Ticking => state.last_progress(),
            _ => state.now(),
        }
    }
}

pub(crate) struct Diagnosis {
    pub(crate) kind: Stuck,
    pub(crate) since: Duration,
    pub(crate) now: Duration,
    /// One for each actor that is known.
    pub(crate) rows: Vec<Row>,
    /// How many have ended and are not known any more.
    pub(crate) forgotten: usize,
    pub(crate) advice: Option<Advice>,
}

/// What one actor does.
pub(crate) struct Row {
    pub(crate) actor: ActorId,
    pub(crate) who: Who,
    pub(crate) does: Does,
    /// The last line at which the rehearsal heard of it.
    pub(crate) last: Option<Place>,
}

#[derive(PartialEq, Eq)]
pub(crate) enum Does {
    Ended(Duration, Ending),
    Waits {
        waits: Vec<Awaited>,
        /// It is a task whose wait blocks the whole runtime.
        holds_up: bool,
    },
    /// It asks again and again, in this call.
    Spins(Place, &'static str),
    /// A task that can't go on because another one holds up the runtime.
    IsHeldUp,
    /// A task that waits for something that is not mirrored and was not found either.
    WaitsUnseen,
    IsReady,
}

/// Something that an actor waits for, and the line that waits.
#[derive(PartialEq, Eq)]
pub(crate) struct Awaited {
    pub(crate) place: Place,
    pub(crate) what: What,
}

#[derive(PartialEq, Eq)]
pub(crate) enum What {
    /// A message, or room for one.
    Queue {
        call: &'static str,
        side: Side,
        queue: Option<Seen>,
    },
    Select(Vec<(Side, Option<Seen>)>),
    Lock(&'static str, Option<(Someone, Place)>),
    Signal,
    Park,
    Future,
    End(Someone),
    /// The end of any of these.
    NextEnd(Vec<Someone>),
    Scope(Vec<Someone>),
    /// It has come to its end, and these have not.
    LeftBehind(Vec<Someone>),
    Sleep,
    Timer(&'static str),
    Core,
    Spin(&'static str),
    Closed(Option<Seen>),
    /// The words in which `trace.rs` tells of what is not mirrored.
    Unmirrored(String),
}

/// Somebody who may have ended so long ago that nobody knows who it was.
pub(crate) type Someone = Option<Who>;

/// A queue, as one sees it who waits at one of its sides.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: QueueId,
    pub(crate) made: Place,
    pub(crate) capacity: Option<usize>,
    pub(crate) len: usize,
    /// How many handles the other side has.
    pub(crate) others: usize,
    /// The first of them.
    pub(crate) stories: Vec<Story>,
}

/// Where a handle comes from, and who used it last.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) made: Place,
    pub(crate) cloned: bool,
    pub(crate) used: Option<(Someone, Place)>,
}

/// Of very many handles the first are looked at: each row of a report would look at all of them.
pub(crate) const HANDLES: usize = 20;

impl Diagnosis {
    pub(crate) fn of(state: &State, kind: Stuck) -> Diagnosis {
        let rows = state.cast().everybody().map(|(id, actor)| Row {
            actor: id,
            who: actor.who.clone(),
            does: match kind {
                Stuck::Spinning { who, place, what, .. } if who == id => Does::Spins(place, what),
                _ => does(state, id, actor),
            },
            last: actor.last,
        });
        Diagnosis {
            kind,
            since: kind.since(state),
            now: state.now(),
            rows: rows.collect(),
            forgotten: state.cast().forgotten(),
            advice: Advice::for_a(state, kind),
        }
    }

    /// The row of one who is known.
    pub(crate) fn row(&self, actor: ActorId) -> Option<&Row> {
        self.rows.iter().find(|row| row.actor == actor)
    }
}

fn does(state: &State, id: ActorId, actor: &Actor) -> Does {
    if let Some((at, ending)) = actor.ended {
        return Does::Ended(at, ending);
    }
    let told = actor.waits.iter().map(|(_, wait)| awaited(state, wait));
    let unmirrored = actor
        .unmirrored
        .iter()
        .map(|words| Awaited { place: actor.who.spawned, what: What::Unmirrored(words.clone()) });
    let waits: Vec<Awaited> = told.chain(unmirrored).collect();
    if !waits.is_empty() {
        return Does::Waits { waits, holds_up: state.held_up_by() == Some(id) };
    }
    match (actor.standing, actor.who.kind) {
        (Standing::Ready, Kind::Task) if state.held_up_by().is_some() => Does::IsHeldUp,
        (Standing::Ready, Kind::Task) => Does::WaitsUnseen,
        _ => Does::IsReady,
    }
}

fn someone(state: &State, id: ActorId) -> Someone {
    state.cast().get(id).map(|actor| actor.who.clone())
}

fn awaited(state: &State, wait: &Wait) -> Awaited {
    let open = |ids: &[ActorId]| -> Vec<Someone> {
        let open = ids.iter().filter(|id| !state.cast().has_ended(**id));
        open.map(|id| someone(state, *id)).collect()
    };
    let what = match &wait.on {
        On::Receive { queue, call } => {
            let side = Side::Receiving;
            What::Queue { call, side, queue: seen(state, *queue, side) }
        }
        On::Send { queue, call } => {
            let side = Side::Sending;
            What::Queue { call, side, queue: seen(state, *queue, side) }
        }
        On::Select(keys) => {
            let arms = keys.iter().filter_map(|key| match key {
                Key::Queue(queue, side) | Key::Watch(queue, side) => {
                    Some((*side, seen(state, *queue, *side)))
                }
                _ => None,
            });
            What::Select(arms.collect())
        }
        On::Lock { lock, call } => {
            let holder = state.locks().holder(*lock);
            What::Lock(call, holder.map(|(holder, place)| (someone(state, holder), place)))
        }
        On::Signal => What::Signal,
        On::Park => What::Park,
        On::Future => What::Future,
        On::Join(id) => What::End(someone(state, *id)),
        On::JoinNext(ids) => What::NextEnd(open(ids)),
        On::Scope(ids) => What::Scope(open(ids)),
        On::LeftBehind(ids) => What::LeftBehind(open(ids)),
        On::Sleep => What::Sleep,
        On::Timer(call) => What::Timer(call),
        On::Core => What::Core,
        On::Spin(what) => What::Spin(what),
        On::Closed(queue) => What::Closed(seen(state, *queue, Side::Sending)),
    };
    Awaited { place: wait.place, what }
}

/// A queue as it is seen from one side; none if the other side is gone.
fn seen(state: &State, id: QueueId, side: Side) -> Option<Seen> {
    let queue: &Queue = state.queues().get(id)?;
    let others = queue.handles(side.other());
    let stories = others.values().take(HANDLES).map(|handle| story(state, handle));
    Some(Seen {
        id,
        made: queue.made,
        capacity: queue.capacity,
        len: queue.len,
        others: others.len(),
        stories: stories.collect(),
    })
}

fn story(state: &State, handle: &Handle) -> Story {
    Story {
        made: handle.made,
        cloned: handle.cloned,
        used: handle.used.map(|(by, at)| (someone(state, by), at)),
    }
}
