//! The flags that all programs share, behind the mirror of `clap::Parser`.

use crate::settings::{CORES, Pace};
use ::clap::{Args, Command};
use std::path::PathBuf;

/// [clap](https://docs.rs/clap), with a [`Parser`](clap::Parser) that knows the rehearsal's flags.
///
/// ```
/// use rehearsal::clap::Parser;
///
/// #[derive(Parser)]
/// struct Args {
///     /// Jobs to process
///     #[arg(long, default_value_t = 20)]
///     jobs: u32,
/// }
///
/// // Accepts --jobs, and --pace, --schedule, --tape, --cores and --max-threads with it.
/// let args = Args::parse();
/// assert_eq!(args.jobs, 20);
/// ```
pub mod clap {
    // The derive is clap's own; it needs clap among the program's dependencies. A name that is
    // declared here, the trait `Parser`, goes before the one that a glob brings.
    pub use ::clap::*;

    /// The mirror of [`clap::Parser`](trait@::clap::Parser), under the same name: a `parse` that knows
    /// the rehearsal's flags beside the program's own.
    ///
    /// ```
    /// use rehearsal::clap::Parser;
    ///
    /// #[derive(Parser)]
    /// struct Args {}
    ///
    /// let Args {} = Args::parse();
    /// ```
    pub trait Parser: ::clap::Parser {
        /// Parses the command line. Bad input ends the program with exit code 2.
        fn parse() -> Self {
            // The stage is open from here on, and with it the watchdog; what is wrong with the shared flags
            // is told before the rest.
            crate::stage::Stage::get();
            let command = super::with_shared_flags(Self::command());
            let matches = command.get_matches();
            Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
        }
    }

    impl<T: ::clap::Parser> Parser for T {}
}

/// The flags that a program has, and those that all share.
pub(crate) fn with_shared_flags(command: Command) -> Command {
    Shared::augment_args(with_negative_numbers(command))
}

/// So that `--capacity -1` is told as a bad value of --capacity.
fn with_negative_numbers(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let takes_a_value = arg.get_action().takes_values();
        if takes_a_value { arg.allow_negative_numbers(true) } else { arg }
    });
    command.mut_subcommands(with_negative_numbers)
}

#[derive(Args)]
#[command(next_help_heading = "Rehearsal")]
struct Shared {
    /// How time passes (also: the variable REHEARSAL)
    #[arg(long, global = true, default_value = Pace::Live.name(), value_parser = Pace::ALL.map(Pace::name))]
    pace: String,

    /// Play another order, chosen at random; the same number replays it
    #[arg(long, global = true, value_name = "N")]
    schedule: Option<u64>,

    /// Tell what a failing schedule needs to fail, in one sentence
    #[arg(long, global = true, value_name = "N")]
    shrink: Option<u64>,

    /// Hold actors at stops such as 2@recv#3, or those in @FILE
    #[arg(long, global = true, value_name = "STOPS")]
    held: Option<String>,

    /// Keep what a schedule changes, in a file
    #[arg(long, global = true, value_name = "FILE")]
    keep_holds: Option<PathBuf>,

    /// Play many schedules, such as 0..100, and tell how they end
    #[arg(long, global = true, value_name = "A..B")]
    explore: Option<String>,

    /// Write what each schedule did to a file, as JSON lines
    #[arg(long, global = true, value_name = "FILE")]
    explored: Option<PathBuf>,

    /// How many times as long a schedule may make a sleep; 1 leaves them as they are
    /// [default: 5, and 64 for the few that are slow]
    #[arg(long, global = true, value_name = "N", verbatim_doc_comment)]
    stretch: Option<u32>,

    /// Write all that happens to a file, as JSON lines
    #[arg(long, global = true, value_name = "FILE")]
    tape: Option<PathBuf>,

    /// Keep the choices that a schedule makes, in a file that --choices plays
    #[arg(long, global = true, value_name = "FILE")]
    keep_choices: Option<PathBuf>,

    /// Play the choices in a file
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "schedule")]
    choices: Option<PathBuf>,

    /// Play the plain order, but at choice 3 the second of what could happen: 3:2,7:1 (or nothing)
    #[arg(long, global = true, value_name = "LIST")]
    choose: Option<String>,

    /// End at this choice, and write to the tape what could happen there
    #[arg(long, global = true, value_name = "CHOICE", requires_all = ["choose", "tape"])]
    ask: Option<u64>,

    /// Draw the schedule by how often each acts in the choices of an earlier run
    #[arg(long, global = true, value_name = "FILE", requires = "schedule")]
    counts: Option<PathBuf>,

    /// The virtual cores that computing shares
    #[arg(long, global = true, value_name = "N", default_value_t = CORES)]
    cores: usize,

    /// The threads that the virtual machine allows beside main; a further one is refused
    #[arg(long, global = true, value_name = "N")]
    max_threads: Option<usize>,
}
