//! A worker that does not report a job that it could not do.

use rehearsal::crossbeam_channel::{Receiver, Sender, unbounded};
use rehearsal::{println, thread};

fn main() {
    let (queue, jobs) = unbounded();
    let (finished, reports) = unbounded();
    let worker = thread::spawn(move || work(jobs, finished));
    (1..=3).for_each(|job| queue.send(job).unwrap());

    for _ in 1..=3 {
        reports.recv().unwrap();
    }
    println!("All jobs are done");
    drop(queue);
    worker.join().unwrap();
}

fn work(jobs: Receiver<u32>, finished: Sender<u32>) {
    for job in jobs {
        if job == 2 {
            println!("[Worker] Job {job} is broken");
            continue;
        }
        println!("[Worker] Did job {job}");
        finished.send(job).unwrap();
    }
}
