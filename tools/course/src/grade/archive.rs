//! Unpacks a submission that is an archive. The tools that do it are shut in like a program that is graded: whatever an
//! archive holds, it is written into one folder, with its limits.

use super::{
    bounds::{Bounds, Limits},
    sandbox::{OF_SYSTEM, Sandbox},
};
use crate::child::{self, Ended};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// How long unpacking may take.
const LIMIT: Duration = Duration::from_secs(60);

/// How its name ends, and the words that unpack such an archive into the folder where they are run. What was built is left out.
const KINDS: [(&str, &[&str]); 3] = [
    (
        ".zip",
        &["unzip", "-q", "-o", "ARCHIVE", "-x", "target/*", "*/target/*", ".git/*", "*/.git/*"],
    ),
    (".tar.gz", TAR),
    (".tgz", TAR),
];

const TAR: &[&str] = &[
    "tar",
    "--extract",
    "--gzip",
    "--no-same-owner",
    "--exclude=target",
    "--exclude=.git",
    "--file",
    "ARCHIVE",
];

/// The student's name, if a file is called like an archive: `ann` for `ann.tar.gz`.
pub(super) fn student(name: &str) -> Option<&str> {
    KINDS.iter().find_map(|(ending, _)| name.strip_suffix(ending)).filter(|name| !name.is_empty())
}

/// A folder that archives are unpacked in, one after another. It is gone with this.
pub(super) struct Bench<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) place: PathBuf,
}

impl Bench<'_> {
    /// Unpacks an archive, and tells the folder; or why that can't be.
    pub(super) fn unpacked(&self, archive: &Path) -> Result<PathBuf, String> {
        if !self.sandbox.is_on {
            return Err("is an archive, and these are unpacked in a sandbox alone".to_owned());
        }
        let name = archive.file_name().unwrap_or_default().to_string_lossy();
        let (_, words) = KINDS
            .iter()
            .find(|(ending, _)| name.ends_with(ending))
            .ok_or_else(|| "is no archive".to_owned())?;
        let inside = self.place.join("inside");
        let copy = self.place.join("archive");
        let prepare = || -> std::io::Result<()> {
            let _ = fs::remove_dir_all(&self.place);
            fs::create_dir_all(&inside)?;
            fs::copy(archive, &copy)?;
            Ok(())
        };
        prepare().map_err(|error| format!("can't be unpacked: {error}"))?;
        self.unpack(&copy, &inside, words).map_err(|why| format!("can't be unpacked: {why}"))?;
        Ok(inside)
    }

    fn unpack(&self, archive: &Path, inside: &Path, words: &[&str]) -> Result<(), String> {
        let mut read: Vec<PathBuf> = OF_SYSTEM.map(PathBuf::from).to_vec();
        read.push(archive.to_path_buf());
        let bounds = Bounds {
            read,
            write: vec![inside.to_path_buf()],
            folder: inside.to_path_buf(),
            set: [("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())].into(),
            limits: Limits { seconds: 10, ..Limits::default() },
            ..Bounds::default()
        };
        let file = self.place.join("bounds.json");
        fs::write(&file, bounds.text()).map_err(|error| error.to_string())?;
        let own = self.sandbox.words(&file);
        let mut command = Command::new(&own[0]);
        command.args(&own[1..]);
        for word in words {
            match *word {
                "ARCHIVE" => command.arg(archive),
                word => command.arg(word),
            };
        }
        let outcome = child::run(&mut command, LIMIT).map_err(|error| error.to_string())?;
        let said = format!("{}{}", outcome.stderr, outcome.stdout);
        let first = said.lines().map(str::trim).find(|line| !line.is_empty());
        match (outcome.ended, first) {
            (Ended::Code(0), _) => Ok(()),
            (Ended::Code(_), Some(line)) => {
                Err(line.replace(&format!("{}/", self.place.display()), ""))
            }
            (ended, _) => Err(format!("{} ended by {ended}", words[0])),
        }
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_known_by_its_name() {
        assert_eq!(student("ann.tar.gz"), Some("ann"));
        assert_eq!(student("b.c.zip"), Some("b.c"));
        assert_eq!(student("notes.txt"), None);
        assert_eq!(student(".zip"), None);
    }
}
