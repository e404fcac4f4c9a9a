//! Three shops send orders into one queue, first at the same pace, and then one of them without a pause.

use rehearsal::crossbeam_channel::bounded;
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::BTreeMap;

fn main() {
    play("All shops pause", [("North", 200), ("South", 230), ("Web", 210)]);
    play("Web never pauses", [("North", 200), ("South", 230), ("Web", 0)]);
}

fn play(title: &str, shops: [(&'static str, u64); 3]) {
    let (queue, orders) = bounded(10);
    for (shop, pause) in shops {
        let queue = queue.clone();
        thread::spawn(move || {
            for _ in 1..=20 {
                thread::sleep(Duration::from_millis(pause));
                let made = Instant::now();
                queue.send((shop, made)).unwrap();
            }
        });
    }
    drop(queue); // each shop has its own; the last one out closes
    let mut longest = BTreeMap::new();
    for (shop, made) in orders {
        let wait = longest.entry(shop).or_insert(Duration::ZERO);
        *wait = (*wait).max(made.elapsed());
        thread::sleep(Duration::from_millis(51));
    }
    let waits: Vec<_> =
        longest.iter().map(|(s, wait)| format!("{s} {:.2} s", wait.as_secs_f64())).collect();
    println!("{title:16}  longest wait: {}", waits.join(", "));
}
