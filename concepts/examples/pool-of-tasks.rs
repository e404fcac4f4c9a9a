//! The same pool, of two tasks.

use rehearsal::async_channel::{Receiver, bounded};
use rehearsal::{println, tokio};
use tokio::time::{Duration, sleep};

#[tokio::main]
async fn main() {
    let (queue, jobs) = bounded(2);
    let workers: Vec<_> = (1..=2)
        .map(|id| {
            let jobs = jobs.clone();
            tokio::spawn(work(id, jobs))
        })
        .collect();
    for job in 1..=4 {
        queue.send(job).await.unwrap();
    }
    drop(queue);
    for worker in workers {
        worker.await.unwrap();
    }
}

async fn work(id: u32, jobs: Receiver<u64>) {
    while let Ok(job) = jobs.recv().await {
        sleep(Duration::from_millis(100 + 10 * job)).await;
        println!("[Worker-{id}] Did job {job}");
    }
}
