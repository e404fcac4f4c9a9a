//! Runs whose commands are written by hand: what the drawn scripts of the referee seldom bring about.
//!
//! Each test has a folder of its own. The clock that leases go by is a file, and so is the end of an item's
//! work: no test depends on how fast the machine is. What became of an item is asked of `list`.

#![allow(
    clippy::disallowed_methods,
    reason = "a test has real time, as the program that it looks at"
)]

use exam::{Folder, Program, Run, Running, program};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

const TOOK: &str = "[{w}] took item {item}";
const ITEM: &str = "item {item}, {step}: {state}";
const COUNTED: &str = "{product}: {count}";
const FAILED: &str = "failed: item {item} ({error})";
const REPORTED: &str = "Reported {all} orders: {shipped} shipped, {failed} failed, {open} open";

pub(crate) fn the_report_tells_what_became_of_all_orders() {
    for (sheet, all, counts, failed) in [
        ("all-good.xlsx", 6, &["Chair: 3", "Desk: 2", "Lamp: 1"][..], &[][..]),
        ("some-fail.xlsx", 7, &["Chair: 2", "Lamp: 1"], &[2, 3, 5, 6]),
        ("all-fail.xlsx", 4, &[], &[1, 2, 3, 4]),
    ] {
        let desk = Desk::with(sheet);
        desk.reports(&[], &[], (all, 0, 0, all));
        desk.run("consume").exits(i32::from(!failed.is_empty()));
        let handed_on = all - failed.len();
        desk.holds("list --step report", "NEW", handed_on, "consume hands on what it has shipped");
        // Twice: who was killed in the middle of a report begins anew.
        for _ in 0..2 {
            desk.reports(counts, failed, (all, handed_on, failed.len(), 0));
            let what = "the report finishes the items that it takes";
            desk.holds("list --step report", "COMPLETED", handed_on, what);
        }
    }

    // There may be more orders than anybody takes at once.
    let desk = Desk::with("all-good.xlsx");
    desk.import(&vec![r#"{"Name": "Ada", "Zip": 1011, "Product": "Lamp"}"#; 144]);
    desk.run("consume --batch 50").exits(0);
    desk.reports(&["Chair: 3", "Desk: 2", "Lamp: 145"], &[], (150, 150, 0, 0));
    desk.holds("list --step report", "COMPLETED", 150, "the report takes all that was shipped");

    // While consumers are at work the report tells what there is.
    let desk = Desk::with("some-fail.xlsx");
    desk.hold(4);
    let mut consumer = desk.start("consume --name A --hold hold");
    consumer.until("[A] waits with item 4 until hold is gone");
    desk.reports(&["Chair: 1"], &[2], (7, 1, 1, 5));
    desk.let_go();
    consumer.wait().exits(1);
    desk.reports(&["Chair: 2", "Lamp: 1"], &[2, 3, 5, 6], (7, 3, 4, 0));

    // Who is too late with an item hands nothing on.
    let desk = Desk::with("all-good.xlsx");
    let late = desk.late_with_item_1();
    desk.set_clock(1061);
    desk.run("consume --name B --clock clock").exits(0);
    desk.let_go();
    late.wait().exits(0);
    desk.reports(&["Chair: 3", "Desk: 2", "Lamp: 1"], &[], (6, 6, 0, 0));
}

pub(crate) fn a_batch_is_taken_and_finished_in_one_commit() {
    let desk = Desk::with("some-fail.xlsx");
    desk.hold(3);
    let mut consumer = desk.start("consume --name A --batch 3 --hold hold");
    consumer.until("[A] waits with item 3 until hold is gone");
    desk.states(
        "RRR NNNN",
        "the whole batch is taken at once, and nothing of it is finished before all of it",
    );
    desk.hold(5);
    consumer.until("[A] waits with item 5 until hold is gone");
    desk.states("CFN RRR N", "each item of a batch ends in its own way");
    desk.let_go();
    let run = consumer.wait();
    run.exits(1);
    run.one("Consumed 7 items: 3 done, 4 failed");
    desk.states("CFFCFFC", "the last batch is done, though it is smaller than the others");
    desk.parcels_of([1, 4, 7]);

    // A batch that was never finished is done by the next one who comes.
    let desk = Desk::with("all-good.xlsx");
    desk.hold(2);
    let mut consumer = desk.start("consume --name A --batch 4 --hold hold --clock clock");
    consumer.until("[A] waits with item 2 until hold is gone");
    desk.kill(consumer);
    desk.states("RRRR NN", "a consumer that was killed has finished nothing of its batch");
    desk.set_clock(1061);
    desk.run("consume --name B --batch 100 --clock clock")
        .one("Consumed 6 items: 6 done, 0 failed");
    desk.states("CCCCCC", "a batch may be larger than what is there");

    let desk = Desk::with("all-good.xlsx");
    desk.run("consume --name A --batch 3 --crash-before 2 --clock clock").exits(137);
    // Or all of them: whoever commits first may have a list of what is to be sent.
    let run = desk.look("list --step consume --clock clock");
    let done = run.lines("item {item}, consume: COMPLETED").len();
    run.require(done == 0 || done == 3, "finish a batch as a whole: who dies between two of its parcels has finished all of it or nothing", format!("finished {done} of 3"));

    // The last four have no product, and are tried again: three of them, then the fourth and two of those, and then
    // the third, the fourth and one of those.
    let desk = Desk::with("all-good.xlsx");
    desk.run("consume").exits(0);
    desk.import(&[r#"{"Name": "Ada", "Zip": 1011}"#; 4]);
    let first = desk.first_open();
    desk.hold(first + 3);
    let mut consumer = desk.start("consume --name A --batch 3 --attempts 5 --hold hold");
    consumer.until(&format!("[A] waits with item {} until hold is gone", first + 3));
    desk.hold(first + 2);
    consumer.until(&format!("[A] waits with item {} until hold is gone", first + 2));
    desk.states(
        "CCCCCC RNRR",
        "who has failed more often comes later, and a batch takes the first",
    );
    desk.let_go();
    consumer.wait().exits(1);

    let desk = Desk::with("all-good.xlsx");
    desk.hold(2);
    let mut consumer = desk.start("consume --name A --hold hold");
    consumer.until("[A] waits with item 2 until hold is gone");
    desk.states("CR NNNN", "without --batch each item is taken and finished by itself");
    desk.let_go();
    consumer.wait().exits(0);
    desk.states("CCCCCC", "all items are done");
}

pub(crate) fn a_further_step_takes_what_consume_hands_on() {
    let desk = Desk::with("some-fail.xlsx");
    desk.did(
        r#"echo '[{"payload": {"Name": "Ada", "Zip": 1011, "Product": "Sofa"}}]' > sofa.json"#
            .to_owned(),
    );
    desk.folder
        .write("sofa.json", r#"[{"payload": {"Name": "Ada", "Zip": 1011, "Product": "Sofa"}}]"#);
    desk.run("import sofa.json").exits(0);
    desk.run("consume --next bill").exits(1);
    desk.holds("list --step bill", "NEW", 4, "consume --next bill hands on to the step bill");
    desk.holds(
        "list --step report",
        "NEW",
        0,
        "consume --next bill hands on to the step bill alone",
    );
    desk.parcels_of([1, 4, 7, 8]);
    desk.reports(&[], &[2, 3, 5, 6], (8, 0, 4, 4));

    // Item 12 is the sofa.
    let run = desk.run("consume --name B --step bill");
    run.exits(1);
    run.one("[B] item 12 failed: BUSINESS NO_PRICE: no price for Sofa");
    run.one("Consumed 4 items: 3 done, 1 failed");
    desk.parcels_of([1, 4, 7, 8]);
    let exported = desk.look("export --step report");
    let prices = ["45", "30", "45"].map(|price| format!("\"Price\":{price},"));
    let priced: Vec<_> =
        exported.stdout().lines().filter(|line| line.contains("\"Price\"")).collect();
    exported.require(priced.len() == 3 && priced.iter().zip(&prices).all(|(line, price)| line.contains(price)), "hand on each order with its Price: 45 for a chair, 30 for a lamp, in the order in which they came", format!("handed on:\n{}", exported.stdout()));
    desk.reports(&["Chair: 2", "Lamp: 1"], &[2, 3, 5, 6, 12], (8, 3, 5, 0));

    // Without the flags nothing has changed.
    let desk = Desk::with("all-good.xlsx");
    desk.run("consume").exits(0);
    desk.holds("list --step report", "NEW", 6, "consume hands on to the report without --next");
    desk.run("consume --step bill").one("Consumed 0 items: 0 done, 0 failed");
}

pub(crate) fn an_item_stays_with_its_consumer() {
    // The heartbeat ends with the work: nobody waits 20 minutes for its next beat.
    let desk = Desk::with("all-good.xlsx");
    let run = desk.run("consume --lease 3600");
    run.exits(0);
    run.one("Consumed 6 items: 6 done, 0 failed");

    let desk = Desk::with("all-good.xlsx");
    desk.hold(2);
    let consume = "consume --name A --lease 60 --heartbeat 0.01 --hold hold --clock clock";
    let mut first = desk.start(&format!("{consume} --batch 2"));
    first.until("[A] waits with item 2 until hold is gone");
    // Three times the lease is nearly over, and is renewed by then.
    for now in [1050, 1100, 1150] {
        desk.set_clock(now);
        desk.renews();
    }
    let second = desk.run("consume --name B --clock clock");
    second.require(
        !took(&second, "B").contains(&2),
        "leave item 2 to A, who is still at work on it",
        "took item 2 as well",
    );
    second.one("Consumed 4 items: 4 done, 0 failed");
    desk.let_go();
    let first = first.wait();
    first.exits(0);
    first.one("Consumed 2 items: 2 done, 0 failed");
    desk.parcels_of(1..=6);

    // With --wait, an item that somebody else has is open.
    let desk = Desk::with("all-good.xlsx");
    desk.run("consume").exits(0);
    desk.import(&[r#"{"Name": "Ada", "Zip": 1011, "Product": "Lamp"}"#]);
    desk.hold(desk.first_open());
    let mut first = desk.start("consume --name A --hold hold");
    first.until("[A] waits with item {item} until hold is gone");
    let mut second = desk.start("consume --name B --wait");
    // Nothing tells that it waits. Whoever is slow to start is not blamed for it.
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(500) && !second.has_ended() {
        sleep(Duration::from_millis(10));
    }
    let ended = second.has_ended();
    desk.let_go();
    first.wait().exits(0);
    let second = second.wait();
    second.require(
        !ended,
        "wait, with --wait, for the item that A has",
        "ended while A was at work on it",
    );

    // A dead consumer's item is free when its lease is over, and not before.
    let desk = Desk::with("all-good.xlsx");
    desk.hold(2);
    let mut first = desk.start(consume);
    first.until("[A] waits with item 2 until hold is gone");
    desk.kill(first);
    desk.set_clock(1059);
    let second = desk.run("consume --name B --clock clock");
    second.one("Consumed 4 items: 4 done, 0 failed");
    desk.set_clock(1061);
    let third = desk.run("consume --name C --clock clock");
    third.require(
        took(&third, "C") == [2],
        "take item 2, whose consumer was killed, as soon as its lease is over",
        format!("took {:?}", took(&third, "C")),
    );
}

pub(crate) fn a_parcel_is_sent_once() {
    // Dies right after a parcel was sent, or right before: nobody has told the queue of it.
    for crash in ["--crash-after 2", "--crash-before 2"] {
        let desk = Desk::with("all-good.xlsx");
        desk.run(&format!("consume --name A --clock clock {crash}")).exits(137);
        desk.set_clock(1061);
        desk.run("consume --name B --clock clock").exits(0);
        desk.states("CCCCCC", "all items are done in the end");
        desk.parcels_of(1..=6);
    }
    let desk = Desk::with("all-good.xlsx");
    for (now, crash) in [(1000, 1), (1100, 1), (1200, 2)] {
        desk.set_clock(now);
        let crash = format!("consume --clock clock --crash-after {crash}");
        desk.run(&crash).exits(137);
    }
    desk.set_clock(1300);
    desk.run("consume --clock clock").exits(0);
    desk.parcels_of(1..=6);

    // In the middle of a batch's parcels.
    for crash in ["--crash-after 3", "--crash-before 3"] {
        let desk = Desk::with("all-good.xlsx");
        desk.run(&format!("consume --name A --batch 4 --clock clock {crash}")).exits(137);
        desk.set_clock(1061);
        desk.run("consume --name B --batch 4 --clock clock").exits(0);
        desk.parcels_of(1..=6);
    }

    // Two have the same item: the lease of the first was over before its work was.
    let desk = Desk::with("all-good.xlsx");
    let late = desk.late_with_item_1();
    desk.set_clock(1061);
    desk.run("consume --name B --clock clock").exits(0);
    desk.parcels_of(1..=6);
    desk.let_go();
    let late = late.wait();
    late.exits(0);
    late.one("Consumed 0 items: 0 done, 0 failed");
    desk.parcels_of(1..=6);

    // The same, and the first is with the carrier already.
    let desk = Desk::with("all-good.xlsx");
    desk.hold(1);
    let mut first =
        desk.start("consume --name A --lease 60 --heartbeat 59 --hold-carrier hold --clock clock");
    first.until("[the carrier] waits with item 1 until hold is gone");
    desk.set_clock(1061);
    let mut second = desk.start("consume --name B --clock clock");
    // Whoever is right waits here; whoever is wrong needs some time to show it, once it has begun.
    second.within("--- Consume ---", Duration::from_secs(2));
    second.within("Consumed {n} items: {rest}", Duration::from_millis(500));
    desk.let_go();
    first.wait().exits(0);
    second.wait().exits(0);
    desk.states("CCCCCC", "all items are done");
    desk.parcels_of(1..=6);

    // Equal orders are not the same order, and three at once get into nobody's way.
    let desk = Desk::with("all-good.xlsx");
    for _ in 0..2 {
        desk.run("produce samples/all-good.xlsx").exits(0);
    }
    let consumers: Vec<Running> =
        ["A", "B", "C"].map(|name| desk.start(&format!("consume --name {name}"))).into();
    for consumer in consumers {
        consumer.wait().exits(0);
    }
    desk.parcels_of(1..=18);
}

/// A folder with a queue, a clock, and the carrier's book.
struct Desk {
    folder: Folder,
    /// What was done here up to now, for whoever wants to see it again.
    steps: RefCell<Vec<String>>,
}

impl Desk {
    /// A queue with the orders of a sample sheet.
    fn with(sheet: &str) -> Desk {
        let desk = Desk { folder: Folder::new(), steps: RefCell::default() };
        desk.folder.bring_all(&program().samples());
        desk.set_clock(1000);
        desk.run(&format!("produce samples/{sheet}")).exits(0);
        desk
    }

    /// More orders, as JSON.
    fn import(&self, orders: &[&str]) {
        let items: Vec<String> =
            orders.iter().map(|order| format!("{{\"payload\": {order}}}")).collect();
        let text = format!("[{}]", items.join(", "));
        self.did(if orders.len() > 9 {
            format!("# more.json has {} such items: [{}]", orders.len(), items[0])
        } else {
            format!("echo '{text}' > more.json")
        });
        self.folder.write("more.json", text);
        self.run("import more.json").exits(0);
    }

    /// The first item that consume has still to take.
    fn first_open(&self) -> u32 {
        let run = self.look("list --step consume --clock clock");
        let lines = run.lines(ITEM);
        let open = lines.iter().find(|line| line.get("state") == "NEW");
        open.and_then(|line| line.get("item").parse().ok()).expect("an item was imported")
    }

    fn run(&self, flags: &str) -> Run {
        let program = self.program(flags);
        self.did(program.command());
        program.run()
    }

    /// Plays a command that only looks, and is no part of what was done.
    fn look(&self, flags: &str) -> Run {
        self.program(flags).run()
    }

    fn start(&self, flags: &str) -> Running {
        let program = self.program(flags);
        self.did(format!("{} &", program.command()));
        program.start()
    }

    fn kill(&self, consumer: Running) {
        self.did("kill -9 $!".to_owned());
        drop(consumer.kill());
    }

    fn program(&self, flags: &str) -> Program {
        program().folder(&self.folder).pace("real").flags(flags).after(&self.steps.borrow())
    }

    fn set_clock(&self, seconds: u32) {
        self.write("clock", seconds);
    }

    /// Holds the work on an item, or what else waits for the file.
    fn hold(&self, item: u32) {
        self.write("hold", item);
    }

    fn write(&self, name: &str, number: u32) {
        self.did(format!("echo {number} > {name}"));
        self.folder.write(name, number.to_string());
    }

    fn let_go(&self) {
        self.did("rm hold".to_owned());
        self.folder.remove("hold");
    }

    fn did(&self, step: String) {
        self.steps.borrow_mut().push(step);
    }

    /// A consumer that is at work on item 1, and whose lease ends at 1060 because it never gets to renew it.
    fn late_with_item_1(&self) -> Running {
        self.hold(1);
        let consume = "consume --name A --lease 60 --heartbeat 59 --hold hold --clock clock";
        let mut consumer = self.start(consume);
        consumer.until("[A] waits with item 1 until hold is gone");
        consumer
    }

    /// Waits until the leases of all items that A has are renewed.
    #[track_caller]
    fn renews(&self) {
        const RESERVED: &str = "item {item}, consume: RESERVED by A, {s} s left";
        let start = Instant::now();
        loop {
            let run = self.look("list --clock clock");
            let reserved = run.lines(RESERVED);
            let is_renewed = |left: f64| (20.0..=60.0).contains(&left);
            let late = reserved.iter().find(|line| !line.number("s").is_some_and(is_renewed));
            if !reserved.is_empty() && late.is_none() {
                return;
            }
            run.require(
                start.elapsed() < Duration::from_secs(5),
                "renew the lease of each item that A has, as long as it is at work",
                late.map_or("lost its item".to_owned(), |line| {
                    format!("let it come to this: {}", line.text)
                }),
            );
            sleep(Duration::from_millis(10));
        }
    }

    /// Asks for the states of all items that consume takes: N, R, C and F for NEW, RESERVED, COMPLETED, FAILED.
    #[track_caller]
    fn states(&self, expected: &str, should: &str) {
        let run = self.look("list --step consume --clock clock");
        let lines = run.lines(ITEM);
        let states: String = lines.iter().map(|line| &line.get("state")[..1]).collect();
        let expected = expected.replace(' ', "");
        let named = |states: &str| {
            let name = |state| match state {
                'N' => "NEW",
                'R' => "RESERVED",
                'C' => "COMPLETED",
                _ => "FAILED",
            };
            states.chars().map(name).collect::<Vec<_>>().join(", ")
        };
        let told = format!("show these states, because {should}:\n{}", named(&expected));
        run.require(states == expected, told, named(&states));
    }

    /// Asks for so many items, all of them in this state.
    #[track_caller]
    fn holds(&self, list: &str, state: &str, count: usize, should: &str) {
        let run = self.look(list);
        let lines = run.lines(ITEM);
        let fits = lines.iter().filter(|line| line.get("state") == state).count();
        run.require(
            (lines.len(), fits) == (count, count),
            format!("show {count} items, all {state}, because {should}"),
            format!("showed {} items, {fits} of them {state}", lines.len()),
        );
    }

    /// Asks that one parcel was sent for each of these items, and none for another.
    #[track_caller]
    fn parcels_of(&self, items: impl IntoIterator<Item = u32>) {
        let mut sent: BTreeMap<u32, u32> = BTreeMap::new();
        for line in self.folder.read("parcels.txt").unwrap_or_default().lines() {
            let item = line.strip_prefix("item ").and_then(|rest| rest.split_once(':'));
            if let Some(item) = item.and_then(|(item, _)| item.parse().ok()) {
                *sent.entry(item).or_default() += 1;
            }
        }
        let run = self.look("list --clock clock");
        let items: Vec<u32> = items.into_iter().collect();
        let lost: Vec<_> = items.iter().filter(|item| !sent.contains_key(item)).collect();
        let twice: Vec<_> =
            sent.iter().filter(|(_, count)| **count > 1).map(|(item, _)| item).collect();
        let strange: Vec<_> = sent.keys().filter(|item| !items.contains(item)).collect();
        let should = "have one parcel in parcels.txt for each order that is fit to be sent";
        run.require(lost.is_empty(), should, format!("sent none for item {lost:?}"));
        run.require(twice.is_empty(), should, format!("sent several for item {twice:?}"));
        run.require(strange.is_empty(), should, format!("sent one for item {strange:?} too"));
    }

    /// Asks what the report tells.
    #[track_caller]
    fn reports(&self, counts: &[&str], failed: &[u32], numbers: (usize, usize, usize, usize)) {
        let run = self.run("report");
        run.exits(0);
        let told: Vec<String> = run
            .lines(COUNTED)
            .into_iter()
            .map(|line| line.text)
            .filter(|text| !text.starts_with("failed: ") && !text.starts_with("Reported "))
            .collect();
        run.require(
            told == counts,
            if counts.is_empty() {
                "count no product".to_owned()
            } else {
                format!("count the products in this order:\n{}", counts.join("\n"))
            },
            if told.is_empty() {
                "counted none".to_owned()
            } else {
                format!("counted:\n{}", told.join("\n"))
            },
        );
        let named: Vec<String> =
            run.lines(FAILED).iter().map(|line| line.get("item").to_owned()).collect();
        let wanted: Vec<String> = failed.iter().map(u32::to_string).collect();
        run.require(
            named == wanted,
            format!("name the items that failed: {}", wanted.join(", ")),
            format!("named: {}", named.join(", ")),
        );
        let errors = self.look("list");
        for line in run.lines(FAILED) {
            let (item, error) = (line.get("item"), line.get("error"));
            let listed = errors.lines(&format!("item {item}, {{step}}: FAILED: {{error}}"));
            let is_same = listed.first().is_some_and(|listed| listed.get("error") == error);
            let did = format!("printed `{}`", line.text);
            run.require(is_same, format!("tell of item {item} what list tells of it"), did);
        }
        let (all, shipped, failed, open) = numbers;
        let expected =
            format!("Reported {all} orders: {shipped} shipped, {failed} failed, {open} open");
        let line = run.one(REPORTED);
        let did = format!("printed `{}`", line.text);
        run.require(line.text == expected, format!("print `{expected}`"), did);
        let last = run.stdout().lines().last().unwrap_or_default();
        run.require(last == expected, "print that line last", format!("printed `{last}` last"));
    }
}

/// The items that a consumer took, in order.
fn took(run: &Run, name: &str) -> Vec<u32> {
    let lines = run.lines(TOOK).into_iter().filter(|line| line.get("w") == name);
    lines.filter_map(|line| line.get("item").parse().ok()).collect()
}

fn program() -> Program {
    program!("10-work-items")
}
