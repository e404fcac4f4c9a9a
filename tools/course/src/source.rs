//! What stands in a program's sources: TODOs and `use` lines.

use crate::{Error, Result};
pub use accord::files::Sources;
use accord::{files, todo};
use std::{io, path::Path};

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
    files::files(folder).map_err(failed)
}

/// All Rust files below a folder.
pub fn sources(folder: &Path) -> Result<Sources> {
    files::sources(folder).map_err(failed)
}

/// An error that says itself which file it is about.
fn failed(error: io::Error) -> Error {
    Error::Failed(error.to_string())
}

/// The TODOs of all Rust files below a folder.
pub fn todos(folder: &Path) -> Result<Vec<Todo>> {
    let mut found = Vec::new();
    for (file, text) in sources(folder)? {
        for (index, line) in text.lines().enumerate() {
            for task in todo::tasks_in(line) {
                found.push(Todo { task, file: file.clone(), line: index + 1 });
            }
        }
    }
    Ok(found)
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
    fn use_lines_may_span_several_lines() {
        let text = "//! x\n#![allow(x)]\n#[path = \"../src/m.rs\"]\nmod m;\nuse a::{\n    b,\n};\nuse c;\nfn main() {\n    use d;\n}\n";
        assert_eq!(without_uses(text), "//! x\nmod m;\nfn main() {\n    use d;\n}\n");
    }
}
