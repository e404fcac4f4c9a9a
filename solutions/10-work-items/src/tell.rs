//! What the steps say.

use crate::item::{Failure, Item};
use crate::sheet::Sheet;
use rehearsal::println;
use rehearsal::time::Instant;

/// Names the rows that are not complete. They are orders all the same, and fail in the next step.
pub(crate) fn faults(sheet: &Sheet) {
    for fault in &sheet.faults {
        println!("[Producer] {fault}");
    }
}

pub(crate) fn took(name: &str, item: &Item) {
    println!("[{name}] took item {}", item.id);
}

/// Says that an item's lease was over, and that somebody else has taken it since.
pub(crate) fn lost(name: &str, item: i64) {
    println!("[{name}] lost item {item}");
}

/// What a consumer has come to, and what it says of it.
pub(crate) struct Tally {
    start: Instant,
    done: usize,
    pub(crate) failed: usize,
}

impl Tally {
    pub(crate) fn start() -> Tally {
        Tally { start: Instant::now(), done: 0, failed: 0 }
    }

    pub(crate) fn done(&mut self, name: &str, item: &Item) {
        self.done += 1;
        println!("[{name}] did item {}", item.id);
    }

    pub(crate) fn failed(&mut self, name: &str, item: &Item, failure: &Failure, state: &str) {
        if state == "FAILED" {
            self.failed += 1;
            println!("[{name}] item {} failed: {failure}", item.id);
        } else {
            println!("[{name}] item {} is to be tried again: {failure}", item.id);
        }
    }

    pub(crate) fn tell(&self, measure: bool) {
        let (items, seconds) = (self.done + self.failed, self.start.elapsed().as_secs_f64());
        if measure {
            println!("{:.0} items per second", items as f64 / seconds);
        }
        println!("Consumed {items} items: {} done, {} failed", self.done, self.failed);
    }
}
