//! What was given to a checkout for students: `.handout.json` in its top folder. It tells what of it somebody has
//! changed since.

use super::{Handout, write_file};
use crate::{Error, Result, read, sum};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// The file's name.
pub(crate) const FILE: &str = ".handout.json";

/// A sum of each file, by its path from the top folder.
pub(crate) type Sums = BTreeMap<String, String>;

/// The version of the course, and a sum of each file as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) version: String,
    /// Whether the crates were given too.
    pub(crate) vendored: bool,
    pub(crate) sums: Sums,
}

impl Ledger {
    /// That of what is given now.
    pub(crate) fn of(handout: &Handout, vendored: bool) -> Ledger {
        let sums = handout.files.iter().map(|(path, bytes)| (path.clone(), sum::of_bytes(bytes)));
        Ledger { version: handout.version.clone(), vendored, sums: sums.collect() }
    }

    /// Reads that of a checkout.
    pub(crate) fn read(root: &Path) -> Result<Ledger> {
        let path = root.join(FILE);
        if !path.is_file() {
            return Err(Error::Input(format!(
                "{} has no {FILE}, so it was not made by `cargo course student`; a clone is brought up to date by git",
                root.display()
            )));
        }
        let broken =
            || Error::Failed(format!("{} can't be read as what was given", path.display()));
        let document: Value = serde_json::from_str(&read(&path)?).map_err(|_| broken())?;
        let version = document["version"].as_str().ok_or_else(broken)?.to_owned();
        let vendored = document["vendored"].as_bool().ok_or_else(broken)?;
        let files = document["files"].as_object().ok_or_else(broken)?;
        let sum = |(path, sum): (&String, &Value)| Some((path.clone(), sum.as_str()?.to_owned()));
        let sums = files.iter().map(sum).collect::<Option<_>>().ok_or_else(broken)?;
        Ok(Ledger { version, vendored, sums })
    }

    /// Keeps it in a checkout.
    pub(crate) fn write(&self, root: &Path) -> Result<()> {
        let document = json!({
            "format": "handoff-handout",
            "version": self.version,
            "vendored": self.vendored,
            "files": self.sums,
        });
        write_file(root, FILE, format!("{document:#}\n").as_bytes())
    }

    /// The files of a folder as they were given.
    pub(crate) fn below(&self, folder: &str) -> Sums {
        let own = self.sums.iter().filter(|(path, _)| super::is_below(path, folder));
        own.map(|(path, sum)| (path.clone(), sum.clone())).collect()
    }
}
