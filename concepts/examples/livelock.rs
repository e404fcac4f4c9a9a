//! Two clerks who both need ink and stamp, and are so polite that neither ever has both.

use rehearsal::sync::Mutex;
use rehearsal::time::Duration;
use rehearsal::{println, thread};

const MOMENT: Duration = Duration::from_millis(10);

fn main() {
    let (ink, stamp) = (Mutex::new("ink"), Mutex::new("stamp"));
    thread::scope(|s| {
        s.spawn(|| clerk("Left", &ink, &stamp));
        s.spawn(|| clerk("Right", &stamp, &ink));
    });
}

fn clerk(name: &str, mine: &Mutex<&str>, other: &Mutex<&str>) {
    println!("[{name}] I take the {}", mine.lock().unwrap());
    loop {
        let first = mine.lock().unwrap();
        thread::sleep(MOMENT);
        if let Ok(second) = other.try_lock() {
            println!("[{name}] I have {first} and {second}");
            return;
        }
        drop(first); // after you
        thread::sleep(MOMENT);
    }
}
