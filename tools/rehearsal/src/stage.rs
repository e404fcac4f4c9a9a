//! The stage: who may act, what time it is, and what everybody waits for.
//!
//! Threads are real threads of the operating system, but one at a time holds the *baton*; the others
//! stand at a condition variable. Whoever would block says what it waits for and passes the baton on.
//! When nobody is ready, the clock moves to the next sleeper; when nobody sleeps either, nothing can
//! happen any more, and that is a deadlock.
//!
//! A tokio runtime is one more holder of the baton, the *executor*. It lends the baton to threads that
//! are ready (see `runtime.rs`), and while it has it, tokio's paused clock is the stage's clock.

mod actor;
mod clock;
mod progress;
mod queue;
mod watchdog;

use crate::{
    dice::Dice,
    place::Place,
    report::{self, Stuck},
    settings::{Pace, refuse, settings},
    tape::{Line, Tape},
};
pub(crate) use actor::{Actor, ActorId, Ending, Kind, MAIN, On, Standing, Wait};
pub(crate) use clock::Clock;
use progress::Progress;
use queue::Queue;
pub(crate) use queue::{Handle, QueueId, Seat, Side};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    process,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
pub(crate) use watchdog::Activity;

/// What a waiting actor can be woken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// The side of a queue that the waiting actor is on.
    Queue(QueueId, Side),
    Ended(ActorId),
    Lock(usize),
    Signal(usize),
    Core,
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woke {
    /// Something happened to one of the keys: look again.
    Event,
    TimedOut,
    /// The other half of a rendezvous stands ready, for the key at this index: make the real call now.
    Paired(usize),
}

/// Who holds the baton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Actor(ActorId),
    Executor,
}

/// A tokio runtime that plays on this stage.
struct Executor {
    parker: Arc<Condvar>,
    /// The task that holds the executor's thread up with a call that blocks.
    held_up_by: Option<ActorId>,
    /// Wakes the part of the runtime that lends the baton to threads.
    lender: Option<std::task::Waker>,
}

pub(crate) struct Stage {
    state: Mutex<State>,
    pace: Pace,
}

pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) actors: BTreeMap<ActorId, Actor>,
    pub(crate) queues: BTreeMap<QueueId, Queue>,
    /// Who holds each mutex, by the mutex's address, and the line that locked it.
    pub(crate) locks: BTreeMap<usize, (ActorId, Place)>,
    pub(crate) dice: Option<Dice>,
    /// For choices that the real library makes at random, when no schedule was asked for.
    fair: Dice,
    turn: Turn,
    /// Wakes the guard of `runtime.rs`.
    guard: Option<std::task::Waker>,
    /// While all tasks are polled once more: the last ticket before.
    looking_again: Option<u64>,
    /// Until then somebody may be asleep who brings progress.
    stirs_at: Duration,
    executor_thread: Option<u32>,
    /// When the executor polled a task for the last time.
    pub(crate) acted_at: Duration,
    /// The task that the executor polls.
    pub(crate) polled: ActorId,
    ready: VecDeque<ActorId>,
    /// Deadlines in the order in which they come; of one instant, in the order in which they were set.
    sleepers: BTreeMap<(Duration, u64), ActorId>,
    waiting: BTreeMap<Key, VecDeque<ActorId>>,
    executor: Option<Executor>,
    tape: Option<Tape>,
    tickets: u64,
    spawned: u64,
    ended: VecDeque<ActorId>,
    progress: Progress,
    cores_busy: usize,
}

pub(crate) type Guard<'a> = MutexGuard<'a, State>;

/// Ended actors that are kept for reports. Older ones are forgotten, so that a long run stays small.
const REMEMBERED: usize = 200;

/// A wait that is noted until this is dropped.
pub(crate) struct Noted {
    me: ActorId,
    ticket: u64,
}

#[cfg(feature = "tokio")]
impl Noted {
    /// Keeps the wait of a future noted while it is pending; nothing on the pace `off`.
    ///
    /// A future may be kept without being awaited any more (an arm of an earlier `select!`). So when a
    /// report is due, each that is polled once more notes its wait anew, and the others don't count.
    pub(crate) fn keep(noted: &mut Option<Noted>, place: Place, on: impl FnOnce() -> On) {
        let Some(stage) = Stage::get() else { return };
        if noted.is_none() || stage.looking_again() {
            *noted = None;
            *noted = Some(stage.note_wait(stage.me(), Wait { on: on(), place }));
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let Some(stage) = Stage::get() else { return };
        if let Some(actor) = stage.lock().actors.get_mut(&self.me) {
            actor.waits.retain(|(ticket, _)| *ticket != self.ticket);
        }
    }
}

thread_local! {
    /// Who acts on this thread: the thread itself, or the task that is being polled on it.
    static ME: Cell<Option<ActorId>> = const { Cell::new(None) };
    static ON_EXECUTOR: Cell<bool> = const { Cell::new(false) };
    static PARKER: RefCell<Arc<Condvar>> = RefCell::default();
}

/// Takes the place of whoever acts on this thread; returns who did.
pub(crate) fn act_as(actor: Option<ActorId>) -> Option<ActorId> {
    ME.replace(actor)
}

fn parker() -> Arc<Condvar> {
    PARKER.with_borrow(Arc::clone)
}

impl Stage {
    /// The stage of this process; none on the pace `off`.
    pub(crate) fn get() -> Option<&'static Stage> {
        static STAGE: OnceLock<Option<Stage>> = OnceLock::new();
        STAGE.get_or_init(Stage::open).as_ref()
    }

    fn open() -> Option<Stage> {
        let settings = settings();
        if settings.pace == Pace::Off {
            return None;
        }
        let tape = settings.tape.as_ref().map(|path| {
            Tape::create(path, settings.pace.name(), settings.schedule).unwrap_or_else(|error| {
                let shown = path.display();
                refuse(&format!(
                    "invalid value '{shown}' for '--tape <FILE>': it can't be written: {error}"
                ))
            })
        });
        ME.set(Some(MAIN));
        watchdog::start();
        put_panics_in_their_place();
        Some(Stage {
            pace: settings.pace,
            state: Mutex::new(State {
                clock: Clock::start(settings.pace),
                actors: BTreeMap::from([(MAIN, Actor::main(watchdog::this_thread()))]),
                queues: BTreeMap::new(),
                locks: BTreeMap::new(),
                dice: settings.schedule.map(Dice::new),
                fair: Dice::new(0),
                turn: Turn::Actor(MAIN),
                guard: None,
                looking_again: None,
                stirs_at: Duration::ZERO,
                executor_thread: None,
                acted_at: Duration::ZERO,
                polled: MAIN,
                ready: VecDeque::new(),
                sleepers: BTreeMap::new(),
                waiting: BTreeMap::new(),
                executor: None,
                tape,
                tickets: 0,
                spawned: 0,
                ended: VecDeque::new(),
                progress: Progress::default(),
                cores_busy: 0,
            }),
        })
    }

    /// Whether the clock is virtual and the baton is in force; not so on the pace `real`.
    pub(crate) fn is_virtual(&self) -> bool {
        self.pace.is_virtual()
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.progress.calls += 1;
        state
    }

    /// Who acts. A thread that the rehearsal did not start has no place on a virtual stage.
    #[track_caller]
    pub(crate) fn me(&self) -> ActorId {
        if let Some(me) = ME.get() {
            return me;
        }
        let place = Place::here();
        if self.is_virtual() {
            report::stop(self.lock(), Stuck::Foreign(place))
        }
        let me = self.lock().add_actor(Kind::Thread, None, place, None);
        ME.set(Some(me));
        me
    }

    pub(crate) fn now(&self) -> Duration {
        self.lock().clock.now()
    }

    /// Under a schedule, a point at which another thread may go first.
    pub(crate) fn switch_point(&self, me: ActorId) {
        if !self.is_virtual() || ON_EXECUTOR.get() {
            return;
        }
        let mut state = self.lock();
        if state.dice.is_some() && !state.ready.is_empty() {
            state.ready.push_back(me);
            drop(self.pass(state, Turn::Actor(me)));
        }
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
        let ticket = state.ticket();
        for key in keys {
            state.waiting.entry(*key).or_default().push_back(me);
        }
        let now = state.clock.now();
        let deadline = until.map(|until| (until.max(now), ticket));
        if let Some(deadline) = deadline {
            state.sleepers.insert(deadline, me);
        }
        let actor = state.actor(me);
        actor.standing = Standing::Waiting;
        actor.keys = keys.to_vec();
        actor.deadline = deadline;
        actor.last = Some(wait.place);
        actor.waits = vec![(ticket, wait)];
        actor.woke = None;
        state.hold_up_executor(me);
        let mut state = self.pass(state, Turn::Actor(me));
        if state.turn == Turn::Actor(me) {
            state.let_executor_go();
        }
        let actor = state.actor(me);
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
        self.switch_point(me);
        while !done(&self.lock()) {
            self.wait(me, keys, None, wait.clone());
        }
        None
    }

    /// Notes what an actor waits for, without waiting: for reports.
    pub(crate) fn note_wait(&self, me: ActorId, wait: Wait) -> Noted {
        let mut state = self.lock();
        let ticket = state.ticket();
        state.tell_wait(me, &wait);
        if let Some(actor) = state.actors.get_mut(&me) {
            actor.last = Some(wait.place);
            actor.waits.push((ticket, wait));
        }
        Noted { me, ticket }
    }

    /// A duration as this run's schedule has it.
    pub(crate) fn jittered(&self, duration: Duration) -> Duration {
        match &mut self.lock().dice {
            Some(dice) => dice.jitter(duration),
            None => duration,
        }
    }

    /// Lets the longest-waiting actor at `key` run its half of a rendezvous beside the caller's.
    pub(crate) fn pair(&self, key: Key) -> bool {
        let mut state = self.lock();
        let Some(partner) = state.waiting.get(&key).and_then(|queue| queue.front().copied()) else {
            return false;
        };
        let actor = state.actor(partner);
        let index =
            actor.keys.iter().position(|other| *other == key).expect("it waits at this key");
        actor.off_baton = true;
        let parker = actor.parker.clone();
        state.make_ready(partner, Woke::Paired(index));
        parker.expect("it waits, so it has said where").notify_one();
        true
    }

    /// Ends the caller's half of a rendezvous: from here on it needs the baton again.
    pub(crate) fn await_turn(&self, me: ActorId) {
        let mut state = self.lock();
        let parker = parker();
        let actor = state.actor(me);
        actor.off_baton = false;
        actor.parker = Some(parker.clone());
        while state.turn != Turn::Actor(me) {
            state = parker.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.let_executor_go();
    }

    pub(crate) fn wake(&self, key: Key, most: usize) {
        self.lock().wake(key, most);
    }

    /// Notes a try that came to nothing, and lets others go first.
    ///
    /// A loop of such tries would hold the baton for ever. So after [`BOUNDED`](progress::BOUNDED) of
    /// them at one instant the clock moves, as it would beside a real loop that spins; and where
    /// nothing is left that could move it, the program is told that it spins.
    pub(crate) fn fruitless(&self, me: ActorId, place: Place, what: &'static str) {
        if !self.is_virtual() {
            return;
        }
        let mut state = self.lock();
        let tries = state.count_try(me, place);
        let now = state.clock.now();
        if ON_EXECUTOR.get() {
            if tries > progress::BOUNDED {
                state.clock.advance_to(now + Duration::from_millis(1));
            }
            if tries > progress::HOPELESS && state.progress.is_hopeless(state.clock.now()) {
                report::stop(state, Stuck::Spinning { who: me, place, what });
            }
            return;
        }
        let executor_is_free = state.executor_is_free();
        if !state.ready.is_empty() || (executor_is_free && tries <= progress::BOUNDED) {
            state.ready.push_back(me);
            drop(self.pass(state, Turn::Actor(me)));
        } else if tries > progress::BOUNDED {
            let next = state.sleepers.keys().next().map(|(at, _)| *at);
            let until = match next {
                Some(next) => next,
                None if executor_is_free => now + Duration::from_millis(1),
                None if tries > progress::HOPELESS => {
                    report::stop(state, Stuck::Spinning { who: me, place, what })
                }
                None => return,
            };
            drop(state);
            self.wait(me, &[], Some(until), Wait { on: On::Spin(what), place });
        }
    }

    /// A loop that locks and looks holds the baton as well as one that tries.
    pub(crate) fn notice_look(&self, me: ActorId, place: Place, what: &'static str) {
        let mut state = self.lock();
        let now = state.clock.now();
        let State { actors, progress, .. } = &mut *state;
        let actor = actors.get_mut(&me).expect("an actor is known until it ends");
        if actor.looks.count(now, progress) > progress::HOPELESS {
            drop(state);
            self.fruitless(me, place, what);
        }
    }

    /// Hands the baton on and, unless `from` has ended, waits until it comes back.
    fn pass<'a>(&'a self, mut state: Guard<'a>, from: Turn) -> Guard<'a> {
        let parker = parker();
        match from {
            Turn::Actor(me) => {
                if let Some(actor) = state.actors.get_mut(&me) {
                    actor.parker = Some(parker.clone());
                }
            }
            Turn::Executor => {}
        }
        let next = match state.choose() {
            Ok(next) => next,
            Err(kind) => report::stop(state, kind),
        };
        state.turn = next;
        if next == from {
            return state;
        }
        let waker = match next {
            Turn::Actor(id) => state.actor(id).parker.clone(),
            Turn::Executor => state.executor.as_ref().map(|executor| executor.parker.clone()),
        };
        // A thread that has not begun yet has no parker: it will find that it is its turn.
        if let Some(waker) = waker {
            waker.notify_one();
        }
        if let Turn::Actor(me) = from
            && state.actors.get(&me).is_none_or(|actor| actor.standing == Standing::Ended)
        {
            return state;
        }
        while state.turn != from && !state.is_off_baton(from) {
            state = parker.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Enters the stage as a thread that `add_actor` has announced.
    pub(crate) fn enter(&self, me: ActorId) {
        ME.set(Some(me));
        if self.is_virtual() {
            self.lock().actor(me).os_thread = watchdog::this_thread();
            self.await_turn(me);
        }
    }

    /// Leaves the stage. Whoever waits for the end of `me` is woken.
    pub(crate) fn leave(&self, me: ActorId, ending: Ending) {
        let mut state = self.lock();
        state.end_actor(me, ending);
        if self.is_virtual() && !ON_EXECUTOR.get() {
            drop(self.pass(state, Turn::Actor(me)));
        }
    }

    /// Waits in real time until the clock on the wall has come as far as the virtual one.
    ///
    /// On the pace `live` the order of things is worked out ahead, and what can be seen of it waits.
    /// So both paces print the same bytes, and a deadlock is found before anybody has to wait for it.
    pub(crate) fn catch_up(&self) {
        if self.pace == Pace::Live {
            self.catch_up_to(self.now());
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

    /// Occupies a virtual core, for `work`.
    pub(crate) fn take_core(&self, me: ActorId, place: Place) {
        loop {
            {
                let mut state = self.lock();
                if state.cores_busy < settings().cores {
                    state.cores_busy += 1;
                    return;
                }
            }
            self.wait(me, &[Key::Core], None, Wait { on: On::Core, place });
        }
    }

    pub(crate) fn give_core_back(&self) {
        let mut state = self.lock();
        state.cores_busy -= 1;
        state.wake(Key::Core, 1);
    }
}

/// What the runtime of `runtime.rs` needs of the stage.
#[cfg(feature = "tokio")]
impl Stage {
    /// From here on this thread is the executor, and tokio's paused clock is the stage's.
    pub(crate) fn open_executor(&self, clock: Clock) {
        let mut state = self.lock();
        state.clock = clock;
        if self.is_virtual() {
            ON_EXECUTOR.set(true);
            state.executor_thread = watchdog::this_thread();
            state.turn = Turn::Executor;
            state.executor = Some(Executor { parker: parker(), held_up_by: None, lender: None });
        }
    }

    /// The runtime has ended; this thread is an ordinary one again.
    pub(crate) fn close_executor(&self) {
        let mut state = self.lock();
        let now = state.clock.now();
        state.clock.leave_tokio(now);
        if self.is_virtual() {
            ON_EXECUTOR.set(false);
            state.executor = None;
            state.turn = Turn::Actor(MAIN);
        }
    }

    /// Lends the baton to the threads that are ready, until none is.
    ///
    /// Returns the next deadline of a thread, at which the executor has to lend again.
    pub(crate) fn lend_baton(&self, waker: &std::task::Waker) -> Option<Duration> {
        let mut state = self.lock();
        if let Some(executor) = &mut state.executor {
            executor.lender = Some(waker.clone());
        }
        let now = state.clock.now();
        state.acted_at = now;
        state.wake_due_sleepers(now);
        while !state.ready.is_empty() {
            state = self.pass(state, Turn::Executor);
        }
        state.sleepers.keys().next().map(|(at, _)| *at)
    }
}

#[cfg(feature = "tokio")]
impl Stage {
    fn looking_again(&self) -> bool {
        self.lock().looking_again.is_some()
    }

    /// From here on, polled tasks note their waits anew.
    pub(crate) fn look_again(&self) {
        let mut state = self.lock();
        state.looking_again = Some(state.tickets);
    }

    /// Drops the waits that were not noted anew, where others were.
    pub(crate) fn drop_stale_waits(&self) {
        let mut state = self.lock();
        let Some(start) = state.looking_again.take() else { return };
        for actor in state.actors.values_mut() {
            if !actor.traced.is_empty() || actor.waits.iter().any(|(ticket, _)| *ticket > start) {
                actor.waits.retain(|(ticket, _)| *ticket > start);
            }
        }
    }

    /// Whether nothing gets done any more; if not, `waker` is woken when that comes.
    pub(crate) fn alarm(&self, waker: &std::task::Waker) -> bool {
        let mut state = self.lock();
        state.guard = Some(waker.clone());
        state.ticks_for_nothing()
    }
}

#[cfg(feature = "tokio")]
impl State {
    /// Notes that the executor turns to a task.
    pub(crate) fn is_polled(&mut self, task: ActorId, waker: &std::task::Waker) {
        self.polled = task;
        self.acted_at = self.clock.now();
        self.progress.idle_wakes += 1;
        if let Some(actor) = self.actors.get_mut(&task) {
            actor.os_thread = self.executor_thread;
            match &mut actor.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
        if self.ticks_for_nothing()
            && let Some(guard) = self.guard.take()
        {
            guard.wake();
        }
    }

    fn ticks_for_nothing(&self) -> bool {
        self.executor.is_some()
            && self.progress.is_idle(self.acted_at)
            && self.acted_at > self.stirs_at
    }

    /// Somebody sleeps, and may bring progress then: so long sleeps hold back the verdict that nothing
    /// gets done.
    pub(crate) fn will_stir_in(&mut self, duration: Duration) {
        if duration >= progress::IDLE {
            self.stirs_at = self.stirs_at.max(self.clock.now().saturating_add(duration));
        }
    }

    /// The wakers of the tasks that have not ended, of at most so many.
    pub(crate) fn task_wakers(&self, most: usize) -> Vec<std::task::Waker> {
        let open = self.actors.values().filter(|actor| actor.ended.is_none());
        open.filter_map(|actor| actor.waker.clone()).take(most).collect()
    }

    /// The calls of `spawn_blocking` that have not ended.
    pub(crate) fn blocking_calls(&self) -> Vec<ActorId> {
        let open = |actor: &Actor| actor.kind == Kind::Blocking && actor.ended.is_none();
        self.actors.iter().filter(|(_, actor)| open(actor)).map(|(id, _)| *id).collect()
    }
}

impl State {
    pub(crate) fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    pub(crate) fn actor(&mut self, id: ActorId) -> &mut Actor {
        self.actors.get_mut(&id).expect("an actor is known until it ends")
    }

    pub(crate) fn has_ended(&self, id: ActorId) -> bool {
        self.actors.get(&id).is_none_or(|actor| actor.standing == Standing::Ended)
    }

    fn executor_is_free(&self) -> bool {
        self.executor.as_ref().is_some_and(|executor| executor.held_up_by.is_none())
    }

    /// The task that holds the executor up with a blocking call, for a report.
    pub(crate) fn held_up_by(&self) -> Option<ActorId> {
        self.executor.as_ref().and_then(|executor| executor.held_up_by)
    }

    /// A call that blocks, made in a task, holds up the whole runtime.
    fn hold_up_executor(&mut self, me: ActorId) {
        if let (true, Some(executor)) = (ON_EXECUTOR.get(), &mut self.executor) {
            executor.held_up_by = Some(me);
        }
    }

    fn let_executor_go(&mut self) {
        if let (true, Some(executor)) = (ON_EXECUTOR.get(), &mut self.executor) {
            executor.held_up_by = None;
            self.turn = Turn::Executor;
        }
    }

    /// The instant at which somebody acted for the last time.
    pub(crate) fn last_activity(&self) -> Duration {
        if self.executor.is_some() { self.acted_at } else { self.clock.now() }
    }

    pub(crate) fn last_progress(&self) -> Duration {
        self.progress.last()
    }

    fn count_try(&mut self, me: ActorId, place: Place) -> u32 {
        let now = self.clock.now();
        let actor = self.actors.get_mut(&me).expect("an actor is known until it ends");
        actor.last = Some(place);
        actor.tries.count(now, &self.progress)
    }

    fn is_off_baton(&self, turn: Turn) -> bool {
        matches!(turn, Turn::Actor(id) if self.actors.get(&id).is_some_and(|actor| actor.off_baton))
    }

    /// Who goes next: the first that is ready (any of them, under a schedule), or whoever sleeps least long.
    fn choose(&mut self) -> Result<Turn, Stuck> {
        loop {
            if !self.ready.is_empty() {
                let index = self.dice.as_mut().map_or(0, |dice| dice.below(self.ready.len()));
                let next = self.ready.remove(index).expect("the index is within the queue");
                return Ok(Turn::Actor(next));
            }
            if self.executor_is_free() {
                return Ok(Turn::Executor);
            }
            let Some((at, _)) = self.sleepers.keys().next().copied() else {
                return Err(Stuck::Deadlock);
            };
            if self.progress.is_idle(self.clock.now())
                && self.sleepers.keys().all(|(_, ticket)| *ticket > self.progress.ticket)
            {
                return Err(Stuck::Ticking);
            }
            self.clock.advance_to(at);
            self.wake_due_sleepers(at);
        }
    }

    fn wake_due_sleepers(&mut self, now: Duration) {
        while let Some((&(at, _), &id)) = self.sleepers.first_key_value()
            && at <= now
        {
            self.progress.idle_wakes += 1;
            self.make_ready(id, Woke::TimedOut);
        }
    }

    pub(crate) fn wake(&mut self, key: Key, most: usize) {
        for _ in 0..most {
            let Some(id) = self.waiting.get(&key).and_then(|queue| queue.front().copied()) else {
                return;
            };
            self.make_ready(id, Woke::Event);
        }
    }

    /// Any of several that are equally good: at random under a schedule, else in a fixed fair order.
    pub(crate) fn any_of(&mut self, len: usize) -> usize {
        self.dice.as_mut().unwrap_or(&mut self.fair).below(len)
    }

    pub(crate) fn somebody_waits(&self, key: Key) -> bool {
        self.waiting.contains_key(&key)
    }

    fn make_ready(&mut self, id: ActorId, woke: Woke) {
        let actor = self.actor(id);
        actor.standing = Standing::Ready;
        actor.woke = Some(woke);
        let keys = std::mem::take(&mut actor.keys);
        if let Some(deadline) = actor.deadline.take() {
            self.sleepers.remove(&deadline);
        }
        for key in keys {
            if let Some(queue) = self.waiting.get_mut(&key) {
                queue.retain(|other| *other != id);
                if queue.is_empty() {
                    self.waiting.remove(&key);
                }
            }
        }
        self.push_ready(id);
    }

    fn push_ready(&mut self, id: ActorId) {
        self.ready.push_back(id);
        if self.turn == Turn::Executor
            && let Some(executor) = &mut self.executor
            && let Some(lender) = executor.lender.take()
        {
            lender.wake();
        }
    }

    /// The threads of a scope that have not ended.
    pub(crate) fn in_scope(&self, scope: usize) -> Vec<ActorId> {
        let open = self
            .actors
            .iter()
            .filter(|(_, actor)| actor.scope == Some(scope) && actor.ended.is_none());
        open.map(|(id, _)| *id).collect()
    }

    /// Announces an actor. A thread becomes ready at once; a task is the runtime's to schedule.
    pub(crate) fn add_actor(
        &mut self,
        kind: Kind,
        name: Option<String>,
        place: Place,
        by: Option<ActorId>,
    ) -> ActorId {
        self.spawned += 1;
        let id = self.spawned;
        let nth = 1 + self
            .actors
            .values()
            .filter(|other| other.spawned == place && other.kind == kind)
            .count();
        let now = self.clock.now();
        let mut line = Line::new(now, "spawn");
        line.actor(id).text("kind", kind.name()).place(place);
        if let Some(by) = by {
            line.number("by", by);
        }
        if let Some(name) = &name {
            line.text("name", name);
        }
        self.record(line);
        self.made_progress();
        self.actors.insert(id, Actor::new(kind, name, place, nth));
        id
    }

    /// Makes an announced thread ready. Its operating-system thread begins when it gets the baton.
    pub(crate) fn start_thread(&mut self, id: ActorId) {
        self.push_ready(id);
    }

    /// Takes back an actor whose thread could not be started.
    pub(crate) fn forget_actor(&mut self, id: ActorId) {
        self.actors.remove(&id);
    }

    pub(crate) fn end_actor(&mut self, id: ActorId, ending: Ending) {
        let now = self.clock.now();
        let mut line = Line::new(now, "end");
        line.actor(id).text("how", ending.name());
        self.record(line);
        self.made_progress();
        let actor = self.actor(id);
        actor.standing = Standing::Ended;
        actor.ended = Some((now, ending));
        actor.waits.clear();
        self.wake(Key::Ended(id), usize::MAX);
        self.ended.push_back(id);
        if self.ended.len() > REMEMBERED
            && let Some(oldest) = self.ended.pop_front()
        {
            self.actors.remove(&oldest);
        }
    }

    /// Takes the name that an actor signs its first line with.
    pub(crate) fn learn_name(&mut self, id: ActorId, line: &str) {
        let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return;
        };
        let now = self.clock.now();
        let Some(actor) = self.actors.get_mut(&id) else { return };
        if actor.name.is_none() && !name.is_empty() {
            actor.name = Some(name.to_owned());
            let mut line = Line::new(now, "name");
            line.actor(id).text("name", name);
            self.record(line);
        }
    }

    /// Something happened that brings the program on: the silence that a watchdog counts begins anew.
    pub(crate) fn made_progress(&mut self) {
        let now = self.clock.now();
        self.progress.made(now, self.tickets);
    }

    pub(crate) fn tell_wait(&mut self, me: ActorId, wait: &Wait) {
        if self.tape.is_none() {
            return;
        }
        let mut line = Line::new(self.clock.now(), "wait");
        line.actor(me).text("on", wait.on.verb());
        if let On::Receive { queue, .. } | On::Send { queue, .. } = &wait.on {
            line.number("queue", queue);
        }
        line.place(wait.place);
        self.record(line);
    }

    pub(crate) fn record(&mut self, line: Line) {
        if let Some(tape) = &mut self.tape {
            tape.write(line);
        }
    }

    /// Makes a line for the tape, if there is one, at the present instant.
    pub(crate) fn tell(&mut self, event: &str, me: ActorId, fill: impl FnOnce(&mut Line)) {
        if self.tape.is_some() {
            let mut line = Line::new(self.clock.now(), event);
            line.actor(me);
            fill(&mut line);
            self.record(line);
        }
    }
}

/// A panic prints at once, past the rehearsal, and says "thread 'main'" of every task. So it waits for
/// its time on the pace `live`, and is followed by the name of whoever it was.
fn put_panics_in_their_place() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let Some((stage, me)) = Stage::get().zip(ME.get()) else { return tell(panic) };
        stage.catch_up();
        tell(panic);
        if me != MAIN
            && let Some(actor) = stage.lock().actors.get(&me)
        {
            eprintln!("note: this was {}", actor.title());
        }
    }));
}

/// Ends the process as a stuck program ends.
pub(crate) fn exit_stuck() -> ! {
    process::exit(crate::STUCK)
}
