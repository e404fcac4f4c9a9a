//! What an earlier proof found true, so that a developer's machine judges only what has changed.
//!
//! A fact is remembered with a sum over all that it depends on: the program, its notes, the tests with their
//! snapshots, the crates that both stand on, and the compiler. CI remembers nothing.

use super::{Fact, Wish};
use crate::{Result, build, read, source, workspace::Exercise, write_if_new};
use std::{
    collections::BTreeMap,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// The facts of one exercise that held.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    /// None where nothing is to be remembered.
    material: Option<u64>,
    /// By the names of the checks: the sum, and what was told.
    held: BTreeMap<String, (u64, String)>,
    /// The sums of what is proved now.
    sums: BTreeMap<String, u64>,
}

impl Memory {
    /// What is known of an exercise.
    pub(super) fn of(exercise: &Exercise, wish: &Wish) -> Result<Memory> {
        let target = build::target_folder(exercise.root())?;
        let path = target.join("course").join(format!("{}.held", exercise.name));
        let in_ci = env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let (mut material, mut held) = (None, BTreeMap::new());
        if !in_ci && !wish.fresh {
            let mut sum = DefaultHasher::new();
            (wish.every_task, wish.rules, wish.told, wish.separately).hash(&mut sum);
            material_of(exercise, &mut sum)?;
            material = Some(sum.finish());
            held = fs::read_to_string(&path).unwrap_or_default().lines().filter_map(line).collect();
        }
        Ok(Memory { path, material, held, sums: BTreeMap::new() })
    }

    /// The fact of a check of these things, if it held and nothing has changed since.
    pub(super) fn recall(&mut self, check: &str, things: impl Hash) -> Option<Fact> {
        let mut sum = DefaultHasher::new();
        (self.material?, things).hash(&mut sum);
        let sum = sum.finish();
        self.sums.insert(check.to_owned(), sum);
        let (known, told) = self.held.get(check)?;
        let told = format!("{told} (as before)");
        (*known == sum).then(|| Fact::of(check, Ok(told)))
    }

    /// Takes a fact into account.
    pub(super) fn keep(&mut self, fact: &Fact) {
        let Some(sum) = self.sums.get(&fact.name) else { return };
        let is_known = self.held.get(&fact.name).is_some_and(|(known, _)| known == sum);
        if fact.holds && is_known {
            return;
        }
        if fact.holds {
            self.held.insert(fact.name.clone(), (*sum, fact.detail.clone()));
        } else {
            self.held.remove(&fact.name);
        }
    }

    /// Writes down what is known.
    pub(super) fn save(&self) -> Result<()> {
        if self.material.is_none() {
            return Ok(());
        }
        let lines = self
            .held
            .iter()
            .map(|(check, (sum, told))| format!("{}\n", serde_json::json!([check, sum, told])));
        write_if_new(&self.path, &lines.collect::<String>())
    }
}

/// A line of the file. What can't be read is not known.
fn line(line: &str) -> Option<(String, (u64, String))> {
    let (check, sum, told) = serde_json::from_str(line).ok()?;
    Some((check, (sum, told)))
}

/// All that judges the programs of an exercise.
fn material_of(exercise: &Exercise, sum: &mut DefaultHasher) -> Result<()> {
    let root = exercise.root();
    build::version()?.hash(sum);
    for file in ["Cargo.toml", "Cargo.lock"] {
        read(&root.join(file)).unwrap_or_default().hash(sum);
    }
    read(&exercise.folder().join("Cargo.toml"))?.hash(sum);
    let mut folders = vec![exercise.folder().join("tests"), exercise.samples()];
    let tools = root.join("tools");
    let entries = fs::read_dir(&tools).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    names.sort();
    folders
        .extend(names.iter().filter(|name| *name != "course").map(|n| tools.join(n).join("src")));
    folders.into_iter().try_for_each(|folder| all_files(&folder, sum))
}

fn all_files(folder: &Path, sum: &mut DefaultHasher) -> Result<()> {
    if folder.is_dir() {
        for file in source::files(folder)? {
            // A sheet or a picture is no text.
            (fs::read(folder.join(&file)).unwrap_or_default(), file).hash(sum);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_comes_back() {
        let told = "refused by fix-1 (a\\nb)\nmore";
        let mut memory = Memory {
            path: env::temp_dir().join(format!("handoff-held-{}", std::process::id())),
            material: Some(1),
            held: BTreeMap::new(),
            sums: BTreeMap::from([("wrong/a".to_owned(), 7), ("wrong/b".to_owned(), 8)]),
        };
        memory.keep(&Fact::of("wrong/a", Ok(told.to_owned())));
        memory.keep(&Fact::of("wrong/a", Ok(format!("{told} (as before)"))));
        memory.keep(&Fact::of("wrong/b", Err("accepted".to_owned())));
        memory.save().unwrap();
        let text = fs::read_to_string(&memory.path).unwrap();
        fs::remove_file(&memory.path).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert_eq!(line(text.trim_end()).unwrap(), ("wrong/a".to_owned(), (7, told.to_owned())));
    }
}
