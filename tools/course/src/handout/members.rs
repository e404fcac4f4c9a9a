//! The workspace's manifest without the members that are not there.

use std::collections::BTreeSet;

/// Cargo refuses a pattern of members that nothing fits, and warns of a profile for a package that it does not know.
pub(super) fn left(
    manifest: &str,
    folders: &BTreeSet<String>,
    packages: &BTreeSet<String>,
) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut table = String::new();
    for line in manifest.lines() {
        if let Some((name, _)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            name.clone_into(&mut table);
        }
        if table == "workspace"
            && let Some((key, list)) = list_in(line)
        {
            let is_there = |pattern: &&str| folders.iter().any(|it| is_meant(pattern, it));
            let left: Vec<&str> = list.into_iter().filter(is_there).collect();
            lines.push(format!("{key} = {left:?}"));
        } else if table != PROFILES || is_for(line, packages) {
            lines.push(line.to_owned());
        }
    }
    without_empty_profiles(&mut lines);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

const PROFILES: &str = "profile.dev.package";

/// Whether a line of the profiles is for a package that is there, or is no line for a package.
fn is_for(line: &str, packages: &BTreeSet<String>) -> bool {
    let package = line.split_once(" = ").and_then(|(key, _)| key.split_once('.'));
    package.is_none_or(|(package, _)| packages.contains(package))
}

/// A heading with nothing below it goes, and so does the comment above it.
fn without_empty_profiles(lines: &mut Vec<String>) {
    let heading = format!("[{PROFILES}]");
    let Some(at) = lines.iter().position(|line| *line == heading) else { return };
    let behind = |line: &&String| !line.starts_with('[');
    let own = lines[at + 1..].iter().take_while(behind);
    if own.clone().any(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        return;
    }
    let end = at + 1 + own.count();
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with('#')).count();
    lines.drain(at - above..end);
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
}

/// The list of a line `members = ["a", "b"]`.
fn list_in(line: &str) -> Option<(&str, Vec<&str>)> {
    let (key, list) = line.split_once(" = ")?;
    let list = list.strip_prefix('[')?.strip_suffix(']')?;
    matches!(key, "members" | "default-members").then(|| {
        let items = list.split(',').map(|item| item.trim().trim_matches('"'));
        (key, items.filter(|item| !item.is_empty()).collect())
    })
}

/// Whether a pattern of members is for a folder.
fn is_meant(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix("/*") {
        None => pattern == folder,
        Some(above) => folder.rsplit_once('/').is_some_and(|(it, _)| it == above),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_named() {
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/*\", \"solutions/*\", \"concepts\"]\n\n[profile.dev]\ndebug = 1\n\n# Of solutions.\n# Two lines.\n[profile.dev.package]\nsol01-x.incremental = false\n";
        let folders = ["exercises/01-x", "concepts"].map(str::to_owned).into();
        let kept = left(manifest, &folders, &["ex01-x".to_owned()].into());
        assert_eq!(
            kept,
            "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/*\", \"concepts\"]\n\n[profile.dev]\ndebug = 1\n"
        );
        // What is there stays.
        let folders = ["exercises/01-x", "concepts", "solutions/01-x"].map(str::to_owned).into();
        assert_eq!(left(manifest, &folders, &["sol01-x".to_owned()].into()), manifest);
    }
}
