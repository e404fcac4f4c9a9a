//! A mutex whose holder is known.

use crate::{
    place::Place,
    stage::{Call, Key, Numbered, On, Stage},
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{LockResult, PoisonError, TryLockError, TryLockResult},
};

/// A mutex; the mirror of [`std::sync::Mutex`].
///
/// ```
/// use rehearsal::sync::Mutex;
///
/// static DONE: Mutex<u32> = Mutex::new(0);
/// *DONE.lock().unwrap() += 1;
/// assert_eq!(*DONE.lock().unwrap(), 1);
/// assert!(!DONE.is_poisoned());
/// ```
#[derive(Default)]
pub struct Mutex<T: ?Sized> {
    numbered: Numbered,
    real: std::sync::Mutex<T>,
}

/// The right to use what a [`Mutex`] guards; the mirror of [`std::sync::MutexGuard`].
///
/// ```
/// use rehearsal::sync::{Mutex, MutexGuard};
///
/// let paper = Mutex::new(1);
/// let mut guard: MutexGuard<u32> = paper.lock().unwrap();
/// *guard += 1;
/// drop(guard);
/// assert_eq!(*paper.lock().unwrap(), 2);
/// ```
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    /// `None` only while a condition variable has it.
    pub(super) real: Option<std::sync::MutexGuard<'a, T>>,
    pub(super) mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    /// A mutex around `value`.
    ///
    /// ```
    /// let count = rehearsal::sync::Mutex::new(7);
    /// assert_eq!(*count.lock().unwrap(), 7);
    /// ```
    pub const fn new(value: T) -> Mutex<T> {
        Mutex { numbered: Numbered::new(), real: std::sync::Mutex::new(value) }
    }

    /// Takes the value out of the mutex.
    ///
    /// ```
    /// let name = rehearsal::sync::Mutex::new(String::from("queue"));
    /// name.lock().unwrap().push('s');
    /// assert_eq!(name.into_inner().unwrap(), "queues");
    /// ```
    pub fn into_inner(self) -> LockResult<T> {
        self.real.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    fn key(&self) -> usize {
        std::ptr::from_ref(&self.real).cast::<()>().addr()
    }

    pub(super) fn guard<'a>(
        &'a self,
        real: LockResult<std::sync::MutexGuard<'a, T>>,
    ) -> LockResult<MutexGuard<'a, T>> {
        match real {
            Ok(real) => Ok(MutexGuard { real: Some(real), mutex: self }),
            Err(poisoned) => {
                Err(PoisonError::new(MutexGuard { real: Some(poisoned.into_inner()), mutex: self }))
            }
        }
    }

    /// Waits for the lock. `Err` tells that somebody panicked while holding it.
    ///
    /// ```
    /// let items = rehearsal::sync::Mutex::new(Vec::new());
    /// items.lock().unwrap().push(1);
    /// assert_eq!(*items.lock().unwrap(), [1]);
    /// ```
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.lock_at(Place::here())
    }

    pub(super) fn lock_at(&self, place: Place) -> LockResult<MutexGuard<'_, T>> {
        let Some(call) = Call::on_stage("lock()", place) else {
            return self.guard(self.real.lock());
        };
        let key = self.key();
        if !call.is_virtual() {
            let _noted = call.noted(On::Lock { lock: key, call: "lock()" });
            return self.guard(self.real.lock());
        }
        call.switch_before(&self.numbered);
        call.looks();
        loop {
            let taken = match self.real.try_lock() {
                Ok(real) => Ok(real),
                Err(TryLockError::Poisoned(poisoned)) => Err(poisoned),
                Err(TryLockError::WouldBlock) => {
                    call.wait(On::Lock { lock: key, call: "lock()" }, &[Key::Lock(key)], None);
                    continue;
                }
            };
            call.takes_lock(key);
            return self.guard(taken);
        }
    }

    /// Takes the lock if it is free.
    ///
    /// ```
    /// let paper = rehearsal::sync::Mutex::new(1);
    /// let guard = paper.lock().unwrap();
    /// assert!(paper.try_lock().is_err());
    /// drop(guard);
    /// assert!(paper.try_lock().is_ok());
    /// ```
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let call = Call::in_turn("try_lock()", Place::here());
        if let Some(call) = call {
            call.switch_before(&self.numbered);
        }
        let taken = match self.real.try_lock() {
            Ok(real) => self.guard(Ok(real)).map_err(TryLockError::Poisoned),
            Err(TryLockError::Poisoned(poisoned)) => {
                self.guard(Err(poisoned)).map_err(TryLockError::Poisoned)
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

    /// Whether somebody panicked while holding the lock.
    ///
    /// ```
    /// use rehearsal::{sync::Mutex, thread};
    ///
    /// let paper = Mutex::new(1);
    /// thread::scope(|s| {
    ///     let worker = s.spawn(|| {
    ///         let _guard = paper.lock();
    ///         panic!("out of paper");
    ///     });
    ///     assert!(worker.join().is_err());
    /// });
    /// assert!(paper.is_poisoned());
    /// ```
    pub fn is_poisoned(&self) -> bool {
        self.real.is_poisoned()
    }

    /// Declares the value sound again.
    ///
    /// ```
    /// use rehearsal::{sync::Mutex, thread};
    ///
    /// let paper = Mutex::new(1);
    /// thread::scope(|s| {
    ///     let worker = s.spawn(|| {
    ///         let _guard = paper.lock();
    ///         panic!("out of paper");
    ///     });
    ///     assert!(worker.join().is_err());
    /// });
    /// paper.clear_poison();
    /// assert!(paper.lock().is_ok());
    /// ```
    pub fn clear_poison(&self) {
        self.real.clear_poison();
    }

    /// The value, without locking: nobody else can have the mutex.
    ///
    /// ```
    /// let mut count = rehearsal::sync::Mutex::new(1);
    /// *count.get_mut().unwrap() += 1;
    /// assert_eq!(count.into_inner().unwrap(), 2);
    /// ```
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.real.get_mut()
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Mutex<T> {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.real.as_ref().expect("the guard has the lock while it can be used")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.real.as_mut().expect("the guard has the lock while it can be used")
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        let Some(real) = self.real.take() else { return };
        drop(real);
        if let Some(stage) = Stage::get().filter(|stage| stage.is_virtual()) {
            stage.release_lock(self.mutex.key());
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
