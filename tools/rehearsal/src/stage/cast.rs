//! The cast: who plays, who has ended, and what they are called.

use super::{Actor, ActorId, Ending, Kind, MAIN, Who, actor::Standing};
use crate::{place::Place, settings::settings};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io,
    time::Duration,
};

pub(crate) struct Cast {
    actors: BTreeMap<ActorId, Actor>,
    announced: u64,
    /// How many were announced at each line.
    announced_at: HashMap<(Place, Kind), usize>,
    /// Those that have ended and are still known, the oldest first.
    ended: VecDeque<ActorId>,
    forgotten: usize,
    /// Those that panicked, and whose result nobody has asked for.
    unheard: BTreeMap<ActorId, Who>,
}

/// Ended actors that are kept for reports. Older ones are forgotten, so that a long run stays small.
const REMEMBERED: usize = 200;

impl Cast {
    pub(super) fn of_main(os_thread: Option<u32>) -> Cast {
        Cast {
            actors: BTreeMap::from([(MAIN, Actor::main(os_thread))]),
            announced: 0,
            announced_at: HashMap::new(),
            ended: VecDeque::new(),
            forgotten: 0,
            unheard: BTreeMap::new(),
        }
    }

    pub(crate) fn get(&self, id: ActorId) -> Option<&Actor> {
        self.actors.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ActorId) -> Option<&mut Actor> {
        self.actors.get_mut(&id)
    }

    /// One that has not ended.
    pub(crate) fn one(&mut self, id: ActorId) -> &mut Actor {
        self.actors.get_mut(&id).expect("an actor is known until it ends")
    }

    /// Everybody who is known, in the order in which they came.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = (ActorId, &Actor)> {
        self.actors.iter().map(|(id, actor)| (*id, actor))
    }

    /// How many of those that ended are not known any more.
    pub(crate) fn forgotten(&self) -> usize {
        self.forgotten
    }

    pub(crate) fn has_ended(&self, id: ActorId) -> bool {
        self.get(id).is_none_or(|actor| actor.standing == Standing::Ended)
    }

    /// Those of whom something holds and who have not ended.
    pub(super) fn open(&self, holds: impl Fn(&Actor) -> bool) -> Vec<ActorId> {
        let open = self.everybody().filter(|(_, actor)| actor.ended.is_none() && holds(actor));
        open.map(|(id, _)| id).collect()
    }

    /// The threads of a scope that have not ended.
    pub(crate) fn in_scope(&self, scope: usize) -> Vec<ActorId> {
        self.open(|actor| actor.scope == Some(scope))
    }

    /// The threads, main's and those of scopes excepted, that have not ended.
    pub(crate) fn left_behind(&self) -> Vec<ActorId> {
        let is_thread = |actor: &Actor| actor.who.kind == Kind::Thread && actor.scope.is_none();
        let mut open = self.open(is_thread);
        open.retain(|id| *id != MAIN);
        open
    }

    /// Somebody asks for the result of one that has ended.
    pub(crate) fn is_heard(&mut self, id: ActorId) {
        self.unheard.remove(&id);
    }

    /// Those that panicked unheard.
    pub(crate) fn unheard(&self) -> impl Iterator<Item = &Who> {
        self.unheard.values()
    }

    /// Whether somebody was ever announced.
    pub(super) fn is_main_alone(&self) -> bool {
        self.announced == 0
    }

    /// The calls of `spawn_blocking` that have not ended.
    pub(crate) fn blocking_calls(&self) -> Vec<ActorId> {
        self.open(|actor| actor.who.kind == Kind::Blocking)
    }

    /// Refuses a thread where `--max-threads` allows no more, as an operating system does.
    pub(crate) fn has_room_for_a_thread(&self) -> io::Result<()> {
        let Some(most) = settings().max_threads else { return Ok(()) };
        let threads = self.open(|actor| actor.who.kind == Kind::Thread);
        if threads.iter().filter(|id| **id != MAIN).count() < most {
            return Ok(());
        }
        let refusal = format!("the virtual machine allows {most} threads beside main");
        Err(io::Error::new(io::ErrorKind::WouldBlock, refusal))
    }

    pub(super) fn announce(&mut self, kind: Kind, name: Option<String>, place: Place) -> ActorId {
        self.announced += 1;
        let nth = self.announced_at.entry((place, kind)).or_default();
        *nth += 1;
        self.actors.insert(self.announced, Actor::new(kind, name, place, *nth));
        self.announced
    }

    /// Takes back one whose thread could not be started.
    pub(crate) fn take_back(&mut self, id: ActorId) {
        self.actors.remove(&id);
    }

    pub(super) fn end(&mut self, id: ActorId, at: Duration, ending: Ending) {
        let actor = self.one(id);
        actor.standing = Standing::Ended;
        actor.ended = Some((at, ending));
        actor.waits.clear();
        // A scope tells of its threads' panics by itself.
        if ending == Ending::Panicked && actor.scope.is_none() {
            let who = actor.who.clone();
            self.unheard.insert(id, who);
        }
        self.ended.push_back(id);
        if self.ended.len() > REMEMBERED
            && let Some(oldest) = self.ended.pop_front()
        {
            self.actors.remove(&oldest);
            self.forgotten += 1;
        }
    }
}
