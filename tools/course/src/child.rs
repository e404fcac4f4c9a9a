//! Running other programs: with a limit of time, and with what they printed.

use crate::{Error, Result};
use accord::settings;
use std::{
    io::Read,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

/// More output than this is not kept.
const MOST_OUTPUT: usize = 4 * 1024 * 1024;

/// How long one program may run before it is killed: the same setting that the tests take.
pub fn time_limit() -> Result<Duration> {
    settings::time_limit().map_err(Error::Input)
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// It was killed after this time.
    TimeUp(Duration),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Code(code) => write!(f, "exit code {code}"),
            Ended::Signal(signal) => write!(f, "signal {signal}"),
            Ended::TimeUp(limit) => write!(f, "killed after {} s", limit.as_secs()),
        }
    }
}

/// What a program printed and how it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
    /// How it ended.
    pub ended: Ended,
    /// How long that took.
    pub took: Duration,
}

/// Runs a program to its end, or until its time is up.
pub fn run(command: &mut Command, limit: Duration) -> Result<Outcome> {
    Started::start(command, limit)?.wait()
}

/// Runs a program that prints by itself, for somebody who watches and may end it.
pub fn watched(command: &mut Command) -> Result<Outcome> {
    let start = Instant::now();
    let status = command.status().map_err(|error| cant_start(command, &error))?;
    let ended = ending(status);
    Ok(Outcome { stdout: String::new(), stderr: String::new(), ended, took: start.elapsed() })
}

fn cant_start(command: &Command, error: &std::io::Error) -> Error {
    Error::Failed(format!("{} can't be started: {error}", command.get_program().display()))
}

/// A program that runs.
#[derive(Debug)]
pub struct Started {
    child: Child,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    lines: Arc<AtomicUsize>,
    start: Instant,
    limit: Duration,
}

impl Started {
    /// Starts a program, which has this much time until it is killed.
    pub fn start(command: &mut Command, limit: Duration) -> Result<Started> {
        let start = Instant::now();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| cant_start(command, &error))?;
        let lines = Arc::new(AtomicUsize::new(0));
        let stdout = collect(child.stdout.take().expect("it is piped"), Arc::clone(&lines));
        let stderr = collect(child.stderr.take().expect("it is piped"), Arc::default());
        Ok(Started { child, stdout, stderr, lines, start, limit })
    }

    /// Waits until it has printed so many lines, or has ended, or its time is up.
    pub fn until_lines(&mut self, lines: usize) {
        let printed = Arc::clone(&self.lines);
        self.until(|| printed.load(Ordering::Relaxed) >= lines);
    }

    /// Waits until something is so, or it has ended, or its time is up.
    pub fn until(&mut self, is: impl Fn() -> bool) {
        let runs = |child: &mut Child| matches!(child.try_wait(), Ok(None));
        while !is() && self.start.elapsed() < self.limit && runs(&mut self.child) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for its end, or until its time is up.
    pub fn wait(self) -> Result<Outcome> {
        Ok(self.wait_exactly()?.0)
    }

    /// Waits likewise, and gives what came on standard output byte for byte as well.
    pub fn wait_exactly(mut self) -> Result<(Outcome, Vec<u8>)> {
        let ended = wait(&mut self.child, self.start, self.limit)?;
        let took = self.start.elapsed();
        // Whoever inherited the pipe of a killed program may hold it open: so nobody waits for its end.
        let patience = Duration::from_secs(1);
        let bytes = |pipe: Receiver<Vec<u8>>| pipe.recv_timeout(patience).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let (stdout, stderr) = (bytes(self.stdout), bytes(self.stderr));
        let outcome = Outcome { stdout: text(&stdout), stderr: text(&stderr), ended, took };
        Ok((outcome, stdout))
    }
}

/// Looks often at first, since most programs end at once.
fn wait(child: &mut Child, start: Instant, limit: Duration) -> Result<Ended> {
    let failed = |error: std::io::Error| Error::Failed(format!("a program is lost: {error}"));
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(ending(status));
        }
        if start.elapsed() > limit {
            // It may have ended by itself in this moment.
            let _ = child.kill();
            child.wait().map_err(failed)?;
            return Ok(Ended::TimeUp(limit));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

/// How a status reads.
#[must_use]
pub fn ending(status: ExitStatus) -> Ended {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ended::Signal(signal);
    }
    Ended::Code(status.code().unwrap_or(-1))
}

/// Takes all that comes out of a pipe, and counts its lines as they come.
fn collect(mut pipe: impl Read + Send + 'static, lines: Arc<AtomicUsize>) -> Receiver<Vec<u8>> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let (mut bytes, mut chunk) = (Vec::new(), [0; 16 * 1024]);
        // What can't be read is not there; what is too much is thrown away, so that the writer goes on.
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            let news = &chunk[..length];
            bytes.extend(&news[..length.min(MOST_OUTPUT - bytes.len().min(MOST_OUTPUT))]);
            lines.fetch_add(news.iter().filter(|byte| **byte == b'\n').count(), Ordering::Relaxed);
        }
        let _ = tell.send(bytes);
    });
    told
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Outcome {
        run(Command::new("sh").args(["-c", script]), limit).unwrap()
    }

    #[test]
    fn a_program_tells_what_it_printed_and_how_it_ended() {
        let outcome = shell("echo out; echo err >&2; exit 3", Duration::from_secs(10));
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("out\n", "err\n"));
        assert_eq!(outcome.ended, Ended::Code(3));
        assert_eq!(shell("kill -9 $$", Duration::from_secs(10)).ended, Ended::Signal(9));
    }

    #[test]
    fn a_program_is_watched_while_it_runs() {
        let script = "echo one; echo two; read line; echo never";
        let mut started =
            Started::start(Command::new("sh").args(["-c", script]), Duration::from_secs(10))
                .unwrap();
        started.until_lines(2);
        assert_eq!(started.wait().unwrap().stdout, "one\ntwo\nnever\n");
        let mut ended = Started::start(&mut Command::new("true"), Duration::from_secs(10)).unwrap();
        ended.until_lines(2);
        assert_eq!(ended.wait().unwrap().ended, Ended::Code(0));
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let limit = Duration::from_millis(100);
        let outcome = shell("while :; do :; done", limit);
        assert_eq!(outcome.ended, Ended::TimeUp(limit));
    }
}
