//! The second part: a batch is over when no job is unfinished. Its workers stay for the next one.

use crate::plumbing::Job;
use crate::process;
use rehearsal::async_channel::{self, Receiver};
use rehearsal::{println, tokio};
use tokio::sync::watch;
use tokio::time::Instant;

/// Puts all jobs into a queue, and waits until they are finished.
pub(crate) async fn run(workers: u32, batch: Vec<Job>) {
    println!("--- A batch of {} more jobs ---", batch.len());
    let start = Instant::now();

    let (unfinished, mut join) = watch::channel(batch.len());
    let (queue, jobs) = async_channel::unbounded();
    for job in batch {
        queue.send(job).await.unwrap();
    }
    for id in 1..=workers {
        tokio::spawn(work(id, jobs.clone(), unfinished.clone()));
    }
    join.wait_for(|&unfinished| unfinished == 0).await.unwrap();

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}

/// Takes jobs from the queue, and counts down those that are finished.
async fn work(id: u32, jobs: Receiver<Job>, unfinished: watch::Sender<usize>) {
    while let Ok(job) = jobs.recv().await {
        // TODO(fix-2): a job that fails or panics stays unfinished for ever, and main waits for it.
        if process(id, job).await {
            unfinished.send_modify(|jobs| *jobs -= 1);
        }
    }
}
