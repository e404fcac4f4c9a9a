//! The commands that a learner keeps at hand.

use clap::Subcommand;
use course::{Result, hints, look::Look, say, workspace::Workspace};

#[derive(Subcommand)]
pub(crate) enum Verb {
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
