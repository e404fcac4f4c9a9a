//! The commands that a learner keeps at hand.

use clap::Subcommand;
use course::{
    Error, Result, child, compare, hints, leash,
    look::Look,
    open, say, update,
    watch::{self, Wish},
    workspace::Workspace,
};
use std::{ffi::OsString, process::Command, time::Duration};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Open what comes next: a page, a task, its Break, the quiz
    ///
    /// A page is read here, and what is folded in it waits for Enter; a Break is played; a quiz asks.
    /// In a pipe all of it is text.
    ///
    ///   cargo course next
    ///   cargo course next 04           what comes next in this exercise
    ///   cargo course next --browser    the page as a site, if `cargo doc -p concepts` has built it
    #[command(verbatim_doc_comment)]
    Next {
        /// The exercise: 4, 04 or 04-producer-consumer; without it, of the whole course
        exercise: Option<String>,
        /// Open the built site, or the Markdown file, with what the system or BROWSER opens such a file with
        #[arg(long)]
        browser: bool,
    },
    /// Check on every save, in one window
    ///
    /// It builds and runs the tests of the exercise that you save, and shows what failed first, in full, and a
    /// sign for each task. A save while something runs begins anew. Keys: h a hint, n what is next, r run the
    /// program, t draw its timeline, o open the editor where it goes on, v back to the verdict, q quit. In a pipe,
    /// each line that is read is a key.
    ///
    ///   cargo course watch        begins with the exercise that is next
    ///   cargo course watch 04
    ///   cargo course watch --edit-cmd "code --goto {file}:{line}"
    #[command(verbatim_doc_comment)]
    Watch {
        /// The exercise: 4, 04 or 04-producer-consumer; without it, whichever is saved
        exercise: Option<String>,
        /// What `o` opens a file with; without it VISUAL, VS Code where this is its terminal, or EDITOR
        #[arg(long, value_name = "COMMAND")]
        edit_cmd: Option<String>,
        /// How often to look at the files, in milliseconds: 50, or 500 on a network or another system's drive
        #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
        poll: Option<u64>,
    },
    /// Compare your program with the solution, when its tasks pass
    ///
    /// Side by side where the terminal has 130 columns or more.
    ///
    ///   cargo course diff 04
    ///   cargo course diff 04 --spoil    whatever your tasks do
    #[command(verbatim_doc_comment)]
    Diff {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// Show it though a core task does not pass
        #[arg(long)]
        spoil: bool,
    },
    /// Bring a later version of the course into a checkout for students
    ///
    /// Your programs, your answers and what you have done so far stay as they are. It tells what the briefs ask
    /// for otherwise than before, and where a starter has changed that you have edited.
    ///
    ///   cargo course update ../for-students
    ///   cargo course update https://example.org/handoff.git
    #[command(verbatim_doc_comment)]
    Update {
        /// A folder with a later version of the course, or the address of a git repository
        source: String,
    },
    /// Run a command for another one, and end with it
    #[command(hide = true)]
    Held {
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<OsString>,
    },
    /// Show a hint for a task, and one more each time
    ///
    /// Each core task has three, from a nudge to nearly the answer. Those that you have seen are shown again
    /// above the new one.
    ///
    ///   cargo course hint 01 fix-1
    ///   cargo course hint 01          the first task that is open
    #[command(verbatim_doc_comment)]
    Hint {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// The task: fix-1, fix 1; without it, the first one whose TODO stands
        #[arg(num_args = 0..)]
        task: Vec<String>,
        /// Write that the hints fit the brief as it is now, and show none (for authors)
        #[arg(long, conflicts_with = "task")]
        looked_over: bool,
    },
}

impl Verb {
    /// Whether all is good.
    pub(crate) fn run(self, workspace: &Workspace, look: Look) -> Result<bool> {
        match self {
            Verb::Next { exercise, browser } => {
                let of = exercise.map(|name| workspace.exercise(&name)).transpose()?;
                return open::next(workspace, of.as_ref(), look, browser);
            }
            Verb::Watch { exercise, edit_cmd, poll } => {
                let poll = poll.map(Duration::from_millis);
                watch::watch(workspace, Wish { exercise, edit_cmd, poll }, look)?;
            }
            Verb::Diff { exercise, spoil } => {
                let exercise = workspace.exercise(&exercise)?;
                say(&compare::told(&exercise, spoil, watch::columns(), look)?)?;
            }
            Verb::Update { source } => say(&update::update(workspace, &source, look)?)?,
            Verb::Held { command } => return held(&command),
            Verb::Hint { exercise, looked_over: true, .. } => {
                let exercise = workspace.exercise(&exercise)?;
                let due = hints::looked_over(&exercise)?;
                let told = if due.is_empty() { "none was due".to_owned() } else { due.join(", ") };
                say(&format!("{}: {told}\n", exercise.short()))?;
            }
            Verb::Hint { exercise, task, .. } => {
                let task = (!task.is_empty()).then(|| task.join("-"));
                let exercise = workspace.exercise(&exercise)?;
                say(&hints::ask(&exercise, task.as_deref(), look)?)?;
            }
        }
        Ok(true)
    }
}

/// Runs a command, and tells how it ended. What it is typed is nothing: the pipe there is the leash.
fn held(words: &[OsString]) -> Result<bool> {
    let (program, arguments) = words.split_first().expect("one is required");
    let mut command = Command::new(program);
    command.args(arguments).stdin(std::process::Stdio::null());
    let status = command.status();
    let status = status.map_err(|error| {
        Error::Failed(format!("{} can't be started: {error}", program.display()))
    })?;
    if !leash::is_held() {
        return Ok(status.success());
    }
    match child::ending(status) {
        child::Ended::Code(code) => std::process::exit(code),
        ended => Err(Error::Failed(ended.to_string())),
    }
}
