//! One schedule, told in a sentence: `--shrink N`.

use super::{List, Part, Played, Player, Side, tally::End};
use crate::{
    settings::{Settings, Shrink},
    shrink::{MOST_REPLAYS, Record, Shrunk, shrink},
    tape::Line,
    text,
};
use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    process,
    time::Duration,
};

/// A replay has this long at most, where the failure itself is none of taking too long.
const MOST_TIME: Duration = Duration::from_secs(3);

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
        Failure { end: End::of(played), panics }
    }
}

/// Shrinks a schedule, tells what is left, and ends the process. It returns in the children alone, with what
/// is to be played.
pub(crate) fn shrink_one(settings: &Settings, asked: &Shrink) -> Part {
    let mut player = Player::new(settings);
    let mut list = asked.list.as_deref().map(List::create);
    let mut play = |part: Part| match player.play(part) {
        Side::Child(part) => Err(part),
        Side::Parent(played) => Ok((Failure::of(&played), played)),
    };
    let (usual, _) = match play(Part::default()) {
        Ok(usual) => usual,
        Err(child) => return child,
    };
    let schedule = Part { schedule: Some(asked.schedule), is_kept: true, ..Part::default() };
    let (failure, played) = match play(schedule) {
        Ok(failed) => failed,
        Err(child) => return child,
    };
    if !failure.end.is_failure(Some(&usual.end)) {
        end(&format!("Schedule {} {}: nothing goes wrong.\n", asked.schedule, failure.end), 0);
    }
    if !failure.end.is_time_up() {
        player.limit = player.limit.min(MOST_TIME);
    }
    let failed = played.record();
    let mut child = None;
    let shrunk = shrink(&failed, MOST_REPLAYS, |token| {
        // In a child the search comes to its end at once, and the child plays.
        if child.is_some() {
            return None;
        }
        let part = Part { hold: Some(token.clone()), is_kept: true, ..Part::default() };
        match player.play(part) {
            Side::Child(part) => {
                child = Some(part);
                None
            }
            Side::Parent(played) => (Failure::of(&played) == failure).then(|| played.record()),
        }
    });
    if let Some(child) = child {
        return child;
    }
    if let Some(list) = &mut list {
        list.write(line(asked.schedule, &failed, shrunk.as_ref()));
    }
    end(&told(asked.schedule, &failure, &failed, shrunk.as_ref()), 1)
}

impl Played {
    /// What a run has written down of itself; nothing where it has not come so far.
    fn record(&self) -> Record {
        Record::read(&String::from_utf8_lossy(&self.holds)).unwrap_or_default()
    }
}

fn end(text: &str, code: i32) -> ! {
    // `program | head`: the reader has seen enough.
    let text = text::wrapped(text, text::width_on(&io::stdout()));
    let told = io::stdout().write_all(text.as_bytes());
    process::exit(if told.is_ok() { code } else { 0 })
}

fn told(schedule: u64, failure: &Failure, failed: &Record, shrunk: Option<&Shrunk>) -> String {
    let end = &failure.end;
    let Some(shrunk) = shrunk else {
        return format!(
            "Schedule {schedule} {end}, and no list of preemptions plays that again.\n\n\
             Play it again: --schedule {schedule}\n"
        );
    };
    let before = failed.token().preemptions();
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
