//! What a check of one exercise says of its tasks, below the table: what a passed one is compared with, and why
//! another one failed.

use crate::{
    build::Remark,
    cause::grouped,
    check::{Report, Row, State},
    look::Look,
};
use accord::{failure, task::Kind};
use std::fmt::Write as _;

/// More warnings than this are counted.
const MOST_WARNINGS: usize = 5;

/// All of it, for an exercise that was checked by itself.
#[must_use]
pub(crate) fn told(report: &Report, look: Look) -> String {
    if let Some(refusal) = &report.refusal {
        return format!("\n{refusal}\n\n");
    }
    let mut text = look.fit(&compare(report, look));
    for (row, others) in grouped(&report.rows) {
        let message = row.message.as_deref().unwrap_or_default().trim_matches('\n');
        let _ = writeln!(text, "\n{}", fitted(message, look));
        if !others.is_empty() {
            let names: Vec<String> = others.iter().map(|row| row.task.name()).collect();
            let _ = writeln!(text, "\nThe same for {}.", names.join(", "));
        }
    }
    if report.rows.iter().any(|row| matches!(row.state, State::Failed | State::NoResult)) {
        text.push_str(&warned(&report.warnings, look));
    }
    if text.ends_with('\n') { text + "\n" } else { text }
}

/// What there is to compare the passed tasks with.
fn compare(report: &Report, look: Look) -> String {
    let Some(worked) = &report.onward.worked else { return String::new() };
    let mut text = String::new();
    let is_passed = |row: &&Row| row.state == State::Passed && row.task.kind != Kind::Break;
    for row in report.rows.iter().filter(is_passed) {
        let (section, number) = (row.task.kind.section(), row.task.number);
        let sign = look.passed();
        let _ =
            writeln!(text, "{sign} {}: compare with {worked}, \"{section}\" {number}", row.task);
    }
    if let Some((folder, names)) = report.onward.others.as_ref().filter(|_| !text.is_empty()) {
        let _ = writeln!(text, "  other right programs: {folder} ({})", names.join(", "));
    }
    text
}

/// What the compiler has to say: often it knows more of a failed task than its test.
fn warned(warnings: &[Remark], look: Look) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let mut text = "\nThe compiler warns:\n\n".to_owned();
    for Remark { place, message } in warnings.iter().take(MOST_WARNINGS) {
        let _ = writeln!(text, "{}", look.fit(&format!("  {place}  {message}")));
    }
    if let Some(more @ 1..) = warnings.len().checked_sub(MOST_WARNINGS) {
        let _ = writeln!(text, "  and {more} more");
    }
    text
}

/// The report of a failed task, as wide as the terminal. What is to be pasted stays in one line.
pub(crate) fn fitted(message: &str, look: Look) -> String {
    if look.width.is_none() {
        return message.to_owned();
    }
    let run = format!("  {:width$}  ", failure::RUN, width = failure::LABEL_WIDTH);
    let heading = message.lines().next().unwrap_or_default();
    let message = with_whole_advice(message);
    let lines = message.lines().map(|line| {
        if line.starts_with(&run) {
            line.to_owned()
        } else if line == heading {
            closer(line, look)
        } else {
            look.fit(line)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The report with the advice of the rehearsal in one line, however it was broken.
fn with_whole_advice(message: &str) -> String {
    let below = " ".repeat(failure::LABEL_WIDTH + 4);
    let label = format!("  {:width$}  ", failure::LOOKS_LIKE, width = failure::LABEL_WIDTH);
    let mut lines: Vec<String> = Vec::new();
    let mut advises = false;
    for line in message.lines() {
        let more = line.strip_prefix(&below).filter(|more| advises && !more.starts_with(' '));
        match (lines.last_mut(), more) {
            (Some(advice), Some(more)) => {
                advice.push(' ');
                advice.push_str(more);
            }
            _ => {
                advises = line.starts_with(&label);
                lines.push(line.to_owned());
            }
        }
    }
    lines.join("\n")
}

/// The heading with its verdict at the right edge, wherever that is.
fn closer(heading: &str, look: Look) -> String {
    const GAP: &str = "   ";
    let Some(width) = look.width else { return heading.to_owned() };
    let Some((title, verdict)) = heading.rsplit_once(GAP) else { return look.fit(heading) };
    let (title, verdict) = (title.trim_end(), verdict.trim_start());
    let used = title.chars().count() + verdict.chars().count();
    if heading.chars().count() <= width {
        heading.to_owned()
    } else if used + GAP.len() <= width {
        format!("{title}{}{verdict}", " ".repeat(width - used))
    } else {
        look.fit(&format!("{title} {verdict}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_fits_a_narrow_terminal_and_its_command_stays_whole() {
        let gap = " ".repeat(60);
        let command = "  this was run      cargo 01 --leave-after 4 --capacity 100 --pace instant";
        let message = format!(
            "fix-1 · the consumer leaves{gap}FAILED\n\n{command}\n  \
             it should         print one line `undelivered: 6` before the last one"
        );
        let narrow = Look { width: Some(60), ..Look::default() };
        let told = fitted(&message, narrow);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0].chars().count(), 60, "{told}");
        assert!(lines[0].starts_with("fix-1") && lines[0].ends_with("FAILED"), "{told}");
        assert_eq!(lines[2], command);
        assert_eq!(lines[4], format!("{}the last one", " ".repeat(20)), "{told}");
        assert_eq!(fitted(&message, Look::default()), message);

        let gap = " ".repeat(20);
        let advice = format!(
            "  this looks like   a program that is stuck. Look first at\n{gap}main: it waits:\n{gap}  one\n"
        );
        let told = fitted(&advice, Look { width: Some(80), ..Look::default() });
        assert!(
            told.contains("Look first at main: it waits:\n") && told.ends_with("  one"),
            "{told}"
        );
    }

    #[test]
    fn of_many_warnings_the_first_are_told() {
        let remark =
            |line: usize| Remark { place: format!("src/main.rs:{line}"), message: "x".to_owned() };
        let warnings: Vec<Remark> = (1..=7).map(remark).collect();
        let told = warned(&warnings, Look::default());
        assert!(told.contains("  src/main.rs:5  x\n  and 2 more\n"), "{told}");
        assert!(!warned(&warnings[..5], Look::default()).contains("more"));
    }
}
