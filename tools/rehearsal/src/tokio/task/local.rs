//! Tasks that stay on their thread.

use super::{JoinHandle, announce};
use crate::{
    place::Place,
    stage::Kind,
    tokio::{performance::Performance, runtime::Runtime},
};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// A set of tasks that stay on the thread that plays it; the mirror of `tokio::task::LocalSet`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use std::rc::Rc;
/// use tokio::task::{LocalSet, spawn_local};
///
/// let shared = Rc::new(7);
/// let theirs = shared.clone();
/// let seven = LocalSet::new().run_until(async { spawn_local(async move { *theirs }).await }).await;
/// assert_eq!(seven.unwrap(), *shared);
/// # }
/// ```
#[derive(Default)]
pub struct LocalSet {
    pub(super) real: ::tokio::task::LocalSet,
}

/// Keeps a thread in a set; made by [`LocalSet::enter`].
///
/// ```
/// use rehearsal::tokio::task::{LocalEnterGuard, LocalSet, spawn_local};
///
/// let set = LocalSet::new();
/// let guard: LocalEnterGuard = set.enter();
/// spawn_local(async {});
/// drop(guard);
/// ```
pub struct LocalEnterGuard {
    _real: ::tokio::task::LocalEnterGuard,
}

/// Starts a task that stays on this thread, in the set that is played here.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::task::{LocalSet, spawn_local};
///
/// let set = LocalSet::new();
/// assert_eq!(set.run_until(async { spawn_local(async { 7 }).await }).await.unwrap(), 7);
/// # }
/// ```
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match announce(Place::here(), Kind::Task) {
        None => JoinHandle::new(::tokio::task::spawn_local(future), None, None),
        Some((stage, actor)) => {
            let real = ::tokio::task::spawn_local(Performance::of_local(future, stage, actor));
            JoinHandle::new(real, Some(actor), None)
        }
    }
}

impl LocalSet {
    /// An empty set.
    ///
    /// ```
    /// rehearsal::tokio::task::LocalSet::new();
    /// ```
    pub fn new() -> LocalSet {
        crate::stage::Stage::loses_sight();
        LocalSet::default()
    }

    /// Starts a task in the set. It goes on while the set is played.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let set = tokio::task::LocalSet::new();
    /// let worker = set.spawn_local(async { 7 });
    /// assert_eq!(set.run_until(worker).await.unwrap(), 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        match announce(Place::here(), Kind::Task) {
            None => JoinHandle::new(self.real.spawn_local(future), None, None),
            Some((stage, actor)) => {
                let real = self.real.spawn_local(Performance::of_local(future, stage, actor));
                JoinHandle::new(real, Some(actor), None)
            }
        }
    }

    /// Plays the set until a future ends.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// assert_eq!(tokio::task::LocalSet::new().run_until(async { 7 }).await, 7);
    /// # }
    /// ```
    pub fn run_until<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        self.real.run_until(future)
    }

    /// Plays the set on a runtime until a future ends.
    ///
    /// ```
    /// use rehearsal::tokio::{runtime::Runtime, task::LocalSet};
    ///
    /// let runtime = Runtime::new().unwrap();
    /// assert_eq!(LocalSet::new().block_on(&runtime, async { 7 }), 7);
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.run_until(future))
    }

    /// Has [`spawn_local`] start its tasks in this set, as long as the guard is kept.
    ///
    /// ```
    /// use rehearsal::tokio::task::{LocalSet, spawn_local};
    ///
    /// let set = LocalSet::new();
    /// let _guard = set.enter();
    /// spawn_local(async {});
    /// ```
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard { _real: self.real.enter() }
    }
}

/// Plays the set until all its tasks have ended.
impl Future for LocalSet {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.real).poll(context)
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
