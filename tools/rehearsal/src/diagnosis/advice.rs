//! The one thing to look at first, where the stage can know it.

use super::{Story, Stranger, Stuck, Vain, story};
use crate::{
    place::Place,
    stage::{Activity, Actor, ActorId, Ending, Kind, On, QueueId, Side, State, Wait, Who},
};
use std::collections::BTreeSet;

pub(crate) enum Advice {
    /// So many threads that the rehearsal did not start and can't see.
    ForeignThreads(usize),
    /// They wait for each other.
    Circle(Vec<Who>),
    /// It wants a lock that it already holds.
    OwnLock(Who),
    /// It waits for a message that only it could send.
    OwnMessage(Who, Held),
    /// It waits for what only it could do.
    OwnDoing(Who),
    /// The first waits for the second to end, and keeps the sender that the second waits on.
    Keeper(Who, Who, Held),
    /// What was still to be done there, nobody does any more.
    Panicked(Vec<Who>),
    /// Those who take from a queue all wait for room in it.
    OnlyTakers(Vec<Who>, Place),
    /// It waits for something that is not mirrored.
    Unmirrored(Who, String),
    /// Nobody who is left will send a message.
    NoMessage(Vec<Who>, Held),
    /// Nobody who is left takes anything out.
    NoRoom(Vec<Who>),
    /// Nobody is left to notify them.
    NoSignal(Vec<Who>),
    /// Nobody who is left unparks them.
    NotUnparked(Vec<Who>),
    /// Nobody who is left uses the other sides of a selection.
    NoOtherSide(Vec<Who>),
    /// Somebody keeps the side that they wait to be dropped.
    NotClosed(Vec<Who>),
    /// The loops that sleep: what they wait for does not come.
    SleepingLoops,
    /// A loop that goes on after a queue was closed: where, and in which call.
    ClosedLoop(Place, &'static str),
    /// A loop that tries and does not wait.
    TryingLoop(Place, &'static str),
    /// A loop that looks again and again whether something has changed.
    LookingLoop(Place, &'static str),
    /// A loop that computes and does not end.
    EndlessLoop,
    /// A call that blocks and can't be seen; these could hold what it wants.
    UnseenCall(Vec<(Who, Place)>),
    /// A thread that the rehearsal did not start.
    StdThread,
    /// The same, where a test harness has started the thread that the stage belongs to.
    OtherTest,
    /// A runtime that is not the rehearsal's.
    RealTokio,
}

/// The handles of one side of a queue that still exist.
pub(crate) struct Held {
    pub(crate) side: Side,
    pub(crate) count: usize,
    /// The story of the only one.
    pub(crate) only: Option<Story>,
}

impl Advice {
    pub(super) fn for_a(state: &State, kind: Stuck) -> Option<Advice> {
        match kind {
            Stuck::Deadlock | Stuck::LeftBehind => match state.foreign_threads() {
                0 => look_first(state),
                n => Some(Advice::ForeignThreads(n)),
            },
            Stuck::TooLong { .. } => None,
            Stuck::Ticking => Some(Advice::SleepingLoops),
            Stuck::Spinning { place, what, vain, .. } => Some(match vain {
                Vain::TheEnd => Advice::ClosedLoop(place, what),
                Vain::Tries => Advice::TryingLoop(place, what),
                Vain::Looks => Advice::LookingLoop(place, what),
            }),
            Stuck::Silent { activity: Activity::Computing, .. } => Some(Advice::EndlessLoop),
            Stuck::Silent { who, .. } => Some(Advice::UnseenCall(who_could_hold(state, who))),
            Stuck::Foreign(_, stranger) => Some(match stranger {
                Stranger::Thread if state.main_is_a_harness() => Advice::OtherTest,
                Stranger::Thread => Advice::StdThread,
                Stranger::Runtime => Advice::RealTokio,
            }),
        }
    }

    /// A word for it, for the tape.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Advice::ForeignThreads(_) => "foreign threads",
            Advice::Circle(_) => "circle",
            Advice::OwnLock(_) => "own lock",
            Advice::OwnMessage(..) => "own message",
            Advice::OwnDoing(_) => "own doing",
            Advice::Keeper(..) => "keeper",
            Advice::Panicked(_) => "panicked",
            Advice::OnlyTakers(..) => "only takers",
            Advice::Unmirrored(..) => "unmirrored",
            Advice::NoMessage(..) => "no message",
            Advice::NoRoom(_) => "no room",
            Advice::NoSignal(_) => "no signal",
            Advice::NotUnparked(_) => "not unparked",
            Advice::NoOtherSide(_) => "no other side",
            Advice::NotClosed(_) => "not closed",
            Advice::SleepingLoops => "sleeping loops",
            Advice::ClosedLoop(..) => "closed loop",
            Advice::TryingLoop(..) => "trying loop",
            Advice::LookingLoop(..) => "looking loop",
            Advice::EndlessLoop => "endless loop",
            Advice::UnseenCall(_) => "unseen call",
            Advice::StdThread => "std thread",
            Advice::OtherTest => "other test",
            Advice::RealTokio => "real tokio",
        }
    }
}

/// Those who wait for the baton in a call of their own. One of them may hold a lock that is not the
/// rehearsal's, and then the one who has the baton waits for it in vain.
fn who_could_hold(state: &State, silent: ActorId) -> Vec<(Who, Place)> {
    let others = state.cast().everybody().filter(|(id, actor)| {
        *id != silent && actor.ended.is_none() && actor.who.kind != Kind::Task
    });
    others.filter_map(|(_, actor)| Some((actor.who.clone(), actor.last?))).collect()
}

fn look_first(state: &State) -> Option<Advice> {
    let mut id = state.cast().everybody().find(|(_, actor)| is_stuck(actor))?.0;
    let mut path = vec![id];
    while let Some(next) = blocked_by(state, id) {
        if let Some(start) = path.iter().position(|earlier| *earlier == next) {
            return Some(circle(state, &path[start..]));
        }
        path.push(next);
        id = next;
    }
    let panicked = |actor: &Actor| matches!(actor.ended, Some((_, Ending::Panicked)));
    let panicked = all(state, panicked);
    if !panicked.is_empty() {
        return Some(Advice::Panicked(panicked));
    }
    only_takers(state).or_else(|| at_the_end_of_the_path(state, state.cast().get(id)?))
}

/// What is said of the one at which a chain of waits ends, and of all who wait at the same line.
fn at_the_end_of_the_path(state: &State, actor: &Actor) -> Option<Advice> {
    let Some((_, wait)) = actor.waits.first() else {
        return Some(Advice::Unmirrored(actor.who.clone(), actor.unmirrored.first()?.clone()));
    };
    let alike =
        all(state, |other| other.waits.iter().any(|(_, theirs)| theirs.place == wait.place));
    match &wait.on {
        On::Receive { queue, .. } => {
            Some(Advice::NoMessage(alike, held(state, *queue, Side::Sending)))
        }
        On::Send { .. } => Some(Advice::NoRoom(alike)),
        On::Signal => Some(Advice::NoSignal(alike)),
        On::Park => Some(Advice::NotUnparked(alike)),
        On::Select(_) => Some(Advice::NoOtherSide(alike)),
        On::Closed(_) => Some(Advice::NotClosed(alike)),
        _ => None,
    }
}

/// All of whom something holds.
fn all(state: &State, holds: impl Fn(&Actor) -> bool) -> Vec<Who> {
    let all = state.cast().everybody().filter(|(_, actor)| holds(actor));
    all.map(|(_, actor)| actor.who.clone()).collect()
}

/// Whether those who take from a queue all wait for room in it.
fn only_takers(state: &State) -> Option<Advice> {
    state.queues().all().find_map(|(id, queue)| {
        let handles = queue.handles(Side::Receiving).values();
        let ids: BTreeSet<ActorId> = handles.filter_map(|handle| Some(handle.used?.0)).collect();
        let waits_for_room = |taker: &ActorId| {
            let wait = state.cast().get(*taker).and_then(|actor| actor.waits.first());
            matches!(wait, Some((_, Wait { on: On::Send { queue, .. }, .. })) if *queue == id)
        };
        if ids.len() < 2 || !ids.iter().all(waits_for_room) {
            return None;
        }
        let takers = ids.iter().filter_map(|taker| Some(state.cast().get(*taker)?.who.clone()));
        Some(Advice::OnlyTakers(takers.collect(), queue.made))
    })
}

fn is_stuck(actor: &Actor) -> bool {
    !actor.waits.is_empty() || !actor.unmirrored.is_empty()
}

fn held(state: &State, queue: QueueId, side: Side) -> Held {
    let handles = state.queues().get(queue).map(|queue| queue.handles(side));
    let count = handles.map_or(0, |handles| handles.len());
    let first = handles.and_then(|handles| handles.values().next());
    let only = first.filter(|_| count == 1).map(|handle| story(state, handle));
    Held { side, count, only }
}

/// Who would have to act before `id` can go on, where exactly one is known.
fn blocked_by(state: &State, id: ActorId) -> Option<ActorId> {
    let waiting = |id: &ActorId| state.cast().get(*id).is_some_and(is_stuck);
    let (_, wait) = state.cast().get(id)?.waits.first()?;
    let other = match &wait.on {
        On::Join(other) => *other,
        On::Scope(ids) | On::JoinNext(ids) => *ids.iter().find(|id| waiting(id))?,
        On::Lock { lock, .. } => state.locks().holder(*lock)?.0,
        On::Receive { queue, .. } => only_user(state, *queue, Side::Sending)?,
        On::Send { queue, .. } => only_user(state, *queue, Side::Receiving)?,
        _ => return None,
    };
    waiting(&other).then_some(other)
}

/// The one actor that has used the handles of a side, if there is one only.
fn only_user(state: &State, queue: QueueId, side: Side) -> Option<ActorId> {
    let handles = state.queues().get(queue)?.handles(side).values();
    let mut users = handles.map(|handle| handle.used.map(|(by, _)| by));
    let first = users.next()??;
    users.all(|user| user == Some(first)).then_some(first)
}

/// What to say when the waits lead back to where they began.
fn circle(state: &State, ids: &[ActorId]) -> Advice {
    let actor = |id: &ActorId| state.cast().get(*id).expect("who waits is known");
    let who = |id: &ActorId| actor(id).who.clone();
    let wait_of = |id: &ActorId| actor(id).waits.first().map(|(_, wait)| &wait.on);
    if let [one] = ids {
        return match wait_of(one) {
            Some(On::Lock { .. }) => Advice::OwnLock(who(one)),
            Some(On::Receive { queue, .. }) => {
                Advice::OwnMessage(who(one), held(state, *queue, Side::Sending))
            }
            _ => Advice::OwnDoing(who(one)),
        };
    }
    // The common case: one waits for the end of another, and keeps the sender that the other waits on.
    let receives = ids.iter().find_map(|id| match wait_of(id) {
        Some(On::Receive { queue, .. }) => Some((id, *queue)),
        _ => None,
    });
    let joins =
        |id: &&ActorId| matches!(wait_of(id), Some(On::Join(_) | On::Scope(_) | On::JoinNext(_)));
    match (receives, ids.iter().find(joins)) {
        (Some((receiver, queue)), Some(keeper)) => {
            Advice::Keeper(who(keeper), who(receiver), held(state, queue, Side::Sending))
        }
        _ => Advice::Circle(ids.iter().map(who).collect()),
    }
}
