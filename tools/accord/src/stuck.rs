//! How a program ends that the rehearsal found stuck, for those who only see it from outside.

/// Its exit code. It differs from that of a panic (101) and of bad input (2).
pub const EXIT_CODE: i32 = 70;

/// How the line begins, on standard error, that a report begins with.
pub const REPORTS: [&str; 5] =
    ["DEADLOCK", "STILL TICKING", "SPINNING", "SILENT", "FOREIGN THREAD"];

/// Whether a report begins with this line.
#[must_use]
pub fn begins_report(line: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with([' ', ',']);
    REPORTS.iter().any(|word| line.strip_prefix(word).is_some_and(goes_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_known_by_its_first_words() {
        assert!(begins_report("DEADLOCK at 0.0 s: nothing can happen any more."));
        assert!(begins_report("STILL TICKING, but nothing gets done: since 0.0 s"));
        assert!(!begins_report("DEADLOCKS are rare") && !begins_report("no DEADLOCK here"));
    }
}
