//! Asks a student's program: runs it, compares, and explains.
//!
//! A task's test starts the real program, with flags, on the rehearsal's instant clock, and looks at what it
//! printed, when, and who printed it. Nothing of the student's runs in the test, so a program may be
//! built in any way. A test compares as little as still refuses every wrong program.
//!
//! ```no_run
//! use exam::{program, task};
//!
//! const PROCESSED: &str = "[Worker-{w}] Processed: {item} (took {s}s)";
//!
//! # fn main() {}
//! # mod example { use exam::program; const PROCESSED: &str = "";
//! // #[task("alter-1", "more workers finish sooner, until the producer is the limit")]
//! fn more_workers_finish_sooner() {
//!     for workers in [1, 3, 10] {
//!         let run = program!("04-producer-consumer").flag("--workers", workers).run();
//!         run.exits(0);
//!         run.each_once(PROCESSED, "item", (1..=20).map(|job| format!("process_item_{job}")));
//!         let works = run.works(PROCESSED);
//!         run.has_at_work(&works, workers.min(7));
//!         run.workers_are_real(&works);
//!         run.tells(&format!("alter_1_workers_{workers}"), &[PROCESSED]);
//!     }
//! }
//! # }
//! ```
//!
//! A failure says what was asked, what was run, the difference, what it looks like, and where to read.

mod failure;
mod flood;
mod folder;
mod needs;
mod pattern;
mod program;
mod reading;
pub mod referee;
mod run;
mod running;
mod snapshot;
mod source;
mod tape;
#[cfg(test)]
mod tests;
mod traces;
mod unlike;

pub use exam_macros::{as_given, finished, program, referee, task};
#[doc(hidden)]
pub use failure::sit;
pub use folder::Folder;
pub use program::Program;
pub use run::{Line, Run, Work, most_at_once};
pub use running::Running;
pub use tape::{Actor, Event, What};

/// Compares the whole output with its snapshot.
#[doc(hidden)]
pub fn whole_output(program: Program, snapshot: &str) {
    let run = program.run();
    run.exits(0);
    run.prints(snapshot);
}

/// Compares with its snapshot what several commands print, one after another in a folder of their own.
#[doc(hidden)]
pub fn whole_story(program: Program, snapshot: &str, commands: &[&str]) {
    let folder = Folder::new();
    folder.bring_all(&program.samples());
    let mut told = String::new();
    let mut last = None;
    for command in commands {
        let run = program.clone().folder(&folder).flags(command).run();
        told.push_str(&run.transcript(command));
        last = Some(run);
    }
    last.expect("there is a command").having_printed(told).prints(snapshot);
}
