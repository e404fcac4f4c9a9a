//! Locks and condition variables on the rehearsal's clock. The mirror of the part of [`std::sync`] that
//! programs use; what never blocks is std's own.
//!
//! ```
//! use rehearsal::{sync::{Arc, Mutex}, thread};
//!
//! let count = Arc::new(Mutex::new(0));
//! let theirs = count.clone();
//! thread::spawn(move || *theirs.lock().unwrap() += 1).join().unwrap();
//! assert_eq!(*count.lock().unwrap(), 1);
//! ```

use crate::{
    place::Place,
    stage::{Key, On, Stage, Wait, Woke},
    time::now,
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

pub use std::sync::{
    Arc, LockResult, OnceLock, PoisonError, TryLockError, TryLockResult, Weak, atomic,
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
    real: Option<std::sync::MutexGuard<'a, T>>,
    mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    /// A mutex around `value`.
    ///
    /// ```
    /// let count = rehearsal::sync::Mutex::new(7);
    /// assert_eq!(*count.lock().unwrap(), 7);
    /// ```
    pub const fn new(value: T) -> Mutex<T> {
        Mutex { real: std::sync::Mutex::new(value) }
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

    fn guard<'a>(
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

    fn lock_at(&self, place: Place) -> LockResult<MutexGuard<'_, T>> {
        let Some(stage) = Stage::get() else { return self.guard(self.real.lock()) };
        let me = stage.me_at(place);
        let wait = Wait { on: On::Lock(self.key()), place };
        if !stage.is_virtual() {
            let _noted = stage.note_wait(me, wait);
            return self.guard(self.real.lock());
        }
        stage.switch_point(me);
        stage.notice_look(me, place, "lock()");
        loop {
            match self.real.try_lock() {
                Ok(real) => {
                    stage.lock().locks.insert(self.key(), (me, place));
                    return self.guard(Ok(real));
                }
                Err(TryLockError::Poisoned(poisoned)) => {
                    stage.lock().locks.insert(self.key(), (me, place));
                    return self.guard(Err(poisoned));
                }
                Err(TryLockError::WouldBlock) => {
                    stage.wait(me, &[Key::Lock(self.key())], None, wait.clone());
                }
            }
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
        let place = Place::here();
        let stage = Stage::get().filter(|stage| stage.is_virtual());
        if let Some(stage) = stage {
            stage.switch_point(stage.me());
        }
        let taken = match self.real.try_lock() {
            Ok(real) => self.guard(Ok(real)).map_err(TryLockError::Poisoned),
            Err(TryLockError::Poisoned(poisoned)) => {
                self.guard(Err(poisoned)).map_err(TryLockError::Poisoned)
            }
            Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        };
        if let Some(stage) = stage {
            match &taken {
                Err(TryLockError::WouldBlock) => stage.fruitless(stage.me(), place, "try_lock()"),
                _ => {
                    stage.lock().locks.insert(self.key(), (stage.me(), place));
                }
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
            let mut state = stage.lock();
            state.locks.remove(&self.mutex.key());
            state.wake(Key::Lock(self.mutex.key()), 1);
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

/// Whether a wait ended because its time was up; the mirror of [`std::sync::WaitTimeoutResult`].
///
/// ```
/// use rehearsal::{sync::{Condvar, Mutex}, time::Duration};
///
/// let paper = Mutex::new(());
/// let millisecond = Duration::from_millis(1);
/// let (_guard, result) = Condvar::new().wait_timeout(paper.lock().unwrap(), millisecond).unwrap();
/// assert!(result.timed_out());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the time was up.
    ///
    /// ```
    /// use rehearsal::{sync::{Condvar, Mutex}, time::Duration};
    ///
    /// let ready = Mutex::new(true);
    /// let (signal, millisecond) = (Condvar::new(), Duration::from_millis(1));
    /// let wait = signal.wait_timeout_while(ready.lock().unwrap(), millisecond, |ready| !*ready);
    /// assert!(!wait.unwrap().1.timed_out());
    /// ```
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// A condition variable; the mirror of [`std::sync::Condvar`]. It has no spurious wake-ups in a
/// rehearsal, and promises none the less: look at the condition again.
///
/// ```
/// use rehearsal::{sync::{Arc, Condvar, Mutex}, thread};
///
/// let shared = Arc::new((Mutex::new(false), Condvar::new()));
/// let theirs = shared.clone();
/// thread::spawn(move || {
///     *theirs.0.lock().unwrap() = true;
///     theirs.1.notify_one();
/// });
/// let ready = shared.1.wait_while(shared.0.lock().unwrap(), |ready| !*ready).unwrap();
/// assert!(*ready);
/// ```
#[derive(Debug, Default)]
pub struct Condvar {
    real: std::sync::Condvar,
}

type Waited<'a, T> = LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>;

impl Condvar {
    /// A condition variable that nobody waits for.
    ///
    /// ```
    /// use rehearsal::sync::Condvar;
    ///
    /// static READY: Condvar = Condvar::new();
    /// READY.notify_all();
    /// ```
    pub const fn new() -> Condvar {
        Condvar { real: std::sync::Condvar::new() }
    }

    fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Lets the lock go, waits to be notified, and takes the lock again.
    ///
    /// ```
    /// use rehearsal::{sync::{Condvar, Mutex}, thread};
    ///
    /// let (ready, signal) = (Mutex::new(false), Condvar::new());
    /// thread::scope(|s| {
    ///     s.spawn(|| {
    ///         *ready.lock().unwrap() = true;
    ///         signal.notify_one();
    ///     });
    ///     let mut guard = ready.lock().unwrap();
    ///     while !*guard {
    ///         guard = signal.wait(guard).unwrap();
    ///     }
    ///     assert!(*guard);
    /// });
    /// ```
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        match self.wait_at(guard, None, Place::here()) {
            Ok((guard, _)) => Ok(guard),
            Err(poisoned) => Err(PoisonError::new(poisoned.into_inner().0)),
        }
    }

    /// Waits as long as `condition` holds.
    ///
    /// ```
    /// use rehearsal::{sync::{Condvar, Mutex}, thread};
    ///
    /// let (items, signal) = (Mutex::new(Vec::new()), Condvar::new());
    /// thread::scope(|s| {
    ///     s.spawn(|| {
    ///         items.lock().unwrap().push(1);
    ///         signal.notify_one();
    ///     });
    ///     let guard = signal.wait_while(items.lock().unwrap(), |items| items.is_empty()).unwrap();
    ///     assert_eq!(*guard, [1]);
    /// });
    /// ```
    #[track_caller]
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// Waits to be notified, but no longer than `duration`.
    ///
    /// ```
    /// use rehearsal::{sync::{Condvar, Mutex}, time::Duration};
    ///
    /// let (count, signal) = (Mutex::new(7), Condvar::new());
    /// let millisecond = Duration::from_millis(1);
    /// let (guard, result) = signal.wait_timeout(count.lock().unwrap(), millisecond).unwrap();
    /// assert!(result.timed_out());
    /// assert_eq!(*guard, 7);
    /// ```
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        duration: Duration,
    ) -> Waited<'a, T> {
        self.wait_at(guard, Some(duration), Place::here())
    }

    /// Waits as long as `condition` holds, but no longer than `duration`.
    ///
    /// ```
    /// use rehearsal::{sync::{Condvar, Mutex}, time::Duration};
    ///
    /// let (ready, signal) = (Mutex::new(false), Condvar::new());
    /// let millisecond = Duration::from_millis(1);
    /// let wait = signal.wait_timeout_while(ready.lock().unwrap(), millisecond, |ready| !*ready);
    /// assert!(wait.unwrap().1.timed_out());
    /// ```
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        duration: Duration,
        mut condition: F,
    ) -> Waited<'a, T>
    where
        F: FnMut(&mut T) -> bool,
    {
        let start = now();
        while condition(&mut guard) {
            let Some(left) = duration.checked_sub(now() - start).filter(|left| !left.is_zero())
            else {
                return Ok((guard, WaitTimeoutResult(true)));
            };
            guard = self.wait_timeout(guard, left)?.0;
        }
        Ok((guard, WaitTimeoutResult(false)))
    }

    fn wait_at<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        most: Option<Duration>,
        place: Place,
    ) -> Waited<'a, T> {
        let mutex = guard.mutex;
        match Stage::get() {
            Some(stage) if stage.is_virtual() => {
                let me = stage.me_at(place);
                let until = most.map(|most| now().saturating_add(most));
                // Nobody can act between letting the lock go and waiting: the baton is here.
                drop(guard);
                let woke = stage.wait(
                    me,
                    &[Key::Signal(self.key())],
                    until,
                    Wait { on: On::Signal, place },
                );
                let timed_out = WaitTimeoutResult(woke == Woke::TimedOut);
                match mutex.lock_at(place) {
                    Ok(guard) => Ok((guard, timed_out)),
                    Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), timed_out))),
                }
            }
            stage => {
                let _noted =
                    stage.map(|stage| stage.note_wait(stage.me(), Wait { on: On::Signal, place }));
                let real = guard.real.take().expect("the guard has the lock while it can be used");
                let (real, timed_out) = match most {
                    None => (self.real.wait(real), false),
                    Some(most) => match self.real.wait_timeout(real, most) {
                        Ok((real, result)) => (Ok(real), result.timed_out()),
                        Err(poisoned) => {
                            let (real, result) = poisoned.into_inner();
                            (Err(PoisonError::new(real)), result.timed_out())
                        }
                    },
                };
                match mutex.guard(real) {
                    Ok(guard) => Ok((guard, WaitTimeoutResult(timed_out))),
                    Err(poisoned) => {
                        Err(PoisonError::new((poisoned.into_inner(), WaitTimeoutResult(timed_out))))
                    }
                }
            }
        }
    }

    /// Wakes the one that has waited longest (under a schedule, in the order in which they came too).
    ///
    /// ```
    /// use rehearsal::{sync::{Condvar, Mutex}, thread};
    ///
    /// let (ready, signal) = (Mutex::new(false), Condvar::new());
    /// thread::scope(|s| {
    ///     let waiting = s.spawn(|| *signal.wait_while(ready.lock().unwrap(), |ready| !*ready).unwrap());
    ///     *ready.lock().unwrap() = true;
    ///     signal.notify_one();
    ///     assert!(waiting.join().unwrap());
    /// });
    /// ```
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes all that wait.
    ///
    /// ```
    /// use rehearsal::{sync::{Condvar, Mutex}, thread};
    ///
    /// let (ready, signal) = (Mutex::new(false), Condvar::new());
    /// thread::scope(|s| {
    ///     let wait = || *signal.wait_while(ready.lock().unwrap(), |ready| !*ready).unwrap();
    ///     let waiting = [s.spawn(wait), s.spawn(wait)];
    ///     *ready.lock().unwrap() = true;
    ///     signal.notify_all();
    ///     assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
    /// });
    /// ```
    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    fn notify(&self, most: usize) {
        match Stage::get() {
            Some(stage) if stage.is_virtual() => {
                stage.switch_point(stage.me());
                stage.wake(Key::Signal(self.key()), most);
            }
            _ if most == 1 => self.real.notify_one(),
            _ => self.real.notify_all(),
        }
    }
}
