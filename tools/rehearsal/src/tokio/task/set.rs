//! Sets of tasks.

mod starting;

use super::{AbortHandle, Id, JoinError, blocking::Begin, handle::is_heard};
use crate::{
    place::Place,
    stage::{ActorId, Noted, On, Stage},
    tokio::trace::told,
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll, ready},
};

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
    numbers: HashMap<Id, (u64, Option<ActorId>)>,
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
        Stage::loses_sight();
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
        self.numbers.insert(abort.id(), (self.started, actor));
        self.members.insert(self.started, abort.clone());
        if self.actors.len() > 2 * self.members.len() {
            self.actors.retain(|actor| {
                Stage::get().is_some_and(|stage| !stage.lock().cast().has_ended(*actor))
            });
        }
        self.actors.extend(actor);
        abort
    }

    fn joined(&mut self, id: Id) {
        if let Some((number, actor)) = self.numbers.remove(&id) {
            self.members.remove(&number);
            is_heard(actor);
        }
    }

    fn abort_members(&mut self) {
        self.members.values().for_each(AbortHandle::abort);
    }
}

impl<T: 'static> JoinSet<T> {
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
