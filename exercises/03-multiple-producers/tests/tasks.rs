//! What must hold, told as tests.
//!
//! Under a schedule, and on real threads, who took an item first may print later. But the clock stands still
//! until both have printed. So a test compares instants, and never the order of lines within one.

use exam::{Line, Run, most_at_once, program, task};
use std::collections::BTreeMap;
use std::time::Duration;

const ADDED: &str = "[Producer-{p}] Added item {n}";
const TOOK: &str = "[Consumer-{w}] Took item {n} of Producer-{p}";
const FINISHED: &str = "[Consumer-{w}] Finished item {n} of Producer-{p}";
const SHUTTING_DOWN: &str = "[Consumer-{w}] Shutting down";
const ORDER: &str = "Producer-{p}: {count} items, finished {order} ({verdict})";
const RESULT: &str = "[Results] item {n} of Producer-{p}";
const LOST: &str = "lost: {n} items of Producer-{p} (it panicked)";
const SUMMARY: &str = "Consumed {consumed} of {made} items in {s} seconds";

exam::as_given!("03-multiple-producers");
exam::finished!("03-multiple-producers");

#[task("alter-1", "the summary tells in which order each producer's items were finished")]
fn the_summary_tells_the_order_of_finishing() {
    // The flags, and with them the producers and the items of each.
    let settings = [
        ("default", "", 3, 4),
        ("four_consumers", "--consumers 4 --items 12", 3, 12),
        ("one_producer", "--producers 1 --consumers 3", 1, 4),
        ("two_producers", "--producers 2 --items 8", 2, 8),
    ];
    for (name, flags, producers, items) in settings {
        let run = play(flags);
        run.exits(0);
        consumes(&run, &Made::all(producers, items));
        are_threads_of_their_own(&run);
        tells_the_orders(&run, producers);
        run.tells(&format!("alter_1_{name}"), &[ADDED, TOOK, FINISHED, SUMMARY]);
    }
    // One consumer alone finishes all in order, and the queue is full.
    let run = play("--consumers 1 --items 12");
    run.exits(0);
    consumes(&run, &Made::all(3, 12));
    tells_the_orders(&run, 3);
    holds_no_more_than(&run, None, 6);
    // A producer that is alone is also the last to finish: so this does not need Fix 1.
    program().flags("--producers 1 --consumers 3 --items 6").explore(1..=20, |run| {
        run.exits(0);
        consumes(run, &Made::all(1, 6));
        tells_a_verdict_that_fits(run, 1);
    });
}

#[task("alter-2", "results come in the order of their producer, and few are held back")]
fn results_come_in_order_and_few_are_held_back() {
    // The flags, and with them the producers and the items of each. Here there is room for all.
    let settings = [
        ("default", "--ordered 100", 3, 4),
        ("four_consumers", "--ordered 100 --consumers 4 --items 12", 3, 12),
    ];
    for (name, flags, producers, items) in settings {
        let run = play(flags);
        run.exits(0);
        consumes(&run, &Made::all(producers, items));
        shows_in_order(&run, &Made::all(producers, items));
        run.tells(&format!("alter_2_{name}"), &[TOOK, FINISHED, RESULT]);
    }
    for (limit, consumers) in [(1, 2), (1, 3), (5, 3)] {
        let flags = format!(
            "--ordered {limit} --consumers {consumers} --producers 1 --greedy 1 --items 40"
        );
        let run = play(&flags);
        run.exits(0);
        consumes(&run, &Made::all(1, 40));
        shows_in_order(&run, &Made::all(1, 40));
        holds_back_no_more_than(&run, limit, consumers);
    }
    program().flags("--ordered 1 --producers 1 --consumers 3 --items 8").explore(1..=40, |run| {
        run.exits(0);
        consumes(run, &Made::all(1, 8));
        shows_in_order(run, &Made::all(1, 8));
        holds_back_no_more_than(run, 1, 3);
    });
}

#[task("fix-1", "the last producer to finish ends the program, whichever it is")]
fn the_last_producer_to_finish_ends_the_program() {
    // The flags, and with them the producers, the items of each, and the consumers.
    let settings = [
        ("", 3, 4, 2),
        ("--greedy 3", 3, 4, 2),
        ("--producers 4", 4, 4, 2),
        ("--producers 5 --greedy 5", 5, 4, 2),
        ("--producers 1 --consumers 4", 1, 4, 4),
        ("--producers 2 --consumers 8 --items 1", 2, 1, 8),
        ("--producers 5 --consumers 1 --items 3", 5, 3, 1),
        ("--capacity 1 --greedy 2", 3, 4, 2),
    ];
    for (flags, producers, items, consumers) in settings {
        let run = play(flags);
        run.exits(0);
        ends_after_the_last_item(&run, &Made::all(producers, items), consumers);
        are_threads_of_their_own(&run);
        ends_in_time(&run);
    }
    // Where one consumer is the slowest, producers meet at the end, and wait for room there.
    for (flags, items, consumers, schedules) in [
        ("--producers 5 --consumers 3 --items 3", 3, 3, 1..=100),
        ("--producers 5 --consumers 1 --items 2 --capacity 5", 2, 1, 101..=200),
    ] {
        program().flags(flags).explore(schedules, |run| {
            run.exits(0);
            ends_after_the_last_item(run, &Made::all(5, items), consumers);
        });
    }
}

#[task("fix-2", "no producer holds more than its share of the queue")]
fn no_producer_holds_more_than_its_share() {
    // The flags, and with them the producers, the items of each, the greedy one, and the share.
    let settings = [
        ("--greedy 1 --items 12", 3, 12, 1, 2),
        ("--greedy 3 --items 12 --consumers 1", 3, 12, 3, 2),
        ("--greedy 2 --items 20 --producers 2 --capacity 8", 2, 20, 2, 4),
        ("--greedy 1 --items 12 --capacity 11 --consumers 1", 3, 12, 1, 3),
        ("--greedy 1 --items 12 --capacity 3 --consumers 4", 3, 12, 1, 1),
    ];
    for (flags, producers, items, greedy, share) in settings {
        let run = play(flags);
        run.exits(0);
        consumes(&run, &Made::all(producers, items));
        for producer in 1..=producers {
            holds_no_more_than(&run, Some(producer), share);
        }
        uses_its_share(&run, greedy, share);
        run.nobody_spins();
    }
    let run = play("--greedy 1 --items 12 --capacity 2");
    run.exits(0);
    consumes(&run, &Made::all(3, 12));
    holds_no_more_than(&run, None, 2);
    program().flags("--greedy 1 --items 6").explore(1..=60, |run| {
        run.exits(0);
        consumes(run, &Made::all(3, 6));
        holds_no_more_than(run, Some(1), 2);
        uses_its_share(run, 1, 2);
    });
}

#[task("fix-3", "a producer that panics stops nobody else, and the loss is told")]
fn a_producer_that_panics_stops_nobody_else() {
    // The flags, and with them the producers, the items of each, and who fails.
    let settings = [
        ("", 3, 4, None),
        ("--fail-producer 1", 3, 4, Some(1)),
        ("--fail-producer 3", 3, 4, Some(3)),
        ("--fail-producer 2 --items 7 --consumers 4", 3, 7, Some(2)),
        ("--fail-producer 1 --producers 1 --consumers 3", 1, 4, Some(1)),
        ("--fail-producer 2 --greedy 2 --items 8", 3, 8, Some(2)),
    ];
    for (flags, producers, items, failing) in settings {
        tells_the_loss(&play(flags), producers, items, failing);
    }
    program().flags("--fail-producer 3").explore(1..=40, |run| tells_the_loss(run, 3, 4, Some(3)));
}

fn program() -> exam::Program {
    program!("03-multiple-producers")
}

fn play(flags: &str) -> Run {
    program().flags(flags).run()
}

/// How many items each producer makes, and how many it was asked for.
struct Made {
    of: BTreeMap<u32, u32>,
    asked: u32,
}

impl Made {
    fn all(producers: u32, items: u32) -> Made {
        Made { of: (1..=producers).map(|producer| (producer, items)).collect(), asked: items }
    }

    fn count(&self) -> u32 {
        self.of.values().sum()
    }
}

/// When a line was printed for each item of one producer.
fn instants(run: &Run, pattern: &str, producer: u32) -> BTreeMap<u32, Duration> {
    let lines = run.lines(pattern).into_iter().filter(|line| is_of(line, producer));
    lines.filter_map(|line| Some((number(&line)?, run.at(&line)))).collect()
}

fn is_of(line: &Line, producer: u32) -> bool {
    line.get("p") == producer.to_string()
}

fn number(line: &Line) -> Option<u32> {
    line.get("n").parse().ok()
}

/// Each item is added, taken and finished once, and taken in the order of its producer; the last line says so.
fn consumes(run: &Run, made: &Made) {
    for (&producer, &items) in &made.of {
        for pattern in [ADDED, TOOK, FINISHED] {
            let pattern = pattern.replace("{p}", &producer.to_string());
            run.each_once(&pattern, "n", 1..=items);
        }
        let [added, taken, finished] =
            [ADDED, TOOK, FINISHED].map(|line| instants(run, line, producer));
        for (item, at) in &taken {
            run.require_or(
                added[item] <= *at && *at <= finished[item],
                "add each item, then take it, then finish it",
                format!("told it of item {item} of Producer-{producer} in another order"),
                "lines that are not printed when it happens",
            );
        }
        let overtaken = taken.iter().zip(taken.iter().skip(1)).find(|(one, next)| one.1 > next.1);
        if let Some(((one, late), (next, early))) = overtaken {
            run.require_or(
                false,
                "take the items of one producer in the order in which it made them",
                format!(
                    "took item {next} of Producer-{producer} at {:.3} s, and item {one} at {:.3} s",
                    early.as_secs_f64(),
                    late.as_secs_f64()
                ),
                "something that is not a queue",
            );
        }
    }
    let (consumed, asked) = (made.count(), made.asked * made.of.len() as u32);
    let expected = format!("Consumed {consumed} of {asked} items in ");
    let last = run.stdout().lines().last().unwrap_or_default();
    run.require(
        last.starts_with(&expected) && run.lines(SUMMARY).len() == 1,
        format!("end with the line `{expected}… seconds`, and print it once"),
        format!("ended with the line `{last}`"),
    );
}

/// One loop that plays several actors sleeps until each line is due. So the tape gives it away.
fn are_threads_of_their_own(run: &Run) {
    run.workers_are_real(&run.works(FINISHED));
    run.workers_are_real(&run.works(&ADDED.replace("{p}", "{w}")));
}

/// The order and the verdict in the summary are those of the "Finished" lines.
fn tells_the_orders(run: &Run, producers: u32) {
    tells_a_verdict_that_fits(run, producers);
    for line in run.lines(ORDER) {
        let producer: u32 = line.get("p").parse().unwrap_or_default();
        let mut finished: Vec<_> = instants(run, FINISHED, producer).into_iter().collect();
        finished.sort_by_key(|(_, at)| *at);
        let order: Vec<String> = finished.iter().map(|(item, _)| item.to_string()).collect();
        let mut by_consumer: Vec<Line> = run.lines(FINISHED);
        by_consumer.retain(|line| is_of(line, producer));
        by_consumer.sort_by_key(|line| line.get("w").to_owned());
        let by_consumer: Vec<&str> = by_consumer.iter().map(|line| line.get("n")).collect();
        let looks_like = if line.get("verdict") == "in order" {
            "the order in which the items were made or taken, or one that was sorted"
        } else if line.get("order") == by_consumer.join(", ") {
            "the lists of the consumers, one after another"
        } else {
            "another order than that of finishing"
        };
        run.require_or(
            line.get("order") == order.join(", "),
            format!("tell that Producer-{producer}'s items were finished {}", order.join(", ")),
            format!("printed `{}`", line.text),
            looks_like,
        );
    }
}

/// One line for each producer, with all its items, and a verdict that is true of the order in the line.
fn tells_a_verdict_that_fits(run: &Run, producers: u32) {
    run.each_once(ORDER, "p", 1..=producers);
    for line in run.lines(ORDER) {
        let producer: u32 = line.get("p").parse().unwrap_or_default();
        let order: Vec<u32> = line.get("order").split(", ").flat_map(str::parse).collect();
        let count = run.lines(FINISHED).iter().filter(|line| is_of(line, producer)).count();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        run.require(
            line.get("count") == count.to_string() && sorted.into_iter().eq(1..=count as u32),
            format!("tell of Producer-{producer} that {count} items were finished, and name each"),
            format!("printed `{}`", line.text),
        );
        let verdict = if order.is_sorted() { "in order" } else { "out of order" };
        run.require_or(
            line.get("verdict") == verdict,
            format!("call the order {} `{verdict}`", line.get("order")),
            format!("printed `{}`", line.text),
            "a verdict that does not compare each number with the one before it",
        );
    }
}

/// The items that were added and not yet taken. At one instant, what is taken makes room for what is added.
/// Whoever holds one more item in hand is right too.
fn holds_no_more_than(run: &Run, producer: Option<u32>, slots: usize) {
    let producers: Vec<u32> = match producer {
        Some(producer) => vec![producer],
        None => run.lines(ADDED).iter().flat_map(|line| line.get("p").parse()).collect(),
    };
    let mut waits = BTreeMap::new();
    for &producer in &producers {
        let taken = instants(run, TOOK, producer);
        for (item, added) in instants(run, ADDED, producer) {
            if let Some(taken) = taken.get(&item) {
                waits.insert((producer, item), (added, *taken));
            }
        }
    }
    // What was taken in the instant in which it came did not wait.
    let most = most_at_once(waits.into_values().filter(|(added, taken)| added < taken));
    let (who, looks_like) = match producer {
        Some(producer) => (
            format!("of Producer-{producer} "),
            "no limit, one that all producers share or one for the greedy producer alone, or a pause in place of a limit",
        ),
        None => (String::new(), "a queue that is made with another capacity than --capacity says"),
    };
    run.require_or(
        most <= slots + 1,
        format!("have no more than {slots} items {who}in the queue"),
        format!("had {most}"),
        looks_like,
    );
}

/// The greedy producer needs no time to make an item. So it adds one as soon as it has a slot for it.
fn uses_its_share(run: &Run, greedy: u32, share: usize) {
    let (added, taken) = (instants(run, ADDED, greedy), instants(run, TOOK, greedy));
    for (item, at) in added {
        let due = item.checked_sub(share as u32).and_then(|before| taken.get(&before));
        let due = due.copied().unwrap_or_default();
        run.require_or(
            at <= due,
            format!(
                "let Producer-{greedy} add item {item} at {:.3} s, when one of its {share} slots is free",
                due.as_secs_f64()
            ),
            format!("added it at {:.3} s", at.as_secs_f64()),
            "a slot that is given back too late, a smaller share, a pause in place of a limit, or a producer that was \
             not woken, or took its slot after the send",
        );
    }
}

/// All items are consumed, and every consumer stays until the last is taken.
fn ends_after_the_last_item(run: &Run, made: &Made, consumers: u32) {
    run.require(!run.stderr().contains("panicked at"), "end without a panic", "panicked");
    let taken = run.lines(TOOK);
    let last = taken.iter().map(|line| run.at(line)).max().unwrap_or_default();
    for line in run.lines(SHUTTING_DOWN) {
        run.require_or(
            run.at(&line) >= last,
            "keep every consumer until the last item is taken",
            format!(
                "printed `{}` at {:.3} s, and took an item at {:.3} s",
                line.text,
                run.at(&line).as_secs_f64(),
                last.as_secs_f64()
            ),
            "a stop that is sent while another producer is still at work, or a consumer that takes a pause for the end",
        );
    }
    consumes(run, made);
    run.each_once(SHUTTING_DOWN, "w", 1..=consumers);
}

/// Nobody waits for something else than the last item.
fn ends_in_time(run: &Run) {
    let finished = run.lines(FINISHED);
    let last = finished.iter().map(|line| run.at(line)).max().unwrap_or_default();
    let end = run.at(&run.one(SUMMARY));
    run.require_or(
        end <= last + Duration::from_millis(50),
        format!("end at {:.3} s, when the last item is finished", last.as_secs_f64()),
        format!("ended at {:.3} s", end.as_secs_f64()),
        "a timeout or a sleep that stands for the end",
    );
}

/// Each result comes as soon as it and all before it of the same producer are finished.
fn shows_in_order(run: &Run, made: &Made) {
    for (&producer, &items) in &made.of {
        let pattern = RESULT.replace("{p}", &producer.to_string());
        run.each_once(&pattern, "n", 1..=items);
        let order: Vec<u32> = run.lines(&pattern).iter().filter_map(number).collect();
        run.require_or(
            order.is_sorted(),
            format!("print the results of Producer-{producer} in order"),
            format!("printed them in this order: {order:?}"),
            "results that are printed when they are finished",
        );
        let finished = instants(run, FINISHED, producer);
        let shown = instants(run, RESULT, producer);
        let mut due = Duration::ZERO;
        for (item, at) in finished {
            due = due.max(at);
            run.require_or(
                shown[&item] == due,
                format!(
                    "print the result of item {item} of Producer-{producer} at {:.3} s, when it and all before it are finished",
                    due.as_secs_f64()
                ),
                format!("printed it at {:.3} s", shown[&item].as_secs_f64()),
                "results that wait for the end, or for other producers",
            );
        }
    }
}

/// The results that are finished and not yet shown. Each consumer may have one more in its hand.
fn holds_back_no_more_than(run: &Run, limit: usize, consumers: usize) {
    let shown = instants(run, RESULT, 1);
    let held = instants(run, FINISHED, 1).into_iter().map(|(item, at)| (at, shown[&item]));
    let most = most_at_once(held.filter(|(finished, shown)| finished < shown));
    run.require_or(
        most <= limit + consumers,
        format!(
            "hold back at most {limit}, and one more in the hand of each of {consumers} consumers"
        ),
        format!("held back {most}"),
        "results that are held back without a bound",
    );
}

/// All that was made is consumed, and what was not made is told.
fn tells_the_loss(run: &Run, producers: u32, items: u32, failing: Option<u32>) {
    let mut made = Made::all(producers, items);
    if let Some(failing) = failing {
        made.of.insert(failing, items / 2);
    }
    consumes(run, &made);
    let Some(failing) = failing else {
        run.none(LOST);
        run.exits(0);
        return;
    };
    let told = run.one(LOST);
    let expected = format!("lost: {} items of Producer-{failing} (it panicked)", items - items / 2);
    run.require(
        told.text == expected,
        format!("print `{expected}`"),
        format!("printed `{}`", told.text),
    );
    run.exits(1);
}
