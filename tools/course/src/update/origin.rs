//! Where a later version comes from: a folder, or a repository that git can reach.

use crate::{Error, Result, build, status};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A folder with the course. One that was cloned for this is removed in the end.
#[derive(Debug)]
pub(super) struct Origin {
    folder: PathBuf,
    is_clone: bool,
}

impl Origin {
    /// Finds it. An address is cloned into the target folder.
    pub(super) fn find(root: &Path, source: &str) -> Result<Origin> {
        let folder = PathBuf::from(source);
        if folder.join("Cargo.toml").is_file() {
            let itself = || Some(folder.canonicalize().ok()? == root.canonicalize().ok()?);
            return if itself() == Some(true) {
                Err(Error::Input(format!("{source} is this checkout itself")))
            } else {
                Ok(Origin { folder, is_clone: false })
            };
        }
        let is_repository = folder.join("HEAD").is_file() || folder.join(".git").exists();
        let is_address = source.contains("://") || source.contains('@') || is_repository;
        if !is_address {
            return Err(Error::Input(format!(
                "{source} is neither a folder with the course nor an address for git, such as https://example.org/course.git"
            )));
        }
        let origin =
            Origin { folder: build::target_folder(root)?.join("course/update"), is_clone: true };
        origin.remove().map_err(|error| Error::about(&origin.folder, &error))?;
        origin.clone_from(source)?;
        Ok(origin)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn clone_from(&self, address: &str) -> Result<()> {
        status("fetching …");
        let mut git = Command::new("git");
        git.args(["clone", "--quiet", "--depth", "1", "--", address]).arg(&self.folder);
        // Nobody sits there who could be asked for a password.
        git.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
        let output = git.output();
        status("");
        let output =
            output.map_err(|error| Error::Failed(format!("git can't be started: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let why = stderr.lines().rev().find(|line| line.contains("fatal: "));
        let why = why.or_else(|| stderr.lines().last()).unwrap_or("it does not say why");
        Err(Error::Failed(format!(
            "{address} can't be cloned: {}",
            why.trim_start_matches("fatal: ")
        )))
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        if self.is_clone {
            let _ = self.remove();
        }
    }
}
