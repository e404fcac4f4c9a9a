//! The mirror of `tokio::runtime`: runtimes that a program makes itself.
//!
//! In a rehearsal each plays on one thread, whatever its builder says, and one plays at a time. So what is
//! about the threads of a runtime is not here, and does not compile: their names, their hooks, their
//! number for blocking calls, and metrics. `Builder::enable_io` is not here either, because a paused clock
//! would jump over sockets: programs that need them take `rehearsal::outside::tokio`.

use super::{
    conduct::Conducted,
    task::{self, JoinHandle},
};
use crate::{future::block_on, place::Place, stage::Stage};
use std::{cell::Cell, fmt, future::Future, io, time::Duration};

pub use ::tokio::runtime::{RuntimeFlavor, TryCurrentError};

thread_local! {
    /// How many guards of [`Runtime::enter`] this thread holds.
    static ENTERED: Cell<usize> = const { Cell::new(0) };
}

/// Whether this thread has entered a runtime, without being played by it.
pub(super) fn is_entered() -> bool {
    ENTERED.get() > 0
}

/// A runtime; the mirror of `tokio::runtime::Runtime`.
///
/// ```
/// use rehearsal::tokio::runtime::Runtime;
///
/// let runtime = Runtime::new().unwrap();
/// let worker = runtime.spawn(async { 7 });
/// assert_eq!(runtime.block_on(worker).unwrap(), 7);
/// ```
pub struct Runtime {
    /// None when it was shut down.
    playing: Option<Playing>,
    handle: Handle,
}

enum Playing {
    Real(::tokio::runtime::Runtime),
    Conducted(Conducted),
}

/// What spawns tasks on a runtime from elsewhere; the mirror of `tokio::runtime::Handle`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::runtime::Handle;
///
/// let worker = Handle::current().spawn(async { 7 });
/// assert_eq!(worker.await.unwrap(), 7);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handle(::tokio::runtime::Handle);

/// Keeps a thread in a runtime; made by [`Runtime::enter`].
///
/// ```
/// use rehearsal::tokio::{self, runtime::{EnterGuard, Runtime}};
///
/// let runtime = Runtime::new().unwrap();
/// let guard: EnterGuard = runtime.enter();
/// let worker = tokio::spawn(async { 7 });
/// drop(guard);
/// assert_eq!(runtime.block_on(worker).unwrap(), 7);
/// ```
#[must_use]
pub struct EnterGuard<'a> {
    _real: ::tokio::runtime::EnterGuard<'a>,
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        ENTERED.set(ENTERED.get() - 1);
    }
}

impl Runtime {
    /// A runtime as `#[tokio::main]` makes it.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Runtime;
    ///
    /// assert_eq!(Runtime::new().unwrap().block_on(async { 7 }), 7);
    /// ```
    pub fn new() -> io::Result<Runtime> {
        Builder::new_multi_thread().enable_all().build()
    }

    /// Plays a future to its end, and the tasks beside it.
    ///
    /// ```
    /// use rehearsal::tokio::{self, runtime::Runtime};
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let worker = runtime.block_on(async { tokio::spawn(async { 7 }) });
    /// assert_eq!(runtime.block_on(worker).unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.playing.as_ref().expect("it was not shut down") {
            Playing::Real(real) => real.block_on(future),
            Playing::Conducted(conducted) => conducted.block_on(future),
        }
    }

    /// Starts a task, which goes on while something else is played.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Runtime;
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let worker = runtime.spawn(async { 7 });
    /// assert_eq!(runtime.block_on(worker).unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Makes a call that blocks, on a thread beside the runtime.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Runtime;
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let call = runtime.spawn_blocking(|| 7);
    /// assert_eq!(runtime.block_on(call).unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(f)
    }

    /// A handle to it.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Runtime;
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let worker = runtime.handle().spawn(async { 7 });
    /// assert_eq!(runtime.block_on(worker).unwrap(), 7);
    /// ```
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Has this thread spawn its tasks there, as long as the guard is kept.
    ///
    /// ```
    /// use rehearsal::tokio::{self, runtime::Runtime};
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let guard = runtime.enter();
    /// let worker = tokio::spawn(async { 7 });
    /// drop(guard);
    /// assert_eq!(runtime.block_on(worker).unwrap(), 7);
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Ends all tasks where they stand, and waits for blocking calls no longer than `duration`.
    ///
    /// ```
    /// use rehearsal::{time::Duration, tokio::runtime::Runtime};
    ///
    /// Runtime::new().unwrap().shutdown_timeout(Duration::from_millis(1));
    /// ```
    #[track_caller]
    pub fn shutdown_timeout(mut self, duration: Duration) {
        match self.playing.take() {
            Some(Playing::Real(real)) => real.shutdown_timeout(duration),
            Some(Playing::Conducted(conducted)) => conducted.shut_down(false, Place::here()),
            None => {}
        }
    }

    /// Ends all tasks where they stand, and waits for nothing.
    ///
    /// ```
    /// rehearsal::tokio::runtime::Runtime::new().unwrap().shutdown_background();
    /// ```
    #[track_caller]
    pub fn shutdown_background(self) {
        self.shutdown_timeout(Duration::ZERO);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(Playing::Conducted(conducted)) = self.playing.take() {
            conducted.shut_down(!std::thread::panicking(), Place::here());
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Handle {
    /// The runtime that plays here. Panics where none does.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// tokio::runtime::Handle::current().spawn(async {}).await.unwrap();
    /// # }
    /// ```
    #[track_caller]
    pub fn current() -> Handle {
        task::demand_runtime();
        Stage::loses_sight();
        Handle(::tokio::runtime::Handle::current())
    }

    /// The runtime that plays here, if one does.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// assert!(tokio::runtime::Handle::try_current().is_ok());
    /// # }
    /// ```
    pub fn try_current() -> Result<Handle, TryCurrentError> {
        Stage::loses_sight();
        ::tokio::runtime::Handle::try_current().map(Handle)
    }

    /// Starts a task there.
    ///
    /// ```
    /// let runtime = rehearsal::tokio::runtime::Runtime::new().unwrap();
    /// let worker = runtime.handle().spawn(async { 7 });
    /// assert_eq!(runtime.block_on(worker).unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let place = Place::here();
        let _guard = self.enter();
        task::spawn_at(future, place)
    }

    /// Makes a call that blocks, on a thread beside the runtime.
    ///
    /// ```
    /// let runtime = rehearsal::tokio::runtime::Runtime::new().unwrap();
    /// let call = runtime.handle().spawn_blocking(|| 7);
    /// assert_eq!(runtime.block_on(call).unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let place = Place::here();
        let _guard = self.enter();
        task::spawn_blocking_at(f, place)
    }

    /// Plays a future on this thread, which is none of the runtime's.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let handle = tokio::runtime::Handle::current();
    /// let call = tokio::task::spawn_blocking(move || handle.block_on(async { 7 }));
    /// assert_eq!(call.await.unwrap(), 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match Stage::get() {
            Some(stage) if stage.is_virtual() => {
                let _guard = self.enter();
                block_on(future)
            }
            _ => self.0.block_on(future),
        }
    }

    /// Has this thread spawn its tasks there, as long as the guard is kept.
    ///
    /// ```
    /// use rehearsal::tokio::{self, runtime::Runtime};
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let guard = runtime.handle().enter();
    /// let worker = tokio::spawn(async { 7 });
    /// drop(guard);
    /// assert_eq!(runtime.block_on(worker).unwrap(), 7);
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        ENTERED.set(ENTERED.get() + 1);
        EnterGuard { _real: self.0.enter() }
    }
}

/// Makes runtimes; the mirror of `tokio::runtime::Builder`.
///
/// ```
/// use rehearsal::tokio::runtime::Builder;
///
/// let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
/// assert_eq!(runtime.block_on(async { 7 }), 7);
/// ```
pub struct Builder(::tokio::runtime::Builder);

impl Builder {
    /// A runtime on the thread that plays it.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Builder;
    ///
    /// assert!(Builder::new_current_thread().build().is_ok());
    /// ```
    pub fn new_current_thread() -> Builder {
        Builder(::tokio::runtime::Builder::new_current_thread())
    }

    /// A runtime on several threads, on the pace `off`; elsewhere on one.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Builder;
    ///
    /// assert!(Builder::new_multi_thread().build().is_ok());
    /// ```
    pub fn new_multi_thread() -> Builder {
        Builder(::tokio::runtime::Builder::new_multi_thread())
    }

    /// Makes the runtime.
    ///
    /// ```
    /// let runtime = rehearsal::tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(runtime.block_on(async { 7 }), 7);
    /// ```
    pub fn build(&mut self) -> io::Result<Runtime> {
        Stage::loses_sight();
        if let Some(stage) = Stage::get().filter(|stage| stage.is_virtual()) {
            let conducted = Conducted::new(stage)?;
            let handle = Handle(conducted.runtime.handle().clone());
            return Ok(Runtime { playing: Some(Playing::Conducted(conducted)), handle });
        }
        let real = self.0.build()?;
        let handle = Handle(real.handle().clone());
        Ok(Runtime { playing: Some(Playing::Real(real)), handle })
    }

    /// How many threads it has, on the pace `off`.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Builder;
    ///
    /// assert!(Builder::new_multi_thread().worker_threads(2).build().is_ok());
    /// ```
    pub fn worker_threads(&mut self, threads: usize) -> &mut Builder {
        self.0.worker_threads(threads);
        self
    }

    /// Turns its clock on. In a rehearsal it always is.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Builder;
    ///
    /// assert!(Builder::new_current_thread().enable_time().build().is_ok());
    /// ```
    pub fn enable_time(&mut self) -> &mut Builder {
        self.0.enable_time();
        self
    }

    /// Turns on all that it has.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Builder;
    ///
    /// assert!(Builder::new_current_thread().enable_all().build().is_ok());
    /// ```
    pub fn enable_all(&mut self) -> &mut Builder {
        self.0.enable_all();
        self
    }

    /// Whether its clock begins paused. In a rehearsal it always does.
    ///
    /// ```
    /// use rehearsal::tokio::runtime::Builder;
    ///
    /// assert!(Builder::new_current_thread().enable_time().start_paused(true).build().is_ok());
    /// ```
    pub fn start_paused(&mut self, paused: bool) -> &mut Builder {
        self.0.start_paused(paused);
        self
    }
}
