//! What must hold, told as tests.
//!
//! Right programs differ in which idle consumer takes an item, and in when "Added" and "Going home" come.
//! So a test looks at which items were done and when, and asks for a consumer's number only where the brief says it.

use exam::{Line, Program, Run, Work, most_at_once, program, task};
use std::collections::BTreeMap;
use std::time::Duration;

const ADDED: &str = "[Producer] Added item {item}";
const TOOK: &str = "[Consumer-{w}] Took item {item}";
const FINISHED: &str = "[Consumer-{w}] Finished item {item} (took {s}s)";
const GOING_HOME: &str = "[Consumer-{w}] Going home";
const BATCH: &str = "Batch {batch} done";
const LOST: &str = "lost: item {item} (Consumer-{w} panicked)";
const A_QUEUE_FOR_EACH: &str = "--- A queue for each consumer ---";
const SUMMARY: &str = "{done} of {made} items done in {s} seconds";

/// How long the producer needs for each item, in milliseconds, from the first on.
const MAKING: [u64; 12] = [61, 98, 99, 55, 100, 119, 71, 81, 73, 119, 95, 83];

/// How long a consumer needs for each item, in milliseconds, from the first on.
const USING: [u64; 24] = [
    216, 793, 512, 424, 244, 416, 611, 640, 320, 593, 729, 372, 494, 352, 536, 579, 799, 854, 472,
    422, 760, 683, 450, 478,
];

exam::as_given!("02-multiple-consumers");
exam::finished!("02-multiple-consumers");

#[task("alter-1", "every consumer goes home, also when nobody knows how many are still there")]
fn every_consumer_goes_home() {
    // The flags, and with them the items, the consumers, how many work at once, the capacity,
    // and whether the instants are the same in each right program.
    let settings = [
        ("default", "", 12, 3, 3, 3, true),
        ("one_consumer", "--consumers 1 --capacity 100", 12, 1, 1, 100, true),
        ("few_items", "--consumers 5 --items 3", 3, 5, 3, 3, true),
        ("one_leaves", "--leave-at 4", 12, 3, 3, 3, true),
        ("one_leaves", "--leave-at 4 --capacity 0", 12, 3, 3, 0, false),
        ("the_last_leaves", "--leave-at 12 --capacity 0", 12, 3, 3, 0, false),
        ("nobody_leaves", "--leave-at 13 --capacity 0", 12, 3, 3, 0, false),
    ];
    for (name, flags, items, consumers, at_work, capacity, tells) in settings {
        let run = play(flags).run();
        run.exits(0);
        run.each_once(FINISHED, "item", 1..=items);
        goes_home(&run, consumers, leaver(flags));
        let works = works(&run);
        run.has_at_work(&works, at_work);
        run.workers_are_real(&works);
        run.nobody_spins();
        keeps_to_the_capacity(&run, capacity);
        if tells {
            run.tells(&format!("alter_1_{name}"), &[FINISHED]);
        }
        ends_with(&run, items, items);
    }

    // It has only to end, and `run` has seen to that.
    let _ = play("--fail 4 --capacity 0").run();

    play("").explore(1..=100, |run| {
        run.exits(0);
        run.each_once(FINISHED, "item", 1..=12);
        goes_home(run, 3, None);
    });
    play("--leave-at 4 --capacity 0").explore(101..=200, |run| {
        run.exits(0);
        run.each_once(FINISHED, "item", 1..=12);
        goes_home(run, 3, Some(4));
    });
}

#[task("alter-2", "with a queue for each consumer, items wait behind the slow ones")]
fn with_a_queue_for_each_items_wait_behind_the_slow_ones() {
    // The flags, and with them the items, the consumers, the capacity, and who is slow.
    let settings = [
        ("--split", 12, 3, 3, None),
        ("--split --slow 2", 12, 3, 3, Some(2)),
        ("--split --slow 2 --capacity 1", 12, 3, 1, Some(2)),
        ("--split --slow 1 --capacity 12", 12, 3, 12, Some(1)),
        ("--split --slow 4 --consumers 5 --items 7", 7, 5, 3, Some(4)),
    ];
    for (flags, items, consumers, capacity, slow) in settings {
        let run = play(flags).run();
        run.exits(0);
        let [shared, split] = parts(&run, items);
        competes(&run, &shared, items, consumers, slow);
        deals_in_turn(&run, &split.works, consumers);
        waits_for_its_turn(&run, &split, [capacity, capacity + 1], consumers, slow);
        for part in [&shared, &split] {
            run.workers_are_real(&part.works);
            tells_its_seconds(&run, part, items);
        }
    }
    play("--split --slow 2").explore(1..=40, |run| {
        run.exits(0);
        let [_, split] = parts(run, 12);
        deals_in_turn(run, &split.works, 3);
    });
}

#[task("fix-1", "a panic costs one item, which is named, and the others carry on")]
fn a_panic_costs_one_item() {
    // The flags, and with them the items, the one that is lost, and how many are at work on what is taken
    // after that, if whoever panicked is gone.
    let settings = [
        ("--fail 5", 12, 5, 2),
        ("--fail 1", 12, 1, 2),
        ("--fail 12", 12, 12, 0),
        ("--fail 2 --consumers 2 --items 9", 9, 2, 1),
        ("--fail 3 --consumers 6", 12, 3, 3),
    ];
    for (flags, items, item, at_work) in settings {
        let run = play(flags).run();
        loses(&run, items, item);
        // The line about it may come later: some learn of the panic as they join the thread.
        let lost = taken(&run)[&item] + using(item);
        let works = works(&run);
        let later = works.iter().filter(|work| work.from >= lost);
        let later = later.map(|work| (work.from, work.to));
        let most = most_at_once(later);
        run.require_or(
            most >= at_work,
            format!("have {at_work} at work on what was taken after item {item} was lost"),
            format!("had {most}, at the most"),
            "consumers that stop when another one panics: a lock that is poisoned, or an error that is passed on",
        );
    }

    let run = play("").run();
    run.exits(0);
    run.none(LOST);
    run.each_once(FINISHED, "item", 1..=12);
    ends_with(&run, 12, 12);

    // A consumer that lives on does the rest, and one that died leaves it undone.
    // Three items all find room, and so no `send` tells the producer that nobody is left.
    for (flags, items) in [("--fail 1 --consumers 1", 12), ("--fail 1 --consumers 1 --items 3", 3)]
    {
        let run = play(flags).run();
        run.each_once(LOST, "item", [1]);
        run.each_once(LOST, "w", [1]);
        let finished: Vec<String> =
            run.lines(FINISHED).iter().map(|line| line.get("item").to_owned()).collect();
        run.each_once(FINISHED, "item", 2..=finished.len() + 1);
        ends_with(&run, finished.len(), items);
        run.exits(1);
    }

    play("--fail 5").explore(1..=60, |run| loses(run, 12, 5));
}

#[task("fix-2", "a batch is done when its last item is, and the pool stays for the next one")]
fn a_batch_is_done_when_its_last_item_is() {
    // The flags, and with them the items of a batch, the batches, the consumers, and how many work at once.
    let settings = [
        // Item 12 is not the last of its batch that is done.
        ("--batches 2", 12, 2, 3, 3),
        ("--batches 2 --items 11", 11, 2, 3, 3),
        ("--batches 2 --items 11 --capacity 100", 11, 2, 3, 3),
        ("--batches 3 --items 2 --consumers 4 --capacity 1", 2, 3, 4, 2),
        ("--batches 9 --items 1 --consumers 2", 1, 9, 2, 1),
        ("", 12, 1, 3, 3),
    ];
    for (flags, items, batches, consumers, at_work) in settings {
        let run = play(flags).run();
        run.exits(0);
        let all = items * batches;
        run.each_once(FINISHED, "item", 1..=all);
        run.each_once(BATCH, "batch", 1..=batches);
        for batch in 1..=batches {
            let told = run.one(&format!("Batch {batch} done"));
            let done = over(&run, batch, items);
            comes_between(&run, &told, batch, items);
            run.require_or(
                run.at(&told) == done,
                format!("print `{}` at {} s, when its last item is done", told.text, seconds(done)),
                format!("printed it at {} s", seconds(run.at(&told))),
                "a look at the counter now and then, or a pause that is long enough",
            );
        }
        goes_home(&run, consumers, None);
        run.has_at_work(&works(&run), at_work);
        run.workers_are_real(&works(&run));
        run.nobody_spins();
        ends_with(&run, all, all);
    }
    play("--batches 2 --items 7").explore(1..=100, |run| {
        run.exits(0);
        run.each_once(FINISHED, "item", 1..=14);
        run.each_once(BATCH, "batch", 1..=2);
        for batch in 1..=2 {
            comes_between(run, &run.one(&format!("Batch {batch} done")), batch, 7);
        }
        goes_home(run, 3, None);
    });
}

fn play(flags: &str) -> Program {
    program!("02-multiple-consumers").flags(flags)
}

fn item(line: &Line) -> usize {
    line.get("item").parse().unwrap_or(0)
}

fn using(item: usize) -> Duration {
    Duration::from_millis(item.checked_sub(1).and_then(|n| USING.get(n)).copied().unwrap_or(0))
}

fn seconds(instant: Duration) -> String {
    format!("{:.3}", instant.as_secs_f64())
}

/// What was worked on. The tape tells who slept, and that need not be who prints.
fn works(run: &Run) -> Vec<Work> {
    run.works_lasting(FINISHED, |line| using(item(line)))
}

/// When each item was taken.
fn taken(run: &Run) -> BTreeMap<usize, Duration> {
    run.lines(TOOK).iter().map(|line| (item(line), run.at(line))).collect()
}

/// The item after which somebody leaves, if it comes.
fn leaver(flags: &str) -> Option<usize> {
    let (_, rest) = flags.split_once("--leave-at ")?;
    rest.split(' ').next()?.parse().ok().filter(|item| *item <= 12)
}

/// Each consumer goes home once, after the last item was taken; whoever leaves does so after its item.
fn goes_home(run: &Run, consumers: usize, leaves_after: Option<usize>) {
    run.each_once(GOING_HOME, "w", 1..=consumers);
    let finished = run.lines(FINISHED);
    let leaver = finished.iter().find(|line| leaves_after == Some(item(line)));
    let leaver = leaver.map(|line| (line.get("w").to_owned(), run.at(line)));
    let last_taken = taken(run).into_values().max().unwrap_or_default();
    for home in run.lines(GOING_HOME) {
        let (from, because, looks_like) = match &leaver {
            Some((name, done)) if name == home.get("w") => {
                (*done, "its item is done", "a consumer that leaves while it works")
            }
            _ => (
                last_taken,
                "the last item is taken",
                "a consumer that takes an empty queue or a lull for the end, or a pool that is made anew",
            ),
        };
        run.require_or(
            run.at(&home) >= from,
            format!("print `{}` when {because}, which is at {} s", home.text, seconds(from)),
            format!("printed it at {} s", seconds(run.at(&home))),
            looks_like,
        );
    }
    let Some((name, left)) = leaver else { return };
    for line in run.lines(TOOK).iter().chain(&finished) {
        run.require_or(
            line.get("w") != name || run.at(line) <= left,
            format!("let Consumer-{name} go home after item {}", leaves_after.unwrap_or_default()),
            format!("printed `{}` at {} s", line.text, seconds(run.at(line))),
            "a consumer that does not leave any more",
        );
    }
}

/// Whoever prints "Added" a moment too early, or holds one item in hand, is right too: so one more may wait.
fn keeps_to_the_capacity(run: &Run, capacity: usize) {
    let added: BTreeMap<usize, Duration> =
        run.lines(ADDED).iter().map(|line| (item(line), run.at(line))).collect();
    let taken = taken(run);
    // What was taken in the instant in which it came did not wait.
    let waits = added.iter().filter_map(|(item, added)| Some((*added, *taken.get(item)?)));
    let waiting = most_at_once(waits.filter(|(added, taken)| added < taken));
    run.require_or(
        waiting <= capacity + 1,
        format!("let no more than {capacity} items wait in the queue"),
        format!("let {waiting} wait"),
        "a queue whose capacity is not that of the flag",
    );
    run.require_or(
        capacity < 100 || waiting >= 9,
        "let as many items wait in the queue as there is room for",
        format!("let {waiting} wait, at the most"),
        "a queue whose capacity is not that of the flag",
    );
}

/// The summary is the last line.
fn ends_with(run: &Run, done: usize, made: usize) {
    let last = run.stdout().lines().last().unwrap_or_default();
    run.require(
        last.starts_with(&format!("{done} of {made} items done in ")),
        format!("end with the line `{done} of {made} items done in … seconds`"),
        format!("ended with the line `{last}`"),
    );
    run.one(SUMMARY);
}

/// One of the two parts of a run with `--split`.
struct Part {
    works: Vec<Work>,
    /// When it began.
    from: Duration,
    summary: Line,
}

fn parts(run: &Run, items: usize) -> [Part; 2] {
    let header = run.one(A_QUEUE_FOR_EACH);
    let begun = run.at(&header);
    let [first, second] = <[Line; 2]>::try_from(run.count(SUMMARY, 2)).unwrap_or_else(|_| {
        unreachable!("there are two summaries");
    });
    run.require(
        place(run, &first) < place(run, &header),
        format!("print the summary of the first part before `{A_QUEUE_FOR_EACH}`"),
        "printed it after",
    );
    // Items take time, so none of the second part is done as it begins.
    let (shared, split): (Vec<Work>, Vec<Work>) =
        works(run).into_iter().partition(|work| work.to <= begun);
    [(shared, Duration::ZERO, first, "first"), (split, begun, second, "second")].map(
        |(works, from, summary, name)| {
            let mut done: Vec<usize> = works.iter().map(|work| item(&work.line)).collect();
            done.sort();
            run.require(
                done.iter().copied().eq(1..=items),
                format!("finish each of {items} items once in the {name} part"),
                format!("finished {done:?}"),
            );
            Part { works, from, summary }
        },
    )
}

/// From one queue, whoever is slow gets fewer items than its share.
fn competes(run: &Run, shared: &Part, items: usize, consumers: usize, slow: Option<usize>) {
    let most = most_at_once(shared.works.iter().map(|work| (work.from, work.to)));
    run.require_or(
        most >= consumers.min(3),
        format!("have {} at work in the busiest moment of the first part", consumers.min(3)),
        format!("had {most}"),
        "consumers that work one after another",
    );
    let Some(slow) = slow else { return };
    let its = shared.works.iter().filter(|work| work.line.get("w") == slow.to_string()).count();
    run.require_or(
        its * consumers < items || items < 12,
        format!(
            "let the slow Consumer-{slow} take fewer items from the one queue than the others do"
        ),
        format!("let it take {its} of {items}"),
        "a first part in which each consumer has a queue of its own",
    );
}

/// Item 1 is for Consumer-1, item 2 for Consumer-2, and so on, in turn; each does its own in their order.
fn deals_in_turn(run: &Run, works: &[Work], consumers: usize) {
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for work in works {
        let (item, expected) = (item(&work.line), (item(&work.line) - 1) % consumers + 1);
        run.require_or(
            work.line.get("w") == expected.to_string(),
            format!("deal item {item} to Consumer-{expected} in the second part"),
            format!("printed `{}`", work.line.text),
            "one queue for all, or another way to deal the items out",
        );
        let before = last.insert(expected, item);
        run.require(
            before < Some(item),
            format!("let Consumer-{expected} do its items in their order"),
            format!("did item {item} after item {}", before.unwrap_or_default()),
        );
    }
}

/// The instants of the second part. Whoever holds one item in hand has room for one more.
fn waits_for_its_turn(
    run: &Run,
    split: &Part,
    rooms: [usize; 2],
    consumers: usize,
    slow: Option<usize>,
) {
    let did: BTreeMap<usize, Duration> =
        split.works.iter().map(|work| (item(&work.line), work.to - split.from)).collect();
    let plans = rooms.map(|capacity| plan(did.len(), consumers, capacity, slow));
    let wrong = did.iter().find(|(item, at)| !plans.iter().any(|plan| plan[*item - 1] == **at));
    if let Some((item, at)) = wrong {
        run.require_or(
            false,
            format!(
                "finish item {item} {} s after the second part began",
                seconds(plans[0][item - 1])
            ),
            format!("finished it after {} s", seconds(*at)),
            "queues of another capacity, a producer that does not wait for the queue whose turn it is, \
             or items that were dealt out beforehand",
        );
    }
}

/// When each item is done if all are dealt out in turn, each consumer has a queue for so many, and the
/// producer waits where there is no room.
fn plan(items: usize, consumers: usize, capacity: usize, slow: Option<usize>) -> Vec<Duration> {
    let mut now = Duration::ZERO;
    let mut taken: Vec<Vec<Duration>> = vec![Vec::new(); consumers];
    let mut free = vec![Duration::ZERO; consumers];
    let mut done = Vec::new();
    for item in 1..=items {
        now += Duration::from_millis(MAKING[item - 1]);
        let turn = (item - 1) % consumers;
        let ahead = taken[turn].len();
        if ahead >= capacity {
            now = now.max(taken[turn][ahead - capacity]);
        }
        let from = now.max(free[turn]);
        taken[turn].push(from);
        free[turn] = from + using(item) * if slow == Some(turn + 1) { 4 } else { 1 };
        done.push(free[turn]);
    }
    done
}

/// A summary counts all items, comes when the last one is done, and tells the time of its own part.
fn tells_its_seconds(run: &Run, part: &Part, items: usize) {
    let summary = &part.summary;
    let took = part.works.iter().map(|work| work.to).max().unwrap_or_default() - part.from;
    let expected = format!("{items} of {items} items done in {:.1} seconds", took.as_secs_f64());
    run.require_or(
        summary.text == expected && run.at(summary) == part.from + took,
        format!("print `{expected}` when the last item of this part is done"),
        format!(
            "printed `{}`, {} s after the part began",
            summary.text,
            seconds(run.at(summary) - part.from)
        ),
        "a clock that starts with the first part, or a number that was not measured",
    );
}

/// One item is lost, and named with the consumer that had taken it. All others are done.
fn loses(run: &Run, items: usize, lost: usize) {
    run.each_once(TOOK, "item", 1..=items);
    run.each_once(FINISHED, "item", (1..=items).filter(|item| *item != lost));
    run.each_once(LOST, "item", [lost]);
    let took = run.lines(TOOK).into_iter().find(|line| item(line) == lost);
    let took = took.map(|line| line.get("w").to_owned()).unwrap_or_default();
    let told = run.one(LOST);
    run.require_or(
        told.get("w") == took,
        format!("name Consumer-{took}, which took item {lost}"),
        format!("printed `{}`", told.text),
        "a name that was guessed, or a count that starts at 0",
    );
    ends_with(run, items - 1, items);
    run.exits(1);
}

/// When the last of a batch is done.
fn over(run: &Run, batch: usize, items: usize) -> Duration {
    let lines = run.lines(FINISHED);
    let its = lines.iter().filter(|line| item(line).div_ceil(items) == batch);
    its.map(|line| run.at(line)).max().unwrap_or_default()
}

/// The line about a batch stands behind all its items, and before any of the next batch.
fn comes_between(run: &Run, told: &Line, batch: usize, items: usize) {
    let at = place(run, told);
    for line in run.lines(FINISHED) {
        run.require_or(
            item(&line).div_ceil(items) > batch || place(run, &line) < at,
            format!("print `{}` after `{}`", told.text, line.text),
            "printed it before",
            "a batch that is called done when its items are added, taken, or out of the queue, \
             or when the one with the highest number is done",
        );
    }
    for line in run.lines(ADDED) {
        run.require_or(
            item(&line).div_ceil(items) <= batch || place(run, &line) > at,
            format!("print `{}` before `{}`", told.text, line.text),
            "printed it after",
            "a producer that goes on with the next batch while this one is being done",
        );
    }
}

/// Where a line stands.
fn place(run: &Run, line: &Line) -> Option<usize> {
    run.stdout().lines().position(|text| text == line.text)
}
