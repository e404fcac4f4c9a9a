//! Two tills sell the last ticket.

use rehearsal::sync::{Arc, Mutex};
use rehearsal::{println, thread};

fn main() {
    let tickets = Arc::new(Mutex::new(1));
    let tills: Vec<_> = (1..=2)
        .map(|till| {
            let tickets = tickets.clone();
            thread::spawn(move || {
                let left = *tickets.lock().unwrap();
                if left > 0 {
                    *tickets.lock().unwrap() = left - 1;
                    println!("[Till-{till}] Sold a ticket");
                } else {
                    println!("[Till-{till}] Sold out");
                }
            })
        })
        .collect();
    for till in tills {
        till.join().unwrap();
    }
}
