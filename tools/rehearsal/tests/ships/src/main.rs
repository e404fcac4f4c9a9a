//! Sums in two threads, over a queue and under a lock.

#[cfg(not(mirrored))]
use crossbeam_channel as channel;
// Both know the same crates: what one of them has compiled already, the compiler takes from there.
use rehearsal as _;
#[cfg(mirrored)]
use rehearsal::{
    crossbeam_channel as channel, println,
    sync::{Arc, Mutex},
    thread,
};
#[cfg(not(mirrored))]
use std::{
    println,
    sync::{Arc, Mutex},
    thread,
};

fn main() {
    let (queue, numbers) = channel::bounded(3);
    let sum = Arc::new(Mutex::new(0));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (numbers, sum) = (numbers.clone(), sum.clone());
            thread::spawn(move || {
                for number in numbers {
                    *sum.lock().unwrap() += number;
                }
            })
        })
        .collect();
    for number in 1..=100 {
        queue.send(number).unwrap();
    }
    drop(queue);
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    println!("{}", sum.lock().unwrap());
}
