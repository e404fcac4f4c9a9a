//! The second part: each job of the batch has one result, and main waits for all of them.

use crate::plumbing::Job;
use crate::{Outcome, do_one};
use rehearsal::async_channel;
use rehearsal::{println, tokio};
use tokio::time::Instant;

pub(crate) async fn run(workers: u32, batch: Vec<Job>) -> u32 {
    let total = batch.len();
    println!("--- A batch of {total} more jobs ---");
    let start = Instant::now();

    let (queue, jobs) = async_channel::unbounded();
    let (results, all_results) = async_channel::unbounded();
    for job in batch {
        queue.send(job).await.unwrap();
    }
    for id in 1..=workers {
        let (jobs, results) = (jobs.clone(), results.clone());
        tokio::spawn(async move {
            while let Ok(job) = jobs.recv().await {
                results.send(do_one(id, job).await).await.unwrap();
            }
        });
    }
    let mut lost = 0;
    for _ in 0..total {
        if let Outcome::Lost = all_results.recv().await.unwrap().outcome {
            lost += 1;
        }
    }

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
    lost
}
