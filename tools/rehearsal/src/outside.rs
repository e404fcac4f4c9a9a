//! For programs that talk to what has a time of its own: sockets, files, other processes.
//!
//! The rehearsal's clock jumps ahead while a program waits, and a server at the other end of a socket does
//! not jump with it. So a program that takes its `tokio` or its `clap` from here plays on the pace `real`,
//! where time is real and only names, reports and the watchdog are the rehearsal's.
//!
//! `live` and `instant` are refused, unless the program has a flag `--stub`, with which it plays
//! something of its own in place of the outside. Then all paces and schedules can be had with that flag.
//!
//! ```
//! use rehearsal::outside::clap::Parser;
//!
//! #[derive(Parser)]
//! struct Args {
//!     /// Play a network that is made up, instead of the real one
//!     #[arg(long)]
//!     stub: bool,
//! }
//!
//! let args = Args::parse(); // without `--pace`, the pace is real
//! assert!(!args.stub);
//! ```

/// [clap](https://docs.rs/clap), as [`rehearsal::clap`](crate::clap), for programs that go outside.
#[cfg(all(feature = "stage", feature = "flags"))]
pub mod clap {
    use crate::{
        settings::{Pace, go_outside, refuse, settings},
        stage::Stage,
    };

    pub use ::clap::*;

    /// The mirror of [`clap::Parser`](trait@::clap::Parser): without `--pace`, the pace is `real`.
    ///
    /// ```
    /// use rehearsal::outside::clap::Parser;
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
            let command = Self::command();
            let knows_stub = command.get_arguments().any(|arg| arg.get_long() == Some("stub"));
            let command = crate::flags::with_shared_flags(command);
            go_outside();
            Stage::get();
            let paces: &[Pace] = if knows_stub { &Pace::ALL } else { &[Pace::Real, Pace::Off] };
            let names = builder::PossibleValuesParser::new(paces.iter().map(|pace| pace.name()));
            let command = command
                .mut_arg("pace", |arg| arg.default_value(Pace::Real.name()).value_parser(names))
                // They only ever matter where the clock is virtual.
                .mut_arg("schedule", |arg| arg.hide(!knows_stub))
                .mut_arg("stretch", |arg| arg.hide(!knows_stub))
                .mut_arg("cores", |arg| arg.hide(!knows_stub))
                .mut_arg("max_threads", |arg| arg.hide(!knows_stub));
            let matches = command.get_matches();
            let is_stubbed = knows_stub && matches.get_flag("stub");
            if settings().pace.is_virtual() && !is_stubbed {
                let (pace, stub) =
                    (settings().pace.name(), if knows_stub { ", or --stub" } else { "" });
                refuse(&format!(
                    "the pace {pace} would jump over sockets and files: use --pace real{stub}"
                ));
            }
            Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
        }
    }

    impl<T: ::clap::Parser> Parser for T {}
}

/// [tokio](https://docs.rs/tokio), as [`rehearsal::tokio`](crate::tokio), for programs that go outside.
///
/// `main` makes `real` the usual pace, and sockets, files, signals and processes are here.
///
/// ```
/// use rehearsal::outside::tokio;
/// use tokio::net::TcpListener;
///
/// #[tokio::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     assert!(listener.local_addr()?.port() > 0);
///     Ok(())
/// }
/// ```
#[cfg(all(feature = "stage", feature = "outside"))]
pub mod tokio {
    pub use crate::tokio::{join, pin, select, spawn, sync, task, time, try_join};
    pub use ::tokio::{fs, io, net, process, signal};
    pub use rehearsal_macros::outside_main as main;

    /// Runs the body of `#[tokio::main]`.
    #[doc(hidden)]
    #[track_caller]
    pub fn run<F: Future>(worker_threads: Option<usize>, future: F) -> F::Output {
        crate::settings::go_outside();
        crate::tokio::run(worker_threads, future)
    }
}

#[cfg(all(not(feature = "stage"), feature = "flags"))]
pub use ::clap;
#[cfg(all(not(feature = "stage"), feature = "outside"))]
pub use ::tokio;
