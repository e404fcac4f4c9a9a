//! A run of a program: what it printed, when, and who printed it; and the facts that can be asked of it.
//!
//! Here stands what all questions share: the run itself, and how a fact that does not hold fails the task. The
//! questions themselves have a file for each kind.

mod clues;
mod ending;
mod lines;
mod story;
mod waits;
mod works;

pub(crate) use ending::{Ended, MOST_OUTPUT};
pub use lines::Line;
pub use works::{Work, most_at_once};

use self::lines::timed;
use crate::{
    failure::{Brief, Failure},
    program::Program,
    tape::{Event, Tape},
};
use std::fmt::Display;

/// What a run printed, and when.
#[derive(Debug)]
pub struct Run {
    program: Program,
    stdout: String,
    stderr: String,
    ended: Ended,
    tape: Tape,
    lines: Vec<Line>,
}

impl Run {
    pub(crate) fn new(
        program: Program,
        stdout: String,
        stderr: String,
        ended: Ended,
        tape: Tape,
    ) -> Run {
        let mut lines = timed(&stdout, &tape.prints, false);
        if program.reads_stderr {
            lines.extend(timed(&stderr, &tape.complaints, true));
        }
        Run { program, stdout, stderr, ended, tape, lines }
    }

    /// Whether it ended as another did.
    pub(crate) fn ends_like(&self, other: &Run) -> bool {
        match (self.ended, other.ended) {
            (Ended::TimeUp { .. }, Ended::TimeUp { .. }) => true,
            (one, other) => one == other,
        }
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// The same run, as that of another command.
    pub(crate) fn of(self, program: Program) -> Run {
        Run { program, ..self }
    }

    pub(crate) fn into_tape(self) -> Tape {
        self.tape
    }

    /// What happened, in the order in which it did, but for what was printed.
    pub fn events(&self) -> &[Event] {
        &self.tape.events
    }

    /// All of standard output.
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// All of standard error.
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// Fails the task unless a fact holds; the words complete "it should …" and "it did …".
    #[track_caller]
    pub fn require(&self, holds: bool, should: impl Display, did: impl Display) {
        if !holds {
            self.fail(should, did);
        }
    }

    fn fail(&self, should: impl Display, did: impl Display) -> ! {
        Failure { looks_like: self.crash(), ..self.failure(should, did) }.raise()
    }

    pub(crate) fn failure(&self, should: impl Display, did: impl Display) -> Failure {
        Failure {
            command: self.program.story(),
            should: should.to_string(),
            did: did.to_string(),
            clues: self.clues(),
            brief: Some(Brief::of(&self.program.exercise, &self.program.root)),
            ..Failure::default()
        }
    }
}

/// `1, 2, 3`, and the first few of many.
fn listed(values: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = values.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if values.len() > SHOWN { format!("{shown} … ({} in all)", values.len()) } else { shown }
}

fn cut(line: &str) -> &str {
    const WIDTH: usize = 160;
    line.char_indices().nth(WIDTH).map_or(line, |(end, _)| &line[..end])
}
