//! The table that a check prints, and what stands below it.

use crate::{
    cause::grouped,
    check::{Report, Row, State, gist},
    look::{Look, Tone},
    next::Next,
    verdict,
};
use accord::{
    exercise::short,
    task::{KINDS, Kind},
    todo,
};
use std::{fmt::Write as _, time::Duration};

/// The whole table, for these reports, with the legend and what to do next.
#[must_use]
pub fn table(reports: &[Report], look: Look, took: Duration) -> String {
    let mut text = grid(reports, look);
    text.push('\n');
    text.push_str(&look.fit(&legend(reports, look)));
    text.push_str(&look.fit(&notes(reports, look)));
    if let [report] = reports {
        text.push_str(&verdict::told(report, look));
    }
    let _ = writeln!(text, "{}", look.fit(&Next::of(reports).told()));
    let count = reports.len();
    let exercises = if count == 1 { "exercise" } else { "exercises" };
    let _ = writeln!(text, "{count} {exercises} in {:.1} s", took.as_secs_f64());
    text
}

/// The names, the three columns, and a sign for each task.
fn grid(reports: &[Report], look: Look) -> String {
    let length = |text: &str| text.chars().count();
    let first =
        reports.iter().map(|report| length(&report.exercise)).max().unwrap_or(0).max(20) + 3;
    let widths = KINDS.map(|kind| {
        let cells = reports.iter().map(|report| cell(report, kind, Look { colour: false, ..look }));
        cells.map(|cell| length(&cell)).max().unwrap_or(0).max(length(kind.word())) + 4
    });
    let mut text = " ".repeat(first);
    for (kind, width) in KINDS.iter().zip(widths) {
        let _ = write!(text, "{:width$}", kind.word());
    }
    let mut lines = vec![text.trim_end().to_owned()];
    for report in reports {
        let mut line = format!("{:first$}", report.exercise);
        if let Some(problem) = &report.problem {
            line.push_str(&look.paint(Tone::Bad, problem));
            line = look.fit(&line);
        } else {
            for (&kind, width) in KINDS.iter().zip(widths) {
                let plain = cell(report, kind, Look { colour: false, ..look });
                line.push_str(&cell(report, kind, look));
                line.push_str(&" ".repeat(width - length(&plain)));
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn cell(report: &Report, kind: Kind, look: Look) -> String {
    let signs = report.rows.iter().filter(|row| row.task.kind == kind).map(|row| sign(row, look));
    signs.collect::<Vec<_>>().join(" ")
}

fn sign(row: &Row, look: Look) -> String {
    let (tone, text) = match row.state {
        State::Passed => (Tone::Good, look.passed().to_owned()),
        State::PassesWithTodo => (Tone::Mind, format!("{}*", look.passed())),
        State::NotHandedIn => (Tone::Quiet, look.open().to_owned()),
        State::Failed => (Tone::Bad, look.failed().to_owned()),
        State::NoResult | State::NotBuilt => (Tone::Bad, "?".to_owned()),
    };
    let text = look.paint(tone, &text);
    if row.task.extra { format!("({text})") } else { text }
}

fn legend(reports: &[Report], look: Look) -> String {
    let rows = || reports.iter().filter(|report| report.problem.is_none()).flat_map(|r| &r.rows);
    let (passed, failed, open) = (look.passed(), look.failed(), look.open());
    let mut text = format!("{passed} passed  {failed} failed  {open} not handed in");
    if rows().any(|row| row.state == State::NoResult) {
        text.push_str("  ? no result");
    }
    if rows().any(|row| row.task.extra) {
        text.push_str("  ( ) extra");
    }
    text.push('\n');
    if rows().any(|row| row.task.kind == Kind::Break) {
        let _ = writeln!(text, "{passed} of a Break: its prediction is written");
    }
    text
}

/// A line for each cause of failed tasks.
fn failures(report: &Report, look: Look) -> String {
    let short = short(&report.exercise);
    let mut text = String::new();
    for (row, others) in grouped(&report.rows) {
        let message = gist(row.message.as_deref().unwrap_or_default());
        let others: Vec<String> = others.iter().map(|row| row.task.name()).collect();
        let same = if others.is_empty() {
            String::new()
        } else {
            format!("the same for {}; ", others.join(", "))
        };
        let _ = writeln!(
            text,
            "{} {short}, {}: {message} ({same}more: cargo course check {short})",
            look.failed(),
            row.task
        );
    }
    text
}

/// What the signs alone don't say: where to delete a TODO, and what a failed test saw.
fn notes(reports: &[Report], look: Look) -> String {
    let mut text = String::new();
    for report in reports.iter().filter(|report| report.problem.is_none()) {
        let short = short(&report.exercise);
        for row in &report.rows {
            match (&row.state, &row.todo) {
                (State::PassesWithTodo, Some(place)) => {
                    let _ = writeln!(
                        text,
                        "{}* passes, but {} still stands at {place}: delete it to hand in",
                        look.passed(),
                        todo::of(&row.task.name())
                    );
                }
                (State::NoResult, _) => {
                    let message = row.message.as_deref().unwrap_or_default();
                    let _ = writeln!(text, "? {short}, {}: {message}", row.task);
                }
                _ => {}
            }
        }
        // One exercise alone tells its failures in full.
        if reports.len() > 1 {
            text.push_str(&failures(report, look));
        }
        for fault in &report.faults {
            let _ = writeln!(text, "{} {short}: {fault}", look.failed());
        }
    }
    text
}
