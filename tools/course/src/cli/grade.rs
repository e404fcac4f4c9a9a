//! `cargo course grade`: the marks of a class.

use clap::Args;
use course::{
    Result,
    grade::{self, Wish},
    look::Look,
    workspace::Workspace,
};
use std::{ffi::OsString, path::PathBuf};

/// Grade submissions: points for each task, whatever the programs do (for instructors)
///
/// Of a submission only exercises/*/src/**/*.rs and ANSWERS.md are taken. The programs are built and run within bounds.
///
///   cargo course grade                          this checkout
///   cargo course grade --class submissions      a folder for each student
///   cargo course grade 01 --class submissions --format csv
///   cargo course grade --class submissions --feedback pages
///   cargo course grade 01 --class submissions --again 20
///   cargo course grade 01 --class submissions --roster class.csv
///   cargo course grade 01 --class submissions --student ann --appeal report.json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Grading {
    /// The exercises: 4, 04 or 04-producer-consumer; all of them if none is named
    exercises: Vec<String>,
    #[command(flatten)]
    wish: Wish,
}

impl Grading {
    /// Whether every verdict is about a submission.
    pub(crate) fn run(self, workspace: &Workspace, look: Look) -> Result<bool> {
        grade::run(workspace, workspace.chosen(&self.exercises)?, &self.wish, look)
    }
}

/// A program, and what it may do.
#[derive(Args)]
pub(crate) struct Confined {
    /// The file with the bounds
    bounds: PathBuf,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    program: Vec<OsString>,
}

impl Confined {
    /// It comes back only if that can't be.
    pub(crate) fn run(self) -> Result<bool> {
        grade::confined(&self.bounds, &self.program)
    }
}
