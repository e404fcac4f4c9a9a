//! The commands that a learner keeps at hand.

use clap::Subcommand;
use course::{Result, hints, look::Look, open, say, workspace::Workspace};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Open what comes next: a page, a task, its Break, the quiz
    ///
    /// A page is read here, and what is folded in it waits for Enter; a Break is played; a quiz asks.
    /// In a pipe all of it is text.
    ///
    ///   cargo course next
    ///   cargo course next --browser    the page as a site, if `cargo doc -p concepts` has built it
    #[command(verbatim_doc_comment)]
    Next {
        /// Open the built site, or the Markdown file, with what the system or BROWSER opens such a file with
        #[arg(long)]
        browser: bool,
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
            Verb::Next { browser } => return open::next(workspace, look, browser),
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
