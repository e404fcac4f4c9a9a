//! The mirror of `tokio::time`. Under a schedule, sleeps are stretched.

use super::{conduct::FOR_EVER, task::demand_runtime};
use crate::{
    place::Place,
    stage::{At, Stage},
};
use std::future::IntoFuture;

pub use ::tokio::time::{Duration, Instant, Interval, MissedTickBehavior, Sleep, Timeout, error};

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
    demand_runtime();
    let Some(stage) = Stage::get() else { return ::tokio::time::sleep(duration) };
    let stretched = if stage.is_virtual() {
        stage.stretched(stage.me(), At { call: "sleep", place }, duration)
    } else {
        duration
    };
    tell_sleep(stage, stretched, duration, place);
    stir_in(stretched);
    ::tokio::time::sleep(stretched)
}

/// Waits until `deadline`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::time::{Duration, Instant, sleep_until};
///
/// let soon = Instant::now() + Duration::from_millis(2);
/// sleep_until(soon).await;
/// assert!(Instant::now() >= soon);
/// # }
/// ```
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    let place = Place::here();
    stir_at(deadline);
    if let Some(stage) = Stage::get() {
        let duration = deadline.saturating_duration_since(Instant::now());
        tell_sleep(stage, duration, duration, place);
    }
    ::tokio::time::sleep_until(deadline)
}

fn tell_sleep(stage: &Stage, duration: Duration, asked: Duration, place: Place) {
    let me = stage.me();
    let takes = if stage.is_virtual() { whole(stage.now(), duration) } else { duration };
    stage.lock().tell("sleep", me, |line| {
        line.duration("for_us", takes).duration("asked_us", asked).place(place);
    });
}

/// What a sleep takes that begins now: tokio's timers are over at whole milliseconds.
fn whole(now: Duration, duration: Duration) -> Duration {
    let Some(end) = now.checked_add(duration) else { return duration };
    let beyond = end.subsec_nanos() % 1_000_000;
    let rest = if beyond == 0 { 0 } else { 1_000_000 - beyond };
    duration.saturating_add(Duration::from_nanos(rest.into()))
}

/// Tells that a wait has a limit, unless that is a way to say never.
fn tell_timeout(duration: Duration, place: Place) {
    let Some(stage) = Stage::get().filter(|_| duration < FOR_EVER) else { return };
    let me = stage.me();
    stage.lock().tell("timeout", me, |line| {
        line.duration("for_us", duration).place(place);
    });
}

/// Pauses the clock. In a rehearsal it always is: this asks only that the runtime is there.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// tokio::time::pause();
/// tokio::time::sleep(std::time::Duration::from_millis(20)).await;
/// # }
/// ```
#[track_caller]
pub fn pause() {
    demand_runtime();
    if Stage::get().is_none_or(|stage| !stage.is_virtual()) {
        ::tokio::time::pause();
    }
}

/// Lets the clock go on by itself. In a rehearsal it goes on as the stage has it.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// tokio::time::pause();
/// tokio::time::resume();
/// # }
/// ```
#[track_caller]
pub fn resume() {
    demand_runtime();
    if Stage::get().is_none_or(|stage| !stage.is_virtual()) {
        ::tokio::time::resume();
    }
}

/// Moves a paused clock on.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use tokio::time::{Duration, Instant, advance, pause};
///
/// pause();
/// let start = Instant::now();
/// advance(Duration::from_millis(20)).await;
/// assert!(start.elapsed() >= Duration::from_millis(20));
/// # }
/// ```
#[track_caller]
pub fn advance(duration: Duration) -> impl Future<Output = ()> {
    demand_runtime();
    Stage::loses_sight();
    ::tokio::time::advance(duration)
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
    let place = Place::here();
    demand_runtime();
    stir_in(duration);
    tell_timeout(duration, place);
    ::tokio::time::timeout(duration, future)
}

/// Gives a future no longer than until `deadline`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::time::{Duration, Instant, timeout_at};
///
/// let soon = Instant::now() + Duration::from_millis(2);
/// assert!(timeout_at(soon, std::future::pending::<()>()).await.is_err());
/// assert_eq!(timeout_at(soon, async { 7 }).await.unwrap(), 7);
/// # }
/// ```
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    let place = Place::here();
    stir_at(deadline);
    tell_timeout(deadline.saturating_duration_since(Instant::now()), place);
    ::tokio::time::timeout_at(deadline, future)
}

/// Ticks again and again; the mirror of `tokio::time::interval`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::time::{Duration, interval};
///
/// let mut ticks = interval(Duration::from_millis(2));
/// let first = ticks.tick().await;
/// assert_eq!(ticks.tick().await - first, Duration::from_millis(2));
/// # }
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    stir_every(period);
    ::tokio::time::interval(period)
}

/// Ticks again and again, from `start` on.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use tokio::time::{Duration, Instant, interval_at};
///
/// let start = Instant::now() + Duration::from_millis(1);
/// let mut ticks = interval_at(start, Duration::from_millis(2));
/// assert_eq!(ticks.tick().await, start);
/// assert_eq!(ticks.tick().await - start, Duration::from_millis(2));
/// # }
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    stir_at(start);
    stir_every(period);
    ::tokio::time::interval_at(start, period)
}

/// Between two ticks of a slow clock nothing may get done, and all is well.
#[track_caller]
fn stir_every(period: Duration) {
    demand_runtime();
    if let Some(stage) = Stage::get() {
        stage.lock().will_stir_every(period);
    }
}

#[track_caller]
fn stir_at(deadline: Instant) {
    demand_runtime();
    stir_in(deadline.saturating_duration_since(Instant::now()));
}

/// Somebody will wake after `duration`, unless that is a way to say never.
fn stir_in(duration: Duration) {
    if let Some(stage) = Stage::get()
        && duration < FOR_EVER
    {
        stage.lock().will_stir_in(duration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_over_at_a_whole_millisecond() {
        let (ms, us) = (Duration::from_millis, Duration::from_micros);
        assert_eq!(whole(ms(3), ms(20)), ms(20));
        assert_eq!(whole(ms(3), us(326_830)), ms(327));
        assert_eq!(whole(us(500), us(1_000)), us(1_500));
        assert_eq!(whole(ms(1), Duration::MAX), Duration::MAX);
    }
}
