//! A baker and a customer, and a counter for two loaves between them.

use rehearsal::crossbeam_channel::bounded;
use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    let (counter, loaves) = bounded(2);
    let baker = thread::spawn(move || {
        for loaf in 1..=4 {
            thread::sleep(Duration::from_millis(70));
            println!("[Baker] Loaf {loaf} is baked");
            counter.send(loaf).unwrap();
        }
    });
    for loaf in loaves {
        println!("[Customer] I eat loaf {loaf}");
        thread::sleep(Duration::from_millis(150));
    }
    baker.join().unwrap();
}
