//! Orders are written to a disk by three rules, and each write takes 4 ms, however much is in it.

use rehearsal::crossbeam_channel::{Receiver, unbounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

const WRITE: Duration = Duration::from_millis(4);

/// Takes the orders of the next batch. After the last order it gives an empty one.
type Rule = fn(&Receiver<Instant>) -> Vec<Instant>;

fn main() {
    let one: Rule = |orders| orders.recv().into_iter().collect();
    let full: Rule = |orders| orders.iter().take(100).collect();
    let what_is_there: Rule =
        |orders| orders.recv().into_iter().chain(orders.try_iter().take(99)).collect();

    for pause_ms in [10, 1] {
        println!("1000 orders, one every {pause_ms} ms");
        for (name, rule) in [("one", one), ("100", full), ("what is there", what_is_there)] {
            let longest = write(&come(Duration::from_millis(pause_ms)), rule);
            println!("  write {name:14} longest wait {:.3} s", longest.as_secs_f64());
        }
    }
}

fn come(pause: Duration) -> Receiver<Instant> {
    let (queue, orders) = unbounded();
    thread::spawn(move || {
        for _ in 1..=1000 {
            thread::sleep(pause);
            queue.send(Instant::now()).unwrap();
        }
    });
    orders
}

/// Tells how long an order waited, from its coming until it was on the disk.
fn write(orders: &Receiver<Instant>, rule: Rule) -> Duration {
    let mut longest = Duration::ZERO;
    loop {
        let batch = rule(orders);
        let Some(oldest) = batch.first() else { return longest };
        thread::sleep(WRITE);
        longest = longest.max(oldest.elapsed());
    }
}
