//! Understands what a Rust test binary prints.

use std::collections::{BTreeMap, BTreeSet};

/// How one test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It did not run.
    Ignored,
}

/// What a run of a test binary told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The tests that have a result.
    pub verdicts: BTreeMap<String, Verdict>,
    /// What failed tests printed.
    pub messages: BTreeMap<String, String>,
}

/// The names in the listing that `--list` prints.
#[must_use]
pub(crate) fn listed(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// Reads the plain format. Results come first, then what the failed tests printed.
///
/// A failed test may print lines that look like results, so nothing below `failures:` is one.
#[must_use]
pub(crate) fn told(text: &str) -> Told {
    let mut told = Told::default();
    let (results, details) = text.split_once("\nfailures:\n").unwrap_or((text, ""));
    for line in results.lines() {
        if let Some((name, verdict)) = result_in(line) {
            told.verdicts.entry(name.to_owned()).or_insert(verdict);
        }
    }
    let mut current: Option<(String, String)> = None;
    for line in details.lines() {
        let header = line.strip_prefix("---- ").and_then(|line| line.strip_suffix(" stdout ----"));
        let is_header =
            header.is_some_and(|name| told.verdicts.get(name) == Some(&Verdict::Failed));
        if is_header || line == "failures:" {
            keep(&mut told, current.take());
        }
        if is_header {
            current = header.map(|name| (name.to_owned(), String::new()));
        } else if let Some((_, message)) = &mut current {
            message.push_str(line);
            message.push('\n');
        }
    }
    keep(&mut told, current);
    told
}

fn keep(told: &mut Told, message: Option<(String, String)>) {
    if let Some((name, message)) = message {
        let message = message.trim_matches('\n').to_owned();
        told.messages.entry(name).or_insert(message);
    }
}

/// Reads `test alter_1::name ... ok`.
fn result_in(line: &str) -> Option<(&str, Verdict)> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    let verdict = match result.split([',', ' ', '<']).next()? {
        "ok" => Verdict::Passed,
        "FAILED" => Verdict::Failed,
        "ignored" => Verdict::Ignored,
        _ => return None,
    };
    Some((name, verdict))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "
running 4 tests
test alter_1::is_asked ... ignored, not handed in: TODO(alter-1) stands at src/main.rs:12
test fix_1::stops ... FAILED
test fix_2::counts ... ok
test fix_3::goes_on ... FAILED

failures:

---- fix_1::stops stdout ----

fix-1 · it stops   FAILED

  it printed last   test fix_1::stops ... ok
test fix_3::goes_on ... ok
---- some_other stdout ----

---- fix_3::goes_on stdout ----
short


failures:
    fix_1::stops
    fix_3::goes_on

test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    #[test]
    fn results_and_messages_are_read() {
        let told = told(RUN);
        assert_eq!(told.verdicts["alter_1::is_asked"], Verdict::Ignored);
        assert_eq!(told.verdicts["fix_1::stops"], Verdict::Failed);
        assert_eq!(told.verdicts["fix_2::counts"], Verdict::Passed);
        assert_eq!(told.verdicts["fix_3::goes_on"], Verdict::Failed, "a printed line is no result");
        assert!(told.messages["fix_1::stops"].starts_with("fix-1 · it stops"));
        assert!(told.messages["fix_1::stops"].ends_with("---- some_other stdout ----"));
        assert_eq!(told.messages["fix_3::goes_on"], "short");
    }

    #[test]
    fn a_binary_that_dies_leaves_tests_without_a_result() {
        let told = told("\nrunning 2 tests\ntest fix_1::a ... ok\ntest fix_2::b ... ");
        assert_eq!(told.verdicts.len(), 1);
    }

    #[test]
    fn a_listing_is_read() {
        let names = listed("alter_1::a: test\nbench: benchmark\n\n1 test, 1 benchmark\n");
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["alter_1::a"]);
    }
}
