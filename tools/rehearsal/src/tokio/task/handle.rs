//! Handles to tasks and calls.

use super::{Id, JoinError, blocking::Begin};
use crate::{
    place::Place,
    stage::{ActorId, Noted, On, Stage},
    tokio::trace::told,
};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// A handle that can only abort; the mirror of `tokio::task::AbortHandle`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::task::AbortHandle;
///
/// let worker = tokio::spawn(std::future::pending::<()>());
/// let handle: AbortHandle = worker.abort_handle();
/// handle.abort();
/// assert!(worker.await.unwrap_err().is_cancelled());
/// # }
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    pub(super) real: ::tokio::task::AbortHandle,
    pub(super) call: Option<Begin>,
}

impl AbortHandle {
    /// Ends the task at the place where it waits. A blocking call that has begun goes on.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let worker = tokio::spawn(std::future::pending::<()>());
    /// worker.abort_handle().abort();
    /// assert!(worker.await.unwrap_err().is_cancelled());
    /// # }
    /// ```
    pub fn abort(&self) {
        if self.call.as_ref().is_none_or(|call| call.decide(Begin::ABORTED)) {
            self.real.abort();
        }
    }

    /// Whether the task has ended.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let worker = tokio::spawn(async {});
    /// let handle = worker.abort_handle();
    /// assert!(!handle.is_finished());
    /// worker.await.unwrap();
    /// assert!(handle.is_finished());
    /// # }
    /// ```
    pub fn is_finished(&self) -> bool {
        Stage::loses_sight();
        self.real.is_finished()
    }

    /// Tokio's number of the task.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let worker = tokio::spawn(async {});
    /// assert_eq!(worker.abort_handle().id(), worker.id());
    /// worker.await.unwrap();
    /// # }
    /// ```
    pub fn id(&self) -> Id {
        self.real.id()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

/// A handle to a task; the mirror of `tokio::task::JoinHandle`. To await it is to wait for the task's end.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::task::JoinHandle;
///
/// let worker: JoinHandle<u32> = tokio::spawn(async { 7 });
/// assert_eq!(worker.await.unwrap(), 7);
/// # }
/// ```
pub struct JoinHandle<T> {
    real: ::tokio::task::JoinHandle<T>,
    actor: Option<ActorId>,
    call: Option<Begin>,
    noted: Option<Noted>,
}

impl<T> JoinHandle<T> {
    pub(super) fn new(
        real: ::tokio::task::JoinHandle<T>,
        actor: Option<ActorId>,
        call: Option<Begin>,
    ) -> JoinHandle<T> {
        JoinHandle { real, actor, call, noted: None }
    }

    /// Ends the task at the place where it waits. A blocking call that has begun goes on.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let worker = tokio::spawn(std::future::pending::<()>());
    /// worker.abort();
    /// assert!(worker.await.unwrap_err().is_cancelled());
    /// # }
    /// ```
    pub fn abort(&self) {
        self.abort_handle().abort();
    }

    /// Whether the task has ended.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut worker = tokio::spawn(async { 7 });
    /// assert!(!worker.is_finished());
    /// assert_eq!((&mut worker).await.unwrap(), 7);
    /// assert!(worker.is_finished());
    /// # }
    /// ```
    pub fn is_finished(&self) -> bool {
        Stage::loses_sight();
        self.real.is_finished()
    }

    /// A handle that can only abort.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let worker = tokio::spawn(std::future::pending::<()>());
    /// let handle = worker.abort_handle();
    /// handle.abort();
    /// assert!(worker.await.is_err());
    /// assert!(handle.is_finished());
    /// # }
    /// ```
    pub fn abort_handle(&self) -> AbortHandle {
        Stage::loses_sight();
        AbortHandle { real: self.real.abort_handle(), call: self.call.clone() }
    }

    /// Tokio's number of the task.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (one, other) = (tokio::spawn(async {}), tokio::spawn(async {}));
    /// assert_ne!(one.id(), other.id());
    /// one.await.unwrap();
    /// other.await.unwrap();
    /// # }
    /// ```
    pub fn id(&self) -> Id {
        self.real.id()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    // `.await` calls this at its own line, so the caller is the line that waits.
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = Place::here();
        if let Some((stage, actor)) = Stage::get().zip(self.actor) {
            stage.lock().touches_end(actor);
        }
        let polled = told(place, || Pin::new(&mut self.real).poll(context));
        if polled.is_ready() {
            self.noted = None;
            is_heard(self.actor);
        } else if let Some(actor) = self.actor {
            Noted::keep(&mut self.noted, place, || On::Join(actor));
        }
        polled
    }
}

/// Somebody has asked for the result of a task that has ended.
pub(super) fn is_heard(actor: Option<ActorId>) {
    if let Some((stage, actor)) = Stage::get().zip(actor) {
        stage.lock().cast_mut().is_heard(actor);
    }
}

impl<T: fmt::Debug> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
