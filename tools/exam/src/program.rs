//! Running a student's program as a child: with arguments, limits and a tape, and nothing of it in here.

use crate::{
    failure::Failure, flood::Flood, folder::Folder, needs, run::Run, running::Running, tape::Tape,
};
use accord::{exercise, settings};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

/// The program of an exercise, and the flags to run it with. Made by [`program!`](crate::program).
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) exercise: String,
    pub(crate) root: PathBuf,
    path: PathBuf,
    source: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) pace: &'static str,
    pub(crate) schedule: Option<u64>,
    /// Who is held, in place of a schedule.
    hold: Option<String>,
    /// The file for what a schedule changes.
    keep_holds: Option<PathBuf>,
    /// Where its runs are played ahead.
    pub(crate) flood: Option<Flood>,
    pub(crate) reads_stderr: bool,
    folder: Option<PathBuf>,
    before: Vec<String>,
    #[cfg(test)]
    patience_s: Option<u32>,
}

impl Program {
    /// The program of the package whose tests run. Use [`program!`](crate::program).
    #[doc(hidden)]
    pub fn of(name: &str, manifest: &str, exe: Option<&str>, solution: Option<&str>) -> Program {
        let path = settings::program().or_else(|| exe.or(solution).map(PathBuf::from));
        let path = path.unwrap_or_else(|| {
            let solution = exercise::solution_package(name);
            panic!("no binary of this package is called {name} or {solution}")
        });
        let source = settings::source().unwrap_or_else(|| Path::new(manifest).join("src"));
        let root = Path::new(manifest).join("../..");
        let root = root.canonicalize().unwrap_or(root);
        Program {
            exercise: name.to_owned(),
            root,
            path,
            source,
            args: Vec::new(),
            pace: "instant",
            schedule: None,
            hold: None,
            keep_holds: None,
            flood: None,
            reads_stderr: false,
            folder: None,
            before: Vec::new(),
            #[cfg(test)]
            patience_s: None,
        }
    }

    /// The same flags for another program.
    #[must_use]
    pub(crate) fn of_path(mut self, path: PathBuf) -> Program {
        self.path = path;
        self
    }

    /// Looks at no source: an example has none of its own.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn sourceless(mut self) -> Program {
        self.source = PathBuf::new();
        self
    }

    /// Lets the rehearsal's watchdog speak up sooner: for tests of what it says, and not of when.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn patience(mut self, seconds: u32) -> Program {
        self.patience_s = Some(seconds);
        self
    }

    /// Adds a flag with its value: `.flag("--workers", 3)`.
    #[must_use]
    pub fn flag(mut self, flag: &str, value: impl ToString) -> Program {
        self.args.extend([flag.to_owned(), value.to_string()]);
        self
    }

    /// Adds flags as they are typed: `.flags("--workers 3 --dead-letters")`.
    #[must_use]
    pub fn flags(mut self, flags: &str) -> Program {
        self.args.extend(flags.split_whitespace().map(str::to_owned));
        self
    }

    /// Plays on another pace than `instant`: `real` for a program that talks to sockets and files, or `off`.
    #[must_use]
    pub fn pace(mut self, pace: &'static str) -> Program {
        self.pace = pace;
        self
    }

    /// Adds an argument as it is, with any blanks that it has: `.arg("the orders.xlsx")`.
    #[must_use]
    pub fn arg(mut self, argument: impl ToString) -> Program {
        self.args.push(argument.to_string());
        self
    }

    /// Plays in this folder, for a program that works on files.
    #[must_use]
    pub fn folder(mut self, folder: &Folder) -> Program {
        self.folder = Some(folder.path().to_path_buf());
        self
    }

    /// What was done before this run, as a reader would type it: it is told if the run fails the task.
    #[must_use]
    pub fn after(mut self, steps: &[String]) -> Program {
        self.before = steps.to_vec();
        self
    }

    /// What the exercise brings along for its programs to read: the files in its folder `samples`.
    #[must_use]
    pub fn samples(&self) -> PathBuf {
        self.root.join(exercise::samples(&self.exercise))
    }

    /// Plays another order.
    #[must_use]
    pub fn schedule(mut self, schedule: u64) -> Program {
        self.schedule = Some(schedule);
        self
    }

    /// The same program, in the plain order but for those who are held.
    #[must_use]
    pub(crate) fn held(&self, hold: String) -> Program {
        Program { schedule: None, hold: Some(hold), flood: None, ..self.clone() }
    }

    /// The same program, which writes down what its schedule changes.
    #[must_use]
    pub(crate) fn keeps_holds(&self, file: &Path) -> Program {
        Program { keep_holds: Some(file.to_owned()), flood: None, ..self.clone() }
    }

    /// Whether somebody is held in it, in place of a schedule.
    pub(crate) fn is_held(&self) -> bool {
        self.hold.is_some()
    }

    /// Reads standard error too, behind standard output: for a program that tells its story there.
    #[must_use]
    pub fn with_stderr(mut self) -> Program {
        self.reads_stderr = true;
        self
    }

    /// The folder with its source.
    pub(crate) fn source(&self) -> PathBuf {
        self.source.clone()
    }

    /// All that a reader has to type to see the same.
    pub(crate) fn story(&self) -> String {
        let mut steps = self.before.clone();
        steps.push(self.command());
        steps.join("\n")
    }

    /// The command that a reader can paste.
    pub fn command(&self) -> String {
        let mut words = vec!["cargo".to_owned(), exercise::short(&self.exercise).to_owned()];
        words.extend(self.args.iter().map(|word| quoted(word)));
        words.extend(["--pace".to_owned(), self.pace.to_owned()]);
        if let Some(schedule) = self.schedule {
            words.extend(["--schedule".to_owned(), schedule.to_string()]);
        }
        if let Some(hold) = &self.hold {
            words.extend(["--held".to_owned(), quoted(hold)]);
        }
        words.join(" ")
    }

    /// Plays the program to its end, on the instant clock unless another pace was asked for.
    ///
    /// A run that gets stuck, hangs or floods the screen fails the task at once: no task asks for that.
    #[must_use]
    pub fn run(self) -> Run {
        self.start().wait()
    }

    /// Plays the program once for each schedule, and asks each run. A failure names the schedule, which replays it,
    /// and tells what of that it needs to fail.
    ///
    /// Under a schedule the order is another one and times are stretched: ask what holds in every order.
    pub fn explore(&self, schedules: impl IntoIterator<Item = u64>, ask: impl Fn(&Run)) {
        let asked = |program: &Program| Failure::of(|| ask(&program.clone().run()));
        for schedule in schedules {
            let program = self.clone().schedule(schedule);
            let Some(failure) = asked(&program) else { continue };
            let is_alike = |other: Failure| other.should == failure.should;
            let shrunk = needs::shrunk(&program, |program| asked(program).is_some_and(is_alike));
            let needs = shrunk.map(|shrunk| needs::told(&program, &shrunk));
            Failure { needs, ..failure }.raise();
        }
    }

    /// Starts the program and goes on: for several at once, or for one that is to be killed.
    #[must_use]
    pub fn start(self) -> Running {
        Running::start(self)
    }

    /// The same program, whose next setting is played under these schedules too, from 1 on. So that costs less than
    /// a run for each of them.
    #[must_use]
    pub(crate) fn under(&self, schedules: u64) -> Program {
        let can_explore = schedules > 0 && self.pace == "instant" && self.folder.is_none();
        Program { flood: can_explore.then(|| Flood::of(schedules)), ..self.clone() }
    }

    /// Plays it to its end, whatever that is.
    pub(crate) fn played(self) -> Run {
        let ahead = self.flood.as_ref().and_then(|flood| flood.take(&self));
        ahead.unwrap_or_else(|| self.start().watch())
    }

    /// The child that plays it, and the file that its tape goes to.
    pub(crate) fn spawn(&self) -> (Child, TapeFile) {
        let tape = TapeFile::new();
        let child = self.prepared(&tape).spawn().unwrap_or_else(|error| {
            panic!("{} can't be started: {error}", self.path.display());
        });
        (child, tape)
    }

    /// What starts it.
    pub(crate) fn prepared(&self, tape: &TapeFile) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args).args(["--pace", self.pace]);
        // On the pace off nothing of the rehearsal is there that could write a tape.
        if self.pace != "off" {
            command.arg("--tape").arg(&tape.0);
        }
        if let Some(schedule) = self.schedule {
            command.args(["--schedule", &schedule.to_string()]);
        }
        if let Some(hold) = &self.hold {
            command.args(["--held", hold]);
        }
        if let Some(file) = &self.keep_holds {
            command.arg("--keep-holds").arg(file);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        settings::on_its_own(command.env("RUST_BACKTRACE", "0"));
        #[cfg(test)]
        command.envs(self.patience_s.map(|seconds| ("REHEARSAL_PATIENCE_S", seconds.to_string())));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A file for the tape that is gone when the run has been read.
#[derive(Debug)]
pub(crate) struct TapeFile(PathBuf);

impl TapeFile {
    pub(crate) fn read(&self) -> Tape {
        Tape::read(&fs::read_to_string(&self.0).unwrap_or_default())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where the rehearsal writes the tape of a schedule, if it plays many.
    pub(crate) fn of_schedule(&self, schedule: u64) -> TapeFile {
        TapeFile(self.0.with_extension(format!("{schedule}.jsonl")))
    }

    pub(crate) fn new() -> TapeFile {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        TapeFile(env::temp_dir().join(format!("handoff-{}-{number}.jsonl", std::process::id())))
    }
}

impl Drop for TapeFile {
    fn drop(&mut self) {
        // It may not exist: a program that refuses its flags writes none.
        let _ = fs::remove_file(&self.0);
    }
}

/// Whether a child computes rather than waits, where the system tells (Linux).
///
/// CPU time does not tell on a loaded machine; the state of its threads, looked up several times, does.
pub(crate) fn computes(id: u32) -> Option<bool> {
    let mut computing = 0;
    for _ in 0..10 {
        let threads = fs::read_dir(format!("/proc/{id}/task")).ok()?.flatten();
        let runs =
            |stat: String| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('R'));
        let mut stats =
            threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
        computing += u32::from(stats.any(runs));
        thread::sleep(Duration::from_millis(5));
    }
    Some(computing > 5)
}

/// How much time of the processor a process had up to now, as far as the system says so.
pub(crate) fn computed(id: u32) -> Option<Duration> {
    /// Linux counts in hundredths of a second for whoever reads it there, on every machine.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    // The state is the third field of the line, and the first of the rest.
    let mut ticks = rest.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>());
    let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
    Some(TICK * (user + system))
}
