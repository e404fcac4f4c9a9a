//! How each rule looks at what a script has seen. What it says when one is broken is what a learner reads.

use super::account::{Account, CONSUMED, LISTED, Look, Said, Unrenewed, When, Words};
use super::world::{BILL, CONSUME, Item, State, Tally, World};
use exam::referee::{Fault, Verdict, require};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn each_item_is_worked_on(seen: &Account) -> Verdict {
    match &seen.unheld {
        None => Ok(()),
        Some(line) => Err(Fault::new(format!("print `{line}`"), "never came to that item")),
    }
}

pub(super) fn a_batch_is_taken_and_held(seen: &Account) -> Verdict {
    states(seen, When::Held)
}

pub(super) fn a_crash_leaves_a_whole_batch(seen: &Account) -> Verdict {
    states(seen, When::Crashed)
}

pub(super) fn each_item_ends_as_it_should(seen: &Account) -> Verdict {
    states(seen, When::Ended)
}

/// Asks for the states at a moment of this kind.
fn states(seen: &Account, when: When) -> Verdict {
    for look in seen.looks.iter().filter(|look| look.when == when) {
        for (step, items) in [(CONSUME, &look.world.orders), (BILL, &look.world.bills)] {
            let rows = look.rows.get(step).map_or(&[][..], Vec::as_slice);
            // How many bills there are is another rule's.
            let is_complete = step == BILL || rows.len() == items.len();
            require(
                is_complete,
                format!("have {} items of the step {step}", items.len()),
                format!("showed {}", rows.len()),
            )?;
            for (item, (id, shown)) in items.iter().zip(rows) {
                let is_right = item.id == *id && is_in_its_state(item, shown, look.world.now);
                let moment = match when {
                    When::Held => ", while the work on its batch is held",
                    When::Crashed => ", as all of its batch",
                    When::Ended => "",
                };
                require(
                    is_right,
                    format!("show item {} as {}{moment}", item.id, item.shown(look.world.now)),
                    format!("showed `item {id}, {step}: {shown}`"),
                )?;
            }
        }
    }
    Ok(())
}

/// Whether an item is shown in its state, whatever else is told of it.
fn is_in_its_state(item: &Item, shown: &str, now: u64) -> bool {
    let word = |text: &str| text.split([' ', ':']).next().unwrap_or_default().to_owned();
    word(shown) == word(&item.shown(now)) || item.may_show(shown, now)
}

pub(super) fn the_reasons_are_kept(seen: &Account) -> Verdict {
    for look in &seen.looks {
        for (item, shown) in pairs(look) {
            let is_reserved = matches!(item.state, State::Reserved { .. });
            require(
                is_reserved || item.may_show(shown, look.world.now),
                format!("show item {} as {}", item.id, item.shown(look.world.now)),
                format!("showed it as {shown}"),
            )?;
        }
    }
    Ok(())
}

pub(super) fn the_lease_is_as_long_as_it_should(seen: &Account) -> Verdict {
    for look in &seen.looks {
        for (item, shown) in pairs(look) {
            let is_reserved = matches!(item.state, State::Reserved { .. });
            require(
                !is_reserved || item.may_show(shown, look.world.now),
                format!("show item {} as {}", item.id, item.shown(look.world.now)),
                format!("showed it as {shown}"),
            )?;
        }
    }
    Ok(())
}

/// The items, and what is shown of each. Those that are in another state are the matter of the rules of states.
fn pairs(look: &Look) -> impl Iterator<Item = (&Item, &str)> {
    let pairs = [(CONSUME, &look.world.orders), (BILL, &look.world.bills)].into_iter().flat_map(
        |(step, items)| {
            let rows = look.rows.get(step).into_iter().flatten();
            items.iter().zip(rows.map(|(_, shown)| shown.as_str()))
        },
    );
    pairs.filter(|(item, shown)| is_in_its_state(item, shown, look.world.now))
}

pub(super) fn each_beat_renews_all(seen: &Account) -> Verdict {
    match &seen.unrenewed {
        None => Ok(()),
        Some(Unrenewed { whole, told }) => Err(Fault::new(
            format!(
                "show \"{whole}\" again for each item that is held, within 5 seconds after the clock went on"
            ),
            format!("showed `{told}` to the last"),
        )),
    }
}

pub(super) fn consumers_say_what_they_did(seen: &Account) -> Verdict {
    for words in seen.words.iter().filter(|words| words.code.is_none()) {
        let mut told = Tally::default();
        for said in &words.said {
            told.add(said.tally.clone());
        }
        let wanted = &words.wanted;
        // Where it is open who was too late, an item may be taken once more.
        let took = |took| if words.is_open { BTreeMap::new() } else { took };
        // What it came too late with is another rule's.
        let did = |did: &[u64]| {
            did.iter().copied().filter(|id| !words.lost.contains(id)).collect::<Vec<_>>()
        };
        for (what, told, wanted) in [
            ("take", list(&took(told.took)), list(&took(wanted.took.clone()))),
            ("do", list(&did(&told.did)), list(&did(&wanted.did))),
            ("fail", list(&told.failed), list(&wanted.failed)),
            ("leave for another try", list(&told.again), list(&wanted.again)),
        ] {
            require(
                told == wanted,
                format!("{what} these items: {wanted}"),
                format!("told of these: {told}"),
            )?;
        }
    }
    Ok(())
}

pub(super) fn the_list_counts_its_items(seen: &Account) -> Verdict {
    for look in &seen.looks {
        let [counted] = look.counted.as_slice() else {
            return Err(Fault::new(
                format!("print one line `{LISTED}`"),
                format!("printed {}", look.counted.len()),
            ));
        };
        let rows: Vec<&str> =
            look.rows.values().flatten().map(|(_, shown)| shown.as_str()).collect();
        let states = ["", "NEW", "RESERVED", "COMPLETED", "FAILED"];
        let count = |state| rows.iter().filter(|shown| shown.starts_with(state)).count();
        let wanted = states.map(|state| count(state).to_string());
        require(
            *counted == wanted,
            format!("count what `list` shows: {}", wanted.join(", ")),
            format!("counted {}", counted.join(", ")),
        )?;
    }
    Ok(())
}

fn list(values: &impl std::fmt::Debug) -> String {
    format!("{values:?}")
}

pub(super) fn who_is_late_counts_nothing(seen: &Account) -> Verdict {
    for words in seen.words.iter().filter(|words| !words.lost.is_empty()) {
        for said in &words.said {
            let of_others = said.tally.did.iter().find(|id| words.lost.contains(id));
            require(
                of_others.is_none(),
                "count none of the items that somebody else has done since",
                format!("called item {} done, which it had lost", of_others.unwrap_or(&0)),
            )?;
            let strange = said.lost.iter().find(|id| !words.lost.contains(id));
            require(
                strange.is_none(),
                "lose only what somebody else has taken",
                format!("lost item {}", strange.unwrap_or(&0)),
            )?;
        }
    }
    Ok(())
}

pub(super) fn consumers_count_what_they_did(seen: &Account) -> Verdict {
    for words in seen.words.iter().filter(|words| words.code.is_none()) {
        for said in &words.said {
            let [line] = said.counted.as_slice() else {
                return Err(Fault::new(
                    format!("print one line `{CONSUMED}`"),
                    format!("printed {}", said.counted.len()),
                ));
            };
            let (done, failed) = (said.tally.did.len(), said.tally.failed.len());
            let wanted = [("n", done + failed), ("done", done), ("failed", failed)];
            require(
                wanted.iter().all(|(place, count)| line.get(place) == count.to_string()),
                format!("count {} items: {done} done, {failed} failed", done + failed),
                format!("printed `{}`", line.text),
            )?;
        }
    }
    Ok(())
}

pub(super) fn the_exit_code(seen: &Account) -> Verdict {
    let wanted =
        |words: &Words, said: &Said| words.code.unwrap_or(i32::from(!said.tally.failed.is_empty()));
    let consumers = seen
        .words
        .iter()
        .flat_map(|words| words.said.iter().map(move |said| (wanted(words, said), said.code)));
    let reports = seen.reports.iter().map(|report| (0, report.code));
    for (wanted, code) in consumers.chain(reports) {
        require(
            code == Some(wanted),
            format!("end with exit code {wanted}"),
            code.map_or("was ended by a signal".to_owned(), |code| {
                format!("ended with exit code {code}")
            }),
        )?;
    }
    Ok(())
}

pub(super) fn one_parcel_for_each(seen: &Account) -> Verdict {
    for look in &seen.looks {
        let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
        for line in &look.parcels {
            *sent.entry(line).or_default() += 1;
        }
        for item in &look.world.orders {
            let times = sent.remove(item.parcel().as_str()).unwrap_or(0);
            let (least, most) = parcels(seen, look, item);
            let should = match (least, most) {
                (0, 0) => format!("send no parcel for item {}", item.id),
                (0, _) => format!("send no more than one parcel for item {}", item.id),
                _ => format!("send one parcel for item {}, which is done", item.id),
            };
            require(
                (least..=most).contains(&times),
                should,
                format!("sent {times}: `{}`", item.parcel()),
            )?;
        }
        let strange = sent.keys().next();
        require(
            strange.is_none(),
            "have no other line in parcels.txt than those of the orders",
            format!("wrote `{}`", strange.unwrap_or(&"")),
        )?;
        let number = look.parcels.len();
        require(
            look.sent.is_none_or(|wanted| wanted == number),
            format!("have sent {} parcels when it dies", look.sent.unwrap_or(0)),
            format!("had sent {number}"),
        )?;
    }
    Ok(())
}

/// How many parcels there have to be for an order, at least and at most.
fn parcels(seen: &Account, look: &Look, item: &Item) -> (usize, usize) {
    let most = if seen.sends_once || look.was_calm { 1 } else { usize::MAX };
    match item.state {
        _ if !World::is_fit(item) => (0, 0),
        // Who commits first may send later, as long as he is there to do it.
        State::Completed if look.world.is_disturbed => (0, most),
        State::Completed if look.when == When::Held => (0, most),
        State::Completed => (1, most),
        State::Reserved { .. } => (0, most),
        _ => (0, if look.was_calm { 0 } else { most }),
    }
}

pub(super) fn what_is_done_is_handed_on(seen: &Account) -> Verdict {
    for look in &seen.looks {
        if !look.world.to_bill.is_empty() || look.rows.contains_key(BILL) {
            let (wanted, shown) = (
                look.world.bills.len() + look.world.to_bill.len(),
                look.rows.get(BILL).map_or(0, Vec::len),
            );
            require(
                shown == wanted,
                format!("have {wanted} items of the step bill"),
                format!("had {shown}"),
            )?;
        }
        if !seen.hands_on {
            continue;
        }
        let rows = look.rows.get("report").map_or(&[][..], Vec::as_slice);
        let (wanted, finished) = (look.world.to_report.len(), look.world.reported);
        let completed = rows.iter().filter(|(_, shown)| shown == "COMPLETED").count();
        let new = rows.iter().filter(|(_, shown)| shown == "NEW").count();
        require(
            (rows.len(), completed, new) == (wanted, finished, wanted - finished),
            format!(
                "have {wanted} items of the step report, {finished} COMPLETED and {} NEW",
                wanted - finished
            ),
            format!("had {}, {completed} COMPLETED and {new} NEW", rows.len()),
        )?;
    }
    Ok(())
}

pub(super) fn the_bill_has_its_price(seen: &Account) -> Verdict {
    for handed in &seen.handed {
        let told =
            |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        require(
            matched(&handed.seen, &handed.wanted).is_some(),
            format!("hand on to the step {}:\n{}", handed.step, told(&handed.wanted)),
            format!("handed on:\n{}", told(&handed.seen)),
        )?;
    }
    Ok(())
}

/// For each that was seen the one that it has to be, if all fit. There may be further fields.
pub(super) fn matched(seen: &[Value], wanted: &[Value]) -> Option<Vec<Value>> {
    let mut open = wanted.to_vec();
    let mut found = Vec::new();
    for value in seen {
        let has_all = |order: &Value| {
            order.as_object().is_some_and(|fields| {
                fields.iter().all(|(name, field)| value.get(name) == Some(field))
                    && (fields.contains_key("Price") || value.get("Price").is_none())
            })
        };
        let place = open.iter().position(has_all)?;
        found.push(open.remove(place));
    }
    open.is_empty().then_some(found)
}

pub(super) fn the_report_tells_all(seen: &Account) -> Verdict {
    for report in &seen.reports {
        let place = (0..report.printed.len().max(report.wanted.len()))
            .find(|place| report.printed.get(*place) != report.wanted.get(*place));
        let Some(place) = place else {
            let last = report.wanted.last().expect("a report counts its orders");
            require(
                report.last == *last,
                format!("print `{last}` last"),
                format!("printed `{}` last", report.last),
            )?;
            continue;
        };
        let line = |lines: &[String]| {
            lines.get(place).map_or("nothing more".to_owned(), |line| format!("`{line}`"))
        };
        return Err(Fault::new(
            format!("report {}", line(&report.wanted)),
            format!("reported {}", line(&report.printed)),
        ));
    }
    Ok(())
}
