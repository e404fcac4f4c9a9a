//! A place where threads wait for each other.

use super::{Condvar, Mutex};
use std::fmt;

/// Lets threads go on when so many have come; the mirror of [`std::sync::Barrier`].
///
/// ```
/// use rehearsal::{sync::Barrier, thread};
///
/// let barrier = Barrier::new(2);
/// thread::scope(|s| {
///     let other = s.spawn(|| barrier.wait().is_leader());
///     let mine = barrier.wait().is_leader();
///     assert!(mine != other.join().unwrap());
/// });
/// ```
pub struct Barrier {
    state: Mutex<State>,
    signal: Condvar,
    threads: usize,
}

struct State {
    waiting: usize,
    round: usize,
}

/// Whether a thread was the last to come; the mirror of [`std::sync::BarrierWaitResult`].
///
/// ```
/// use rehearsal::sync::{Barrier, BarrierWaitResult};
///
/// let alone: BarrierWaitResult = Barrier::new(1).wait();
/// assert!(alone.is_leader());
/// ```
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// A barrier for so many threads.
    ///
    /// ```
    /// use rehearsal::sync::Barrier;
    ///
    /// static START: Barrier = Barrier::new(1);
    /// START.wait();
    /// ```
    pub const fn new(threads: usize) -> Barrier {
        let state = State { waiting: 0, round: 0 };
        Barrier { state: Mutex::new(state), signal: Condvar::new(), threads }
    }

    /// Waits until all have come. Then it can be used again.
    ///
    /// ```
    /// use rehearsal::{sync::Barrier, thread};
    ///
    /// let barrier = Barrier::new(3);
    /// thread::scope(|s| {
    ///     for _ in 0..3 {
    ///         s.spawn(|| {
    ///             barrier.wait();
    ///             barrier.wait();
    ///         });
    ///     }
    /// });
    /// ```
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let mut state = self.state.lock().unwrap_or_else(super::PoisonError::into_inner);
        let round = state.round;
        state.waiting += 1;
        if state.waiting >= self.threads {
            state.waiting = 0;
            state.round = state.round.wrapping_add(1);
            self.signal.notify_all();
            return BarrierWaitResult(true);
        }
        while state.round == round {
            state = self.signal.wait(state).unwrap_or_else(super::PoisonError::into_inner);
        }
        BarrierWaitResult(false)
    }
}

impl BarrierWaitResult {
    /// Whether the thread was the last to come. Of each round, one was.
    ///
    /// ```
    /// assert!(rehearsal::sync::Barrier::new(1).wait().is_leader());
    /// ```
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}
