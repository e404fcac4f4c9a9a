//! The flags.

use crate::carrier::Carrier;
use crate::control::Gate;
use crate::file::Access;
use crate::item::{BILL, CONSUME, REPORT, Result, STEPS};
use clap::{Parser, Subcommand};
use rehearsal::thread;
use rehearsal::time::Duration;
use std::path::PathBuf;

/// Orders from a sheet, in three steps: produce, consume, report
#[derive(Parser)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The file that holds the queue
    #[arg(long, global = true, value_name = "FILE", default_value = "work.db")]
    pub(crate) queue: PathBuf,
    /// Read the time, in seconds, from a file, so that you decide when a lease is over
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) clock: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make an item of each row of a sheet
    Produce {
        /// The sheet, an .xlsx file
        #[arg(value_name = "FILE.xlsx", required_unless_present = "from_item")]
        sheet: Option<PathBuf>,
        /// Take the sheets from the files of items
        #[arg(long, conflicts_with = "sheet")]
        from_item: bool,
    },
    /// Check each order and have it sent
    Consume(Consume),
    /// Tell what became of all orders
    Report {
        /// Draw the steps too, with their items counted: a picture for a browser
        #[arg(long, value_name = "FILE.svg")]
        svg: Option<PathBuf>,
    },
    /// Show the items and their states
    List {
        /// Of this step only
        #[arg(long, value_parser = STEPS)]
        step: Option<String>,
    },
    /// Make failed items new: those that are named, or all that failed as APPLICATION
    Retry {
        /// The numbers of items
        #[arg(value_name = "ITEM")]
        items: Vec<i64>,
    },
    /// Add the items of a JSON file: all of them, or none
    Import {
        /// `[{"payload": {…}, "files": {"name": "path"}}]`
        #[arg(value_name = "FILE.json")]
        path: PathBuf,
        /// The step that takes them
        #[arg(long, default_value = CONSUME, value_parser = STEPS)]
        step: String,
    },
    /// Print the items of a step as JSON
    Export {
        /// Write to a file instead
        #[arg(value_name = "FILE.json")]
        path: Option<PathBuf>,
        /// The step that takes them
        #[arg(long, default_value = CONSUME, value_parser = STEPS)]
        step: String,
        /// Those that failed only
        #[arg(long)]
        failed: bool,
    },
}

#[derive(clap::Args)]
pub(crate) struct Consume {
    /// What the consumer is called
    #[arg(long, default_value = "Consumer")]
    pub(crate) name: String,
    /// The step whose items it takes
    #[arg(long, default_value = CONSUME, value_parser = [CONSUME, BILL])]
    pub(crate) step: String,
    /// The step that takes what it hands on
    #[arg(long, default_value = REPORT, value_parser = [BILL, REPORT])]
    pub(crate) next: String,
    /// How long an item is ours before somebody else may take it
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) lease: Duration,
    /// How often the lease is renewed [default: a third of the lease]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) heartbeat: Option<Duration>,
    /// How many items are taken and finished in one commit
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) batch: u32,
    /// How often an item is tried that fails as APPLICATION
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) attempts: u32,
    /// Stay until nobody has an item any more
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long the work on an item takes
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = no_or_more_seconds)]
    pub(crate) work: Duration,
    /// The work is not over as long as this file is there; if it holds a number, only the work on that item
    #[arg(long, value_name = "FILE")]
    pub(crate) hold: Option<PathBuf>,
    /// The carrier's book, with a line for each parcel that was sent
    #[arg(long, value_name = "FILE", default_value = "parcels.txt")]
    pub(crate) parcels: PathBuf,
    /// The carrier takes no parcel as long as this file is there, as with --hold
    #[arg(long, value_name = "FILE")]
    pub(crate) hold_carrier: Option<PathBuf>,
    /// Die as by kill -9 right before the N-th parcel is sent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) crash_before: Option<u32>,
    /// Die as by kill -9 right after the N-th parcel was sent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) crash_after: Option<u32>,
    /// Tell how many items were finished in a second
    #[arg(long)]
    pub(crate) measure: bool,
}

impl Args {
    /// What the command does with the queue's file.
    pub(crate) fn access(&self) -> Access {
        match self.command {
            Command::Produce { from_item: false, .. } | Command::Import { .. } => Access::Make,
            Command::List { .. } | Command::Export { .. } | Command::Report { .. } => Access::Look,
            _ => Access::Write,
        }
    }
}

impl Consume {
    /// Refuses flags that contradict each other.
    pub(crate) fn checked(&self) -> Result<&Consume> {
        if self.heartbeat.is_some_and(|every| every >= self.lease) {
            return Err("--heartbeat has to be shorter than --lease, or it comes too late".into());
        }
        if self.next == self.step {
            return Err("--next has to be a later step than --step, or nothing ever ends".into());
        }
        Ok(self)
    }

    /// Lets the time pass that the work on an item takes.
    pub(crate) fn take_time(&self, item: i64) {
        thread::sleep(self.work);
        Gate(self.hold.clone()).wait(item, &self.name);
    }

    pub(crate) fn carrier(&self) -> Carrier {
        Carrier::new(
            self.parcels.clone(),
            Gate(self.hold_carrier.clone()),
            self.crash_before,
            self.crash_after,
        )
    }
}

fn no_or_more_seconds(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "it is a number of seconds in 0..=86400".to_owned())
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let wrong = || "it is a number of seconds in 0.001..=86400".to_owned();
    no_or_more_seconds(text).ok().filter(|time| *time >= Duration::from_millis(1)).ok_or_else(wrong)
}
