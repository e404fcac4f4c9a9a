//! Brings variants along when their base has changed.
//!
//! A diff is of the base as it was when it was written. Git knows that version: it is the latest one at whose
//! lines the diff stands. From there to the base of today, and to the variant, is a three-way merge.

use super::{Base, Change, Shelf, Variant, change, keep, notes};
use crate::{Error, Result, read, rust::with_word, source::Sources, workspace::Exercise};
use std::{collections::BTreeMap, process::Command};

/// So many versions of a base are looked at.
const MOST_VERSIONS: usize = 60;

/// What became of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is of the base as that is now, or it is a whole program.
    Stays,
    /// It was written anew.
    Merged,
    /// It was written anew, and has lines that both sides have changed, at other words. That wants a look.
    MergedByWords,
    /// The base has changed at the same place of these files, so it was left as it is.
    Conflict(Vec<String>),
    /// It is the base now: the change has nothing left to change. It was left as it is.
    Nothing,
    /// No version of the base is known that it fits. It was left as it is.
    Lost,
}

/// A name that is another one now, as a whole word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// As it was.
    pub old: String,
    /// As it is.
    pub new: String,
}

impl Rename {
    /// Reads `queue=line`.
    pub fn parse(text: &str) -> std::result::Result<Rename, String> {
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        };
        match text.split_once('=') {
            Some((old, new)) if is_name(old) && is_name(new) && old != new => {
                Ok(Rename { old: old.to_owned(), new: new.to_owned() })
            }
            _ => Err(format!("'{text}' is not OLD=NEW, two different names")),
        }
    }

    fn apply(&self, sources: &Sources) -> Sources {
        let renamed = |text: &String| with_word(text, &self.old, &self.new);
        sources.iter().map(|(name, text)| (name.clone(), renamed(text))).collect()
    }
}

/// Brings all variants of an exercise to their bases of today. A conflict leaves a variant as it was.
pub fn rebase(exercise: &Exercise, renames: &[Rename]) -> Result<Vec<(String, Moved)>> {
    let mut told = Vec::new();
    let mut versions: BTreeMap<&str, Versions> = BTreeMap::new();
    for shelf in [Shelf::Breaks, Shelf::Wrong, Shelf::AlsoRight] {
        let base = shelf.base();
        let now = base.sources(exercise)?;
        for variant in Variant::all(exercise, shelf)? {
            let known = versions.entry(base.word()).or_insert_with(|| Versions::of(exercise, base));
            let moved = one(exercise, &variant, &now, known, renames)?;
            told.push((variant.path(), moved));
        }
    }
    Ok(told)
}

fn one(
    exercise: &Exercise,
    variant: &Variant,
    now: &Sources,
    versions: &mut Versions,
    renames: &[Rename],
) -> Result<Moved> {
    let Change::Edit(_) = variant.change else { return Ok(Moved::Stays) };
    if renames.is_empty() && fits(variant, now) {
        return Ok(Moved::Stays);
    }
    let Some(old) = versions.latest(|version| version != now && fits(variant, version)) else {
        return Ok(if fits(variant, now) { Moved::Stays } else { Moved::Lost });
    };
    let edited = variant.program(old).map_err(Error::Failed)?;
    let renamed = |sources: &Sources| {
        renames.iter().fold(sources.clone(), |sources, rename| rename.apply(&sources))
    };
    let merged = match change::merged(&renamed(old), now, &renamed(&edited)) {
        Ok(merged) => merged,
        Err(files) => return Ok(Moved::Conflict(files)),
    };
    let change = Change::between(variant.shelf.base(), now, &merged.program);
    if change.diff().is_empty() && !variant.change.diff().trim().is_empty() {
        return Ok(Moved::Nothing);
    }
    let top = notes::text_above(&read(&variant.diff_path(exercise))?);
    keep(exercise, &Variant { change, ..variant.clone() }, &top)?;
    Ok(if merged.by_words { Moved::MergedByWords } else { Moved::Merged })
}

fn fits(variant: &Variant, base: &Sources) -> bool {
    variant.change.is_in_place(base) && variant.program(base).is_ok()
}

/// The versions of a base that git knows, the latest first, as far as they were asked for.
struct Versions {
    root: std::path::PathBuf,
    folder: String,
    /// Commits that are not read yet, the latest last.
    left: Vec<String>,
    read: Vec<Sources>,
}

impl Versions {
    fn of(exercise: &Exercise, base: Base) -> Versions {
        let root = exercise.root().to_path_buf();
        let folder = base.folder(exercise);
        let folder = folder.strip_prefix(&root).unwrap_or(&folder);
        let folder = folder.to_string_lossy().replace('\\', "/");
        let mut versions = Versions { root, folder, left: Vec::new(), read: Vec::new() };
        let most = format!("-{MOST_VERSIONS}");
        let log = versions.git(&["log", "--format=%H", &most, "--", &versions.folder]);
        versions.left = log.unwrap_or_default().lines().rev().map(str::to_owned).collect();
        versions
    }

    /// The latest version that is wanted.
    fn latest(&mut self, is_wanted: impl Fn(&Sources) -> bool) -> Option<&Sources> {
        let mut index = 0;
        loop {
            while index >= self.read.len() {
                let commit = self.left.pop()?;
                let version = self.at(&commit);
                self.read.push(version);
            }
            if is_wanted(&self.read[index]) {
                return Some(&self.read[index]);
            }
            index += 1;
        }
    }

    fn at(&self, commit: &str) -> Sources {
        let tree = format!("{commit}:{}", self.folder);
        let names = self.git(&["ls-tree", "-r", "--name-only", &tree]).unwrap_or_default();
        let file = |name: &str| {
            let text = self.git(&["show", &format!("{tree}/{name}")])?;
            Some((name.to_owned(), text))
        };
        names.lines().filter(|name| name.ends_with(".rs")).filter_map(file).collect()
    }

    fn git(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("git").arg("-C").arg(&self.root).args(arguments).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        output.status.success().then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_is_two_names() {
        let rename = Rename::parse("queue=line").unwrap();
        assert_eq!((rename.old.as_str(), rename.new.as_str()), ("queue", "line"));
        for text in ["queue", "a=b c", "=b", "a=", "a=a"] {
            assert!(Rename::parse(text).is_err(), "{text}");
        }
    }
}
