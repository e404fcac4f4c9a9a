//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, PATIENCE};
use exam::Line;
use exam::referee::facts::{self, exits, one, printed, seconds, tells};
use exam::referee::{Fault, Verdict, require};
use std::time::Duration;

pub(super) fn each_item_is_taken_once(run: &Account) -> Verdict {
    let header = one(&run.header, account::HEADER)?;
    // The room may be told anywhere before the last line.
    let before = run.room.iter().filter(|line| line.place < header.place).count();
    require(
        header.place == before,
        format!("begin with `{}`", header.text),
        "printed something before",
    )?;
    let consumed = run.consumed();
    in_order(&run.took, "take", consumed)?;
    require(
        run.took.len() == consumed,
        format!("take {consumed} items"),
        format!("took {}", run.took.len()),
    )
}

pub(super) fn each_item_is_added_once(run: &Account) -> Verdict {
    in_order(&run.added, "add", run.items)?;
    require(
        run.left().is_some() || run.added.len() == run.items,
        format!("add {} items", run.items),
        format!("added {}", run.added.len()),
    )
}

/// The lines name item 1, 2, 3 and so on.
fn in_order(lines: &[Line], did: &str, most: usize) -> Verdict {
    for (line, item) in lines.iter().zip(1..) {
        let is_next = line.get("item") == item.to_string() && item <= most;
        let should = format!("{did} {most} items, each once and in their order");
        require(is_next, should, printed(line))?;
    }
    Ok(())
}

pub(super) fn the_producer_takes_its_time(run: &Account) -> Verdict {
    let mut since = Duration::ZERO;
    for (item, line) in (1..).zip(&run.added) {
        if let Some((_, stall)) = run.stalls.iter().find(|(before, _)| *before == item) {
            since = stall.as_ref().map(|stall| stall.to).ok_or_else(|| {
                Fault::new(
                    format!("pause for two seconds before item {item}, at {}", seconds(since)),
                    "made no pause then",
                )
            })?;
        }
        let made = run.made.get(item - 1);
        require(
            made.is_some_and(|made| made.from == since && made.to <= line.at()),
            format!("make item {item} for 0.101 s, from {} on, and then add it", seconds(since)),
            made.map_or(format!("{}, and nobody had made it", printed(line)), |made| {
                format!("made it from {} to {}", seconds(made.from), seconds(made.to))
            }),
        )?;
        since = line.at();
    }
    Ok(())
}

pub(super) fn an_item_is_added_when_there_is_room(run: &Account) -> Verdict {
    for (item, line) in (1..).zip(&run.added) {
        let due = run.due(item);
        let room = due.map_or("never, as the consumer has left".to_owned(), seconds);
        require(
            due == Some(line.at()),
            format!(
                "add item {item} to a queue for {} as soon as there is room: {room}",
                run.capacity
            ),
            printed(line),
        )?;
    }
    the_producer_goes_on(run)
}

/// As long as the consumer is there, the next item is made, and what is made is added.
fn the_producer_goes_on(run: &Account) -> Verdict {
    let Some(left) = run.left() else { return Ok(()) };
    let next = run.added.len() + 1;
    let is_made = run.made(next).is_some();
    let due = if is_made { run.due(next) } else { run.begins(next) };
    let missed = due.filter(|due| *due < left && next <= run.items);
    let does = if is_made { "add" } else { "make" };
    require(
        missed.is_none(),
        format!(
            "{does} item {next} at {}, while the consumer is there",
            missed.map_or(String::new(), seconds)
        ),
        format!("did not {does} it"),
    )
}

pub(super) fn no_room_is_told_when_it_waits(run: &Account) -> Verdict {
    let left = run.left().unwrap_or(Duration::MAX);
    let mut lines = run.no_room.iter().peekable();
    for item in 1..=run.items {
        let Some(made) = run.made(item) else { break };
        let its: Vec<&Line> =
            std::iter::from_fn(|| lines.next_if(|line| line.get("item") == item.to_string()))
                .collect();
        let waits = run.due(item).is_none_or(|due| made < due);
        // Room that comes at the same moment may be seen or not, and so may a consumer that leaves then.
        let comes = match run.capacity {
            0 => run.use_ends(item - 1),
            capacity => {
                item.checked_sub(capacity).filter(|item| *item > 0).and_then(|item| run.taken(item))
            }
        };
        // A consumer whose patience is over then may not stand ready for a moment.
        let waited = run.use_ends(item - 1).and_then(|since| made.checked_sub(since));
        let turns_away = run.capacity == 0
            && waited.is_some_and(|waited| waited.as_nanos() % PATIENCE.as_nanos() == 0);
        let is_open = made >= left || comes == Some(made) || turns_away;
        let is_right = its.len() == usize::from(waits) || is_open && its.len() <= 1;
        let should = if waits {
            format!("say at {} that there is no room for item {item}", seconds(made))
        } else {
            format!("add item {item} at {} without a word of no room", seconds(made))
        };
        require(is_right, &should, format!("said so {} times", its.len()))?;
        for line in its {
            require(line.at() == made, &should, printed(line))?;
        }
    }
    let strange = lines.next();
    require(
        strange.is_none(),
        "tell of no room once for each item that waits, in their order",
        strange.map_or(String::new(), printed),
    )
}

pub(super) fn an_item_is_taken_when_the_consumer_is_free(run: &Account) -> Verdict {
    for (item, line) in (1..).zip(&run.took) {
        let free = run.use_ends(item - 1).unwrap_or_default();
        let Some(made) = run.made(item) else {
            return Err(Fault::new(format!("make item {item} before it is taken"), printed(line)));
        };
        let due = free.max(made);
        require(
            line.at() == due,
            format!(
                "take item {item} at {}, when it is there and the consumer is free",
                seconds(due)
            ),
            printed(line),
        )?;
        require(
            run.used.get(item - 1).is_some_and(Option::is_some),
            format!("use item {item} for 0.307 s once it is taken"),
            format!("{}, and nobody used it for so long", printed(line)),
        )?;
    }
    Ok(())
}

pub(super) fn both_say_how_they_end(run: &Account) -> Verdict {
    let added = run.added.len();
    for line in &run.all_added {
        require(
            line.get("n") == added.to_string() && run.all_added.len() == 1,
            format!("say once, and truly, how many items were added: {added}"),
            printed(line),
        )?;
    }
    let left = run.left().unwrap_or_default();
    for line in &run.stopping {
        require(
            line.at() >= left,
            format!("say that it stops once the consumer has left, at {}", seconds(left)),
            printed(line),
        )?;
        require(
            is_true_of(line.get("word"), added),
            format!("say nothing but what is true: {added} items were added"),
            printed(line),
        )?;
    }
    for line in &run.leaving {
        require(
            run.left() == Some(line.at()) && line.get("n") == run.consumed().to_string(),
            "say that the consumer leaves when it does, and after how many items",
            printed(line),
        )?;
    }
    let over = run.use_ends(run.consumed()).unwrap_or_default();
    for line in &run.closed {
        require(
            line.at() >= over && run.closed.len() == 1,
            format!("say once that the queue is closed and empty, at {} or later", seconds(over)),
            printed(line),
        )?;
    }
    Ok(())
}

/// Whether a text that tells how many were added tells so many: `added 4 items`, `4 items were added`.
/// What else it says is up to the program.
fn is_true_of(text: &str, added: usize) -> bool {
    let is_end = |letter: char| !letter.is_alphanumeric();
    let words: Vec<String> =
        text.split_whitespace().map(|word| word.trim_matches(is_end).to_lowercase()).collect();
    let number = |place: usize| words.get(place)?.parse::<usize>().ok();
    let told =
        words.iter().enumerate().filter(|(_, word)| *word == "added").find_map(|(place, _)| {
            let before = words[..place]
                .iter()
                .rposition(|word| !["item", "items", "were"].contains(&&**word));
            let names_an_item = before.is_some_and(|at| at > 0 && words[at - 1] == "item");
            number(place + 1).or_else(|| before.filter(|_| !names_an_item).and_then(number))
        });
    told.is_none_or(|told| told == added)
}

pub(super) fn the_producer_stops(run: &Account) -> Verdict {
    let Some(left) = run.left() else { return Ok(()) };
    let late = run.added.iter().find(|line| line.at() > left);
    require(
        late.is_none(),
        format!("add nothing more once the consumer has left, at {}", seconds(left)),
        late.map_or(String::new(), printed),
    )?;
    // It may be at an item when the consumer leaves, and learns of it when it has made that.
    require(
        run.made.len() <= run.added.len() + 1,
        "make no more items once one can't be added",
        format!("made {}, and added {}", run.made.len(), run.added.len()),
    )
}

pub(super) fn waits_are_measured(run: &Account) -> Verdict {
    let line = one(&run.waited, account::WAITED)?;
    let waits: Vec<Duration> = (1..=run.took.len())
        .filter_map(|item| run.taken(item)?.checked_sub(run.made(item)?))
        .collect();
    let longest = waits.iter().max().copied().unwrap_or_default();
    let count = u32::try_from(waits.len().max(1)).expect("they are few");
    let mean = waits.iter().sum::<Duration>() / count;
    require(
        tells(line.number("mean"), mean) && tells(line.number("longest"), longest),
        format!(
            "tell that items waited {:.3} seconds on average and {:.3} at most, with one decimal place",
            mean.as_secs_f64(),
            longest.as_secs_f64()
        ),
        printed(line),
    )?;
    let has_one_place =
        |place: &str| line.get(place).split_once('.').is_some_and(|(_, rest)| rest.len() == 1);
    require(
        has_one_place("mean") && has_one_place("longest"),
        "tell them with one decimal place each",
        printed(line),
    )
}

pub(super) fn the_room_is_told(run: &Account) -> Verdict {
    let line = one(&run.room, account::ROOM)?;
    let capacity = run.capacity;
    require(
        line.get("n") == capacity.to_string(),
        format!("print `Room in the queue: {capacity}`"),
        printed(line),
    )?;
    let last = run.all_lines.len() - 1;
    require(
        line.place < last,
        format!("print `{}` before the last line", line.text),
        "printed it last",
    )
}

pub(super) fn what_is_undelivered_is_counted(run: &Account) -> Verdict {
    let undelivered = run.items - run.consumed();
    if undelivered == 0 {
        let line = run.undelivered.first();
        return require(
            line.is_none(),
            "say nothing of undelivered items where there are none",
            line.map_or(String::new(), printed),
        );
    }
    let line = one(&run.undelivered, account::UNDELIVERED)?;
    require(
        line.get("n") == undelivered.to_string(),
        format!("print `undelivered: {undelivered}`"),
        printed(line),
    )
}

pub(super) fn a_stall_is_told_once(run: &Account) -> Verdict {
    let mut lines = run.no_item.iter().peekable();
    for (item, (since, taken)) in (1..).zip(run.waits()) {
        let due = since + PATIENCE;
        let its: Vec<&Line> =
            std::iter::from_fn(|| lines.next_if(|line| line.at() <= taken)).collect();
        let wanted = usize::from(due < taken);
        require(
            its.len() == wanted || due == taken && its.len() == 1,
            format!(
                "print `{}` {wanted} times between {} and {}, while the consumer waits for item {item}",
                account::NO_ITEM,
                seconds(since),
                seconds(taken)
            ),
            format!("printed it {} times", its.len()),
        )?;
        for line in its {
            require(
                line.at() == due,
                format!(
                    "print it at {}, half a second after the consumer began to wait",
                    seconds(due)
                ),
                printed(line),
            )?;
        }
    }
    let strange = lines.next();
    require(
        strange.is_none(),
        "say nothing of the kind when the last item is taken",
        strange.map_or(String::new(), printed),
    )
}

pub(super) fn nobody_polls(run: &Account) -> Verdict {
    facts::nobody_polls(&run.polls, "made, taken or used")?;
    let strange = run.strange.first();
    require(
        strange.is_none(),
        "wait at the queue, and sleep for the items alone",
        strange.map_or(String::new(), |sleep| {
            format!(
                "slept for {} at {}, and no item of that moment takes so long",
                seconds(sleep.asked),
                seconds(sleep.from)
            )
        }),
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
    let (consumed, items) = (run.consumed(), run.items);
    require(
        line.get("n") == consumed.to_string() && line.get("items") == items.to_string(),
        format!("count {consumed} of {items} items"),
        printed(line),
    )?;
    let over = run.use_ends(consumed).unwrap_or_default();
    // Where the consumer has left, the producer may end the item that it is at.
    let latest = run.left().and_then(|_| run.made.last()).map_or(over, |made| made.to.max(over));
    let stalled = run
        .left()
        .and_then(|_| run.stalls.iter().filter_map(|(_, stall)| Some(stall.as_ref()?.to)).max());
    let latest = stalled.map_or(latest, |stalled| stalled.max(latest));
    require(
        (over..=latest).contains(&line.at()),
        format!("print `{}` at {}, when the last of the two is done", line.text, seconds(latest)),
        printed(line),
    )?;
    require(
        tells(line.number("s"), line.at()),
        format!("tell that it took {:.1} seconds", line.at().as_secs_f64()),
        printed(line),
    )
}

pub(super) fn nothing_panics(run: &Account) -> Verdict {
    require(run.panics == 0, "end without a panic", format!("had {}", run.panics))
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    exits(run.code, i32::from(run.consumed() < run.items))
}
