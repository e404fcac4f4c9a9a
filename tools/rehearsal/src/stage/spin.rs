//! Loops that ask again and again instead of waiting.
//!
//! Whoever asks without waiting keeps the baton, and a loop of that would keep it for ever. So what comes
//! to nothing lets others go first. Where only such loops are left, they move the clock, as time passes
//! beside a real loop that spins. Where nothing is left that time could bring, the program is told that
//! it spins.

use super::{
    Actor, ActorId, At, Locked, On, Stage, State, Wait,
    baton::Turn,
    progress::{BOUNDED, FEW, GLANCES_A_MILLISECOND, HOPELESS_LOOKS, HOPELESS_TRIES, STEPS, World},
    whoami,
};
use crate::{
    diagnosis::{Stuck, Vain},
    place::Place,
    report,
};
use std::time::Duration;

/// How much faster the clock moves beneath a task that looks again and again for good.
const HURRY: u32 = 20;

const MILLISECOND: Duration = Duration::from_millis(1);

/// A loop that asks: who, where, in which call, and why that does not wait.
#[derive(Clone, Copy)]
struct Loop {
    me: ActorId,
    place: Place,
    what: &'static str,
    vain: Vain,
    /// It has asked so often that nothing but the clock can help.
    hopeless: bool,
}

impl Stage {
    /// Notes a try that came to nothing, and lets others go first.
    pub(crate) fn fruitless(&self, me: ActorId, place: Place, what: &'static str) {
        if !self.is_virtual() {
            return;
        }
        let mut state = self.lock();
        let tries = state.count_try(me, place);
        state.tell_asking(me, place, what, tries);
        let hopeless = tries > HOPELESS_TRIES;
        let asks = Loop { me, place, what, vain: Vain::Tries, hopeless };
        if whoami::on_executor() {
            // Slow at first, so that those who sleep wake in time; a task that goes on and on is to be
            // told so within a moment of real time.
            let step = if tries > BOUNDED {
                MILLISECOND * (1 + tries.saturating_sub(HOPELESS_TRIES) / 1_000)
            } else {
                Duration::ZERO
            };
            return self.spin_in_task(state, asks, step);
        }
        let others = state.somebody_gets_on() || (tries <= FEW && state.baton.somebody_is_ready());
        if others || (tries <= BOUNDED && state.executor.is_free()) {
            self.give_way(state, me, At { call: what, place });
        } else if tries > BOUNDED && state.has_gone_round(me, place) {
            let next = state.baton.next_due();
            let until = next.or_else(|| state.executor.is_free().then(|| state.in_a(MILLISECOND)));
            let hopeless = state.tries_together(me) > HOPELESS_TRIES;
            self.spin(state, Loop { hopeless, ..asks }, until);
        }
    }

    /// Notes a look that changes nothing (at a queue's length, or under a lock): a loop may wait for what
    /// it sees there. It may as well count something, a step at each look; so only very many are a spin.
    pub(crate) fn notice_look(&self, me: ActorId, place: Place, what: &'static str) {
        let asks = Loop { me, place, what, vain: Vain::Looks, hopeless: false };
        self.notice_one_of(HOPELESS_LOOKS, asks);
    }

    /// Notes that a call found the other side gone. A loop that goes on all the same never waits any more.
    pub(crate) fn notice_end(&self, me: ActorId, place: Place, what: &'static str) {
        let asks = Loop { me, place, what, vain: Vain::TheEnd, hopeless: false };
        self.notice_one_of(HOPELESS_TRIES, asks);
    }

    fn notice_one_of(&self, many: u32, asks: Loop) {
        let Loop { me, place, what, .. } = asks;
        let mut state = self.lock();
        let now = state.clock.now();
        let State { cast, progress, .. } = &mut *state;
        let actor = cast.one(me);
        actor.last = Some(place);
        let looks = actor.looks.count(now, progress);
        if looks >= STEPS {
            state.tell_asking(me, place, what, looks);
        }
        if !looks.is_multiple_of(STEPS) {
            return;
        }
        let asks = Loop { hopeless: looks > many, ..asks };
        if whoami::on_executor() {
            // Faster where it goes round for good, so that it is told within a moment of real time.
            let faster = if asks.hopeless { HURRY } else { 1 };
            self.spin_in_task(state, asks, MILLISECOND * (looks / STEPS) * faster);
        } else if asks.hopeless && !state.somebody_gets_on() && !state.clock_can_help() {
            self.spin(state, asks, None);
        }
    }

    /// Notes a look at the clock. A loop that waits for it to move makes it move.
    pub(crate) fn notice_glance(&self, place: Place) {
        let Some(me) = whoami::me().filter(|_| self.is_virtual()) else { return };
        let mut state = self.lock();
        let Some(actor) = state.cast.get_mut(me) else { return };
        actor.glances = actor.glances.wrapping_add(1);
        if !actor.glances.is_multiple_of(GLANCES_A_MILLISECOND) {
            return;
        }
        // Such a loop ends by itself, whatever else it asks for.
        (actor.tries, actor.looks) = Default::default();
        let what = "a look at the clock";
        let asks = Loop { me, place, what, vain: Vain::Tries, hopeless: false };
        if whoami::on_executor() {
            self.spin_in_task(state, asks, MILLISECOND);
        } else {
            let until = state.in_a(MILLISECOND);
            self.spin(state, asks, Some(until));
        }
    }

    /// Notes that somebody goes on without waiting: it may have to wait for others who don't get on.
    ///
    /// What it does takes time, too. So the clock moves if somebody sleeps: a little at first, and
    /// further the longer this goes on, because a loop may wait for a distant instant.
    pub(super) fn notice_step(&self, mut state: Locked<'_>, me: ActorId) {
        let actor = state.cast.one(me);
        actor.steps = actor.steps.wrapping_add(1);
        if !actor.steps.is_multiple_of(STEPS) {
            return;
        }
        let nth = actor.steps / STEPS;
        let place = actor.last.unwrap_or(actor.who.spawned);
        let what = "a loop that does not wait";
        let asks = Loop { me, place, what, vain: Vain::Tries, hopeless: false };
        if state.somebody_gets_on() || !state.clock_can_help() {
            self.give_way(state, me, At { call: what, place });
        } else {
            let until = state.in_a(MILLISECOND * nth);
            let next = state.baton.next_due();
            self.spin(state, asks, Some(next.map_or(until, |next| next.min(until))));
        }
    }

    /// Goes on asking at `until`; or now, if no clock can help.
    fn spin(&self, state: Locked<'_>, asks: Loop, until: Option<Duration>) {
        let Loop { me, place, what, vain, hopeless } = asks;
        match until {
            Some(until) => {
                drop(state);
                self.wait(me, &[], Some(until), Wait { on: On::Spin(what), place });
            }
            None if hopeless => {
                report::stop(state, Stuck::Spinning { who: me, place, what, vain });
            }
            None => self.give_way(state, me, At { call: what, place }),
        }
    }

    /// A task that asks in a loop holds the other tasks up, but never a thread.
    fn spin_in_task(&self, mut state: Locked<'_>, asks: Loop, step: Duration) {
        let Loop { me, place, what, vain, hopeless } = asks;
        if !step.is_zero() {
            let next = state.in_a(step);
            state.clock.advance_to(next);
            state.wake_due_sleepers(next);
        }
        if hopeless && state.progress.is_stale(state.clock.now()) {
            report::stop(state, Stuck::Spinning { who: me, place, what, vain });
        }
        if state.baton.somebody_is_ready() {
            state.chooser.waits(me, At { call: what, place });
            state.baton.line_up(me);
            state.hold_up_executor(me);
            self.pass(state, Turn::Actor(me)).let_executor_go();
        }
    }

    fn give_way(&self, mut state: Locked<'_>, me: ActorId, at: At) {
        if state.baton.somebody_is_ready() || state.executor.is_free() {
            state.chooser.waits(me, at);
            state.baton.line_up(me);
            drop(self.pass(state, Turn::Actor(me)));
        }
    }
}

impl State {
    fn in_a(&self, step: Duration) -> Duration {
        self.clock.now().saturating_add(step)
    }

    fn count_try(&mut self, me: ActorId, place: Place) -> u32 {
        let now = self.clock.now();
        let actor = self.cast.one(me);
        actor.last = Some(place);
        actor.tries.count(now, &self.progress)
    }

    /// Tells the tape of a call that came to nothing, the `nth` in a row; not of each, as there may be very many.
    fn tell_asking(&mut self, me: ActorId, place: Place, what: &str, nth: u32) {
        if nth.is_power_of_two() {
            self.tell("ask", me, |line| {
                line.text("call", what).number("nth", nth).place(place);
            });
        }
    }

    fn has_gone_round(&mut self, me: ActorId, place: Place) -> bool {
        let world = World {
            now: self.clock.now(),
            progress: self.progress.count(),
            handed_on: self.baton.handed_on(),
        };
        self.cast.one(me).tries.has_gone_round(place, world)
    }

    /// Whether somebody is ready who is not in a loop without waiting, too.
    fn somebody_gets_on(&self) -> bool {
        let gets_on =
            |actor: &Actor| actor.tries.number(&self.progress) < FEW && actor.steps < STEPS;
        self.baton.ready().iter().any(|id| self.cast.get(*id).is_none_or(gets_on))
    }

    /// How often an actor has asked in vain since the last progress. The first looks may be no asking at all.
    pub(super) fn vain_tries(&self, actor: &Actor) -> u32 {
        let looks = actor.looks.number(&self.progress).saturating_sub(FEW - 1);
        actor.tries.number(&self.progress).max(looks)
    }

    /// Whether somebody may act at a later instant.
    fn clock_can_help(&self) -> bool {
        self.baton.next_due().is_some() || self.executor.is_free()
    }

    /// The tries of all who try in loops.
    fn tries_together(&self, me: ActorId) -> u32 {
        let loops = self.baton.ready().iter().chain([&me]).filter_map(|id| self.cast.get(*id));
        loops.map(|actor| actor.tries.number(&self.progress)).fold(0, u32::saturating_add)
    }
}
