//! The mirror of `tokio::task`: tasks with a name, a place and a turn.

use super::{gate, trace};
use crate::{
    place::Place,
    stage::{ActorId, Ending, Kind, MAIN, Noted, On, Stage, act_as},
};
use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context, Poll},
};

pub use ::tokio::task::{AbortHandle, Id, JoinError};

/// A future of the program, as it is played: it acts under its own name, and its end is noted.
pub(super) struct Performance<F: Future> {
    future: Option<Pin<Box<F>>>,
    stage: &'static Stage,
    actor: ActorId,
}

impl<F: Future> Performance<F> {
    pub(super) fn new(future: F, stage: &'static Stage, actor: ActorId) -> Performance<F> {
        Performance { future: Some(Box::pin(future)), stage, actor }
    }

    /// Drops the future under its own name, then notes the end: what the task held is gone by then.
    fn end(&mut self, ending: Ending) {
        let Some(future) = self.future.take() else { return };
        let before = act_as(Some(self.actor));
        drop(future);
        act_as(before);
        gate::forget(self.actor);
        if self.actor != MAIN {
            self.stage.lock().end_actor(self.actor, ending);
        }
    }
}

impl<F: Future> Future for Performance<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let (stage, actor) = (self.stage, self.actor);
        if gate::is_closed() && !gate::lets_in(actor, context.waker()) {
            return Poll::Pending;
        }
        if !trace::is_on() {
            stage.lock().is_polled(actor, context.waker());
        }
        let future = self.future.as_mut().expect("a future is not polled after its end");
        let before = act_as(Some(actor));
        let polled = catch_unwind(AssertUnwindSafe(|| {
            if trace::is_on() {
                let tracer = trace::Tracer::new(actor, context.waker().clone());
                trace::with_waker(&tracer, |waker| {
                    future.as_mut().poll(&mut Context::from_waker(waker))
                })
            } else {
                future.as_mut().poll(context)
            }
        }));
        act_as(before);
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => {
                self.end(Ending::Finished);
                Poll::Ready(output)
            }
            Err(panic) => {
                self.end(Ending::Panicked);
                resume_unwind(panic)
            }
        }
    }
}

impl<F: Future> Drop for Performance<F> {
    fn drop(&mut self) {
        self.end(Ending::Aborted);
    }
}

/// Announces a task.
fn announced(place: Place, kind: Kind) -> Option<(&'static Stage, ActorId)> {
    let stage = Stage::get()?;
    let me = stage.me();
    let actor = stage.lock().add_actor(kind, None, place, Some(me));
    Some((stage, actor))
}

/// Starts a task; the mirror of `tokio::spawn`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let worker = tokio::spawn(async { 42 });
/// assert_eq!(worker.await.unwrap(), 42);
/// # }
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match announced(Place::here(), Kind::Task) {
        None => JoinHandle::new(::tokio::spawn(future), None),
        Some((stage, actor)) => {
            JoinHandle::new(::tokio::spawn(Performance::new(future, stage, actor)), Some(actor))
        }
    }
}

/// Makes a call that blocks, on a thread beside the runtime; the mirror of `tokio::task::spawn_blocking`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use rehearsal::{thread, time::Duration};
///
/// let call = tokio::task::spawn_blocking(|| thread::sleep(Duration::from_millis(5)));
/// call.await.unwrap();
/// # }
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let (real, actor) = blocking(f, Place::here());
    JoinHandle::new(::tokio::spawn(real), actor)
}

/// The future of a blocking call's end.
fn blocking<F, R>(f: F, place: Place) -> (impl Future<Output = R> + Send + 'static, Option<ActorId>)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let actor = announced(place, Kind::Blocking);
    let call = match actor {
        Some((stage, actor)) if stage.is_virtual() => {
            Call::Rehearsed(rehearsed_call(stage, actor, f))
        }
        _ => Call::Real(::tokio::task::spawn_blocking(move || {
            let Some((stage, actor)) = actor else { return f() };
            stage.enter(actor);
            let result = catch_unwind(AssertUnwindSafe(f));
            stage.leave(actor, if result.is_ok() { Ending::Finished } else { Ending::Panicked });
            result.unwrap_or_else(|panic| resume_unwind(panic))
        })),
    };
    let end = async move {
        match call {
            Call::Rehearsed(result) => {
                let result = result.await.expect("a call that was started comes to its end");
                result.unwrap_or_else(|panic| resume_unwind(panic))
            }
            Call::Real(handle) => match handle.await {
                Ok(value) => value,
                Err(error) => resume_unwind(error.into_panic()),
            },
        }
    };
    (end, actor.map(|(_, actor)| actor))
}

enum Call<R> {
    Rehearsed(::tokio::sync::oneshot::Receiver<std::thread::Result<R>>),
    Real(::tokio::task::JoinHandle<R>),
}

/// Makes a call on a thread that takes its turns with the others on the stage.
fn rehearsed_call<F, R>(
    stage: &'static Stage,
    actor: ActorId,
    f: F,
) -> ::tokio::sync::oneshot::Receiver<std::thread::Result<R>>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let (tell, result) = ::tokio::sync::oneshot::channel();
    let runtime = ::tokio::runtime::Handle::current();
    let thread = std::thread::Builder::new().name("blocking".to_owned()).spawn(move || {
        let _inside = runtime.enter();
        stage.enter(actor);
        let result = catch_unwind(AssertUnwindSafe(f));
        let ending = if result.is_ok() { Ending::Finished } else { Ending::Panicked };
        // Whoever awaits the call may have gone; then nobody wants to know.
        let _ = tell.send(result);
        stage.leave(actor, ending);
    });
    thread.expect("failed to spawn thread");
    stage.lock().start_thread(actor);
    result
}

/// A handle to a task; the mirror of `tokio::task::JoinHandle`. To await it is to wait for the task's end.
pub struct JoinHandle<T> {
    real: ::tokio::task::JoinHandle<T>,
    actor: Option<ActorId>,
    noted: Option<Noted>,
}

impl<T> JoinHandle<T> {
    fn new(real: ::tokio::task::JoinHandle<T>, actor: Option<ActorId>) -> JoinHandle<T> {
        JoinHandle { real, actor, noted: None }
    }

    /// Ends the task at the place where it waits.
    pub fn abort(&self) {
        self.real.abort();
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.real.is_finished()
    }

    /// A handle that can only abort.
    pub fn abort_handle(&self) -> AbortHandle {
        self.real.abort_handle()
    }

    /// Tokio's number of the task.
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
        let polled = Pin::new(&mut self.real).poll(context);
        if polled.is_ready() {
            self.noted = None;
        } else if let Some(actor) = self.actor {
            Noted::keep(&mut self.noted, place, || On::Join(actor));
        }
        polled
    }
}

impl<T: fmt::Debug> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

/// Lets the other tasks that are ready go first.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// tokio::task::yield_now().await;
/// # }
/// ```
pub fn yield_now() -> impl Future<Output = ()> {
    YieldNow(Box::pin(::tokio::task::yield_now()), false)
}

struct YieldNow<F>(Pin<Box<F>>, bool);

impl<F: Future<Output = ()>> Future for YieldNow<F> {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let place = Place::here();
        if let (false, Some(stage)) = (self.1, Stage::get()) {
            self.1 = true;
            stage.fruitless(stage.me(), place, "yield_now()");
        }
        self.0.as_mut().poll(context)
    }
}

/// A set of tasks that are joined in the order in which they end; the mirror of `tokio::task::JoinSet`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let mut workers = tokio::task::JoinSet::new();
/// for id in 1..=3 {
///     workers.spawn(async move { id });
/// }
/// let mut sum = 0;
/// while let Some(id) = workers.join_next().await {
///     sum += id.unwrap();
/// }
/// assert_eq!(sum, 6);
/// # }
/// ```
pub struct JoinSet<T> {
    real: ::tokio::task::JoinSet<T>,
    actors: Vec<ActorId>,
}

impl<T> JoinSet<T> {
    /// An empty set.
    pub fn new() -> JoinSet<T> {
        JoinSet { real: ::tokio::task::JoinSet::new(), actors: Vec::new() }
    }

    /// The number of tasks that have not been joined.
    pub fn len(&self) -> usize {
        self.real.len()
    }

    /// Whether all tasks have been joined.
    pub fn is_empty(&self) -> bool {
        self.real.is_empty()
    }
}

impl<T: 'static> JoinSet<T> {
    /// Starts a task in the set.
    #[track_caller]
    pub fn spawn<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        match announced(Place::here(), Kind::Task) {
            None => self.real.spawn(future),
            Some((stage, actor)) => {
                self.actors.push(actor);
                self.real.spawn(Performance::new(future, stage, actor))
            }
        }
    }

    /// Makes a call that blocks, in the set.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let (end, actor) = blocking(f, Place::here());
        self.actors.extend(actor);
        self.real.spawn(end)
    }

    /// Waits for the end of the next task; `None` when all have been joined.
    pub fn join_next(&mut self) -> impl Future<Output = Option<Result<T, JoinError>>> {
        JoinNext { set: self, noted: None }
    }

    /// A task that has ended and was not joined yet.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.real.try_join_next()
    }

    /// Waits for the next end, as a poll.
    pub fn poll_join_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, JoinError>>> {
        self.real.poll_join_next(context)
    }

    /// Waits for all tasks. Panics where one of them did.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut all = Vec::with_capacity(self.len());
        while let Some(result) = self.join_next().await {
            match result {
                Ok(value) => all.push(value),
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                Err(error) => panic!("{error}"),
            }
        }
        all
    }

    /// Ends all tasks at the place where they wait.
    pub fn abort_all(&mut self) {
        self.real.abort_all();
    }

    /// Ends all tasks and waits until they are gone.
    pub async fn shutdown(&mut self) {
        self.real.shutdown().await;
    }

    /// Lets all tasks go on without the set.
    pub fn detach_all(&mut self) {
        self.real.detach_all();
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> JoinSet<T> {
        JoinSet::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

struct JoinNext<'a, T> {
    set: &'a mut JoinSet<T>,
    noted: Option<Noted>,
}

impl<T: 'static> Future for JoinNext<'_, T> {
    type Output = Option<Result<T, JoinError>>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = Place::here();
        let this = &mut *self;
        if let Poll::Ready(next) = this.set.real.poll_join_next(context) {
            return Poll::Ready(next);
        }
        Noted::keep(&mut this.noted, place, || {
            let ended =
                |actor: &ActorId| Stage::get().is_none_or(|stage| stage.lock().has_ended(*actor));
            this.set.actors.retain(|actor| !ended(actor));
            On::JoinNext(this.set.actors.clone())
        });
        Poll::Pending
    }
}
