//! Variants: programs that differ from another one by an edit, or stand in for it as a whole.
//!
//! A Break of a brief is a variant of the starter; a program of a bank, wrong or right, is one of the
//! solution. Each has a base, a change, and notes. A change is kept as a diff, `wrong/hang.diff`, so that a
//! reader sees the fault and nothing else. A program of its own design is kept whole, as a file or a folder.

mod change;
mod copy;
mod history;
mod notes;

pub use change::{Change, Size};
pub use copy::{Copy, Saved, keep};
pub use history::{Moved, Rename, rebase};
pub use notes::{Notes, Step};

use crate::{
    Error, Result, read,
    source::{self, Sources},
    workspace::Exercise,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Where variants of one kind are kept: a folder of the solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// The edits of the Break tasks.
    Breaks,
    /// Each is refused by a task.
    Wrong,
    /// Each passes every task.
    AlsoRight,
}

/// What a variant differs from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The program as it was given.
    Starter,
    /// The program with every task done.
    Solution,
}

/// A diff that changes a larger part of its files than this, in percent, shows no fault any more: such a
/// program is kept whole.
pub const LARGEST_DIFF: usize = 40;

/// The two banks.
pub const BANKS: [Shelf; 2] = [Shelf::Wrong, Shelf::AlsoRight];

impl Shelf {
    /// Its folder in the solution.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Shelf::Breaks => "breaks",
            Shelf::Wrong => "wrong",
            Shelf::AlsoRight => "also-right",
        }
    }

    /// What its variants differ from.
    #[must_use]
    pub fn base(self) -> Base {
        match self {
            Shelf::Breaks => Base::Starter,
            Shelf::Wrong | Shelf::AlsoRight => Base::Solution,
        }
    }

    fn named(folder: &str) -> Option<Shelf> {
        [Shelf::Breaks, Shelf::Wrong, Shelf::AlsoRight]
            .into_iter()
            .find(|shelf| shelf.folder() == folder)
    }
}

impl Base {
    /// The word for it, which diffs begin with: `--- solution/main.rs`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Base::Starter => "starter",
            Base::Solution => "solution",
        }
    }

    /// The folder with its files, as it is found from the top of the checkout.
    #[must_use]
    pub fn folder(self, exercise: &Exercise) -> PathBuf {
        match self {
            Base::Starter => exercise.starter(),
            Base::Solution => exercise.solution().join("src"),
        }
    }

    /// Its files.
    pub fn sources(self, exercise: &Exercise) -> Result<Sources> {
        source::sources(&self.folder(exercise))
    }
}

/// A program that differs from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Where it is kept.
    pub shelf: Shelf,
    /// Its name: `one-worker`, `1-no-sentinel`.
    pub name: String,
    /// What is said of it.
    pub notes: Notes,
    /// How it differs from its base.
    pub change: Change,
}

impl Variant {
    /// The names of all variants of a shelf, without reading them.
    pub(crate) fn names(exercise: &Exercise, shelf: Shelf) -> Result<Vec<String>> {
        let folder = exercise.solution().join(shelf.folder());
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&folder).map_err(|error| Error::about(&folder, &error))?;
        let is_kept = |path: &PathBuf| {
            path.is_dir() || path.extension().is_some_and(|end| end == "rs" || end == "diff")
        };
        let paths = entries.flatten().map(|entry| entry.path()).filter(is_kept);
        let name = |path: PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
        Ok(paths.filter_map(name).collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// All variants of a shelf, in the order of their names.
    pub fn all(exercise: &Exercise, shelf: Shelf) -> Result<Vec<Variant>> {
        let folder = exercise.solution().join(shelf.folder());
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut found: BTreeMap<String, Variant> = BTreeMap::new();
        for (name, files) in kept(&folder)? {
            let variant = Variant::of_files(shelf, &name, &files).map_err(|problem| {
                Error::Failed(format!("{}/{name}: {problem}", folder.display()))
            })?;
            found.insert(name, variant);
        }
        let mut found: Vec<Variant> = found.into_values().collect();
        // "1-…" comes before "1b-…" by its bytes, and "10-…" has to come behind both.
        found.sort_by_key(Variant::number);
        Ok(found)
    }

    /// One variant, as it is called: `wrong/one-worker`.
    pub fn find(exercise: &Exercise, path: &str) -> Result<Variant> {
        let (shelf, name) = parts(path)?;
        let all = Variant::all(exercise, shelf)?;
        let there = all.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>().join(", ");
        all.iter().find(|variant| variant.name == name).cloned().ok_or_else(|| {
            let folder = shelf.folder();
            Error::Input(format!("{} has no {folder}/{name}; there are: {there}", exercise.name))
        })
    }

    /// Reads what is kept of it: a diff, one file, or the files of its folder.
    fn of_files(shelf: Shelf, name: &str, files: &Kept) -> std::result::Result<Variant, String> {
        let (notes, change) = match files {
            Kept::Diff(text) => {
                let (notes, diff) = notes::above_diff(text)?;
                (notes, Change::of_diff(shelf.base(), diff)?)
            }
            Kept::File(text) => {
                let notes = notes::above_source(text)?;
                let file = notes.in_place_of.clone().unwrap_or_else(|| "main.rs".to_owned());
                (notes, Change::Whole(Sources::from([(file, text.clone())])))
            }
            Kept::Folder(files) => {
                let first = files.get("main.rs").or(files.values().next());
                let notes = notes::above_source(first.ok_or("its folder is empty")?)?;
                (notes, Change::Whole(files.clone()))
            }
        };
        if shelf == Shelf::Breaks && number(name).is_none() {
            return Err("its name begins with the Break's number, as in 1-name.diff".to_owned());
        }
        Ok(Variant { shelf, name: name.to_owned(), notes, change })
    }

    /// `wrong/one-worker`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.shelf.folder(), self.name)
    }

    /// The number of the Break that it belongs to; 0 for a program of a bank.
    #[must_use]
    pub fn number(&self) -> u32 {
        if self.shelf == Shelf::Breaks { number(&self.name).unwrap_or(0) } else { 0 }
    }

    /// Where its diff is kept, or would be.
    #[must_use]
    pub fn diff_path(&self, exercise: &Exercise) -> PathBuf {
        self.shelf_folder(exercise).join(format!("{}.diff", self.name))
    }

    /// Where it is pinned what a Break prints.
    #[must_use]
    pub fn pinned_path(&self, exercise: &Exercise) -> PathBuf {
        self.shelf_folder(exercise).join(format!("{}.out", self.name))
    }

    fn shelf_folder(&self, exercise: &Exercise) -> PathBuf {
        exercise.solution().join(self.shelf.folder())
    }

    /// All files of its program.
    pub fn program(&self, base: &Sources) -> std::result::Result<Sources, String> {
        self.change.apply(base)
    }
}

/// Takes `wrong/one-worker` apart. An end that belongs to a file is passed over.
pub fn parts(path: &str) -> Result<(Shelf, &str)> {
    let found = path.split_once('/').and_then(|(folder, name)| {
        let name = name.strip_suffix(".diff").or(name.strip_suffix(".rs")).unwrap_or(name);
        let is_name =
            !name.is_empty() && !name.contains(['/', '\\', ' ']) && !name.starts_with('.');
        Some((Shelf::named(folder)?, name)).filter(|_| is_name)
    });
    found.ok_or_else(|| {
        Error::Input(format!(
            "'{path}' names no variant: wrong/NAME, also-right/NAME or breaks/NAME"
        ))
    })
}

fn number(name: &str) -> Option<u32> {
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What stands on a shelf under one name.
enum Kept {
    Diff(String),
    File(String),
    Folder(Sources),
}

/// All that stands on a shelf, by name. Other files, such as what a Break prints, are passed over.
fn kept(folder: &Path) -> Result<Vec<(String, Kept)>> {
    let entries = fs::read_dir(folder).map_err(|error| Error::about(folder, &error))?;
    let mut found = BTreeMap::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(file) = entry.file_name().into_string() else { continue };
        let (name, kept) = if path.is_dir() {
            (file.clone(), Kept::Folder(source::sources(&path)?))
        } else if let Some(name) = file.strip_suffix(".diff") {
            (name.to_owned(), Kept::Diff(read(&path)?))
        } else if let Some(name) = file.strip_suffix(".rs") {
            (name.to_owned(), Kept::File(read(&path)?))
        } else {
            continue;
        };
        if found.insert(name.clone(), kept).is_some() {
            let twice = format!("{}: {name} is kept in two forms", folder.display());
            return Err(Error::Failed(twice));
        }
    }
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(shelf: Shelf, name: &str, text: &str) -> std::result::Result<Variant, String> {
        Variant::of_files(shelf, name, &Kept::Diff(text.to_owned()))
    }

    #[test]
    fn a_diff_is_an_edit_of_the_solution_with_notes() {
        let text = "# It hangs.\n# refused by: fix-1\n--- solution/main.rs\n+++ solution/main.rs\n@@ -1,2 +1 @@\n a\n-b\n";
        let hang = diff(Shelf::Wrong, "hang", text).unwrap();
        assert_eq!((hang.path().as_str(), hang.number()), ("wrong/hang", 0));
        assert_eq!(hang.notes.says, "It hangs.");
        let base = Sources::from([("main.rs".to_owned(), "a\nb\n".to_owned())]);
        assert_eq!(hang.program(&base).unwrap()["main.rs"], "a\n");
    }

    #[test]
    fn a_break_belongs_to_the_task_that_its_name_begins_with() {
        assert_eq!(diff(Shelf::Breaks, "12b-name", "# explain: x\n").unwrap().number(), 12);
        assert!(diff(Shelf::Breaks, "room", "").unwrap_err().contains("number"));
    }

    #[test]
    fn a_program_of_several_files_has_those_of_its_base_beside_its_own() {
        let sources = |files: &[(&str, &str)]| -> Sources {
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let files = sources(&[("pool.rs", "//! It hangs.\n//! refused by: fix-1\n")]);
        let hang = Variant::of_files(Shelf::Wrong, "hang", &Kept::Folder(files)).unwrap();
        assert_eq!(hang.notes.says, "It hangs.");
        assert_eq!(hang.notes.refused_by, ["fix-1"]);
        let whole = hang.program(&sources(&[("main.rs", "mod pool;"), ("pool.rs", "x")])).unwrap();
        assert_eq!(whole["main.rs"], "mod pool;");
        assert!(whole["pool.rs"].starts_with("//! It hangs."));
    }

    #[test]
    fn a_file_says_in_place_of_which_one_it_stands() {
        let text =
            "//! It hangs.\n//! in place of: pool.rs\n//! refused by: fix-1\n\nfn work() {}\n";
        let kept = Kept::File(text.to_owned());
        let hang = Variant::of_files(Shelf::Wrong, "hang", &kept).unwrap();
        let base = Sources::from([("main.rs".to_owned(), "mod pool;".to_owned())]);
        assert_eq!(hang.program(&base).unwrap()["pool.rs"], text);
    }

    #[test]
    fn a_variant_is_called_by_its_folder_and_its_name() {
        assert_eq!(parts("wrong/one-worker").unwrap(), (Shelf::Wrong, "one-worker"));
        assert_eq!(parts("also-right/x.diff").unwrap(), (Shelf::AlsoRight, "x"));
        for path in ["one-worker", "bank/x", "wrong/", "wrong/../x", "wrong/.x"] {
            assert!(parts(path).is_err(), "{path}");
        }
    }
}
