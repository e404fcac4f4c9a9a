//! What a source says as Rust, as far as that can be known without a parser: paths, types, names.

use std::collections::BTreeSet;

/// A source as it reads where its crate is a module of another: `crate::x` is `crate::module::x` there. No
/// line moves.
#[must_use]
pub(crate) fn with_crate(text: &str, path: &str) -> String {
    let mut changed = String::new();
    let mut rest = text;
    for (start, _) in crate_uses(text) {
        let done = text.len() - rest.len();
        changed.push_str(&text[done..start]);
        changed.push_str(path);
        rest = &text[start + CRATE.len()..];
    }
    changed + rest
}

/// A source in which a name is another one, wherever it stands as a whole word.
#[must_use]
pub(crate) fn with_word(text: &str, old: &str, new: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut changed, mut done) = (String::new(), 0);
    for (start, word) in text.match_indices(old) {
        let before = text[..start].chars().next_back();
        let behind = text[start + word.len()..].chars().next();
        if !before.is_some_and(is_part) && !behind.is_some_and(is_part) {
            changed.push_str(&text[done..start]);
            changed.push_str(new);
            done = start + word.len();
        }
    }
    changed + &text[done..]
}

/// The names that a source takes from its own crate: `a` and `b` of `crate::{a, b::C}`.
#[must_use]
pub(crate) fn crate_paths(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, behind) in crate_uses(text) {
        let names = behind.strip_prefix('{').map_or(vec![behind], |group| members(group));
        for name in names {
            let name = name.trim_start();
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            if end > 0 {
                found.insert(name[..end].to_owned());
            }
        }
    }
    found
}

/// The names of the types and traits that a source defines.
pub(crate) fn types(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start();
        // `pub(crate) struct`, and `struct` as well.
        let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches("(crate)"));
        let mut words = words(line.trim_start());
        matches!(words.next(), Some("struct" | "enum" | "union" | "trait" | "type"))
            .then(|| words.next())
            .flatten()
    })
}

/// All names in the heads of a source's `impl` blocks: those of the types, and of others.
pub(crate) fn implemented(text: &str) -> impl Iterator<Item = &str> {
    let is_head = |line: &str| {
        let line = line.trim_start();
        line.strip_prefix("unsafe ").unwrap_or(line).strip_prefix("impl").is_some()
    };
    let mut start = 0;
    let heads = text.split_inclusive('\n').filter_map(move |line| {
        let here = start;
        start += line.len();
        is_head(line).then(|| text[here..].split('{').next()).flatten()
    });
    heads.flat_map(words)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

/// The members of a group, of which the opening brace is gone: `a` and `b::{c, d}` of `a, b::{c, d}}; …`.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (index, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                found.push(&group[start..index]);
                start = index + 1;
                if letter == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

const CRATE: &str = "crate";

/// Where a source says `crate::`, and what stands behind it. `$crate::` is another crate's.
fn crate_uses(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("crate::").filter_map(|(start, word)| {
        let before = text[..start].chars().next_back();
        let is_own = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '$');
        is_own.then(|| (start, &text[start + word.len()..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_of_a_source_and_those_that_it_gives_functions_are_known() {
        let text = "pub(crate) struct Job {\n}\nenum Kind { A }\n\nimpl<T> Ord for Pile<T>\nwhere T: Ord {\n    impl\n}\nunsafe impl Send for Raw {}\n";
        assert_eq!(types(text).collect::<Vec<_>>(), ["Job", "Kind"]);
        let found: Vec<_> = implemented(text).collect();
        assert!(
            found.contains(&"Pile") && found.contains(&"Raw") && !found.contains(&"Kind"),
            "{found:?}"
        );
    }

    #[test]
    fn a_word_is_replaced_where_it_is_whole() {
        assert_eq!(
            with_word("queue, queues, my_queue; queue", "queue", "line"),
            "line, queues, my_queue; line"
        );
    }

    #[test]
    fn a_crate_may_become_a_module() {
        let text = "use crate::{a, b::C};\nfn f() -> crate::d::E { $crate::x!(); subcrate::y() }\n";
        let moved =
            "use crate::m::{a, b::C};\nfn f() -> crate::m::d::E { $crate::x!(); subcrate::y() }\n";
        assert_eq!(with_crate(text, "crate::m"), moved);
        assert_eq!(crate_paths(text).into_iter().collect::<Vec<_>>(), ["a", "b", "d"]);
        let nested = crate_paths("use crate::{a::{b, c}, d, e};\n");
        assert_eq!(nested.into_iter().collect::<Vec<_>>(), ["a", "d", "e"]);
        assert_eq!(with_crate("no path", "crate::m"), "no path");
    }
}
