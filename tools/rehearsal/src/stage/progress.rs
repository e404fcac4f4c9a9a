//! Whether the program still gets anywhere.

use std::time::Duration;

/// What counts for deciding that a program spins, ticks for nothing, or has gone silent.
#[derive(Default)]
pub(super) struct Progress {
    /// Calls to the stage so far: when they stop, the watchdog wakes up.
    pub(super) calls: u64,
    /// The stage itself waits for real time: that is not a silence.
    pub(super) keeping_time: bool,
    /// Times that somebody was woken by the clock since the last progress.
    pub(super) idle_wakes: u32,
    /// The last ticket that was drawn before the last progress: who sleeps since before then may still
    /// bring progress.
    pub(super) ticket: u64,
    at: Duration,
    /// How often there was progress.
    count: u64,
}

/// The fruitless tries of one actor since the last progress.
#[derive(Default)]
pub(super) struct Tries {
    number: u32,
    at: Duration,
    progress: u64,
}

/// Fruitless tries at one instant that an honest loop may make.
pub(super) const BOUNDED: u32 = 1_000;

/// Fruitless tries after which a loop is called a spin, when nobody is left who could end it.
pub(super) const HOPELESS: u32 = 10_000;

/// Virtual time without progress, and wake-ups in it, after which a program "ticks for nothing".
/// Both have to be reached: a heartbeat beside one long sleep is no fault.
pub(super) const IDLE: Duration = Duration::from_secs(600);
const IDLE_WAKES: u32 = 20_000;

impl Tries {
    /// Counts one more; returns how many there were at this instant.
    ///
    /// Past [`BOUNDED`] the count goes on from instant to instant, because then it was the trying
    /// that moved the clock.
    pub(super) fn count(&mut self, now: Duration, progress: &Progress) -> u32 {
        let moved_by_others = self.number <= BOUNDED && self.at != now;
        if moved_by_others || self.progress != progress.count {
            self.number = 0;
        }
        self.at = now;
        self.progress = progress.count;
        self.number += 1;
        self.number
    }
}

impl Progress {
    pub(super) fn made(&mut self, now: Duration, ticket: u64) {
        self.idle_wakes = 0;
        self.ticket = ticket;
        self.at = now;
        self.count += 1;
    }

    pub(super) fn is_idle(&self, now: Duration) -> bool {
        self.idle_wakes >= IDLE_WAKES && self.is_hopeless(now)
    }

    /// Whether nothing has brought the program on for a long (virtual) time.
    pub(super) fn is_hopeless(&self, now: Duration) -> bool {
        now.saturating_sub(self.at) >= IDLE
    }

    /// When there was progress for the last time.
    pub(super) fn last(&self) -> Duration {
        self.at
    }
}
