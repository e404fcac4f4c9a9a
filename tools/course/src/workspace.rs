//! The checkout: where it is, which exercises it has, and what belongs to each of them.

use crate::{Error, Result, read, source};
use accord::exercise;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The folder that holds `exercises/` and `solutions/`.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The top folder of the checkout.
    pub root: PathBuf,
}

/// One exercise, known by the name of its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercise {
    /// The whole name: `04-producer-consumer`.
    pub name: String,
    root: PathBuf,
}

impl Workspace {
    /// The checkout around a folder: the nearest one above it that has exercises.
    pub fn around(folder: &Path) -> Result<Workspace> {
        let is_root = |folder: &&Path| {
            folder.join(exercise::EXERCISES).is_dir()
                && fs::read_to_string(folder.join("Cargo.toml"))
                    .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
        };
        let root = folder.ancestors().find(is_root).ok_or_else(|| {
            Error::Input(format!(
                "{} is not inside a checkout of the course: no folder above it has {}/",
                folder.display(),
                exercise::EXERCISES
            ))
        })?;
        Ok(Workspace { root: root.to_path_buf() })
    }

    /// The checkout around the current folder.
    pub fn here() -> Result<Workspace> {
        let folder = env::current_dir();
        Workspace::around(&folder.map_err(|error| Error::Failed(error.to_string()))?)
    }

    /// All exercises, in the order of their numbers.
    pub fn exercises(&self) -> Result<Vec<Exercise>> {
        let folder = self.root.join(exercise::EXERCISES);
        let entries = fs::read_dir(&folder).map_err(|error| Error::about(&folder, &error))?;
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.path().join("Cargo.toml").is_file())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        let exercise = |name| Exercise { name, root: self.root.clone() };
        Ok(names.into_iter().map(exercise).collect())
    }

    /// The exercises that were named, each once and in their order; all of them if none was named.
    pub fn chosen(&self, names: &[String]) -> Result<Vec<Exercise>> {
        let all = self.exercises()?;
        let mut wanted = Vec::new();
        for name in names {
            wanted.push(find(&all, name)?.name.clone());
        }
        let is_wanted = |exercise: &Exercise| wanted.is_empty() || wanted.contains(&exercise.name);
        Ok(all.into_iter().filter(is_wanted).collect())
    }

    /// One exercise.
    pub fn exercise(&self, name: &str) -> Result<Exercise> {
        find(&self.exercises()?, name).cloned()
    }
}

/// Finds `4`, `04`, `04-producer-consumer`, and the names of its packages.
fn find<'a>(all: &'a [Exercise], name: &str) -> Result<&'a Exercise> {
    let number = name.parse::<u32>().ok();
    let is_meant = |exercise: &&Exercise| {
        let same_number = number.is_some() && exercise.short().parse::<u32>().ok() == number;
        same_number
            || exercise.name == name
            || exercise.package() == name
            || exercise.solution_package() == name
    };
    all.iter().find(is_meant).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|exercise| exercise.name.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Error::Input(format!("no exercise is called {name}; there are: {names}"))
    })
}

impl Exercise {
    /// The number, as it is written: `04`.
    #[must_use]
    pub fn short(&self) -> &str {
        exercise::short(&self.name)
    }

    /// The exercise's package: `ex04-producer-consumer`.
    #[must_use]
    pub fn package(&self) -> String {
        exercise::package(&self.name)
    }

    /// The solution's package: `sol04-producer-consumer`.
    #[must_use]
    pub fn solution_package(&self) -> String {
        exercise::solution_package(&self.name)
    }

    /// The program that a package of its builds.
    pub(crate) fn program<'a>(&'a self, package: &'a str) -> &'a str {
        if package == self.package() { &self.name } else { package }
    }

    /// The top folder of the checkout.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What it brings along for its programs to read.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.root.join(exercise::samples(&self.name))
    }

    /// Whether its programs talk to files and sockets, and so have real time without being told.
    pub fn goes_outside(&self) -> Result<bool> {
        Ok(self.starter_sources()?.values().any(|text| text.contains("rehearsal::outside")))
    }

    /// What the student edits.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join(exercise::folder(&self.name))
    }

    /// The worked answers and what belongs to them.
    #[must_use]
    pub fn solution(&self) -> PathBuf {
        self.root.join(exercise::solution(&self.name))
    }

    /// The exercise's source as it was given.
    #[must_use]
    pub fn starter(&self) -> PathBuf {
        self.root.join(exercise::starter(&self.name))
    }

    /// All files of the starter's program.
    pub fn starter_sources(&self) -> Result<source::Sources> {
        source::sources(&self.starter())
    }

    /// All files of the solution's program.
    pub fn solution_sources(&self) -> Result<source::Sources> {
        source::sources(&self.solution().join("src"))
    }

    /// The student's predictions and answers.
    #[must_use]
    pub fn answers(&self) -> PathBuf {
        self.root.join(exercise::answers(&self.name))
    }

    /// The brief, as a reader finds it from the top folder.
    #[must_use]
    pub fn brief_path(&self) -> String {
        exercise::brief(&self.name)
    }

    /// The brief's text.
    pub fn brief_text(&self) -> Result<String> {
        read(&self.root.join(self.brief_path()))
    }

    /// The TODOs that stand in the student's sources.
    pub fn todos(&self) -> Result<Vec<source::Todo>> {
        source::todos(&self.folder().join("src"))
    }
}
