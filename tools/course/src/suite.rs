//! The test binary of an exercise or a solution: building it, listing it, running it.

pub(crate) mod ready;

use crate::{
    Result,
    build::{self, Remark, cargo},
    child::{self, Ended, Outcome, Started},
    leash,
    libtest::{self, Told, Verdict},
    status,
    workspace::Exercise,
};
use accord::{
    exercise::{self, TESTS},
    referee::ACCEPTS,
    settings,
};
use ready::Ready;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// How many runs that take all the time they may have a test is waited for. It fails at the first that it has
/// to stop; but many short ones take their time too, on a slow machine.
const PATIENCE: u32 = 12;

/// How many times as long tests may take that count schedules.
const COUNTING: u32 = 20;

/// A test binary that was built.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    binary: PathBuf,
    folder: PathBuf,
    /// The names of all its tests.
    pub tests: BTreeSet<String>,
    /// What the compiler warns of in the program.
    pub warnings: Vec<Remark>,
}

/// Why there is no test binary.
#[derive(Clone, Debug)]
pub(crate) struct NotBuilt {
    /// In a line: `does not compile: src/main.rs:41 mismatched types`.
    pub why: String,
    /// All that the compiler says of it, if it is the compiler who refuses.
    pub told: Option<String>,
}

impl From<String> for NotBuilt {
    fn from(why: String) -> NotBuilt {
        NotBuilt { why, told: None }
    }
}

/// A run of a test binary.
#[derive(Clone, Debug, Default)]
pub struct Sitting {
    /// What it told.
    pub told: Told,
    /// Why its results are not complete, if they are not.
    pub trouble: Option<String>,
    /// Why a test has no result, where each had a run of its own.
    pub lost: BTreeMap<String, String>,
}

/// A program that is not the package's own, and its source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Other<'a> {
    pub(crate) program: &'a Path,
    pub(crate) source: &'a Path,
}

/// A program that is graded, apart from the tests that judge it.
#[derive(Clone, Copy)]
pub(crate) struct Apart<'a> {
    /// What the test binary is started with, if anything stands before it.
    pub(crate) before: &'a [OsString],
    pub(crate) program: &'a Path,
    pub(crate) source: &'a Path,
    /// The tasks that are not handed in, with a blank between them.
    pub(crate) open: &'a str,
    /// What other settings are drawn by; empty for those of the course.
    pub(crate) draw: &'a str,
    /// Makes the folder that a test and its programs write into, by the test's place among the others.
    pub(crate) temporary: &'a (dyn Fn(usize) -> Result<PathBuf> + Sync),
    pub(crate) times: Times,
}

/// How long programs may run, and how many tests at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// How long one run of a program may take.
    pub(crate) limit: Duration,
    pub(crate) at_once: usize,
}

impl Suite {
    /// Builds the tests of an exercise's package. The inner error says why there are none.
    pub(crate) fn build(
        exercise: &Exercise,
        package: &str,
    ) -> Result<std::result::Result<Suite, NotBuilt>> {
        if !exercise.folder().join(TESTS).is_file() {
            return Ok(Err(format!("has no tests: {TESTS} is missing").into()));
        }
        let target = target(exercise, package);
        let is_exercise = package == exercise.package();
        let ready = Ready::given(exercise).filter(|_| is_exercise);
        let known = ready::known(exercise);
        // By its name alone, so that it stands on the libraries that a bare `cargo test` has built:
        // `--package` would choose their features anew.
        let built = match &ready {
            Some(_) => build::build(exercise.root(), &["build", "--bin", &exercise.name])?,
            None => build::build(exercise.root(), &["test", "--no-run", "--test", &target])?,
        };
        if let Some(error) = built.any_error() {
            let error = error.clone().inside(&exercise::folder(&exercise.name));
            let why = format!("does not compile: {error}");
            return Ok(Err(NotBuilt { why, told: Some(error.told) }));
        }
        if let Some(trouble) = built.trouble {
            return Ok(Err(format!("can't be built: {trouble}").into()));
        }
        let binary = ready.map(|ready| ready.binary).or(built.programs.get(&target).cloned());
        let Some(binary) = binary else {
            return Ok(Err(format!("has no tests: {package} builds none called {target}").into()));
        };
        let folder = if is_exercise { exercise.folder() } else { exercise.solution() };
        let warnings = built.warnings.get(exercise.program(package)).cloned().unwrap_or_default();
        let warnings =
            warnings.into_iter().map(|remark| remark.inside(&exercise::folder(&exercise.name)));
        let warnings = warnings.collect();
        let tests = known.ok().and_then(|known| Ready::told(exercise, &binary, &known));
        leash::tell(&json!({ "built": target, "tests": tests }));
        let mut suite = Suite { binary, folder, tests: BTreeSet::new(), warnings };
        suite.tests = suite.list(&[])?;
        Ok(Ok(suite))
    }

    /// Tests of a solution's package that somebody else has built.
    pub(crate) fn built(exercise: &Exercise, binary: PathBuf) -> Result<Suite> {
        let (folder, warnings) = (exercise.solution(), Vec::new());
        let mut suite = Suite { binary, folder, tests: BTreeSet::new(), warnings };
        suite.tests = suite.list(&[])?;
        Ok(suite)
    }

    /// The file that holds the tests.
    pub(crate) fn binary(&self) -> &Path {
        &self.binary
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
    pub(crate) fn run(&self, skip: &[&str], program: Option<Other<'_>>) -> Result<Sitting> {
        let skip: Vec<&str> = skip.iter().flat_map(|name| ["--skip", name]).collect();
        self.sit(&skip, program)
    }

    /// Runs these tests on the package's own program, each in a process of its own: so one that crashes or
    /// is killed takes no other along, and nothing that was told before is lost.
    pub(crate) fn run_each(&self, tests: &[&String], open: &BTreeSet<String>) -> Result<Sitting> {
        let at_once = thread::available_parallelism().map_or(1, NonZero::get);
        let times = Times { limit: child::time_limit()?, at_once };
        self.run_each_by(tests, open, times, &|_| Ok(self.command()))
    }

    /// Likewise on a program that is graded.
    pub(crate) fn run_each_apart(&self, tests: &[&String], apart: &Apart<'_>) -> Result<Sitting> {
        self.run_each_by(tests, &BTreeSet::new(), apart.times, &|number| {
            let mut command = match apart.before {
                [] => Command::new(&self.binary),
                [first, rest @ ..] => {
                    let mut command = Command::new(first);
                    command.args(rest).arg(&self.binary);
                    command
                }
            };
            self.prepare(&mut command);
            command.env(settings::PROGRAM, apart.program).env(settings::SOURCE, apart.source);
            command.env(settings::OPEN, apart.open).env(settings::DRAW, apart.draw);
            // Tests tell their files apart by the numbers of their processes, and may have the same one.
            command.env("TMPDIR", (apart.temporary)(number)?);
            command.env(settings::TIME_LIMIT, apart.times.limit.as_secs().to_string());
            Ok(command)
        })
    }

    fn run_each_by(
        &self,
        tests: &[&String],
        open: &BTreeSet<String>,
        times: Times,
        command: &(dyn Fn(usize) -> Result<Command> + Sync),
    ) -> Result<Sitting> {
        let limit = times.limit.saturating_mul(PATIENCE);
        let (next, sitting) = (AtomicUsize::new(0), Mutex::new(Ok(Sitting::default())));
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(test) = tests.get(number) else { break };
                let result =
                    command(number).and_then(|command| self.run_one(command, test, number, limit));
                let mut sitting = sitting.lock().unwrap_or_else(PoisonError::into_inner);
                match (&mut *sitting, result) {
                    (Ok(sitting), Ok(one)) => {
                        let passed = one.told.verdicts.get(*test) == Some(&Verdict::Passed);
                        let is_open = open.contains(*test);
                        leash::tell(&json!({ "test": test, "passed": passed, "open": is_open }));
                        sitting.add(test, one);
                        self.tell_progress(sitting, tests.len());
                    }
                    (sitting, Err(error)) => *sitting = Err(error),
                    (Err(_), _) => {}
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..times.at_once.min(tests.len()) {
                scope.spawn(work);
            }
        });
        sitting.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_one(
        &self,
        mut command: Command,
        test: &str,
        number: usize,
        limit: Duration,
    ) -> Result<Sitting> {
        command.args(["--include-ignored", "--exact", "--color", "never", test]);
        let outcome = if leash::is_held() {
            self.run_told(&mut command, test, number, limit)?
        } else {
            child::run(&mut command, limit)?
        };
        let trouble = trouble("it did not come to its end", &outcome);
        Ok(Sitting { told: libtest::told(&outcome.stdout), trouble, lost: BTreeMap::new() })
    }

    /// Runs a test, and tells whoever holds this process when the settings that the brief names hold.
    fn run_told(
        &self,
        command: &mut Command,
        test: &str,
        number: usize,
        limit: Duration,
    ) -> Result<Outcome> {
        let sign = self.binary.with_extension(format!("named-{number}"));
        let remove = || std::fs::remove_file(&sign);
        // One that an earlier check has left says nothing of this one.
        let _ = remove();
        let mut started = Started::start(command.env(settings::NAMED_HOLD, &sign), limit)?;
        started.until(|| sign.exists());
        if remove().is_ok() {
            leash::tell(&json!({ "test": test, "named": true }));
        }
        started.wait()
    }

    fn tell_progress(&self, sitting: &Sitting, all: usize) {
        let name = self.folder.file_name().unwrap_or_default().display();
        let done = sitting.told.verdicts.len() + sitting.lost.len();
        status(&format!("{name}: {done} of {all} tests …"));
    }

    /// Runs these tests alone on a program. Without a name there is nothing to run.
    pub(crate) fn run_only(&self, tests: &[&String], program: Other<'_>) -> Result<Sitting> {
        if tests.is_empty() {
            return Ok(Sitting::default());
        }
        let tests: Vec<&str> = tests.iter().map(|test| test.as_str()).collect();
        self.sit(&tests, Some(program))
    }

    /// Runs these tests alone on a program, for their verdict alone: nothing is made easier to read.
    pub(crate) fn run_blunt(&self, tests: &[&String], program: Other<'_>) -> Result<Sitting> {
        if tests.is_empty() {
            return Ok(Sitting::default());
        }
        let tests: Vec<&str> = tests.iter().map(|test| test.as_str()).collect();
        self.sit_with(&tests, Some(program), &[(settings::AS_FOUND, OsStr::new("1"))], 1)
    }

    /// Has these tests count how many of so many schedules refuse a program.
    pub(crate) fn run_under(
        &self,
        tests: &[&String],
        program: Other<'_>,
        schedules: u64,
    ) -> Result<Sitting> {
        let tests: Vec<&str> = tests.iter().map(|test| test.as_str()).collect();
        let number = schedules.to_string();
        let set = [(settings::SCHEDULES, OsStr::new(&number)), (settings::AS_FOUND, "1".as_ref())];
        self.sit_with(&tests, Some(program), &set, COUNTING)
    }

    /// What a program tells otherwise than another, in so many drawn settings for each task. Nothing is found
    /// where no referee draws them.
    pub(crate) fn unlike(
        &self,
        program: Other<'_>,
        other: &Path,
        settings: usize,
    ) -> Result<Option<String>> {
        let accepts = self.tests.iter().find(|test| *test == ACCEPTS);
        let Some(test) = accepts else { return Ok(None) };
        let drawn = format!("{settings}x0");
        let set = [(settings::LIKE, other.as_os_str()), (settings::DRAWN, drawn.as_ref())];
        let sitting = self.sit_with(&[test], Some(program), &set, 1)?;
        Ok(match sitting.told.verdicts.get(test) {
            Some(Verdict::Passed) => None,
            _ => Some(sitting.told.messages.get(test).cloned().unwrap_or_else(|| {
                sitting.trouble.unwrap_or_else(|| "it has no result".to_owned())
            })),
        })
    }

    fn sit(&self, choice: &[&str], program: Option<Other<'_>>) -> Result<Sitting> {
        self.sit_with(choice, program, &[], 1)
    }

    /// Runs these tests with these settings. They may take so many times as long as tests do.
    fn sit_with(
        &self,
        choice: &[&str],
        program: Option<Other<'_>>,
        set: &[(&str, &OsStr)],
        patience: u32,
    ) -> Result<Sitting> {
        let mut command = self.command();
        command.envs(set.iter().copied());
        // A name is meant where it is the whole name, and not a part of one.
        command.args(["--include-ignored", "--exact", "--color", "never"]).args(choice);
        if let Some(Other { program, source }) = program {
            command.env(settings::PROGRAM, program).env(settings::SOURCE, source);
            command.env(settings::EVERY_RULE, "1");
        }
        // The tests stop each program by themselves, and a task fails at the first that they had to stop.
        let tests = u32::try_from(self.tests.len()).unwrap_or(u32::MAX);
        let limit = child::time_limit()?.saturating_mul(tests.saturating_add(2));
        let limit = limit.saturating_mul(patience);
        let outcome = child::run(&mut command, limit)?;
        let trouble = trouble("the tests did not come to their end", &outcome);
        Ok(Sitting { told: libtest::told(&outcome.stdout), trouble, lost: BTreeMap::new() })
    }

    /// The environment that cargo gives a test, with nothing in it that changes a result.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        command.env("CARGO", cargo().get_program());
        command.env("INSTA_UPDATE", "no").env("RUST_BACKTRACE", "0");
        for name in [
            settings::PROGRAM,
            settings::SOURCE,
            settings::OPEN,
            settings::DRAW,
            settings::LIKE,
            settings::AS_FOUND,
            settings::SCHEDULES,
        ] {
            command.env_remove(name);
        }
        for name in ["RUST_TEST_THREADS", "RUST_TEST_NOCAPTURE", "RUST_TEST_SHUFFLE"] {
            command.env_remove(name);
        }
    }
}

impl Sitting {
    /// Adds what came of one test.
    fn add(&mut self, test: &str, one: Sitting) {
        if !one.told.verdicts.contains_key(test) {
            let why = one.trouble.unwrap_or_else(|| "it has no result".to_owned());
            self.lost.insert(test.to_owned(), why);
        }
        self.told.verdicts.extend(one.told.verdicts);
        self.told.messages.extend(one.told.messages);
    }

    /// Why a test has no result.
    pub(crate) fn why_lost(&self, test: &str) -> &str {
        self.lost.get(test).or(self.trouble.as_ref()).map_or("it has no result", String::as_str)
    }
}

/// What is to be said of a test binary that was killed or crashed.
fn trouble(what: &str, outcome: &Outcome) -> Option<String> {
    if matches!(outcome.ended, Ended::Code(0 | 101)) {
        return None;
    }
    let last = outcome.stderr.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map(|line| format!(": {}", line.trim())).unwrap_or_default();
    Some(format!("{what} ({}){last}", outcome.ended))
}

/// What a package calls its tests.
fn target(exercise: &Exercise, package: &str) -> String {
    if package == exercise.package() {
        exercise::tests_target(&exercise.name)
    } else {
        exercise::solution_tests_target(&exercise.name)
    }
}
