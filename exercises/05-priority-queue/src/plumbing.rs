//! What chance decides, and the flags. No task needs a change here.

use clap::Parser;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Random, and yet always the same for a seed, a job and a range: whoever takes the job, and when.
pub(crate) fn random(range: RangeInclusive<u32>, number: u32, args: Args) -> u32 {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + u64::from(*range.end()));
    rng.set_stream(number.into());
    rng.random_range(range)
}

pub(crate) fn random_time(millis: RangeInclusive<u32>, number: u32, args: Args) -> Duration {
    Duration::from_millis(random(millis, number, args).into())
}

/// Jobs of several priorities, a heap, and the workers that take the most urgent one.
#[derive(Parser, Clone, Copy)]
pub(crate) struct Args {
    /// How many jobs the producer adds
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) jobs: u32,
    /// How many workers take them
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) workers: u32,
    /// How many priorities there are: 1 is the lowest
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) levels: u32,
    /// How many jobs of the highest priority come after the others
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) flood: u32,
    /// How many jobs the queue holds
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) capacity: Option<u16>,
    /// After how many milliseconds of waiting a job goes before all others
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=600_000))]
    pub(crate) max_wait: Option<u32>,
    /// Jobs have a time at which they are due, and no priority
    #[arg(long, conflicts_with_all = ["levels", "flood", "max_wait"])]
    pub(crate) deadlines: bool,
    /// Other seeds give other times
    #[arg(long, default_value_t = 257)]
    pub(crate) seed: u32,
}
