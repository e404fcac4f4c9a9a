//! A test binary that an earlier check has built, and that still fits: then the program alone is built anew.
//!
//! Each edit of a program makes cargo build its tests again too, because they have to know which TODOs stand. Whoever
//! watches saves often, and a TODO goes seldom.

use crate::{Result, source, workspace::Exercise};
use accord::exercise;
use serde_json::{Value, json};
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Set for a check that is held, to what an earlier one has told.
pub(crate) const GIVEN: &str = "HANDOFF_TESTS";

/// A test binary, and what it was told of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) binary: PathBuf,
    knows: String,
    /// When it was written, as a number. One that somebody else has built since may know something else.
    written: String,
}

impl Ready {
    /// The one that was given to this process, if it fits the program as it is now.
    pub(super) fn given(exercise: &Exercise) -> Option<Ready> {
        let given: Value = serde_json::from_str(&env::var(GIVEN).ok()?).ok()?;
        let binary = PathBuf::from(given["binary"].as_str()?);
        let word = |key: &str| given[key].as_str().map(str::to_owned);
        let ready = Ready { binary, knows: word("knows")?, written: word("written")? };
        let fits = known(exercise).is_ok_and(|now| now == ready.knows);
        let is_the_same = stamp(&ready.binary).is_some_and(|now| now == ready.written);
        (fits && is_the_same && ready.is_newer_than_its_sources(exercise)).then_some(ready)
    }

    /// What is told to whoever holds this process, about a binary that it has built. Nothing where the program has
    /// changed meanwhile: then nobody knows which state of it was built.
    pub(super) fn told(exercise: &Exercise, binary: &Path, before: &str) -> Option<Value> {
        let is_same = known(exercise).is_ok_and(|now| now == before);
        let written = stamp(binary).filter(|_| is_same)?;
        Some(json!({ "binary": binary, "knows": before, "written": written }))
    }

    /// Whether nothing that it is built from, but for the program, was written after it.
    fn is_newer_than_its_sources(&self, exercise: &Exercise) -> bool {
        let root = exercise.root();
        let own = [exercise::folder(&exercise.name) + "/tests", "tools".to_owned()];
        let folders = own.iter().map(|folder| root.join(folder)).filter(|folder| folder.is_dir());
        let mut inputs = vec![
            exercise.folder().join("Cargo.toml"),
            root.join("Cargo.toml"),
            root.join("Cargo.lock"),
            root.join(".cargo/config.toml"),
        ];
        for folder in folders {
            let Ok(files) = source::files(&folder) else { return false };
            inputs.extend(files.into_iter().map(|file| folder.join(file)));
        }
        let Some(built) = written(&self.binary) else { return false };
        inputs.iter().filter_map(|path| written(path)).all(|time| time < built)
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

fn stamp(path: &Path) -> Option<String> {
    let since = written(path)?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_nanos().to_string())
}

/// What the tests know of the program that they were built beside: which TODOs stand, and whether it is as given.
pub(super) fn known(exercise: &Exercise) -> Result<String> {
    let mut tasks: Vec<String> = exercise.todos()?.into_iter().map(|todo| todo.task).collect();
    tasks.sort();
    tasks.dedup();
    let sources = source::sources(&exercise.folder().join("src"))?;
    let is_as_given = exercise.starter_sources().is_ok_and(|starter| starter == sources);
    Ok(format!("{} {is_as_given}", tasks.join(" ")))
}
