//! A check as a document for programs. Its fields are told in the README.

use crate::check::{Report, Row, next};
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
        "exercises": reports.iter().map(exercise).collect::<Vec<_>>(),
        "next": next(reports).map(|(report, row)| json!({
            "exercise": report.exercise,
            "task": row.map(|row| row.task.name()),
            "minutes": row.and_then(|row| row.task.minutes),
            "read": report.brief,
        })),
    })
}

fn exercise(report: &Report) -> Value {
    json!({
        "exercise": report.exercise,
        "good": report.is_good(),
        "problem": report.problem,
        "faults": report.faults,
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
