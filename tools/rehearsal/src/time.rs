//! Time on the rehearsal's clock. The mirror of the part of [`std::time`] that programs use.

mod system;

use crate::{place::Place, stage::Stage};
pub use std::time::Duration;
use std::{
    ops::{Add, AddAssign, Sub, SubAssign},
    sync::LazyLock,
};
pub use system::{SystemTime, SystemTimeError, UNIX_EPOCH};

/// A measurement of the rehearsal's clock; the mirror of [`std::time::Instant`].
///
/// ```
/// use rehearsal::{thread, time::{Duration, Instant}};
///
/// let start = Instant::now();
/// thread::sleep(Duration::from_millis(5));
/// assert!(start.elapsed() >= Duration::from_millis(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub(crate) Duration);

/// Real time 0, on the pace `off`.
static ZERO: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

/// The present instant, for the rehearsal's own use.
pub(crate) fn now() -> Duration {
    Stage::get().map_or_else(|| ZERO.elapsed(), Stage::now)
}

/// When instant 0 was, on the paces `real` and `off`.
#[cfg(feature = "threads")]
fn zero() -> std::time::Instant {
    Stage::get().map_or_else(|| *ZERO, |stage| stage.lock().clock().wall())
}

impl Instant {
    /// The present instant of the rehearsal's clock. In a loop that waits for the clock to move, it moves.
    ///
    /// ```
    /// use rehearsal::time::Instant;
    ///
    /// let start = Instant::now();
    /// assert!(Instant::now() >= start);
    /// ```
    #[track_caller]
    pub fn now() -> Instant {
        if let Some(stage) = Stage::get() {
            stage.notice_glance(Place::here());
        }
        Instant(now())
    }

    /// The time that has passed since this instant.
    ///
    /// ```
    /// use rehearsal::{thread, time::{Duration, Instant}};
    ///
    /// let start = Instant::now();
    /// thread::sleep(Duration::from_millis(2));
    /// assert!(start.elapsed() >= Duration::from_millis(2));
    /// ```
    #[track_caller]
    pub fn elapsed(&self) -> Duration {
        Instant::now().duration_since(*self)
    }

    /// The time from `earlier` to this instant, zero if it is later.
    ///
    /// ```
    /// use rehearsal::time::{Duration, Instant};
    ///
    /// let (now, second) = (Instant::now(), Duration::from_secs(1));
    /// assert_eq!((now + second).duration_since(now), second);
    /// assert_eq!(now.duration_since(now + second), Duration::ZERO);
    /// ```
    pub fn duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The time from `earlier` to this instant, or `None` if it is later.
    ///
    /// ```
    /// use rehearsal::time::{Duration, Instant};
    ///
    /// let (now, second) = (Instant::now(), Duration::from_secs(1));
    /// assert_eq!((now + second).checked_duration_since(now), Some(second));
    /// assert_eq!(now.checked_duration_since(now + second), None);
    /// ```
    pub fn checked_duration_since(&self, earlier: Instant) -> Option<Duration> {
        self.0.checked_sub(earlier.0)
    }

    /// The time from `earlier` to this instant, zero if it is later.
    ///
    /// ```
    /// use rehearsal::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// assert_eq!(now.saturating_duration_since(now + Duration::from_secs(1)), Duration::ZERO);
    /// ```
    pub fn saturating_duration_since(&self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }

    /// This instant and a duration, or `None` where that can't be represented.
    ///
    /// ```
    /// use rehearsal::time::{Duration, Instant};
    ///
    /// let later = Instant::now() + Duration::from_secs(1);
    /// assert!(later.checked_add(Duration::from_secs(1)).is_some());
    /// assert_eq!(later.checked_add(Duration::MAX), None);
    /// ```
    pub fn checked_add(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_add(duration).map(Instant)
    }

    /// This instant less a duration, or `None` where that can't be represented.
    ///
    /// ```
    /// use rehearsal::time::{Duration, Instant};
    ///
    /// let (now, second) = (Instant::now(), Duration::from_secs(1));
    /// assert_eq!((now + second).checked_sub(second), Some(now));
    /// assert_eq!(now.checked_sub(Duration::MAX), None);
    /// ```
    pub fn checked_sub(&self, duration: Duration) -> Option<Instant> {
        self.0.checked_sub(duration).map(Instant)
    }

    /// The same instant in the terms of the real crates, on the paces `real` and `off`.
    #[cfg(feature = "threads")]
    pub(crate) fn real(self) -> std::time::Instant {
        zero() + self.0
    }

    #[cfg(feature = "threads")]
    pub(crate) fn of_real(instant: std::time::Instant) -> Instant {
        Instant(instant.saturating_duration_since(zero()))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        self.checked_add(duration).expect("overflow when adding duration to instant")
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, duration: Duration) -> Instant {
        self.checked_sub(duration).expect("overflow when subtracting duration from instant")
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }
}
