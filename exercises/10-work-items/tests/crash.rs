//! Kills consumers and producers at random moments, and then counts.
//!
//! `HANDOFF_KILLS=200` asks for more kills than the usual few, `HANDOFF_SEED` for other moments.
//! `kill -9` is what Unix has; on Windows the test uses `TerminateProcess`, which asks as little.

#![allow(
    clippy::disallowed_methods,
    reason = "a test has real time, as the program that it looks at"
)]

use exam::{Folder, Program, Run, Running, program, task};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::env;
use std::thread::sleep;
use std::time::Duration;

#[task("fix-2", "whoever is killed, each item ends once and each parcel is sent once")]
fn kills_lose_nothing_and_do_nothing_twice() {
    let kills = number("HANDOFF_KILLS").unwrap_or(20);
    let mut dice = Dice(number("HANDOFF_SEED").unwrap_or(1));
    let folder = Folder::new();
    folder.bring(&program().samples().join("some-fail.xlsx"));
    play(&folder, "produce some-fail.xlsx").exits(0);

    let consume = "consume --wait --lease 1 --work 0.002";
    let mut consumers: Vec<Running> = (1..=3).map(|_| start(&folder, consume)).collect();
    let mut killed = 0;
    while killed < kills {
        let producer = dice.below(3).eq(&0).then(|| start(&folder, "produce some-fail.xlsx"));
        sleep(Duration::from_micros(dice.below(20_000)));
        let victim = dice.below(3) as usize;
        if consumers[victim].has_ended() {
            // It found everything done.
            consumers[victim] = start(&folder, consume);
        } else {
            drop(std::mem::replace(&mut consumers[victim], start(&folder, consume)).kill());
            killed += 1;
        }
        if let Some(producer) = producer {
            drop(producer.kill());
        }
    }
    for consumer in consumers {
        drop(consumer.kill());
    }
    // Who does the rest waits for the leases of the dead.
    play(&folder, "consume --wait --lease 1");
    let list = play(&folder, "list");
    check(&list, &folder);

    let database = Connection::open(folder.path().join("work.db")).expect("the queue is a file");
    let sound: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("the check tells something");
    list.require(sound == "ok", "leave a sound database", format!("left this: {sound}"));
    let items = list.lines("item {item}, consume: {state}").len();
    println!("{killed} consumers killed, {items} orders, each ended once");
}

/// Asks that each order has ended, that each parcel was sent once, and that no sheet came in by half.
fn check(list: &Run, folder: &Folder) {
    let mut completed = Vec::new();
    let items = list.lines("item {item}, consume: {state}");
    list.require(
        items.len().is_multiple_of(7),
        "take in the 7 orders of a sheet, or none",
        format!("took in {} orders", items.len()),
    );
    for line in &items {
        let (item, state) = (line.get("item"), line.get("state"));
        list.require(
            state == "COMPLETED" || state.starts_with("FAILED: "),
            "complete or fail each item in the end",
            format!("left `{}`", line.text),
        );
        if state == "COMPLETED" {
            completed.push(item.to_owned());
        }
    }
    let mut parcels: BTreeMap<String, u32> = BTreeMap::new();
    for line in folder.read("parcels.txt").unwrap_or_default().lines() {
        let item = line.strip_prefix("item ").and_then(|rest| rest.split_once(": "));
        *parcels.entry(item.map_or("?", |(item, _)| item).to_owned()).or_default() += 1;
    }
    let lost: Vec<_> = completed.iter().filter(|item| !parcels.contains_key(*item)).collect();
    let twice: Vec<_> = parcels.iter().filter(|(_, count)| **count > 1).collect();
    let strange: Vec<_> = parcels.keys().filter(|item| !completed.contains(item)).collect();
    let faults = [
        (lost.is_empty(), format!("sent none for {lost:?}")),
        (twice.is_empty(), format!("sent several for {twice:?}")),
        (strange.is_empty(), format!("sent one for {strange:?}")),
    ];
    for (holds, did) in faults {
        list.require(holds, "send one parcel for each item that is completed", did);
    }
}

/// Moments that are the same for a seed, so that a failure has a chance to come again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is '{text}': a number is wanted")))
}

fn start(folder: &Folder, flags: &str) -> Running {
    program!("10-work-items").folder(folder).pace("real").flags(flags).start()
}

fn play(folder: &Folder, flags: &str) -> Run {
    start(folder, flags).wait()
}

fn program() -> Program {
    program!("10-work-items")
}
