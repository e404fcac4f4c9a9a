//! A consumer that waits for a message that nobody sends.

use rehearsal::crossbeam_channel::bounded;
use rehearsal::{println, thread};

fn main() {
    let (queue, items) = bounded(3);
    let producer = thread::spawn({
        let queue = queue.clone();
        move || {
            for item in 1..=2 {
                queue.send(item).unwrap();
                println!("[Producer] Added item {item}");
            }
        }
    });
    let consumer = thread::spawn(move || {
        for item in items {
            println!("[Consumer] Took item {item}");
        }
        println!("[Consumer] Done");
    });
    producer.join().unwrap();
    consumer.join().unwrap();
}
