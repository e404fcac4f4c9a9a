//! What an update writes, and what it leaves as somebody has made it. All is known before anything is written.

use super::texts;
use crate::{
    Error, Result,
    answers::Answers,
    compare,
    handout::{self, Handout, LOCK, Ledger, Sums, write_file},
    look::{Look, Tone},
    source, sum,
};
use accord::exercise;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

/// What is to be done with the files of a checkout.
#[derive(Debug, Default)]
pub(super) struct Plan {
    new: BTreeMap<String, Vec<u8>>,
    other: BTreeMap<String, Vec<u8>>,
    gone: BTreeSet<String>,
    /// What somebody has changed that the course has changed as well.
    pub(super) kept: Vec<Kept>,
}

/// What somebody has made, and stays.
#[derive(Debug)]
pub(super) enum Kept {
    /// A program, of which the starter has changed: the differences between the starters.
    Program { name: String, starters: [source::Sources; 2] },
    /// A form, and the headings that the new one has besides.
    Answers { path: String, headings: Vec<String> },
    /// A file of the course: the new one is in its place, and this one is kept beside it.
    Beside { path: String, beside: String },
    /// A file that the course has no more.
    Left { path: String },
}

impl Plan {
    pub(super) fn of(root: &Path, ledger: &Ledger, handout: &Handout) -> Result<Plan> {
        let mut plan = Plan::default();
        let paths: BTreeSet<&String> = handout.files.keys().chain(ledger.sums.keys()).collect();
        let mut programs = BTreeSet::new();
        for path in paths {
            match handout::name_in(path) {
                Some(name) if handout::is_below(path, &program(name)) => {
                    programs.insert(name);
                }
                _ if handout::is_answers(path) => plan.answers(root, ledger, handout, path)?,
                _ => plan.file(root, ledger, handout, path)?,
            }
        }
        for name in programs {
            plan.program(root, ledger, handout, name)?;
        }
        Ok(plan)
    }

    /// A file of the course.
    fn file(&mut self, root: &Path, ledger: &Ledger, handout: &Handout, path: &str) -> Result<()> {
        let here = bytes(root, path)?;
        let given = ledger.sums.get(path);
        let is_as_given = here.as_deref().is_some_and(|it| Some(&sum::of_bytes(it)) == given);
        let Some(new) = handout.files.get(path) else {
            match here {
                Some(_) if is_as_given || path == LOCK => drop(self.gone.insert(path.to_owned())),
                Some(_) => self.kept.push(Kept::Left { path: path.to_owned() }),
                None => {}
            }
            return Ok(());
        };
        let has_changed = given != Some(&sum::of_bytes(new));
        match here {
            None => drop(self.new.insert(path.to_owned(), new.clone())),
            Some(here) if !has_changed || here == *new => {}
            Some(here) => {
                // Cargo itself keeps that one up to date.
                if !is_as_given && path != LOCK {
                    let beside = free_name(root, path);
                    self.new.insert(beside.clone(), here);
                    self.kept.push(Kept::Beside { path: path.to_owned(), beside });
                }
                self.other.insert(path.to_owned(), new.clone());
            }
        }
        Ok(())
    }

    /// A form for answers.
    fn answers(
        &mut self,
        root: &Path,
        ledger: &Ledger,
        handout: &Handout,
        path: &str,
    ) -> Result<()> {
        let (Some(here), Some(new)) = (bytes(root, path)?, handout.files.get(path)) else {
            return self.file(root, ledger, handout, path);
        };
        let given = ledger.sums.get(path);
        if given == Some(&sum::of_bytes(new)) || given == Some(&sum::of_bytes(&here)) {
            return self.file(root, ledger, handout, path);
        }
        let form = |bytes: &[u8]| Answers::of(&String::from_utf8_lossy(bytes));
        let headings = form(&here).missing(&form(new));
        self.kept.push(Kept::Answers { path: path.to_owned(), headings });
        Ok(())
    }

    /// A program: it is somebody's as a whole, or nobody's.
    fn program(
        &mut self,
        root: &Path,
        ledger: &Ledger,
        handout: &Handout,
        name: &str,
    ) -> Result<()> {
        let folder = program(name);
        let given = ledger.below(&folder);
        let new: Sums = handout
            .below(&folder)
            .map(|(path, bytes)| (path.clone(), sum::of_bytes(bytes)))
            .collect();
        if new == given {
            return Ok(());
        }
        let here = sums(root, &folder)?;
        if here.is_empty() || here == given {
            for (path, bytes) in handout.below(&folder) {
                let into = if here.contains_key(path) { &mut self.other } else { &mut self.new };
                into.insert(path.clone(), bytes.clone());
            }
            let is_gone = |path: &&String| !new.contains_key(*path);
            self.gone.extend(here.keys().filter(is_gone).cloned());
        } else if new.is_empty() {
            self.kept.push(Kept::Left { path: folder });
        } else {
            let starter = exercise::starter(name);
            let old = source::sources(&root.join(&starter)).unwrap_or_default();
            let starters = [old, texts(handout.below(&folder), &folder)];
            self.kept.push(Kept::Program { name: name.to_owned(), starters });
        }
        Ok(())
    }

    /// Writes all of it. What is interrupted goes on when it is begun again: nothing of a learner's is written over.
    pub(super) fn carry_out(&self, root: &Path) -> Result<()> {
        for (path, bytes) in self.new.iter().chain(&self.other) {
            write_file(root, path, bytes)?;
        }
        for path in &self.gone {
            let file = root.join(path);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::about(&file, &error));
                }
                _ => {}
            }
            // A folder goes with its last file.
            for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// How many files it writes.
    pub(super) fn count(&self) -> String {
        let (new, other, gone) = (self.new.len(), self.other.len(), self.gone.len());
        format!("Files: {new} new, {other} changed, {gone} gone.\n")
    }
}

impl Kept {
    pub(super) fn told(&self, look: Look) -> String {
        match self {
            Kept::Program { name, starters: [old, new] } => {
                let short = exercise::short(name);
                let folder = program(name);
                let heading =
                    format!("{folder} stays as you have made it; its starter has changed:");
                let way = format!(
                    "The new starter, with yours kept beside it: cargo course reset {short}\n"
                );
                let sides = ["the old starter", "the new one"];
                format!(
                    "{}\n\n{}{}",
                    look.paint(Tone::Mind, &look.fit(&heading)),
                    compare::differences(old, new, sides, None, look),
                    look.fit(&way)
                )
            }
            Kept::Answers { path, headings } if headings.is_empty() => look.fit(&format!(
                "{path} stays as you have made it; its words have changed, and no heading is new.\n"
            )),
            Kept::Answers { path, headings } => {
                let heading =
                    format!("{path} stays as you have made it; the new one asks besides:");
                let list: String = headings.iter().map(|it| format!("  {it}\n")).collect();
                format!("{}\n{list}", look.fit(&heading))
            }
            Kept::Beside { path, beside } => look.fit(&format!(
                "{path} is the course's, and has changed; what you had made of it is in {beside}.\n"
            )),
            Kept::Left { path } => look.fit(&format!(
                "{path} is no part of the course any more; it stays, because you have changed it.\n"
            )),
        }
    }
}

/// A learner's program.
fn program(name: &str) -> String {
    format!("{}/src", exercise::folder(name))
}

/// The sums of the files of a folder. One that is not there has none.
fn sums(root: &Path, folder: &str) -> Result<Sums> {
    let here = root.join(folder);
    let files = if here.is_dir() { source::files(&here)? } else { Vec::new() };
    let sum = |file: String| {
        let path = format!("{folder}/{file}");
        let sum = sum::of_bytes(&bytes(root, &path)?.unwrap_or_default());
        Ok((path, sum))
    };
    files.into_iter().map(sum).collect()
}

fn bytes(root: &Path, path: &str) -> Result<Option<Vec<u8>>> {
    let file = root.join(path);
    match fs::read(&file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::about(&file, &error)),
    }
}

/// `README.md.mine-1`, or the first number after it that is free.
fn free_name(root: &Path, path: &str) -> String {
    let mut names = (1u32..).map(|number| format!("{path}.mine-{number}"));
    names.find(|name| !root.join(name).exists()).expect("numbers don't end")
}
