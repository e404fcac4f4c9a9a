//! A sender that nobody drops, and a consumer that waits for ever. The README shows this program.

use rehearsal::{crossbeam_channel as channel, println, thread};

fn main() {
    let (queue, items) = channel::bounded(3);
    let consumer = thread::spawn(move || {
        for item in items {
            println!("[Consumer] Took item {item}");
        }
    });
    for item in 1..=5 {
        queue.send(item).unwrap();
    }
    // Without this line, the consumer waits for ever.
    // drop(queue);
    consumer.join().unwrap();
}
