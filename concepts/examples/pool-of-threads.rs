//! A pool of two threads.

use rehearsal::crossbeam_channel::{Receiver, bounded};
use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    let (queue, jobs) = bounded(2);
    let workers: Vec<_> = (1..=2)
        .map(|id| {
            let jobs = jobs.clone();
            thread::spawn(move || work(id, jobs))
        })
        .collect();
    for job in 1..=4 {
        queue.send(job).unwrap();
    }
    drop(queue);
    for worker in workers {
        worker.join().unwrap();
    }
}

fn work(id: u32, jobs: Receiver<u64>) {
    while let Ok(job) = jobs.recv() {
        thread::sleep(Duration::from_millis(100 + 10 * job));
        println!("[Worker-{id}] Did job {job}");
    }
}
