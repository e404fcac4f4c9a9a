//! A fast producer and a slow consumer, with a queue of three sizes.

use rehearsal::crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

fn main() {
    play("no room", bounded(0));
    play("room for 2", bounded(2));
    play("no limit", unbounded());
}

fn play(room: &str, (queue, items): (Sender<Instant>, Receiver<Instant>)) {
    let start = Instant::now();
    let producer = thread::spawn(move || {
        for _ in 1..=8 {
            thread::sleep(Duration::from_millis(100));
            queue.send(Instant::now()).unwrap();
        }
        start.elapsed()
    });
    let mut longest = Duration::ZERO;
    for made in items {
        longest = longest.max(made.elapsed());
        thread::sleep(Duration::from_millis(300));
    }
    let (made, done) = (producer.join().unwrap().as_secs_f64(), start.elapsed().as_secs_f64());
    let waited = longest.as_secs_f64();
    println!(
        "{room:10}  all made at {made:.1} s, all used at {done:.1} s, longest wait {waited:.1} s"
    );
}
