//! The report of a task that is not passed, as far as it is read again.

/// The label of the row that says what the program did.
pub const DID: &str = "it did";

/// The label of the row that says what was asked for.
pub const SHOULD: &str = "it should";

/// The label of the row that can be pasted.
pub const RUN: &str = "this was run";

/// The label of the row that says what is behind it, where that is known.
pub const LOOKS_LIKE: &str = "this looks like";

/// The label of the row that says what the schedule of a run needs to fail.
pub const NEEDS: &str = "it fails when";

/// The label of the row with the command that plays that, and nothing else of the schedule.
pub const ALONE: &str = "play that alone";

/// The label of a row with something else that was seen, whether or not it is the cause.
pub const SEEN: &str = "also seen";

/// The label of the row with the names of all rules that refuse the run, where they are asked for.
pub const RULES: &str = "refused by rules";

/// The label of a row with how many schedules of a setting refuse a program, as JSON: its `flags`, how many schedules the
/// test `plays`, how many of those that were counted were `hits`, and the `first` of them.
pub const SCHEDULES: &str = "of schedules";

/// How it is told that a program needs no schedule to be refused.
pub const USUAL_REFUSES: &str = "the usual order refuses it";

/// How a row begins that says where the program panicked, and so the whole cause.
pub const PANIC: &str = "a panic at ";

/// What is said of a program that did not end by itself, where nobody knows who ended it.
pub const BY_SIGNAL: &str = "was ended by a signal";

/// How wide a label is. Two blanks stand before it, and two behind.
pub const LABEL_WIDTH: usize = 16;

/// The rows of a report, each with its label and its lines.
#[must_use]
pub fn rows(report: &str) -> Vec<(&str, Vec<&str>)> {
    let mut rows: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in report.lines() {
        match (labelled(line), rows.last_mut()) {
            (Some((label, text)), _) => rows.push((label, vec![text])),
            (None, Some((_, lines))) if line.is_empty() || line.starts_with(' ') => {
                lines.push(line.trim());
            }
            (None, _) => {}
        }
    }
    rows
}

/// Reads `  it did            ended with exit code 0`.
#[must_use]
pub fn labelled(line: &str) -> Option<(&str, &str)> {
    let row = line.strip_prefix("  ").filter(|row| !row.starts_with(' '))?;
    let (label, text) = row.split_at_checked(LABEL_WIDTH)?;
    Some((label.trim_end(), text.strip_prefix("  ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_by_its_rows() {
        let report = "fix-1 · it stops   FAILED\n\n  it should         end\n  it did            deadlock at 1.1 s\n\n                      main  waits\nand more\n";
        let expected =
            [("it should", vec!["end"]), (DID, vec!["deadlock at 1.1 s", "", "main  waits"])];
        assert_eq!(rows(report), expected);
    }
}
