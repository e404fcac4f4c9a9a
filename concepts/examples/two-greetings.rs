//! Two threads that say a line each.

use rehearsal::{println, thread};

fn main() {
    let threads = [
        thread::spawn(|| println!("[Left] Good morning")),
        thread::spawn(|| println!("[Right] Good evening")),
    ];
    for one in threads {
        one.join().unwrap();
    }
}
