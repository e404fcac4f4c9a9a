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

pub mod atomic;
mod barrier;
mod condvar;
pub mod mpsc;
mod mutex;
mod rwlock;

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
// Those that run once hold a lock of std's meanwhile: what they run must not wait for another actor, nor,
// under a schedule, use what others may use at the same time.
pub use std::sync::{
    Arc, LazyLock, LockResult, Once, OnceLock, OnceState, PoisonError, TryLockError, TryLockResult,
    Weak,
};
