//! A shop waits for its receipts, and the office waits for a full batch.

use rehearsal::crossbeam_channel::unbounded;
use rehearsal::{println, thread};

fn main() {
    let (queue, orders) = unbounded();
    let (receipt, receipts) = unbounded();
    let shop = thread::spawn(move || {
        for day in 1..=2 {
            for order in 1..=3 {
                queue.send((day, order)).unwrap();
            }
            println!("[Shop] Three orders on day {day}");
            for _ in 1..=3 {
                let () = receipts.recv().unwrap();
            }
        }
    });
    let office = thread::spawn(move || {
        loop {
            println!("[Office] I wait for ten");
            let batch: Vec<_> = orders.iter().take(10).collect();
            if batch.is_empty() {
                break;
            }
            println!("[Office] Wrote {} orders", batch.len());
            batch.iter().for_each(|_| receipt.send(()).unwrap());
        }
    });
    shop.join().unwrap();
    office.join().unwrap();
}
