//! Three workers and one long job: each worker takes one job at a time, or four.

use rehearsal::crossbeam_channel::{Receiver, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

fn main() {
    play(1);
    play(4);
}

fn play(prefetch: usize) {
    let start = Instant::now();
    let (queue, jobs) = bounded(12);
    (1..=12).for_each(|job| queue.send(job).unwrap());
    drop(queue);

    let workers: Vec<_> = (1..=3)
        .map(|_| {
            let jobs = jobs.clone();
            thread::spawn(move || (work(jobs, prefetch), start.elapsed().as_secs_f64()))
        })
        .collect();
    println!("{prefetch} at a time");
    for (worker, id) in workers.into_iter().zip(1..) {
        let (done, end) = worker.join().unwrap();
        println!("  Worker-{id} did {done:?}, until {end:.1} s");
    }
}

/// Takes up to `prefetch` jobs at a time, and does them one by one.
fn work(jobs: Receiver<u64>, prefetch: usize) -> Vec<u64> {
    let mut done = Vec::new();
    loop {
        let mine: Vec<_> = jobs.iter().take(prefetch).collect();
        if mine.is_empty() {
            return done;
        }
        for job in mine {
            thread::sleep(Duration::from_millis(if job == 1 { 900 } else { 200 + job }));
            done.push(job);
        }
    }
}
