//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, Item, Shares, named, times};
use exam::referee::facts::{self, Gaps, at, exits, one, printed, seconds, tells};
use exam::referee::{Fault, Verdict, require};
use exam::{Line, most_at_once};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) fn each_item_is_told_once(run: &Account) -> Verdict {
    let begun = one(&run.header, account::HEADER)?;
    require(begun.place == 0, format!("begin with `{}`", begun.text), "printed something before")?;
    for (did, lines) in [("add", &run.added), ("take", &run.took), ("finish", &run.finished)] {
        each_once(run, did, lines)?;
    }
    Ok(())
}

/// One line of a kind for each item, and for nothing else.
fn each_once(run: &Account, did: &str, lines: &[Line]) -> Verdict {
    let times = times(lines);
    for item in run.items() {
        let its = times.get(&(item.producer, item.number)).copied().unwrap_or(0);
        require(its == 1, format!("{did} {} once", item.name()), format!("told so {its} times"))?;
    }
    let items: BTreeSet<_> = run.items().map(|item| (item.producer, item.number)).collect();
    let strange = lines.iter().find(|line| named(line).is_none_or(|item| !items.contains(&item)));
    require(
        strange.is_none(),
        format!("{did} {} items, and no other", items.len()),
        strange.map_or(String::new(), printed),
    )
}

pub(super) fn items_keep_the_order_of_their_producer(run: &Account) -> Verdict {
    for pair in run.producers.iter().flat_map(|producer| producer.items.windows(2)) {
        let [before, after] = pair else { continue };
        require(
            before.added <= after.added,
            format!("add {} before {}", before.name(), after.name()),
            format!("added them at {} and {}", at(before.added), at(after.added)),
        )?;
        require(
            before.from() <= after.from(),
            format!("take {} before {}", before.name(), after.name()),
            format!("took them at {} and {}", at(before.from()), at(after.from())),
        )?;
    }
    for item in run.items() {
        require(
            item.added <= item.from(),
            format!("add {} before it is taken", item.name()),
            format!("took it at {}, and added it at {}", at(item.from()), at(item.added)),
        )?;
    }
    Ok(())
}

pub(super) fn each_item_takes_its_time(run: &Account) -> Verdict {
    for item in run.items() {
        let (Some(took), Some(finished)) = (&item.took, &item.finished) else { continue };
        let Some(work) = &item.work else {
            return Err(Fault::new(
                format!("use {} for {} once it is taken", item.name(), seconds(item.using)),
                format!("{}, and nobody used it for so long", printed(took)),
            ));
        };
        require(
            took.at() == work.from,
            format!("print `{}` at {}, when its use begins", took.text, seconds(work.from)),
            printed(took),
        )?;
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
    }
    Ok(())
}

pub(super) fn a_consumer_does_one_item_at_a_time(run: &Account) -> Verdict {
    let mut spans: BTreeMap<usize, Vec<(Duration, Duration)>> = BTreeMap::new();
    for item in run.items() {
        let (Some(took), Some(used)) = (&item.took, item.used()) else { continue };
        let consumer = took.get("w").parse().unwrap_or(0);
        require(
            (1..=run.flags.consumers).contains(&consumer),
            format!("have the consumers 1 to {}", run.flags.consumers),
            printed(took),
        )?;
        spans.entry(consumer).or_default().push(used);
    }
    for (consumer, spans) in spans {
        let most = most_at_once(spans.into_iter());
        require(
            most <= 1,
            "let each consumer use one item at a time",
            format!("let Consumer-{consumer} use {most} at once"),
        )?;
    }
    Ok(())
}

pub(super) fn nobody_is_idle_while_an_item_waits(run: &Account) -> Verdict {
    let gaps = Gaps::between(run.instants());
    let busy = gaps.count(run.items().filter_map(Item::used));
    let held = gaps.count(run.items().filter_map(Item::held));
    for item in run.items() {
        let Some((added, taken)) = item.waited() else { continue };
        for gap in gaps.of(added, taken) {
            // Who has one more than may be held back in its hand takes no other item.
            let hands = run.flags.ordered.map_or(0, |limit| held[gap].saturating_sub(limit));
            let free = run.flags.consumers.saturating_sub(busy[gap] + hands);
            require(
                free == 0,
                format!("let a free consumer take {} at {}", item.name(), seconds(gaps.begin(gap))),
                format!(
                    "let it wait until {}, with {free} of {} free",
                    seconds(taken),
                    run.flags.consumers
                ),
            )?;
        }
    }
    Ok(())
}

pub(super) fn the_queue_holds_its_capacity(run: &Account) -> Verdict {
    let gaps = Gaps::between(run.instants());
    let waiting = gaps.count(run.items().filter_map(Item::waited));
    let capacity = run.flags.capacity;
    let over = (0..waiting.len()).find(|gap| waiting[*gap] > capacity);
    require(
        over.is_none(),
        format!("let no more than {capacity} items wait in the queue"),
        over.map_or(String::new(), |gap| {
            format!("let {} wait at {}", waiting[gap], seconds(gaps.begin(gap)))
        }),
    )
}

pub(super) fn nobody_holds_more_than_its_share(run: &Account) -> Verdict {
    if run.flags.shares != Shares::Yes {
        return Ok(());
    }
    let gaps = Gaps::between(run.instants());
    let share = run.flags.share;
    for producer in &run.producers {
        let waiting = gaps.count(producer.items.iter().filter_map(Item::waited));
        let over = (0..waiting.len()).find(|gap| waiting[*gap] > share);
        require(
            over.is_none(),
            format!("let no more than {share} items of Producer-{} wait", producer.id),
            over.map_or(String::new(), |gap| {
                format!("let {} wait at {}", waiting[gap], seconds(gaps.begin(gap)))
            }),
        )?;
    }
    Ok(())
}

pub(super) fn each_item_is_made(run: &Account) -> Verdict {
    for producer in &run.producers {
        let mut since = Duration::ZERO;
        for item in &producer.items {
            let (Some(making), Some(added)) = (item.making, item.added) else { continue };
            let should = format!(
                "make {} for {}, once the one before it is added, at {}",
                item.name(),
                seconds(making),
                seconds(since)
            );
            let Some(made) = &item.made else {
                let did = format!("added it at {}, and nobody had made it", seconds(added));
                return Err(Fault::new(should, did));
            };
            require(
                since <= made.from && made.to <= added,
                should,
                format!(
                    "made it from {} to {}, and added it at {}",
                    seconds(made.from),
                    seconds(made.to),
                    seconds(added)
                ),
            )?;
            since = added;
        }
    }
    Ok(())
}

/// A producer that makes nothing has no slot: its share is used up, or the queue is full.
pub(super) fn a_producer_waits_for_a_slot_alone(run: &Account) -> Verdict {
    let gaps = Gaps::between(run.instants());
    let waiting = gaps.count(run.items().filter_map(Item::waited));
    for producer in &run.producers {
        let its = gaps.count(producer.items.iter().filter_map(Item::waited));
        let making = producer.items.iter().filter_map(|item| item.made.as_ref());
        let making = gaps.count(making.map(|made| (made.from, made.to)));
        let mut since = Duration::ZERO;
        for item in &producer.items {
            let Some(added) = item.added else { break };
            let waits = gaps.of(since, added).find(|gap| {
                let is_used_up = run.flags.shares != Shares::No && its[*gap] >= run.flags.share;
                making[*gap] == 0 && waiting[*gap] < run.flags.capacity && !is_used_up
            });
            if let Some(gap) = waits {
                let room = format!(
                    "{} of its items and {} in all wait, in a queue for {}",
                    its[gap], waiting[gap], run.flags.capacity
                );
                let share = match run.flags.shares {
                    Shares::No => String::new(),
                    _ => format!(", with a share of {}", run.flags.share),
                };
                let from = seconds(gaps.begin(gap));
                return Err(Fault::new(
                    format!("not let Producer-{} wait at {from}, when {room}{share}", producer.id),
                    format!(
                        "neither made nor added {} then, and added it at {}",
                        item.name(),
                        seconds(added)
                    ),
                ));
            }
            since = added;
        }
    }
    Ok(())
}

pub(super) fn each_producer_is_done(run: &Account) -> Verdict {
    for producer in &run.producers {
        let id = producer.id.to_string();
        let told: Vec<&Line> = run.all_added.iter().filter(|line| line.get("p") == id).collect();
        // What a producer says when it stops is left open.
        require(
            told.len() <= 1,
            format!("tell once that Producer-{id} is done"),
            format!("told it {} times", told.len()),
        )?;
        let last = producer.items.iter().filter_map(|item| item.added).max().unwrap_or_default();
        for line in told {
            require(
                line.get("items") == producer.items.len().to_string() && line.at() >= last,
                format!(
                    "tell that Producer-{id} added {} items, at {} or later",
                    producer.items.len(),
                    seconds(last)
                ),
                printed(line),
            )?;
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

pub(super) fn everybody_shuts_down_once(run: &Account) -> Verdict {
    let last_taken = run.items().filter_map(Item::from).max().unwrap_or_default();
    let mut told: BTreeMap<usize, usize> = BTreeMap::new();
    for line in &run.shutting_down {
        *told.entry(line.get("w").parse().unwrap_or(0)).or_default() += 1;
        require(
            line.at() >= last_taken,
            format!("keep every consumer until the last item is taken, at {}", seconds(last_taken)),
            printed(line),
        )?;
        let of_its =
            run.took.iter().chain(&run.finished).filter(|later| later.get("w") == line.get("w"));
        let later = of_its.filter(|later| later.at() > line.at()).min_by_key(|later| later.place);
        require(
            later.is_none(),
            format!("print `{}` when that consumer has used its last item", line.text),
            later.map_or(String::new(), |later| format!("printed `{}` after it", later.text)),
        )?;
    }
    for consumer in 1..=run.flags.consumers {
        let times = told.remove(&consumer).unwrap_or(0);
        require(
            times == 1,
            format!("print `[Consumer-{consumer}] Shutting down` once"),
            format!("printed it {times} times"),
        )?;
    }
    require(
        told.is_empty(),
        format!("have {} consumers shut down", run.flags.consumers),
        format!("shut down Consumer-{} too", told.keys().next().unwrap_or(&0)),
    )
}

pub(super) fn the_summary_counts(run: &Account) -> Verdict {
    let line = one(&run.summary, account::SUMMARY)?;
    let last = run.all_lines.last().map_or("", |line| line.text.as_str());
    require(
        line.place + 1 == run.all_lines.len(),
        format!("print `{}` last", line.text),
        format!("printed `{last}` after it"),
    )?;
    let (consumed, made) = (run.finished.len(), run.flags.items * run.flags.producers);
    require(
        line.get("consumed") == consumed.to_string() && line.get("made") == made.to_string(),
        format!("count {consumed} of {made} items"),
        printed(line),
    )?;
    let over = run.items().filter_map(Item::to).max().unwrap_or_default();
    require(
        line.at() == over,
        format!("print `{}` at {}, when the last item is finished", line.text, seconds(over)),
        printed(line),
    )?;
    require(
        tells(line.number("s"), over),
        format!("tell that it took {:.1} seconds", over.as_secs_f64()),
        printed(line),
    )
}

pub(super) fn the_order_of_finishing_is_told(run: &Account) -> Verdict {
    for producer in &run.producers {
        let told: Vec<_> = run.orders.iter().filter(|(id, _, _)| *id == producer.id).collect();
        let [(_, told, line)] = told.as_slice() else {
            return Err(Fault::new(
                format!("print one line `Producer-{}: … items, finished …`", producer.id),
                format!("printed {}", told.len()),
            ));
        };
        let id = producer.id.to_string();
        let order: Vec<&str> = run
            .finished
            .iter()
            .filter(|line| line.get("p") == id)
            .map(|line| line.get("n"))
            .collect();
        let Some(told) = told.as_ref().filter(|_| !order.is_empty()) else {
            require(
                order.is_empty() && told.as_ref().is_none_or(|told| told.count == "0"),
                format!("tell that {} items of Producer-{id} were finished", order.len()),
                printed(line),
            )?;
            continue;
        };
        require(
            told.count == order.len().to_string(),
            format!("tell that {} items of Producer-{id} were finished", order.len()),
            printed(line),
        )?;
        require(
            told.order == order.join(", "),
            format!("tell that those of Producer-{id} were finished {}", order.join(", ")),
            printed(line),
        )?;
        let numbers: Vec<u64> = order.iter().filter_map(|number| number.parse().ok()).collect();
        let verdict = if numbers.is_sorted() { "in order" } else { "out of order" };
        require(told.verdict == verdict, format!("call this `{verdict}`"), printed(line))?;
    }
    let strange = run.orders.iter().find(|(id, _, _)| !(1..=run.flags.producers).contains(id));
    require(
        strange.is_none(),
        "tell it of the producers that there are",
        strange.map_or(String::new(), |(_, _, line)| printed(line)),
    )
}

pub(super) fn results_come_when_they_are_due(run: &Account) -> Verdict {
    if run.flags.ordered.is_none() {
        let line = run.results.first();
        return require(
            line.is_none(),
            "show no results without `--ordered`",
            line.map_or(String::new(), printed),
        );
    }
    each_once(run, "show the result of", &run.results)?;
    for producer in &run.producers {
        let mut due = Duration::ZERO;
        for item in &producer.items {
            due = due.max(item.to().unwrap_or_default());
            require(
                item.shown == Some(due),
                format!(
                    "show the result of {} at {}, when it and all before it are finished",
                    item.name(),
                    seconds(due)
                ),
                format!("showed it at {}", at(item.shown)),
            )?;
        }
        let id = producer.id.to_string();
        let shown: Vec<u64> = run
            .results
            .iter()
            .filter(|line| line.get("p") == id)
            .filter_map(|line| line.get("n").parse().ok())
            .collect();
        require(
            shown.is_sorted(),
            format!("show the results of Producer-{id} in order"),
            format!("showed them in the order {shown:?}"),
        )?;
    }
    Ok(())
}

pub(super) fn few_results_are_held_back(run: &Account) -> Verdict {
    let Some(limit) = run.flags.ordered else { return Ok(()) };
    let gaps = Gaps::between(run.instants());
    let busy = gaps.count(run.items().filter_map(Item::used));
    let held = gaps.count(run.items().filter_map(Item::held));
    for gap in 0..held.len() {
        // Who has one more in its hand takes no other item.
        let hands = run.flags.consumers.saturating_sub(busy[gap]);
        require(
            held[gap] <= limit + hands,
            format!(
                "hold back {limit} results, and one more in the hand of each consumer that uses no item: {} at {}",
                limit + hands,
                seconds(gaps.begin(gap))
            ),
            format!("held back {} then", held[gap]),
        )?;
    }
    Ok(())
}

pub(super) fn the_loss_is_told(run: &Account) -> Verdict {
    let Some(id) = run.flags.fail_producer else {
        let line = run.lost.first();
        return require(
            line.is_none(),
            "tell of no loss if nobody panics",
            line.map_or(String::new(), printed),
        );
    };
    let mine = run.finished.iter().filter(|line| line.get("p") == id.to_string()).count() as u64;
    let lost = run.flags.items.saturating_sub(mine);
    let line = one(&run.lost, account::LOST)?;
    require(
        named(line) == Some((id, lost)),
        format!("print `lost: {lost} items of Producer-{id} (it panicked)`"),
        printed(line),
    )
}

pub(super) fn the_panics_are_those_of_the_flag(run: &Account) -> Verdict {
    match run.flags.fail_producer {
        None => require(run.panics == 0, "end without a panic", format!("had {}", run.panics)),
        Some(id) => require(
            run.panics > 0,
            format!("let Producer-{id} panic when it has made half of its items"),
            "had no panic",
        ),
    }
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    exits(run.code, i32::from(run.flags.fail_producer.is_some()))
}
