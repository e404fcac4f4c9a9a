//! A supervisor: it starts a worker anew, but not for ever.

use rehearsal::crossbeam_channel::{Receiver, unbounded};
use rehearsal::{println, thread};

const MOST_RESTARTS: u32 = 2;

fn main() {
    let (queue, jobs) = unbounded();
    (1..=8).for_each(|job| queue.send(job).unwrap());
    drop(queue);

    for id in 1.. {
        let jobs = jobs.clone();
        if thread::spawn(move || work(id, jobs)).join().is_ok() {
            println!("[Supervisor] All is done");
            return;
        }
        if id > MOST_RESTARTS {
            println!("[Supervisor] Worker-{id} died too, I give up");
            return;
        }
        println!("[Supervisor] Worker-{id} died, I start another");
    }
}

fn work(id: u32, jobs: Receiver<u32>) {
    for job in jobs {
        assert!(job % 2 == 1, "job {job} is broken");
        println!("[Worker-{id}] Did job {job}");
    }
}
