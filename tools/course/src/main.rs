//! `cargo course`: check what you did, play a Break, go back to the starter, prove and keep the material.

mod cli {
    pub(crate) mod authors;
    pub(crate) mod companion;
    pub(crate) mod completions;
    pub(crate) mod grade;
    pub(crate) mod stage;
    pub(crate) mod timeline;
    pub(crate) mod variant;
}

use accord::text;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use course::{
    Error, Result,
    breaking::{self, Break},
    check, child,
    explore::{self, Trip},
    json, leash,
    look::Look,
    progress,
    reset::{Done, back, reset},
    say, status, table, whereabouts,
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
///
///   cargo course                where you are, and what is next
///   cargo course next           opens that: a page, a task, its Break, the quiz
///   cargo course watch          your verdict on every save, in one window
///   cargo course watch --help   each command tells more, with an example
#[derive(Parser)]
#[command(bin_name = "cargo course", version, verbatim_doc_comment)]
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
    ///
    /// One exercise alone: with the whole message of each task that failed, and what to compare the others with.
    ///
    ///   cargo course check
    ///   cargo course check 04
    ///   cargo course check 04 --include-ignored    tasks that are not handed in count too
    #[command(verbatim_doc_comment)]
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
    ///
    /// Your own program is not touched. What you predict is kept in the exercise's ANSWERS.md.
    ///
    ///   cargo course break 04              which Breaks there are
    ///   cargo course break 04 1
    ///   cargo course break 04 1 --pace live    at its natural speed
    #[command(verbatim_doc_comment)]
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
    ///
    /// It stands beside the usual order, from shortly before the first line that differs.
    ///
    ///   cargo course explore 02
    ///   cargo course explore 04 --schedules 500 -- --workers 5
    #[command(verbatim_doc_comment)]
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
    Stage(cli::stage::Choosing),
    Timeline(cli::timeline::Picture),
    /// Bring the starter back, and keep your version beside it
    ///
    ///   cargo course reset 04
    ///   cargo course reset 04 --to src.mine-1    the way back
    #[command(verbatim_doc_comment)]
    Reset {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// Take back a version that a reset kept, such as src.mine-1
        #[arg(long, value_name = "KEPT")]
        to: Option<String>,
    },
    Grade(cli::grade::Grading),
    /// Grade what comes on standard input
    #[command(hide = true)]
    Grader,
    /// Become a program within bounds
    #[command(hide = true)]
    Confined(cli::grade::Confined),
    /// Print what a shell completes `cargo course` with
    ///
    /// Behind it stands, for each shell, where that goes. It completes beside what completes `cargo` already.
    ///
    ///   cargo course completions bash > ~/.handoff.bash; echo "source ~/.handoff.bash" >> ~/.bashrc
    ///   cargo course completions zsh > ~/.zfunc/_cargo-course    a folder that stands in `fpath`
    ///   cargo course completions fish > ~/.config/fish/conf.d/cargo-course.fish
    #[command(verbatim_doc_comment)]
    Completions {
        /// The shell
        shell: cli::completions::Shell,
    },
    /// Where the quizzes are
    #[command(hide = true)]
    Quiz {
        /// The exercise, or a page: 04 or how-it-ends
        name: Option<String>,
    },
    #[command(flatten)]
    Authors(cli::authors::Verb),
    /// Write and keep the programs that differ from another by an edit (for authors)
    ///
    ///   cargo course variant open 04 wrong/one-worker
    #[command(subcommand, verbatim_doc_comment)]
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
        if let Some(Command::Completions { shell }) = self.command {
            say(&cli::completions::script(shell, Cli::command()))?;
            return Ok(true);
        }
        let workspace = Workspace::here()?;
        let Some(command) = self.command else {
            say(&whereabouts::told(&workspace, look)?)?;
            return Ok(true);
        };
        match command {
            // Needs no checkout, so it is done already.
            Command::Completions { .. } => Ok(true),
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
            Command::Stage(choosing) => choosing.play(&workspace, look),
            Command::Timeline(picture) => picture.draw(&workspace, look),
            Command::Reset { exercise, to } => {
                tell_reset(&workspace.exercise(&exercise)?, to.as_deref(), look)?;
                Ok(true)
            }
            Command::Grade(grading) => grading.run(&workspace, look),
            Command::Grader => course::grade::work(&workspace),
            Command::Confined(confined) => confined.run(),
            Command::Quiz { name } => {
                let name = name.map(|name| format!(" -- {name}")).unwrap_or_default();
                let typed = format!("cargo run -p quizzes{name}");
                Err(Error::Input(format!("the quizzes are a program of their own: {typed}")))
            }
            Command::Authors(verb) => verb.run(&workspace, look),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each command that is shown, with the words that lead to it.
    fn commands(above: &clap::Command, words: &str) -> Vec<(String, clap::Command)> {
        let own = above.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help");
        let each = own.flat_map(|it| {
            let name = format!("{words} {}", it.get_name());
            let below = commands(it, &name);
            if below.is_empty() { vec![(name, it.clone())] } else { below }
        });
        each.collect()
    }

    /// The words of a command, of which some may stand in quotes.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut is_quoted) = (Vec::new(), None::<String>, false);
        for letter in line.chars().chain([' ']) {
            match letter {
                '"' => {
                    is_quoted = !is_quoted;
                    word.get_or_insert_default();
                }
                ' ' if !is_quoted => words.extend(word.take()),
                _ => word.get_or_insert_default().push(letter),
            }
        }
        words
    }

    #[test]
    fn each_help_has_an_example_that_can_be_typed() {
        for (name, mut command) in commands(&Cli::command(), "cargo course") {
            let help = command.render_long_help().to_string();
            // What stands behind several blanks explains, and a shell takes what stands behind a sign of its own.
            let examples = help.lines().filter_map(|line| line.strip_prefix("  cargo course"));
            let typed = examples.map(|line| {
                let line = line.split("    ").next().unwrap_or_default();
                line.split(['>', ';']).next().unwrap_or_default().replace("code --goto", "code")
            });
            let typed: Vec<String> = typed.collect();
            assert!(
                typed.iter().any(|line| format!("cargo course{line}").starts_with(&name)),
                "{name} has no example:\n{help}"
            );
            for line in typed {
                let parsed =
                    Cli::try_parse_from([vec!["course".to_owned()], words(&line)].concat());
                assert!(parsed.is_ok(), "{name}: cargo course{line}\n{}", parsed.err().unwrap());
            }
        }
    }
}
