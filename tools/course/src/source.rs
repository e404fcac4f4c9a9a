//! What stands in a program's sources: its files, and its TODOs.

use crate::{Error, Result};
pub(crate) use accord::files::Sources;
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
pub(crate) fn files(folder: &Path) -> Result<Vec<String>> {
    files::files(folder).map_err(failed)
}

/// All Rust files below a folder.
pub(crate) fn sources(folder: &Path) -> Result<Sources> {
    files::sources(folder).map_err(failed)
}

/// An error that says itself which file it is about.
fn failed(error: io::Error) -> Error {
    Error::Failed(error.to_string())
}

/// The TODOs of all Rust files below a folder.
pub(crate) fn todos(folder: &Path) -> Result<Vec<Todo>> {
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
