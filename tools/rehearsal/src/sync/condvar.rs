//! A condition variable that wakes in order.

use super::MutexGuard;
use crate::{
    place::Place,
    stage::{Call, Key, Numbered, On, Woke},
    time::now,
};
use std::{
    fmt,
    sync::{LockResult, PoisonError},
    time::Duration,
};

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

/// A condition variable; the mirror of [`std::sync::Condvar`]. Under a schedule a wait may end without a
/// notification, as a real one may: look at the condition again.
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
#[derive(Default)]
pub struct Condvar {
    numbered: Numbered,
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
        Condvar { numbered: Numbered::new(), real: std::sync::Condvar::new() }
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
        guard: MutexGuard<'a, T>,
        most: Option<Duration>,
        place: Place,
    ) -> Waited<'a, T> {
        let mutex = guard.mutex;
        let Some(call) = Call::in_turn("wait()", place) else {
            return self.really_wait(guard, most, place);
        };
        // Whoever notifies without the lock may come between the look that led here and the wait.
        call.switch_before(&self.numbered);
        let until = most.map(|most| now().saturating_add(most));
        // Nobody can act between letting the lock go and waiting: the baton is here.
        drop(guard);
        if call.comes_to_nothing() {
            // Nobody has notified it, and that it waited shows in nothing but that others went first.
            call.switch_before(&self.numbered);
            return with_result(mutex.lock_at(place), false);
        }
        let woke = call.wait(On::Signal, &[Key::Signal(self.key())], until);
        with_result(mutex.lock_at(place), woke == Woke::TimedOut)
    }

    /// The wait on the paces `real` and `off`; noted in the first case.
    fn really_wait<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        most: Option<Duration>,
        place: Place,
    ) -> Waited<'a, T> {
        let _noted = Call::on_stage("wait()", place).map(|call| call.noted(On::Signal));
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
        with_result(guard.mutex.guard(real), timed_out)
    }

    /// Wakes one that waits: the one that has waited longest, and under a schedule any of them.
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
    #[track_caller]
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
    #[track_caller]
    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    #[track_caller]
    fn notify(&self, most: usize) {
        match Call::in_turn("notify()", Place::here()) {
            Some(call) => {
                call.switch_before(&self.numbered);
                call.notifies(self.key(), most);
            }
            None if most == 1 => self.real.notify_one(),
            None => self.real.notify_all(),
        }
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

fn with_result<T>(guard: LockResult<MutexGuard<'_, T>>, timed_out: bool) -> Waited<'_, T> {
    let result = WaitTimeoutResult(timed_out);
    match guard {
        Ok(guard) => Ok((guard, result)),
        Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), result))),
    }
}
