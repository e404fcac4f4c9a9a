//! The stage: who may act, what time it is, and what everybody waits for.
//!
//! Threads are real threads of the operating system, but one at a time holds the *baton*; the others
//! stand at a condition variable. Whoever would block says what it waits for and passes the baton on.
//! When nobody is ready, the clock moves to the next sleeper; when nobody sleeps either, nothing can
//! happen any more, and that is a deadlock.
//!
//! The stage has rooms, each with its own concern, and none reaches into another:
//!
//! | a change of… | belongs to |
//! |---|---|
//! | who goes next, and how long a sleep takes | [`chooser`] |
//! | what an operation uses, for the chooser | [`object`] |
//! | what the tape is told of a choice, and the end at one | [`question`] |
//! | which orders come to the same | [`trail`] |
//! | who may act, who is ready, who sleeps until when | [`baton`] |
//! | how the baton is handed on, and how one waits for it | [`turns`] |
//! | what an operation of the program's costs: a turn, a place on the tape, a note for the report | [`call`] |
//! | who plays, and what they are called | [`cast`], [`actor`] |
//! | what is known of a queue, and who could still use it | [`queue`] |
//! | how the two halves of a rendezvous come together | [`meeting`] |
//! | who holds a lock | [`locks`] |
//! | how many can compute at once | [`cores`] |
//! | a tokio runtime beside the threads | [`executor`] |
//! | what time it is | [`clock`] |
//! | loops that ask again and again | [`spin`], [`progress`] |
//! | whether a future was ever polled | [`awaited`] |
//! | who is asked once more where it waits, for a report | [`review`] |
//! | what is told when nothing is heard any more | [`watchdog`] |
//!
//! Outside of the stage:
//!
//! | a change of… | belongs to |
//! |---|---|
//! | what a mirrored `recv` does | `receiver.rs` of its mirror (`crossbeam_channel`, `async_channel`, `sync/mpsc`, `tokio/sync/mpsc`): it goes through a [`Call`], and [`QueueCall::try_until`] is how it waits |
//! | what a report finds out: rows, holders, what to look at first | `diagnosis.rs`, `diagnosis/advice.rs` |
//! | what a report says | `report.rs` (title, end), `report/rows.rs` (who waits for what), `report/advice.rs` ("Look first at") |
//! | the name of a wait that is tokio's own | `tokio/trace/call.rs` |
//! | the tape's form, and what it tells | `tape.rs`; an event is told where it happens, by `State::tell` |
//! | tasks: their turns under a schedule | `tokio/gate.rs`, which asks the [`chooser`] |
//!
//! A play is not a value: a process has one stage, which is opened once. A program reaches it by free
//! functions and by constants (`thread::spawn`, a `static` `Mutex`), so a play in a value would have to be
//! handed to each of them, and what a student reads would differ from ordinary Rust by more than its `use`
//! lines. The clock, the exit code, the panic hook and standard output are the process's as well. So a
//! further play is a further process, which costs some milliseconds and can't leave anything behind.

mod actor;
mod awaited;
mod baton;
mod call;
mod cast;
mod chooser;
mod clock;
mod cores;
mod executor;
mod locks;
mod meeting;
mod noted;
mod object;
mod progress;
mod question;
mod queue;
mod review;
mod spin;
mod state;
mod trail;
mod turns;
mod watchdog;
mod whoami;

use crate::{
    diagnosis::{Stranger, Stuck},
    explore::{self, Part},
    place::Place,
    report,
    settings::{Pace, Settings, refuse, settings},
    tape::Tape,
};
pub(crate) use actor::{Actor, ActorId, Ending, Kind, MAIN, On, Standing, Wait, Who};
pub(crate) use awaited::Awaited;
use baton::{Baton, Turn};
pub(crate) use call::{Call, QueueCall};
pub(crate) use cast::Cast;
pub(crate) use chooser::{At, CLOCK, For, Pick, Picks};
use chooser::{Candidate, Chooser, Question};
pub(crate) use clock::Clock;
use cores::Cores;
use executor::Executor;
pub(crate) use locks::Locks;
pub(crate) use meeting::Meeting;
pub(crate) use noted::Noted;
use object::Objects;
pub(crate) use object::{Numbered, Object, Uses};
use progress::Progress;
pub(crate) use queue::{Handle, Port, Queue, QueueId, Queues, Seat, Share, Side};
use review::Review;
use std::{
    panic::PanicHookInfo,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
};
use trail::{Touch, Trail};
#[cfg(feature = "tokio")]
pub(crate) use turns::Next;
#[cfg(not(feature = "tokio"))]
use turns::Next;
pub(crate) use watchdog::Activity;
#[cfg(feature = "tokio")]
pub(crate) use whoami::enter_runtime;
#[cfg(feature = "tokio")]
pub(crate) use whoami::me as current;
pub(crate) use whoami::{act_as, ends};

/// What a waiting actor can be woken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// The side of a queue that the waiting actor is on.
    Queue(QueueId, Side),
    /// The same for one who only wants to know that an operation would not wait.
    Watch(QueueId, Side),
    Ended(ActorId),
    Lock(usize),
    Signal(usize),
    /// Somebody unparks this actor.
    Parked(ActorId),
    Core,
    /// The other half of a rendezvous.
    Meeting(Meeting),
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woke {
    /// Something happened to one of the keys: look again.
    Event,
    TimedOut,
    /// The other half of a rendezvous is being made: make the real call now, beside it.
    Paired(Meeting),
    /// Somebody has chosen a selection for a rendezvous, by the key at this index.
    Chosen(usize, Meeting),
}

pub(crate) struct Stage {
    state: Mutex<State>,
    pace: Pace,
    has_tape: bool,
    has_schedule: bool,
    /// The steps that are allowed, where that is bounded.
    max_steps: Option<u64>,
    /// Somebody came to a lock, a signal, an atomic or a queue.
    was_used: AtomicBool,
    /// Somebody asked for what another schedule may answer otherwise, though nobody else acts.
    was_asked: AtomicBool,
}

/// The rooms. What only one of them knows is private there.
pub(crate) struct State {
    cast: Cast,
    baton: Baton,
    chooser: Box<dyn Chooser>,
    clock: Clock,
    progress: Progress,
    queues: Queues,
    locks: Locks,
    cores: Cores,
    executor: Executor,
    review: Review,
    tape: Tape,
    /// Numbers for queues, handles, messages, waits and meetings: each is given once.
    tickets: u64,
    /// One of several equally good things was picked.
    has_picked: bool,
    objects: Objects,
    trail: Trail,
}

/// The state, in the hands of one who looks or acts.
pub(crate) type Locked<'a> = MutexGuard<'a, State>;

static STAGE: OnceLock<Option<Stage>> = OnceLock::new();

impl Stage {
    /// The stage of this process; none on the pace `off`.
    pub(crate) fn get() -> Option<&'static Stage> {
        STAGE.get_or_init(|| Stage::open(explore::part)).as_ref()
    }

    /// The same in a process that plays this, whatever was asked for. To be called before anybody else asks.
    pub(crate) fn of_part(part: Part) -> Option<&'static Stage> {
        STAGE.get_or_init(|| Stage::open(|_| part)).as_ref()
    }

    fn open(part: impl FnOnce(&Settings) -> Part) -> Option<Stage> {
        let settings = settings();
        if settings.pace == Pace::Off {
            return None;
        }
        let part = part(settings);
        explore::begins(&part);
        let (schedule, hold) = (part.schedule, part.hold.clone());
        let tape = settings.tape.as_ref().map(|path| {
            let path = if part.is_told { path } else { &explore::tape_of(path, schedule) };
            Tape::create(path, settings.pace.name(), schedule, hold).unwrap_or_else(|error| {
                let shown = path.display();
                refuse(&format!(
                    "invalid value '{shown}' for '--tape <FILE>': it can't be written: {error}"
                ))
            })
        });
        act_as(Some(MAIN));
        if settings.pace == Pace::Live {
            whoami::hang_curtain();
        }
        watchdog::start();
        put_panics_in_their_place();
        let mut state = State {
            cast: Cast::of_main(watchdog::this_thread()),
            baton: Baton::held_by(Turn::Actor(MAIN)),
            chooser: chooser::chosen(settings, part),
            clock: Clock::start(settings.pace),
            progress: Progress::default(),
            queues: Queues::default(),
            locks: Locks::default(),
            cores: Cores::default(),
            executor: Executor::none(),
            review: Review::default(),
            tape: tape.unwrap_or_else(Tape::none),
            tickets: 0,
            has_picked: false,
            objects: Objects::default(),
            trail: Trail::asked_for(settings.choose.is_some()),
        };
        state.chooser.knows(MAIN, &state.cast.one(MAIN).who);
        let has_tape = state.tape.is_running();
        let has_schedule = settings.pace.is_virtual() && state.is_interrupted();
        let (pace, max_steps) = (settings.pace, settings.max_steps);
        Some(Stage {
            pace,
            state: Mutex::new(state),
            has_tape,
            has_schedule,
            max_steps,
            was_used: AtomicBool::new(false),
            was_asked: AtomicBool::new(false),
        })
    }

    /// Whether the clock is virtual and the baton is in force; not so on the pace `real`.
    pub(crate) fn is_virtual(&self) -> bool {
        self.pace.is_virtual()
    }

    /// Counts a step of somebody's, where their number is bounded.
    pub(crate) fn count_step(&self) {
        let Some(most) = self.max_steps else { return };
        let mut state = self.lock();
        state.progress.steps += 1;
        if state.progress.steps > most {
            report::stop(state, Stuck::TooLong { steps: most });
        }
    }

    /// Whether a schedule decides who goes next.
    pub(crate) fn has_schedule(&self) -> bool {
        self.note_asked();
        self.has_schedule
    }

    /// Notes that something depends on the schedule, even where nobody else acts.
    pub(crate) fn note_asked(&self) {
        self.was_asked.store(true, Ordering::Relaxed);
    }

    /// Notes what an operation uses.
    pub(crate) fn note_use(&self, uses: Uses<'_>) {
        if matches!(uses, Uses::Thing(_) | Uses::Queue(_)) {
            self.was_used.store(true, Ordering::Relaxed);
        }
    }

    /// Whether nobody was started and nothing was used: then there is nothing to explore.
    pub(crate) fn nothing_happened(&self) -> bool {
        !self.was_used.load(Ordering::Relaxed) && self.lock().is_main_alone()
    }

    /// Whether one thread has used something, and no order can differ from another.
    pub(crate) fn has_one_order(&self) -> bool {
        !self.was_asked.load(Ordering::Relaxed) && !self.nothing_happened() && {
            let state = self.lock();
            state.is_main_alone() && !state.has_picked
        }
    }

    /// Whether the state is free, or will be soon.
    fn can_be_locked(&self) -> bool {
        (0..100).any(|_| {
            let free = !matches!(self.state.try_lock(), Err(TryLockError::WouldBlock));
            if !free {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            free
        })
    }

    pub(crate) fn lock(&self) -> Locked<'_> {
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
        if let Some(me) = whoami::me() {
            return me;
        }
        if self.is_virtual() {
            let place = place.or_what_led_here();
            report::stop(self.lock(), Stuck::Foreign(place, Stranger::on_this_thread()))
        }
        let me = self.lock().add_actor(Kind::Thread, None, place, None);
        act_as(Some(me));
        me
    }

    /// Whether the program is over, and what still moves is only looked at for the report.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().review.is_on
    }
}

/// The doors to the rooms, for mirrors and reports.
impl State {
    pub(crate) fn cast(&self) -> &Cast {
        &self.cast
    }

    pub(crate) fn cast_mut(&mut self) -> &mut Cast {
        &mut self.cast
    }

    pub(crate) fn queues(&self) -> &Queues {
        &self.queues
    }

    pub(crate) fn locks(&self) -> &Locks {
        &self.locks
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn tape_mut(&mut self) -> &mut Tape {
        &mut self.tape
    }
}

impl Stranger {
    /// Who acts on this thread, if it is nobody that the rehearsal knows.
    fn on_this_thread() -> Stranger {
        #[cfg(feature = "tokio")]
        if ::tokio::runtime::Handle::try_current().is_ok() {
            return Stranger::Runtime;
        }
        Stranger::Thread
    }
}

/// A panic prints at once, past the rehearsal, and says "thread 'main'" of every task. So it waits for
/// its time on the pace `live`, and is followed by the name of whoever it was.
fn put_panics_in_their_place() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let tell = |panic: &PanicHookInfo<'_>| {
            if explore::is_unread() && asks_for_backtrace() {
                // A backtrace takes longer than the whole run.
                let thread = std::thread::current();
                report::say(&format!("\nthread '{}' {panic}", thread.name().unwrap_or("?")));
            } else {
                usual(panic);
            }
        };
        let Some((stage, me)) = Stage::get().zip(whoami::me()) else { return tell(panic) };
        if !stage.can_be_locked() {
            // The stage itself has panicked, with the state in its hands.
            return tell(panic);
        }
        stage.tell_panic(me, panic.location());
        tell(panic);
        if me != MAIN
            && let Some(actor) = stage.lock().cast.get(me)
        {
            report::say(&format!("note: this was {}", actor.who.title()));
        }
    }));
}

fn asks_for_backtrace() -> bool {
    std::env::var_os("RUST_BACKTRACE").is_some_and(|asked| asked != "0")
}

/// Ends the process, as soon as it can, and never returns.
///
/// A process that exits drops the thread-local values of the thread that asks for it, and those may call
/// the stage. So another thread asks, which has none.
pub(crate) fn exit(code: i32) -> ! {
    let asked = std::thread::Builder::new()
        .name("rehearsal-exit".to_owned())
        .spawn(move || std::process::exit(code));
    if asked.is_err() {
        std::process::exit(code);
    }
    let asked = std::time::Instant::now();
    while asked.elapsed() < PATIENCE {
        std::thread::park_timeout(PATIENCE);
    }
    // This thread is itself within an exit that can't go on, so no other can begin.
    std::process::abort()
}

/// Longer than a process takes to end on a busy machine.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
