//! One patient, and a bell that wakes two doctors.

use rehearsal::sync::{Arc, Condvar, Mutex};
use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    let night = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
    let doctors: Vec<_> = (1..=2)
        .map(|id| {
            let night = night.clone();
            thread::spawn(move || {
                let (waiting, bell) = &*night;
                let mut room = waiting.lock().unwrap();
                if room.is_empty() {
                    room = bell.wait(room).unwrap();
                }
                let patient = room.pop().expect("the bell has rung");
                println!("[Doctor-{id}] Come in, {patient}");
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(50));
    night.0.lock().unwrap().push("patient 1");
    night.1.notify_all();
    for doctor in doctors {
        doctor.join().unwrap();
    }
}
