//! What must hold, told as tests.
//!
//! Under a schedule, and on real threads, who took an item first may print later. But the clock stands still
//! until both have printed. So the rules compare instants, and not the order of "Took" lines within one.

use exam::task;
use referee::REFEREE;

mod referee;

exam::as_given!("03-multiple-producers");
exam::finished!("03-multiple-producers");
exam::referee!("03-multiple-producers", REFEREE);

#[task("alter-1", "the summary tells in which order each producer's items were finished")]
fn the_summary_tells_the_order_of_finishing() {
    let named = [
        "",
        "--consumers 1 --items 12",
        "--consumers 4 --items 12",
        "--producers 2 --items 8",
        "--producers 1 --consumers 3",
    ];
    // A producer that is alone is also the last to finish: so this does not need Fix 1.
    judge(&named, orders(CROWD, 1..=8));
}

#[task("alter-2", "results come in the order of their producer, and few are held back")]
fn results_come_in_order_and_few_are_held_back() {
    let named = [
        "--ordered 100",
        "--ordered 100 --consumers 4 --items 12",
        "--ordered 1 --producers 1 --greedy 1 --items 40",
        "--ordered 1 --consumers 3 --producers 1 --greedy 1 --items 40",
        "--ordered 5 --consumers 3 --producers 1 --greedy 1 --items 40",
    ];
    judge(&named, orders("--ordered 1 --producers 1 --consumers 3 --items 8", 1..=10));
}

#[task("fix-1", "the last producer to finish ends the program, whichever it is")]
fn the_last_producer_to_finish_ends_the_program() {
    let named = [
        "",
        "--greedy 3",
        "--producers 4",
        "--producers 5 --greedy 5",
        "--producers 1 --consumers 4",
        "--producers 2 --consumers 8 --items 1",
        "--producers 5 --consumers 1 --items 3",
        "--capacity 1 --greedy 2",
    ];
    // Where one consumer is the slowest, producers meet at the end, and wait for room there.
    let meeting = orders("--producers 9 --consumers 1 --items 2 --capacity 9", 1..=34);
    judge(&named, meeting.chain(orders(CROWD, 1..=16)));
}

#[task("fix-2", "no producer holds more than its share of the queue")]
fn no_producer_holds_more_than_its_share() {
    let named = [
        "--greedy 1 --items 12",
        "--greedy 3 --items 12 --consumers 1",
        "--greedy 2 --items 20 --producers 2 --capacity 8",
        "--greedy 1 --items 12 --capacity 11 --consumers 1",
        "--greedy 1 --items 12 --capacity 3 --consumers 4",
        "--greedy 1 --items 12 --capacity 2",
    ];
    judge(&named, orders("--greedy 1 --items 6", 1..=10));
}

#[task("fix-3", "a producer that panics stops nobody else, and the loss is told")]
fn a_producer_that_panics_stops_nobody_else() {
    let named = [
        "",
        "--fail-producer 1",
        "--fail-producer 3",
        "--fail-producer 2 --items 7 --consumers 4",
        "--fail-producer 1 --producers 1 --consumers 3",
        "--fail-producer 1 --producers 1 --items 1 --consumers 2",
        "--fail-producer 2 --greedy 2 --items 8",
    ];
    judge(&named, orders("--fail-producer 3", 1..=10));
}

/// Of a crowd, several finish at one moment: then somebody may come between two steps of another.
const CROWD: &str = "--producers 1 --greedy 1 --items 100 --consumers 100 --capacity 100";

/// These flags in these orders.
fn orders(flags: &str, schedules: std::ops::RangeInclusive<u64>) -> impl Iterator<Item = String> {
    schedules.map(move |schedule| format!("{flags} --schedule {schedule}"))
}

fn judge(named: &[&str], orders: impl Iterator<Item = String>) {
    let orders: Vec<String> = orders.collect();
    let all: Vec<&str> = named.iter().copied().chain(orders.iter().map(String::as_str)).collect();
    REFEREE.judge(&exam::program!("03-multiple-producers"), &all);
}
