//! A guard of tokio's, with whose end the tape is told that the lock is free.

use super::wire::Tag;
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// The right to use what a lock guards. The guards of [`Mutex`](super::Mutex) and [`RwLock`](super::RwLock)
/// are all of this type, each over tokio's own, and each known by its own name.
///
/// ```
/// use rehearsal::tokio::sync::{Mutex, MutexGuard};
///
/// let paper = Mutex::new(1);
/// let mut guard: MutexGuard<u32> = paper.try_lock().unwrap();
/// *guard += 1;
/// assert_eq!(*guard, 2);
/// assert!(paper.try_lock().is_err());
/// ```
#[must_use = "if unused the lock is free again at once"]
pub struct Held<G, L: Lock>(Option<(G, L)>);

/// A lock, as its guard knows it.
#[doc(hidden)]
pub trait Lock {
    fn tag(&self) -> &Tag;
}

impl Lock for &Tag {
    fn tag(&self) -> &Tag {
        self
    }
}

impl<L: Lock + ?Sized> Lock for Arc<L> {
    fn tag(&self) -> &Tag {
        (**self).tag()
    }
}

const WHOLE: &str = "a guard is in one piece while it can be used";

impl<G, L: Lock> Held<G, L> {
    pub(super) fn new(real: G, lock: L) -> Held<G, L> {
        Held(Some((real, lock)))
    }

    pub(super) fn lock(&self) -> &L {
        &self.0.as_ref().expect(WHOLE).1
    }

    pub(super) fn into_parts(mut self) -> (G, L) {
        self.0.take().expect(WHOLE)
    }

    /// The same hold on the lock, by another guard.
    pub(super) fn turned<H, M: Lock>(
        self,
        guard: impl FnOnce(G) -> H,
        lock: impl FnOnce(L) -> M,
    ) -> Held<H, M> {
        let (real, held) = self.into_parts();
        Held::new(guard(real), lock(held))
    }

    /// The same, unless tokio gives the guard back.
    pub(super) fn try_turned<H, M: Lock>(
        self,
        guard: impl FnOnce(G) -> Result<H, G>,
        lock: impl FnOnce(L) -> M,
    ) -> Result<Held<H, M>, Self> {
        let (real, held) = self.into_parts();
        match guard(real) {
            Ok(real) => Ok(Held::new(real, lock(held))),
            Err(real) => Err(Held::new(real, held)),
        }
    }
}

impl<G, L: Lock> Drop for Held<G, L> {
    fn drop(&mut self) {
        if let Some((real, lock)) = self.0.take() {
            drop(real);
            lock.tag().tell("unlock", |_| {});
        }
    }
}

impl<G: Deref, L: Lock> Deref for Held<G, L> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.0.as_ref().expect(WHOLE).0
    }
}

impl<G: DerefMut, L: Lock> DerefMut for Held<G, L> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.0.as_mut().expect(WHOLE).0
    }
}

impl<G: fmt::Debug, L: Lock> fmt::Debug for Held<G, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().expect(WHOLE).0.fmt(f)
    }
}

impl<G: fmt::Display, L: Lock> fmt::Display for Held<G, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().expect(WHOLE).0.fmt(f)
    }
}

/// The functions that cut a guard to a part of what it guards: `map` and `try_map`.
///
/// First what the examples need: how a guard is made, its name, and what turns it into a mapped one.
macro_rules! maps {
    (
        $make:literal, $name:literal, $turn:literal, $reference:literal, ($($mutable:tt)?);
        [$($generics:tt)*] $guard:ty, $lock:ty, $target:ident => [$u:ident $(: ?$sized:ident)?] $mapped:ty, $kept:ty, $keep:expr
    ) => {
        impl<$($generics)*> Held<$guard, $lock> {
            /// The right to use a part of it alone.
            ///
            /// ```
            /// # use rehearsal::tokio::sync::*;
            #[doc = concat!("let pair = std::sync::Arc::new(", $make, ";")]
            #[doc = $turn]
            #[doc = concat!("let first = ", $name, "::map(guard, |pair| ", $reference, " pair.0);")]
            /// assert_eq!(*first, 1);
            /// ```
            pub fn map<$u $(: ?$sized)?>(
                this: Self,
                part: impl FnOnce(&$($mutable)? $target) -> &$($mutable)? $u,
            ) -> Held<$mapped, $kept> {
                this.turned(|real| <$guard>::map(real, part), $keep)
            }

            /// The right to use a part of it alone, if it is there. `Err` gives the guard back.
            ///
            /// ```
            /// # use rehearsal::tokio::sync::*;
            #[doc = concat!("let pair = std::sync::Arc::new(", $make, ";")]
            #[doc = $turn]
            #[doc = concat!("let second = ", $name, "::try_map(guard, |pair| Some(", $reference, " pair.1));")]
            /// assert_eq!(*second.unwrap(), 2);
            /// ```
            pub fn try_map<$u $(: ?$sized)?>(
                this: Self,
                part: impl FnOnce(&$($mutable)? $target) -> Option<&$($mutable)? $u>,
            ) -> Result<Held<$mapped, $kept>, Self> {
                this.try_turned(|real| <$guard>::try_map(real, part), $keep)
            }
        }
    };
}
pub(super) use maps;
