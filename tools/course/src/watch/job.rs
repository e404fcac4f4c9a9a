//! What runs while somebody watches: a check, or the program. It may hang or flood: nobody waits for it.

use crate::{Error, Result, leash};
use std::{
    collections::VecDeque,
    fs,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// So many bytes of a line are kept.
const LONGEST_LINE: u64 = 8 << 20;

/// How long the last words of a job are waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// So many lines of a program are kept.
const MOST_LINES: usize = 300;

/// Runs until it ends or is dropped.
#[derive(Debug)]
pub(super) struct Job {
    child: Option<Child>,
    /// Removed where it is ended before its own end.
    leaves: Option<PathBuf>,
    output: Arc<Mutex<Output>>,
    readers: Vec<JoinHandle<()>>,
}

/// What came since somebody looked, and how many lines were too many to keep.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) stdout: VecDeque<String>,
    pub(super) stderr: VecDeque<String>,
}

impl Job {
    pub(super) fn start(command: &mut Command) -> Result<Job> {
        leash::held(command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| Error::Failed(format!("it can't be started: {error}")))?;
        let output = Arc::new(Mutex::new(Output::default()));
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let to_stdout = |output: &mut Output, line| keep(&mut output.stdout, line);
        let to_stderr = |output: &mut Output, line| keep(&mut output.stderr, line);
        let readers = vec![
            collect(out.expect("it is piped"), &output, to_stdout),
            collect(err.expect("it is piped"), &output, to_stderr),
        ];
        Ok(Job { child: Some(child), leaves: None, output, readers })
    }

    /// The same, where it may leave a file that goes by the number of its process.
    pub(super) fn leaving(mut self, file: impl FnOnce(u32) -> PathBuf) -> Job {
        self.leaves = self.child.as_ref().map(|child| file(child.id()));
        self
    }

    /// What came since the last look.
    pub(super) fn news(&self) -> Output {
        std::mem::take(&mut *self.output.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How it ended, if it has. All that it printed has come by then, unless somebody else holds its pipes.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        if !leash::has_ended(self.child.as_mut()?) {
            return None;
        }
        // Whoever it has left behind ends too, and with them the other ends of its pipes.
        let status = leash::end(self.child.take()?).ok()?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE && !self.readers.iter().all(JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(1));
        }
        Some(status)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            let _ = leash::end(child);
            // It may not be there yet, or not any more.
            let _ = self.leaves.take().map(fs::remove_file);
        }
    }
}

fn keep(lines: &mut VecDeque<String>, line: String) {
    if lines.len() == MOST_LINES {
        lines.pop_front();
    }
    lines.push_back(line);
}

/// Takes the lines of a pipe as they come.
fn collect(
    pipe: impl Read + Send + 'static,
    output: &Arc<Mutex<Output>>,
    keep: impl Fn(&mut Output, String) + Send + 'static,
) -> JoinHandle<()> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(1..) = (&mut pipe).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            keep(&mut output.lock().unwrap_or_else(PoisonError::into_inner), text);
            line.clear();
        }
    })
}
