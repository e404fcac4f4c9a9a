//! `cargo course timeline`: a run as a picture.

use clap::Args;
use course::{
    Result,
    look::Look,
    timeline::{self, Wish},
    workspace::Workspace,
};
use std::{ffi::OsString, path::PathBuf};

/// Draw a run of your program: who did what, when, and why it waited
///
/// A row for each thread or task over the time of the run, and one for each queue. With --html it is a page that
/// plays the run beside the source.
///
///   cargo course timeline 04 -- --workers 10
///   cargo course timeline 04 --html run.html -- --schedule 7
///   cargo course timeline 04 --with "--workers 10" --html both.html
///   cargo 04 --tape before.jsonl         (and then edit it)
///   cargo course timeline 04 --tape before.jsonl --with ""
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Picture {
    /// The exercise: 4, 04 or 04-producer-consumer
    exercise: String,
    /// Mark the instants of printed lines that hold this; may be given several times
    #[arg(long, value_name = "WORDS")]
    mark: Vec<String>,
    /// Play another run with these flags, and draw it below the first
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    with: Option<String>,
    /// Draw the run of this tape, and play none
    #[arg(long, value_name = "FILE", conflicts_with = "flags")]
    tape: Option<PathBuf>,
    /// Draw the run of this tape below the first
    #[arg(long, value_name = "FILE", conflicts_with = "with")]
    with_tape: Option<PathBuf>,
    /// Draw it in so many lines at most, as in a window
    #[arg(long, value_name = "LINES", conflicts_with_all = ["with", "with_tape"])]
    lines: Option<usize>,
    /// Write a page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a drawing, of the first run
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write a trace that https://ui.perfetto.dev opens, of the first run
    #[arg(long, value_name = "FILE")]
    perfetto: Option<PathBuf>,
    /// Flags of the program; without a pace among them it is instant
    #[arg(last = true)]
    flags: Vec<OsString>,
}

impl Picture {
    /// Whether it could be drawn.
    pub(crate) fn draw(self, workspace: &Workspace, look: Look) -> Result<bool> {
        let Picture { exercise, mark, with, tape, with_tape, lines, html, svg, perfetto, flags } =
            self;
        let wish = Wish { flags, marks: mark, tape, with, with_tape, lines, html, svg, perfetto };
        timeline::run(&workspace.exercise(&exercise)?, &wish, look)
    }
}
