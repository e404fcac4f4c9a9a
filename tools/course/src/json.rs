//! A check as a document for programs. Its fields are told in the README.

use crate::{
    check::{Report, Row},
    next::Next,
};
use accord::exercise;
use serde_json::{Value, json};
use std::time::Duration;

/// Counts up when a field changes its meaning or goes.
pub const VERSION: u32 = 1;

/// The document of a check.
#[must_use]
pub fn document(reports: &[Report], include_ignored: bool, took: Duration) -> Value {
    json!({
        "format": "handoff-check",
        "version": VERSION,
        "include_ignored": include_ignored,
        "seconds": seconds(took),
        "good": reports.iter().all(Report::is_good),
        "exercises": reports.iter().map(checked).collect::<Vec<_>>(),
        "next": next(reports),
    })
}

fn next(reports: &[Report]) -> Value {
    let to_do = |report: &Report, task: Option<String>, minutes: Option<u32>, read: &str| json!({ "exercise": report.exercise, "task": task, "minutes": minutes, "read": read });
    match Next::of(reports) {
        Next::Mend(report, _) | Next::Fault(report) => to_do(report, None, None, &report.brief),
        Next::Task(report, row) => {
            to_do(report, Some(row.task.name()), row.task.minutes, &report.brief)
        }
        Next::Answer(report) => {
            let answer = report.answers.first().map(|answer| named(answer));
            to_do(report, answer, None, &exercise::answers(&report.exercise))
        }
        Next::Done(_) => Value::Null,
    }
}

/// `Explain 1` as tasks are called: `explain-1`.
fn named(answer: &str) -> String {
    answer.to_lowercase().replace(' ', "-")
}

fn checked(report: &Report) -> Value {
    json!({
        "exercise": report.exercise,
        "good": report.is_good(),
        "problem": report.problem,
        "refusal": report.refusal,
        "faults": report.faults,
        "warnings": report.warnings.iter().map(|it| format!("{} {}", it.place, it.message)).collect::<Vec<_>>(),
        "answers_open": report.answers.iter().map(|answer| named(answer)).collect::<Vec<_>>(),
        "seconds": seconds(report.took),
        "tasks": report.rows.iter().map(task).collect::<Vec<_>>(),
    })
}

fn task(row: &Row) -> Value {
    json!({
        "task": row.task.name(),
        "kind": row.task.kind.word(),
        "title": row.task.title,
        "minutes": row.task.minutes,
        "extra": row.task.extra,
        "state": row.state.word(),
        "message": row.message,
        "todo": row.todo,
    })
}

/// In milliseconds' precision, which is more than anyone reads.
fn seconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1000.0).round() / 1000.0
}
