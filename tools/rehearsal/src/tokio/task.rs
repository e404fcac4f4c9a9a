//! The mirror of `tokio::task`: tasks with a name, a place and a turn.

use super::{performance::Performance, trace::told};
use crate::{
    place::Place,
    stage::{ActorId, Ending, Kind, Noted, On, Stage},
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
};

pub use ::tokio::task::{Id, JoinError};

/// Panics on a thread that is none of the runtime's, as tokio does, and in its words.
#[track_caller]
pub(super) fn demand_runtime() {
    let inside = Stage::get().is_none_or(Stage::is_in_runtime);
    assert!(
        inside,
        "there is no reactor running, must be called from the context of a Tokio 1.x runtime"
    );
}

/// Announces a task.
#[track_caller]
fn announced(place: Place, kind: Kind) -> Option<(&'static Stage, ActorId)> {
    let stage = Stage::get()?;
    demand_runtime();
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
        None => JoinHandle::new(::tokio::spawn(future), None, None),
        Some((stage, actor)) => {
            let real = ::tokio::spawn(Performance::of_task(future, stage, actor));
            JoinHandle::new(real, Some(actor), None)
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
    match announced(Place::here(), Kind::Blocking) {
        Some((stage, actor)) if stage.is_virtual() => {
            let (end, begin) = rehearsed_call(stage, actor, f);
            JoinHandle::new(::tokio::spawn(end), Some(actor), Some(begin))
        }
        actor => {
            let real = ::tokio::task::spawn_blocking(noted_call(actor, f));
            JoinHandle::new(real, actor.map(|(_, actor)| actor), None)
        }
    }
}

/// A call on a thread of tokio's own, on the paces `real` and `off`.
fn noted_call<R>(
    actor: Option<(&'static Stage, ActorId)>,
    f: impl FnOnce() -> R,
) -> impl FnOnce() -> R {
    move || {
        let Some((stage, actor)) = actor else { return f() };
        stage.enter(actor);
        let result = catch_unwind(AssertUnwindSafe(f));
        stage.leave(actor, if result.is_ok() { Ending::Finished } else { Ending::Panicked });
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Whether a blocking call has begun: before, it can be aborted, and then it never does.
#[derive(Clone, Default)]
struct Begin(Arc<AtomicU8>);

impl Begin {
    const OPEN: u8 = 0;
    const BEGUN: u8 = 1;
    const ABORTED: u8 = 2;

    /// Whoever comes first decides.
    fn decide(&self, what: u8) -> bool {
        self.0.compare_exchange(Begin::OPEN, what, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// Makes a call on a thread that takes its turns with the others on the stage.
///
/// (A call on one of tokio's threads would hold its clock still.)
fn rehearsed_call<F, R>(
    stage: &'static Stage,
    actor: ActorId,
    f: F,
) -> (impl Future<Output = R> + Send + 'static, Begin)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let (tell, result) = ::tokio::sync::oneshot::channel();
    let begin = Begin::default();
    let begun = begin.clone();
    let thread = std::thread::Builder::new().name("blocking".to_owned()).spawn(move || {
        stage.enter(actor);
        if !begun.decide(Begin::BEGUN) {
            drop(f);
            return stage.leave(actor, Ending::Aborted);
        }
        let result = catch_unwind(AssertUnwindSafe(f));
        let ending = if result.is_ok() { Ending::Finished } else { Ending::Panicked };
        // Whoever awaits the call may have gone; then nobody wants to know.
        let _ = tell.send(result);
        stage.leave(actor, ending);
    });
    thread.expect("failed to spawn thread");
    stage.lock().start_thread(actor);
    let end = async move {
        let result: std::thread::Result<R> =
            result.await.expect("a call that has begun comes to its end");
        result.unwrap_or_else(|panic| resume_unwind(panic))
    };
    (end, begin)
}

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
    real: ::tokio::task::AbortHandle,
    call: Option<Begin>,
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
    fn new(
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
        let polled = told(place, || Pin::new(&mut self.real).poll(context));
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
    /// Those that have not been joined, in the order in which they were started.
    members: BTreeMap<u64, AbortHandle>,
    /// Tokio's numbers of them.
    numbers: HashMap<Id, u64>,
    started: u64,
    /// Those of the stage. Some may have been joined: that would take too long to keep up with.
    actors: Vec<ActorId>,
}

impl<T> JoinSet<T> {
    /// An empty set.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use tokio::task::JoinSet;
    ///
    /// let mut workers: JoinSet<u32> = JoinSet::new();
    /// assert!(workers.join_next().await.is_none());
    /// # }
    /// ```
    pub fn new() -> JoinSet<T> {
        JoinSet {
            real: ::tokio::task::JoinSet::new(),
            members: BTreeMap::new(),
            numbers: HashMap::new(),
            started: 0,
            actors: Vec::new(),
        }
    }

    /// The number of tasks that have not been joined.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(async {});
    /// assert_eq!(workers.len(), 1);
    /// workers.join_next().await;
    /// assert_eq!(workers.len(), 0);
    /// # }
    /// ```
    pub fn len(&self) -> usize {
        self.real.len()
    }

    /// Whether all tasks have been joined.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(async {});
    /// assert!(!workers.is_empty());
    /// workers.join_next().await;
    /// assert!(workers.is_empty());
    /// # }
    /// ```
    pub fn is_empty(&self) -> bool {
        self.real.is_empty()
    }

    fn add(
        &mut self,
        real: ::tokio::task::AbortHandle,
        actor: Option<ActorId>,
        call: Option<Begin>,
    ) -> AbortHandle {
        let abort = AbortHandle { real, call };
        self.started += 1;
        self.numbers.insert(abort.id(), self.started);
        self.members.insert(self.started, abort.clone());
        if self.actors.len() > 2 * self.members.len() {
            self.actors
                .retain(|actor| Stage::get().is_some_and(|stage| !stage.lock().has_ended(*actor)));
        }
        self.actors.extend(actor);
        abort
    }

    fn joined(&mut self, id: Id) {
        if let Some(number) = self.numbers.remove(&id) {
            self.members.remove(&number);
        }
    }

    fn abort_members(&mut self) {
        self.members.values().for_each(AbortHandle::abort);
    }
}

impl<T: 'static> JoinSet<T> {
    /// Starts a task in the set.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(async { 7 });
    /// assert_eq!(workers.join_next().await.unwrap().unwrap(), 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        match announced(Place::here(), Kind::Task) {
            None => {
                let real = self.real.spawn(future);
                self.add(real, None, None)
            }
            Some((stage, actor)) => {
                let real = self.real.spawn(Performance::of_task(future, stage, actor));
                self.add(real, Some(actor), None)
            }
        }
    }

    /// Makes a call that blocks, in the set.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut calls = tokio::task::JoinSet::new();
    /// calls.spawn_blocking(|| 7);
    /// assert_eq!(calls.join_next().await.unwrap().unwrap(), 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        match announced(Place::here(), Kind::Blocking) {
            Some((stage, actor)) if stage.is_virtual() => {
                let (end, begin) = rehearsed_call(stage, actor, f);
                let real = self.real.spawn(end);
                self.add(real, Some(actor), Some(begin))
            }
            actor => {
                let real = self.real.spawn_blocking(noted_call(actor, f));
                self.add(real, actor.map(|(_, actor)| actor), None)
            }
        }
    }

    /// Waits for the end of the next task; `None` when all have been joined.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(async { 7 });
    /// assert_eq!(workers.join_next().await.unwrap().unwrap(), 7);
    /// assert!(workers.join_next().await.is_none());
    /// # }
    /// ```
    pub fn join_next(&mut self) -> impl Future<Output = Option<Result<T, JoinError>>> {
        JoinNext { set: self, noted: None, take: without_id }
    }

    /// Waits for the end of the next task, and tells tokio's number of it too.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// let id = workers.spawn(async { 7 }).id();
    /// assert_eq!(workers.join_next_with_id().await.unwrap().unwrap(), (id, 7));
    /// # }
    /// ```
    pub fn join_next_with_id(
        &mut self,
    ) -> impl Future<Output = Option<Result<(Id, T), JoinError>>> {
        JoinNext { set: self, noted: None, take: |next| next }
    }

    /// A task that has ended and was not joined yet.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// let worker = workers.spawn(async { 7 });
    /// assert!(workers.try_join_next().is_none());
    /// while !worker.is_finished() {
    ///     tokio::task::yield_now().await;
    /// }
    /// assert_eq!(workers.try_join_next().unwrap().unwrap(), 7);
    /// # }
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        without_id(self.try_join_next_with_id())
    }

    /// A task that has ended and was not joined yet, and tokio's number of it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// let worker = workers.spawn(async { 7 });
    /// while !worker.is_finished() {
    ///     tokio::task::yield_now().await;
    /// }
    /// assert_eq!(workers.try_join_next_with_id().unwrap().unwrap(), (worker.id(), 7));
    /// # }
    /// ```
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        let next = self.real.try_join_next_with_id();
        self.note_joined(next)
    }

    /// Waits for the next end, as a poll.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(async { 7 });
    /// let next = std::future::poll_fn(|context| workers.poll_join_next(context)).await;
    /// assert_eq!(next.unwrap().unwrap(), 7);
    /// # }
    /// ```
    pub fn poll_join_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, JoinError>>> {
        self.poll_join_next_with_id(context).map(without_id)
    }

    /// Waits for the next end, as a poll, and tells tokio's number of it too.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// let id = workers.spawn(async { 7 }).id();
    /// let next = std::future::poll_fn(|context| workers.poll_join_next_with_id(context)).await;
    /// assert_eq!(next.unwrap().unwrap(), (id, 7));
    /// # }
    /// ```
    pub fn poll_join_next_with_id(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        self.real.poll_join_next_with_id(context).map(|next| self.note_joined(next))
    }

    fn note_joined(&mut self, next: Next<(Id, T)>) -> Next<(Id, T)> {
        match &next {
            Some(Ok((id, _))) => self.joined(*id),
            Some(Err(error)) => self.joined(error.id()),
            None => {}
        }
        next
    }

    /// Waits for all tasks. Panics where one of them did.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// for id in 1..=3 {
    ///     workers.spawn(async move { id });
    /// }
    /// assert_eq!(workers.join_all().await.into_iter().sum::<i32>(), 6);
    /// # }
    /// ```
    pub fn join_all(mut self) -> impl Future<Output = Vec<T>> {
        let mut all = Vec::with_capacity(self.len());
        let mut noted = None;
        // No `async`: the line that waits is the one that polls this.
        AtTheCaller::new(move |context, place| {
            while let Some(result) = ready!(self.poll_at(context, &mut noted, place)) {
                match result {
                    Ok((_, value)) => all.push(value),
                    Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                    Err(error) => panic!("{error}"),
                }
            }
            Poll::Ready(std::mem::take(&mut all))
        })
    }

    /// Ends all tasks at the place where they wait. Blocking calls that have begun go on.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(std::future::pending::<()>());
    /// workers.abort_all();
    /// assert!(workers.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # }
    /// ```
    pub fn abort_all(&mut self) {
        self.abort_members();
    }

    /// Ends all tasks and waits until they are gone.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(std::future::pending::<()>());
    /// workers.shutdown().await;
    /// assert!(workers.is_empty());
    /// # }
    /// ```
    pub fn shutdown(&mut self) -> impl Future<Output = ()> {
        let (mut aborted, mut noted) = (false, None);
        AtTheCaller::new(move |context, place| {
            if !std::mem::replace(&mut aborted, true) {
                self.abort_members();
            }
            while ready!(self.poll_at(context, &mut noted, place)).is_some() {}
            Poll::Ready(())
        })
    }

    /// Lets all tasks go on without the set.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// let mut workers = tokio::task::JoinSet::new();
    /// workers.spawn(async move { queue.send(1).await.unwrap() });
    /// workers.detach_all();
    /// assert!(workers.is_empty());
    /// assert_eq!(jobs.recv().await, Ok(1));
    /// # }
    /// ```
    pub fn detach_all(&mut self) {
        self.real.detach_all();
        self.members.clear();
        self.numbers.clear();
        self.actors.clear();
    }

    /// Polls for the next end, and notes the wait for it.
    fn poll_at(
        &mut self,
        context: &mut Context<'_>,
        noted: &mut Option<Noted>,
        place: Place,
    ) -> Poll<Next<(Id, T)>> {
        let polled = told(place, || self.poll_join_next_with_id(context));
        if polled.is_ready() {
            *noted = None;
        } else {
            Noted::keep(noted, place, || On::JoinNext(self.actors.clone()));
        }
        polled
    }
}

type Next<T> = Option<Result<T, JoinError>>;

fn without_id<T>(next: Next<(Id, T)>) -> Next<T> {
    next.map(|result| result.map(|(_, value)| value))
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        // The real set would abort what stands for a blocking call, and the call would begin all the same.
        self.abort_members();
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

struct JoinNext<'a, T, R> {
    set: &'a mut JoinSet<T>,
    noted: Option<Noted>,
    take: fn(Next<(Id, T)>) -> Next<R>,
}

impl<T: 'static, R> Future for JoinNext<'_, T, R> {
    type Output = Next<R>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Next<R>> {
        let place = Place::here();
        let this = &mut *self;
        this.set.poll_at(context, &mut this.noted, place).map(this.take)
    }
}

/// A `poll_fn` whose function is told which line polls it.
struct AtTheCaller<F>(Box<F>);

impl<F, R> AtTheCaller<F>
where
    F: FnMut(&mut Context<'_>, Place) -> Poll<R>,
{
    fn new(poll: F) -> AtTheCaller<F> {
        AtTheCaller(Box::new(poll))
    }
}

impl<F, R> Future for AtTheCaller<F>
where
    F: FnMut(&mut Context<'_>, Place) -> Poll<R>,
{
    type Output = R;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        (self.0)(context, Place::here())
    }
}
