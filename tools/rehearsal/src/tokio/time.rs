//! The mirror of `tokio::time`. Under a schedule, sleeps are stretched.

use crate::{place::Place, stage::Stage};
use std::future::IntoFuture;

pub use ::tokio::time::{
    Duration, Instant, Interval, MissedTickBehavior, Sleep, Timeout, error, interval, interval_at,
};

/// Waits until `duration` has passed.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::time::{Duration, Instant, sleep};
///
/// let start = Instant::now();
/// sleep(Duration::from_millis(5)).await;
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// # }
/// ```
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    let place = Place::here();
    let Some(stage) = Stage::get() else { return ::tokio::time::sleep(duration) };
    let duration = if stage.is_virtual() { stage.jittered(duration) } else { duration };
    let me = stage.me();
    let mut state = stage.lock();
    state.tell("sleep", me, |line| {
        line.duration("for_us", duration).place(place);
    });
    state.will_stir_in(duration);
    drop(state);
    ::tokio::time::sleep(duration)
}

/// Waits until `deadline`.
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    stir_at(deadline);
    ::tokio::time::sleep_until(deadline)
}

/// Gives a future no longer than `duration`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::time::{Duration, timeout};
///
/// let never = std::future::pending::<()>();
/// assert!(timeout(Duration::from_millis(5), never).await.is_err());
/// # }
/// ```
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    if let Some(stage) = Stage::get() {
        stage.lock().will_stir_in(duration);
    }
    ::tokio::time::timeout(duration, future)
}

/// Gives a future no longer than until `deadline`.
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    stir_at(deadline);
    ::tokio::time::timeout_at(deadline, future)
}

fn stir_at(deadline: Instant) {
    if let Some(stage) = Stage::get() {
        stage.lock().will_stir_in(deadline.saturating_duration_since(Instant::now()));
    }
}
