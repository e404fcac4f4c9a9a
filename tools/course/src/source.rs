//! What stands in Rust sources: TODOs, `use` lines, and the tasks that a test file names.

use crate::{Error, Result, read};
use std::{
    collections::BTreeMap,
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
    fn use_lines_may_span_several_lines() {
        let text = "//! x\n#![allow(x)]\n#[path = \"../src/m.rs\"]\nmod m;\nuse a::{\n    b,\n};\nuse c;\nfn main() {\n    use d;\n}\n";
        assert_eq!(without_uses(text), "//! x\nmod m;\nfn main() {\n    use d;\n}\n");
    }
}
