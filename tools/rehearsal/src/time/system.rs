//! The time of day, which in a rehearsal is the same each time.

use super::{Duration, now};
use crate::stage::Stage;
use std::ops::{Add, AddAssign, Sub, SubAssign};

pub use std::time::SystemTimeError;

/// The time of day; the mirror of [`std::time::SystemTime`].
///
/// A rehearsal begins at noon on the first day of 2026 (UTC), and its clock goes on from there.
///
/// ```
/// use rehearsal::{thread, time::{Duration, SystemTime}};
///
/// let start = SystemTime::now();
/// thread::sleep(Duration::from_millis(5));
/// assert!(start.elapsed().unwrap() >= Duration::from_millis(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemTime(std::time::SystemTime);

/// The beginning of 1970; the mirror of [`std::time::UNIX_EPOCH`].
///
/// ```
/// use rehearsal::time::{SystemTime, UNIX_EPOCH};
///
/// assert!(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() > 1_000_000_000);
/// ```
pub const UNIX_EPOCH: SystemTime = SystemTime::UNIX_EPOCH;

/// 2026-01-01 12:00:00 UTC.
const BEGIN: Duration = Duration::from_secs(1_767_268_800);

impl SystemTime {
    /// The beginning of 1970.
    ///
    /// ```
    /// use rehearsal::time::{SystemTime, UNIX_EPOCH};
    ///
    /// assert_eq!(SystemTime::UNIX_EPOCH, UNIX_EPOCH);
    /// ```
    pub const UNIX_EPOCH: SystemTime = SystemTime(std::time::UNIX_EPOCH);

    /// The present time of day.
    ///
    /// ```
    /// use rehearsal::time::SystemTime;
    ///
    /// assert!(SystemTime::now() > SystemTime::UNIX_EPOCH);
    /// ```
    pub fn now() -> SystemTime {
        match Stage::get() {
            Some(stage) if stage.is_virtual() => UNIX_EPOCH + (BEGIN + now()),
            _ => SystemTime(std::time::SystemTime::now()),
        }
    }

    /// The time from `earlier` to this one; `Err` says by how much it is later.
    ///
    /// ```
    /// use rehearsal::time::{Duration, UNIX_EPOCH};
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!((UNIX_EPOCH + second).duration_since(UNIX_EPOCH).unwrap(), second);
    /// assert_eq!(UNIX_EPOCH.duration_since(UNIX_EPOCH + second).unwrap_err().duration(), second);
    /// ```
    pub fn duration_since(&self, earlier: SystemTime) -> Result<Duration, SystemTimeError> {
        self.0.duration_since(earlier.0)
    }

    /// The time that has passed since then.
    ///
    /// ```
    /// use rehearsal::time::UNIX_EPOCH;
    ///
    /// assert!(UNIX_EPOCH.elapsed().is_ok());
    /// ```
    pub fn elapsed(&self) -> Result<Duration, SystemTimeError> {
        SystemTime::now().duration_since(*self)
    }

    /// This time and a duration, or `None` where that can't be represented.
    ///
    /// ```
    /// use rehearsal::time::{Duration, UNIX_EPOCH};
    ///
    /// assert!(UNIX_EPOCH.checked_add(Duration::from_secs(1)).is_some());
    /// ```
    pub fn checked_add(&self, duration: Duration) -> Option<SystemTime> {
        self.0.checked_add(duration).map(SystemTime)
    }

    /// This time less a duration, or `None` where that can't be represented.
    ///
    /// ```
    /// use rehearsal::time::{Duration, UNIX_EPOCH};
    ///
    /// let second = Duration::from_secs(1);
    /// assert_eq!((UNIX_EPOCH + second).checked_sub(second), Some(UNIX_EPOCH));
    /// ```
    pub fn checked_sub(&self, duration: Duration) -> Option<SystemTime> {
        self.0.checked_sub(duration).map(SystemTime)
    }
}

impl Add<Duration> for SystemTime {
    type Output = SystemTime;

    fn add(self, duration: Duration) -> SystemTime {
        SystemTime(self.0 + duration)
    }
}

impl AddAssign<Duration> for SystemTime {
    fn add_assign(&mut self, duration: Duration) {
        self.0 += duration;
    }
}

impl Sub<Duration> for SystemTime {
    type Output = SystemTime;

    fn sub(self, duration: Duration) -> SystemTime {
        SystemTime(self.0 - duration)
    }
}

impl SubAssign<Duration> for SystemTime {
    fn sub_assign(&mut self, duration: Duration) {
        self.0 -= duration;
    }
}
