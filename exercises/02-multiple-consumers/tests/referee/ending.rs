//! How the rules look at what ends: a consumer, a batch, a part, and the program.

use super::account::{self, Account, Item, Part};
use exam::Line;
use exam::referee::facts::{exits, one, printed, seconds, tells};
use exam::referee::{Verdict, require};
use std::collections::BTreeMap;

pub(super) fn everybody_goes_home_once(run: &Account) -> Verdict {
    for part in &run.parts {
        let last_taken = part.items.iter().filter_map(Item::from).max().unwrap_or_default();
        let leaver = part.last_of_the_leaver(&run.flags);
        let mut told: BTreeMap<u64, usize> = BTreeMap::new();
        for line in &part.going_home {
            let consumer = line.get("w").parse().unwrap_or(0);
            *told.entry(consumer).or_default() += 1;
            let (since, because) = match leaver {
                Some(item) if item.consumer() == Some(consumer) => {
                    (item.to().unwrap_or_default(), format!("when item {} is done", item.number))
                }
                _ => (last_taken, "after the last item was taken".to_owned()),
            };
            require(
                line.at() >= since || !part.goes_on_at(line.at()),
                format!("print `{}` {because}, at {} or later", line.text, seconds(since)),
                printed(line),
            )?;
            let of_its = part
                .took
                .iter()
                .chain(&part.finished)
                .filter(|later| later.get("w") == line.get("w"));
            let later =
                of_its.filter(|later| later.at() > line.at()).min_by_key(|later| later.place);
            require(
                later.is_none(),
                format!("print `{}` when that consumer has done its last item", line.text),
                later.map_or(String::new(), |later| format!("printed `{}` after it", later.text)),
            )?;
        }
        each_goes_home(run, part, told)?;
    }
    Ok(())
}

/// So often it was told of each. Whoever panicked may be gone, or replaced by one with another number.
fn each_goes_home(run: &Account, part: &Part, told: BTreeMap<u64, usize>) -> Verdict {
    let died: Vec<u64> = part.deaths().filter_map(Item::consumer).collect();
    let most = run.flags.consumers + died.len() as u64;
    for consumer in 1..=run.flags.consumers {
        let times = told.get(&consumer).copied().unwrap_or(0);
        let may_be_gone = died.contains(&consumer) || !died.is_empty() && part.deserted.is_some();
        require(
            times == 1 || times == 0 && may_be_gone,
            format!("print `[Consumer-{consumer}] Going home` once{}", part.name),
            format!("printed it {times} times"),
        )?;
    }
    let strange =
        told.iter().find(|(consumer, times)| !(1..=most).contains(*consumer) || **times > 1);
    require(
        strange.is_none(),
        format!("let {} consumers go home", run.flags.consumers),
        strange.map_or(String::new(), |(consumer, times)| {
            format!("printed `[Consumer-{consumer}] Going home` {times} times")
        }),
    )
}

pub(super) fn whoever_leaves_takes_no_more(run: &Account) -> Verdict {
    for part in &run.parts {
        let Some(last) = part.last_of_the_leaver(&run.flags) else { continue };
        let its = part.items.iter().filter(|item| item.consumer() == last.consumer());
        let later = its.filter(|item| item.number != last.number && item.from() >= last.to());
        let later = later.filter_map(|item| item.took.as_ref()).min_by_key(|line| line.place);
        require(
            later.is_none(),
            format!("let whoever does item {} go home after it", last.number),
            later.map_or(String::new(), printed),
        )?;
    }
    Ok(())
}

pub(super) fn the_lost_are_named(run: &Account) -> Verdict {
    let mut takers: Vec<(String, String)> = run
        .deaths()
        .filter_map(|item| Some((item.number.to_string(), item.took.as_ref()?.get("w").to_owned())))
        .collect();
    for line in &run.lost {
        let named = (line.get("item").to_owned(), line.get("w").to_owned());
        let place = takers.iter().position(|taker| *taker == named);
        let is_right = place.map(|place| takers.remove(place)).is_some();
        let should = match takers.first() {
            Some((item, consumer)) => {
                format!(
                    "print `lost: item {item} (Consumer-{consumer} panicked)` once: so its line says"
                )
            }
            None => "tell of each item that is lost once, and of no other".to_owned(),
        };
        require(is_right, should, printed(line))?;
    }
    require(
        takers.is_empty(),
        takers.first().map_or(String::new(), |(item, consumer)| {
            format!("print `lost: item {item} (Consumer-{consumer} panicked)`")
        }),
        "printed no such line",
    )
}

pub(super) fn a_loss_is_a_panic(run: &Account) -> Verdict {
    let lost = run.deaths().count();
    require(
        run.panics >= lost,
        "let whoever takes the item of `--fail` panic over it",
        "had no panic",
    )
}

pub(super) fn a_batch_is_told_when_it_is_done(run: &Account) -> Verdict {
    for part in &run.parts {
        let told: Vec<&str> = part.batches.iter().map(|line| line.get("batch")).collect();
        let wanted: Vec<String> = (1..=run.flags.batches).map(|batch| batch.to_string()).collect();
        // Whether a batch with a lost item is done is left open.
        let is_open = part.deaths().count() > 0;
        require(
            told == wanted || is_open && told.is_empty(),
            format!(
                "print `Batch … done` for the batches 1 to {}, each once{}",
                wanted.len(),
                part.name
            ),
            format!(
                "printed it for {}",
                if told.is_empty() { "none".to_owned() } else { told.join(", ") }
            ),
        )?;
        for (line, batch) in part.batches.iter().zip(1..) {
            let over = part.over(batch).unwrap_or_default();
            require(
                line.at() == over || is_open && line.at() >= over,
                format!("print `{}` at {}, when its last item is done", line.text, seconds(over)),
                printed(line),
            )?;
            let of_batch = part.items.iter().filter(|item| item.batch == batch);
            let later = of_batch
                .filter_map(|item| item.finished.as_ref())
                .find(|finished| finished.place > line.place);
            require(
                later.is_none(),
                format!("print `{}` below the \"Finished\" line of each of its items", line.text),
                later.map_or(String::new(), |later| format!("printed `{}` after it", later.text)),
            )?;
        }
    }
    Ok(())
}

pub(super) fn the_next_batch_waits(run: &Account) -> Verdict {
    for part in &run.parts {
        for (line, batch) in part.batches.iter().zip(1..) {
            let is_later = |added: &&Line| {
                added.get("item").parse().is_ok_and(|item: u64| item > batch * run.flags.items)
            };
            let early = part.added.iter().filter(is_later).find(|added| added.place < line.place);
            require(
                early.is_none(),
                format!("add no item of the next batch before `{}`", line.text),
                early.map_or(String::new(), printed),
            )?;
        }
    }
    Ok(())
}

pub(super) fn each_part_has_its_summary(run: &Account) -> Verdict {
    for part in &run.parts {
        let line = one(&part.summary, account::SUMMARY)?;
        let finished = part.finished.len();
        let made = run.flags.items * run.flags.batches;
        require(
            line.get("done") == finished.to_string(),
            format!("count {finished} items that are done{}", part.name),
            printed(line),
        )?;
        require(
            line.get("made") == made.to_string(),
            format!("count {made} items in all{}", part.name),
            printed(line),
        )?;
        let over = part.instants().max().unwrap_or_default();
        require(
            line.at() == over || part.deserted.is_some() && line.at() >= over,
            format!("print `{}` at {}, when the last item is done", line.text, seconds(over)),
            printed(line),
        )?;
        let took = line.at() - part.from;
        require(
            tells(line.number("s"), took),
            format!("tell that it took {:.1} seconds{}", took.as_secs_f64(), part.name),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn nothing_follows_the_summary(run: &Account) -> Verdict {
    for part in &run.parts {
        let line = one(&part.summary, account::SUMMARY)?;
        let lines = [&part.added, &part.took, &part.finished, &part.going_home, &part.batches];
        let later = lines.into_iter().flatten().find(|later| later.place > line.place);
        require(
            later.is_none(),
            format!("end{} with `{}`", part.name, line.text),
            later.map_or(String::new(), |later| format!("printed `{}` after it", later.text)),
        )?;
    }
    let last = run.all_lines.last();
    let summary = run.parts.last().and_then(|part| part.summary.last());
    require(
        last.map(|line| line.place) == summary.map(|line| line.place),
        format!("end with the line `{}`", account::SUMMARY),
        last.map_or("printed nothing".to_owned(), |line| format!("ended with `{}`", line.text)),
    )
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    exits(run.code, i32::from(run.deaths().count() > 0))
}
