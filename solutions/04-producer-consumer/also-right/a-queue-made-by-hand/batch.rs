//! The second part: the jobs are in a deque, and a count of those that are done is told to main.

use crate::plumbing::Job;
use crate::process;
use rehearsal::{println, tokio};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) async fn run(workers: u32, batch: Vec<Job>) {
    let total = batch.len();
    println!("--- A batch of {total} more jobs ---");
    let start = Instant::now();

    let jobs = Arc::new(Mutex::new(VecDeque::from(batch)));
    let done = Arc::new((Mutex::new(0), Notify::new()));
    for id in 1..=workers {
        let (jobs, done) = (jobs.clone(), done.clone());
        tokio::spawn(async move {
            loop {
                let Some(job) = jobs.lock().unwrap().pop_front() else { break };
                let result = tokio::spawn(process(id, job)).await;
                if result.is_err() {
                    println!("lost: {job} (Worker-{id} panicked)");
                }
                *done.0.lock().unwrap() += 1;
                done.1.notify_one();
            }
        });
    }
    while *done.0.lock().unwrap() < total {
        done.1.notified().await;
    }

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}
