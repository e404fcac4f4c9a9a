//! Brings an exercise back to its starter, and keeps the student's version beside it.

use crate::{Error, Result, source, workspace::Exercise};
use accord::exercise;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What a reset did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// The exercise was as given already.
    Nothing,
    /// The student's version is in this folder now; nothing if there was none.
    Kept(Option<PathBuf>),
}

/// Resets an exercise.
pub fn reset(exercise: &Exercise) -> Result<Done> {
    let starter = exercise.starter();
    if !starter.is_dir() {
        return Err(Error::Failed(format!(
            "{} is missing, so there is nothing to go back to",
            exercise::starter(&exercise.name)
        )));
    }
    take(exercise, &starter)
}

/// Takes back a version that was kept: `src.mine-1`, also called `mine-1` and `1`. It is not kept twice.
pub fn back(exercise: &Exercise, called: &str) -> Result<Done> {
    let there = kept(exercise);
    let name = called.strip_prefix("src.").unwrap_or(called);
    let name = format!("src.mine-{}", name.strip_prefix("mine-").unwrap_or(name));
    if !there.contains(&name) {
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        return Err(Error::Input(format!(
            "{} has kept no {name}; there are: {there}",
            exercise::folder(&exercise.name)
        )));
    }
    let folder = exercise.folder().join(&name);
    let done = take(exercise, &folder)?;
    fs::remove_dir_all(&folder).map_err(|error| Error::about(&folder, &error))?;
    Ok(done)
}

/// The versions that were kept, in the order of their numbers.
fn kept(exercise: &Exercise) -> Vec<String> {
    let entries = fs::read_dir(exercise.folder()).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let number = |name: &String| name.strip_prefix("src.mine-")?.parse::<u32>().ok();
    let mut kept: Vec<String> = names.filter(|name| number(name).is_some()).collect();
    kept.sort_by_key(number);
    kept
}

/// Makes the exercise's `src` as another folder is, and keeps what was there, unless that is the starter.
///
/// The new one is written beside first, then two folders are renamed: so whatever fails, no file is lost.
fn take(exercise: &Exercise, from: &Path) -> Result<Done> {
    let own = exercise.folder().join("src");
    if own.is_dir() && same(&own, from)? {
        return Ok(Done::Nothing);
    }
    let fresh = exercise.folder().join("src.fresh");
    if fresh.exists() {
        // Left over from a reset that was interrupted; it holds a copy and nothing else.
        fs::remove_dir_all(&fresh).map_err(|error| Error::about(&fresh, &error))?;
    }
    copy(from, &fresh)?;
    let mut kept = None;
    if own.exists() {
        let beside = free_name(&own);
        rename(&own, &beside)?;
        kept = Some(beside);
    }
    if let Err(error) = rename(&fresh, &own) {
        if let Some(beside) = &kept {
            rename(beside, &own)?;
        }
        return Err(error);
    }
    let starter = exercise.starter();
    if let Some(beside) = &kept
        && starter.is_dir()
        && same(beside, &starter)?
    {
        fs::remove_dir_all(beside).map_err(|error| Error::about(beside, &error))?;
        kept = None;
    }
    Ok(Done::Kept(kept))
}

/// Whether two folders hold the same files with the same text.
pub fn same(one: &Path, other: &Path) -> Result<bool> {
    let names = source::files(one)?;
    if names != source::files(other)? {
        return Ok(false);
    }
    for name in names {
        if bytes(&one.join(&name))? != bytes(&other.join(&name))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The bytes of a file, with line endings as on Linux.
fn bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = fs::read(path).map_err(|error| Error::about(path, &error))?;
    bytes.retain(|&byte| byte != b'\r');
    Ok(bytes)
}

/// Writes each file anew, so that its time is now and cargo builds it. (A plain copy keeps the old time
/// on some systems.)
fn copy(from: &Path, to: &Path) -> Result<()> {
    for name in source::files(from)? {
        let path = to.join(&name);
        let content = fs::read(from.join(&name)).map_err(|error| Error::about(from, &error))?;
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| Error::about(&path, &error))?;
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| {
        let (from, to) = (from.display(), to.display());
        Error::Failed(format!("{from} can't be renamed to {to}: {error}"))
    })
}

/// `src.mine-1`, or the first number after it that is free.
fn free_name(own: &Path) -> PathBuf {
    (1..)
        .map(|number| own.with_extension(format!("mine-{number}")))
        .find(|path| !path.exists())
        .expect("numbers don't end")
}
