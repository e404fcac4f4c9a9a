//! The commands of those who teach with the course, and of those who write it.

use clap::Subcommand;
use course::{
    Result, child, handout, house,
    look::Look,
    mutants,
    new::{self, Form, Name},
    proof::{self, Wish},
    real,
    same::{self, Trial},
    say, words,
    workspace::Workspace,
};
use std::{ffi::OsString, path::PathBuf};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Make a checkout for students, without the solutions (for instructors)
    ///
    /// It builds, tests and watches as this one does, and is brought up to date by `cargo course update`.
    ///
    ///   cargo course student ../for-students
    ///   cargo course student ../for-students --vendor    with all crates, for rooms without a network
    #[command(verbatim_doc_comment)]
    Student {
        /// A folder that does not exist yet, or is empty
        folder: PathBuf,
        /// Bring along all crates, so that it builds without a network
        #[arg(long)]
        vendor: bool,
    },
    /// Make a new exercise, to write another over it (for authors)
    ///
    ///   cargo course new 42-my-topic
    ///   cargo course new 42-my-topic --async
    #[command(verbatim_doc_comment)]
    New {
        /// Its name: 42-my-topic
        name: String,
        /// With tokio's tasks instead of threads
        #[arg(long)]
        r#async: bool,
    },
    /// Run a program many times, and say whether it prints the same each time (for authors)
    ///
    ///   cargo course same 04
    ///   cargo course same 04 --runs 200 --busy -- --workers 5
    #[command(verbatim_doc_comment)]
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
    /// Show that what belongs to no one exercise is true (for authors)
    ///
    ///   cargo course house
    ///   cargo course house --only manifests
    #[command(verbatim_doc_comment)]
    House {
        /// Only checks whose name has this in it; may be given several times
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        only: Vec<String>,
        /// List the names of the checks
        #[arg(long)]
        list: bool,
    },
    /// Count what a learner reads between two things that are done (for authors)
    ///
    ///   cargo course words
    #[command(verbatim_doc_comment)]
    Words,
    /// Say where examples/real.rs is not the starter on the real crates, or write it (for authors)
    ///
    ///   cargo course real
    ///   cargo course real 04 --write
    #[command(verbatim_doc_comment)]
    Real {
        /// The exercises: 4, 04 or 04-producer-consumer; all of them if none is named
        exercises: Vec<String>,
        /// Write what differs
        #[arg(long)]
        write: bool,
    },
    /// Show that an exercise's tests, breaks and texts are true (for authors)
    ///
    ///   cargo course proof
    ///   cargo course proof 04 --only wrong/
    #[command(verbatim_doc_comment)]
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
        /// Play each wrong program that the usual order accepts on so many schedules, and show how many refuse it
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        schedules: Option<u64>,
        /// Build each program as a binary of its own, not as a part of one
        #[arg(long)]
        separately: bool,
        /// Prove again what held before and has not changed
        #[arg(long)]
        fresh: bool,
    },
    /// Edit the solutions by machine, and show which edits no test refuses (for authors)
    ///
    ///   cargo course mutants 04
    ///   cargo course mutants 04 --only swap --list
    #[command(verbatim_doc_comment)]
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
}

impl Verb {
    /// Whether all is good.
    pub(crate) fn run(self, workspace: &Workspace, look: Look) -> Result<bool> {
        match self {
            Verb::Student { folder, vendor } => {
                say(&look.fit(&handout::make(&workspace.root, &folder, vendor)?))?;
                Ok(true)
            }
            Verb::New { name, r#async } => {
                let form = if r#async { Form::Async } else { Form::Threads };
                tell_new(workspace, &Name::parse(&name)?, form)
            }
            Verb::Same { exercise, runs, busy, exit_code, flags } => {
                let arguments = same::with_pace(flags);
                let limit = child::time_limit()?;
                let trial = Trial { arguments, runs, busy, exit_code, limit };
                same::run(&workspace.exercise(&exercise)?, &trial, look)
            }
            Verb::House { only, list } => {
                house::check(&workspace.root, &Wish { only, list, ..Wish::default() }, look)
            }
            Verb::Words => {
                say(&words::table(workspace)?)?;
                Ok(true)
            }
            Verb::Real { exercises, write } => {
                real::run(&workspace.chosen(&exercises)?, write, look)
            }
            Verb::Proof {
                exercises,
                only,
                list,
                update,
                every_task,
                rules,
                told,
                schedules,
                separately,
                fresh,
            } => {
                let exercises = workspace.chosen(&exercises)?;
                // What is counted is no fact that is kept.
                let fresh = fresh || schedules.is_some();
                let wish = Wish {
                    only,
                    list,
                    update,
                    every_task,
                    rules,
                    told,
                    schedules,
                    separately,
                    fresh,
                };
                proof::prove(&exercises, &wish, look)
            }
            Verb::Mutants { exercises, only, sample, list } => {
                let wish = mutants::Wish { only, sample, list, is_for_all: exercises.is_empty() };
                mutants::judge(&workspace.chosen(&exercises)?, &wish, look)
            }
        }
    }
}

fn tell_new(workspace: &Workspace, name: &Name, form: Form) -> Result<bool> {
    new::make(workspace, name, form)?;
    say(&new::told(name))?;
    Ok(true)
}
