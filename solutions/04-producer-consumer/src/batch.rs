//! The second part: a batch is over when no job is unfinished. Its workers stay for the next one.

use crate::attempt;
use crate::plumbing::Job;
use rehearsal::async_channel::{self, Receiver};
use rehearsal::{println, tokio};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Puts all jobs into a queue, waits until they are finished, and tells how many were lost.
pub(crate) async fn run(workers: u32, batch: Vec<Job>) -> u32 {
    println!("--- A batch of {} more jobs ---", batch.len());
    let start = Instant::now();

    let mut receipts = Vec::new();
    let (queue, jobs) = async_channel::unbounded();
    for job in batch {
        let (receipt, handed_in) = oneshot::channel();
        queue.send((job, receipt)).await.unwrap();
        receipts.push(handed_in);
    }
    for id in 1..=workers {
        tokio::spawn(work(id, jobs.clone()));
    }
    let mut lost = 0;
    for handed_in in receipts {
        // An error: the receipt was dropped, because the job was lost.
        lost += u32::from(handed_in.await.is_err());
    }

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
    lost
}

/// Takes jobs from the queue, and hands in the receipt of each. `run` learns of a dropped one too.
async fn work(id: u32, jobs: Receiver<(Job, oneshot::Sender<()>)>) {
    while let Ok((job, receipt)) = jobs.recv().await {
        if attempt(id, job).await.is_ok() {
            receipt.send(()).unwrap();
        }
    }
}
