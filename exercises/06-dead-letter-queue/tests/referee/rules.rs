//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{Account, Attempt, Item};
use super::lines;
use super::plan::Ending;
use exam::referee::facts::{exits, printed, seconds};
use exam::referee::{Fault, Verdict, require};
use exam::{Line, most_at_once};
use std::collections::BTreeMap;
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
    let is_malformed = |item: &&Item| item.expected[0] == [Ending::Malformed];
    for item in run.items.iter().filter(|item| run.flags.knows_malformed && is_malformed(item)) {
        for round in &item.rounds {
            require(
                round.iter().all(|made| made.number <= 1),
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
    // Whether a malformed item is retried is the matter of Fix 1, and of a rule of its own.
    let starts_malformed = wanted.first() == Some(&(1, Ending::Malformed));
    let in_vain = (1..).map(|number| (number, Ending::Malformed)).take(tried.len());
    let is_given_up = starts_malformed
        && (tried.len() == 1 || !tried.is_empty() && run.flags.knows_malformed)
        && tried.iter().copied().eq(in_vain);
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
            format!("print one line `{}`", lines::SUMMARY),
            format!("printed {}", lines.len()),
        )),
    }
}

pub(super) fn word(ending: Ending) -> &'static str {
    match ending {
        Ending::Processed => "processed",
        Ending::TimedOut => "timed out",
        Ending::Malformed => "malformed",
    }
}
