//! A doctor who looks, and then goes to bed; in between a patient comes.

use rehearsal::sync::{Arc, Condvar, Mutex};
use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    let night = Arc::new((Mutex::new(0), Condvar::new()));
    let nurse = thread::spawn({
        let night = night.clone();
        move || {
            let (waiting, bell) = &*night;
            thread::sleep(Duration::from_millis(50));
            *waiting.lock().unwrap() += 1;
            println!("[Nurse] A patient is here, and I ring");
            bell.notify_one();
        }
    });
    let doctor = thread::spawn(move || {
        let (waiting, bell) = &*night;
        let is_empty = *waiting.lock().unwrap() == 0;
        if is_empty {
            println!("[Doctor] Nobody is here, so I go to bed");
            thread::sleep(Duration::from_millis(100)); // it is a long way
            drop(bell.wait(waiting.lock().unwrap()).unwrap());
        }
        println!("[Doctor] Come in");
    });
    nurse.join().unwrap();
    doctor.join().unwrap();
}
