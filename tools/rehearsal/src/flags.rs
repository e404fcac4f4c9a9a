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
        #[track_caller]
        fn parse() -> Self {
            let command = super::with_shared_flags(Self::command());
            // The stage is open from here on, and with it the watchdog; what is wrong with the shared flags
            // is told before the rest.
            crate::stage::Stage::get();
            let matches = command.get_matches();
            Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
        }
    }

    impl<T: ::clap::Parser> Parser for T {}
}

/// The flags that a program has, and those that all share. It can't have one of these for itself: what stands
/// behind it would be read by both.
#[track_caller]
pub(crate) fn with_shared_flags(command: Command) -> Command {
    if let Some((program, flag)) = taken(&command) {
        panic!(
            "`{program}` has {flag} of its own, and the rehearsal reads that too: call it something else"
        );
    }
    Shared::augment_args(with_negative_numbers(command))
}

/// The first argument of a program's, or of one of its commands', that goes by the name of a shared one, and whose
/// it is. Of a command's clap says nothing, and lets it go before the shared one.
fn taken(command: &Command) -> Option<(String, String)> {
    let shared = Shared::augment_args(Command::new("shared"));
    let own = command.get_arguments().find_map(|arg| {
        let names = arg.get_long().into_iter().chain(arg.get_all_aliases().into_iter().flatten());
        let is_shared =
            |name: &&str| shared.get_arguments().any(|other| other.get_long() == Some(name));
        let has_id = || shared.get_arguments().any(|other| other.get_id() == arg.get_id());
        let flag = names.clone().find(is_shared).map(|name| format!("a flag --{name}"));
        flag.or_else(|| has_id().then(|| format!("an argument `{}`", arg.get_id())))
    });
    let name = command.get_name();
    own.map(|flag| (name.to_owned(), flag)).or_else(|| {
        let (of, flag) = command.get_subcommands().find_map(taken)?;
        Some((format!("{name} {of}"), flag))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;
    use ::clap::Arg;

    #[test]
    fn what_is_read_is_what_the_help_tells() {
        let command = Shared::augment_args(Command::new("shared"));
        let told =
            command.get_arguments().filter_map(Arg::get_long).map(|long| format!("--{long}"));
        let mut told: Vec<String> = told.collect();
        let mut read = settings::SHARED.to_vec();
        told.sort();
        read.sort();
        assert_eq!(told, read);
    }

    #[test]
    fn a_flag_that_a_program_has_for_itself_is_none_of_the_shared() {
        let flag = |id: &'static str, name: &'static str| Arg::new(id).long(name);
        let of =
            |command: Command| taken(&command).map(|(program, flag)| format!("{program}: {flag}"));
        let program = || Command::new("queue").arg(flag("a", "hold")).arg(flag("b", "jobs"));
        let work = |id, name| program().subcommand(Command::new("work").arg(flag(id, name)));
        assert_eq!(of(work("c", "hold-carrier")), None);
        assert_eq!(of(program().arg(flag("c", "tape"))).unwrap(), "queue: a flag --tape");
        let renamed = program().arg(flag("c", "pause").alias("pace"));
        assert_eq!(of(renamed).unwrap(), "queue: a flag --pace");
        assert_eq!(of(work("c", "held")).unwrap(), "queue work: a flag --held");
        let named = program().arg(Arg::new("schedule"));
        assert_eq!(of(named).unwrap(), "queue: an argument `schedule`");
    }

    #[test]
    #[should_panic(
        expected = "`queue` has a flag --cores of its own, and the rehearsal reads that too"
    )]
    fn such_a_program_does_not_start() {
        with_shared_flags(Command::new("queue").arg(Arg::new("many").long("cores")));
    }
}
