//! What is to be graded, and what is to come of it: as it is typed.

use super::{form::Form, sandbox::Choice};
use crate::same::cores;
use clap::{Args, ValueEnum};
use std::{path::PathBuf, str::FromStr};

/// More workers than this are not started.
pub(super) const MOST_WORKERS: u32 = 128;

/// What is to be graded, and what is to come of it.
#[derive(Args, Clone, Debug, Default)]
pub struct Wish {
    /// Grade the submissions in this folder
    #[arg(long, value_name = "FOLDER")]
    pub class: Option<PathBuf>,
    /// Grade this student of the class alone; may be given several times
    #[arg(long = "student", value_name = "NAME", requires = "class", conflicts_with = "record")]
    pub students: Vec<String>,
    /// Print a document for programs instead of the table
    #[arg(long = "format", value_enum)]
    pub form: Option<Form>,
    /// Write a page for each student into this folder
    #[arg(long, value_name = "FOLDER")]
    pub feedback: Option<PathBuf>,
    /// Write a page for each question of Explain it into this folder, with all answers
    #[arg(long, value_name = "FOLDER")]
    pub answers: Option<PathBuf>,
    /// Who is in the class, when each submission is due, and how much time its programs have
    #[arg(long, value_name = "FILE", requires = "class")]
    pub roster: Option<PathBuf>,
    /// Whether pages and reports tell what a failed task should have printed
    #[arg(long, value_enum, value_name = "WHEN", default_value = "always")]
    pub show_expected: ShowExpected,
    /// Lay the programs out in this folder as JPlag takes them, which looks for similar ones
    #[arg(long, value_name = "FOLDER", requires = "class")]
    pub jplag: Option<PathBuf>,
    /// Draw other settings by the words in this file: students who have the course know its own
    #[arg(long, value_name = "FILE")]
    pub hidden: Option<PathBuf>,
    /// Keep what is graded in this folder: one that was killed goes on there, a new one tells what has changed
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,
    /// Grade so many times, the second half on a busy machine, and count the verdicts that change
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000),
        conflicts_with_all = ["form", "feedback", "answers", "record"])]
    pub again: Option<u32>,
    /// Play verdicts of this report again, which --format json has printed, and tell whether they come out the same
    #[arg(long, value_name = "REPORT", requires = "students",
        conflicts_with_all = ["form", "feedback", "answers", "record", "again"])]
    pub appeal: Option<PathBuf>,
    /// Tell of this task alone, such as fix-1; may be given several times
    #[arg(long = "task", value_name = "TASK", requires = "appeal")]
    pub tasks: Vec<String>,
    /// Grade one part of so many of the class alone, such as 2/5: each machine another, and --merge brings them together
    #[arg(long, value_name = "PART", requires = "class", conflicts_with = "students")]
    pub part: Option<Part>,
    /// Grade nothing: make one report of these, which --format json has printed
    #[arg(long, value_name = "REPORT", num_args = 1..,
        conflicts_with_all = ["class", "roster", "hidden", "record", "again", "answers", "jobs"])]
    pub merge: Vec<PathBuf>,
    /// How many submissions are graded at once; as many as there are cores, if nothing is said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_WORKERS)))]
    pub jobs: Option<u32>,
    /// Grade within this sandbox; within the best that works here, if nothing is said
    #[arg(long, value_enum, value_name = "SANDBOX")]
    pub sandbox: Option<Choice>,
    /// Grade without a sandbox: each program can do what you can
    #[arg(long, conflicts_with = "sandbox")]
    pub unsandboxed: bool,
}

/// A part of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    number: usize,
    of: usize,
}

impl Part {
    /// Whether the submission at this place belongs to it. Neighbours belong to different ones.
    pub(super) fn has(self, place: usize) -> bool {
        place % self.of + 1 == self.number
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Part, String> {
        let numbers = text.split_once('/');
        let numbers =
            numbers.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let part = numbers.filter(|(number, of)| (1..=*of).contains(number));
        part.map(|(number, of)| Part { number, of })
            .ok_or_else(|| "a part is like 2/5, from 1/5 to 5/5".to_owned())
    }
}

/// When what was expected is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ShowExpected {
    /// Not at all
    Never,
    /// To a student whose deadline on the roster is over
    AfterDeadline,
    /// Always
    #[default]
    Always,
}

impl ShowExpected {
    /// Whether it is told of a submission that was due then.
    pub(super) fn is_so(self, due: Option<u64>, now: u64) -> bool {
        match self {
            ShowExpected::Never => false,
            ShowExpected::AfterDeadline => due.is_some_and(|due| due < now),
            ShowExpected::Always => true,
        }
    }
}

impl Wish {
    /// Which sandbox is wanted, if one is named.
    pub(super) fn sandbox(&self) -> Option<Choice> {
        if self.unsandboxed { Some(Choice::None) } else { self.sandbox }
    }

    /// How many workers so many submissions are shared among.
    pub(super) fn workers(&self, submissions: usize) -> usize {
        let most = self.jobs.map_or(cores(), |jobs| jobs as usize).min(MOST_WORKERS as usize);
        most.min(submissions).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_class_are_all_of_it() {
        let parts = ["1/3", "2/3", "3/3"].map(|text| text.parse::<Part>().unwrap());
        for place in 0..10 {
            assert_eq!(parts.iter().filter(|part| part.has(place)).count(), 1);
        }
        for text in ["0/3", "4/3", "2", "a/3", "1/0", ""] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }
}
