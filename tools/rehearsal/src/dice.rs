//! The choices of a schedule: a small generator, so that a schedule's number replays it anywhere.

use std::time::Duration;

/// SplitMix64: tiny, portable, and good enough to choose among a few threads.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(schedule: u64) -> Dice {
        Dice(schedule)
    }

    /// A number that two others decide, as if it were rolled.
    pub(crate) fn mixed(one: u64, other: u64) -> u64 {
        let mut dice = Dice(one);
        Dice(dice.roll() ^ other).roll()
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of `0..len`. `len` is not 0.
    pub(crate) fn below(&mut self, len: usize) -> usize {
        (self.roll() % len as u64) as usize
    }

    /// Stretches a duration to up to `times` times itself, and never shortens it: a sleep promises "at least".
    ///
    /// Choosing among those that are ready finds few orders as long as every sleep ends in the same
    /// order: in a trial, 6 orders in 500 schedules without this and 300 in 300 with it.
    pub(crate) fn jitter(&mut self, duration: Duration, times: u32) -> Duration {
        if times <= 1 {
            return duration;
        }
        let millis = duration.as_millis();
        let factor = 1000 + self.roll() % (1000 * u64::from(times - 1));
        if millis == 0 {
            return duration.mul_f64(factor as f64 / 1000.0);
        }
        // Whole milliseconds stay whole: tokio's timers know nothing finer.
        let jittered = (millis.saturating_mul(u128::from(factor)) / 1000).max(1);
        Duration::from_millis(u64::try_from(jittered).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_replays() {
        let rolls = |schedule| {
            let mut dice = Dice::new(schedule);
            (0..20).map(|_| dice.below(10)).collect::<Vec<_>>()
        };
        assert_eq!(rolls(7), rolls(7));
        assert_ne!(rolls(7), rolls(8));
    }

    #[test]
    fn jitter_only_stretches() {
        let mut dice = Dice::new(1);
        let second = Duration::from_secs(1);
        for _ in 0..1_000 {
            let jittered = dice.jitter(second, 5);
            assert!((second..second * 5).contains(&jittered), "{jittered:?}");
        }
        assert_eq!(dice.jitter(Duration::ZERO, 5), Duration::ZERO);
        assert_eq!(dice.jitter(second, 1), second);
    }
}
