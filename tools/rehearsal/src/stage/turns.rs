//! Turns: how the baton goes from one to the next, and how one waits for it.

use super::{
    Actor, ActorId, At, CLOCK, Candidate, Ending, For, Key, Locked, MAIN, Noted, On, Pick, QueueId,
    Side, Stage, State, Touch, Uses, Wait, Woke,
    actor::Standing,
    baton::Turn,
    watchdog,
    whoami::{self, parker},
};
use crate::{diagnosis::Stuck, report};
use std::{sync::PoisonError, time::Duration};

impl Stage {
    /// A point at which another thread may go first: under a schedule by chance, and else only when this
    /// one goes on and on.
    pub(crate) fn switch_point(&self, me: ActorId, uses: Uses<'_>, at: At) {
        if !self.is_virtual() {
            return;
        }
        self.note_use(uses);
        if whoami::on_executor() {
            self.note_asked();
            self.lock().touches_at_once(uses);
        } else {
            self.count_step();
            self.switch(self.lock(), me, uses, at);
        }
    }

    fn switch<'a>(&'a self, mut state: Locked<'a>, me: ActorId, uses: Uses<'_>, at: At) {
        if state.chooser.interrupts() {
            state.chooser.comes_to(me, at);
            let object = state.object(uses);
            state.cast.one(me).uses = object;
            if state.baton.somebody_is_ready() {
                state.baton.line_up(me);
                state = self.pass(state, Turn::Actor(me));
            } else {
                let alone = state.candidate(me);
                state.chooser.alone(alone);
                state.trail.goes(me);
            }
            state.touches_what_it_uses(uses, object);
        }
        self.notice_step(state, me);
    }

    /// Waits until one of `keys` is woken or the clock reaches `until`.
    pub(crate) fn wait(
        &self,
        me: ActorId,
        keys: &[Key],
        until: Option<Duration>,
        wait: Wait,
    ) -> Woke {
        let mut state = self.lock();
        state.tell_wait(me, &wait);
        let at = At { call: wait.on.verb(), place: wait.place };
        let ticket = state.ticket();
        state.baton.wait_at(keys, me);
        if state.baton.is_watched() {
            state.tell_watchers(keys);
        }
        let now = state.clock.now();
        let deadline = until.map(|until| (until.max(now), ticket));
        if let Some(deadline) = deadline {
            state.baton.sleep_until(deadline, me);
        }
        let actor = state.cast.one(me);
        if !matches!(wait.on, On::Spin(_)) {
            (actor.steps, actor.glances) = (0, 0);
        }
        if matches!(wait.on, On::Sleep | On::Core) {
            actor.uses = None;
        }
        actor.standing = Standing::Waiting;
        actor.keys = keys.to_vec();
        actor.deadline = deadline;
        actor.last = Some(wait.place);
        actor.waits = vec![(ticket, wait)];
        actor.woke = None;
        state.chooser.waits(me, at);
        state.hold_up_executor(me);
        let mut state = self.pass(state, Turn::Actor(me));
        if state.baton.turn() == Turn::Actor(me) {
            state.let_executor_go();
        }
        state.touches_what_it_waited_for(me);
        let actor = state.cast.one(me);
        actor.waits.clear();
        actor.woke.take().expect("an actor gets the baton back only when it was woken")
    }

    /// Waits until `done`, looking again whenever one of `keys` is woken.
    ///
    /// On the pace `real` the wait is only noted, for as long as the caller keeps what comes back.
    pub(crate) fn wait_for(
        &self,
        keys: &[Key],
        wait: Wait,
        done: impl Fn(&State) -> bool,
    ) -> Option<Noted> {
        let me = self.me();
        if !self.is_virtual() {
            return Some(self.note_wait(me, wait));
        }
        let ends = match wait.on {
            On::Join(other) => Some(Touch::End(other)),
            _ => None,
        };
        let uses = if ends.is_some() { Uses::Nothing } else { Uses::Unknown };
        self.switch_point(me, uses, At { call: wait.on.verb(), place: wait.place });
        if let Some(ends) = ends {
            self.lock().trail.touches(ends);
        }
        while !done(&self.lock()) {
            self.wait(me, keys, None, wait.clone());
        }
        None
    }

    pub(crate) fn wake(&self, key: Key, most: usize) {
        self.lock().wake(key, most);
    }

    /// Waits for the baton, as somebody who acts beside its holder.
    pub(super) fn await_turn(&self, me: ActorId) {
        let mut state = self.lock();
        let parker = parker();
        let actor = state.cast.one(me);
        actor.off_baton = false;
        actor.parker = Some(parker.clone());
        while state.baton.turn() != Turn::Actor(me) {
            state = parker.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.let_executor_go();
    }

    /// Hands the baton on and, unless `from` has ended, waits until it comes back.
    pub(super) fn pass<'a>(&'a self, mut state: Locked<'a>, from: Turn) -> Locked<'a> {
        let parker = parker();
        if let Turn::Actor(me) = from
            && let Some(actor) = state.cast.get_mut(me)
        {
            actor.parker = Some(parker.clone());
        }
        let next = match state.choose() {
            Ok(next) => next,
            Err(kind) => report::stop(state, kind),
        };
        state.baton.give(next);
        if next == from {
            return state;
        }
        let waker = match next {
            Turn::Actor(id) => state.cast.one(id).parker.clone(),
            Turn::Executor => state.executor.parker(),
        };
        // Whoever is woken wants the lock at once: held meanwhile, it would make a hand-over twice as long.
        drop(state);
        // A thread that has not begun yet has no parker: it will find that it is its turn.
        if let Some(waker) = waker {
            waker.notify_one();
        }
        let mut state = self.lock();
        if let Turn::Actor(me) = from
            && state.cast.has_ended(me)
        {
            return state;
        }
        while state.baton.turn() != from && !state.is_off_baton(from) {
            state = parker.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Enters the stage as a thread that was announced. It leaves at its very end, and says before how it
    /// [`ends`](whoami::ends).
    pub(crate) fn enter(&self, me: ActorId) {
        self.act_on_this_thread(me);
        whoami::prepare_exit(me);
    }

    /// The same for a thread that is used again: it has to [`leave`](Stage::leave) by itself.
    pub(crate) fn act_on_this_thread(&self, me: ActorId) {
        whoami::act_as(Some(me));
        if self.is_virtual() {
            self.lock().cast.one(me).os_thread = watchdog::this_thread();
            self.await_turn(me);
            #[cfg(feature = "tokio")]
            self.lock().clock.show_to_this_thread();
        }
    }

    /// Leaves the stage. Whoever waits for the end of `me` is woken.
    pub(crate) fn leave(&self, me: ActorId, ending: Ending) {
        let mut state = self.lock();
        state.end_actor(me, ending);
        if self.is_virtual() && !whoami::on_executor() {
            drop(self.pass(state, Turn::Actor(me)));
        }
    }
}

/// Who goes next.
pub(crate) enum Next {
    /// The nth of those who are ready.
    Actor(usize),
    /// Nobody yet: time passes first.
    Clock,
}

impl State {
    /// Who goes next: one of those who are ready, or whoever sleeps least long.
    fn choose(&mut self) -> Result<Turn, Stuck> {
        loop {
            if self.baton.somebody_is_ready() {
                let ready = self.baton.ready().clone();
                let timed = self.baton.next_due().filter(|_| !self.executor.is_playing());
                match self.next_of(ready.into_iter(), timed) {
                    Next::Actor(nth) => return Ok(Turn::Actor(self.baton.take(nth))),
                    Next::Clock => {
                        self.time_passes(timed.unwrap_or_default());
                        continue;
                    }
                }
            }
            if self.executor.is_free() {
                return Ok(Turn::Executor);
            }
            let Some(at) = self.baton.next_due() else { return Err(Stuck::Deadlock) };
            if self.progress.is_idle(self.clock.now()) && self.all_wake_in_vain() {
                return Err(Stuck::Ticking);
            }
            self.time_passes(at);
        }
    }

    fn time_passes(&mut self, at: Duration) {
        self.trail.goes(CLOCK);
        self.trail.touches(Touch::Clock);
        self.clock.advance_to(at);
        self.wake_due_sleepers(at);
    }

    /// Who acts next, of those who are ready. `timed` is the instant for which somebody else waits, if anybody
    /// does: the clock may go on to there first, where somebody chooses that.
    pub(crate) fn next_of(
        &mut self,
        ready: impl Iterator<Item = ActorId>,
        timed: Option<Duration>,
    ) -> Next {
        let mut ready: Vec<Candidate> = ready.map(|id| self.candidate(id)).collect();
        if timed.is_some() && self.chooser.may_wait_for_the_clock() {
            ready.push(Candidate { actor: CLOCK, uses: None, vain_tries: 1 });
        }
        if let Some(question) = self.chooser.question(&ready) {
            self.asks_who(&question, &ready);
        }
        let nth = self.chooser.next(&ready);
        while let Some(news) = self.chooser.news() {
            self.tell("held", news.actor, |line| {
                line.text("hold", news.hold).place(news.place);
            });
        }
        if ready[nth].actor == CLOCK {
            // Where tasks play, tokio moves the clock, and that is not told.
            if self.executor.is_playing() {
                self.trail.goes(CLOCK);
                self.trail.touches(Touch::Everything);
            }
            return Next::Clock;
        }
        self.trail.goes(ready[nth].actor);
        Next::Actor(nth)
    }

    /// Picks one of several that are equally good.
    pub(super) fn picks(&mut self, pick: Pick<'_>) -> usize {
        if let Some(question) = self.chooser.question_of(pick) {
            self.asks_which(&question, pick);
        }
        let nth = self.chooser.any_of(pick);
        self.has_picked = true;
        self.trail.picks(nth);
        nth
    }

    /// An actor, as the chooser sees it.
    fn candidate(&self, actor: ActorId) -> Candidate {
        let known = self.cast.get(actor);
        Candidate {
            actor,
            uses: known.and_then(|known| known.uses),
            vain_tries: known.map_or(0, |known| self.vain_tries(known)),
        }
    }

    /// Whether all who sleep have been awake since the last progress, and to no avail: so none of them
    /// will bring more of it.
    pub(super) fn all_wake_in_vain(&self) -> bool {
        let in_vain = |actor: &Actor| actor.wakes.is_vain(&self.progress);
        self.baton.sleepers().all(|id| self.cast.get(id).is_none_or(in_vain))
    }

    pub(super) fn wake_due_sleepers(&mut self, now: Duration) {
        while let Some(id) = self.baton.due_by(now) {
            self.progress.idle_wakes += 1;
            let State { cast, progress, .. } = self;
            if let Some(actor) = cast.get_mut(id) {
                actor.wakes.add(progress);
            }
            self.trail.stirs(id);
            self.make_ready(id, Woke::TimedOut);
        }
    }

    pub(crate) fn wake(&mut self, key: Key, most: usize) {
        for _ in 0..most {
            let Some(id) = self.one_at(key) else { break };
            self.make_ready(id, Woke::Event);
        }
        if let (Key::Queue(queue, side), true) = (key, self.baton.is_watched()) {
            self.wake_watchers(queue, side);
        }
    }

    /// The one at a key who is woken first: who has waited longest, or any under a schedule, because std's
    /// locks and signals and crossbeam's queues promise no order.
    fn one_at(&mut self, key: Key) -> Option<ActorId> {
        if self.baton.count_at(key) < 2 || !self.is_interrupted() {
            return self.baton.nth_at(key, 0);
        }
        let waiting = self.baton.all_at(key);
        let by = whoami::me().unwrap_or(MAIN);
        let len = waiting.len();
        let nth = self.picks(Pick { what: For::Wake(&waiting), len, by });
        self.baton.nth_at(key, nth)
    }

    /// Wakes all who watch a side of a queue.
    fn wake_watchers(&mut self, queue: QueueId, side: Side) {
        while let Some(id) = self.baton.first_at(Key::Watch(queue, side)) {
            self.make_ready(id, Woke::Event);
        }
    }

    /// Somebody comes to wait on one side of queues: on the other side, that may be what is watched for.
    fn tell_watchers(&mut self, keys: &[Key]) {
        for key in keys {
            if let Key::Queue(queue, side) = key {
                self.wake_watchers(*queue, side.other());
            }
        }
    }

    pub(crate) fn somebody_waits(&self, key: Key) -> bool {
        self.baton.count_at(key) > 0
    }

    pub(super) fn make_ready(&mut self, id: ActorId, woke: Woke) {
        let actor = self.cast.one(id);
        actor.standing = Standing::Ready;
        actor.woke = Some(woke);
        self.leave_keys(id);
        self.start_thread(id);
    }

    /// Nothing of what an actor waits for wakes it any more.
    pub(super) fn leave_keys(&mut self, id: ActorId) {
        let actor = self.cast.one(id);
        let keys = std::mem::take(&mut actor.keys);
        let deadline = actor.deadline.take();
        self.baton.leave(&keys, deadline, id);
    }

    /// Makes a thread ready. One that was only announced begins when it gets the baton.
    pub(crate) fn start_thread(&mut self, id: ActorId) {
        self.baton.line_up(id);
        if self.baton.turn() == Turn::Executor {
            self.executor.wake_lender();
        }
    }

    fn is_off_baton(&self, turn: Turn) -> bool {
        matches!(turn, Turn::Actor(id) if self.cast.get(id).is_some_and(|actor| actor.off_baton))
    }
}
