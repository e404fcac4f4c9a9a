//! `cargo course stage`: a learner chooses who goes on.

use clap::Args;
use course::{
    Result,
    look::Look,
    say,
    stage::{self, Picks, Whose, Wish},
    workspace::Workspace,
};
use std::{ffi::OsString, path::PathBuf};

/// Be the scheduler: choose who goes on, at each operation
///
/// The program stands still wherever more than one could go on, with the source, the queues and the clock, and you
/// choose. In a pipe it prints what is to be seen at one choice. A challenge asks for an order in which something
/// goes wrong. Some are impossible: --search can prove it.
///
///   cargo course stage 02 -- --items 3 --batches 1
///   cargo course stage 02 --challenges
///   cargo course stage 03 --challenge lose-an-item
///   cargo course stage 03 --challenge lose-an-item --search
///   cargo course stage 02 --choose 5:2,9:2 --at 3
///   cargo course stage 02 --choose 5:2,9:2 --html run.html
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Choosing {
    /// The exercise: 4, 04 or 04-producer-consumer
    exercise: String,
    /// What was chosen already: at choice 3 the second, 3:2,7:1, or nothing
    #[arg(long, value_name = "LIST")]
    choose: Option<String>,
    /// Begin at this choice; without it, behind what was chosen
    #[arg(long, value_name = "CHOICE", value_parser = clap::value_parser!(u64).range(1..))]
    at: Option<u64>,
    /// The program: mine, starter or breaks/NAME; without it, your own. A challenge has its own
    #[arg(long, value_name = "PROGRAM")]
    on: Option<String>,
    /// Play this challenge, with its program and its flags
    #[arg(long, value_name = "NAME")]
    challenge: Option<String>,
    /// List the challenges, and tell which are solved
    #[arg(long, conflicts_with_all = ["challenge", "choose", "at", "on", "search", "html", "flags"])]
    challenges: bool,
    /// Have the tool look for an order that solves the challenge, in so many orders
    #[arg(long, value_name = "ORDERS", num_args = 0..=1, default_missing_value = "2000", value_parser = orders, requires = "challenge", conflicts_with_all = ["choose", "at", "html"])]
    search: Option<usize>,
    /// Write a page of the run with these choices, for a browser
    #[arg(long, value_name = "FILE", conflicts_with_all = ["challenge", "on", "at"])]
    html: Option<PathBuf>,
    /// Flags of the program
    #[arg(last = true)]
    flags: Vec<OsString>,
}

fn orders(text: &str) -> std::result::Result<usize, String> {
    text.parse().ok().filter(|orders| *orders > 0).ok_or_else(|| "a number from 1 on".to_owned())
}

impl Choosing {
    /// Whether the challenge is solved, if there is one.
    pub(crate) fn play(self, workspace: &Workspace, look: Look) -> Result<bool> {
        let exercise = workspace.exercise(&self.exercise)?;
        if self.challenges {
            say(&stage::list(&exercise, look)?)?;
            return Ok(true);
        }
        let wish = Wish {
            flags: self.flags,
            choose: self.choose.map(|list| list.parse::<Picks>()).transpose()?,
            at: self.at,
            whose: self.on.map(|name| Whose::named(&name)).transpose()?,
            challenge: self.challenge,
            search: self.search,
            html: self.html,
        };
        stage::run(&exercise, &wish, look)
    }
}
