//! A consumer that asks again and again, and a sender that nobody drops.

use rehearsal::crossbeam_channel::{TryRecvError, bounded};
use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    let (queue, items) = bounded(2);
    let spare = queue.clone();
    let producer = thread::spawn(move || {
        for item in 1..=2 {
            thread::sleep(Duration::from_millis(100));
            println!("[Producer] Adding item {item}");
            queue.send(item).unwrap();
        }
    });
    loop {
        match items.try_recv() {
            Ok(item) => println!("[Consumer] Took item {item}"),
            Err(TryRecvError::Empty) => {} // and once more
            Err(TryRecvError::Disconnected) => break,
        }
    }
    producer.join().unwrap();
    drop(spare);
}
