//! The work on an item takes longer than its lease.

use rehearsal::sync::{Arc, Mutex};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

const LEASE: Duration = Duration::from_millis(1000);

struct Item {
    leased_until: Instant,
    /// How often it was taken.
    taken: u32,
    done: bool,
}

fn main() {
    let start = Instant::now();
    let item = Arc::new(Mutex::new(Item { leased_until: start, taken: 0, done: false }));
    let workers = [("A", 1500), ("B", 400)].map(|(name, work_ms)| {
        let item = Arc::clone(&item);
        thread::spawn(move || work(name, Duration::from_millis(work_ms), &item, start))
    });
    for worker in workers {
        worker.join().unwrap();
    }
}

fn work(name: &str, takes: Duration, item: &Mutex<Item>, start: Instant) {
    let tell = |what| println!("[{name}] {what} at {:.1} s", start.elapsed().as_secs_f64());
    while !item.lock().unwrap().done {
        let ticket = item.lock().unwrap().take();
        if let Some(ticket) = ticket {
            tell("Took the item");
            thread::sleep(takes);
            tell("Sent the parcel");
            tell(if item.lock().unwrap().finish(ticket) {
                "Acknowledged"
            } else {
                "Lost the item"
            });
            return;
        }
        thread::sleep(Duration::from_millis(300)); // and look again
    }
}

impl Item {
    /// Takes the item, unless somebody has it.
    fn take(&mut self) -> Option<u32> {
        if Instant::now() < self.leased_until {
            return None;
        }
        self.leased_until = Instant::now() + LEASE;
        self.taken += 1;
        Some(self.taken)
    }

    /// Only the last one who took it can finish it.
    fn finish(&mut self, ticket: u32) -> bool {
        self.done |= ticket == self.taken;
        ticket == self.taken
    }
}
