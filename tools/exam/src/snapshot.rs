//! Snapshots, by insta. What differs is told in our own words.

use crate::program::Program;
use similar::{ChangeTag, TextDiff};
use std::{env, fs, path::PathBuf};

/// What the snapshot holds, if it is not the same. Without a snapshot, or where insta is asked to update,
/// insta decides.
pub(crate) fn differing(program: &Program, name: &str, value: &str) -> Option<String> {
    let folder = program.root.join("exercises").join(&program.exercise).join("tests/snapshots");
    let path = folder.join(format!("{name}.snap"));
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

/// What stands in a snapshot file below its header.
fn contents(path: &PathBuf) -> Option<String> {
    let text = fs::read_to_string(path).ok()?.replace("\r\n", "\n");
    let (_header, contents) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    Some(contents.to_owned())
}

/// The lines that are missing and those that are too many, the first few of each.
pub(crate) fn difference(expected: &str, actual: &str) -> (String, String) {
    const SHOWN: usize = 6;
    let diff = TextDiff::from_lines(expected.trim_end(), actual.trim_end());
    let side = |tag: ChangeTag, nothing: &str| {
        let lines: Vec<&str> = diff
            .iter_all_changes()
            .filter(|change| change.tag() == tag)
            .map(|change| change.value().trim_end())
            .collect();
        let mut shown = lines.iter().take(SHOWN).copied().collect::<Vec<_>>().join("\n");
        if lines.len() > SHOWN {
            shown.push_str(&format!("\n… and {} more lines", lines.len() - SHOWN));
        }
        if shown.is_empty() { nothing.to_owned() } else { shown }
    };
    let should = side(ChangeTag::Delete, "print nothing else");
    let did = side(ChangeTag::Insert, "printed nothing in their place");
    (format!("print, at these seconds:\n{should}"), format!("printed instead:\n{did}"))
}
