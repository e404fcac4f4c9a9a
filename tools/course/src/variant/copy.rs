//! A copy of a program that one edits, to make a variant of it or to change one.
//!
//! It stands in the target folder, with what is needed to build and run it: `src` is to be edited, `base` is
//! what it is compared with, and `NOTES` becomes the top of the diff.

use super::{Base, Change, LARGEST_DIFF, Shelf, Variant, change, notes, parts};
use crate::{
    Error, Result, build,
    manifest::Scratch,
    read,
    source::{self, Sources},
    workspace::Exercise,
    write_if_new,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A copy that is being edited.
#[derive(Debug)]
pub struct Copy<'a> {
    exercise: &'a Exercise,
    shelf: Shelf,
    name: String,
    folder: PathBuf,
}

/// What was written when a copy was saved.
#[derive(Debug, PartialEq, Eq)]
pub struct Saved {
    /// The file or folder, from the top of the checkout.
    pub path: String,
    /// How many lines differ.
    pub lines: usize,
    /// Whether its base had changed since the copy was made.
    pub rebased: bool,
}

impl<'a> Copy<'a> {
    /// The copy of a variant, `wrong/one-worker`, whether it has been made or not.
    pub fn of(exercise: &'a Exercise, path: &str) -> Result<Copy<'a>> {
        let (shelf, name) = parts(path)?;
        let target = build::target_folder(exercise.root())?;
        let folder = target.join("course").join(label(exercise, shelf, name));
        Ok(Copy { exercise, shelf, name: name.to_owned(), folder })
    }

    /// Makes a copy of the base for a new variant.
    pub fn begin(&self) -> Result<()> {
        let path = self.path();
        if Variant::all(self.exercise, self.shelf)?.iter().any(|one| one.name == self.name) {
            let open = self.command("open");
            return Err(Error::Input(format!("{path} exists: `{open}` makes a copy of it")));
        }
        let base = self.base().sources(self.exercise)?;
        let notes = match self.shelf {
            Shelf::Breaks => "# run:\n# explain: \n",
            Shelf::Wrong => "# What is wrong, in one sentence.\n# refused by: \n",
            Shelf::AlsoRight => "# How it differs, in one sentence.\n",
        };
        self.lay_out(&base, &base, notes)
    }

    /// Makes a copy of a variant that exists.
    pub fn open(&self) -> Result<()> {
        let variant = Variant::find(self.exercise, &self.path())?;
        let base = self.base().sources(self.exercise)?;
        let program = variant.program(&base).map_err(|problem| {
            let rebase = format!("cargo course variant rebase {}", self.exercise.short());
            Error::Failed(format!("{}: {problem}; `{rebase}` may bring it there", self.path()))
        })?;
        let notes = match &variant.change {
            Change::Edit(_) => notes::text_above(&read(&variant.diff_path(self.exercise))?),
            Change::Whole(files) => {
                notes::as_hashes(files.get("main.rs").or(files.values().next()).map_or("", |t| t))
            }
        };
        self.lay_out(&base, &program, &notes)
    }

    fn lay_out(&self, base: &Sources, program: &Sources, notes: &str) -> Result<()> {
        if self.folder.join("src").is_dir() {
            let (folder, save) = (self.folder.display(), self.command("save"));
            return Err(Error::Input(format!(
                "{folder} holds a copy that is not saved: `{save}`, or remove the folder"
            )));
        }
        let label = label(self.exercise, self.shelf, &self.name);
        Scratch::of_one(self.exercise, &label, program)?;
        for (file, text) in base {
            write_if_new(&self.folder.join("base").join(file), text)?;
        }
        write_if_new(&self.folder.join("NOTES"), notes)
    }

    /// Writes the variant: its notes, and the diff of what was edited. A program of which little is left as it
    /// was is kept whole. The copy is gone then; where something is not right yet, all stays as it is.
    pub fn save(&self) -> Result<Saved> {
        if !self.folder.join("src").is_dir() {
            let (new, open) = (self.command("new"), self.command("open"));
            return Err(Error::Input(format!(
                "there is no copy of {}: `{new}` or `{open}` makes one",
                self.path()
            )));
        }
        let top = read(&self.folder.join("NOTES"))?;
        let said = self.notes(&top)?;
        let old = source::sources(&self.folder.join("base"))?;
        let edited = source::sources(&self.folder.join("src"))?;
        let base = self.base().sources(self.exercise)?;
        let rebased = old != base;
        let merged = change::merged(&old, &base, &edited).map_err(|files| {
            Error::Failed(format!(
                "the {} has changed at the same place of {}: bring {} up to date by hand",
                self.base().word(),
                files.join(", "),
                self.folder.join("base").display()
            ))
        })?;
        let program = merged.program;
        let change = Change::between(self.base(), &base, &program);
        let size = change.size(&base).map_err(Error::Failed)?;
        if size.lines() == 0 && self.shelf != Shelf::Breaks {
            return Err(Error::Input(format!("{}: nothing was edited", self.path())));
        }
        let is_whole = size.percent() > LARGEST_DIFF && self.shelf != Shelf::Breaks;
        let change = if is_whole { whole(&base, &program, &top) } else { change };
        let (shelf, name) = (self.shelf, self.name.clone());
        let variant = Variant { shelf, name, notes: said, change };
        let path = keep(self.exercise, &variant, &top)?;
        fs::remove_dir_all(&self.folder).map_err(|error| Error::about(&self.folder, &error))?;
        Ok(Saved { path, lines: size.lines(), rebased })
    }

    /// The notes, if they say all that such a variant has to say.
    fn notes(&self, top: &str) -> Result<notes::Notes> {
        let place = self.folder.join("NOTES");
        let fault = |what: &str| Error::Input(format!("{}: {what}", place.display()));
        let (said, rest) = notes::above_diff(top).map_err(|problem| fault(&problem))?;
        if !rest.is_empty() {
            return Err(fault("each line begins with #"));
        }
        match self.shelf {
            Shelf::Breaks if said.explanation.iter().all(String::is_empty) => {
                Err(fault("'# explain: …' says what is to be seen, and is missing"))
            }
            Shelf::Wrong if said.refused_by.is_empty() => {
                Err(fault("'# refused by: …' names the tasks that refuse it, and is empty"))
            }
            Shelf::Wrong | Shelf::AlsoRight if said.says.is_empty() => {
                Err(fault("the first line says what the program is, and is missing"))
            }
            _ => Ok(said),
        }
    }

    fn base(&self) -> Base {
        self.shelf.base()
    }

    fn path(&self) -> String {
        format!("{}/{}", self.shelf.folder(), self.name)
    }

    /// The copy's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn command(&self, verb: &str) -> String {
        format!("cargo course variant {verb} {} {}", self.exercise.short(), self.path())
    }
}

/// Writes a variant to its place, below the notes as they were written, and removes another form of it.
/// Tells the place.
pub fn keep(exercise: &Exercise, variant: &Variant, top: &str) -> Result<String> {
    let diff = variant.diff_path(exercise);
    let (file, folder) = (diff.with_extension("rs"), diff.with_extension(""));
    let (kept, others) = match &variant.change {
        Change::Edit(_) => {
            write_if_new(&diff, &format!("{top}{}", variant.change.diff()))?;
            (&diff, [&file, &folder])
        }
        Change::Whole(files) if files.len() == 1 => {
            let text = files.values().next().map_or("", String::as_str);
            write_if_new(&file, text)?;
            (&file, [&diff, &folder])
        }
        Change::Whole(files) => {
            for (name, text) in files {
                write_if_new(&folder.join(name), text)?;
            }
            (&folder, [&diff, &file])
        }
    };
    for other in others {
        let removed =
            if other.is_dir() { fs::remove_dir_all(other) } else { fs::remove_file(other) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::about(other, &error));
            }
            _ => {}
        }
    }
    let from_root = kept.strip_prefix(exercise.root()).unwrap_or(kept);
    Ok(from_root.to_string_lossy().replace('\\', "/"))
}

/// The files that differ from the base, the first of them with the notes on top.
fn whole(base: &Sources, program: &Sources, top: &str) -> Change {
    let mut own: Sources = program
        .iter()
        .filter(|(name, text)| base.get(*name) != Some(text))
        .map(|(name, text)| (name.clone(), text.clone()))
        .collect();
    let alone = own.len() == 1;
    let first = if own.contains_key("main.rs") { Some("main.rs".to_owned()) } else { None };
    let first = first.or_else(|| own.keys().next().cloned());
    if let Some(text) = first.as_ref().and_then(|name| own.get_mut(name)) {
        let place = first.as_deref().filter(|name| alone && *name != "main.rs");
        *text = notes::on_top(top, place, text);
    }
    Change::Whole(own)
}

fn label(exercise: &Exercise, shelf: Shelf, name: &str) -> String {
    format!("edit-{}-{}-{name}", exercise.short(), shelf.folder())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_program_has_its_notes_on_top() {
        let sources = |files: &[(&str, &str)]| -> Sources {
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let base = sources(&[("main.rs", "//! a\n\nfn main() {}\n"), ("pool.rs", "//! b\n\n1\n")]);
        let mut program = base.clone();
        program.insert("pool.rs".to_owned(), "//! b\n\n2\n".to_owned());
        let top = "# It hangs.\n# refused by: fix-1\n";
        let expected = "//! It hangs.\n//! in place of: pool.rs\n//! refused by: fix-1\n\n2\n";
        assert_eq!(whole(&base, &program, top), Change::Whole(sources(&[("pool.rs", expected)])));
        assert_eq!(notes::as_hashes(expected), "# It hangs.\n# refused by: fix-1\n");
    }
}
