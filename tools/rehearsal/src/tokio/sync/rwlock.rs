//! A lock for many readers or one writer that tasks wait for.

mod guards;

use super::{
    Blocking,
    guard::{Held, Lock},
    shelf::Shelf,
    wire::Tag,
};
use crate::{place::Place, stage::At, tokio::turn::in_turn};
use ::tokio::sync::{self as real, TryLockError};
use std::{fmt, future::Future, sync::Arc};

pub use guards::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};

/// A lock for many readers or one writer; the mirror of [`tokio::sync::RwLock`](real::RwLock).
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let prices = tokio::sync::RwLock::new(vec![1]);
/// prices.write().await.push(2);
/// assert_eq!(*prices.read().await, [1, 2]);
/// # }
/// ```
pub struct RwLock<T> {
    real: Shelf<real::RwLock<T>, (T, u32)>,
    tag: Tag,
}

impl<T> Lock for RwLock<T> {
    fn tag(&self) -> &Tag {
        &self.tag
    }
}

impl<T> RwLock<T> {
    /// A lock around `value`.
    ///
    /// ```
    /// assert_eq!(*rehearsal::tokio::sync::RwLock::new(7).try_read().unwrap(), 7);
    /// ```
    pub fn new(value: T) -> RwLock<T> {
        RwLock::const_new(value)
    }

    /// The same, for a constant.
    ///
    /// ```
    /// use rehearsal::tokio::sync::RwLock;
    ///
    /// static PRICE: RwLock<u32> = RwLock::const_new(7);
    /// assert_eq!(*PRICE.try_read().unwrap(), 7);
    /// ```
    pub const fn const_new(value: T) -> RwLock<T> {
        let real = Shelf::new((value, 0), |(value, _)| real::RwLock::new(value));
        RwLock { real, tag: Tag::new() }
    }

    /// A lock that not more than `max_reads` can read at once.
    ///
    /// ```
    /// let price = rehearsal::tokio::sync::RwLock::with_max_readers(7, 1);
    /// let _reader = price.try_read().unwrap();
    /// assert!(price.try_read().is_err());
    /// ```
    #[track_caller]
    pub fn with_max_readers(value: T, max_reads: u32) -> RwLock<T> {
        let lock = RwLock::const_with_max_readers(value, max_reads);
        lock.real.lock();
        lock
    }

    /// The same, for a constant.
    ///
    /// ```
    /// use rehearsal::tokio::sync::RwLock;
    ///
    /// static PRICE: RwLock<u32> = RwLock::const_with_max_readers(7, 2);
    /// assert_eq!(*PRICE.try_read().unwrap(), 7);
    /// ```
    pub const fn const_with_max_readers(value: T, max_reads: u32) -> RwLock<T> {
        // Tokio's own words, and here at once: its lock is made later.
        assert!(max_reads > 0, "a RwLock may not be created with 0 readers");
        let real = Shelf::new((value, max_reads), |(value, most)| {
            real::RwLock::with_max_readers(value, most)
        });
        RwLock { real, tag: Tag::new() }
    }

    fn told<G, L: Lock>(&self, real: G, lock: L, place: Place) -> Held<G, L> {
        self.tag.tell("lock", |line| {
            line.place(place);
        });
        Held::new(real, lock)
    }

    /// Waits for the right to read.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let price = tokio::sync::RwLock::new(7);
    /// let (one, other) = (price.read().await, price.read().await);
    /// assert_eq!(*one, *other);
    /// # }
    /// ```
    #[track_caller]
    pub fn read(&self) -> impl Future<Output = RwLockReadGuard<'_, T>> {
        let place = Place::here();
        async move {
            let real =
                in_turn(self.tag.thing(), At { call: "read", place }, self.real.lock().read())
                    .await;
            self.told(real, &self.tag, place)
        }
    }

    /// Waits for the right to read, blocking the thread. In a task it panics.
    ///
    /// ```
    /// assert_eq!(*rehearsal::tokio::sync::RwLock::new(7).blocking_read(), 7);
    /// ```
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        let place = Place::here();
        let real = match Blocking::in_turn("blocking_read()", place) {
            Some(blocking) => blocking.until(self.real.lock().read()),
            None => self.real.lock().blocking_read(),
        };
        self.told(real, &self.tag, place)
    }

    /// Waits for the right to read, and keeps a share of the lock with it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let price = std::sync::Arc::new(tokio::sync::RwLock::new(7));
    /// assert_eq!(*price.read_owned().await, 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockReadGuard<T>> {
        let place = Place::here();
        async move {
            let real = self.real.lock().clone().read_owned();
            let real = in_turn(self.tag.thing(), At { call: "read_owned", place }, real).await;
            self.told(real, self.clone(), place)
        }
    }

    /// Takes the right to read if it can be had now.
    ///
    /// ```
    /// let price = rehearsal::tokio::sync::RwLock::new(7);
    /// let _writer = price.try_write().unwrap();
    /// assert!(price.try_read().is_err());
    /// ```
    #[track_caller]
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        let place = Place::here();
        Ok(self.told(self.real.lock().try_read()?, &self.tag, place))
    }

    /// The same, with a share of the lock.
    ///
    /// ```
    /// let price = std::sync::Arc::new(rehearsal::tokio::sync::RwLock::new(7));
    /// assert_eq!(*price.try_read_owned().unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        let place = Place::here();
        let real = self.real.lock().clone().try_read_owned()?;
        Ok(self.told(real, self.clone(), place))
    }

    /// Waits for the right to change the value.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let price = tokio::sync::RwLock::new(7);
    /// *price.write().await += 1;
    /// assert_eq!(*price.read().await, 8);
    /// # }
    /// ```
    #[track_caller]
    pub fn write(&self) -> impl Future<Output = RwLockWriteGuard<'_, T>> {
        let place = Place::here();
        async move {
            let real =
                in_turn(self.tag.thing(), At { call: "write", place }, self.real.lock().write())
                    .await;
            self.told(real, &self.tag, place)
        }
    }

    /// Waits for the right to change the value, blocking the thread. In a task it panics.
    ///
    /// ```
    /// *rehearsal::tokio::sync::RwLock::new(7).blocking_write() += 1;
    /// ```
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        let place = Place::here();
        let real = match Blocking::in_turn("blocking_write()", place) {
            Some(blocking) => blocking.until(self.real.lock().write()),
            None => self.real.lock().blocking_write(),
        };
        self.told(real, &self.tag, place)
    }

    /// Waits for the right to change the value, and keeps a share of the lock with it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let price = std::sync::Arc::new(tokio::sync::RwLock::new(7));
    /// *price.clone().write_owned().await += 1;
    /// assert_eq!(*price.read().await, 8);
    /// # }
    /// ```
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockWriteGuard<T>> {
        let place = Place::here();
        async move {
            let real = self.real.lock().clone().write_owned();
            let real = in_turn(self.tag.thing(), At { call: "write_owned", place }, real).await;
            self.told(real, self.clone(), place)
        }
    }

    /// Takes the right to change the value if it can be had now.
    ///
    /// ```
    /// let price = rehearsal::tokio::sync::RwLock::new(7);
    /// let _reader = price.try_read().unwrap();
    /// assert!(price.try_write().is_err());
    /// ```
    #[track_caller]
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        let place = Place::here();
        Ok(self.told(self.real.lock().try_write()?, &self.tag, place))
    }

    /// The same, with a share of the lock.
    ///
    /// ```
    /// let price = std::sync::Arc::new(rehearsal::tokio::sync::RwLock::new(7));
    /// *price.try_write_owned().unwrap() += 1;
    /// ```
    #[track_caller]
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        let place = Place::here();
        let real = self.real.lock().clone().try_write_owned()?;
        Ok(self.told(real, self.clone(), place))
    }

    /// The value, without locking: nobody else can have the lock.
    ///
    /// ```
    /// let mut price = rehearsal::tokio::sync::RwLock::new(7);
    /// *price.get_mut() += 1;
    /// assert_eq!(price.into_inner(), 8);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.real.get_mut().get_mut()
    }

    /// Takes the value out of the lock.
    ///
    /// ```
    /// assert_eq!(rehearsal::tokio::sync::RwLock::new(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.real.into_inner().into_inner()
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> RwLock<T> {
        RwLock::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> RwLock<T> {
        RwLock::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
