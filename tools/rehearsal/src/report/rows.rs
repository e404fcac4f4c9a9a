//! One row for each actor: what it waits for, or how it ended.

use super::seconds;
use crate::{
    diagnosis::{Awaited, Diagnosis, Does, HANDLES, Row, Seen, Someone, Story, What},
    place::Place,
    stage::{Ending, Side, Who},
};
use std::fmt::Write as _;

/// More rows than this are summed up, so that a report fits on a screen.
const ROWS: usize = 12;

/// A longer name stands on a line of its own.
const NAME_WIDTH: usize = 24;

pub(super) fn of(diagnosis: &Diagnosis) -> String {
    let many = diagnosis.rows.len() > ROWS;
    let is_told = |row: &&Row| {
        !many || !matches!(row.does, Does::Ended(_, ending) if ending != Ending::Panicked)
    };
    let mut groups: Vec<(Vec<&Row>, String)> = Vec::new();
    for row in diagnosis.rows.iter().filter(is_told) {
        let what = in_words(row);
        match groups.iter_mut().find(|(_, other)| many && *other == what) {
            Some((rows, _)) => rows.push(row),
            None => groups.push((vec![row], what)),
        }
    }
    let told: usize = groups.iter().map(|(rows, _)| rows.len()).sum();
    let named = |(rows, what): (Vec<&Row>, String)| {
        let all: Vec<&Who> = rows.iter().map(|row| &row.who).collect();
        match rows.as_slice() {
            // What has ended is told in the past, which needs no "each".
            [first, _, ..] if !matches!(first.does, Does::Ended(..)) => {
                (together(&all), format!("each {what}"))
            }
            _ => (together(&all), what),
        }
    };
    let mut text = aligned(groups.into_iter().map(named).collect());
    let ended = diagnosis.rows.len() - told + diagnosis.forgotten;
    if ended > 0 {
        let _ = writeln!(text, "  ({ended} more have ended)");
    }
    text
}

/// Names on the left, what is said of them on the right.
fn aligned(rows: Vec<(String, String)>) -> String {
    let widths = rows.iter().map(|(name, _)| name.chars().count());
    let width = widths.filter(|width| *width <= NAME_WIDTH).max().unwrap_or(0);
    let indent = format!("\n{}", " ".repeat(width + 4));
    let mut text = String::new();
    for (name, what) in rows {
        let what = what.replace('\n', &indent);
        let gap = if name.chars().count() > NAME_WIDTH { &indent } else { "  " };
        let _ = writeln!(text, "  {name:width$}{gap}{what}");
    }
    text
}

/// More spawn places than this are not told one by one.
const PLACES: usize = 4;

/// Names several actors in few words: `Worker-1 … Worker-9 (9 of them)`.
///
/// A range stands for those of one spawn place only: between others, nobody could tell who is in it.
pub(super) fn together(all: &[&Who]) -> String {
    match all {
        [] => return String::new(),
        [one] => return one.title(),
        [one, two] => return format!("{}, {}", one.title(), two.title()),
        _ => {}
    }
    let mut crews: Vec<Vec<&Who>> = Vec::new();
    for who in all {
        let of_one_crew =
            |crew: &&mut Vec<&Who>| crew[0].spawned == who.spawned && crew[0].kind == who.kind;
        match crews.iter_mut().find(of_one_crew) {
            Some(crew) => crew.push(who),
            None => crews.push(vec![who]),
        }
    }
    let mut names: Vec<String> = crews.iter().take(PLACES).map(|crew| crew_name(crew)).collect();
    let untold: usize = crews.iter().skip(PLACES).map(Vec::len).sum();
    match names.as_mut_slice() {
        _ if untold > 0 => names.push(format!("{untold} more")),
        [_] => return names.remove(0),
        _ => {}
    }
    let last = names.pop().expect("there are several");
    format!("{}, and {last}", names.join(", "))
}

/// Names those that were spawned at one place.
fn crew_name(crew: &[&Who]) -> String {
    let named: Vec<String> = crew.iter().filter_map(|who| who.name.clone()).collect();
    let spawned = || {
        format!("{} {}s spawned at {}", crew.len(), crew[0].kind.name(), crew[0].spawned.spoken())
    };
    match (named.as_slice(), crew) {
        (_, [one]) => one.title(),
        ([one, two], [_, _]) => format!("{one}, {two}"),
        ([first, .., last], _) if named.len() == crew.len() => {
            format!("{first} … {last} ({} of them)", crew.len())
        }
        ([], _) => spawned(),
        ([first, ..], _) => format!("{} ({first} among them)", spawned()),
    }
}

fn in_words(row: &Row) -> String {
    let last = || row.last.map(|place| format!(", last heard of at {place}")).unwrap_or_default();
    match &row.does {
        Does::Ended(at, ending) => format!("{} at {}", ending.name(), seconds(*at)),
        Does::Spins(place, what) => format!("asks again and again at {place}, in {what}"),
        Does::IsHeldUp => format!("is held up with the runtime{}", last()),
        Does::WaitsUnseen => format!("waits for something the rehearsal can't see{}", last()),
        Does::IsReady => format!("is ready to go on{}", last()),
        Does::Waits { waits, holds_up } => {
            let mut waits: Vec<String> = waits.iter().map(waits_for).collect();
            if *holds_up {
                waits.push(
                    "and holds up the whole runtime: this call blocks, where a task should await"
                        .to_owned(),
                );
            }
            waits.join("\n")
        }
    }
}

fn name(who: &Someone) -> String {
    who.as_ref().map_or_else(|| "one that has ended".to_owned(), Who::title)
}

fn waits_for(wait: &Awaited) -> String {
    let place = wait.place;
    match &wait.what {
        What::Queue { call, side, queue } => {
            format!("waits at {place} in {call}: {}", queue_state(queue.as_ref(), *side, place))
        }
        What::Select(arms) => {
            let arms = arms.iter().map(|(side, queue)| {
                let word = if *side == Side::Sending { "send" } else { "recv" };
                format!("\n{word}: {}", queue_state(queue.as_ref(), *side, place))
            });
            format!(
                "waits at {place} in select, where no arm can go on:{}",
                arms.collect::<String>()
            )
        }
        What::Lock(call, Some((holder, locked))) => format!(
            "waits at {place} in {call}: {} has locked it at {}",
            name(holder),
            locked.beside(place)
        ),
        What::Lock(call, None) => format!("waits at {place} in {call}"),
        What::Signal => {
            format!("waits at {place} in the wait() of a Condvar: nobody is left to notify it")
        }
        What::Park => format!("waits at {place} in park(): nobody is left to unpark it"),
        What::Future => format!("waits at {place} in block_on(), for a future that nobody wakes"),
        What::End(one) => format!("waits at {place} for the end of {}", name(one)),
        What::NextEnd(open) => next_end(place, &open.iter().map(name).collect::<Vec<_>>()),
        What::Scope(open) => {
            let open: Vec<String> = open.iter().map(name).collect();
            format!("waits at {place} at the end of thread::scope, for {}", open.join(", "))
        }
        What::LeftBehind(open) => {
            let open: Vec<String> = open.iter().map(name).collect();
            format!("has come to its end, and has left behind {}", open.join(", "))
        }
        What::Sleep => format!("sleeps at {place}"),
        What::Timer(call) => format!(
            "waits at {place} in {call}: its messages come from the clock, and none will come"
        ),
        What::Core => format!("waits at {place} for a core that is free"),
        What::Spin(what) => format!("tries again and again at {place}, in {what}"),
        What::Closed(Some(queue)) => format!(
            "waits at {place} in closed(): the queue made at {} is open,\n{}",
            queue.made.beside(place),
            handles_left(queue, "receiver", place)
        ),
        What::Closed(None) => format!("waits at {place} in closed()"),
        What::Unmirrored(words) => format!("waits {words}"),
    }
}

fn next_end(place: Place, open: &[String]) -> String {
    match open {
        [one] => format!("waits at {place} for the end of {one}"),
        [first, .., last] if open.len() > 4 => {
            format!("waits at {place} for the end of one of {first} … {last} ({})", open.len())
        }
        _ => format!("waits at {place} for the end of one of {}", open.join(", ")),
    }
}

/// Why a receiver finds nothing, or a sender no room.
fn queue_state(queue: Option<&Seen>, side: Side, beside: Place) -> String {
    let Some(queue) = queue else { return "its other side is gone".to_owned() };
    let made = queue.made.beside(beside);
    let (what, noun) = match (side, queue.capacity) {
        (Side::Receiving, _) => (format!("the queue made at {made} is empty"), "sender"),
        (Side::Sending, Some(0)) => (
            format!("the queue made at {made} holds nothing, each send needs a receive"),
            "receiver",
        ),
        (Side::Sending, capacity) => {
            let capacity = capacity.unwrap_or(queue.len);
            (format!("the queue made at {made} is full ({capacity})"), "receiver")
        }
    };
    format!("{what},\n{}", handles_left(queue, noun, beside))
}

/// `but 1 sender still exists (cloned at line 57, never used)`.
fn handles_left(queue: &Seen, noun: &str, beside: Place) -> String {
    let mut stories: Vec<String> =
        queue.stories.iter().map(|story| handle_story(story, beside)).collect();
    stories.dedup();
    let more = match stories.len().saturating_sub(3) {
        _ if queue.others > HANDLES => "; and more".to_owned(),
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    stories.truncate(3);
    match queue.others {
        0 => format!("and no {noun} is left"),
        1 => format!("but 1 {noun} still exists ({})", stories[0]),
        n => format!("but {n} {noun}s still exist ({}{more})", stories.join("; ")),
    }
}

/// `cloned at line 57, last used by Producer at line 40`.
fn handle_story(story: &Story, beside: Place) -> String {
    let verb = if story.cloned { "cloned" } else { "made" };
    // Of a Vec that was cloned, the place would be a line of std's.
    let made = match story.made.is_of_std() {
        true => format!("{verb} with what holds it"),
        false => format!("{verb} at {}", story.made.beside(beside)),
    };
    match &story.used {
        None => format!("{made}, never used"),
        Some((by, at)) => format!("{made}, last used by {} at {}", name(by), at.beside(beside)),
    }
}
