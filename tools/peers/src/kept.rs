//! The kept list of tests that differ, and why.

use serde_derive::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// `differ.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    #[serde(default)]
    differ: Vec<Reason>,
}

/// Several tests that differ for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    why: String,
    suite: String,
    /// `compile`, `instant`, `schedules` or `off`: there they fail.
    r#in: Vec<String>,
    /// They may pass as well: real time or real chance decides.
    #[serde(default)]
    either: bool,
    /// `file::name`, or `file::*` for all of a file.
    tests: Vec<String>,
}

/// What the list says of a test in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Pass,
    Fail,
    Either,
}

impl Kept {
    pub(crate) fn read(text: &str) -> Result<Kept, String> {
        let kept: Kept = toml::from_str(text).map_err(|error| format!("differ.toml: {error}"))?;
        for reason in &kept.differ {
            let known = ["compile", "instant", "schedules", "off"];
            if let Some(world) = reason.r#in.iter().find(|world| !known.contains(&&***world)) {
                return Err(format!("differ.toml: there is no '{world}', in \"{}\"", reason.why));
            }
            if reason.why.trim().is_empty() || reason.tests.is_empty() {
                return Err("differ.toml: each entry has a reason and tests".to_owned());
            }
        }
        Ok(kept)
    }

    pub(crate) fn expects(&self, suite: &str, test: &str, world: &str) -> Expected {
        let found = self.differ.iter().find(|reason| {
            reason.suite == suite
                && reason.r#in.iter().any(|other| other == world)
                && reason.tests.iter().any(|named| names(named, test))
        });
        match found {
            None => Expected::Pass,
            Some(reason) if reason.either => Expected::Either,
            Some(_) => Expected::Fail,
        }
    }

    /// The entries of a suite that fit none of its tests.
    pub(crate) fn stale(&self, suite: &str, tests: &BTreeSet<String>) -> Vec<String> {
        let of_suite = self.differ.iter().filter(|reason| reason.suite == suite);
        let named = of_suite.flat_map(|reason| &reason.tests);
        named.filter(|named| !tests.iter().any(|test| names(named, test))).cloned().collect()
    }

    /// How many tests of a suite differ for each reason.
    pub(crate) fn reasons(&self, suite: &str, tests: &BTreeSet<String>) -> BTreeMap<&str, usize> {
        let mut reasons = BTreeMap::new();
        for reason in self.differ.iter().filter(|reason| reason.suite == suite) {
            let fits = |test: &&String| reason.tests.iter().any(|named| names(named, test));
            *reasons.entry(&*reason.why).or_default() += tests.iter().filter(fits).count();
        }
        reasons
    }
}

fn names(named: &str, test: &str) -> bool {
    match named.strip_suffix('*') {
        Some(start) => test.starts_with(start),
        None => named == test,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
[[differ]]
why = "it asks for what is not mirrored"
suite = "tokio"
in = ["compile"]
tests = ["rt_basic::*", "sync_mpsc::one"]

[[differ]]
why = "chance decides"
suite = "tokio"
in = ["instant", "off"]
either = true
tests = ["sync_mpsc::two"]
"#;

    #[test]
    fn a_test_is_looked_up_by_its_world() {
        let kept = Kept::read(LIST).unwrap();
        assert_eq!(kept.expects("tokio", "rt_basic::any", "compile"), Expected::Fail);
        assert_eq!(kept.expects("tokio", "rt_basic::any", "instant"), Expected::Pass);
        assert_eq!(kept.expects("async-channel", "rt_basic::any", "compile"), Expected::Pass);
        assert_eq!(kept.expects("tokio", "sync_mpsc::two", "off"), Expected::Either);
    }

    #[test]
    fn an_entry_that_fits_nothing_is_told() {
        let kept = Kept::read(LIST).unwrap();
        let tests = BTreeSet::from(["rt_basic::a".to_owned(), "sync_mpsc::two".to_owned()]);
        assert_eq!(kept.stale("tokio", &tests), ["sync_mpsc::one"]);
        assert_eq!(kept.reasons("tokio", &tests)["it asks for what is not mirrored"], 1);
    }

    #[test]
    fn a_reason_and_a_world_are_demanded() {
        assert!(Kept::read(&LIST.replace("\"compile\"", "\"compil\"")).is_err());
        assert!(Kept::read(&LIST.replace("chance decides", " ")).is_err());
    }
}
