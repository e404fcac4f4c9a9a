//! A semaphore, and its permits.

use super::{Blocking, wire::Tag};
use crate::{
    place::Place,
    stage::{At, Stage},
    tokio::turn::in_turn,
};
use ::tokio::sync::{self as real, AcquireError, TryAcquireError};
use std::{fmt, future::Future, ops::Deref, sync::Arc};

/// A number of permits; the mirror of [`tokio::sync::Semaphore`](real::Semaphore).
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let permits = tokio::sync::Semaphore::new(2);
/// let one = permits.acquire().await.unwrap();
/// assert_eq!(permits.available_permits(), 1);
/// drop(one);
/// permits.close();
/// assert!(permits.is_closed() && permits.acquire().await.is_err());
/// # }
/// ```
pub struct Semaphore {
    real: real::Semaphore,
    tag: Tag,
}

/// One permit or several; the mirror of [`tokio::sync::SemaphorePermit`](real::SemaphorePermit).
///
/// ```
/// let permits = rehearsal::tokio::sync::Semaphore::new(3);
/// let two = permits.try_acquire_many(2).unwrap();
/// assert_eq!(two.num_permits(), 2);
/// ```
#[must_use = "if unused the permits are given back at once"]
#[derive(Debug)]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    permits: usize,
}

/// One permit or several, and a share of the semaphore; the mirror of
/// [`tokio::sync::OwnedSemaphorePermit`](real::OwnedSemaphorePermit).
///
/// ```
/// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(3));
/// let two = permits.clone().try_acquire_many_owned(2).unwrap();
/// assert_eq!((two.num_permits(), permits.available_permits()), (2, 1));
/// ```
#[must_use = "if unused the permits are given back at once"]
#[derive(Debug)]
pub struct OwnedSemaphorePermit {
    semaphore: Arc<Semaphore>,
    permits: usize,
}

impl Semaphore {
    /// As many as there can be.
    ///
    /// ```
    /// use rehearsal::tokio::sync::Semaphore;
    ///
    /// assert_eq!(Semaphore::new(Semaphore::MAX_PERMITS).available_permits(), Semaphore::MAX_PERMITS);
    /// ```
    pub const MAX_PERMITS: usize = real::Semaphore::MAX_PERMITS;

    /// So many permits, all of which are free.
    ///
    /// ```
    /// assert_eq!(rehearsal::tokio::sync::Semaphore::new(2).available_permits(), 2);
    /// ```
    #[track_caller]
    pub fn new(permits: usize) -> Semaphore {
        Stage::loses_sight();
        Semaphore { real: real::Semaphore::new(permits), tag: Tag::new() }
    }

    /// The same, for a constant.
    ///
    /// ```
    /// use rehearsal::tokio::sync::Semaphore;
    ///
    /// static PERMITS: Semaphore = Semaphore::const_new(2);
    /// assert_eq!(PERMITS.available_permits(), 2);
    /// ```
    pub const fn const_new(permits: usize) -> Semaphore {
        Semaphore { real: real::Semaphore::const_new(permits), tag: Tag::new() }
    }

    fn tell(&self, event: &str, permits: usize, place: Option<Place>) {
        self.tag.tell(event, |line| {
            line.number("permits", permits).number("free", self.real.available_permits());
            if let Some(place) = place {
                line.place(place);
            }
        });
    }

    /// Keeps permits that tokio has given.
    fn keep(&self, real: real::SemaphorePermit<'_>, place: Place) -> usize {
        let permits = real.num_permits();
        real.forget();
        self.tell("acquire", permits, Some(place));
        permits
    }

    fn give_back(&self, permits: usize) {
        self.real.add_permits(permits);
        self.tell("release", permits, None);
    }

    fn lend(
        &self,
        acquired: Result<real::SemaphorePermit<'_>, AcquireError>,
        place: Place,
    ) -> Result<SemaphorePermit<'_>, AcquireError> {
        let permits = self.keep(acquired?, place);
        Ok(SemaphorePermit { semaphore: self, permits })
    }

    /// Makes permits that nobody had.
    ///
    /// ```
    /// let permits = rehearsal::tokio::sync::Semaphore::new(0);
    /// permits.add_permits(2);
    /// assert_eq!(permits.available_permits(), 2);
    /// ```
    #[track_caller]
    pub fn add_permits(&self, permits: usize) {
        self.real.add_permits(permits);
        self.tell("release", permits, Some(Place::here()));
    }

    /// Takes free permits away for good, at most `permits`; tells how many.
    ///
    /// ```
    /// let permits = rehearsal::tokio::sync::Semaphore::new(2);
    /// assert_eq!(permits.forget_permits(3), 2);
    /// ```
    #[track_caller]
    pub fn forget_permits(&self, permits: usize) -> usize {
        let taken = self.real.forget_permits(permits);
        self.tell("acquire", taken, Some(Place::here()));
        taken
    }

    /// Waits for a permit. `Err` when the semaphore is closed.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let permits = tokio::sync::Semaphore::new(1);
    /// let permit = permits.acquire().await.unwrap();
    /// assert!(permits.try_acquire().is_err());
    /// drop(permit);
    /// # }
    /// ```
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        let place = Place::here();
        async move {
            let real =
                in_turn(self.tag.thing(), At { call: "acquire", place }, self.real.acquire()).await;
            self.lend(real, place)
        }
    }

    /// Waits for `n` permits at once.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let permits = tokio::sync::Semaphore::new(3);
    /// let two = permits.acquire_many(2).await.unwrap();
    /// assert_eq!((two.num_permits(), permits.available_permits()), (2, 1));
    /// # }
    /// ```
    #[track_caller]
    pub fn acquire_many(
        &self,
        n: u32,
    ) -> impl Future<Output = Result<SemaphorePermit<'_>, AcquireError>> {
        let place = Place::here();
        async move {
            let real = in_turn(
                self.tag.thing(),
                At { call: "acquire_many", place },
                self.real.acquire_many(n),
            )
            .await;
            self.lend(real, place)
        }
    }

    /// Takes a permit if one is free.
    ///
    /// ```
    /// let permits = rehearsal::tokio::sync::Semaphore::new(1);
    /// let _permit = permits.try_acquire().unwrap();
    /// assert!(permits.try_acquire().is_err());
    /// ```
    #[track_caller]
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if so many are free.
    ///
    /// ```
    /// let permits = rehearsal::tokio::sync::Semaphore::new(1);
    /// assert!(permits.try_acquire_many(2).is_err());
    /// ```
    #[track_caller]
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        let place = Place::here();
        Stage::loses_sight();
        let permits = self.keep(self.real.try_acquire_many(n)?, place);
        Ok(SemaphorePermit { semaphore: self, permits })
    }

    /// Waits for a permit, blocking the thread. In a task it panics.
    ///
    /// ```
    /// let permits = rehearsal::tokio::sync::Semaphore::new(1);
    /// let _permit = permits.blocking_acquire().unwrap();
    /// assert_eq!(permits.available_permits(), 0);
    /// ```
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        let place = Place::here();
        let acquired = match Blocking::in_turn("blocking_acquire()", place) {
            Some(blocking) => blocking.until(self.real.acquire()),
            None => self.real.blocking_acquire(),
        };
        self.lend(acquired, place)
    }

    /// Waits for `n` permits at once, blocking the thread. In a task it panics.
    ///
    /// ```
    /// let permits = rehearsal::tokio::sync::Semaphore::new(2);
    /// assert_eq!(permits.blocking_acquire_many(2).unwrap().num_permits(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        let place = Place::here();
        let acquired = match Blocking::in_turn("blocking_acquire_many()", place) {
            Some(blocking) => blocking.until(self.real.acquire_many(n)),
            None => self.real.blocking_acquire_many(n),
        };
        self.lend(acquired, place)
    }
}

/// Permits with a share of the semaphore.
impl Semaphore {
    /// Waits for a permit, and keeps a share of the semaphore with it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(1));
    /// let permit = permits.clone().acquire_owned().await.unwrap();
    /// tokio::spawn(async move { drop(permit) });
    /// permits.acquire_owned().await.unwrap();
    /// # }
    /// ```
    #[track_caller]
    pub fn acquire_owned(
        self: Arc<Self>,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        self.acquire_many_owned(1)
    }

    /// The same, for `n` permits at once.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(2));
    /// assert_eq!(permits.acquire_many_owned(2).await.unwrap().num_permits(), 2);
    /// # }
    /// ```
    #[track_caller]
    pub fn acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> impl Future<Output = Result<OwnedSemaphorePermit, AcquireError>> {
        let place = Place::here();
        async move {
            let real = in_turn(
                self.tag.thing(),
                At { call: "acquire_many_owned", place },
                self.real.acquire_many(n),
            )
            .await?;
            let permits = self.keep(real, place);
            Ok(OwnedSemaphorePermit { semaphore: self, permits })
        }
    }

    /// Takes a permit if one is free, and keeps a share of the semaphore with it.
    ///
    /// ```
    /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(1));
    /// let _permit = permits.clone().try_acquire_owned().unwrap();
    /// assert!(permits.try_acquire_owned().is_err());
    /// ```
    #[track_caller]
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// The same, for `n` permits at once.
    ///
    /// ```
    /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(1));
    /// assert!(permits.try_acquire_many_owned(2).is_err());
    /// ```
    #[track_caller]
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        let place = Place::here();
        Stage::loses_sight();
        let permits = self.keep(self.real.try_acquire_many(n)?, place);
        Ok(OwnedSemaphorePermit { semaphore: self, permits })
    }

    /// Waits for a permit, blocking the thread, and keeps a share of the semaphore with it.
    ///
    /// ```
    /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(1));
    /// assert_eq!(permits.blocking_acquire_owned().unwrap().num_permits(), 1);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.blocking_acquire_many_owned(1)
    }

    /// The same, for `n` permits at once.
    ///
    /// ```
    /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(2));
    /// assert_eq!(permits.blocking_acquire_many_owned(2).unwrap().num_permits(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        let mut lent = self.blocking_acquire_many(n)?;
        let permits = std::mem::take(&mut lent.permits);
        drop(lent);
        Ok(OwnedSemaphorePermit { semaphore: self, permits })
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl Deref for Semaphore {
    type Target = real::Semaphore;

    fn deref(&self) -> &real::Semaphore {
        Stage::loses_sight();
        &self.real
    }
}

macro_rules! permits {
    ($permit:ty, $semaphore:ty, $acquire:literal) => {
        impl $permit {
            /// Keeps the permits for good: the semaphore has fewer from now on.
            ///
            /// ```
            /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(1));
            #[doc = concat!($acquire, "(1).unwrap().forget();")]
            /// assert_eq!(permits.available_permits(), 0);
            /// ```
            pub fn forget(mut self) {
                self.permits = 0;
            }

            /// Joins others to these.
            ///
            /// ```
            /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(3));
            #[doc = concat!("let mut one = ", $acquire, "(1).unwrap();")]
            #[doc = concat!("one.merge(", $acquire, "(2).unwrap());")]
            /// assert_eq!(one.num_permits(), 3);
            /// ```
            #[track_caller]
            pub fn merge(&mut self, mut other: Self) {
                assert!(
                    std::ptr::eq::<Semaphore>(&*self.semaphore, &*other.semaphore),
                    "merging permits from different semaphore instances"
                );
                self.permits += std::mem::take(&mut other.permits);
            }

            /// Parts `n` from these, if there are so many.
            ///
            /// ```
            /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(3));
            #[doc = concat!("let mut three = ", $acquire, "(3).unwrap();")]
            /// let one = three.split(1).unwrap();
            /// assert_eq!((one.num_permits(), three.num_permits()), (1, 2));
            /// assert!(three.split(3).is_none());
            /// ```
            pub fn split(&mut self, n: usize) -> Option<Self> {
                self.permits = self.permits.checked_sub(n)?;
                Some(Self { semaphore: self.semaphore.clone(), permits: n })
            }

            /// Whose they are.
            ///
            /// ```
            /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(3));
            #[doc = concat!("let one = ", $acquire, "(1).unwrap();")]
            /// assert_eq!(one.semaphore().available_permits(), 2);
            /// ```
            pub fn semaphore(&self) -> $semaphore {
                &self.semaphore
            }

            /// How many they are.
            ///
            /// ```
            /// let permits = std::sync::Arc::new(rehearsal::tokio::sync::Semaphore::new(3));
            #[doc = concat!("assert_eq!(", $acquire, "(2).unwrap().num_permits(), 2);")]
            /// ```
            pub fn num_permits(&self) -> usize {
                self.permits
            }
        }

        impl Drop for $permit {
            fn drop(&mut self) {
                // Those that were forgotten, or handed to others, are none.
                if self.permits > 0 {
                    self.semaphore.give_back(self.permits);
                }
            }
        }
    };
}

permits!(SemaphorePermit<'_>, &Semaphore, "permits.try_acquire_many");
permits!(OwnedSemaphorePermit, &Arc<Semaphore>, "permits.clone().try_acquire_many_owned");
