//! The second part: a guard counts down for each job, also while its worker dies of it.

use crate::plumbing::Job;
use crate::process;
use rehearsal::async_channel::{self, Receiver};
use rehearsal::{println, tokio};
use tokio::sync::watch;
use tokio::time::Instant;

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
    drop((jobs, unfinished));
    // An error: all workers have panicked.
    let _ = join.wait_for(|&unfinished| unfinished == 0).await;

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}

async fn work(id: u32, jobs: Receiver<Job>, unfinished: watch::Sender<usize>) {
    while let Ok(job) = jobs.recv().await {
        let _receipt = Receipt(&unfinished);
        process(id, job).await;
    }
}

struct Receipt<'a>(&'a watch::Sender<usize>);

impl Drop for Receipt<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|jobs| *jobs -= 1);
    }
}
