//! Plays the programs in `examples/` as children, and looks at what they print.
//!
//! ```text
//! run("threads", "pool --jobs 3", "instant").ends_well().prints("all done\n");
//! ```

#![allow(dead_code, reason = "each test file uses another part of it")]

use std::{
    env, fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

/// Real time after which a child is killed. It only has to be longer than any honest run on a loaded machine.
const LIMIT: Duration = Duration::from_secs(40);

/// The exit code of a program that is stuck.
pub(crate) const STUCK: i32 = 70;

/// Plays an example to its end. `args` are parted at spaces.
#[track_caller]
pub(crate) fn run(example: &str, args: &str, pace: &str) -> Run {
    Program::example(example, args, pace).run()
}

/// Calls `play` with each number, two at a time: children wait as much as they compute.
pub(crate) fn two_at_a_time<T: Send>(times: usize, play: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let player = || {
        let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        numbers.take_while(|n| *n < times).map(|n| (n, play(n))).collect::<Vec<_>>()
    };
    let mut played = thread::scope(|s| {
        let other = s.spawn(player);
        let mut mine = player();
        mine.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        mine
    });
    played.sort_by_key(|(n, _)| *n);
    played.into_iter().map(|(_, result)| result).collect()
}

/// The place of a line of an example, found by a comment in it: `examples/threads.rs:41`.
#[track_caller]
pub(crate) fn place(example: &str, marker: &str) -> String {
    format!("examples/{example}.rs:{}", line(example, marker))
}

/// The number of the line of an example that ends with the comment `// marker`, or that follows it.
#[track_caller]
pub(crate) fn line(example: &str, marker: &str) -> usize {
    let text = fs::read_to_string(source(example)).expect("an example has a source");
    let comment = format!("// {marker}");
    let mut found = text.lines().enumerate().filter(|(_, line)| line.ends_with(&comment));
    let (index, line) = found.next().unwrap_or_else(|| panic!("no line ends with '{comment}'"));
    assert!(found.next().is_none(), "several lines end with '{comment}'");
    if line.trim() == comment { index + 2 } else { index + 1 }
}

fn source(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{example}.rs"))
}

/// `target/debug/deps/threads-0123` stands beside `target/debug/examples/threads`.
#[track_caller]
fn executable(example: &str) -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    let debug = test.parent().and_then(Path::parent).expect("a test lies in target/debug/deps");
    let path = debug.join("examples").join(format!("{example}{}", env::consts::EXE_SUFFIX));
    let age = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    assert!(
        age(&path) >= age(&source(example)),
        "{} is not built, or older than its source: `cargo test --test …` builds no examples, so run \
         `cargo build -p rehearsal --examples` before, or leave `--test` out",
        path.display()
    );
    path
}

/// The test binary of this file, as `cargo test` starts it.
pub(crate) struct Harness(Program);

impl Harness {
    pub(crate) fn of_this_file() -> Harness {
        let test = env::current_exe().expect("a test knows its own path");
        let variables =
            ["REHEARSAL_SCHEDULES", "REHEARSAL_SEED", "REHEARSAL_LIMIT_S", "REHEARSAL_TAPE"];
        let mut program = Program::at(test, "this file's tests".to_owned()).arg("--ignored");
        variables.iter().for_each(|name| {
            program.command.env_remove(name);
        });
        Harness(program)
    }

    /// This test alone.
    pub(crate) fn test(self, name: &str) -> Harness {
        self.arg("--exact").arg(name)
    }

    pub(crate) fn arg(mut self, arg: &str) -> Harness {
        self.0.shown.push_str(&format!(" {arg}"));
        Harness(self.0.arg(arg))
    }

    pub(crate) fn env(self, name: &str, value: &str) -> Harness {
        Harness(self.0.env(name, value))
    }

    #[track_caller]
    pub(crate) fn run(self) -> Tested {
        let run = self.0.run();
        Tested { output: format!("{}{}", run.stdout, run.stderr), code: run.code }
    }
}

/// What goes before a command to set a variable.
pub(crate) fn with(variable: &str, value: &str) -> String {
    match cfg!(windows) {
        true => format!("$env:{variable}='{value}'; "),
        false => format!("{variable}={value} "),
    }
}

/// What goes before a command, so that it plays this schedule: on Windows as PowerShell has it.
pub(crate) fn with_schedule(schedule: &str) -> String {
    match cfg!(windows) {
        true => format!("$env:REHEARSAL_HOLD=''; $env:REHEARSAL_SCHEDULE='{schedule}'; "),
        false => format!("REHEARSAL_SCHEDULE={schedule} "),
    }
}

/// The same for what is left of a schedule.
pub(crate) fn with_hold(token: &str) -> String {
    match cfg!(windows) {
        true => format!("$env:REHEARSAL_SCHEDULE=''; $env:REHEARSAL_HOLD='{token}'; "),
        false => format!("REHEARSAL_HOLD='{token}' "),
    }
}

/// What a test binary said.
pub(crate) struct Tested {
    pub(crate) output: String,
    pub(crate) code: Option<i32>,
}

impl Tested {
    #[track_caller]
    pub(crate) fn passes(&self, count: usize) -> &Tested {
        assert_eq!(self.code, Some(0), "{self}");
        self.counts(&format!("{count} passed; 0 failed"))
    }

    #[track_caller]
    pub(crate) fn fails(&self, count: usize) -> &Tested {
        assert_eq!(self.code, Some(101), "{self}");
        self.counts(&format!("0 passed; {count} failed"))
    }

    #[track_caller]
    pub(crate) fn counts(&self, counts: &str) -> &Tested {
        self.shows(counts)
    }

    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> &Tested {
        assert!(self.output.contains(text), "it should show {text:?}\n{self}");
        self
    }

    #[track_caller]
    pub(crate) fn hides(&self, text: &str) -> &Tested {
        assert!(!self.output.contains(text), "it should not show {text:?}\n{self}");
        self
    }

    /// The number of the schedule that failed.
    #[track_caller]
    pub(crate) fn schedule(&self) -> String {
        let (_, rest) =
            self.output.split_once("Play it again: ").unwrap_or_else(|| panic!("{self}"));
        let (_, rest) = rest.split_once("REHEARSAL_SCHEDULE=").unwrap_or_else(|| panic!("{self}"));
        rest.trim_start_matches('\'').chars().take_while(char::is_ascii_digit).collect()
    }

    /// What is left of it.
    #[track_caller]
    pub(crate) fn hold(&self) -> String {
        let (_, rest) = self
            .output
            .split_once("Play that sentence alone: ")
            .and_then(|(_, rest)| rest.split_once("REHEARSAL_HOLD='"))
            .unwrap_or_else(|| panic!("{self}"));
        rest.split('\'').next().unwrap_or_default().to_owned()
    }
}

impl std::fmt::Display for Tested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--- exit code {:?}\n{}", self.code, self.output)
    }
}

/// A child that is about to be started.
pub(crate) struct Program {
    command: Command,
    shown: String,
}

impl Program {
    #[track_caller]
    pub(crate) fn example(example: &str, args: &str, pace: &str) -> Program {
        Program::bare(example, &format!("{args} --pace {pace}"))
    }

    /// With these arguments alone; what they don't say is as usual.
    #[track_caller]
    pub(crate) fn bare(example: &str, args: &str) -> Program {
        let mut program = Program::at(executable(example), format!("{example} {args}"));
        program.command.args(args.split_whitespace());
        program
    }

    fn at(path: PathBuf, shown: String) -> Program {
        let mut command = Command::new(path);
        command.env("RUST_BACKTRACE", "0");
        command.env_remove("REHEARSAL").env_remove("REHEARSAL_PATIENCE_S");
        command.env_remove("REHEARSAL_SCHEDULE").env_remove("REHEARSAL_STRETCH");
        command.env_remove("REHEARSAL_HOLD");
        Program { command, shown }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Program {
        self.command.env(name, value);
        self
    }

    /// One more argument, which may hold spaces.
    pub(crate) fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Program {
        self.command.arg(arg);
        self
    }

    #[track_caller]
    pub(crate) fn run(self) -> Run {
        self.start().finish()
    }

    /// Starts it; what it reads comes from [`Running::say`].
    #[track_caller]
    pub(crate) fn start(mut self) -> Running {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let start = Instant::now();
        let mut child = self.command.spawn().expect("an example can be started");
        let (heard, news) = mpsc::channel();
        listen(child.stdout.take().expect("it is piped"), heard.clone(), Stream::Out);
        listen(child.stderr.take().expect("it is piped"), heard, Stream::Err);
        let stdin = child.stdin.take();
        let said = [Vec::new(), Vec::new()];
        Running { child, stdin, shown: self.shown, start, news, said }
    }

    /// Starts it with a standard output that nobody reads.
    #[track_caller]
    pub(crate) fn run_unread(self) -> Run {
        self.run_without(Stream::Out)
    }

    /// Starts it with a standard error that nobody reads.
    #[track_caller]
    pub(crate) fn run_unheard(self) -> Run {
        self.run_without(Stream::Err)
    }

    #[track_caller]
    fn run_without(mut self, closed: Stream) -> Run {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let start = Instant::now();
        let mut child = self.command.spawn().expect("an example can be started");
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let (heard, news) = mpsc::channel();
        match closed {
            Stream::Out => {
                drop(stdout);
                listen(stderr, heard, Stream::Err);
            }
            Stream::Err => {
                drop(stderr);
                listen(stdout, heard, Stream::Out);
            }
        }
        let said = [Vec::new(), Vec::new()];
        Running { child, stdin: None, shown: self.shown, start, news, said }.finish()
    }
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

fn listen(mut pipe: impl Read + Send + 'static, heard: Sender<(Stream, Vec<u8>)>, stream: Stream) {
    thread::spawn(move || {
        let mut chunk = [0; 8192];
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            if heard.send((stream, chunk[..length].to_vec())).is_err() {
                return;
            }
        }
    });
}

/// A child that plays.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    shown: String,
    start: Instant,
    news: Receiver<(Stream, Vec<u8>)>,
    said: [Vec<u8>; 2],
}

impl Running {
    /// Writes to the child's standard input.
    pub(crate) fn say(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin.write_all(text.as_bytes()).expect("it reads");
    }

    /// Waits until its standard output holds `text`.
    #[track_caller]
    pub(crate) fn until_it_prints(&mut self, text: &str) {
        while !self.text(Stream::Out).contains(text) {
            assert!(self.hear(), "{} ended and never printed {text:?}", self.shown);
        }
    }

    /// Waits until its standard error holds `text`.
    #[track_caller]
    pub(crate) fn until_it_complains(&mut self, text: &str) {
        while !self.text(Stream::Err).contains(text) {
            assert!(self.hear(), "{} ended and never complained {text:?}", self.shown);
        }
    }

    /// Kills it; returns what it has printed.
    pub(crate) fn kill(mut self) -> Run {
        self.child.kill().expect("a child can be killed");
        self.finish()
    }

    /// Closes its input and waits for its end.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Run {
        drop(self.stdin.take());
        while self.hear() {}
        let status = self.child.wait().expect("a child can be waited for");
        Run {
            took: self.start.elapsed(),
            stdout: self.text(Stream::Out),
            stderr: self.text(Stream::Err),
            code: status.code(),
            shown: self.shown,
        }
    }

    fn text(&self, stream: Stream) -> String {
        String::from_utf8_lossy(&self.said[stream as usize]).into_owned()
    }

    /// Waits for more from the child; false when it has ended.
    #[track_caller]
    fn hear(&mut self) -> bool {
        match self.news.recv_timeout(LIMIT.saturating_sub(self.start.elapsed())) {
            Ok((stream, chunk)) => {
                self.said[stream as usize].extend(chunk);
                true
            }
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.child.kill().and_then(|()| self.child.wait());
                panic!(
                    "{} did not end within {LIMIT:?}\n--- stdout\n{}--- stderr\n{}",
                    self.shown,
                    self.text(Stream::Out),
                    self.text(Stream::Err)
                );
            }
        }
    }
}

/// What came of a child.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
    pub(crate) took: Duration,
    shown: String,
}

impl Run {
    /// It ended with exit code 0 and complained of nothing.
    #[track_caller]
    pub(crate) fn ends_well(&self) -> &Run {
        self.ends_with(0);
        assert!(self.stderr.is_empty(), "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn ends_with(&self, code: i32) -> &Run {
        assert!(self.code == Some(code), "it should end with exit code {code}\n{self}");
        self
    }

    /// Its whole standard output.
    #[track_caller]
    pub(crate) fn prints(&self, stdout: &str) -> &Run {
        assert!(self.stdout == stdout, "it should print\n{stdout}{self}");
        self
    }

    /// Something that its standard error holds.
    #[track_caller]
    pub(crate) fn complains(&self, text: &str) -> &Run {
        assert!(self.stderr.contains(text), "it should complain of {text:?}\n{self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Run { stdout, stderr, code, took, shown } = self;
        write!(
            f,
            "--- {shown}: exit code {code:?} after {took:?}\n--- stdout\n{stdout}--- stderr\n{stderr}"
        )
    }
}
