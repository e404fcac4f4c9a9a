//! Futures that are dropped where they wait, to see what is lost with them.
//!
//! A future may be dropped at each of its `.await`s: by a `select!` that another branch wins, by a timeout,
//! by an abort. What it had in hand is gone then. Whether that is a loss shows when it is dropped at one
//! after the other:
//!
//! ```
//! use rehearsal::{async_channel, cancel, tokio};
//!
//! #[tokio::main]
//! async fn main() {
//!     let mut nth = 1;
//!     loop {
//!         let (queue, jobs) = async_channel::bounded(2);
//!         let (results, done) = async_channel::bounded(2);
//!         queue.send("a job").await.unwrap();
//!         // It takes a job, and waits before it hands the result on.
//!         let works = async {
//!             let job = jobs.recv().await.unwrap();
//!             tokio::task::yield_now().await;
//!             results.send(job).await.unwrap();
//!         };
//!         let whole = cancel::at(nth, works).await.is_some();
//!         let lost = jobs.is_empty() && done.is_empty();
//!         // Dropped at its one wait, it loses the job.
//!         assert_eq!(lost, !whole);
//!         if whole {
//!             break;
//!         }
//!         nth += 1;
//!     }
//! }
//! ```

#[cfg(feature = "stage")]
use crate::{
    settings::settings,
    stage::{For, Stage},
};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// Plays a future until it waits for the `nth` time, and drops it there. `None` tells that it was dropped,
/// `Some` that it had ended before.
///
/// It waits where it is pending when it is polled. Under a schedule that is so at calls too that are ready,
/// where others are let go first.
///
/// ```
/// use rehearsal::{cancel, tokio};
///
/// #[tokio::main]
/// async fn main() {
///     let twice = || async {
///         tokio::task::yield_now().await;
///         tokio::task::yield_now().await;
///         "through"
///     };
///     assert_eq!(cancel::at(1, twice()).await, None);
///     assert_eq!(cancel::at(2, twice()).await, None);
///     assert_eq!(cancel::at(3, twice()).await, Some("through"));
/// }
/// ```
pub async fn at<F: Future>(nth: usize, future: F) -> Option<F::Output> {
    let mut waits = 0;
    until(future, || {
        waits += 1;
        waits == nth
    })
    .await
}

/// Plays a future that a schedule may drop wherever it waits. Without a schedule it is played to its end.
///
/// One wait in eight is the last, unless a test has asked for [another share](https://docs.rs/rehearsal/latest/rehearsal/struct.Explorer.html#method.cancel_one_in). `None` tells that it was dropped. The same number drops it at the same
/// wait, so that a loss can be played again.
///
/// ```
/// use rehearsal::{cancel, tokio};
///
/// #[tokio::main]
/// async fn main() {
///     assert_eq!(cancel::by_schedule(async { 7 }).await, Some(7));
/// }
/// ```
pub async fn by_schedule<F: Future>(future: F) -> Option<F::Output> {
    until(future, is_last_by_schedule).await
}

/// Whether the schedule, if there is one, drops the future at this wait.
#[cfg(feature = "stage")]
fn is_last_by_schedule() -> bool {
    let waits = settings().cancels_one_in;
    let stage = Stage::get().filter(|stage| stage.has_schedule() && waits > 0);
    stage.is_some_and(|stage| stage.lock().any_of(For::Drop, waits) == 0)
}

#[cfg(not(feature = "stage"))]
fn is_last_by_schedule() -> bool {
    false
}

/// Whether the future is only looked at for a report.
#[cfg(feature = "stage")]
fn is_reviewed() -> bool {
    Stage::get().is_some_and(Stage::is_over)
}

#[cfg(not(feature = "stage"))]
fn is_reviewed() -> bool {
    false
}

/// Plays a future to its end, or until it waits and `is_last` says so.
async fn until<F: Future>(future: F, mut is_last: impl FnMut() -> bool) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if is_reviewed() => Poll::Pending,
        Poll::Pending if is_last() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
