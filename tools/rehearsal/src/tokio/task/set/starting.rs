//! How tasks come into a set.

use super::JoinSet;
use crate::{
    place::Place,
    stage::Kind,
    tokio::{
        performance::Performance,
        runtime::Handle,
        task::{
            AbortHandle, LocalSet, announce, announced,
            blocking::{noted_call, rehearsed_call},
        },
    },
};
use std::future::Future;

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
        self.spawn_at(future, Place::here())
    }

    #[track_caller]
    fn spawn_at<F>(&mut self, future: F, place: Place) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        match announced(place, Kind::Task) {
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
        self.spawn_blocking_at(f, Place::here())
    }

    /// Makes a call that blocks, in the set, beside another runtime.
    ///
    /// ```
    /// use rehearsal::tokio::{runtime::Runtime, task::JoinSet};
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let mut calls = JoinSet::new();
    /// calls.spawn_blocking_on(|| 7, runtime.handle());
    /// assert_eq!(runtime.block_on(calls.join_next()).unwrap().unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let place = Place::here();
        let _guard = handle.enter();
        self.spawn_blocking_at(f, place)
    }

    #[track_caller]
    fn spawn_blocking_at<F>(&mut self, f: F, place: Place) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        match announced(place, Kind::Blocking) {
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

    /// Starts a task in the set, on another runtime.
    ///
    /// ```
    /// use rehearsal::tokio::{runtime::Runtime, task::JoinSet};
    ///
    /// let runtime = Runtime::new().unwrap();
    /// let mut workers = JoinSet::new();
    /// workers.spawn_on(async { 7 }, runtime.handle());
    /// assert_eq!(runtime.block_on(workers.join_next()).unwrap().unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, future: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let place = Place::here();
        let _guard = handle.enter();
        self.spawn_at(future, place)
    }

    /// Starts a task in the set that stays on this thread, in the `LocalSet` that is played here.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use tokio::task::{JoinSet, LocalSet};
    ///
    /// let mut workers = JoinSet::new();
    /// let set = LocalSet::new();
    /// let seven = set.run_until(async {
    ///     workers.spawn_local(async { 7 });
    ///     workers.join_next().await
    /// });
    /// assert_eq!(seven.await.unwrap().unwrap(), 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        match announce(Place::here(), Kind::Task) {
            None => {
                let real = self.real.spawn_local(future);
                self.add(real, None, None)
            }
            Some((stage, actor)) => {
                let real = self.real.spawn_local(Performance::of_local(future, stage, actor));
                self.add(real, Some(actor), None)
            }
        }
    }

    /// Starts a task in the set that stays in a `LocalSet`.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use tokio::task::{JoinSet, LocalSet};
    ///
    /// let (mut workers, set) = (JoinSet::new(), LocalSet::new());
    /// workers.spawn_local_on(async { 7 }, &set);
    /// assert_eq!(set.run_until(workers.join_next()).await.unwrap().unwrap(), 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, future: F, set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        match announce(Place::here(), Kind::Task) {
            None => {
                let real = self.real.spawn_local_on(future, &set.real);
                self.add(real, None, None)
            }
            Some((stage, actor)) => {
                let local = Performance::of_local(future, stage, actor);
                let real = self.real.spawn_local_on(local, &set.real);
                self.add(real, Some(actor), None)
            }
        }
    }
}

impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        let place = Place::here();
        futures.into_iter().for_each(|future| _ = self.spawn_at(future, place));
    }
}

impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> JoinSet<T> {
        let mut set = JoinSet::new();
        set.extend(futures);
        set
    }
}
