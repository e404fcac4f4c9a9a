//! The executor: a tokio runtime that plays on this stage, as one more holder of the baton.
//!
//! It lends the baton to threads that are ready (see `tokio/runtime.rs`). While it has it, tokio's paused
//! clock is the stage's clock.

use super::{
    ActorId, MAIN, State, baton::Turn, progress::MAY_LOOK_AT_THE_CLOCK, trail::Touch, whoami,
};
use std::{
    sync::{Arc, Condvar},
    task::Waker,
    time::Duration,
};

pub(super) struct Executor {
    playing: Option<Playing>,
    /// Wakes the guard of `runtime.rs`.
    guard: Option<Waker>,
    os_thread: Option<u32>,
    /// When it polled a task for the last time, or somebody acted whom it lent the baton to.
    acted_at: Duration,
    /// The task that it polls.
    polled: ActorId,
    /// Until then somebody may be asleep who brings progress.
    stirs_at: Duration,
    /// Until then a timer of the tasks may be set.
    timed_until: Duration,
    /// How often all tasks have waited, and when they did so for the last time.
    pauses: u64,
    paused_at: Duration,
    /// How often busy tasks have moved the clock since.
    moved: u32,
}

struct Playing {
    parker: Arc<Condvar>,
    /// The task that holds the executor's thread up with a call that blocks.
    held_up_by: Option<ActorId>,
    /// Wakes the part of the runtime that lends the baton to threads.
    lender: Option<Waker>,
}

impl Executor {
    pub(super) fn none() -> Executor {
        Executor {
            playing: None,
            guard: None,
            os_thread: None,
            acted_at: Duration::ZERO,
            polled: MAIN,
            stirs_at: Duration::ZERO,
            timed_until: Duration::ZERO,
            pauses: 0,
            paused_at: Duration::ZERO,
            moved: 0,
        }
    }

    /// Whether it can be given the baton.
    pub(super) fn is_free(&self) -> bool {
        self.playing.as_ref().is_some_and(|playing| playing.held_up_by.is_none())
    }

    pub(super) fn parker(&self) -> Option<Arc<Condvar>> {
        self.playing.as_ref().map(|playing| playing.parker.clone())
    }

    /// The task that holds the executor up with a blocking call.
    pub(super) fn held_up_by(&self) -> Option<ActorId> {
        self.playing.as_ref()?.held_up_by
    }

    /// Whether there is one, free or not.
    pub(super) fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    pub(super) fn polled(&self) -> ActorId {
        self.polled
    }

    pub(super) fn acted_at(&self) -> Duration {
        self.acted_at
    }

    /// Has the runtime lend the baton again.
    pub(super) fn wake_lender(&mut self) {
        let lender = self.playing.as_mut().and_then(|playing| playing.lender.take());
        if let Some(lender) = lender {
            lender.wake();
        }
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);

impl State {
    /// Notes what a task does: it is polled, or a message goes through.
    ///
    /// Tokio's clock moves when all tasks wait. Where they never do, what they do takes time all the same.
    /// So where somebody waits for an instant, the clock moves: a little at first, and further the longer this
    /// goes on, as the instant may be distant.
    pub(super) fn notice_busy_task(&mut self, task: ActorId, steps: u32) {
        let State { cast, executor, .. } = self;
        let Some(actor) = cast.get_mut(task).filter(|_| self.clock.is_virtual()) else { return };
        let Some(times) = actor.busy.has_taken(steps, executor.pauses) else { return };
        let now = self.clock.now();
        let awaited = executor.timed_until > now || self.baton.next_due().is_some();
        if !awaited && times <= MAY_LOOK_AT_THE_CLOCK {
            return;
        }
        executor.moved += 1;
        let busy_for = now.saturating_sub(executor.paused_at);
        let further = u32::try_from(busy_for.as_millis() / 16).unwrap_or(u32::MAX);
        let then = now.saturating_add(MILLISECOND * executor.moved.max(further));
        // Whoever waits for the last timer that is known goes on before the clock does.
        let then = if executor.timed_until > now { then.min(executor.timed_until) } else { then };
        let then = self.baton.next_due().map_or(then, |due| then.min(due.max(now)));
        self.trail.touches(Touch::Everything);
        self.clock.advance_to(then);
        self.wake_due_sleepers(then);
    }

    /// A call that blocks, made in a task, holds up the whole runtime.
    pub(super) fn hold_up_executor(&mut self, me: ActorId) {
        if let (true, Some(playing)) = (whoami::on_executor(), &mut self.executor.playing) {
            playing.held_up_by = Some(me);
        }
    }

    pub(super) fn let_executor_go(&mut self) {
        if let (true, Some(playing)) = (whoami::on_executor(), &mut self.executor.playing) {
            playing.held_up_by = None;
            self.baton.give(Turn::Executor);
            self.executor.acted_at = self.clock.now();
        }
    }

    /// The task that holds the executor up with a blocking call, for a report.
    pub(crate) fn held_up_by(&self) -> Option<ActorId> {
        self.executor.held_up_by()
    }
}

#[cfg(feature = "tokio")]
mod tokio_needs {
    //! What the runtime of `tokio/runtime.rs` needs of the stage.

    use super::super::{
        ActorId, At, Kind, Stage, State, Uses, baton::Turn, progress, watchdog, whoami,
    };
    use super::Playing;
    use std::{task::Waker, time::Duration};

    /// What tokio lets a task do in one poll.
    const BUDGET: u32 = 128;

    impl Stage {
        /// From here on this thread is the executor, and tokio's paused clock is the stage's.
        pub(crate) fn open_executor(&self) {
            let mut state = self.lock();
            state.clock.follow_tokio();
            whoami::set_on_executor(true);
            state.executor.os_thread = watchdog::this_thread();
            state.baton.give(Turn::Executor);
            state.executor.playing =
                Some(Playing { parker: whoami::parker(), held_up_by: None, lender: None });
            state.is_idle();
        }

        /// The runtime has ended; this thread is an ordinary one again.
        pub(crate) fn close_executor(&self, me: ActorId) {
            let mut state = self.lock();
            whoami::set_on_executor(false);
            state.executor.playing = None;
            state.baton.give(Turn::Actor(me));
        }

        /// Lends the baton to the threads that are ready, until none is.
        ///
        /// Returns the next deadline of a thread, at which the executor has to lend again.
        pub(crate) fn lend_baton(&self, waker: &Waker) -> Option<Duration> {
            let mut state = self.lock();
            if let Some(playing) = &mut state.executor.playing {
                playing.lender = Some(waker.clone());
            }
            let now = state.clock.now();
            state.wake_due_sleepers(now);
            while state.baton.somebody_is_ready() {
                state = self.pass(state, Turn::Executor);
                state.executor.acted_at = state.clock.now();
            }
            state.baton.next_due()
        }

        /// Whether it is `actor` that acts on this thread.
        pub(crate) fn acts(&self, actor: ActorId) -> bool {
            whoami::me() == Some(actor)
        }

        /// Whether this thread is the one that tasks are polled on.
        pub(crate) fn plays_tasks_here(&self) -> bool {
            whoami::on_executor()
        }

        /// Whether tokio's functions may be called here: in a task and in a blocking call, not in a thread.
        pub(crate) fn is_in_runtime(&self) -> bool {
            let is_call = |me| self.lock().cast.one(me).who.kind == Kind::Blocking;
            !self.is_virtual() || whoami::on_executor() || whoami::me().is_some_and(is_call)
        }

        /// How long no task and no thread has acted.
        pub(crate) fn quiet_for(&self) -> Duration {
            let state = self.lock();
            state.clock.now().saturating_sub(state.executor.acted_at)
        }

        /// A tokio runtime plays already.
        pub(crate) fn has_executor(&self) -> bool {
            self.lock().executor.playing.is_some()
        }

        /// Whether nothing gets done any more; if not, `waker` is woken when that comes.
        pub(crate) fn alarm(&self, waker: &Waker) -> bool {
            let mut state = self.lock();
            state.executor.guard = Some(waker.clone());
            state.ticks_for_nothing()
        }
    }

    impl State {
        /// When the next of those who sleep on threads is due.
        pub(crate) fn next_due(&self) -> Option<Duration> {
            self.baton.next_due()
        }

        /// Up to when a task may be asleep, if one is.
        pub(crate) fn timed_until(&self) -> Option<Duration> {
            let until = self.executor.timed_until;
            (until > self.clock.now()).then_some(until)
        }

        pub(crate) fn advance_to(&mut self, instant: Duration) {
            self.clock.advance_to(instant);
        }

        /// Moves the clock to an instant at which the executor has to lend the baton.
        pub(crate) fn lend_at(&mut self, due: Duration) {
            self.clock.advance_to(due);
            self.executor.wake_lender();
        }

        /// All tasks wait.
        pub(crate) fn is_idle(&mut self) {
            self.executor.pauses += 1;
            self.executor.paused_at = self.clock.now();
            self.executor.moved = 0;
            self.tasks_let_time_pass();
        }

        /// Notes that the executor turns to a task.
        pub(crate) fn is_polled(&mut self, task: ActorId, waker: &Waker) {
            self.notice_busy_task(task, 1);
            self.chooser.is_polled(task);
            self.executor.polled = task;
            self.executor.acted_at = self.clock.now();
            self.progress.idle_wakes += 1;
            if let Some(actor) = self.cast.get_mut(task) {
                actor.glances = 0;
                actor.uses = None;
                actor.os_thread = self.executor.os_thread;
                match &mut actor.waker {
                    Some(known) => known.clone_from(waker),
                    none => *none = Some(waker.clone()),
                }
            }
            if self.ticks_for_nothing()
                && let Some(guard) = self.executor.guard.take()
            {
                guard.wake();
            }
        }

        /// Whether a task lets others go first, before it uses something. One in so many does.
        pub(crate) fn steps_aside(
            &mut self,
            task: ActorId,
            uses: Uses<'_>,
            at: At,
            one_in: usize,
        ) -> bool {
            let object = self.object(uses);
            self.chooser.comes_to(task, at);
            let aside = self.chooser.steps_aside(task, one_in);
            if !aside {
                // If it can't go on, it will be woken here.
                self.chooser.waits(task, at);
            }
            if let Some(actor) = self.cast.get_mut(task).filter(|_| aside) {
                actor.uses = object;
            }
            aside
        }

        /// A task has done so much in one poll that tokio has stopped it.
        pub(crate) fn has_used_up_its_budget(&mut self, task: ActorId) {
            self.notice_busy_task(task, BUDGET);
        }

        /// Somebody of the program woke a task: not the clock alone keeps things going.
        pub(crate) fn stirred(&mut self) {
            self.progress.idle_wakes = 0;
        }

        fn ticks_for_nothing(&self) -> bool {
            self.executor.playing.is_some()
                && self.progress.is_idle(self.executor.acted_at)
                && self.executor.acted_at > self.executor.stirs_at
                && self.all_wake_in_vain()
        }

        /// Somebody sleeps, and may bring progress then: so long sleeps hold back the verdict that nothing
        /// gets done.
        pub(crate) fn will_stir_in(&mut self, duration: Duration) {
            let then = self.clock.now().saturating_add(duration);
            self.executor.timed_until = self.executor.timed_until.max(then);
            if duration >= progress::IDLE {
                self.executor.stirs_at = self.executor.stirs_at.max(then);
            }
        }

        /// Somebody may sleep so long again and again, and nobody tells when no more.
        pub(crate) fn will_stir_every(&mut self, period: Duration) {
            self.executor.timed_until = Duration::MAX;
            if period >= progress::IDLE {
                self.executor.stirs_at = Duration::MAX;
            }
        }

        /// A number that grows with everything that brings the program on.
        pub(crate) fn progress_so_far(&self) -> u64 {
            self.progress.count()
        }

        /// The wakers of the tasks that have not ended.
        pub(crate) fn task_wakers(&self) -> Vec<Waker> {
            let open = self.cast.everybody().filter(|(_, actor)| actor.ended.is_none());
            open.filter_map(|(_, actor)| actor.waker.clone()).collect()
        }
    }
}
