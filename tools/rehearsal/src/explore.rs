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
mod player;
mod shrunk;
mod tally;

pub use door::{Explorer, Sampler, explore};

use crate::{
    settings::{Explore, Settings, refuse},
    tape::Line,
};
pub(crate) use part::Part;
use player::{Ending, Leaves, Played, Player, passing};
use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicBool, Ordering},
};
use tally::Tally;

/// The exit code of a panic.
const PANICKED: i32 = 101;

/// Set in a child of which nobody reads a report: the schedule that is looked at is played once more.
static IS_UNREAD: AtomicBool = AtomicBool::new(false);

/// Whether nobody reads what this process reports of itself.
pub(crate) fn is_unread() -> bool {
    IS_UNREAD.load(Ordering::Relaxed)
}

/// The stage of this process opens for this part.
pub(crate) fn begins(part: &Part) {
    IS_UNREAD.store(!part.is_told, Ordering::Relaxed);
}

/// What this process is to play. Where many parts were asked for, this returns in the children alone.
pub(crate) fn part(settings: &Settings) -> Part {
    match (&settings.shrink, &settings.explore) {
        (Some(shrink), _) => shrunk::shrink_one(settings, shrink),
        (None, Some(explore)) => play_all(settings, explore),
        (None, None) => Part::of(settings),
    }
}

/// Plays all that is asked for, tells how it ended, and ends the process. It returns in the children alone, with
/// what is to be played.
fn play_all(settings: &Settings, explore: &Explore) -> Part {
    let tally = match tally_of(settings, explore) {
        Ok(tally) => tally,
        Err(leaves) => return leaves.into_part(),
    };
    let told = io::stdout().write_all(tally.to_string().as_bytes());
    // `program | head`: the reader has seen enough.
    process::exit(i32::from(told.is_ok() && tally.has_failed()))
}

fn tally_of(settings: &Settings, explore: &Explore) -> Result<Tally, Leaves> {
    let mut player = of_program(settings);
    let mut list = explore.list.as_deref().map(List::create);
    let mut tally = Tally::default();
    for schedule in [None].into_iter().chain(explore.schedules.clone().map(Some)) {
        let played = player.play(Part::of_schedule(schedule))?;
        tally.add(&played);
        if let Some(list) = &mut list {
            list.add(&played, tally.is_failure(&played));
        }
    }
    Ok(tally)
}

/// What plays this program in children. It has one thread still, or it is started again for each.
fn of_program(settings: &Settings) -> Player<impl Fn(&Part) -> io::Result<Command>> {
    let kept = passing("kept");
    let again = {
        let kept = kept.clone();
        move |part: &Part| again::program(part, &kept, settings)
    };
    Player::new(settings.limit, &[], kept, again).unwrap_or_else(|why| refuse(&why))
}

impl Leaves {
    /// In a program, what the copy is to play.
    fn into_part(self) -> Part {
        match self {
            Leaves::AsChild(part) => part,
            Leaves::Failing(why) => {
                eprintln!("error: {why}");
                process::exit(1)
            }
        }
    }
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

    fn add(&mut self, played: &Played, fails: bool) {
        let schedule =
            played.part.schedule.map_or_else(|| "null".to_owned(), |schedule| schedule.to_string());
        let mut line = Line::beginning("schedule", schedule);
        match played.ending {
            Ending::Exit(code) => line.number("exit", code),
            Ending::TimeUp => line.text("killed", "time"),
            Ending::TooMuch => line.text("killed", "output"),
            Ending::Signal(signal) => line.number("signal", signal),
        };
        line.text("stdout", String::from_utf8_lossy(&played.stdout))
            .text("stderr", String::from_utf8_lossy(&played.stderr))
            .text("end", played.end())
            .number("fails", fails);
        self.write(line);
    }

    fn write(&mut self, line: Line) {
        if let Err(error) = self.file.write_all(line.ended().as_bytes()) {
            List::refused(&self.path, &error);
        }
    }
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
