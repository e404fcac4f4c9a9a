//! Running a student's program as a child: with arguments, limits and a tape, and nothing of it in here.

use crate::{
    failure::Failure,
    run::{Ended, Run},
    tape::Tape,
};
use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// More output than this, and the program is killed.
const MOST_OUTPUT: usize = 256 * 1024;

/// Names the program that the banks are judged with, in place of the package's own.
const PROGRAM: &str = "HANDOFF_PROGRAM";

/// Raises the limit of a run, for slow machines and for whoever needs it.
const TIME_LIMIT: &str = "HANDOFF_TIME_LIMIT_S";

fn time_limit() -> Duration {
    let seconds = env::var(TIME_LIMIT).ok().filter(|text| !text.is_empty()).map(|text| {
        let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
        seconds.unwrap_or_else(|| {
            panic!("{TIME_LIMIT} is '{text}': it is a number of seconds in 1..=3600")
        })
    });
    Duration::from_secs(seconds.unwrap_or(10))
}

/// The program of an exercise, and the flags to run it with. Made by [`program!`](crate::program).
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) exercise: String,
    pub(crate) root: PathBuf,
    path: PathBuf,
    args: Vec<String>,
    pace: &'static str,
    schedule: Option<u64>,
    pub(crate) reads_stderr: bool,
}

impl Program {
    /// The program of the package whose tests run. Use [`program!`](crate::program).
    #[doc(hidden)]
    pub fn of(
        exercise: &str,
        manifest: &str,
        exe: Option<&str>,
        solution: Option<&str>,
    ) -> Program {
        let judged = env::var_os(PROGRAM).filter(|path| !path.is_empty()).map(PathBuf::from);
        let path = judged.or_else(|| exe.or(solution).map(PathBuf::from));
        let path = path.unwrap_or_else(|| {
            panic!("no binary of this package is called {exercise} or sol{exercise}")
        });
        let root = Path::new(manifest).join("../..");
        let root = root.canonicalize().unwrap_or(root);
        let (exercise, args) = (exercise.to_owned(), Vec::new());
        Program { exercise, root, path, args, pace: "instant", schedule: None, reads_stderr: false }
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

    /// Plays another order.
    #[must_use]
    pub fn schedule(mut self, schedule: u64) -> Program {
        self.schedule = Some(schedule);
        self
    }

    /// Reads standard error too, behind standard output: for a program that tells its story there.
    #[must_use]
    pub fn with_stderr(mut self) -> Program {
        self.reads_stderr = true;
        self
    }

    /// The command that a reader can paste.
    pub(crate) fn command(&self) -> String {
        let short = self.exercise.split('-').next().unwrap_or_default();
        let mut words = vec!["cargo".to_owned(), short.to_owned()];
        words.extend(self.args.iter().cloned());
        words.extend(["--pace".to_owned(), self.pace.to_owned()]);
        if let Some(schedule) = self.schedule {
            words.extend(["--schedule".to_owned(), schedule.to_string()]);
        }
        words.join(" ")
    }

    /// Plays the program to its end, on the instant clock unless another pace was asked for.
    ///
    /// A run that gets stuck, hangs or floods the screen fails the task at once: no task asks for that.
    #[must_use]
    pub fn run(self) -> Run {
        let run = self.watch();
        if let Some(failure) = run.stuck() {
            failure.raise();
        }
        run
    }

    /// Plays the program once for each schedule, and asks each run. A failure names the schedule, which replays it.
    ///
    /// Under a schedule the order is another one and times are stretched: ask what holds in every order.
    pub fn explore(&self, schedules: impl IntoIterator<Item = u64>, ask: impl Fn(&Run)) {
        for schedule in schedules {
            ask(&self.clone().schedule(schedule).run());
        }
    }

    /// Plays the program, whatever becomes of it.
    pub(crate) fn watch(self) -> Run {
        let tape = TapeFile::new();
        let mut command = Command::new(&self.path);
        command.args(&self.args).args(["--pace", self.pace]);
        // On the pace off nothing of the rehearsal is there that could write a tape.
        if self.pace != "off" {
            command.arg("--tape").arg(&tape.0);
        }
        if let Some(schedule) = self.schedule {
            command.args(["--schedule", &schedule.to_string()]);
        }
        command
            .env("RUST_BACKTRACE", "0")
            .env_remove("REHEARSAL")
            .env_remove("REHEARSAL_PATIENCE_S");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{} can't be started: {error}", self.path.display());
        });
        let (output, ended) = listen(&mut child, time_limit());
        let [stdout, stderr] =
            output.map(|bytes| String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
        let tape = Tape::read(&fs::read_to_string(&tape.0).unwrap_or_default());
        Run::new(self, stdout, stderr, ended, tape)
    }
}

/// A file for the tape that is gone when the run has been read.
struct TapeFile(PathBuf);

impl TapeFile {
    fn new() -> TapeFile {
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

enum News {
    Output(usize, Vec<u8>),
    End,
}

/// Takes what the child prints until it ends, or until it has had its time or its share of the screen.
fn listen(child: &mut Child, limit: Duration) -> ([Vec<u8>; 2], Ended) {
    let (tell, news) = mpsc::channel();
    read(child.stdout.take().expect("it is piped"), 0, tell.clone());
    read(child.stderr.take().expect("it is piped"), 1, tell);
    let start = Instant::now();
    let (mut output, mut open) = ([Vec::new(), Vec::new()], 2);
    let killed = loop {
        if open == 0 {
            break None;
        }
        match news.recv_timeout(limit.saturating_sub(start.elapsed())) {
            Ok(News::Output(stream, bytes)) => output[stream].extend(bytes),
            Ok(News::End) => open -= 1,
            Err(RecvTimeoutError::Timeout) => {
                break Some(Ended::TimeUp { limit, computes: computes(child.id()) });
            }
            Err(RecvTimeoutError::Disconnected) => break None,
        }
        if output.iter().map(Vec::len).sum::<usize>() > MOST_OUTPUT {
            break Some(Ended::Flood);
        }
    };
    if killed.is_some() {
        // It may have ended by itself in this moment.
        let _ = child.kill();
    }
    let status = child.wait().expect("a child can be waited for");
    (output, killed.unwrap_or(Ended::Exit(status.code())))
}

fn read(mut pipe: impl Read + Send + 'static, stream: usize, tell: Sender<News>) {
    thread::spawn(move || {
        let mut chunk = [0; 16 * 1024];
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            if tell.send(News::Output(stream, chunk[..length].to_vec())).is_err() {
                return;
            }
        }
        let _ = tell.send(News::End);
    });
}

/// Whether a child computes rather than waits, where the system tells (Linux).
///
/// CPU time does not tell on a loaded machine; the state of its threads, looked up several times, does.
fn computes(id: u32) -> Option<bool> {
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

/// Fails the task whose test runs, in words: for facts that only one exercise has.
#[track_caller]
pub(crate) fn fail(failure: Failure) -> ! {
    failure.raise()
}
