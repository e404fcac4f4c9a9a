//! The place where a worker builds submissions: a package for each exercise, whose sources are laid anew each time.
//!
//! Each worker has one of its own. Dependencies are built at the first, and the others take a copy of its target
//! folder. The sources have fresh times: cargo would take the program of an earlier submission for that of a later one
//! whose files are older.

use super::{
    bounds::{Bounds, Limits},
    sandbox::{Choice, OF_SYSTEM, Sandbox},
};
use crate::{
    Error, Result,
    build::{self, CompileError},
    child::{self, Ended},
    manifest::Scratch,
    source::Sources,
    workspace::Exercise,
};
use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Where the stages are, below the course's folder in the target folder.
const FOLDER: &str = "grade";

/// Where a stage has what it builds.
const TARGET: &str = "target";

/// How long a submission may be compiled.
const BUILD: Duration = Duration::from_secs(120);

/// How long the dependencies may be built, which is done once.
const DEPENDENCIES: Duration = Duration::from_secs(1800);

/// What a compiler may have. The grader's own time limit ends it as well.
const OF_COMPILER: Limits =
    Limits { memory: 4 << 30, file: 1 << 30, processes: 65_536, seconds: 3600 };

/// Where submissions are built.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    /// The worker's folder.
    pub(crate) folder: PathBuf,
    /// The same, below the course's in the target folder.
    place: String,
    toolchain: PathBuf,
    /// Held as long as this is there: two graders would build into each other's programs.
    _lock: fs::File,
}

/// The lock of a checkout: one grading runs in it at a time.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: fs::File,
}

impl Lock {
    pub(crate) fn take(root: &Path) -> Result<Lock> {
        let folder = build::target_folder(root)?.join("course").join(FOLDER);
        fs::create_dir_all(&folder).map_err(|error| Error::about(&folder, &error))?;
        Ok(Lock { _file: lock(&folder.join("lock"), Wait::No)? })
    }
}

/// Whether to wait until a lock is free.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    Yes,
    No,
}

/// Why there is no program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoProgram {
    /// The compiler refuses it.
    Refused(CompileError),
    /// Building it took too long.
    TimeUp(Duration),
    /// It is no package that can be built.
    Unfit(String),
}

impl Stage {
    /// Opens the stage of a worker. One that a killed grader has left at work there is waited for.
    pub(crate) fn open(root: &Path, number: usize, choice: Option<Choice>) -> Result<Stage> {
        let place = format!("{FOLDER}/{number}");
        let folder = build::target_folder(root)?.join("course").join(&place);
        fs::create_dir_all(&folder).map_err(|error| Error::about(&folder, &error))?;
        let lock = lock(&folder.join("lock"), Wait::Yes)?;
        let sandbox = Sandbox::probe(&folder, number, choice)?;
        let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        command.args(["--print", "sysroot"]).current_dir(root);
        let told = child::run(&mut command, Duration::from_secs(60))?;
        let toolchain = PathBuf::from(told.stdout.trim());
        if !toolchain.join("bin").is_dir() {
            let why = told.stderr.lines().next().unwrap_or("it names no folder").to_owned();
            return Err(Error::Failed(format!("rustc --print sysroot: {why}")));
        }
        Ok(Stage { sandbox, folder, place, toolchain, _lock: lock })
    }

    /// Takes over what the first stage has built, with the times of its files: cargo looks at these.
    pub(crate) fn take_over(&self) -> Result<()> {
        let (first, own) = (self.folder.with_file_name("1").join(TARGET), self.folder.join(TARGET));
        if first == own {
            return Ok(());
        }
        if own.exists() {
            fs::remove_dir_all(&own).map_err(|error| Error::about(&own, &error))?;
        }
        copy(&first, &own).map_err(|error| Error::about(&own, &error))
    }

    /// Builds what an exercise stands on, so that no submission's time goes there.
    pub(crate) fn warm(&self, exercise: &Exercise) -> Result<()> {
        match self.build_within(exercise, &exercise.starter_sources()?, DEPENDENCIES)? {
            Ok(_) => Ok(()),
            Err(why) => {
                let short = exercise.short();
                Err(Error::Failed(format!("the starter of {short} can't be built: {why}")))
            }
        }
    }

    /// Builds a submission's program.
    pub(crate) fn build(
        &self,
        exercise: &Exercise,
        sources: &Sources,
    ) -> Result<std::result::Result<PathBuf, NoProgram>> {
        self.build_within(exercise, sources, BUILD)
    }

    /// Removes a program where it was built, so that no later one can take it in.
    pub(crate) fn forget(&self, exercise: &Exercise, built: &Path) -> Result<()> {
        let stem = name(exercise).replace('-', "_");
        let beside = built.with_file_name("deps");
        let of_program = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&stem))
        };
        let parts = fs::read_dir(&beside).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in parts.filter(of_program).chain([built.to_path_buf()]) {
            fs::remove_file(&path).map_err(|error| Error::about(&path, &error))?;
        }
        Ok(())
    }

    fn build_within(
        &self,
        exercise: &Exercise,
        sources: &Sources,
        limit: Duration,
    ) -> Result<std::result::Result<PathBuf, NoProgram>> {
        let name = name(exercise);
        let old = self.package(exercise).join("src");
        if old.exists() {
            fs::remove_dir_all(&old).map_err(|error| Error::about(&old, &error))?;
        }
        let scratch = Scratch::of_one(exercise, &format!("{}/{name}", self.place), sources)?;
        let mut command = self.cargo(exercise, scratch.folder())?;
        command.args(["build", "--offline", "--quiet", "--message-format=json"]);
        let outcome = child::run(&mut command, limit)?;
        if let Ended::TimeUp(limit) = outcome.ended {
            return Ok(Err(NoProgram::TimeUp(limit)));
        }
        let built = build::told(&outcome);
        if let Some(error) = built.any_error() {
            return Ok(Err(NoProgram::Refused(error.clone())));
        }
        Ok(match (built.programs.get(&name), built.trouble) {
            (Some(program), None) => Ok(program.clone()),
            (_, trouble) => {
                Err(NoProgram::Unfit(trouble.unwrap_or_else(|| "cargo built nothing".to_owned())))
            }
        })
    }

    /// The package that an exercise's submissions are built in.
    pub(crate) fn package(&self, exercise: &Exercise) -> PathBuf {
        self.folder.join(name(exercise))
    }

    /// Cargo within bounds: what it builds can take no file from elsewhere into the program.
    fn cargo(&self, exercise: &Exercise, package: &Path) -> Result<Command> {
        let cargo = self.toolchain.join("bin").join("cargo");
        let target = self.folder.join(TARGET);
        let temporary = target.join("tmp");
        fs::create_dir_all(&temporary).map_err(|error| Error::about(&temporary, &error))?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let home = cargo_home();
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", text(&self.toolchain.join("bin")));
        let set = BTreeMap::from([
            ("PATH".to_owned(), path),
            ("CARGO_HOME".to_owned(), text(&home)),
            ("CARGO_TARGET_DIR".to_owned(), text(&target)),
            ("CARGO_INCREMENTAL".to_owned(), "0".to_owned()),
            ("CARGO_TERM_COLOR".to_owned(), "never".to_owned()),
            ("RUSTC".to_owned(), text(&self.toolchain.join("bin").join("rustc"))),
            ("HOME".to_owned(), text(&temporary)),
            ("TMPDIR".to_owned(), text(&temporary)),
        ]);
        if !self.sandbox.is_on {
            let mut command = Command::new(cargo);
            command.current_dir(package).envs(set);
            return Ok(command);
        }
        let mut read: Vec<PathBuf> = OF_SYSTEM.map(PathBuf::from).to_vec();
        read.push(self.toolchain.clone());
        read.extend(["Cargo.toml", "tools"].map(|name| exercise.root().join(name)));
        // Not all of it: what is signed in with stands there too.
        read.extend(["registry", "git"].map(|name| home.join(name)));
        let folders = package.ancestors().map(|folder| folder.join(".cargo")).chain([home]);
        read.extend(
            folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name))),
        );
        let bounds = Bounds {
            read,
            write: vec![package.to_path_buf(), target],
            folder: package.to_path_buf(),
            set,
            limits: OF_COMPILER,
            ..Bounds::default()
        };
        let file = self.folder.join("build.json");
        fs::write(&file, bounds.text()).map_err(|error| Error::about(&file, &error))?;
        let words = [self.sandbox.apart(&bounds.write), self.sandbox.words(&file)].concat();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(cargo).current_dir(package);
        Ok(command)
    }
}

/// Takes a lock. The system gives it back when this process ends, however that is.
fn lock(path: &Path, wait: Wait) -> Result<fs::File> {
    let file = fs::File::create(path).map_err(|error| Error::about(path, &error))?;
    #[cfg(unix)]
    {
        use rustix::fs::{FlockOperation, flock};
        let how = match wait {
            Wait::Yes => FlockOperation::LockExclusive,
            Wait::No => FlockOperation::NonBlockingLockExclusive,
        };
        flock(&file, how).map_err(|_| {
            let path = path.display();
            Error::Failed(format!("{path} is locked: another grading runs in this checkout"))
        })?;
    }
    #[cfg(not(unix))]
    let _ = wait;
    Ok(file)
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
            let written = entry.metadata()?.modified()?;
            fs::File::options().write(true).open(&to)?.set_modified(written)?;
        }
    }
    Ok(())
}

fn name(exercise: &Exercise) -> String {
    format!("grade-{}", exercise.name)
}

/// Where cargo keeps what it has downloaded.
fn cargo_home() -> PathBuf {
    let set = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    set.unwrap_or_else(|| env::home_dir().unwrap_or_default().join(".cargo"))
}

impl std::fmt::Display for NoProgram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoProgram::Refused(error) if error.told.is_empty() => write!(f, "{error}"),
            NoProgram::Refused(error) => f.write_str(&error.told),
            NoProgram::TimeUp(limit) => {
                write!(f, "it was still being compiled after {} s", limit.as_secs())
            }
            NoProgram::Unfit(why) => f.write_str(why),
        }
    }
}
