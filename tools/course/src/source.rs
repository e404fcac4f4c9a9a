//! What stands in Rust sources: TODOs, `use` lines, and the tasks that a test file names.

use crate::{Error, Result, read};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A comment that marks where a task begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// The task it belongs to: `fix-1`.
    pub task: String,
    /// The file, below the folder that was looked at: `main.rs`.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
}

/// All files below a folder, relative to it and with `/`, in a fixed order.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let here = folder.join(&inner);
        let entries = fs::read_dir(&here).map_err(|error| Error::about(&here, &error))?;
        for entry in entries.flatten() {
            let path = inner.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The texts of a program's files, by their names below `src/`.
pub type Sources = BTreeMap<String, String>;

/// A source as it reads where its crate is a module of another: `crate::x` is `crate::module::x` there. No
/// line moves.
#[must_use]
pub fn with_crate(text: &str, path: &str) -> String {
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
pub fn with_word(text: &str, old: &str, new: &str) -> String {
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
pub fn crate_paths(text: &str) -> BTreeSet<String> {
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
pub fn types(text: &str) -> impl Iterator<Item = &str> {
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
pub fn implemented(text: &str) -> impl Iterator<Item = &str> {
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

/// All Rust files below a folder.
pub fn sources(folder: &Path) -> Result<Sources> {
    let names = files(folder)?.into_iter().filter(|name| name.ends_with(".rs"));
    names.map(|name| Ok((name.clone(), read(&folder.join(&name))?))).collect()
}

/// The TODOs of all Rust files below a folder.
pub fn todos(folder: &Path) -> Result<Vec<Todo>> {
    let mut found = Vec::new();
    for (file, text) in sources(folder)? {
        for (index, line) in text.lines().enumerate() {
            for task in todos_in(line) {
                found.push(Todo { task, file: file.clone(), line: index + 1 });
            }
        }
    }
    Ok(found)
}

/// The tasks of the TODOs in a line, as loosely as the tests look for them: `todo ( Fix_1 )` is `fix-1`.
#[must_use]
pub fn todos_in(line: &str) -> Vec<String> {
    let plain: String = line
        .to_lowercase()
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '\t' | '-' | '_'))
        .collect();
    plain.split("todo(").skip(1).filter_map(task_before_bracket).collect()
}

/// Reads `fix1): and more` as `fix-1`.
fn task_before_bracket(text: &str) -> Option<String> {
    let (name, _) = text.split_once(')')?;
    let digits = name.find(|letter: char| letter.is_ascii_digit())?;
    let (kind, number) = name.split_at(digits);
    let is_task = !kind.is_empty()
        && kind.chars().all(|letter| letter.is_ascii_lowercase())
        && number.chars().all(|letter| letter.is_ascii_digit());
    is_task.then(|| format!("{kind}-{number}"))
}

/// The tasks that a test file grades, in its order: the names in `#[task("fix-1", …)]`.
#[must_use]
pub fn graded_tasks(tests: &str) -> Vec<String> {
    const ATTRIBUTE: &str = "#[task(";
    let names = tests.match_indices(ATTRIBUTE).filter_map(|(start, _)| {
        let line = tests[..start].rsplit('\n').next().unwrap_or_default();
        // A long attribute has its name on the next line; one behind `//` is none.
        let name = tests[start + ATTRIBUTE.len()..].trim_start().strip_prefix('"')?;
        line.trim().is_empty().then_some(name.split_once('"')?.0.to_owned())
    });
    names.collect()
}

/// A source without its `use` lines, which is where a program and its `real.rs` may differ, and without
/// the lines that say in which file a module is.
#[must_use]
pub fn without_uses(text: &str) -> String {
    let mut kept = String::new();
    let mut in_use = false;
    for line in text.lines() {
        in_use = in_use || line.starts_with("use ");
        // What the lints say of the real crates is no part of the program.
        let is_aside = line.starts_with("#![allow(") || line.starts_with("#[path = ");
        if !in_use && !is_aside {
            kept.push_str(line);
            kept.push('\n');
        }
        in_use = in_use && !line.trim_end().ends_with(';');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_todo_is_found_however_it_is_written() {
        for line in
            ["// TODO(fix-1): x", "  //todo (Fix 1)", "/* TODO( fix_1 ) */", "// Todo(FIX-1)"]
        {
            assert_eq!(todos_in(line), ["fix-1"], "{line}");
        }
        for line in ["// TODO: later", "todo!(\"x\")", "TODO(someone)", "TODO(1)", "fix-1"] {
            assert!(todos_in(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_line_may_hold_several_todos() {
        assert_eq!(todos_in("// TODO(x) TODO(alter-1) and TODO(fix-12)"), ["alter-1", "fix-12"]);
    }

    #[test]
    fn the_tasks_of_a_test_file_are_its_attributes() {
        let tests = "#[task(\"alter-1\", \"x\")]\nfn a() {}\n  // #[task(\"no\")]\n#[task(\n    \"fix-2\", \"y\")]";
        assert_eq!(graded_tasks(tests), ["alter-1", "fix-2"]);
    }

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

    #[test]
    fn use_lines_may_span_several_lines() {
        let text = "//! x\n#![allow(x)]\n#[path = \"../src/m.rs\"]\nmod m;\nuse a::{\n    b,\n};\nuse c;\nfn main() {\n    use d;\n}\n";
        assert_eq!(without_uses(text), "//! x\nmod m;\nfn main() {\n    use d;\n}\n");
    }
}
