//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, Attempt, Ending, Item};
use exam::referee::facts::{exits, printed, seconds};
use exam::referee::{Fault, Verdict, require};
use exam::{Line, most_at_once};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) fn each_job_is_added_once(run: &Account) -> Verdict {
    let added: Vec<&str> = run.lines.added.iter().map(|line| line.get("item")).collect();
    let wanted: Vec<String> = run.items.iter().map(|item| item.number.to_string()).collect();
    let wrong = added.iter().zip(&wanted).find(|(added, wanted)| added != wanted);
    require(
        added == wanted || run.stop.is_some() && wrong.is_none() && added.len() <= wanted.len(),
        format!("add {} jobs, each once and in the order of their numbers", wanted.len()),
        match wrong {
            Some((added, wanted)) => format!("added item_{added} where item_{wanted} was next"),
            None => format!("added {}", added.len()),
        },
    )
}

pub(super) fn malformed_items_are_not_retried(run: &Account) -> Verdict {
    for item in run.items.iter().filter(|item| item.expected[0] == [Ending::Malformed]) {
        for round in &item.rounds {
            require(
                round.len() <= 1,
                format!("give {} up after its first attempt, because it is malformed", item.name()),
                format!("tried it {} times", round.len()),
            )?;
        }
    }
    Ok(())
}

pub(super) fn each_job_has_its_attempts(run: &Account) -> Verdict {
    if let Some(line) = run.strange.first() {
        return Err(Fault::new(
            "print what an attempt has to say when there is one, and as the brief has it",
            printed(line),
        ));
    }
    for item in &run.items {
        let [first, second] = &item.rounds;
        has_attempts(run, item, "", first, &item.expected[0])?;
        let is_letter = run.flags.redrives && run.dead().contains(&item.number);
        let expected = if is_letter && run.stop.is_none() { &*item.expected[1] } else { &[] };
        has_attempts(run, item, " in the second round", second, expected)?;
    }
    Ok(())
}

fn has_attempts(
    run: &Account,
    item: &Item,
    round: &str,
    made: &[Attempt],
    expected: &[Ending],
) -> Verdict {
    let tried: Vec<(u64, Ending)> = made.iter().map(|made| (made.number, made.ending)).collect();
    let wanted: Vec<(u64, Ending)> = (1..).zip(expected.iter().copied()).collect();
    let is_cut_off = run.stop.is_some() && wanted.starts_with(&tried);
    // Whether a malformed item is retried is the matter of Fix 1.
    let is_given_up = !run.flags.knows_malformed
        && tried == [(1, Ending::Malformed)]
        && wanted.starts_with(&tried);
    require(
        tried == wanted || is_cut_off || is_given_up,
        format!("try {}{round}: {}", item.name(), story(&wanted)),
        format!("tried it: {}", story(&tried)),
    )
}

fn story(attempts: &[(u64, Ending)]) -> String {
    const SHOWN: usize = 6;
    let told = |(number, ending): &(u64, Ending)| format!("attempt {number} {}", word(*ending));
    match attempts {
        [] => "never".to_owned(),
        [shown @ .., last] if attempts.len() > SHOWN => {
            let shown: Vec<String> = shown[..SHOWN - 2].iter().map(told).collect();
            format!("{} … {}", shown.join(", "), told(last))
        }
        all => all.iter().map(told).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn each_attempt_takes_its_time(run: &Account) -> Verdict {
    for attempt in run.items.iter().flat_map(Item::attempts) {
        require(
            attempt.has_slept,
            format!(
                "try item_{} for {} before its end is told",
                attempt.item,
                seconds(attempt.time)
            ),
            format!(
                "printed `{}` at {}, and nobody had tried it for so long",
                attempt.end.text,
                seconds(attempt.end.at())
            ),
        )?;
    }
    Ok(())
}

pub(super) fn the_beginning_of_a_retry_is_told(run: &Account) -> Verdict {
    for attempt in run.items.iter().flat_map(Item::attempts) {
        let (number, item) = (attempt.number, attempt.item);
        let Some(begin) = &attempt.begin else {
            require(
                number == 1,
                format!("print \"Retrying: item_{item}\" when attempt {number} begins"),
                format!("printed `{}` alone", attempt.end.text),
            )?;
            continue;
        };
        require(number > 1, "print no \"Retrying\" for a first attempt", printed(begin))?;
        require(
            begin.at() == attempt.span.from,
            format!(
                "print \"Retrying: item_{item}\" when attempt {number} begins, at {}",
                seconds(attempt.span.from)
            ),
            printed(begin),
        )?;
        require(
            begin.get("w") == attempt.end.get("w"),
            "let the worker that begins an attempt end it",
            format!("printed `{}` and then `{}`", begin.text, attempt.end.text),
        )?;
    }
    Ok(())
}

pub(super) fn lines_tell_when(run: &Account) -> Verdict {
    let ends = run.items.iter().flat_map(Item::attempts).map(|attempt| &attempt.end);
    for line in ends.chain(&run.lines.retrying) {
        let instant = format!("{:.3}", line.at().as_secs_f64());
        require(
            line.get("s") == instant,
            format!("say that it was at {instant} s, when the line is printed"),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn the_pool_has_its_size(run: &Account) -> Verdict {
    let workers = run.flags.workers;
    let mut spans: BTreeMap<u64, Vec<(Duration, Duration)>> = BTreeMap::new();
    for attempt in run.items.iter().flat_map(Item::attempts) {
        require(
            (1..=workers as u64).contains(&attempt.worker),
            format!("have {workers} workers"),
            printed(&attempt.end),
        )?;
        spans.entry(attempt.worker).or_default().push((attempt.span.from, attempt.span.to));
    }
    if let Some((at, count)) = run.at_work.iter().find(|(_, count)| **count > workers) {
        return Err(Fault::new(
            format!("try no more than {workers} jobs at one time"),
            format!("tried {count} at {}", seconds(*at)),
        ));
    }
    for (worker, spans) in spans {
        let most = most_at_once(spans.into_iter());
        require(
            most <= 1,
            "let each worker do one thing at a time",
            format!("had Worker-{worker} at {most} at once"),
        )?;
    }
    Ok(())
}

pub(super) fn the_queue_holds_its_capacity(run: &Account) -> Verdict {
    let capacity = run.flags.capacity;
    let should = format!("let no more than {capacity} new jobs be in the queue");
    if let Some(depth) = run.depth {
        require(depth <= capacity, &should, format!("had {depth} in it"))?;
    }
    // Whoever says "Added" a moment too early, or holds one job in hand, is right too.
    for at in run.items.iter().filter_map(|item| item.added) {
        let waits = |item: &&Item| {
            item.added.is_some_and(|added| added <= at)
                && item.begun().map_or(run.stop.is_none(), |begun| at < begun)
        };
        let waiting = run.items.iter().filter(waits).count();
        require(
            waiting <= capacity + 2,
            &should,
            format!("let {waiting} wait at {}", seconds(at)),
        )?;
    }
    Ok(())
}

pub(super) fn the_producer_waits_for_room_alone(run: &Account) -> Verdict {
    let mut since = Duration::ZERO;
    for item in &run.items {
        let Some(added) = item.added else { return Ok(()) };
        if !run.flags.is_full && item.looked.is_none() {
            return Err(Fault::new(
                format!("look {} for {} before it is added", seconds(item.pause), item.name()),
                format!("added it at {} without", seconds(added)),
            ));
        }
        let gaps = match item.looked {
            Some(looked) => [(since, looked.from), (looked.to, added)],
            None => [(since, added), (added, added)],
        };
        for (from, to) in gaps.into_iter().filter(|(from, to)| from < to) {
            for at in run.instants(from, to) {
                // Retries may lie in the same queue, and may do so while their pause lasts.
                let waiting = run.items.iter().filter(|item| item.is_elsewhere_at(at)).count();
                require(
                    waiting >= run.flags.capacity,
                    format!(
                        "let the producer go on at {}, when {waiting} jobs wait and the queue holds {}",
                        seconds(at),
                        run.flags.capacity
                    ),
                    format!(
                        "kept it waiting until {}, before it added {}",
                        seconds(to),
                        item.name()
                    ),
                )?;
            }
        }
        since = added;
    }
    Ok(())
}

pub(super) fn pauses_double(run: &Account) -> Verdict {
    pauses_at_least(run, |attempt| run.flags.backoff(attempt.item, attempt.number))
}

pub(super) fn pauses_stay(run: &Account) -> Verdict {
    pauses_at_least(run, |attempt| run.flags.least(attempt.item, attempt.number))
}

fn pauses_at_least(run: &Account, least: impl Fn(&Attempt) -> Duration) -> Verdict {
    for pair in run.items.iter().flat_map(|item| &item.rounds).flat_map(|round| round.windows(2)) {
        let (failed, next) = (&pair[0], &pair[1]);
        let pause = next.span.from.saturating_sub(failed.span.to);
        require(
            pause >= least(failed),
            format!(
                "wait {} or more after attempt {} of item_{} has failed",
                seconds(least(failed)),
                failed.number,
                failed.item
            ),
            format!(
                "waited {}, from {} to {}",
                seconds(pause),
                seconds(failed.span.to),
                seconds(next.span.from)
            ),
        )?;
    }
    Ok(())
}

pub(super) fn no_worker_is_idle(run: &Account) -> Verdict {
    // The workers of the starter sleep through the pauses. Under a schedule, a program that is on its way to
    // stop may leave some.
    if !run.flags.backs_off || run.stop.is_some() && run.flags.is_stretched {
        return Ok(());
    }
    let back = run.over(0);
    for item in &run.items {
        for (round, attempts) in item.rounds.iter().enumerate() {
            let ready = if round == 0 { item.added } else { back };
            let first = attempts.first().map(|attempt| attempt.span.from);
            if round == 0 || first.is_some() {
                is_tried_in_time(run, item, ready, first)?;
            }
            for (place, attempt) in attempts.iter().enumerate() {
                let next = attempts.get(place + 1).map(|next| next.span.from);
                if place + 1 < item.expected[round].len() {
                    is_tried_in_time(run, item, attempt.due, next)?;
                }
            }
        }
    }
    Ok(())
}

/// Whether all workers are at work from the moment when an attempt may be made until it begins, or the program stops.
fn is_tried_in_time(
    run: &Account,
    item: &Item,
    ready: Option<Duration>,
    begun: Option<Duration>,
) -> Verdict {
    let until = begun.or(run.cut_off(item.number)).into_iter().chain(run.stop).min();
    let (Some(ready), Some(until)) = (ready, until) else { return Ok(()) };
    if ready >= until {
        return Ok(());
    }
    for at in run.instants(ready, until) {
        let (busy, workers) = (run.at_work(at), run.flags.workers);
        require(
            busy >= workers,
            format!("let a free worker try {} at {}", item.name(), seconds(at)),
            format!(
                "let it wait from {} to {}, with {busy} of {workers} workers at work",
                seconds(ready),
                seconds(until)
            ),
        )?;
    }
    Ok(())
}

pub(super) fn nobody_polls(run: &Account) -> Verdict {
    let poll = run.polls.first();
    require(
        poll.is_none(),
        "sleep until something happens, or until a pause is over",
        poll.map_or("", String::as_str),
    )
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

pub(super) fn the_last_line_counts(run: &Account) -> Verdict {
    if run.stop.is_some() {
        return Ok(());
    }
    let line = summary(run)?;
    let last = |item: &Item| item.attempts().last().map(|attempt| attempt.ending);
    let processed = run.items.iter().filter(|item| last(item) == Some(Ending::Processed)).count();
    let dead = run.items.len() - processed;
    require(
        line.get("jobs") == processed.to_string() && line.get("dead") == dead.to_string(),
        format!("count {processed} processed jobs and {dead} dead letters"),
        printed(line),
    )?;
    let behind = run.lines.all.last().filter(|last| last.place > line.place);
    require(
        behind.is_none(),
        format!("print `{}` last", line.text),
        behind.map_or(String::new(), |behind| format!("printed `{}` after it", behind.text)),
    )
}

pub(super) fn it_ends_with_the_last_job(run: &Account) -> Verdict {
    if run.stop.is_some() {
        return Ok(());
    }
    let line = summary(run)?;
    require(
        line.at() == run.end(),
        format!("end at {}, with the last job", seconds(run.end())),
        printed(line),
    )?;
    let (told, took) = (line.number("s").unwrap_or(f64::NAN), line.at().as_secs_f64());
    require(
        (told - took).abs() <= 0.051,
        format!("tell that it took {took:.1} seconds"),
        printed(line),
    )
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    let code = if run.stop.is_some() { 3 } else { 0 };
    exits(run.code, code)
}

fn summary(run: &Account) -> Result<&Line, Fault> {
    match run.lines.summary.as_slice() {
        [line] => Ok(line),
        lines => Err(Fault::new(
            format!("print one line `{}`", account::SUMMARY),
            format!("printed {}", lines.len()),
        )),
    }
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

fn word(ending: Ending) -> &'static str {
    match ending {
        Ending::Processed => "processed",
        Ending::TimedOut => "timed out",
        Ending::Malformed => "malformed",
    }
}
