//! The report for a person: a row for each student, and below it what needs a look.

use super::report::{Marked, Report, Status};
use crate::{
    check::gist,
    look::{Look, Tone},
};
use std::fmt::Write as _;

/// Of a list that a submission makes long, so much is told here. The JSON document has all of it.
const MOST_LINES: usize = 8;

pub(super) fn told(report: &Report, look: Look) -> String {
    let widest = report.students.iter().map(|marked| marked.student.chars().count()).max();
    let width = widest.unwrap_or(0).max("student".len()) + 3;
    let mut text = format!("{:width$}{:>10}{:>7}   tasks\n", "student", "points", "bonus");
    for marked in &report.students {
        let sum = marked.sum();
        let bonus = if sum.bonus == 0 { String::new() } else { format!("+{}", sum.bonus) };
        let _ = write!(text, "{:width$}", marked.student);
        if let Some(problem) = &marked.problem {
            let _ = writeln!(text, "{}", look.paint(Tone::Bad, problem));
            continue;
        }
        let points = format!("{}/{}", sum.points, sum.most);
        let _ = writeln!(text, "{points:>10}{bonus:>7}   {}", counts(marked));
    }
    for marked in &report.students {
        text.push_str(&look.fit(&notes(marked)));
    }
    let _ = write!(text, "\n{}", look.fit(&format!("Sandbox: {}.\n", report.sandbox)));
    look.words(&text)
}

/// How many tasks came to what: `7 pass, 1 timeout`.
fn counts(marked: &Marked) -> String {
    let count = |status: Status| marked.tasks.iter().filter(|task| task.status == status).count();
    let told = Status::ALL.iter().filter(|status| count(**status) > 0);
    let told: Vec<String> =
        told.map(|status| format!("{} {}", count(*status), status.word())).collect();
    told.join(", ")
}

/// What failed, and what was not used.
fn notes(marked: &Marked) -> String {
    let mut lines = Vec::new();
    for graded in &marked.tasks {
        if matches!(graded.status, Status::Pass | Status::NotHandedIn) {
            continue;
        }
        let why = gist(graded.message.as_deref().unwrap_or_default());
        lines.push(format!("{}: {}: {why}", graded.name(), graded.status.word()));
    }
    lines.extend(marked.late.map(|late| late.to_string()));
    lines.extend(marked.refused.iter().map(|line| format!("refused: {line}")));
    let unused = marked.unused.iter().take(MOST_LINES);
    lines.extend(unused.map(|line| format!("changed, not used: {line}")));
    if let Some(more @ 1..) = marked.unused.len().checked_sub(MOST_LINES) {
        lines.push(format!("changed, not used: {more} more"));
    }
    let told: Vec<String> = lines.iter().map(|line| format!("  {line}\n")).collect();
    if told.is_empty() { String::new() } else { format!("\n{}\n{}", marked.student, told.concat()) }
}
