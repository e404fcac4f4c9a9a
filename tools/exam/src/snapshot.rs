//! Snapshots, by insta. What differs is told in our own words.

use crate::program::Program;
use accord::{exercise, snapshot};
use similar::{ChangeTag, TextDiff};
use std::{env, fs, path::Path};

/// What the snapshot holds, if it is not the same. Without a snapshot, or where insta is asked to update,
/// insta decides.
pub(crate) fn differing(program: &Program, name: &str, value: &str) -> Option<String> {
    let folder = program.root.join(exercise::snapshots(&program.exercise));
    let path = folder.join(snapshot::file(name));
    let updates = env::var("INSTA_UPDATE").is_ok_and(|how| !how.is_empty() && how != "no");
    match contents(&path) {
        Some(expected) if !updates => (expected.trim_end() != value.trim_end()).then_some(expected),
        _ => {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(&folder);
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(name, value));
            None
        }
    }
}

/// What a snapshot's file pins.
fn contents(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?.replace("\r\n", "\n");
    snapshot::contents(&text).map(str::to_owned)
}

/// What should have been printed and was not, and what was printed and should not have been.
pub(crate) fn difference(expected: &str, actual: &str) -> (String, String) {
    let [expected, actual] = [expected, actual].map(|text| format!("{}\n", text.trim_end()));
    let diff = TextDiff::from_lines(&expected, &actual);
    let side = |tag: ChangeTag| -> Vec<&str> {
        let changes = diff.iter_all_changes().filter(|change| change.tag() == tag);
        changes.map(|change| change.value().trim_end()).collect()
    };
    let (missing, added) = (side(ChangeTag::Delete), side(ChangeTag::Insert));
    match (missing.is_empty(), added.is_empty()) {
        (true, _) => {
            ("print nothing more than it should".to_owned(), listed("also printed:", &added))
        }
        (_, true) => (listed("print:", &missing), "left these lines out".to_owned()),
        _ => (listed("print:", &missing), listed("printed:", &added)),
    }
}

/// The first few of the lines, below a heading.
fn listed(heading: &str, lines: &[&str]) -> String {
    const SHOWN: usize = 6;
    let mut text = heading.to_owned();
    for line in lines.iter().take(SHOWN) {
        text.push('\n');
        text.push_str(line);
    }
    if lines.len() > SHOWN {
        text.push_str(&format!("\n… and {} more lines", lines.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn each_side_is_told_and_an_empty_one_in_words() {
        let (should, did) = difference("a\nb\nc\n", "a\nx\nc\n");
        assert_eq!((should.as_str(), did.as_str()), ("print:\nb", "printed:\nx"));
        let (_, did) = difference("a\n", "a\nb\n");
        assert_eq!(did, "also printed:\nb");
        let (should, did) = difference("a\nb\n", "a\n");
        assert_eq!((should.as_str(), did.as_str()), ("print:\nb", "left these lines out"));
    }
}
