//! What must hold, told as tests.

use exam::{Run, program, task};

const ADDED: &str = "[Producer] Added item {item}";
const DONE: &str = "[Producer] Done — added {n} items";
const TOOK: &str = "[Consumer] Took item {item}";
const ROOM: &str = "Room in the queue: {n}";
const WAITED: &str = "Items waited {mean} seconds on average, {longest} at most";
const UNDELIVERED: &str = "undelivered: {n}";
const NO_ITEM: &str = "[Consumer] No item for 0.5 seconds";
const CONSUMED: &str = "Consumed {n} of {items} items in {s} seconds";

exam::as_given!("01-basic");
exam::finished!("01-basic");

#[task("alter-0", "the program tells how much room its queue has")]
fn the_room_in_the_queue_is_told() {
    for (flags, items, room) in
        [("", 10, "3"), ("--capacity 1", 10, "1"), ("--items 4 --capacity 100", 4, "100")]
    {
        let run = play(flags);
        run.exits(0);
        let told = run.one(ROOM);
        run.require_or(
            told.get("n") == room,
            format!("print `Room in the queue: {room}`"),
            format!("printed `{}`", told.text),
            "a number that is not that of --capacity",
        );
        takes(&run, items);
        ends_with(&run, items, items);
    }
}

#[task("alter-1", "the program tells how long the items waited: the mean and the longest")]
fn the_summary_tells_how_long_items_waited() {
    // The flags, and with them the items, the capacity, and the two numbers of the summary.
    let settings = [
        ("default", "", 10, 3, "0.8", "1.1"),
        ("capacity_0", "--capacity 0", 10, 0, "0.2", "0.2"),
        ("capacity_1", "--capacity 1", 10, 1, "0.4", "0.5"),
        ("capacity_100", "--capacity 100", 10, 100, "0.9", "1.9"),
        ("more_items", "--items 25 --capacity 5", 25, 5, "1.4", "1.7"),
        // The items after the stall find an empty queue, so the last wait is not the longest.
        ("after_a_stall", "--stall 8", 10, 3, "0.5", "1.1"),
    ];
    for (name, flags, items, capacity, mean, longest) in settings {
        let run = play(flags);
        run.exits(0);
        takes(&run, items);
        nobody_polls(&run, items);
        waits_in_the_queue(&run);
        keeps_to_the_capacity(&run, capacity);
        tells_the_waits(&run, mean, longest);
        ends_with(&run, items, items);
        run.tells(&format!("alter_1_{name}"), &[ADDED, TOOK, WAITED, CONSUMED]);
    }
    for schedule in 1..=3 {
        let run = program!("01-basic").schedule(schedule).run();
        run.exits(0);
        takes(&run, 10);
    }
}

#[task(
    "fix-1",
    "the producer stops when the consumer has left, and what is undelivered is counted"
)]
fn what_is_undelivered_is_counted() {
    // The flags, and with them the items, the capacity, and how many are consumed.
    let settings = [
        ("--leave-after 4", 10, 3, 4),
        ("--leave-after 4 --capacity 100", 10, 100, 4),
        ("--leave-after 10", 10, 3, 10),
        ("--leave-after 1 --capacity 0", 10, 0, 1),
        ("--items 20 --leave-after 19 --capacity 1", 20, 1, 19),
        ("--leave-after 30", 10, 3, 10),
        ("", 10, 3, 10),
    ];
    for (flags, items, capacity, consumed) in settings {
        let run = play(flags);
        tells_what_is_undelivered(&run, items, consumed);
        waits_in_the_queue(&run);
        let added = run.lines(ADDED).len();
        run.require_or(
            added <= consumed + capacity + 1,
            "let the producer stop when nobody takes its items any more",
            format!("added {added} items, of which {consumed} were consumed"),
            "a queue that still takes items in, or a producer that does not look whether it did",
        );
        for done in run.lines(DONE) {
            run.require_or(
                done.get("n") == added.to_string(),
                format!("say nothing that is not so: {added} items were added"),
                format!("printed `{}`", done.text),
                "a loop that ends early, and goes on with the line below it",
            );
        }
    }
    for schedule in 1..=5 {
        let run = program!("01-basic").flag("--leave-after", 4).schedule(schedule).run();
        tells_what_is_undelivered(&run, 10, 4);
    }
}

#[task("fix-2", "the consumer says, once a stall, that it has waited for half a second")]
fn the_consumer_notices_a_stall() {
    let settings = [
        ("one", "--stall 8", 10),
        ("two", "--stall 4 --stall 8", 10),
        ("two_in_a_row", "--stall 8 --stall 9", 10),
        ("at_the_start", "--stall 1", 10),
        ("bridged_by_the_queue", "--capacity 100 --stall 9", 10),
        ("without_a_queue", "--capacity 0 --stall 5", 10),
        ("none", "--items 20", 20),
    ];
    for (name, flags, items) in settings {
        let run = play(flags);
        run.exits(0);
        takes(&run, items);
        nobody_polls(&run, items);
        waits_in_the_queue(&run);
        ends_with(&run, items, items);
        run.tells(&format!("fix_2_{name}"), &[NO_ITEM, TOOK, CONSUMED]);
    }
}

fn play(flags: &str) -> Run {
    program!("01-basic").flags(flags).run()
}

/// Item 1 to the last, each once and in this order.
fn takes(run: &Run, items: usize) {
    run.each_once(TOOK, "item", 1..=items);
    let took: Vec<f64> = run.lines(TOOK).iter().filter_map(|line| line.number("item")).collect();
    run.require_or(
        took.is_sorted(),
        "take the items in the order in which they were added",
        format!("took them in this order: {took:?}"),
        "something that is not a queue",
    );
}

/// Item 1 is taken out of a wait, not at the end of a sleep. So there is somebody to wait for.
fn waits_in_the_queue(run: &Run) {
    let slept = run.works(TOOK).first().is_some_and(|first| first.from < first.to);
    run.require_or(
        !slept,
        "let the consumer wait at the queue until item 1 is there",
        "took item 1 at the end of a sleep",
        "one loop that plays both, or a consumer that looks again and again instead of waiting",
    );
}

/// Whoever wants to say so before it waits may look first: once for each item, on each side.
fn nobody_polls(run: &Run, items: usize) {
    run.waits_at_the_queue(items as u64 + 1);
}

/// Never more items in the queue than fit in. At one instant, what is taken makes room for what is added.
fn keeps_to_the_capacity(run: &Run, capacity: i32) {
    let changes = [(ADDED, 1), (TOOK, -1)].map(|(pattern, change)| {
        run.lines(pattern).into_iter().map(move |line| (run.at(&line), change))
    });
    let mut changes: Vec<_> = changes.into_iter().flatten().collect();
    changes.sort();
    let mut depth = 0;
    for (at, change) in changes {
        depth += change;
        run.require_or(
            depth <= capacity,
            format!("have at most {capacity} items in the queue"),
            format!("had {depth} at {} s", at.as_secs_f64()),
            "a queue that is made with another capacity than --capacity says",
        );
    }
}

/// The numbers of the summary; some wrong ones are known.
fn tells_the_waits(run: &Run, mean: &str, longest: &str) {
    let told = run.one(WAITED);
    let looks_like = match (mean, told.get("mean"), told.get("longest")) {
        (_, "0.0", "0.0") => "a clock that is not the rehearsal's: `use rehearsal::time::Instant;`",
        ("0.8", "0.9", "1.2") => "a clock that starts before the item is made",
        ("0.8", "0.7", "0.9") => "a clock that starts when the item has found room",
        ("0.8", "1.1", "1.4") => "a clock that stops when the item has been used",
        ("0.8", "0.0", "0.1") => "the time that the consumer waited, not the items",
        (_, "0.8", "1.1") => "numbers that were not measured",
        (_, same, _) if same == mean => "something else than the longest wait",
        _ => "something else than the time from an item's making to its taking",
    };
    run.require_or(
        (told.get("mean"), told.get("longest")) == (mean, longest),
        format!("print `Items waited {mean} seconds on average, {longest} at most`"),
        format!("printed `{}`", told.text),
        looks_like,
    );
}

/// The summary is the last line.
fn ends_with(run: &Run, consumed: usize, items: usize) {
    let expected = format!("Consumed {consumed} of {items} items in ");
    let last = run.stdout().lines().last().unwrap_or_default();
    run.require_or(
        last.starts_with(&expected) && run.lines(CONSUMED).len() == 1,
        format!("end with the line `{expected}… seconds`, and print it once"),
        format!("ended with the line `{last}`"),
        "a summary that counts something else, comes twice, or is not the last word",
    );
}

fn tells_what_is_undelivered(run: &Run, items: usize, consumed: usize) {
    run.require_or(
        !run.stderr().contains("panicked at"),
        "end without a panic",
        "panicked",
        "an `unwrap()` or `expect()` of what the queue gives back when the other side is gone, and somebody who sweeps up",
    );
    takes(run, consumed);
    ends_with(run, consumed, items);
    let undelivered = items - consumed;
    if undelivered == 0 {
        run.none(UNDELIVERED);
        run.exits(0);
        return;
    }
    let told = run.one(UNDELIVERED);
    let counted = told.number("n").unwrap_or(f64::NAN);
    let looks_like = if counted < undelivered as f64 {
        "a count that leaves some out: what lies in the queue, what the producer holds, or what was never made"
    } else {
        "a count that takes in what was consumed"
    };
    run.require_or(
        told.get("n") == undelivered.to_string(),
        format!("print `undelivered: {undelivered}`"),
        format!("printed `{}`", told.text),
        looks_like,
    );
    run.exits(1);
}
