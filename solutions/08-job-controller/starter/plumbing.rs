//! The flags, and the ids and times that follow from them. No task needs a change here.

use crate::job::{NUM_WORKERS, WORK_QUEUE_MAX_SIZE};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use std::ops::RangeInclusive;
use std::time::Duration;
use uuid::{Builder, Uuid};

/// A job of many tasks: producers, consumers, and a controller that joins them.
#[derive(Parser, Clone, Copy)]
pub(crate) struct Args {
    /// How many tasks the job has
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) tasks: u32,
    /// How many producers put them into the queue
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) producers: u32,
    /// How many workers there are: each is a consumer
    #[arg(long, default_value_t = NUM_WORKERS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) workers: u32,
    /// How many tasks the queue holds
    #[arg(long, default_value_t = WORK_QUEUE_MAX_SIZE, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) capacity: u32,
    /// How many handlers call back
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) handlers: u32,
    /// Every K-th task fails
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) fail: Option<u32>,
    /// Every K-th task panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) panic: Option<u32>,
    /// The callback of every K-th task panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) panic_callback: Option<u32>,
    /// How long each task's callback takes
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub(crate) slow_callback: u64,
    /// How long a task may take
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub(crate) limit: Option<u64>,
    /// When the job is cancelled
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub(crate) cancel_after: Option<u64>,
    /// Other seeds give other times and ids
    #[arg(long, default_value_t = 102)]
    pub(crate) seed: u32,
}

pub(crate) fn every(nth: Option<u32>, number: u32) -> bool {
    nth.is_some_and(|nth| number.is_multiple_of(nth))
}

/// Random, and yet always the same for a seed, a task and a range: whoever takes the task, and when.
pub(crate) fn random_time(millis: RangeInclusive<u64>, number: u32, args: Args) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + millis.end());
    rng.set_stream(number.into());
    Duration::from_millis(rng.random_range(millis))
}

/// The same every time, so that we can talk about it. Elsewhere this is `Uuid::new_v4()`.
pub(crate) fn random_id(number: u32, args: Args) -> Uuid {
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed.into());
    rng.set_stream(number.into());
    Builder::from_random_bytes(rng.random()).into_uuid()
}
