//! Running other programs: with a limit of time, and with what they printed.

use crate::{Error, Result};
use std::{
    env,
    io::Read,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

/// More output than this is not kept.
const MOST_OUTPUT: u64 = 4 * 1024 * 1024;

/// Raises the limit of a program's run, for slow machines and for whoever needs it.
const TIME_LIMIT: &str = "HANDOFF_TIME_LIMIT_S";

/// How one program may run before it is killed: the same setting that the tests take.
pub fn time_limit() -> Result<Duration> {
    let Some(text) = env::var(TIME_LIMIT).ok().filter(|text| !text.is_empty()) else {
        return Ok(Duration::from_secs(10));
    };
    let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Error::Input(format!("{TIME_LIMIT} is '{text}': it is a number of seconds in 1..=3600"))
    })
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
    let start = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| {
        Error::Failed(format!("{} can't be started: {error}", command.get_program().display()))
    })?;
    let stdout = collect(child.stdout.take().expect("it is piped"));
    let stderr = collect(child.stderr.take().expect("it is piped"));
    let ended = wait(&mut child, start, limit)?;
    let took = start.elapsed();
    // Whoever inherited the pipe of a killed program may hold it open: so nobody waits for its end.
    let patience = Duration::from_secs(1);
    let text = |pipe: Receiver<Vec<u8>>| {
        let bytes = pipe.recv_timeout(patience).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    };
    Ok(Outcome { stdout: text(stdout), stderr: text(stderr), ended, took })
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

fn collect(pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut pipe = pipe;
        let mut bytes = Vec::new();
        // What can't be read is not there; what is too much is thrown away, so that the writer goes on.
        let _ = pipe.by_ref().take(MOST_OUTPUT).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
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
    fn a_program_that_does_not_end_is_killed() {
        let limit = Duration::from_millis(100);
        let outcome = shell("while :; do :; done", limit);
        assert_eq!(outcome.ended, Ended::TimeUp(limit));
    }
}
