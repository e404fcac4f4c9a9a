//! What no script can draw: that something goes on, or is over, in real time. There is nothing to read of that in the
//! files, and each run costs the time that it is about. So each is played once.

#![allow(
    clippy::disallowed_methods,
    reason = "a test has real time, as the program that it looks at"
)]

use crate::{program, referee::desk::Desk};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The heartbeat ends with the work: nobody waits 20 minutes for its next beat.
pub(crate) fn the_heartbeat_ends_with_the_work() {
    let desk = Desk::new(&program());
    desk.prepare("produce samples/all-good.xlsx");
    let run = desk.run("consume --lease 3600");
    run.exits(0);
    run.one("Consumed 6 items: 6 done, 0 failed");
}

/// With --wait, an item that somebody else has is open.
pub(crate) fn who_waits_waits_for_what_others_have() {
    let desk = Desk::new(&program());
    desk.prepare("produce samples/all-good.xlsx");
    desk.hold(6);
    let mut first = desk.start("consume --name A --hold hold");
    first.until("[A] waits with item 6 until hold is gone");
    let mut second = desk.start("consume --name B --wait");
    // Nothing tells that it waits. Whoever is slow to start is not blamed for it.
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(500) && !second.has_ended() {
        sleep(Duration::from_millis(10));
    }
    let ended = second.has_ended();
    desk.let_go();
    desk.wait(first).exits(0);
    let second = desk.wait(second);
    second.require(
        !ended,
        "wait, with --wait, for the item that A has",
        "ended while A was at work on it",
    );
}
