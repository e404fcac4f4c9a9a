//! Files that are written together, or not at all.

use crate::{Error, Result};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What was written so far. Dropped before it is kept, it takes all back.
#[derive(Default)]
pub(super) struct Draft {
    folders: Vec<PathBuf>,
    /// Files, with what they held before. Those that were not there are removed again.
    files: Vec<(PathBuf, Option<Vec<u8>>)>,
}

impl Draft {
    /// Makes a folder, which must not be there yet.
    pub(super) fn folder(&mut self, path: &Path) -> Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Error::about(parent, &error))?;
        }
        fs::create_dir(path).map_err(|error| Error::about(path, &error))?;
        self.folders.push(path.to_owned());
        Ok(())
    }

    /// Writes a file.
    pub(super) fn write(&mut self, path: &Path, text: &str) -> Result<()> {
        self.remember(path)?;
        let written =
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
        written.map_err(|error| Error::about(path, &error))
    }

    /// Keeps in mind what a file holds, because somebody else is going to write it.
    pub(super) fn remember(&mut self, path: &Path) -> Result<()> {
        let before = match fs::read(path) {
            Ok(content) => Some(content),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::about(path, &error)),
        };
        self.files.push((path.to_owned(), before));
        Ok(())
    }

    /// All is well: what was written stays.
    pub(super) fn keep(mut self) {
        self.folders.clear();
        self.files.clear();
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for (path, before) in self.files.drain(..).rev() {
            let undone = match before {
                Some(content) => fs::write(&path, content),
                None => fs::remove_file(&path),
            };
            tell(&path, undone);
        }
        for folder in self.folders.drain(..).rev() {
            tell(&folder, fs::remove_dir_all(&folder));
        }
    }
}

/// What can't be taken back is told, so that nobody is surprised by it.
fn tell(path: &Path, undone: io::Result<()>) {
    match undone {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            eprintln!("{} could not be taken back: {error}", path.display());
        }
        _ => {}
    }
}
