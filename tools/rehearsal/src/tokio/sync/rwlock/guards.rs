//! The guards of readers and of writers.

use super::RwLock;
use crate::tokio::sync::{
    guard::{Held, maps},
    wire::Tag,
};
use ::tokio::sync as real;
use std::sync::Arc;

/// The right to read; the mirror of [`tokio::sync::RwLockReadGuard`](real::RwLockReadGuard).
///
/// ```
/// use rehearsal::tokio::sync::{RwLock, RwLockReadGuard};
///
/// let price = RwLock::new(7);
/// let reader: RwLockReadGuard<u32> = price.try_read().unwrap();
/// assert_eq!(*reader, 7);
/// ```
pub type RwLockReadGuard<'a, T> = Held<real::RwLockReadGuard<'a, T>, &'a Tag>;

/// The right to change the value; the mirror of [`tokio::sync::RwLockWriteGuard`](real::RwLockWriteGuard).
///
/// ```
/// use rehearsal::tokio::sync::{RwLock, RwLockWriteGuard};
///
/// let price = RwLock::new(7);
/// let mut writer: RwLockWriteGuard<u32> = price.try_write().unwrap();
/// *writer += 1;
/// assert_eq!(*writer.downgrade(), 8);
/// ```
pub type RwLockWriteGuard<'a, T> = Held<real::RwLockWriteGuard<'a, T>, &'a Tag>;

/// The right to change a part of the value; the mirror of
/// [`tokio::sync::RwLockMappedWriteGuard`](real::RwLockMappedWriteGuard).
///
/// ```
/// use rehearsal::tokio::sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
///
/// let pair = RwLock::new((1, 2));
/// let mut first: RwLockMappedWriteGuard<u32> =
///     RwLockWriteGuard::map(pair.try_write().unwrap(), |pair| &mut pair.0);
/// *first += 1;
/// drop(first);
/// assert_eq!(*pair.try_read().unwrap(), (2, 2));
/// ```
pub type RwLockMappedWriteGuard<'a, T> = Held<real::RwLockMappedWriteGuard<'a, T>, &'a Tag>;

/// The right to read, with a share of the lock; the mirror of
/// [`tokio::sync::OwnedRwLockReadGuard`](real::OwnedRwLockReadGuard).
///
/// ```
/// use rehearsal::tokio::sync::{OwnedRwLockReadGuard, RwLock};
///
/// let price = std::sync::Arc::new(RwLock::new(7));
/// let reader: OwnedRwLockReadGuard<u32> = price.try_read_owned().unwrap();
/// assert_eq!(*reader, 7);
/// ```
pub type OwnedRwLockReadGuard<T, U = T> = Held<real::OwnedRwLockReadGuard<T, U>, Arc<RwLock<T>>>;

/// The right to change the value, with a share of the lock; the mirror of
/// [`tokio::sync::OwnedRwLockWriteGuard`](real::OwnedRwLockWriteGuard).
///
/// ```
/// use rehearsal::tokio::sync::{OwnedRwLockWriteGuard, RwLock};
///
/// let price = std::sync::Arc::new(RwLock::new(7));
/// let mut writer: OwnedRwLockWriteGuard<u32> = price.try_write_owned().unwrap();
/// *writer += 1;
/// assert_eq!(*writer.downgrade(), 8);
/// ```
pub type OwnedRwLockWriteGuard<T> = Held<real::OwnedRwLockWriteGuard<T>, Arc<RwLock<T>>>;

/// The right to change a part of the value, with a share of the lock; the mirror of
/// [`tokio::sync::OwnedRwLockMappedWriteGuard`](real::OwnedRwLockMappedWriteGuard).
///
/// ```
/// use rehearsal::tokio::sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
///
/// let pair = std::sync::Arc::new(RwLock::new((1, 2)));
/// let mut first: OwnedRwLockMappedWriteGuard<(u32, u32), u32> =
///     OwnedRwLockWriteGuard::map(pair.clone().try_write_owned().unwrap(), |pair| &mut pair.0);
/// *first += 1;
/// drop(first);
/// assert_eq!(*pair.try_read().unwrap(), (2, 2));
/// ```
pub type OwnedRwLockMappedWriteGuard<T, U = T> =
    Held<real::OwnedRwLockMappedWriteGuard<T, U>, Arc<RwLock<T>>>;

maps! {
    "RwLock::new((1, 2)))", "RwLockReadGuard", "let guard = pair.try_read().unwrap();", "&", ();
    ['a, T: ?Sized] real::RwLockReadGuard<'a, T>, &'a Tag, T
        => [U: ?Sized] real::RwLockReadGuard<'a, U>, &'a Tag, |tag| tag
}

maps! {
    "RwLock::new((1, 2)))", "OwnedRwLockReadGuard", "let guard = pair.try_read_owned().unwrap();", "&", ();
    [O, T: ?Sized] real::OwnedRwLockReadGuard<O, T>, Arc<RwLock<O>>, T
        => [U: ?Sized] real::OwnedRwLockReadGuard<O, U>, Arc<RwLock<O>>, |lock| lock
}

maps! {
    "RwLock::new((1, 2)))", "RwLockWriteGuard", "let guard = pair.try_write().unwrap();", "&mut", (mut);
    ['a, T: ?Sized] real::RwLockWriteGuard<'a, T>, &'a Tag, T
        => [U: ?Sized] real::RwLockMappedWriteGuard<'a, U>, &'a Tag, |tag| tag
}

maps! {
    "RwLock::new((1, 2)))", "OwnedRwLockWriteGuard",
    "let guard = pair.try_write_owned().unwrap();", "&mut", (mut);
    [T] real::OwnedRwLockWriteGuard<T>, Arc<RwLock<T>>, T
        => [U: ?Sized] real::OwnedRwLockMappedWriteGuard<T, U>, Arc<RwLock<T>>, |lock| lock
}

maps! {
    "RwLock::new((1, 2)))", "RwLockMappedWriteGuard",
    "let guard = RwLockWriteGuard::into_mapped(pair.try_write().unwrap());", "&mut", (mut);
    ['a, T: ?Sized] real::RwLockMappedWriteGuard<'a, T>, &'a Tag, T
        => [U: ?Sized] real::RwLockMappedWriteGuard<'a, U>, &'a Tag, |tag| tag
}

maps! {
    "RwLock::new((1, 2)))", "OwnedRwLockMappedWriteGuard",
    "let guard = OwnedRwLockWriteGuard::into_mapped(pair.try_write_owned().unwrap());", "&mut", (mut);
    [O, T: ?Sized] real::OwnedRwLockMappedWriteGuard<O, T>, Arc<RwLock<O>>, T
        => [U: ?Sized] real::OwnedRwLockMappedWriteGuard<O, U>, Arc<RwLock<O>>, |lock| lock
}

/// What a writer can turn into.
macro_rules! writes {
    ($make:literal, $name:literal; [$($generics:tt)*] $guard:ty, $lock:ty, $target:ty
        => $reader:ty, [$u:ident] $part:ty, $mapped:ty
    ) => {
        impl<$($generics)*> Held<$guard, $lock> {
            /// The right to read, without letting another writer in between.
            ///
            /// ```
            /// # use rehearsal::tokio::sync::*;
            /// let price = std::sync::Arc::new(RwLock::new(7));
            #[doc = concat!("let reader = price", $make, ".unwrap().downgrade();")]
            /// assert!(*reader == 7 && price.try_read().is_ok());
            /// ```
            pub fn downgrade(self) -> Held<$reader, $lock> {
                self.turned(|real| real.downgrade(), |lock| lock)
            }

            /// The same, to read a part alone.
            ///
            /// ```
            /// # use rehearsal::tokio::sync::*;
            /// let pair = std::sync::Arc::new(RwLock::new((1, 2)));
            #[doc = concat!("let writer = pair", $make, ".unwrap();")]
            #[doc = concat!("assert_eq!(*", $name, "::downgrade_map(writer, |pair| &pair.0), 1);")]
            /// ```
            pub fn downgrade_map<$u: ?Sized>(
                this: Self,
                part: impl FnOnce(&$target) -> &$u,
            ) -> Held<$part, $lock> {
                this.turned(|real| <$guard>::downgrade_map(real, part), |lock| lock)
            }

            /// The same, if the part is there. `Err` gives the guard back.
            ///
            /// ```
            /// # use rehearsal::tokio::sync::*;
            /// let pair = std::sync::Arc::new(RwLock::new((1, 2)));
            #[doc = concat!("let writer = pair", $make, ".unwrap();")]
            #[doc = concat!("let part = ", $name, "::try_downgrade_map(writer, |pair| Some(&pair.0));")]
            /// assert_eq!(*part.unwrap(), 1);
            /// ```
            pub fn try_downgrade_map<$u: ?Sized>(
                this: Self,
                part: impl FnOnce(&$target) -> Option<&$u>,
            ) -> Result<Held<$part, $lock>, Self> {
                this.try_turned(|real| <$guard>::try_downgrade_map(real, part), |lock| lock)
            }

            /// The guard of a part, where the part is all of it.
            ///
            /// ```
            /// # use rehearsal::tokio::sync::*;
            /// let price = std::sync::Arc::new(RwLock::new(7));
            #[doc = concat!("let mut writer = ", $name, "::into_mapped(price", $make, ".unwrap());")]
            /// *writer += 1;
            /// ```
            pub fn into_mapped(this: Self) -> Held<$mapped, $lock> {
                this.turned(<$guard>::into_mapped, |lock| lock)
            }
        }
    };
}

writes! {
    ".clone().try_write_owned()", "OwnedRwLockWriteGuard";
    [T] real::OwnedRwLockWriteGuard<T>, Arc<RwLock<T>>, T
        => real::OwnedRwLockReadGuard<T>, [U] real::OwnedRwLockReadGuard<T, U>, real::OwnedRwLockMappedWriteGuard<T>
}

writes! {
    ".try_write()", "RwLockWriteGuard";
    ['a, T: ?Sized] real::RwLockWriteGuard<'a, T>, &'a Tag, T
        => real::RwLockReadGuard<'a, T>, [U] real::RwLockReadGuard<'a, U>, real::RwLockMappedWriteGuard<'a, T>
}

macro_rules! owned {
    ($name:literal, $take:literal; [$($generics:tt)*] $guard:ty, $of:ident) => {
        impl<$($generics)*> Held<$guard, Arc<RwLock<$of>>> {
            /// The lock of a guard.
            ///
            /// ```
            /// # use rehearsal::tokio::sync::*;
            /// let price = std::sync::Arc::new(RwLock::new(7));
            #[doc = concat!("let guard = price.", $take, ";")]
            #[doc = concat!("assert!(", $name, "::rwlock(&guard).try_write().is_err());")]
            /// ```
            pub fn rwlock(this: &Self) -> &Arc<RwLock<$of>> {
                this.lock()
            }
        }
    };
}

owned! {
    "OwnedRwLockReadGuard", "try_read_owned().unwrap()";
    [T, U: ?Sized] real::OwnedRwLockReadGuard<T, U>, T
}

owned! {
    "OwnedRwLockWriteGuard", "try_write_owned().unwrap()";
    [T] real::OwnedRwLockWriteGuard<T>, T
}

owned! {
    "OwnedRwLockMappedWriteGuard", "try_write_owned().map(OwnedRwLockWriteGuard::into_mapped).unwrap()";
    [T, U: ?Sized] real::OwnedRwLockMappedWriteGuard<T, U>, T
}
