//! `cargo course grade`: the marks of a class.

use clap::{Args, ValueEnum};
use course::{
    Result,
    grade::{self, Form, Wish},
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
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Grading {
    /// The exercises: 4, 04 or 04-producer-consumer; all of them if none is named
    exercises: Vec<String>,
    /// Grade the submissions in this folder
    #[arg(long, value_name = "FOLDER")]
    class: Option<PathBuf>,
    /// Grade this student of the class alone; may be given several times
    #[arg(long, value_name = "NAME", requires = "class", conflicts_with = "record")]
    student: Vec<String>,
    /// Print a document for programs instead of the table
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write a page for each student into this folder
    #[arg(long, value_name = "FOLDER")]
    feedback: Option<PathBuf>,
    /// Write a page for each question of Explain it into this folder, with all answers
    #[arg(long, value_name = "FOLDER")]
    answers: Option<PathBuf>,
    /// Draw other settings by the words in this file: students who have the course know its own
    #[arg(long, value_name = "FILE")]
    hidden: Option<PathBuf>,
    /// Keep what is graded in this folder: one that was killed goes on there, a new one tells what has changed
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    /// Grade so many times, the second half on a busy machine, and count the verdicts that change
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000),
        conflicts_with_all = ["format", "feedback", "answers", "record"])]
    again: Option<u32>,
    /// Grade without a sandbox: each program can do what you can
    #[arg(long)]
    unsandboxed: bool,
}

/// What can be printed in place of the table.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// All of it
    Json,
    /// A row for each student
    Csv,
    /// Test results in XML
    Junit,
    /// Gradescope's results.json, of one student
    Gradescope,
    /// Classroom 50's result.json, of one student
    Classroom50,
}

impl Grading {
    /// Whether every verdict is about a submission.
    pub(crate) fn run(self, workspace: &Workspace, look: Look) -> Result<bool> {
        let Grading {
            exercises,
            class,
            student,
            format,
            feedback,
            answers,
            hidden,
            record,
            again,
            unsandboxed,
        } = self;
        let form = format.map(|format| match format {
            Format::Json => Form::Json,
            Format::Csv => Form::Csv,
            Format::Junit => Form::Junit,
            Format::Gradescope => Form::Gradescope,
            Format::Classroom50 => Form::Classroom50,
        });
        let again = again.map(|times| times as usize);
        let wish = Wish {
            class,
            students: student,
            form,
            feedback,
            answers,
            hidden,
            record,
            again,
            unsandboxed,
        };
        grade::run(workspace, workspace.chosen(&exercises)?, &wish, look)
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
