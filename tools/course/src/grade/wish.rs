//! What is to be graded, and what is to come of it: as it is typed.

use super::form::Form;
use crate::same::cores;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
    /// How many submissions are graded at once; as many as there are cores, if nothing is said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_WORKERS)))]
    pub jobs: Option<u32>,
    /// Grade without a sandbox: each program can do what you can
    #[arg(long)]
    pub unsandboxed: bool,
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
    /// How many workers so many submissions are shared among.
    pub(super) fn workers(&self, submissions: usize) -> usize {
        let most = self.jobs.map_or(cores(), |jobs| jobs as usize).min(MOST_WORKERS as usize);
        most.min(submissions).max(1)
    }
}
