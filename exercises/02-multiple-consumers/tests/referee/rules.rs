//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, Flags, Item, Part, turn};
use exam::referee::facts::{self, Gaps, one, printed, seconds, tells};
use exam::referee::{Fault, Verdict, require};
use exam::{Line, most_at_once};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn the_parts_are_there(run: &Account) -> Verdict {
    let first = one(&run.one_queue, account::ONE_QUEUE)?;
    require(first.place == 0, format!("begin with `{}`", first.text), "printed something before")?;
    if !run.flags.split {
        return require(
            run.a_queue_for_each.is_empty(),
            "play one part without --split",
            format!("printed `{}`", account::A_QUEUE_FOR_EACH),
        );
    }
    let second = one(&run.a_queue_for_each, account::A_QUEUE_FOR_EACH)?;
    let summary = one(&run.parts[0].summary, account::SUMMARY)?;
    require(
        summary.at() == second.at(),
        format!("begin the second part at {}, when the first is over", seconds(summary.at())),
        printed(second),
    )
}

pub(super) fn each_item_is_added_once(run: &Account) -> Verdict {
    for part in &run.parts {
        let added: Vec<&str> = part.added.iter().map(|line| line.get("item")).collect();
        let wanted: Vec<String> = part.items.iter().map(|item| item.number.to_string()).collect();
        require(
            added == wanted
                || part.deserted.is_some() && wanted.starts_with(&owned(&added))
                || skips_the_gone(part, &run.flags),
            format!(
                "add {} items{}, each once and in the order of their numbers",
                wanted.len(),
                part.name
            ),
            match added.iter().zip(&wanted).find(|(added, wanted)| added != wanted) {
                Some((added, wanted)) => format!("added item {added} where {wanted} was next"),
                None => format!("added {}", added.len()),
            },
        )?;
    }
    Ok(())
}

/// Where each has a queue of its own, the producer may pass over a consumer that is gone.
fn skips_the_gone(part: &Part, flags: &Flags) -> bool {
    let gone: Vec<u64> = part.deaths().filter_map(Item::consumer).collect();
    let mut added = part.added.iter().peekable();
    let mut items = part.items.iter();
    part.is_dealt
        && items.all(|item| {
            added.next_if(|line| line.get("item") == item.number.to_string()).is_some()
                || gone.contains(&turn(item.number, flags))
        })
        && added.next().is_none()
}

pub(super) fn each_item_is_taken_once(run: &Account) -> Verdict {
    for part in &run.parts {
        let times = times(&part.took);
        for item in &part.items {
            let its = times.get(&item.number).copied().unwrap_or(0);
            let may_stay = part.deserted.is_some() && its == 0;
            require(
                its == 1 || may_stay,
                format!("take item {} once{}", item.number, part.name),
                format!("took it {its} times"),
            )?;
        }
        only_items_that_there_are(&part.took, part)?;
    }
    Ok(())
}

pub(super) fn each_item_is_finished_once(run: &Account) -> Verdict {
    for part in &run.parts {
        let times = times(&part.finished);
        for item in &part.items {
            let its = times.get(&item.number).copied().unwrap_or(0);
            let wanted = usize::from(!item.panics);
            let may_stay = part.deserted.is_some() && its == 0;
            let should = if item.panics {
                format!("not finish item {}, over which a consumer panics", item.number)
            } else {
                format!("finish item {} once{}", item.number, part.name)
            };
            require(
                its == wanted || may_stay && item.work.is_none(),
                should,
                format!("finished it {its} times"),
            )?;
        }
        only_items_that_there_are(&part.finished, part)?;
    }
    Ok(())
}

pub(super) fn each_item_takes_its_time(run: &Account) -> Verdict {
    for item in run.parts.iter().flat_map(|part| &part.items) {
        let Some(took) = &item.took else { continue };
        let using = item.using(&run.flags);
        let Some(work) = &item.work else {
            return Err(Fault::new(
                format!("use item {} for {} once it is taken", item.number, seconds(using)),
                format!("{}, and nobody used it for so long", printed(took)),
            ));
        };
        require(
            took.at() == work.from,
            format!("print `{}` at {}, when its use begins", took.text, seconds(work.from)),
            printed(took),
        )?;
        let Some(finished) = &item.finished else { continue };
        require(
            finished.at() == work.to,
            format!("print `{}` at {}, when it is used", finished.text, seconds(work.to)),
            printed(finished),
        )?;
        require(
            finished.get("w") == took.get("w"),
            format!("let Consumer-{} finish what it took", took.get("w")),
            printed(finished),
        )?;
        require(
            tells(finished.number("s"), using) || tells(finished.number("s"), work.to - work.from),
            format!("tell that item {} took {:.1} s", item.number, using.as_secs_f64()),
            printed(finished),
        )?;
        require(
            took.place < finished.place,
            format!("print `{}` before `{}`", took.text, finished.text),
            "printed it after",
        )?;
    }
    Ok(())
}

pub(super) fn first_come_first_served(run: &Account) -> Verdict {
    for part in &run.parts {
        for queue in part.queues(&run.flags) {
            let taken: Vec<&Item> = part
                .of_queue(queue, &run.flags)
                .into_iter()
                .filter(|item| item.work.is_some())
                .collect();
            for pair in taken.windows(2) {
                require(
                    pair[0].from() <= pair[1].from(),
                    format!("take item {} before item {}", pair[0].number, pair[1].number),
                    format!(
                        "took it at {}, and item {} at {}",
                        from(pair[0]),
                        pair[1].number,
                        from(pair[1])
                    ),
                )?;
            }
        }
    }
    Ok(())
}

pub(super) fn a_consumer_does_one_item_at_a_time(run: &Account) -> Verdict {
    for part in &run.parts {
        // Whoever panicked may be replaced by another one.
        let most = run.flags.consumers + part.deaths().count() as u64;
        let mut spans: BTreeMap<u64, Vec<(Duration, Duration)>> = BTreeMap::new();
        for item in &part.items {
            let (Some(consumer), Some(used)) = (item.consumer(), item.used()) else { continue };
            require(
                (1..=most).contains(&consumer),
                format!("have the consumers 1 to {}", run.flags.consumers),
                format!("let Consumer-{consumer} take item {}", item.number),
            )?;
            spans.entry(consumer).or_default().push(used);
        }
        for (consumer, spans) in spans {
            let most = most_at_once(spans.into_iter());
            require(
                most <= 1,
                "let each consumer use one item at a time",
                format!("let Consumer-{consumer} use {most} at once{}", part.name),
            )?;
        }
        let most = most_at_once(part.items.iter().filter_map(Item::used));
        require(
            most as u64 <= run.flags.consumers,
            format!("have no more than {} items in use at one time", run.flags.consumers),
            format!("had {most}{}", part.name),
        )?;
    }
    Ok(())
}

pub(super) fn nobody_is_idle_while_an_item_waits(run: &Account) -> Verdict {
    for part in &run.parts {
        for queue in part.queues(&run.flags) {
            nobody_is_idle_at(run, part, queue)?;
        }
    }
    Ok(())
}

/// Whoever takes from this queue.
fn nobody_is_idle_at(run: &Account, part: &Part, queue: u64) -> Verdict {
    let gaps = Gaps::between(
        part.instants().chain(part.items.iter().filter_map(|item| ready(part, item))),
    );
    let items = part.of_queue(queue, &run.flags);
    let busy = gaps.count(items.iter().filter_map(|item| item.used()));
    let gone = part.deaths().chain(part.last_of_the_leaver(&run.flags)).filter_map(Item::to);
    let gone = gaps.count(gone.map(|gone| (gone, Duration::MAX)));
    let there = if part.is_dealt { 1 } else { run.flags.consumers as usize };
    for item in items {
        // The producer holds it as soon as it is made, and hands it over if somebody is there to take it.
        let (since, taken) = (ready(part, item).or(item.added), item.from().or(part.deserted));
        let (Some(since), Some(taken)) = (since, taken) else { continue };
        for gap in gaps.of(since, taken).filter(|gap| part.goes_on_at(gaps.begin(*gap))) {
            let free = (there.saturating_sub(gone[gap])).saturating_sub(busy[gap]);
            require(
                free == 0,
                format!(
                    "let a free consumer take item {} at {}{}",
                    item.number,
                    seconds(gaps.begin(gap)),
                    part.name
                ),
                format!("let it wait until {}, with {free} of {there} free", seconds(taken)),
            )?;
        }
    }
    Ok(())
}

pub(super) fn a_queue_holds_its_capacity(run: &Account) -> Verdict {
    let capacity = run.flags.capacity;
    for part in &run.parts {
        let gaps = Gaps::between(part.instants());
        for queue in part.queues(&run.flags) {
            let items = part.of_queue(queue, &run.flags);
            let waiting = gaps.count(items.iter().filter_map(|item| item.waited()));
            let is_full = |gap: &usize| waiting[*gap] > capacity;
            // Once nobody is left, somebody may clear it away without a word.
            let mut judged = (0..waiting.len()).filter(|gap| part.goes_on_at(gaps.begin(*gap)));
            let Some(gap) = judged.find(is_full) else { continue };
            let last = items.iter().rev().find(|item| item.added == Some(gaps.begin(gap)));
            let line = last.map_or(String::new(), |item| format!(", with item {}", item.number));
            return Err(Fault::new(
                format!("let no more than {capacity} items wait in a queue"),
                format!(
                    "let {} wait at {}{line}{}",
                    waiting[gap],
                    seconds(gaps.begin(gap)),
                    part.name
                ),
            ));
        }
    }
    Ok(())
}

pub(super) fn the_producer_makes_one_after_another(run: &Account) -> Verdict {
    for part in &run.parts {
        let mut since = part.from;
        for item in &part.items {
            let Some(added) = item.added else { break };
            let should = format!(
                "make item {} for {}, from {} on{}",
                item.number,
                seconds(item.making),
                seconds(since),
                part.name
            );
            let Some(made) = &item.made else {
                let did = format!("added it at {}, and nobody had made it", seconds(added));
                return Err(Fault::new(should, did));
            };
            // The first of a batch may be made while the producer waits for the batch before it.
            let latest = batch_before(part, item).unwrap_or(since);
            require(
                (since..=latest).contains(&made.from),
                should,
                format!("began with it at {}", seconds(made.from)),
            )?;
            require(
                made.to <= added,
                format!("add item {} when it is made, at {}", item.number, seconds(made.to)),
                format!("added it at {}", seconds(added)),
            )?;
            since = added;
        }
    }
    Ok(())
}

pub(super) fn the_producer_waits_for_a_full_queue_alone(run: &Account) -> Verdict {
    let capacity = run.flags.capacity;
    for part in &run.parts {
        let gaps = Gaps::between(
            part.instants().chain(part.items.iter().filter_map(|item| ready(part, item))),
        );
        let waiting: BTreeMap<u64, Vec<usize>> = part
            .queues(&run.flags)
            .map(|queue| {
                let items = part.of_queue(queue, &run.flags);
                (queue, gaps.count(items.into_iter().filter_map(Item::waited)))
            })
            .collect();
        for item in &part.items {
            let (Some(ready), Some(added)) = (ready(part, item), item.added) else { continue };
            let waiting = &waiting[&if part.is_dealt { turn(item.number, &run.flags) } else { 1 }];
            for gap in gaps.of(ready, added).filter(|gap| part.goes_on_at(gaps.begin(*gap))) {
                require(
                    waiting[gap] >= capacity,
                    format!(
                        "add item {} at {}{}, when it is made and {} wait in a queue for {capacity}",
                        item.number,
                        seconds(gaps.begin(gap)),
                        part.name,
                        waiting[gap]
                    ),
                    format!("added it at {}", seconds(added)),
                )?;
            }
        }
    }
    Ok(())
}

pub(super) fn nobody_polls(run: &Account) -> Verdict {
    facts::nobody_polls(&run.polls, "made, taken or finished")?;
    let strange = run.strange.first();
    require(
        strange.is_none(),
        "sleep for the items alone, and wait without a sleep",
        strange.map_or(String::new(), |sleep| {
            format!(
                "slept for {} at {}, and no item of that moment takes so long",
                seconds(sleep.asked),
                seconds(sleep.from)
            )
        }),
    )
}

pub(super) fn items_are_dealt_in_turn(run: &Account) -> Verdict {
    for item in run.parts.iter().filter(|part| part.is_dealt).flat_map(|part| &part.items) {
        let (Some(line), turn) = (&item.took, turn(item.number, &run.flags)) else { continue };
        // Whoever panicked may have been replaced by another one.
        let is_another = item.consumer() > Some(run.flags.consumers);
        require(
            item.consumer() == Some(turn) || is_another,
            format!("deal item {} to Consumer-{turn} in the second part", item.number),
            printed(line),
        )?;
    }
    Ok(())
}

/// When an item may be added: it is made, and the batch before it is done.
fn ready(part: &Part, item: &Item) -> Option<Duration> {
    let made = item.made.as_ref()?.to;
    Some(batch_before(part, item).map_or(made, |over| over.max(made)))
}

/// When the batch before is done, if this item is the first of another one.
fn batch_before(part: &Part, item: &Item) -> Option<Duration> {
    if item.is_first { part.over(item.batch - 1) } else { None }
}

fn only_items_that_there_are(lines: &[Line], part: &Part) -> Verdict {
    let is_known = |line: &&Line| {
        line.get("item").parse().is_ok_and(|item| (1..=part.items.len()).contains(&item))
    };
    let strange = lines.iter().find(|line| !is_known(line));
    require(
        strange.is_none(),
        format!("have the items 1 to {}", part.items.len()),
        strange.map_or(String::new(), printed),
    )
}

/// How many lines there are of each item.
fn times(lines: &[Line]) -> BTreeMap<u64, usize> {
    let mut times = BTreeMap::new();
    for item in lines.iter().filter_map(|line| line.get("item").parse().ok()) {
        *times.entry(item).or_default() += 1;
    }
    times
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn from(item: &Item) -> String {
    item.from().map_or("no time".to_owned(), seconds)
}
