//! How the rules look at dead letters: what is listed, what has no room, and what comes back.

use super::account::{Account, Attempt, Item};
use super::plan::Ending;
use super::rules::word;
use exam::Line;
use exam::referee::facts::{printed, seconds};
use exam::referee::{Verdict, require};
use std::collections::BTreeSet;

pub(super) fn letters_with_room_are_listed(run: &Account) -> Verdict {
    let Some(stop) = run.stop else { return Ok(()) };
    let room = run.flags.room.unwrap_or_default();
    let named = |item: u64| run.lines.full.iter().any(|line| line.get("item") == item.to_string());
    let (listed, should) = (listed(run), format!("list the {room} dead letters that found room"));
    let had_room = |item: &u64| {
        run.deaths.iter().any(|(at, dead)| dead == item && *at <= stop) && !named(*item)
    };
    let must_be = run.deaths.iter().filter(|(at, _)| *at < stop);
    require(
        listed.len() == room
            && listed.iter().all(had_room)
            && must_be.into_iter().all(|(_, item)| listed.contains(item))
            && listed.is_sorted_by(|one, other| one < other),
        format!("{should}, in the order of the items"),
        format!("listed {}", names(&listed)),
    )?;
    let ends = run.end();
    for (_, line) in &run.lines.letters {
        let full = run.lines.full.iter().find(|line| line.at() == stop).map(|line| line.place);
        require(
            (stop..=ends).contains(&line.at()) && Some(line.place) > full,
            format!("{should} after it is told that there is none, and go on with nothing else"),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn dead_letters_are_listed(run: &Account) -> Verdict {
    if run.stop.is_some() {
        return Ok(());
    }
    let (listed, dead) = (listed(run), run.dead().into_iter().collect::<Vec<_>>());
    require(
        listed == dead,
        format!("list as dead letters, in this order: {}", names(&dead)),
        match listed.iter().zip(&dead).find(|(listed, dead)| listed != dead) {
            Some((listed, dead)) => format!("listed item_{listed} where item_{dead} was next"),
            None => format!("listed {}", names(&listed)),
        },
    )?;
    let over = run.over(0).unwrap_or_default();
    for (_, line) in &run.lines.letters {
        require(
            line.at() == over,
            format!("list the dead letters when all jobs are finished, at {}", seconds(over)),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn letters_tell_what_happened(run: &Account) -> Verdict {
    for (number, line) in &run.lines.letters {
        let item = run.items.iter().find(|item| item.number == *number);
        let Some(tried) = item.map(|item| &item.rounds[0]).filter(|tried| !tried.is_empty()) else {
            continue;
        };
        let times: Vec<String> =
            tried.iter().map(|made| format!("{:.3}", made.span.to.as_secs_f64())).collect();
        let (reason, count) = (word(tried[tried.len() - 1].ending), tried.len().to_string());
        let times = times.join(", ");
        let story = run.lines.stories.iter().find(|story| story.place == line.place);
        let is_right = story.is_some_and(|story| {
            story.get("item") == number.to_string()
                && story.get("reason") == reason
                && story.get("n") == count
                && story.get("times") == times
        });
        let wanted = format!(
            "Dead letter: item_{number} ({reason}; attempts: {count}; failed at {times} s)"
        );
        require(is_right, format!("print `{wanted}`"), printed(line))?;
    }
    Ok(())
}

pub(super) fn letters_come_back_together(run: &Account) -> Verdict {
    let Some(back) = run.over(0).filter(|_| run.flags.redrives && run.stop.is_none()) else {
        return Ok(());
    };
    let firsts: Vec<&Attempt> =
        run.items.iter().filter_map(|item| item.rounds[1].first()).collect();
    let (at_once, workers) = (run.flags.workers.min(firsts.len()), run.flags.workers);
    let begun = firsts.iter().filter(|attempt| attempt.span.from == back).count();
    require(
        begun == at_once,
        format!(
            "begin {at_once} of {} letters at {}, when the first round is over: there are {workers} workers",
            firsts.len(),
            seconds(back)
        ),
        format!("began {begun}"),
    )?;
    let list = run.lines.letters.last().map_or(0, |(_, line)| line.place);
    for attempt in run.items.iter().flat_map(|item| &item.rounds[1]) {
        let line = attempt.begin.as_ref().unwrap_or(&attempt.end);
        require(
            attempt.span.from >= back && line.place > list,
            "put the letters back when they are listed",
            format!("printed `{}` before", line.text),
        )?;
    }
    Ok(())
}

pub(super) fn it_is_told_what_became_of_each_letter(run: &Account) -> Verdict {
    let begun = |line: &&Line| line.text.starts_with("Redriven");
    let told: Vec<&Line> = run.lines.all.iter().filter(begun).collect();
    let second = run.flags.redrives && run.stop.is_none();
    let letters = run.dead().into_iter().filter(|_| second).collect::<Vec<_>>();
    if run.stop.is_some() {
        return Ok(());
    }
    require(
        told.len() == letters.len() && run.lines.redriven.len() == letters.len(),
        format!("print {} lines that begin with \"Redriven\"", letters.len()),
        match told.iter().find(|line| run.lines.redriven.iter().all(|it| it.place != line.place)) {
            Some(strange) => printed(strange),
            None => format!("printed {}", told.len()),
        },
    )?;
    let over = run.over(1).unwrap_or_default();
    for (line, number) in run.lines.redriven.iter().zip(letters) {
        let item = run.items.iter().find(|item| item.number == number);
        let last = item.and_then(|item| item.rounds[1].last());
        let works = last.is_some_and(|last| last.ending == Ending::Processed);
        let fate = if works { "processed" } else { "dead again" };
        require(
            line.get("item") == number.to_string() && line.get("fate") == fate,
            format!("print `Redriven: item_{number} {fate}`"),
            printed(line),
        )?;
        require(
            line.at() == over,
            format!("tell what became of the letters when all are finished, at {}", seconds(over)),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn the_program_stops(run: &Account) -> Verdict {
    let Some(stop) = run.stop else {
        let line = run.lines.full.first();
        return require(
            line.is_none(),
            "find room for each dead letter",
            line.map_or(String::new(), printed),
        );
    };
    let room = run.flags.room.unwrap_or_default();
    let name = |item: &u64| format!("item_{item}");
    let at_stop = run.deaths.iter().filter(|(at, _)| *at == stop).map(|(_, item)| name(item));
    let should = format!(
        "say at {} that the dead-letter queue is full: it holds {room} when {} dies",
        seconds(stop),
        at_stop.collect::<Vec<_>>().join(" or ")
    );
    let mut named = BTreeSet::new();
    for line in &run.lines.full {
        let item = line.get("item").parse().unwrap_or(0);
        let is_right = run.deaths.iter().any(|(at, dead)| {
            *dead == item && *at == line.at() && *at >= stop && named.insert(item)
        });
        require(is_right, &should, printed(line))?;
    }
    let is_told = run.lines.full.iter().any(|line| line.at() == stop);
    require(is_told, should, "said nothing of the kind")?;
    let tried = run.items.iter().flat_map(Item::attempts);
    let later = tried.filter(|attempt| attempt.span.from > stop).min_by_key(|made| made.span.from);
    let begun = run.lines.retrying.iter().find(|line| line.at() > stop);
    let did = later.map(|made| {
        let (number, item, from) = (made.number, made.item, seconds(made.span.from));
        format!("began attempt {number} of item_{item} at {from}")
    });
    let did = did.or(begun.map(printed));
    require(
        did.is_none(),
        format!("begin no attempt after {}, when a dead letter found no room", seconds(stop)),
        did.unwrap_or_default(),
    )
}

fn listed(run: &Account) -> Vec<u64> {
    run.lines.letters.iter().map(|(item, _)| *item).collect()
}

/// The first few of many.
fn names(items: &[u64]) -> String {
    const SHOWN: usize = 8;
    let named: Vec<String> = items.iter().take(SHOWN).map(|item| format!("item_{item}")).collect();
    match items.len() {
        0 => "none".to_owned(),
        count if count > SHOWN => format!("{} … ({count} in all)", named.join(", ")),
        _ => named.join(", "),
    }
}
