//! What concerns several rooms at once: who comes and goes, what counts as progress, what is told.

#[cfg(feature = "tokio")]
use super::QueueId;
use super::{
    ActorId, At, Ending, For, Key, Kind, MAIN, On, Pick, Stage, State, Touch, Wait, actor::Actor,
    whoami,
};
use crate::{
    place::{self, Place},
    settings::Pace,
    tape::Line,
};
#[cfg(feature = "tokio")]
use std::sync::PoisonError;
use std::{panic::Location, time::Duration};

impl State {
    pub(super) fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// Announces an actor. A thread has to be started; a task is the runtime's to schedule.
    pub(crate) fn add_actor(
        &mut self,
        kind: Kind,
        name: Option<String>,
        place: Place,
        by: Option<ActorId>,
    ) -> ActorId {
        let id = self.cast.announce(kind, name.clone(), place);
        self.chooser.knows(id, &self.cast.one(id).who);
        self.tell("spawn", id, |line| {
            line.text("kind", kind.name()).place(place);
            if let Some(by) = by {
                line.number("by", by);
            }
            if let Some(name) = name {
                line.text("name", name);
            }
        });
        self.made_progress();
        self.trail.touches(Touch::Cast);
        self.trail.stirs(id);
        id
    }

    pub(crate) fn end_actor(&mut self, id: ActorId, ending: Ending) {
        self.tell("end", id, |line| {
            line.text("how", ending.name());
        });
        self.made_progress();
        self.trail.touches(Touch::End(id));
        self.cast.end(id, self.clock.now(), ending);
        self.wake(Key::Ended(id), usize::MAX);
    }

    /// Takes the name that an actor signs its first line with.
    pub(crate) fn learn_name(&mut self, id: ActorId, line: &str) {
        let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return;
        };
        let is_nameless = |actor: &&mut Actor| actor.who.name.is_none() && !name.is_empty();
        if let Some(actor) = self.cast.get_mut(id).filter(is_nameless) {
            actor.who.name = Some(name.to_owned());
            let who = actor.who.clone();
            self.chooser.knows(id, &who);
            self.tell("name", id, |line| {
                line.text("name", name);
            });
        }
    }

    /// Something happened that brings the program on: the silence that a watchdog counts begins anew.
    pub(crate) fn made_progress(&mut self) {
        self.progress.made(self.clock.now());
    }

    /// Any of several that are equally good: at random under a schedule, else in a fixed fair order.
    pub(crate) fn any_of(&mut self, what: For<'_>, len: usize) -> usize {
        let by = whoami::me().unwrap_or(MAIN);
        self.picks(Pick { what, len, by })
    }

    /// A number for a queue that the books don't know.
    #[cfg(feature = "tokio")]
    pub(crate) fn number_a_queue(&mut self) -> QueueId {
        self.ticket()
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn number_a_message(&mut self) -> u64 {
        self.queues.number_a_message()
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn number_a_lock(&mut self) -> u64 {
        self.locks.next_number()
    }

    /// Whether a schedule decides who goes next.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.chooser.interrupts()
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Whether nobody was started, and nothing was waited for.
    pub(crate) fn is_main_alone(&self) -> bool {
        self.cast.is_main_alone() && self.tickets == 0
    }

    /// Whether the body of a test is over, and only what it has left behind goes on.
    pub(crate) fn is_body_over(&self) -> bool {
        let on = |actor: &Actor| {
            actor.waits.first().is_some_and(|(_, wait)| matches!(wait.on, On::LeftBehind(_)))
        };
        self.cast.get(MAIN).is_some_and(on)
    }

    /// The instant at which somebody acted for the last time.
    pub(crate) fn last_activity(&self) -> Duration {
        // A free executor's clock has run on in search of somebody who wakes.
        if self.executor.is_free() { self.executor.acted_at() } else { self.clock.now() }
    }

    pub(crate) fn last_progress(&self) -> Duration {
        self.progress.last()
    }

    pub(super) fn tell_wait(&mut self, me: ActorId, wait: &Wait) {
        self.tell("wait", me, |line| {
            line.text("on", wait.on.verb());
            if let On::Receive { queue, .. } | On::Send { queue, .. } = &wait.on {
                line.number("queue", queue);
            }
            line.place(wait.place);
        });
    }

    /// Tells the tape, if there is one, what an actor does at the present instant.
    pub(crate) fn tell(&mut self, event: &str, me: ActorId, fill: impl FnOnce(&mut Line)) {
        if self.tape.is_running() {
            self.tell_at(self.clock.now(), event, me, fill);
        }
    }

    fn tell_at(&mut self, at: Duration, event: &str, me: ActorId, fill: impl FnOnce(&mut Line)) {
        if self.tape.is_running() && !self.review.is_on {
            let mut line = Line::new(at, event);
            line.actor(me);
            fill(&mut line);
            self.tape.write(line);
        }
    }
}

impl Stage {
    /// Tells the tape, if one is written, what somebody of the stage does, and nothing else: it is no call
    /// that the watchdog hears, and no progress. `fill` may look up the numbers that it needs.
    #[cfg(feature = "tokio")]
    pub(crate) fn tells_tape(&self, event: &str, fill: impl FnOnce(&mut State, &mut Line)) {
        let Some(me) = whoami::me().filter(|_| self.has_tape) else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.review.is_on {
            return;
        }
        let mut line = Line::new(state.clock.now(), event);
        line.actor(me);
        fill(&mut state, &mut line);
        state.tape.write(line);
    }

    pub(crate) fn now(&self) -> Duration {
        let mut state = self.lock();
        state.trail.touches(Touch::Clock);
        state.clock.now()
    }

    /// A duration as this run's schedule has it.
    pub(crate) fn stretched(&self, actor: ActorId, at: At, duration: Duration) -> Duration {
        self.note_asked();
        let mut state = self.lock();
        state.chooser.comes_to(actor, at);
        state.chooser.stretched(actor, duration)
    }

    /// Waits in real time until the clock on the wall has come as far as the virtual one.
    ///
    /// On the pace `live` the order of things is worked out ahead, and what can be seen of it waits.
    /// So both paces print the same bytes, and a deadlock is found before anybody has to wait for it.
    pub(crate) fn catch_up(&self) {
        let now = {
            let state = self.lock();
            // Who is only looked at for a report acts at no instant at all.
            (!state.review.is_on).then(|| state.clock.now())
        };
        if let Some(now) = now {
            self.catch_up_to(now);
        }
    }

    /// The same for an instant that may be past already.
    pub(crate) fn catch_up_to(&self, instant: Duration) {
        if self.pace != Pace::Live {
            return;
        }
        let ahead = {
            let mut state = self.lock();
            let ahead = state.clock.ahead_of_the_wall(instant);
            state.progress.keeping_time = !ahead.is_zero();
            ahead
        };
        if !ahead.is_zero() {
            std::thread::sleep(ahead);
            self.lock().progress.keeping_time = false;
        }
    }

    /// Tells the tape of a panic, and waits until it can be seen.
    pub(super) fn tell_panic(&self, me: ActorId, location: Option<&Location<'_>>) {
        let at = {
            let mut state = self.lock();
            let at = state.clock.last_seen();
            state.tell_at(at, "panic", me, |line| {
                if let Some(location) = location {
                    line.text("place", place::shown(location));
                }
            });
            (!state.review.is_on).then_some(at)
        };
        if let Some(at) = at {
            self.catch_up_to(at);
        }
    }

    /// The same when the program ends. Whoever holds the state then is about to end it for another reason.
    pub(super) fn catch_up_at_the_end(&self) {
        let now = self.state.try_lock().ok().map(|state| state.clock.now());
        if let Some(now) = now {
            self.catch_up_to(now);
        }
    }
}
