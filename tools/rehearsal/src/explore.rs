//! Many schedules in one go: `--explore A..B`.
//!
//! This process plays nothing itself. Before the stage opens it makes a child for the usual order and one for
//! each schedule, one after the other, and looks at how each of them ends. Where the system can fork, a child
//! is a copy of this process, which has loaded the program and read its flags already; elsewhere it is the
//! program, started again.
//!
//! A child writes what it prints to files of its parent's, writes no report where it is stuck, and knows
//! nothing else of all this.
//!
//! Tests come in by a [`door`] of their own.

mod again;
mod door;
#[cfg(target_os = "linux")]
mod fork;
mod part;
mod shrunk;
mod tally;

pub use door::{Explorer, Sampler, explore};

use crate::{
    settings::{Explore, Settings, refuse},
    tape::Line,
};
pub(crate) use part::Part;
pub(crate) use shrunk::shrink_one;
use std::{
    env,
    ffi::OsStr,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write as _},
    path::{Path, PathBuf},
    process::{self, ExitStatus},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tally::{End, Tally};

/// What this process plays, if it is a child.
static PART: OnceLock<Option<u64>> = OnceLock::new();

/// Whether this is a child, of which nobody reads a report: the schedule that is looked at is played once more.
pub(crate) fn is_on() -> bool {
    PART.get().is_some()
}

/// How a child ended.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "only a copy of the process is told how much it may write")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Exit(i32),
    /// Killed, because it ran for too long.
    TimeUp,
    /// Killed, because it wrote too much.
    TooMuch,
    /// Ended by a signal.
    Signal(i32),
}

/// What a child did.
struct Played {
    /// None for the usual order.
    schedule: Option<u64>,
    ending: Ending,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// What it has written down of itself, where that was asked for.
    holds: Vec<u8>,
}

/// What the children write to.
struct Streams {
    /// Their standard output, and their standard error.
    printed: [File; 2],
    /// What differs from the plain order.
    holds: File,
}

/// Plays all that is asked for, and ends the process. It returns in the children alone, with what is to be
/// played.
pub(crate) fn play_all(settings: &Settings, explore: &Explore) -> Part {
    let mut player = Player::new(settings);
    let mut list = explore.list.as_deref().map(List::create);
    let mut tally = Tally::default();
    for schedule in [None].into_iter().chain(explore.schedules.clone().map(Some)) {
        let played = match player.play(Part { schedule, ..Part::default() }) {
            Side::Child(part) => return part,
            Side::Parent(played) => played,
        };
        if let Some(list) = &mut list {
            list.add(&played);
        }
        tally.add(&played);
    }
    let told = io::stdout().write_all(tally.to_string().as_bytes());
    // `program | head`: the reader has seen enough.
    process::exit(i32::from(told.is_ok() && tally.has_failed()))
}

/// Has this process write no report: it is a child that plays this schedule.
fn plays_as_a_child(schedule: Option<u64>) {
    let _ = PART.set(schedule);
}

/// Which of the two processes this is, after a fork.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "without a fork there is only the parent")
)]
enum Fork {
    Child,
    Parent(io::Result<Ending>),
}

/// Which process this is, after a part was played.
enum Side {
    Child(Part),
    Parent(Played),
}

/// Plays one run after the other, each in a child.
struct Player<'a> {
    settings: &'a Settings,
    streams: Streams,
    can_fork: bool,
    /// How long each may take.
    limit: Duration,
}

impl Player<'_> {
    fn new(settings: &Settings) -> Player<'_> {
        // What stands in a buffer would be written by each child.
        let _ = io::stdout().flush();
        let streams = Streams::new().unwrap_or_else(|error| {
            let folder = env::temp_dir();
            refuse(&format!("exploring needs files in {}: {error}", folder.display()))
        });
        Player { settings, streams, can_fork: can_fork(&[]), limit: settings.limit }
    }

    fn play(&mut self, part: Part) -> Side {
        let schedule = part.schedule;
        let side = if self.can_fork {
            forked(&self.streams, self.limit)
        } else {
            Fork::Parent(again::play_part(&part, &mut self.streams, self.settings, self.limit))
        };
        let Fork::Parent(ending) = side else {
            plays_as_a_child(schedule);
            let holds = part.is_kept.then(|| self.streams.holds.try_clone());
            return Side::Child(Part { record: holds.and_then(Result::ok), ..part });
        };
        let [stdout, stderr] = self.streams.take();
        let holds = taken(&mut self.streams.holds);
        let ending = ending.unwrap_or_else(|error| {
            eprintln!("error: can't explore any further: {error}");
            process::exit(1)
        });
        Side::Parent(Played { schedule, ending, stdout, stderr, holds })
    }
}

/// Makes a copy of this process, and waits for its end. Only where it [can fork](can_fork).
#[cfg(target_os = "linux")]
fn forked(streams: &Streams, limit: Duration) -> Fork {
    fork::play(&streams.printed, limit)
}

#[cfg(not(target_os = "linux"))]
fn forked(_: &Streams, _: Duration) -> Fork {
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

/// The tape of a schedule stands beside that of the usual order: `run.jsonl`, `run.7.jsonl`.
pub(crate) fn tape_of(path: &Path, schedule: Option<u64>) -> PathBuf {
    let Some(schedule) = schedule else { return path.to_owned() };
    let ending = path.extension().and_then(OsStr::to_str);
    path.with_extension(match ending {
        Some(ending) => format!("{schedule}.{ending}"),
        None => schedule.to_string(),
    })
}

impl Streams {
    fn new() -> io::Result<Streams> {
        let printed = [nameless("stdout")?, nameless("stderr")?];
        Ok(Streams { printed, holds: nameless("holds")? })
    }

    /// What a child has printed.
    fn take(&mut self) -> [Vec<u8>; 2] {
        self.printed.each_mut().map(taken)
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

/// A file that goes when it is closed, where the system lets a file that is open be removed.
fn nameless(stream: &str) -> io::Result<File> {
    // Several tests of one process explore at once.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let nth = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = env::temp_dir().join(format!("rehearsal-{}-{nth}-{stream}", process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// What each schedule did, one JSON object a line. It keeps none back: each child would write that too.
struct List {
    path: PathBuf,
    file: File,
}

impl List {
    fn create(path: &Path) -> List {
        let file = File::create(path).unwrap_or_else(|error| List::refused(path, &error));
        List { path: path.to_owned(), file }
    }

    fn refused(path: &Path, error: &io::Error) -> ! {
        let shown = path.display();
        refuse(&format!(
            "invalid value '{shown}' for '--explored <FILE>': it can't be written: {error}"
        ))
    }

    fn add(&mut self, played: &Played) {
        let schedule =
            played.schedule.map_or_else(|| "null".to_owned(), |schedule| schedule.to_string());
        let mut line = Line::beginning("schedule", schedule);
        match played.ending {
            Ending::Exit(code) => line.number("exit", code),
            Ending::TimeUp => line.text("killed", "time"),
            Ending::TooMuch => line.text("killed", "output"),
            Ending::Signal(signal) => line.number("signal", signal),
        };
        line.text("stdout", String::from_utf8_lossy(&played.stdout))
            .text("stderr", String::from_utf8_lossy(&played.stderr));
        self.write(line);
    }

    fn write(&mut self, line: Line) {
        if let Err(error) = self.file.write_all(line.ended().as_bytes()) {
            List::refused(&self.path, &error);
        }
    }
}

/// What a status says, where neither a limit nor a signal ended the child.
fn exited(status: ExitStatus) -> Ending {
    status.code().map_or(Ending::Signal(0), Ending::Exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schedule_has_a_tape_of_its_own() {
        let tape = |path: &str, schedule| tape_of(Path::new(path), schedule);
        assert_eq!(tape("a/run.jsonl", None), Path::new("a/run.jsonl"));
        assert_eq!(tape("a/run.jsonl", Some(7)), Path::new("a/run.7.jsonl"));
        assert_eq!(tape("a.b/run", Some(7)), Path::new("a.b/run.7"));
    }
}
