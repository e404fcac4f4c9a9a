//! Plays one part after the other, each in a child: for programs and for tests, for schedules and for what is
//! left of them.

use super::{Part, again, tally::End};
use crate::shrink::Record;
use std::{
    env,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write as _},
    path::{Path, PathBuf},
    process::{self, Command, ExitStatus},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

#[cfg(target_os = "linux")]
use super::fork;

/// How a child ended.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only a copy of the process is told how much it may write")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Exit(i32),
    /// Killed, because it ran for too long.
    TimeUp,
    /// Killed, because it wrote too much.
    TooMuch,
    /// Ended by a signal.
    Signal(i32),
}

/// What a child did.
pub(super) struct Played {
    pub(super) part: Part,
    pub(super) ending: Ending,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// What it has written down of itself, where that was asked for.
    pub(super) holds: Vec<u8>,
    pub(super) took: Duration,
}

impl Played {
    pub(super) fn end(&self) -> End {
        End::of(self.ending, &self.stderr)
    }

    /// What it has written down of itself; nothing where it has not come so far.
    pub(super) fn record(&self) -> Record {
        Record::read(&String::from_utf8_lossy(&self.holds)).unwrap_or_default()
    }
}

/// Why somebody who plays parts does not go on.
pub(super) enum Leaves {
    /// It is the copy that is to play this, and has to leave at once.
    AsChild(Part),
    /// No further part can be played.
    Failing(String),
}

/// Which of the two processes this is, after a fork.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "without a fork there is only the parent")
)]
pub(super) enum Fork {
    Child,
    Parent(io::Result<Ending>),
}

/// Plays one part after the other, each in a child.
pub(super) struct Player<A> {
    /// What starts this process again for a part, where it can't be copied.
    again: A,
    /// Where such a child writes down what differs from the plain order.
    kept: PathBuf,
    streams: Streams,
    can_fork: bool,
    /// How long each may take.
    pub(super) limit: Duration,
}

impl<A: Fn(&Part) -> io::Result<Command>> Player<A> {
    /// `beside` are the threads that this process may have beside this one.
    pub(super) fn new(
        limit: Duration,
        beside: &[u32],
        kept: PathBuf,
        again: A,
    ) -> Result<Player<A>, String> {
        let streams = Streams::new().map_err(|error| {
            format!("exploring needs files in {}: {error}", env::temp_dir().display())
        })?;
        Ok(Player { again, kept, streams, can_fork: can_fork(beside), limit })
    }

    pub(super) fn play(&mut self, part: Part) -> Result<Played, Leaves> {
        // What stands in a buffer would be written by each child.
        let _ = io::stdout().flush();
        let begun = Instant::now();
        let fork = match self.can_fork {
            true => forked(&self.streams.printed, self.limit),
            false => Fork::Parent(self.started_again(&part)),
        };
        let Fork::Parent(ending) = fork else {
            let record = part.is_kept.then(|| self.streams.holds.try_clone());
            return Err(Leaves::AsChild(Part { record: record.and_then(Result::ok), ..part }));
        };
        let took = begun.elapsed();
        let [stdout, stderr] = self.streams.printed.each_mut().map(taken);
        let holds = taken(&mut self.streams.holds);
        let ending = ending.map_err(|error| {
            Leaves::Failing(format!("no further schedule can be played: {error}"))
        })?;
        Ok(Played { part, ending, stdout, stderr, holds, took })
    }

    fn started_again(&mut self, part: &Part) -> io::Result<Ending> {
        let ending = again::play((self.again)(part), &self.streams.printed, self.limit);
        if part.is_kept {
            // One that has not come so far has kept nothing.
            let kept = fs::read(&self.kept).unwrap_or_default();
            let _ = fs::remove_file(&self.kept);
            self.streams.holds.write_all(&kept)?;
        }
        ending
    }
}

/// Makes a copy of this process, and waits for its end. Only where it [can fork](can_fork).
#[cfg(target_os = "linux")]
fn forked(printed: &[File; 2], limit: Duration) -> Fork {
    fork::play(printed, limit)
}

#[cfg(not(target_os = "linux"))]
fn forked(_: &[File; 2], _: Duration) -> Fork {
    Fork::Parent(Err(io::ErrorKind::Unsupported.into()))
}

/// Whether a child can be a copy of this process: it has this thread, and at most those beside it that sleep
/// and hold nothing. Others would be missing in the copy, with what they hold.
#[cfg(target_os = "linux")]
fn can_fork(beside: &[u32]) -> bool {
    fork::has_no_thread_but(beside)
}

#[cfg(not(target_os = "linux"))]
fn can_fork(_: &[u32]) -> bool {
    false
}

/// What a status says, where neither a limit nor a signal ended the child.
pub(super) fn exited(status: ExitStatus) -> Ending {
    status.code().map_or(Ending::Signal(0), Ending::Exit)
}

/// What the children write to.
struct Streams {
    /// Their standard output, and their standard error.
    printed: [File; 2],
    /// What differs from the plain order.
    holds: File,
}

impl Streams {
    fn new() -> io::Result<Streams> {
        let printed = [nameless("stdout")?, nameless("stderr")?];
        Ok(Streams { printed, holds: nameless("holds")? })
    }
}

/// What a child has written to a file, which is empty for the next.
fn taken(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A file that can't be read or emptied shows in what is told of the schedule.
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
    if !bytes.is_empty() {
        let _ = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
    }
    bytes
}

/// A path for what is passing. Several tests of one process explore at once, so each call gives another.
pub(super) fn passing(name: &str) -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let nth = NEXT.fetch_add(1, Ordering::Relaxed);
    env::temp_dir().join(format!("rehearsal-{}-{nth}-{name}", process::id()))
}

/// A file that goes when it is closed, where the system lets a file that is open be removed.
fn nameless(stream: &str) -> io::Result<File> {
    let path: &Path = &passing(stream);
    let file = File::options().read(true).write(true).create_new(true).open(path)?;
    fs::remove_file(path)?;
    Ok(file)
}
