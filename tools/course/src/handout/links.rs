//! Links into what students are not given: their words stay.

use std::collections::{BTreeMap, BTreeSet};

/// Takes out of every Markdown file the links to files of the course that are not among these.
pub(super) fn without_dead_ones(
    files: &mut BTreeMap<String, Vec<u8>>,
    is_in_course: &dyn Fn(&str) -> bool,
) {
    let there: BTreeSet<String> = files.keys().cloned().collect();
    let is_given = |target: &str| {
        let folder = format!("{}/", target.trim_end_matches('/'));
        target.is_empty()
            || there.contains(target)
            || there.range(folder.clone()..).next().is_some_and(|path| path.starts_with(&folder))
    };
    for (path, bytes) in files.iter_mut().filter(|(path, _)| path.ends_with(".md")) {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_dead = |link: &str| {
            let link = link.split('#').next().unwrap_or_default();
            let target = joined(folder, link);
            !link.is_empty()
                && !link.contains(':')
                && target.is_some_and(|target| !is_given(&target) && is_in_course(&target))
        };
        let kept = unlinked(text, &is_dead);
        if kept != text {
            *bytes = kept.into_bytes();
        }
    }
}

/// A text in which a dead link is its words alone.
fn unlinked(text: &str, is_dead: &dyn Fn(&str) -> bool) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("](") {
        let (target, after) = behind.split_once(')').unwrap_or((behind, ""));
        match before.rsplit_once('[') {
            Some((before, words)) if is_dead(target) => {
                kept.push_str(before);
                kept.push_str(words);
                rest = after;
            }
            _ => {
                kept.push_str(before);
                kept.push_str("](");
                rest = behind;
            }
        }
    }
    kept + rest
}

/// Where a link of a file in a folder leads, from the top folder; nothing if it leads out of that.
fn joined(folder: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_what_is_not_given_is_its_words() {
        let brief = "See [the answers](../../solutions/01-x/README.md#fix-1), [a page](../../concepts/a.md), [rust](https://rust-lang.org), [gone](../gone.md).\n";
        let mut files = BTreeMap::from([
            ("exercises/01-x/README.md".to_owned(), brief.as_bytes().to_vec()),
            ("concepts/a.md".to_owned(), Vec::new()),
        ]);
        without_dead_ones(&mut files, &|path| path.starts_with("solutions/"));
        let told = String::from_utf8(files["exercises/01-x/README.md"].clone()).unwrap();
        let expected =
            brief.replace("[the answers](../../solutions/01-x/README.md#fix-1)", "the answers");
        assert_eq!(told, expected);
    }
}
