//! Threads that take turns. The mirror of the part of [`std::thread`] that programs use.
//!
//! ```
//! use rehearsal::{println, thread};
//!
//! let worker = thread::spawn(|| println!("[Worker] here"));
//! worker.join().unwrap();
//! ```

mod park;
mod scope;

use crate::{
    place::Place,
    settings::settings,
    stage::{ActorId, At, Call, Ending, Key, Kind, Noted, On, Stage, Uses, ends},
};
use std::{
    fmt, io,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub use park::{Thread, current, park, park_timeout};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use std::thread::{AccessError, LocalKey, Result, ThreadId, panicking};

/// Puts the thread to sleep until the rehearsal's clock has moved on by `duration`.
///
/// In a task it holds the whole runtime up, as the real one does.
///
/// ```
/// use rehearsal::{thread, time::Duration};
///
/// thread::sleep(Duration::from_millis(5));
/// ```
#[track_caller]
pub fn sleep(duration: Duration) {
    match Call::in_turn("sleep()", Place::here()) {
        // No time passes, so a loop of these is a loop of tries.
        Some(call) if duration.is_zero() => call.fruitless(),
        Some(call) => call.sleep("sleep", duration),
        None => std::thread::sleep(duration),
    }
}

/// Lets the other threads that are ready go first.
///
/// ```
/// rehearsal::thread::yield_now();
/// ```
#[track_caller]
pub fn yield_now() {
    match Call::in_turn("yield_now()", Place::here()) {
        Some(call) => call.fruitless(),
        None => std::thread::yield_now(),
    }
}

/// How many threads compute at the same time: as many as there are virtual cores.
///
/// ```
/// assert!(rehearsal::thread::available_parallelism().unwrap().get() >= 1);
/// ```
pub fn available_parallelism() -> io::Result<NonZero<usize>> {
    let cores = Stage::get().filter(|stage| stage.is_virtual()).map(|_| settings().cores);
    match cores.and_then(NonZero::new) {
        Some(cores) => Ok(cores),
        None => std::thread::available_parallelism(),
    }
}

/// Starts a thread. It begins when the thread that starts it first waits.
///
/// ```
/// let answer = rehearsal::thread::spawn(|| 42).join().unwrap();
/// assert_eq!(answer, 42);
/// ```
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("failed to spawn thread")
}

/// What a thread leaves behind for whoever joins it. A panic travels by the real thread.
type Packet<T> = Arc<Mutex<Option<T>>>;

fn put<T>(packet: &Packet<T>, value: T) {
    *packet.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

fn take<T>(packet: &Packet<T>) -> T {
    let value = packet.lock().unwrap_or_else(PoisonError::into_inner).take();
    value.expect("a thread that ended without a panic has left its result")
}

/// The life of a thread on the stage, from its first turn to its last.
fn perform<T>(me: Option<ActorId>, packet: Packet<T>, f: impl FnOnce() -> T) {
    let Some((stage, me)) = Stage::get().zip(me) else { return put(&packet, f()) };
    stage.enter(me);
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => {
            put(&packet, value);
            // If nobody will join, the value is dropped here, while the thread still has its turn.
            drop(packet);
            ends(Ending::Finished);
        }
        Err(panic) => {
            ends(Ending::Panicked);
            resume_unwind(panic)
        }
    }
}

/// Waits until an actor has left the stage. What comes back is to be kept during the real join.
#[must_use]
fn wait_for_end(actor: Option<ActorId>, place: Place) -> Option<Noted> {
    let (call, id) = Call::on_stage("join()", place).zip(actor)?;
    call.wait_for(On::Join(id), &[Key::Ended(id)], |state| state.cast().has_ended(id))
}

/// A handle to a thread; the mirror of [`std::thread::JoinHandle`].
///
/// ```
/// use rehearsal::thread::{self, JoinHandle};
///
/// let worker: JoinHandle<u32> = thread::spawn(|| 7);
/// assert_eq!(worker.join().unwrap(), 7);
/// ```
pub struct JoinHandle<T> {
    real: std::thread::JoinHandle<()>,
    thread: Thread,
    actor: Option<ActorId>,
    packet: Packet<T>,
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to end. A panic in it comes back as `Err`.
    ///
    /// ```
    /// let worker = rehearsal::thread::spawn(|| if true { panic!("out of paper") });
    /// assert!(worker.join().is_err());
    /// ```
    #[track_caller]
    pub fn join(self) -> Result<T> {
        let _noted = wait_for_end(self.actor, Place::here());
        if let Some((stage, actor)) = Stage::get().zip(self.actor) {
            stage.lock().cast_mut().is_heard(actor);
        }
        // A thread that has left the stage ends at once; on the paces `real` and `off` this is the wait.
        self.real.join()?;
        Ok(take(&self.packet))
    }

    /// Whether the thread has ended.
    ///
    /// ```
    /// use rehearsal::{sync::{Arc, Mutex}, thread};
    ///
    /// let paper = Arc::new(Mutex::new(()));
    /// let (guard, theirs) = (paper.lock(), paper.clone());
    /// let worker = thread::spawn(move || drop(theirs.lock()));
    /// assert!(!worker.is_finished());
    /// drop(guard);
    /// worker.join().unwrap();
    /// ```
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        is_finished(self.actor, || self.real.is_finished())
    }

    /// The thread behind the handle.
    ///
    /// ```
    /// let worker = rehearsal::thread::spawn(|| {});
    /// assert_eq!(worker.thread().name(), None);
    /// worker.join().unwrap();
    /// ```
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

#[track_caller]
fn is_finished(actor: Option<ActorId>, really: impl FnOnce() -> bool) -> bool {
    let call = Call::on_stage("is_finished()", Place::here());
    let Some((call, id)) = call.zip(actor) else { return really() };
    call.switch_point();
    let finished = call.stage().lock().cast().has_ended(id);
    if !finished {
        call.fruitless();
    }
    finished
}

/// Starts threads with a name; the mirror of [`std::thread::Builder`].
///
/// ```
/// use rehearsal::thread::{self, Builder};
///
/// let worker = Builder::new().name("Worker-1".to_owned()).spawn(|| thread::current().name().map(str::to_owned));
/// assert_eq!(worker.unwrap().join().unwrap().as_deref(), Some("Worker-1"));
/// ```
#[derive(Debug, Default)]
#[must_use = "must eventually spawn the thread"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
}

impl Builder {
    /// A thread without a name.
    ///
    /// ```
    /// use rehearsal::thread::Builder;
    ///
    /// let worker = Builder::new().spawn(|| 7).unwrap();
    /// assert_eq!(worker.join().unwrap(), 7);
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names the thread, in reports too.
    ///
    /// ```
    /// use rehearsal::thread::Builder;
    ///
    /// let worker = Builder::new().name("Worker-1".to_owned()).spawn(|| {}).unwrap();
    /// assert_eq!(worker.thread().name(), Some("Worker-1"));
    /// worker.join().unwrap();
    /// ```
    pub fn name(mut self, name: String) -> Builder {
        self.name = Some(name);
        self
    }

    /// Sets the size of the thread's stack in bytes.
    ///
    /// ```
    /// use rehearsal::thread::Builder;
    ///
    /// let worker = Builder::new().stack_size(256 * 1024).spawn(|| [1; 1000].len()).unwrap();
    /// assert_eq!(worker.join().unwrap(), 1000);
    /// ```
    pub fn stack_size(mut self, size: usize) -> Builder {
        self.stack_size = Some(size);
        self
    }

    fn real(&self) -> std::thread::Builder {
        let mut real = std::thread::Builder::new();
        if let Some(name) = &self.name {
            real = real.name(name.clone());
        }
        if let Some(size) = self.stack_size {
            real = real.stack_size(size);
        }
        real
    }

    /// Starts the thread, or tells why the system refuses.
    ///
    /// ```
    /// use rehearsal::thread::Builder;
    ///
    /// let worker = Builder::new().spawn(|| "done").unwrap();
    /// assert_eq!(worker.join().unwrap(), "done");
    /// ```
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let packet = Packet::default();
        let theirs = packet.clone();
        let (actor, real) = announced(self.name.clone(), Place::here(), None, |actor| {
            self.real().spawn(move || perform(actor, theirs, f))
        })?;
        Ok(JoinHandle { thread: Thread::of(real.thread(), actor), real, actor, packet })
    }

    /// Starts a thread in a [`scope`].
    ///
    /// ```
    /// use rehearsal::thread::{self, Builder};
    ///
    /// let numbers = [1, 2, 3];
    /// let sum = thread::scope(|s| {
    ///     let worker = Builder::new().spawn_scoped(s, || numbers.iter().sum::<i32>()).unwrap();
    ///     worker.join().unwrap()
    /// });
    /// assert_eq!(sum, 6);
    /// ```
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let packet = Packet::default();
        let theirs = packet.clone();
        let (actor, real) =
            announced(self.name.clone(), Place::here(), Some(scope.key()), |actor| {
                self.real().spawn_scoped(&scope.real, move || {
                    perform(actor, theirs, f);
                })
            })?;
        Ok(ScopedJoinHandle { thread: Thread::of(real.thread(), actor), real, actor, packet })
    }
}

/// Announces a thread, starts it, and lets a schedule decide who goes first.
fn announced<H>(
    name: Option<String>,
    place: Place,
    scope: Option<usize>,
    start: impl FnOnce(Option<ActorId>) -> io::Result<H>,
) -> io::Result<(Option<ActorId>, H)> {
    let Some(stage) = Stage::get() else { return Ok((None, start(None)?)) };
    let me = stage.me_at(place);
    let actor = {
        let mut state = stage.lock();
        state.cast().has_room_for_a_thread()?;
        let actor = state.add_actor(Kind::Thread, name, place, Some(me));
        state.cast_mut().one(actor).scope = scope;
        actor
    };
    let handle = start(Some(actor)).inspect_err(|_| stage.lock().cast_mut().take_back(actor))?;
    if stage.is_virtual() {
        stage.lock().start_thread(actor);
        stage.switch_point(me, Uses::Nothing, At { call: "spawn", place });
    }
    Ok((Some(actor), handle))
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}
