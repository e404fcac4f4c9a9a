//! Many programs, built: those that are judged, or asked about.
//!
//! They are modules of one binary, which is compiled and linked once. One that does not
//! compile is found by the places of its errors, told, and left out. Where that can't be done, and on demand,
//! each is a binary of its own.

use crate::{Error, Result, build::CompileError, joint, status};
pub use crate::{
    joint::Part,
    manifest::{Ground, Scratch},
};
pub use accord::files::Sources;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Programs by the names of their checks, `wrong/hang`, each with why it does not compile if it does not.
#[derive(Debug)]
pub struct Programs {
    /// The package that they were built in.
    pub scratch: Scratch,
    built: BTreeMap<String, std::result::Result<PathBuf, CompileError>>,
    /// Why there is none of them.
    pub trouble: Option<String>,
    word: String,
}

/// What is to be built, by the names of the checks.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Those that are to compile.
    pub together: BTreeMap<String, Part<'a>>,
    /// Those that may not, and would stop all others.
    pub apart: BTreeMap<String, Part<'a>>,
}

impl Programs {
    /// Builds all of them, each on its own if that is asked for. Their names begin with this word.
    pub fn build(
        ground: Ground,
        word: &str,
        mut wanted: Wanted<'_>,
        separately: bool,
    ) -> Result<Programs> {
        if separately {
            wanted.apart.append(&mut wanted.together);
        }
        let work = Work { ground, word: word.to_owned(), wanted };
        work.build()
    }

    /// The program of a check, or why there is none.
    pub fn get(&self, check: &str) -> std::result::Result<&Path, String> {
        match self.built.get(check) {
            Some(Ok(path)) => Ok(path),
            Some(Err(error)) => Err(format!("does not compile: {error}")),
            None => Err("was not built".to_owned()),
        }
    }

    /// The folder with the source of a check's program, as far as it is its own.
    pub fn source(&self, check: &str) -> PathBuf {
        self.scratch.folder().join(joint::folder(&name(&self.word, check))).join("src")
    }

    /// Why the program of a check does not compile.
    pub fn error(&self, check: &str) -> Option<&CompileError> {
        self.built.get(check).and_then(|built| built.as_ref().err())
    }
}

/// What is still to be built.
struct Work<'a> {
    ground: Ground,
    word: String,
    wanted: Wanted<'a>,
}

impl Work<'_> {
    fn build(mut self) -> Result<Programs> {
        let joint = format!("{}-variants", self.word);
        let mut done = Programs {
            scratch: self.write(&joint)?,
            built: BTreeMap::new(),
            trouble: None,
            word: self.word.clone(),
        };
        loop {
            let (names, checks) = self.targets(&joint);
            if names.is_empty() {
                return Ok(done);
            }
            let built = done.scratch.build(&names)?;
            if let Some(trouble) = built.trouble {
                done.trouble = Some(trouble);
                return Ok(done);
            }
            for (name, check) in &checks {
                if let Some(path) = built.programs.get(name) {
                    done.built.insert(check.clone(), Ok(path.clone()));
                } else if let Some(error) = built.error(name) {
                    let error = error.clone().inside(&joint::folder(name));
                    done.built.insert(check.clone(), Err(error));
                }
                self.wanted.apart.remove(check);
            }
            if let Some(program) = built.programs.get(&joint) {
                done.built.extend(self.linked(program, done.scratch.folder())?);
                self.wanted.together.clear();
            } else if !self.wanted.together.is_empty() {
                let errors = built.errors.get(&joint).map_or(&[][..], Vec::as_slice);
                self.leave_out(errors, &mut done.built);
                done.scratch = self.write(&joint)?;
            }
        }
    }

    /// Writes a package with all that is still to be built.
    fn write(&self, joint: &str) -> Result<Scratch> {
        status(&format!("writing {} …", self.ground.name));
        let mut files = Sources::new();
        let mut binaries = BTreeMap::new();
        if !self.wanted.together.is_empty() {
            let parts = self.wanted.together.iter();
            let parts = parts.map(|(check, part)| (self.name(check), part.clone()));
            files = joint::files(&parts.collect());
            binaries.insert(joint.to_owned(), "main.rs".to_owned());
        }
        for (check, part) in &self.wanted.apart {
            let name = self.name(check);
            let folder = joint::folder(&name);
            files.extend(
                part.files
                    .iter()
                    .map(|(file, text)| (format!("{folder}/src/{file}"), text.clone())),
            );
            binaries.insert(name, format!("{folder}/src/main.rs"));
        }
        Scratch::write(&self.ground, &files, &binaries)
    }

    /// The names of the binaries, and which check each of the separate ones is of.
    fn targets(&self, joint: &str) -> (Vec<String>, Vec<(String, String)>) {
        let apart: Vec<(String, String)> =
            self.wanted.apart.keys().map(|check| (self.name(check), check.clone())).collect();
        let mut names: Vec<String> = apart.iter().map(|(name, _)| name.clone()).collect();
        if !self.wanted.together.is_empty() {
            names.push(joint.to_owned());
        }
        (names, apart)
    }

    /// The one binary, under the name of each program in it.
    fn linked(
        &self,
        program: &Path,
        folder: &Path,
    ) -> Result<Vec<(String, std::result::Result<PathBuf, CompileError>)>> {
        let folder = folder.join("bin");
        fs::create_dir_all(&folder).map_err(|error| Error::about(&folder, &error))?;
        let mut linked = Vec::new();
        for check in self.wanted.together.keys() {
            let mut path = folder.join(self.name(check));
            path.set_extension(program.extension().unwrap_or_default());
            // One of an earlier proof is the program of that time.
            let _ = fs::remove_file(&path);
            // Some file systems know no second name for a file.
            fs::hard_link(program, &path)
                .or_else(|_| fs::copy(program, &path).map(drop))
                .map_err(|error| Error::about(&path, &error))?;
            linked.push((check.clone(), Ok(path)));
        }
        Ok(linked)
    }

    /// Takes out what the errors are about. If they are about no program alone, each is built on its own.
    fn leave_out(
        &mut self,
        errors: &[CompileError],
        built: &mut BTreeMap<String, std::result::Result<PathBuf, CompileError>>,
    ) {
        let mut found = Vec::new();
        for check in self.wanted.together.keys() {
            let folder = format!("{}/", joint::folder(&self.name(check)));
            if let Some(error) = errors.iter().find(|error| error.place.starts_with(&folder)) {
                found.push((check.clone(), error.clone().inside(&folder)));
            }
        }
        if found.is_empty() {
            self.wanted.apart.append(&mut self.wanted.together);
        }
        for (check, error) in found {
            self.wanted.together.remove(&check);
            built.insert(check, Err(error));
        }
    }

    fn name(&self, check: &str) -> String {
        name(&self.word, check)
    }
}

/// The name of a check's program: `wrong/hang` of exercise 04 is `04-wrong-hang`.
fn name(word: &str, check: &str) -> String {
    format!("{word}-{}", check.replace('/', "-"))
}
