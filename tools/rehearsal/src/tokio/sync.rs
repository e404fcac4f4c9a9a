//! The mirror of `tokio::sync`: tokio's own channels and locks, of which the tape tells.
//!
//! ```
//! # use rehearsal::tokio;
//! # #[tokio::main]
//! # async fn main() {
//! use tokio::sync::{Semaphore, mpsc};
//!
//! let permits = Semaphore::new(1);
//! let (queue, mut jobs) = mpsc::channel(2);
//! let permit = permits.acquire().await.unwrap();
//! queue.send("a job").await.unwrap();
//! drop(permit);
//! assert_eq!(jobs.recv().await, Some("a job"));
//! # }
//! ```
//!
//! Each type here holds tokio's and does what that does; so what is not written down here is what tokio's
//! own has, by `Deref`. A call of its own here has what needs a line on the tape, or what would block a
//! thread: such a thread takes its turns with the others. Where no tape is written, nothing is added.
//!
//! Under a schedule, a call that is awaited may first let other tasks go, as the threads of a real runtime
//! would: tokio itself switches tasks only where one has to wait.

mod barrier;
pub mod broadcast;
mod guard;
pub mod mpsc;
mod mutex;
mod notify;
pub mod oneshot;
mod rwlock;
mod semaphore;
mod shelf;
pub mod watch;
mod wire;

pub use ::tokio::sync::{
    AcquireError, BarrierWaitResult, OnceCell, SetError, SetOnce, SetOnceError, TryAcquireError,
    TryLockError,
};
pub use barrier::Barrier;
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard};
pub use notify::Notify;
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// The futures of this module that have a name.
pub mod futures {
    pub use super::notify::{Notified, OwnedNotified};
}

use crate::{future, place::Place, stage::Call};
use std::future::Future;

/// A call that blocks a thread of the stage until a future is ready.
struct Blocking(Call);

impl Blocking {
    /// None where tokio's own call has to be made: on the paces `real` and `off`, and where tokio refuses
    /// it, because tasks run on this thread.
    fn in_turn(name: &'static str, place: Place) -> Option<Blocking> {
        Call::in_turn(name, place).filter(|call| !call.is_on_executor()).map(Blocking)
    }

    fn until<F: Future>(self, future: F) -> F::Output {
        future::play(self.0, future)
    }
}
