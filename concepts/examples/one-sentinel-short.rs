//! Two workers, and one stop sign.

use rehearsal::crossbeam_channel::{Receiver, bounded};
use rehearsal::{println, thread};

fn main() {
    let (queue, jobs) = bounded(3);
    let workers: Vec<_> = (1..=2)
        .map(|id| {
            let jobs = jobs.clone();
            thread::spawn(move || work(id, jobs))
        })
        .collect();
    for job in 1..=4 {
        queue.send(Some(job)).unwrap();
    }
    queue.send(None).unwrap();
    for worker in workers {
        worker.join().unwrap();
    }
}

fn work(id: u32, jobs: Receiver<Option<u32>>) {
    while let Some(job) = jobs.recv().unwrap() {
        println!("[Worker-{id}] Did job {job}");
    }
    println!("[Worker-{id}] Shutting down");
}
