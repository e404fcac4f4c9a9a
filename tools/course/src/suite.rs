//! The test binary of an exercise or a solution: building it, listing it, running it.

use crate::{
    Result,
    build::{self, cargo},
    child::{self, Ended},
    libtest::{self, Told},
    workspace::Exercise,
};
use accord::{
    exercise::{self, TESTS},
    settings,
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// A test binary that was built.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    binary: PathBuf,
    folder: PathBuf,
    /// The names of all its tests.
    pub tests: BTreeSet<String>,
}

/// A run of a test binary.
#[derive(Clone, Debug)]
pub struct Sitting {
    /// What it told.
    pub told: Told,
    /// Why its results are not complete, if they are not.
    pub trouble: Option<String>,
}

impl Suite {
    /// Builds the tests of an exercise's package. The inner error says why there are none.
    pub(crate) fn build(
        exercise: &Exercise,
        package: &str,
    ) -> Result<std::result::Result<Suite, String>> {
        if !exercise.folder().join(TESTS).is_file() {
            return Ok(Err(format!("has no tests: {TESTS} is missing")));
        }
        // By its name alone, so that it stands on the libraries that a bare `cargo test` has built:
        // `--package` would choose their features anew.
        let target = target(exercise, package);
        let arguments = ["test", "--no-run", "--test", &target];
        let built = build::build(exercise.root(), &arguments)?;
        if let Some(error) = built.any_error() {
            let error = error.clone().inside(&exercise::folder(&exercise.name));
            return Ok(Err(format!("does not compile: {error}")));
        }
        if let Some(trouble) = built.trouble {
            return Ok(Err(format!("can't be built: {trouble}")));
        }
        let Some(binary) = built.programs.get(&target).cloned() else {
            return Ok(Err(format!("has no tests: {package} builds none called {target}")));
        };
        let is_exercise = package == exercise.package();
        let folder = if is_exercise { exercise.folder() } else { exercise.solution() };
        let mut suite = Suite { binary, folder, tests: BTreeSet::new() };
        suite.tests = suite.list(&[])?;
        Ok(Ok(suite))
    }

    /// The names of the tests that are ignored.
    pub(crate) fn ignored(&self) -> Result<BTreeSet<String>> {
        self.list(&["--ignored"])
    }

    fn list(&self, flags: &[&str]) -> Result<BTreeSet<String>> {
        let mut command = self.command();
        command.args(["--list", "--format", "terse"]).args(flags);
        Ok(libtest::listed(&child::run(&mut command, Duration::from_secs(60))?.stdout))
    }

    /// Runs all tests but some, ignored ones too, on the package's own program or on another.
    pub(crate) fn run(&self, skip: &[&str], program: Option<&Path>) -> Result<Sitting> {
        let skip: Vec<&str> = skip.iter().flat_map(|name| ["--skip", name]).collect();
        self.sit(&skip, program)
    }

    /// Runs these tests alone on a program. Without a name there is nothing to run.
    pub(crate) fn run_only(&self, tests: &[&String], program: &Path) -> Result<Sitting> {
        if tests.is_empty() {
            return Ok(Sitting { told: Told::default(), trouble: None });
        }
        let tests: Vec<&str> = tests.iter().map(|test| test.as_str()).collect();
        self.sit(&tests, Some(program))
    }

    fn sit(&self, choice: &[&str], program: Option<&Path>) -> Result<Sitting> {
        let mut command = self.command();
        // A name is meant where it is the whole name, and not a part of one.
        command.args(["--include-ignored", "--exact", "--color", "never"]).args(choice);
        if let Some(program) = program {
            command.env(settings::PROGRAM, program);
        }
        // The tests stop each program by themselves, and a task fails at the first that they had to stop.
        let tests = u32::try_from(self.tests.len()).unwrap_or(u32::MAX);
        let limit = child::time_limit()?.saturating_mul(tests.saturating_add(2));
        let outcome = child::run(&mut command, limit)?;
        let trouble = match outcome.ended {
            Ended::Code(0 | 101) => None,
            ended => {
                let last = outcome.stderr.lines().rev().find(|line| !line.trim().is_empty());
                let last = last.map(|line| format!(": {}", line.trim())).unwrap_or_default();
                Some(format!("the tests did not come to their end ({ended}){last}"))
            }
        };
        Ok(Sitting { told: libtest::told(&outcome.stdout), trouble })
    }

    /// The environment that cargo gives a test, with nothing in it that changes a result.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        command.env("CARGO", cargo().get_program());
        command.env("INSTA_UPDATE", "no").env("RUST_BACKTRACE", "0");
        for name in
            [settings::PROGRAM, "RUST_TEST_THREADS", "RUST_TEST_NOCAPTURE", "RUST_TEST_SHUFFLE"]
        {
            command.env_remove(name);
        }
        command
    }
}

/// What a package calls its tests.
fn target(exercise: &Exercise, package: &str) -> String {
    if package == exercise.package() {
        exercise::tests_target(&exercise.name)
    } else {
        exercise::solution_tests_target(&exercise.name)
    }
}
