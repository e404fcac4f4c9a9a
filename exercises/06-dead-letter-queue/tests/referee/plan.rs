//! What has to become of each item, as the flags have it: how often it is tried, for how long, and with which pauses.

use exam::referee::{Setting, Tasks};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

pub(crate) struct Flags {
    pub(super) jobs: u64,
    pub(super) workers: usize,
    pub(super) capacity: usize,
    pub(super) max_attempts: u64,
    poison: Option<u64>,
    pub(super) is_full: bool,
    jitter: u64,
    seed: u64,
    /// Whether dead letters are put back.
    pub(super) redrives: bool,
    /// How many letters find room.
    pub(super) room: Option<usize>,
    /// Whether pauses double, and no worker sleeps through them.
    pub(super) backs_off: bool,
    /// Whether a malformed item is tried once, and a letter tells its story.
    pub(super) knows_malformed: bool,
    /// Whether a schedule stretches the times.
    pub(super) is_stretched: bool,
}

/// How an attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Processed,
    TimedOut,
    Malformed,
}

impl Flags {
    pub(super) fn of(setting: &Setting, tasks: &Tasks) -> Flags {
        let count = |flag: &str| setting.number(flag) as usize;
        let room = setting.maybe("--dlq-capacity").filter(|_| tasks.done("fix-3"));
        Flags {
            jobs: setting.number("--jobs"),
            workers: count("--workers"),
            capacity: count("--capacity"),
            max_attempts: setting.number("--max-attempts"),
            poison: setting.maybe("--poison"),
            is_full: setting.is_set("--full"),
            jitter: setting.number("--jitter"),
            seed: setting.number("--seed"),
            redrives: setting.is_set("--redrive") && tasks.done("alter-2"),
            room: room.map(|room| room as usize),
            backs_off: tasks.done("alter-1"),
            knows_malformed: tasks.done("fix-1"),
            is_stretched: setting.schedule().is_some(),
        }
    }

    /// How long the producer looks for an item.
    pub(super) fn pause(&self, item: u64) -> Duration {
        if self.is_full { Duration::ZERO } else { self.random_time(50..=150, item, 0) }
    }

    /// How the attempts of an item end, as the brief has it.
    pub(super) fn endings(&self, item: u64, redriven: bool) -> Vec<Ending> {
        let hiccups = if item.is_multiple_of(3) { item / 3 % 5 } else { 0 };
        let poison = self.poison.filter(|&nth| item.is_multiple_of(nth));
        let tries = self.max_attempts as usize;
        let timeouts = match poison {
            Some(nth) if item.is_multiple_of(2 * nth) => u64::MAX,
            Some(_) if self.knows_malformed => return vec![Ending::Malformed],
            Some(_) => return vec![Ending::Malformed; tries],
            None if redriven => hiccups / 2,
            None => hiccups.max(self.is_full.into()),
        };
        let ending = |n| if n <= timeouts { Ending::TimedOut } else { Ending::Processed };
        let mut endings: Vec<Ending> = (1..=self.max_attempts).map(ending).collect();
        let works = endings.iter().position(|ending| *ending == Ending::Processed);
        endings.truncate(works.map_or(tries, |place| place + 1));
        endings
    }

    /// How long an attempt takes that ends like this.
    pub(super) fn time(&self, item: u64, ending: Ending) -> Duration {
        match ending {
            Ending::Processed => self.random_time(200..=600, item, 0),
            Ending::TimedOut => Duration::from_millis(701),
            Ending::Malformed => Duration::from_millis(97),
        }
    }

    /// The pause after an attempt that failed.
    pub(super) fn backoff(&self, item: u64, attempt: u64) -> Duration {
        // A number that no attempt has is refused by another rule.
        let doubled = 1 << attempt.saturating_sub(1).min(20);
        BASE * doubled + self.random_time(0..=self.jitter, item, attempt)
    }

    /// The pause as it is in the starter.
    pub(super) fn least(&self, item: u64, attempt: u64) -> Duration {
        BASE + self.random_time(0..=self.jitter, item, attempt)
    }

    /// As the plumbing has it.
    fn random_time(&self, millis: RangeInclusive<u64>, item: u64, attempt: u64) -> Duration {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed + millis.end());
        rng.set_stream(item * 100 + attempt);
        Duration::from_millis(rng.random_range(millis))
    }
}
