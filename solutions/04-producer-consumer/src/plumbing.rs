//! What a job is, how long it takes, and the flags. No task needs a change here.

use clap::Parser;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A job, with what becomes of it. It prints as its name: `process_item_5`, or `urgent_item_5`.
#[derive(Clone, Copy)]
pub(crate) struct Job {
    pub(crate) number: u32,
    pub(crate) is_urgent: bool,
    /// How long the producer looks for it.
    pub(crate) pause: Duration,
    /// How long a worker needs for it.
    pub(crate) time: Duration,
    /// How many of its tries fail.
    pub(crate) failures: u32,
    pub(crate) panics: bool,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_urgent { "urgent" } else { "process" };
        write!(f, "{kind}_item_{}", self.number)
    }
}

impl Args {
    /// The jobs of the first part, in the order in which the producer finds them.
    pub(crate) fn jobs(self) -> Vec<Job> {
        (1..=self.jobs).map(|number| self.job(number)).collect()
    }

    /// The jobs of the batch, which go on counting.
    pub(crate) fn batch(self) -> Vec<Job> {
        (self.jobs + 1..=self.jobs + self.batch).map(|number| self.job(number)).collect()
    }

    fn job(self, number: u32) -> Job {
        let every = |nth: Option<u32>| nth.is_some_and(|nth| number.is_multiple_of(nth));
        Job {
            number,
            is_urgent: every(self.priority),
            pause: self.random_time(50..=150, number),
            time: self.random_time(200..=1000, number),
            failures: u32::from(every(self.fail)) + u32::from(every(self.fail.map(|nth| 2 * nth))),
            panics: every(self.panic),
        }
    }

    /// Random, and yet always the same for a seed, a job and a range: whoever takes the job, and when.
    fn random_time(self, millis: RangeInclusive<u64>, number: u32) -> Duration {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(self.seed) + millis.end());
        rng.set_stream(number.into());
        Duration::from_millis(rng.random_range(millis))
    }
}

/// Twenty jobs, three workers, and one bounded queue between them.
#[derive(Parser, Clone, Copy)]
pub(crate) struct Args {
    /// How many jobs the producer adds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) jobs: u32,
    /// How many workers take them
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) workers: u32,
    /// How many more workers there are, whom nobody counts
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) helpers: u32,
    /// How many jobs the queue holds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) capacity: u16,
    /// How many jobs the second part has
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) batch: u32,
    /// Every K-th job is urgent
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) priority: Option<u32>,
    /// Every K-th job fails
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) fail: Option<u32>,
    /// Every K-th job panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) panic: Option<u32>,
    /// Keep the jobs that fail
    #[arg(long)]
    pub(crate) dead_letters: bool,
    /// Other seeds give other times
    #[arg(long, default_value_t = 257)]
    pub(crate) seed: u32,
}
