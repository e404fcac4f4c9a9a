//! The second part: each job holds a sender, and main waits until the last of them is gone.

use crate::plumbing::Job;
use crate::{Board, Lines, attempt};
use rehearsal::async_channel;
use rehearsal::tokio;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;

pub(crate) async fn run(lines: &Lines, board: &Arc<Board>, workers: u32, batch: Vec<Job>) {
    lines.send(format!("--- A batch of {} more jobs ---", batch.len())).unwrap();
    let start = Instant::now();

    let (queue, jobs) = async_channel::unbounded();
    let (receipt, mut all_handed_in) = mpsc::channel::<()>(1);
    for job in batch {
        queue.send((job, receipt.clone())).await.unwrap();
    }
    drop(receipt);
    for id in 1..=workers {
        let (jobs, lines, board) = (jobs.clone(), lines.clone(), board.clone());
        tokio::spawn(async move {
            while let Ok((job, _receipt)) = jobs.recv().await {
                attempt(id, job, &lines, &board).await;
            }
        });
    }
    drop(jobs);
    // Nothing is ever sent: this ends when the last sender is dropped.
    all_handed_in.recv().await;

    let elapsed = start.elapsed().as_secs_f64();
    lines.send(format!("Finished the batch in {elapsed:.1} seconds")).unwrap();
}
