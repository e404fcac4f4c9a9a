//! The flags that all programs share, behind the mirror of `clap::Parser`.

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
/// // Accepts --jobs, and --pace, --schedule, --tape and --cores with it.
/// let args = Args::parse();
/// assert_eq!(args.jobs, 20);
/// ```
pub mod clap {
    use crate::{
        settings::{CORES, Pace},
        stage::Stage,
    };
    use std::path::PathBuf;

    // The derive is clap's own; it needs clap among the program's dependencies. A name that is
    // declared here, the trait `Parser`, goes before the one that a glob brings.
    pub use ::clap::*;

    /// The mirror of [`clap::Parser`](trait@::clap::Parser), under the same name: a `parse` that knows
    /// the rehearsal's flags beside the program's own.
    pub trait Parser: ::clap::Parser {
        /// Parses the command line. Bad input ends the program with exit code 2.
        fn parse() -> Self {
            // The stage is open from here on, and with it the watchdog; what is wrong with the shared flags
            // is told before the rest.
            Stage::get();
            let command = <Shared as ::clap::Args>::augment_args(Self::command());
            // So that `--capacity -1` is told as a bad value of --capacity.
            let command = command.mut_args(|arg| {
                let takes_a_value = arg.get_action().takes_values();
                if takes_a_value { arg.allow_negative_numbers(true) } else { arg }
            });
            let matches = command.get_matches();
            Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
        }
    }

    impl<T: ::clap::Parser> Parser for T {}

    #[derive(::clap::Args)]
    #[command(next_help_heading = "Rehearsal")]
    struct Shared {
        /// How time passes (also: the variable REHEARSAL)
        #[arg(long, default_value = Pace::Live.name(), value_parser = Pace::ALL.map(Pace::name))]
        pace: String,

        /// Play another order, chosen at random; the same number replays it
        #[arg(long, value_name = "N")]
        schedule: Option<u64>,

        /// Write all that happens to a file, as JSON lines
        #[arg(long, value_name = "FILE")]
        tape: Option<PathBuf>,

        /// The virtual cores that computing shares
        #[arg(long, value_name = "N", default_value_t = CORES)]
        cores: usize,
    }
}
