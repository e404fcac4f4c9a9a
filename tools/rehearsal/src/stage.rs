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
mod spin;
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
pub(crate) use queue::{Handle, Queue, QueueId, Seat, Side};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap, VecDeque},
    io, process,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError},
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
    /// The other half of a rendezvous.
    Meeting(Meeting),
}

/// A rendezvous that two actors are put aside for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Meeting(u64);

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woke {
    /// Something happened to one of the keys: look again.
    Event,
    TimedOut,
    /// The other half of a rendezvous is being made: make the real call now, beside it.
    Paired,
    /// Somebody has chosen a selection for a rendezvous, by the key at this index.
    Chosen(usize, Meeting),
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
    /// Whether all tasks are polled once more, for a report.
    looking_again: bool,
    /// The program's line that polls a mirrored future, where only `trace.rs` could find it.
    traced: Option<Place>,
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
    /// How many actors were spawned at each line.
    spawned_at: HashMap<(Place, Kind), usize>,
    ended: VecDeque<ActorId>,
    /// How many of those that ended are not known any more.
    pub(crate) forgotten: usize,
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
        let me = stage.me();
        let (again, traced) = stage.looking_again();
        if again || noted.as_ref().is_none_or(|noted| noted.me != me) {
            *noted = None;
            let place = traced.map_or(place, |traced| place.in_program_or(traced));
            *noted = Some(stage.note_wait(me, Wait { on: on(), place }));
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
    /// Set on the main thread, on the pace `live`.
    static CURTAIN: RefCell<Option<Curtain>> = const { RefCell::new(None) };
}

/// Keeps a program that ends with a sleep from ending before its time.
struct Curtain;

impl Drop for Curtain {
    fn drop(&mut self) {
        let Some(stage) = Stage::get() else { return };
        // Whoever holds the state now is about to end the program for another reason.
        let now = stage.state.try_lock().ok().map(|state| state.clock.now());
        if let Some(now) = now {
            stage.catch_up_to(now);
        }
    }
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
        if settings.pace == Pace::Live {
            CURTAIN.set(Some(Curtain));
        }
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
                looking_again: false,
                traced: None,
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
                spawned_at: HashMap::new(),
                ended: VecDeque::new(),
                forgotten: 0,
                progress: Progress::default(),
                cores_busy: 0,
            }),
        })
    }

    /// Whether the clock is virtual and the baton is in force; not so on the pace `real`.
    pub(crate) fn is_virtual(&self) -> bool {
        self.pace.is_virtual()
    }

    /// Whether the state is free, or will be soon.
    fn can_be_locked(&self) -> bool {
        (0..100).any(|_| {
            let free = !matches!(self.state.try_lock(), Err(TryLockError::WouldBlock));
            if !free {
                std::thread::sleep(Duration::from_millis(1));
            }
            free
        })
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.progress.calls += 1;
        state
    }

    /// Who acts. A thread that the rehearsal did not start has no place on a virtual stage.
    #[track_caller]
    pub(crate) fn me(&self) -> ActorId {
        self.me_at(Place::here())
    }

    /// The same, for a call at `place`.
    pub(crate) fn me_at(&self, place: Place) -> ActorId {
        if let Some(me) = ME.get() {
            return me;
        }
        if self.is_virtual() {
            report::stop(self.lock(), Stuck::Foreign(place))
        }
        let me = self.lock().add_actor(Kind::Thread, None, place, None);
        ME.set(Some(me));
        me
    }

    /// Whether the program is over, and what still moves is only looked at for the report.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().looking_again
    }

    pub(crate) fn now(&self) -> Duration {
        self.lock().clock.now()
    }

    /// A point at which another thread may go first: under a schedule by chance, and else only when this
    /// one goes on and on.
    pub(crate) fn switch_point(&self, me: ActorId) {
        if !self.is_virtual() || ON_EXECUTOR.get() {
            return;
        }
        let mut state = self.lock();
        if state.dice.is_some() && !state.ready.is_empty() {
            state.ready.push_back(me);
            state = self.pass(state, Turn::Actor(me));
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
        if !matches!(wait.on, On::Spin(_)) {
            (actor.steps, actor.glances) = (0, 0);
        }
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

    /// Puts the longest-waiting actor at `key` aside for a rendezvous with the caller, so that nobody else
    /// can have it.
    ///
    /// One that waits for nothing else goes on waiting, for the caller to [`meet`](Stage::meet) it. One
    /// that selects is woken: it comes to the meeting when it completes its selection.
    pub(crate) fn engage(&self, key: Key) -> Option<Meeting> {
        let mut state = self.lock();
        let partner = *state.waiting.get(&key)?.front()?;
        let meeting = Meeting(state.ticket());
        let actor = state.actor(partner);
        let index =
            actor.keys.iter().position(|other| *other == key).expect("it waits at this key");
        if actor.selects() {
            state.make_ready(partner, Woke::Chosen(index, meeting));
        } else {
            state.leave_keys(partner);
            state.actor(partner).keys = vec![Key::Meeting(meeting)];
            state.waiting.insert(Key::Meeting(meeting), VecDeque::from([partner]));
        }
        Some(meeting)
    }

    /// Makes the caller's half of a rendezvous, as soon as the other one comes to it too.
    pub(crate) fn meet<R>(
        &self,
        me: ActorId,
        meeting: Meeting,
        wait: Wait,
        half: impl FnOnce() -> R,
    ) -> R {
        let key = Key::Meeting(meeting);
        if self.let_meet(key) {
            return half();
        }
        self.wait(me, &[key], None, wait);
        self.met(me, half)
    }

    /// Makes the caller's half of a rendezvous beside the one who has the baton, and waits for it.
    pub(crate) fn met<R>(&self, me: ActorId, half: impl FnOnce() -> R) -> R {
        let result = half();
        self.await_turn(me);
        result
    }

    /// Lets the one who waits at `key` make its half of a rendezvous beside the caller's: the real calls
    /// need each other.
    fn let_meet(&self, key: Key) -> bool {
        let mut state = self.lock();
        let Some(partner) = state.waiting.get(&key).and_then(|queue| queue.front().copied()) else {
            return false;
        };
        let actor = state.actor(partner);
        actor.off_baton = true;
        let parker = actor.parker.clone();
        state.make_ready(partner, Woke::Paired);
        drop(state);
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
        // Whoever is woken wants the lock at once: held meanwhile, it would make a hand-over twice as long.
        drop(state);
        // A thread that has not begun yet has no parker: it will find that it is its turn.
        if let Some(waker) = waker {
            waker.notify_one();
        }
        let mut state = self.lock();
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
            #[cfg(feature = "tokio")]
            self.lock().clock.show_to_this_thread();
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
        let now = {
            let state = self.lock();
            // Who is only looked at for a report acts at no instant at all.
            (!state.looking_again).then(|| state.clock.now())
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

    /// Occupies a virtual core, for `work`.
    pub(crate) fn take_core(&self, me: ActorId, place: Place) {
        {
            let mut state = self.lock();
            if state.cores_busy < settings().cores {
                state.cores_busy += 1;
                return;
            }
        }
        // Who gives a core back leaves it to the first that waits. So those who compute again and again
        // take turns.
        self.wait(me, &[Key::Core], None, Wait { on: On::Core, place });
    }

    pub(crate) fn give_core_back(&self) {
        let mut state = self.lock();
        if state.somebody_waits(Key::Core) {
            state.wake(Key::Core, 1);
        } else {
            state.cores_busy -= 1;
        }
    }
}

/// What the runtime of `runtime.rs` needs of the stage.
#[cfg(feature = "tokio")]
impl Stage {
    /// From here on this thread is the executor, and tokio's paused clock is the stage's.
    pub(crate) fn open_executor(&self) {
        let mut state = self.lock();
        state.clock.follow_tokio();
        ON_EXECUTOR.set(true);
        state.executor_thread = watchdog::this_thread();
        state.turn = Turn::Executor;
        state.executor = Some(Executor { parker: parker(), held_up_by: None, lender: None });
    }

    /// The runtime has ended; this thread is an ordinary one again.
    pub(crate) fn close_executor(&self, me: ActorId) {
        let mut state = self.lock();
        ON_EXECUTOR.set(false);
        state.executor = None;
        state.turn = Turn::Actor(me);
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
        state.wake_due_sleepers(now);
        while !state.ready.is_empty() {
            state = self.pass(state, Turn::Executor);
            state.acted_at = state.clock.now();
        }
        state.next_due()
    }
}

#[cfg(feature = "tokio")]
impl Stage {
    /// Whether tasks are polled once more, and the line that `trace.rs` has found for this future.
    fn looking_again(&self) -> (bool, Option<Place>) {
        let mut state = self.lock();
        (state.looking_again, state.traced.take())
    }

    /// From here on, polled tasks note their waits anew, and nothing of it gets on the tape.
    pub(crate) fn look_again(&self, on: bool) {
        self.lock().looking_again = on;
    }

    /// Whether it is `actor` that acts on this thread.
    pub(crate) fn acts(&self, actor: ActorId) -> bool {
        ME.get() == Some(actor)
    }

    /// Whether tokio's functions may be called here: in a task and in a blocking call, not in a thread.
    pub(crate) fn is_in_runtime(&self) -> bool {
        let is_call = |me| self.lock().actor(me).kind == Kind::Blocking;
        !self.is_virtual() || ON_EXECUTOR.get() || ME.get().is_some_and(is_call)
    }

    /// How long no task and no thread has acted.
    pub(crate) fn quiet_for(&self) -> Duration {
        let state = self.lock();
        state.clock.now().saturating_sub(state.acted_at)
    }

    /// A tokio runtime plays already.
    pub(crate) fn has_executor(&self) -> bool {
        self.lock().executor.is_some()
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
    /// When the next of those who sleep on threads is due.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.sleepers.keys().next().map(|(at, _)| *at)
    }

    /// Moves the clock to an instant at which the executor has to lend the baton.
    pub(crate) fn lend_at(&mut self, due: Duration) {
        self.clock.advance_to(due);
        if let Some(lender) = self.executor.as_mut().and_then(|executor| executor.lender.take()) {
            lender.wake();
        }
    }

    /// Notes that the executor turns to a task.
    pub(crate) fn is_polled(&mut self, task: ActorId, waker: &std::task::Waker) {
        self.polled = task;
        self.acted_at = self.clock.now();
        self.progress.idle_wakes += 1;
        if let Some(actor) = self.actors.get_mut(&task) {
            actor.glances = 0;
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

    /// Forgets what `task` waited for: it is about to be polled once more, and notes it anew.
    pub(crate) fn looks_again_at(&mut self, task: ActorId) {
        self.traced = None;
        if let Some(actor) = self.actors.get_mut(&task) {
            actor.waits.clear();
            actor.traced.clear();
        }
    }

    /// A number that grows with everything that brings the program on.
    pub(crate) fn progress_so_far(&self) -> u64 {
        self.progress.count()
    }

    /// A task went on when it was polled once more: what it waited for was there, and nobody woke it.
    pub(crate) fn has_lost_its_waker(&mut self, task: ActorId) {
        if let Some(actor) = self.actors.get_mut(&task) {
            actor.waits.clear();
            actor.traced = vec![
                "to be woken, though it could go on: a future that it polls has lost its waker"
                    .to_owned(),
            ];
        }
    }

    /// The line at which a mirrored future is polled that is about to note its wait.
    pub(crate) fn found_line(&mut self, place: Place) {
        self.traced = Some(place);
    }

    /// Somebody of the program woke a task: not the clock alone keeps things going.
    pub(crate) fn stirred(&mut self) {
        self.progress.idle_wakes = 0;
    }

    fn ticks_for_nothing(&self) -> bool {
        self.executor.is_some()
            && self.progress.is_idle(self.acted_at)
            && self.acted_at > self.stirs_at
            && self.all_wake_in_vain()
    }

    /// Somebody sleeps, and may bring progress then: so long sleeps hold back the verdict that nothing
    /// gets done.
    pub(crate) fn will_stir_in(&mut self, duration: Duration) {
        if duration >= progress::IDLE {
            self.stirs_at = self.stirs_at.max(self.clock.now().saturating_add(duration));
        }
    }

    /// Somebody may sleep so long again and again, and nobody tells when no more.
    pub(crate) fn will_stir_every(&mut self, period: Duration) {
        if period >= progress::IDLE {
            self.stirs_at = Duration::MAX;
        }
    }

    /// The wakers of the tasks that have not ended.
    pub(crate) fn task_wakers(&self) -> Vec<std::task::Waker> {
        let open = self.actors.values().filter(|actor| actor.ended.is_none());
        open.filter_map(|actor| actor.waker.clone()).collect()
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
            self.acted_at = self.clock.now();
        }
    }

    /// The instant at which somebody acted for the last time.
    pub(crate) fn last_activity(&self) -> Duration {
        // A free executor's clock has run on in search of somebody who wakes.
        if self.executor_is_free() { self.acted_at } else { self.clock.now() }
    }

    pub(crate) fn last_progress(&self) -> Duration {
        self.progress.last()
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
            if self.progress.is_idle(self.clock.now()) && self.all_wake_in_vain() {
                return Err(Stuck::Ticking);
            }
            self.clock.advance_to(at);
            self.wake_due_sleepers(at);
        }
    }

    /// Whether all who sleep have been awake since the last progress, and to no avail: so none of them
    /// will bring more of it.
    fn all_wake_in_vain(&self) -> bool {
        let in_vain =
            |id| self.actors.get(id).is_none_or(|actor| actor.wakes.is_vain(&self.progress));
        self.sleepers.values().all(in_vain)
    }

    fn wake_due_sleepers(&mut self, now: Duration) {
        while let Some((&(at, _), &id)) = self.sleepers.first_key_value()
            && at <= now
        {
            self.progress.idle_wakes += 1;
            let State { actors, progress, .. } = self;
            if let Some(actor) = actors.get_mut(&id) {
                actor.wakes.add(progress);
            }
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
        self.leave_keys(id);
        self.push_ready(id);
    }

    /// Nothing of what an actor waits for wakes it any more.
    fn leave_keys(&mut self, id: ActorId) {
        let actor = self.actor(id);
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
        let nth = self.spawned_at.entry((place, kind)).or_default();
        *nth += 1;
        let nth = *nth;
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

    /// Refuses a thread where `--max-threads` allows no more, as an operating system does.
    pub(crate) fn has_room_for_a_thread(&self) -> io::Result<()> {
        let Some(most) = settings().max_threads else { return Ok(()) };
        let lives = |(id, actor): &(&ActorId, &Actor)| {
            **id != MAIN && actor.kind == Kind::Thread && actor.ended.is_none()
        };
        if self.actors.iter().filter(lives).count() < most {
            return Ok(());
        }
        let refusal = format!("the virtual machine allows {most} threads beside main");
        Err(io::Error::new(io::ErrorKind::WouldBlock, refusal))
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
            self.forgotten += 1;
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
        self.progress.made(now);
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
        if let Some(tape) = &mut self.tape
            && !self.looking_again
        {
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
        if !stage.can_be_locked() {
            // The stage itself has panicked, with the state in its hands.
            return tell(panic);
        }
        stage.catch_up();
        tell(panic);
        if me != MAIN
            && let Some(actor) = stage.lock().actors.get(&me)
        {
            report::say(&format!("note: this was {}", actor.title()));
        }
    }));
}

/// Ends the process as a stuck program ends.
pub(crate) fn exit_stuck() -> ! {
    process::exit(crate::STUCK)
}
