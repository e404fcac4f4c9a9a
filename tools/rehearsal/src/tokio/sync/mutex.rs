//! A mutex that tasks wait for.

use super::{
    Blocking,
    guard::{Held, Lock, maps},
    shelf::Shelf,
    wire::Tag,
};
use crate::{place::Place, stage::At, tokio::turn::in_turn};
use ::tokio::sync::{self as real, TryLockError};
use std::{fmt, future::Future, sync::Arc};

/// A mutex; the mirror of [`tokio::sync::Mutex`](real::Mutex).
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let count = tokio::sync::Mutex::new(0);
/// *count.lock().await += 1;
/// assert_eq!(*count.lock().await, 1);
/// # }
/// ```
pub struct Mutex<T> {
    real: Shelf<real::Mutex<T>, T>,
    tag: Tag,
}

/// The right to use what a [`Mutex`] guards; the mirror of [`tokio::sync::MutexGuard`](real::MutexGuard).
///
/// ```
/// use rehearsal::tokio::sync::{Mutex, MutexGuard};
///
/// let name = Mutex::new(String::from("queue"));
/// let guard = name.try_lock().unwrap();
/// assert!(MutexGuard::mutex(&guard).try_lock().is_err());
/// let bytes = MutexGuard::try_map(guard, |name| name.get_mut(1..)).unwrap();
/// assert_eq!(&*bytes, "ueue");
/// ```
pub type MutexGuard<'a, T> = Held<real::MutexGuard<'a, T>, &'a Mutex<T>>;

/// The same, with a share of the mutex; the mirror of
/// [`tokio::sync::OwnedMutexGuard`](real::OwnedMutexGuard).
///
/// ```
/// use rehearsal::tokio::sync::{Mutex, OwnedMutexGuard};
///
/// let name = std::sync::Arc::new(Mutex::new(String::from("queue")));
/// let guard = name.try_lock_owned().unwrap();
/// assert!(OwnedMutexGuard::mutex(&guard).try_lock().is_err());
/// let tail = OwnedMutexGuard::map(guard, |name| &mut name[1..]);
/// assert_eq!(&*tail, "ueue");
/// ```
pub type OwnedMutexGuard<T> = Held<real::OwnedMutexGuard<T>, Arc<Mutex<T>>>;

/// The right to use a part of it; the mirror of [`tokio::sync::MappedMutexGuard`](real::MappedMutexGuard).
///
/// ```
/// use rehearsal::tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};
///
/// let pair = Mutex::new(((1, 2), 3));
/// let first = MutexGuard::map(pair.try_lock().unwrap(), |pair| &mut pair.0);
/// let mut second: MappedMutexGuard<u32> = MappedMutexGuard::map(first, |pair| &mut pair.1);
/// *second += 1;
/// drop(second);
/// assert_eq!(pair.try_lock().unwrap().0, (1, 3));
/// ```
pub type MappedMutexGuard<'a, T> = Held<real::MappedMutexGuard<'a, T>, &'a Tag>;

/// The same, with a share of the mutex; the mirror of
/// [`tokio::sync::OwnedMappedMutexGuard`](real::OwnedMappedMutexGuard).
///
/// ```
/// use rehearsal::tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
///
/// let pair = std::sync::Arc::new(Mutex::new((1, 2)));
/// let guard = pair.clone().try_lock_owned().unwrap();
/// let mut first: OwnedMappedMutexGuard<(u32, u32), u32> = OwnedMutexGuard::map(guard, |pair| &mut pair.0);
/// *first += 1;
/// drop(first);
/// assert_eq!(*pair.try_lock().unwrap(), (2, 2));
/// ```
pub type OwnedMappedMutexGuard<T, U = T> = Held<real::OwnedMappedMutexGuard<T, U>, Arc<Mutex<T>>>;

impl<T> Lock for Mutex<T> {
    fn tag(&self) -> &Tag {
        &self.tag
    }
}

impl<T> Lock for &Mutex<T> {
    fn tag(&self) -> &Tag {
        &self.tag
    }
}

impl<T> Mutex<T> {
    /// A mutex around `value`.
    ///
    /// ```
    /// assert_eq!(*rehearsal::tokio::sync::Mutex::new(7).try_lock().unwrap(), 7);
    /// ```
    pub fn new(value: T) -> Mutex<T> {
        Mutex::const_new(value)
    }

    /// The same, for a constant.
    ///
    /// ```
    /// use rehearsal::tokio::sync::Mutex;
    ///
    /// static COUNT: Mutex<u32> = Mutex::const_new(7);
    /// assert_eq!(*COUNT.try_lock().unwrap(), 7);
    /// ```
    pub const fn const_new(value: T) -> Mutex<T> {
        Mutex { real: Shelf::new(value, real::Mutex::new), tag: Tag::new() }
    }

    fn told(&self, place: Place) {
        self.tag.tell("lock", |line| {
            line.place(place);
        });
    }

    fn held<'a>(&'a self, real: real::MutexGuard<'a, T>, place: Place) -> MutexGuard<'a, T> {
        self.told(place);
        Held::new(real, self)
    }

    fn owned(self: Arc<Self>, real: real::OwnedMutexGuard<T>, place: Place) -> OwnedMutexGuard<T> {
        self.told(place);
        Held::new(real, self)
    }

    /// Waits for the lock.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let jobs = tokio::sync::Mutex::new(Vec::new());
    /// jobs.lock().await.push(1);
    /// assert_eq!(*jobs.lock().await, [1]);
    /// # }
    /// ```
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> {
        let place = Place::here();
        async move {
            let real =
                in_turn(self.tag.thing(), At { call: "lock", place }, self.real.lock().lock())
                    .await;
            self.held(real, place)
        }
    }

    /// Waits for the lock, blocking the thread. In a task it panics.
    ///
    /// ```
    /// assert_eq!(*rehearsal::tokio::sync::Mutex::new(7).blocking_lock(), 7);
    /// ```
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        let place = Place::here();
        let real = match Blocking::in_turn("blocking_lock()", place) {
            Some(blocking) => blocking.until(self.real.lock().lock()),
            None => self.real.lock().blocking_lock(),
        };
        self.held(real, place)
    }

    /// The same, with a share of the mutex.
    ///
    /// ```
    /// let count = std::sync::Arc::new(rehearsal::tokio::sync::Mutex::new(7));
    /// assert_eq!(*count.blocking_lock_owned(), 7);
    /// ```
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        let place = Place::here();
        let real = match Blocking::in_turn("blocking_lock_owned()", place) {
            Some(blocking) => blocking.until(self.real.lock().clone().lock_owned()),
            None => self.real.lock().clone().blocking_lock_owned(),
        };
        self.owned(real, place)
    }

    /// Waits for the lock, and keeps a share of the mutex with it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let count = std::sync::Arc::new(tokio::sync::Mutex::new(7));
    /// let guard = count.clone().lock_owned().await;
    /// tokio::spawn(async move { drop(guard) });
    /// assert_eq!(*count.lock().await, 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedMutexGuard<T>> {
        let place = Place::here();
        async move {
            let real = self.real.lock().clone().lock_owned();
            let real = in_turn(self.tag.thing(), At { call: "lock_owned", place }, real).await;
            self.owned(real, place)
        }
    }

    /// Takes the lock if it is free.
    ///
    /// ```
    /// let paper = rehearsal::tokio::sync::Mutex::new(1);
    /// let guard = paper.try_lock().unwrap();
    /// assert!(paper.try_lock().is_err());
    /// drop(guard);
    /// assert!(paper.try_lock().is_ok());
    /// ```
    #[track_caller]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        let place = Place::here();
        Ok(self.held(self.real.lock().try_lock()?, place))
    }

    /// The same, with a share of the mutex.
    ///
    /// ```
    /// let paper = std::sync::Arc::new(rehearsal::tokio::sync::Mutex::new(1));
    /// let _guard = paper.clone().try_lock_owned().unwrap();
    /// assert!(paper.try_lock_owned().is_err());
    /// ```
    #[track_caller]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        let place = Place::here();
        let real = self.real.lock().clone().try_lock_owned()?;
        Ok(self.owned(real, place))
    }

    /// The value, without locking: nobody else can have the mutex.
    ///
    /// ```
    /// let mut count = rehearsal::tokio::sync::Mutex::new(1);
    /// *count.get_mut() += 1;
    /// assert_eq!(count.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.real.get_mut().get_mut()
    }

    /// Takes the value out of the mutex.
    ///
    /// ```
    /// assert_eq!(rehearsal::tokio::sync::Mutex::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.real.into_inner().into_inner()
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Mutex<T> {
        Mutex::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<'a, T> Held<real::MutexGuard<'a, T>, &'a Mutex<T>> {
    /// The mutex of a guard.
    ///
    /// ```
    /// use rehearsal::tokio::sync::{Mutex, MutexGuard};
    ///
    /// let paper = Mutex::new(1);
    /// let guard = paper.try_lock().unwrap();
    /// assert!(MutexGuard::mutex(&guard).try_lock().is_err());
    /// ```
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.lock()
    }
}

impl<T> Held<real::OwnedMutexGuard<T>, Arc<Mutex<T>>> {
    /// The mutex of a guard.
    ///
    /// ```
    /// use rehearsal::tokio::sync::{Mutex, OwnedMutexGuard};
    ///
    /// let paper = std::sync::Arc::new(Mutex::new(1));
    /// let guard = paper.try_lock_owned().unwrap();
    /// assert!(OwnedMutexGuard::mutex(&guard).try_lock().is_err());
    /// ```
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        this.lock()
    }
}

maps! {
    "Mutex::new((1, 2)))", "MutexGuard", "let guard = pair.try_lock().unwrap();", "&mut", (mut);
    ['a, T] real::MutexGuard<'a, T>, &'a Mutex<T>, T
        => [U: ?Sized] real::MappedMutexGuard<'a, U>, &'a Tag, |mutex| &mutex.tag
}

maps! {
    "Mutex::new((1, 2)))", "OwnedMutexGuard", "let guard = pair.try_lock_owned().unwrap();", "&mut", (mut);
    [T] real::OwnedMutexGuard<T>, Arc<Mutex<T>>, T
        => [U: ?Sized] real::OwnedMappedMutexGuard<T, U>, Arc<Mutex<T>>, |mutex| mutex
}

maps! {
    "Mutex::new((1, 2)))", "MappedMutexGuard",
    "let guard = MutexGuard::map(pair.try_lock().unwrap(), |pair| pair);", "&mut", (mut);
    ['a, T: ?Sized] real::MappedMutexGuard<'a, T>, &'a Tag, T
        => [U] real::MappedMutexGuard<'a, U>, &'a Tag, |tag| tag
}

maps! {
    "Mutex::new((1, 2)))", "OwnedMappedMutexGuard",
    "let guard = OwnedMutexGuard::map(pair.try_lock_owned().unwrap(), |pair| pair);", "&mut", (mut);
    [O, T: ?Sized] real::OwnedMappedMutexGuard<O, T>, Arc<Mutex<O>>, T
        => [U] real::OwnedMappedMutexGuard<O, U>, Arc<Mutex<O>>, |mutex| mutex
}
