//! `cargo course`: check what you did, play a Break, go back to the starter, prove and keep the material.

mod cli {
    pub(crate) mod companion;
    pub(crate) mod grade;
    pub(crate) mod timeline;
    pub(crate) mod variant;
}

use accord::text;
use clap::{Parser, Subcommand, ValueEnum};
use course::{
    Error, Result,
    breaking::{self, Break},
    check, child,
    explore::{self, Trip},
    house, json, leash,
    look::Look,
    mutants,
    new::{self, Form, Name},
    progress,
    proof::{self, Wish},
    real,
    reset::{Done, back, reset},
    same::{self, Trial},
    say, status, table, whereabouts, words,
    workspace::{Exercise, Workspace},
};
use std::{ffi::OsString, process::ExitCode, time::Instant};

fn main() -> ExitCode {
    leash::heed();
    match Cli::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!(
                "{}",
                text::wrapped(&format!("error: {error}"), text::width_on(&std::io::stderr()))
            );
            ExitCode::from(error.code())
        }
    }
}

/// Tells where you are in the course, and what is next
///
/// Without a command: a table of what is done, the next step with its minutes, and the command for it.
#[derive(Parser)]
#[command(bin_name = "cargo course")]
struct Cli {
    /// Use letters and signs that every terminal has
    #[arg(long, global = true)]
    ascii: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Companion(cli::companion::Verb),
    /// Run the tests of the exercises, show one table, and say what is next
    Check {
        /// The exercises: 4, 04 or 04-producer-consumer; all of them if none is named
        exercises: Vec<String>,
        /// Count tasks that are not handed in as they stand
        #[arg(long)]
        include_ignored: bool,
        /// Print a document for programs instead of the table
        #[arg(long)]
        json: bool,
    },
    /// Predict what an edit does, and watch it on a copy of the starter
    Break {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// The number of the Break in the exercise's README; without it, tells which there are
        number: Option<String>,
        /// How fast it plays; without it at once, and without the middle of what is long
        #[arg(long, value_enum)]
        pace: Option<Pace>,
    },
    /// Play your program under many schedules, and show the first that goes wrong
    #[command(after_help = "Example: cargo course explore 04 --schedules 500 -- --workers 5")]
    Explore {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// How many schedules
        #[arg(long, value_name = "N", default_value_t = 100)]
        schedules: u64,
        /// The number of the first
        #[arg(long, value_name = "N", default_value_t = 0)]
        from: u64,
        /// Flags of the program
        #[arg(last = true)]
        flags: Vec<OsString>,
    },
    Timeline(cli::timeline::Picture),
    /// Bring the starter back, and keep your version beside it
    Reset {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// Take back a version that a reset kept, such as src.mine-1
        #[arg(long, value_name = "KEPT")]
        to: Option<String>,
    },
    /// Make a new exercise, to write another over it (for authors)
    New {
        /// Its name: 42-my-topic
        name: String,
        /// With tokio's tasks instead of threads
        #[arg(long)]
        r#async: bool,
    },
    /// Run a program many times, and say whether it prints the same each time (for authors)
    Same {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// How many runs
        #[arg(long, value_name = "N", default_value_t = 1000)]
        runs: usize,
        /// Run the second half beside a busy loop on every core
        #[arg(long)]
        busy: bool,
        /// What every run ends with
        #[arg(long, value_name = "N", default_value_t = 0)]
        exit_code: i32,
        /// Flags of the program; without a pace among them it is instant
        #[arg(last = true)]
        flags: Vec<OsString>,
    },
    Grade(cli::grade::Grading),
    /// Become a program within bounds
    #[command(hide = true)]
    Confined(cli::grade::Confined),
    /// Show that what belongs to no one exercise is true (for authors)
    House {
        /// Only checks whose name has this in it; may be given several times
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        only: Vec<String>,
        /// List the names of the checks
        #[arg(long)]
        list: bool,
    },
    /// Where the quizzes are
    #[command(hide = true)]
    Quiz {
        /// The exercise, or a page: 04 or how-it-ends
        name: Option<String>,
    },
    /// Count what a learner reads between two things that are done (for authors)
    Words,
    /// Say where examples/real.rs is not the starter on the real crates, or write it (for authors)
    Real {
        /// The exercises: 4, 04 or 04-producer-consumer; all of them if none is named
        exercises: Vec<String>,
        /// Write what differs
        #[arg(long)]
        write: bool,
    },
    /// Show that an exercise's tests, breaks and texts are true (for authors)
    Proof {
        /// The exercises: 4, 04 or 04-producer-consumer; all of them if none is named
        exercises: Vec<String>,
        /// Only checks whose name has this in it; may be given several times
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        only: Vec<String>,
        /// List the names of the checks
        #[arg(long)]
        list: bool,
        /// Write what the breaks print now into their .out files
        #[arg(long)]
        update: bool,
        /// Judge each wrong program with the tests of every task, not only of those that it names
        #[arg(long)]
        every_task: bool,
        /// Show which rules refuse which wrong program, and what each rule is good for
        #[arg(long)]
        rules: bool,
        /// Show the whole message with which each wrong program is refused
        #[arg(long)]
        told: bool,
        /// Build each program as a binary of its own, not as a part of one
        #[arg(long)]
        separately: bool,
        /// Prove again what held before and has not changed
        #[arg(long)]
        fresh: bool,
    },
    /// Edit the solutions by machine, and show which edits no test refuses (for authors)
    Mutants {
        /// The exercises: 4, 04 or 04-producer-consumer; all that have a referee if none is named
        exercises: Vec<String>,
        /// Only edits with this in what they are called by, such as `swap main.rs work`; may be given several times
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        only: Vec<String>,
        /// Only so many of each exercise, always the same
        #[arg(long, value_name = "N")]
        sample: Option<usize>,
        /// Show the edits, and judge none
        #[arg(long)]
        list: bool,
    },
    /// Write and keep the programs that differ from another by an edit (for authors)
    #[command(subcommand)]
    Variant(cli::variant::Verb),
}

/// How fast a program plays.
#[derive(Clone, Copy, ValueEnum)]
enum Pace {
    /// At its natural speed
    Live,
    /// At once
    Instant,
    /// On real time, still watched
    Real,
    /// On the real crates, in whatever order comes
    Off,
}

impl Pace {
    fn name(self) -> &'static str {
        match self {
            Pace::Live => "live",
            Pace::Instant => "instant",
            Pace::Real => "real",
            Pace::Off => "off",
        }
    }
}

impl Cli {
    /// Whether all is good.
    fn run(self) -> Result<bool> {
        // It stands where the program will, which need not be a checkout.
        if let Some(Command::Confined(confined)) = self.command {
            return confined.run();
        }
        let look = Look::of_terminal(self.ascii);
        // A setting that can't be right is told before anything is built.
        child::time_limit()?;
        let workspace = Workspace::here()?;
        let Some(command) = self.command else {
            say(&whereabouts::told(&workspace, look)?)?;
            return Ok(true);
        };
        match command {
            Command::Companion(verb) => verb.run(&workspace, look),
            Command::Check { exercises, include_ignored, json } => {
                check(&workspace, &workspace.chosen(&exercises)?, look, include_ignored, json)
            }
            Command::Break { exercise, number, pace } => {
                let exercise = workspace.exercise(&exercise)?;
                match number {
                    Some(number) => {
                        Break::find(exercise, &number, pace.map(Pace::name), look)?.play()?;
                    }
                    None => say(&look.fit(&look.words(&breaking::list(&exercise)?)))?,
                }
                Ok(true)
            }
            Command::Explore { exercise, schedules, from, flags } => {
                let trip = Trip { from, schedules, flags };
                explore::run(&workspace.exercise(&exercise)?, &trip, look)
            }
            Command::Timeline(picture) => picture.draw(&workspace, look),
            Command::Reset { exercise, to } => {
                tell_reset(&workspace.exercise(&exercise)?, to.as_deref(), look)?;
                Ok(true)
            }
            Command::New { name, r#async } => {
                let form = if r#async { Form::Async } else { Form::Threads };
                tell_new(&workspace, &Name::parse(&name)?, form)
            }
            Command::Same { exercise, runs, busy, exit_code, flags } => {
                let arguments = same::with_pace(flags);
                let limit = child::time_limit()?;
                let trial = Trial { arguments, runs, busy, exit_code, limit };
                same::run(&workspace.exercise(&exercise)?, &trial, look)
            }
            Command::Grade(grading) => grading.run(&workspace, look),
            Command::Confined(confined) => confined.run(),
            Command::House { only, list } => {
                house::check(&workspace.root, &Wish { only, list, ..Wish::default() }, look)
            }
            Command::Quiz { name } => {
                let name = name.map(|name| format!(" -- {name}")).unwrap_or_default();
                let typed = format!("cargo run -p quizzes{name}");
                Err(Error::Input(format!("the quizzes are a program of their own: {typed}")))
            }
            Command::Words => {
                say(&words::table(&workspace)?)?;
                Ok(true)
            }
            Command::Real { exercises, write } => {
                real::run(&workspace.chosen(&exercises)?, write, look)
            }
            Command::Proof {
                exercises,
                only,
                list,
                update,
                every_task,
                rules,
                told,
                separately,
                fresh,
            } => {
                let exercises = workspace.chosen(&exercises)?;
                let wish = Wish { only, list, update, every_task, rules, told, separately, fresh };
                proof::prove(&exercises, &wish, look)
            }
            Command::Mutants { exercises, only, sample, list } => {
                let wish = mutants::Wish { only, sample, list, is_for_all: exercises.is_empty() };
                mutants::judge(&workspace.chosen(&exercises)?, &wish, look)
            }
            Command::Variant(verb) => verb.run(&workspace, look),
        }
    }
}

fn check(
    workspace: &Workspace,
    exercises: &[Exercise],
    look: Look,
    include_ignored: bool,
    as_json: bool,
) -> Result<bool> {
    let start = Instant::now();
    let mut reports = Vec::new();
    for exercise in exercises {
        status(&format!("{} …", exercise.name));
        reports.push(check::check(exercise, include_ignored));
        status("");
    }
    let took = start.elapsed();
    progress::note(&workspace.root, &reports);
    if as_json {
        let document = json::document(&reports, include_ignored, took);
        let told = if leash::is_held() { document.to_string() } else { format!("{document:#}") };
        say(&format!("{told}\n"))?;
    } else {
        say(&look.words(&table::table(&reports, look, took)))?;
    }
    Ok(reports.iter().all(check::Report::is_good))
}

fn tell_reset(exercise: &Exercise, to: Option<&str>, look: Look) -> Result<()> {
    let folder = accord::exercise::folder(&exercise.name);
    let done = to.map_or_else(|| reset(exercise), |kept| back(exercise, kept))?;
    let what = if to.is_some() { "that version again" } else { "the starter again" };
    let told = match done {
        Done::Nothing if to.is_some() => format!("{folder}/src is that version already.\n"),
        Done::Nothing => format!("{folder}/src is as given: nothing to do.\n"),
        Done::Kept(None) => format!("{folder}/src is {what}.\n"),
        Done::Kept(Some(mine)) => {
            let mine = mine.file_name().unwrap_or_default().display().to_string();
            let way_back = format!("cargo course reset {} --to {mine}", exercise.short());
            format!(
                "{folder}/src is {what}; your version is in {folder}/{mine}.\n\
                 To take it back: {way_back}\n"
            )
        }
    };
    say(&look.fit(&told))
}

fn tell_new(workspace: &Workspace, name: &Name, form: Form) -> Result<bool> {
    new::make(workspace, name, form)?;
    say(&new::told(name))?;
    Ok(true)
}
