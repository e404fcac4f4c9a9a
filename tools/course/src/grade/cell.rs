//! The place where one program runs, and the bounds of the program and of the tests that look at it.

use super::{
    bounds::{Bounds, Limits},
    judge::Subject,
    sandbox::OF_SYSTEM,
    stage::Stage,
};
use crate::{Error, Result};
use accord::settings;
use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process,
};

/// Where a test makes a folder for a run: its own, and nobody else's.
const DESKS: &str = "handoff-folder-";

/// Where it makes it, if the system has that.
const IN_MEMORY: &str = "/dev/shm";

/// What the tests find in their environment.
const OF_TESTS: [&str; 12] = [
    "PATH",
    "LANG",
    "TMPDIR",
    "CARGO",
    "CARGO_MANIFEST_DIR",
    "INSTA_UPDATE",
    "RUST_BACKTRACE",
    settings::PROGRAM,
    settings::SOURCE,
    settings::OPEN,
    settings::DRAW,
    settings::TIME_LIMIT,
];

/// Where one program runs: the program itself, and a folder that it may write. It is gone when the program is judged.
pub(super) struct Cell {
    place: PathBuf,
    /// What the tests start.
    pub(super) program: PathBuf,
    pub(super) temporary: PathBuf,
}

impl Cell {
    pub(super) fn new(stage: &Stage, subject: &Subject, built: &Path) -> Result<Cell> {
        let place = env::temp_dir().join(format!("handoff-grade-{}", process::id()));
        // One of this name is left over from a grader that was killed.
        let _ = fs::remove_dir_all(&place);
        let (temporary, own) = (place.join("tmp"), place.join("program"));
        let cell = Cell { program: own.join(&subject.exercise.name), temporary, place };
        let about = |error: &std::io::Error| Error::about(&cell.place, error);
        for folder in [&cell.temporary, &own] {
            fs::create_dir_all(folder).map_err(|error| about(&error))?;
        }
        let program = if stage.sandbox.is_on { own.join("built") } else { cell.program.clone() };
        fs::copy(built, &program).map_err(|error| about(&error))?;
        stage.forget(&subject.exercise, built)?;
        if stage.sandbox.is_on {
            cell.shut(stage, subject, &program)?;
        }
        Ok(cell)
    }

    /// The folder that a test writes into, and its programs.
    pub(super) fn of_test(&self, number: usize, user: Option<u32>) -> Result<PathBuf> {
        let folder = self.temporary.join(number.to_string());
        let made = fs::create_dir_all(&folder).and_then(|()| hand_to(&folder, user));
        made.map_err(|error| Error::about(&folder, &error))?;
        Ok(folder)
    }

    /// A message without this place, which has another name in each grading.
    pub(super) fn without_place(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.place.display()), "")
    }

    /// What the tests are started with. They look at files that the program has left, which may be links: so they read
    /// the course alone, and write where their programs do.
    pub(super) fn before_tests(&self, stage: &Stage, subject: &Subject) -> Result<Vec<OsString>> {
        let sandbox = &stage.sandbox;
        if !sandbox.is_on {
            return Ok(Vec::new());
        }
        let file = self.place.join("tests.json");
        let own = sandbox.words(&file);
        let mut read: Vec<PathBuf> = OF_SYSTEM.map(PathBuf::from).to_vec();
        read.extend([self.place.clone(), PathBuf::from(&own[0])]);
        let root = subject.exercise.root();
        read.extend(["exercises", "solutions", "concepts"].map(|folder| root.join(folder)));
        read.push(subject.suite.binary().to_path_buf());
        let bounds = Bounds {
            read,
            write: vec![self.temporary.clone(), PathBuf::from(IN_MEMORY)],
            folder: subject.exercise.solution(),
            keep: OF_TESTS.map(str::to_owned).to_vec(),
            tcp: sandbox.has_own_network() || subject.goes_outside,
            limits: Limits { memory: 8 << 30, file: 1 << 30, processes: 65_536, seconds: 3600 },
            ..Bounds::default()
        };
        fs::write(&file, bounds.text()).map_err(|error| Error::about(&file, &error))?;
        // What is in memory is their own in any case.
        Ok([sandbox.apart(&bounds.write[..1]), own].concat())
    }

    /// Puts a program in the place of the built one, which starts that within bounds.
    fn shut(&self, stage: &Stage, subject: &Subject, built: &Path) -> Result<()> {
        let sandbox = &stage.sandbox;
        let mut read: Vec<PathBuf> = OF_SYSTEM.map(PathBuf::from).to_vec();
        read.push(built.to_path_buf());
        // Each test has a folder of its own in the second one.
        let desks =
            [text(&Path::new(IN_MEMORY).join(DESKS)), format!("{}/", text(&self.temporary))];
        let bounds = Bounds {
            read,
            write: vec![self.temporary.clone()],
            desks: desks.to_vec(),
            folder: self.temporary.clone(),
            set: [("TMPDIR".to_owned(), text(&self.temporary))].into(),
            keep: ["REHEARSAL_LIMIT_S", "RUST_BACKTRACE", "TMPDIR"].map(str::to_owned).to_vec(),
            user: sandbox.user,
            tcp: sandbox.has_own_network() || subject.goes_outside,
            ..Bounds::default()
        };
        let file = self.place.join("bounds.json");
        let words: Vec<String> = sandbox
            .words(&file)
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .chain([text(built)])
            .map(|word| format!("'{}'", word.replace('\'', "'\\''")))
            .collect();
        let script = format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "));
        let written = fs::write(&file, bounds.text())
            .and_then(|()| fs::write(&self.program, script))
            .and_then(|()| make_runnable(&self.program))
            .and_then(|()| hand_to(&self.temporary, sandbox.user));
        written.map_err(|error| Error::about(&self.place, &error))
    }
}

/// A path as a text.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Lets everybody run a file.
fn make_runnable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    // Elsewhere it is its name that says so.
    path.metadata().map(drop)
}

/// Gives an empty folder to a user, if there is one.
fn hand_to(folder: &Path, user: Option<u32>) -> io::Result<()> {
    #[cfg(unix)]
    if user.is_some() {
        std::os::unix::fs::chown(folder, user, user)?;
    }
    debug_assert!(cfg!(unix) || user.is_none(), "nobody is root here");
    folder.metadata().map(drop)
}

impl Drop for Cell {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.place);
    }
}
