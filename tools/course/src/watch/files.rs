//! Which files a learner saves, and when.
//!
//! It looks at the files again and again: some dozens of them, which takes a fraction of a millisecond. So it needs
//! no events, which not every file system sends, and a file that is deleted, or written by renaming another, is one
//! that differs.

use crate::{source, workspace::Exercise};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

/// How often it looks, unless somebody says otherwise.
pub(super) const OFTEN: Duration = Duration::from_millis(50);

/// How often where each look goes over a network or into another system.
pub(super) const SELDOM: Duration = Duration::from_millis(500);

type State = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

#[derive(Debug)]
pub(super) struct Files {
    exercises: Vec<Exercise>,
    /// As they were when all was quiet.
    known: State,
    /// As they were at the last look.
    last: State,
    every: Duration,
    looked: Instant,
}

impl Files {
    pub(super) fn of(exercises: Vec<Exercise>, every: Duration) -> Files {
        let known = state(&exercises);
        Files { exercises, last: known.clone(), known, every, looked: Instant::now() }
    }

    /// The exercise whose files were saved last, when the saving has come to its end: two looks see the same.
    pub(super) fn saved(&mut self) -> Option<Exercise> {
        if self.looked.elapsed() < self.every {
            return None;
        }
        self.looked = Instant::now();
        let now = state(&self.exercises);
        let is_quiet = now == self.last;
        self.last = now;
        if !is_quiet || self.last == self.known {
            return None;
        }
        let before = std::mem::replace(&mut self.known, self.last.clone());
        let differs = |(path, file): (&PathBuf, &Option<(SystemTime, u64)>)| {
            (before.get(path) != Some(file)).then(|| (file.map(|(time, _)| time), path.clone()))
        };
        let gone = before.keys().filter(|path| !self.known.contains_key(*path));
        let gone = gone.map(|path| (None, path.clone()));
        let (_, path) = self.known.iter().filter_map(differs).chain(gone).max()?;
        self.exercises.iter().find(|exercise| path.starts_with(exercise.folder())).cloned()
    }
}

/// The files that a learner edits: when each was written, and how long it is.
fn state(exercises: &[Exercise]) -> State {
    let mut state = State::new();
    for exercise in exercises {
        let src = exercise.folder().join("src");
        let names = source::files(&src).unwrap_or_default();
        let mut paths: Vec<PathBuf> = names.iter().map(|name| src.join(name)).collect();
        paths.push(exercise.answers());
        paths.push(exercise.folder().join("Cargo.toml"));
        for path in paths {
            let file = fs::metadata(&path).ok();
            let file =
                file.map(|file| (file.modified().unwrap_or(SystemTime::UNIX_EPOCH), file.len()));
            state.insert(path, file);
        }
    }
    state
}

/// The kind of file system that a folder is on, if each look at it goes a long way.
#[must_use]
pub(super) fn far_away(folder: &Path) -> Option<String> {
    far_away_in(&fs::read_to_string("/proc/mounts").ok()?, folder)
}

fn far_away_in(mounts: &str, folder: &Path) -> Option<String> {
    const FAR: [&str; 9] =
        ["9p", "drvfs", "nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "vboxsf", "virtiofs"];
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?.replace("\\040", " "), words.next()?))
    });
    let around = mounts.filter(|(place, _)| folder.starts_with(place));
    let (_, kind) = around.max_by_key(|(place, _)| place.len())?;
    FAR.contains(&kind).then(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_from_far_away_is_known_by_its_kind() {
        let mounts = "/dev/sda / ext4 rw 0 0\nC:\\134 /mnt/c 9p rw 0 0\nserver:/x /home/my\\040files nfs4 rw 0 0\n";
        let kind = |folder: &str| far_away_in(mounts, Path::new(folder));
        assert_eq!(kind("/mnt/c/course").as_deref(), Some("9p"));
        assert_eq!(kind("/home/my files/course").as_deref(), Some("nfs4"));
        assert_eq!(kind("/home/me/course"), None);
    }
}
