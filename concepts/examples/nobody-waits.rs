//! A thread that nobody waits for.

use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    thread::spawn(|| {
        println!("[Saver] Half of the file is written");
        thread::sleep(Duration::from_millis(100));
        println!("[Saver] The other half too");
    });
    thread::sleep(Duration::from_millis(50));
    println!("Good bye");
}
