//! The second part: each job has a receipt that counts down when it goes out of scope.

use crate::plumbing::Job;
use crate::{caught, process};
use rehearsal::{println, tokio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many jobs of the batch are unfinished.
struct Unfinished {
    jobs: AtomicUsize,
    none_left: Notify,
}

struct Receipt(Arc<Unfinished>);

impl Drop for Receipt {
    fn drop(&mut self) {
        if self.0.jobs.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.none_left.notify_one();
        }
    }
}

pub(crate) async fn run(workers: u32, batch: Vec<Job>) {
    let total = batch.len();
    println!("--- A batch of {total} more jobs ---");
    let start = Instant::now();

    let (queue, jobs) = mpsc::unbounded_channel();
    let unfinished =
        Arc::new(Unfinished { jobs: AtomicUsize::new(total), none_left: Notify::new() });
    for job in batch {
        queue.send((job, Receipt(unfinished.clone()))).unwrap();
    }
    let jobs = Arc::new(Mutex::new(jobs));
    let mut pool = JoinSet::new();
    for id in 1..=workers {
        pool.spawn(work(id, jobs.clone()));
    }
    if total > 0 {
        unfinished.none_left.notified().await;
    }
    pool.abort_all();

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}

async fn work(id: u32, jobs: Arc<Mutex<mpsc::UnboundedReceiver<(Job, Receipt)>>>) {
    loop {
        let next = jobs.lock().await.recv().await;
        let Some((job, receipt)) = next else { return };
        if caught(process(id, job)).await.is_none() {
            println!("lost: {job} (Worker-{id} panicked)");
        }
        drop(receipt);
    }
}
