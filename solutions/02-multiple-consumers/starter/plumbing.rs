//! How long an item takes, and the flags. No task needs a change here.

use clap::{CommandFactory, Parser, error::ErrorKind};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Random, and yet always the same for an item and a range: whoever takes the item, and when.
pub(crate) fn random_time(millis: RangeInclusive<u64>, item: u32) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + millis.end());
    rng.set_stream(item.into());
    Duration::from_millis(rng.random_range(millis))
}

/// Chosen so that no two ever act at the same instant by accident.
const SEED: u64 = 136;

/// One producer, several consumers that compete for its items, and one queue.
#[derive(Parser, Clone, Copy)]
pub(crate) struct Args {
    /// How many items there are in a batch
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) items: u32,
    /// How many batches the producer makes
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) batches: u32,
    /// How many consumers take the items
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) consumers: u32,
    /// How many items a queue holds; with 0, each is handed over in person
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) capacity: u16,
    /// Whoever does this item goes home after it
    #[arg(long, value_name = "ITEM", conflicts_with = "split")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) leave_at: Option<u32>,
    /// Whoever does this item panics
    #[arg(long, value_name = "ITEM", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) fail: Option<u32>,
    /// This consumer needs four times as long
    #[arg(long, value_name = "CONSUMER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) slow: Option<u32>,
    /// Play it again with a queue for each consumer
    #[arg(long)]
    pub(crate) split: bool,
}

impl Args {
    /// Refuses what can't be.
    pub(crate) fn checked(self) -> Args {
        let refuse = |problem| Args::command().error(ErrorKind::ValueValidation, problem).exit();
        if self.slow > Some(self.consumers) {
            refuse("--slow names a consumer that does not exist: it is a number up to --consumers");
        }
        if self.leave_at.is_some() && self.consumers == 1 {
            refuse("--leave-at needs --consumers 2 or more, because somebody has to stay");
        }
        self
    }
}
