//! One schedule, told in a sentence: `--shrink N`, and what a test tells of the one that it fails on.

use super::{Leaves, List, Part, Played, Player, of_program, tally::End};
use crate::{
    settings::{Settings, Shrink},
    shrink::{MOST_REPLAYS, Record, Shrunk, shrink},
    tape::Line,
    text,
};
use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    process::{self, Command},
    time::Duration,
};

/// A replay has so long at least, and else twice as long as the failure took.
const REPLAY_LASTS: Duration = Duration::from_secs(3);

/// How a run went wrong, as far as two are alike.
#[derive(PartialEq, Eq)]
struct Failure {
    end: End,
    panics: BTreeSet<String>,
}

impl Failure {
    fn of(played: &Played) -> Failure {
        let stderr = String::from_utf8_lossy(&played.stderr);
        let places = stderr.lines().filter_map(|line| line.split_once(" panicked at "));
        let panics = places.map(|(_, place)| place.to_owned()).collect();
        Failure { end: played.end(), panics }
    }
}

/// What is left of a run that failed, and that has written down what its schedule changes. Nothing where that
/// can't be told. Each replay is begun only as long as `may_go_on` says so.
pub(super) fn shrunk<A: Fn(&Part) -> io::Result<Command>>(
    player: &mut Player<A>,
    failed: &Played,
    may_go_on: impl Fn() -> bool,
) -> Result<Option<Shrunk>, Leaves> {
    let failure = Failure::of(failed);
    player.limit = player.limit.min(failed.took.saturating_mul(2).max(REPLAY_LASTS));
    let mut leaves = None;
    let shrunk = shrink(&failed.record(), MOST_REPLAYS, |token| {
        // In a child the search comes to its end at once, and the child plays.
        if leaves.is_some() || !may_go_on() {
            return None;
        }
        match player.play(Part::held(token)) {
            Ok(played) => (Failure::of(&played) == failure).then(|| played.record()),
            Err(other) => {
                leaves = Some(other);
                None
            }
        }
    });
    match leaves {
        Some(leaves) => Err(leaves),
        None => Ok(shrunk),
    }
}

/// Shrinks a schedule, tells what is left, and ends the process. It returns in the children alone, with what
/// is to be played.
pub(super) fn shrink_one(settings: &Settings, asked: &Shrink) -> Part {
    let mut list = asked.list.as_deref().map(List::create);
    let (failed, shrunk) = match failed_and_shrunk(settings, asked.schedule) {
        Ok(told) => told,
        Err(leaves) => return leaves.into_part(),
    };
    if let Some(list) = &mut list {
        list.write(line(asked.schedule, &failed.record(), shrunk.as_ref()));
    }
    end(&told(asked.schedule, &failed, shrunk.as_ref()), 1)
}

/// A schedule that fails, and what is left of it.
fn failed_and_shrunk(
    settings: &Settings,
    schedule: u64,
) -> Result<(Played, Option<Shrunk>), Leaves> {
    let mut player = of_program(settings);
    let usual = player.play(Part::default())?;
    let failed = player.play(Part::kept(schedule))?;
    if !failed.end().is_failure(Some(&usual.end())) {
        end(&format!("Schedule {schedule} {}: nothing goes wrong.\n", failed.end()), 0);
    }
    let shrunk = shrunk(&mut player, &failed, || true)?;
    Ok((failed, shrunk))
}

fn end(text: &str, code: i32) -> ! {
    // `program | head`: the reader has seen enough.
    let text = text::wrapped(text, text::width_on(&io::stdout()));
    let told = io::stdout().write_all(text.as_bytes());
    process::exit(if told.is_ok() { code } else { 0 })
}

fn told(schedule: u64, failed: &Played, shrunk: Option<&Shrunk>) -> String {
    let end = failed.end();
    let Some(shrunk) = shrunk else {
        return format!(
            "Schedule {schedule} {end}, and no list of preemptions plays that again.\n\n\
             Play it again: --schedule {schedule}\n"
        );
    };
    let before = failed.record().token().preemptions();
    let (left, replays) = (shrunk.token().preemptions(), shrunk.replays());
    format!(
        "Schedule {schedule} {end}. Of {before} preemptions {left} {} left, after {replays} replays.\n\n{}\n\n\
         Play it again: --held '{}'\n",
        if left == 1 { "is" } else { "are" },
        shrunk.sentence(),
        shrunk.token()
    )
}

/// What stands in the file that `--explored` names.
fn line(schedule: u64, failed: &Record, shrunk: Option<&Shrunk>) -> Line {
    let mut line = Line::beginning("schedule", schedule);
    line.number("preemptions_before", failed.token().preemptions());
    if let Some(shrunk) = shrunk {
        let token = shrunk.token();
        line.text("hold", &token)
            .text("sentence", shrunk.sentence())
            .number("preemptions", token.preemptions())
            .number("causes", token.causes.len())
            .number("replays", shrunk.replays());
    }
    line
}
