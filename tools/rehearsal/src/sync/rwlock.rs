//! A lock that many may read under, or one may write.

use crate::{
    place::Place,
    stage::{Call, Key, Numbered, On, Stage},
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{LockResult, PoisonError, TryLockError, TryLockResult},
};

/// A lock for many who read or one who writes; the mirror of [`std::sync::RwLock`].
///
/// ```
/// use rehearsal::sync::RwLock;
///
/// let price = RwLock::new(1);
/// {
///     let (one, other) = (price.read().unwrap(), price.read().unwrap());
///     assert_eq!(*one, *other);
/// }
/// *price.write().unwrap() += 1;
/// assert_eq!(price.into_inner().unwrap(), 2);
/// ```
#[derive(Default)]
pub struct RwLock<T: ?Sized> {
    numbered: Numbered,
    real: std::sync::RwLock<T>,
}

impl<T> RwLock<T> {
    /// A lock around `value`.
    ///
    /// ```
    /// use rehearsal::sync::RwLock;
    ///
    /// static PRICE: RwLock<u32> = RwLock::new(1);
    /// assert_eq!(*PRICE.read().unwrap(), 1);
    /// ```
    pub const fn new(value: T) -> RwLock<T> {
        RwLock { numbered: Numbered::new(), real: std::sync::RwLock::new(value) }
    }

    /// Takes the value out of the lock.
    ///
    /// ```
    /// assert_eq!(rehearsal::sync::RwLock::new(1).into_inner().unwrap(), 1);
    /// ```
    pub fn into_inner(self) -> LockResult<T> {
        self.real.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    fn key(&self) -> usize {
        std::ptr::from_ref(&self.real).cast::<()>().addr()
    }

    /// Whoever waits may look again: several may read.
    fn released(&self) {
        if let Some(stage) = Stage::get().filter(|stage| stage.is_virtual()) {
            stage.release_lock_for(self.key(), usize::MAX);
        }
    }

    /// Waits for the right to read. `Err` tells that somebody panicked while changing the value.
    ///
    /// ```
    /// let paper = rehearsal::sync::RwLock::new(1);
    /// assert_eq!(*paper.read().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let wrap = |real| RwLockReadGuard { real: Some(real), lock: self };
        let Some(call) = Call::on_stage("read()", Place::here()) else {
            return mapped(self.real.read(), wrap);
        };
        let (key, on) = (self.key(), On::Lock { lock: self.key(), call: "read()" });
        if !call.is_virtual() {
            let _noted = call.noted(on);
            return mapped(self.real.read(), wrap);
        }
        call.switch_before(&self.numbered);
        call.looks();
        loop {
            let taken = match self.real.try_read() {
                Ok(real) => Ok(real),
                Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
                Err(TryLockError::WouldBlock) => {
                    call.wait(on.clone(), &[Key::Lock(key)], None);
                    continue;
                }
            };
            call.takes_lock(key);
            return mapped(taken, wrap);
        }
    }

    /// Takes the right to read if it is free.
    ///
    /// ```
    /// let paper = rehearsal::sync::RwLock::new(1);
    /// let writing = paper.write().unwrap();
    /// assert!(paper.try_read().is_err());
    /// drop(writing);
    /// assert!(paper.try_read().is_ok());
    /// ```
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let wrap = |real| RwLockReadGuard { real: Some(real), lock: self };
        let call = Call::in_turn("try_read()", Place::here());
        if let Some(call) = call {
            call.switch_before(&self.numbered);
        }
        let taken = match self.real.try_read() {
            Ok(real) => Ok(wrap(real)),
            Err(TryLockError::Poisoned(poisoned)) => {
                Err(TryLockError::Poisoned(PoisonError::new(wrap(poisoned.into_inner()))))
            }
            Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        };
        if let Some(call) = call {
            match &taken {
                Err(TryLockError::WouldBlock) => call.fruitless(),
                _ => call.takes_lock(self.key()),
            }
        }
        taken
    }

    /// Waits for the right to change the value. `Err` tells that somebody panicked while changing the value.
    ///
    /// ```
    /// let paper = rehearsal::sync::RwLock::new(1);
    /// assert_eq!(*paper.write().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let wrap = |real| RwLockWriteGuard { real: Some(real), lock: self };
        let Some(call) = Call::on_stage("write()", Place::here()) else {
            return mapped(self.real.write(), wrap);
        };
        let (key, on) = (self.key(), On::Lock { lock: self.key(), call: "write()" });
        if !call.is_virtual() {
            let _noted = call.noted(on);
            return mapped(self.real.write(), wrap);
        }
        call.switch_before(&self.numbered);
        call.looks();
        loop {
            let taken = match self.real.try_write() {
                Ok(real) => Ok(real),
                Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
                Err(TryLockError::WouldBlock) => {
                    call.wait(on.clone(), &[Key::Lock(key)], None);
                    continue;
                }
            };
            call.takes_lock(key);
            return mapped(taken, wrap);
        }
    }

    /// Takes the right to change the value if it is free.
    ///
    /// ```
    /// let paper = rehearsal::sync::RwLock::new(1);
    /// let writing = paper.write().unwrap();
    /// assert!(paper.try_write().is_err());
    /// drop(writing);
    /// assert!(paper.try_write().is_ok());
    /// ```
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let wrap = |real| RwLockWriteGuard { real: Some(real), lock: self };
        let call = Call::in_turn("try_write()", Place::here());
        if let Some(call) = call {
            call.switch_before(&self.numbered);
        }
        let taken = match self.real.try_write() {
            Ok(real) => Ok(wrap(real)),
            Err(TryLockError::Poisoned(poisoned)) => {
                Err(TryLockError::Poisoned(PoisonError::new(wrap(poisoned.into_inner()))))
            }
            Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        };
        if let Some(call) = call {
            match &taken {
                Err(TryLockError::WouldBlock) => call.fruitless(),
                _ => call.takes_lock(self.key()),
            }
        }
        taken
    }

    /// Whether somebody panicked while changing the value.
    ///
    /// ```
    /// assert!(!rehearsal::sync::RwLock::new(1).is_poisoned());
    /// ```
    pub fn is_poisoned(&self) -> bool {
        self.real.is_poisoned()
    }

    /// Declares the value sound again.
    ///
    /// ```
    /// let paper = rehearsal::sync::RwLock::new(1);
    /// paper.clear_poison();
    /// assert!(paper.read().is_ok());
    /// ```
    pub fn clear_poison(&self) {
        self.real.clear_poison();
    }

    /// The value, without locking: nobody else can have the lock.
    ///
    /// ```
    /// let mut count = rehearsal::sync::RwLock::new(1);
    /// *count.get_mut().unwrap() += 1;
    /// assert_eq!(count.into_inner().unwrap(), 2);
    /// ```
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.real.get_mut()
    }
}

fn mapped<R, G>(real: LockResult<R>, wrap: impl FnOnce(R) -> G) -> LockResult<G> {
    match real {
        Ok(real) => Ok(wrap(real)),
        Err(poisoned) => Err(PoisonError::new(wrap(poisoned.into_inner()))),
    }
}

/// The right to read what a [`RwLock`] guards; the mirror of [`std::sync::RwLockReadGuard`].
///
/// ```
/// use rehearsal::sync::{RwLock, RwLockReadGuard};
///
/// let paper = RwLock::new(1);
/// let guard: RwLockReadGuard<u32> = paper.read().unwrap();
/// assert_eq!(*guard, 1);
/// ```
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    /// `None` only while it is dropped.
    real: Option<std::sync::RwLockReadGuard<'a, T>>,
    lock: &'a RwLock<T>,
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.real.as_ref().expect("the guard has the lock while it can be used")
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        drop(self.real.take());
        self.lock.released();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The right to change what a [`RwLock`] guards; the mirror of [`std::sync::RwLockWriteGuard`].
///
/// ```
/// use rehearsal::sync::{RwLock, RwLockWriteGuard};
///
/// let paper = RwLock::new(1);
/// let mut guard: RwLockWriteGuard<u32> = paper.write().unwrap();
/// *guard += 1;
/// ```
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    /// `None` only while it is dropped.
    real: Option<std::sync::RwLockWriteGuard<'a, T>>,
    lock: &'a RwLock<T>,
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.real.as_ref().expect("the guard has the lock while it can be used")
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.real.as_mut().expect("the guard has the lock while it can be used")
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        drop(self.real.take());
        self.lock.released();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> RwLock<T> {
        RwLock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
