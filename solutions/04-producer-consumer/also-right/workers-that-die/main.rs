//! Right in another way: main closes the queues by `close()`. A job that panics takes its worker along,
//! but a guard has its name, and the counts lie where they outlive the worker. When the last worker is
//! gone, the producer's send fails, and it stops.

mod batch;
mod plumbing;

use plumbing::{Args, Job};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use tokio::time::{Instant, sleep};

/// What all workers did so far.
#[derive(Default)]
struct Counts {
    processed: u32,
    busy_ms: u128,
    failed: Vec<Job>,
    lost: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let counts = Arc::new(Mutex::new(Counts::default()));
    let (urgent_queue, urgent_jobs) = async_channel::bounded(args.capacity.into());
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let mut workers = Vec::new();
    for id in 1..=crew {
        let counts = counts.clone();
        workers.push(tokio::spawn(work(id, urgent_jobs.clone(), jobs.clone(), counts)));
    }
    // So that the queues are closed when the last worker is gone.
    drop(urgent_jobs);
    drop(jobs);

    let producer = tokio::spawn(produce(queue.clone(), urgent_queue.clone(), args.jobs()));
    let _ = producer.await;
    queue.close();
    urgent_queue.close();
    for worker in workers {
        // A worker that panicked has told what it lost.
        let _ = worker.await;
    }

    let available = start.elapsed().as_millis() * u128::from(crew);
    let busy = counts.lock().unwrap().busy_ms * 100 / available;
    println!("Workers were busy {busy}% of the time");
    let failed = std::mem::take(&mut counts.lock().unwrap().failed);
    let mut processed = counts.lock().unwrap().processed;
    if args.dead_letters {
        processed += retry(failed).await;
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    batch::run(args.workers, args.batch()).await;
    let lost = counts.lock().unwrap().lost;
    ExitCode::from(u8::from(lost))
}

async fn produce(queue: Sender<Job>, urgent_queue: Sender<Job>, jobs: Vec<Job>) {
    let total = jobs.len();
    for job in jobs {
        sleep(job.pause).await;
        let queue = if job.is_urgent { &urgent_queue } else { &queue };
        if queue.send(job).await.is_err() {
            println!("[Producer] Stopped at {job}: no worker is left");
            return;
        }
        println!("[Producer] Added job: {job}");
    }
    println!("[Producer] Done — added {total} jobs total");
}

async fn work(
    id: u32,
    urgent_jobs: Receiver<Job>,
    jobs: Receiver<Job>,
    counts: Arc<Mutex<Counts>>,
) {
    while let Some(job) = next(&urgent_jobs, &jobs).await {
        let start = Instant::now();
        let in_hand = InHand { id, job, counts: &counts };
        let worked = process(id, job).await;
        drop(in_hand);
        let mut counts = counts.lock().unwrap();
        counts.busy_ms += start.elapsed().as_millis();
        if worked {
            counts.processed += 1;
        } else {
            counts.failed.push(job);
        }
    }
    println!("[Worker-{id}] Shutting down");
}

async fn next(urgent_jobs: &Receiver<Job>, jobs: &Receiver<Job>) -> Option<Job> {
    tokio::select! {
        biased;
        Ok(job) = urgent_jobs.recv() => Some(job),
        Ok(job) = jobs.recv() => Some(job),
        else => None,
    }
}

/// The job that a worker is at. Tells that it is lost if the worker panics over it.
struct InHand<'a> {
    id: u32,
    job: Job,
    counts: &'a Mutex<Counts>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("lost: {} (Worker-{} panicked)", self.job, self.id);
            self.counts.lock().unwrap().lost = true;
        }
    }
}

/// Does one job, and tells whether it went well.
async fn process(id: u32, job: Job) -> bool {
    sleep(job.time).await;
    if job.panics {
        panic!("{job} went wrong");
    }
    if job.failures > 0 {
        println!("[Worker-{id}] Failed: {job}");
        return false;
    }
    println!("[Worker-{id}] Processed: {job} (took {:.1}s)", job.time.as_secs_f64());
    true
}

/// Lists the jobs that failed, tries each once more, and tells how many worked.
async fn retry(mut failed: Vec<Job>) -> u32 {
    failed.sort_by_key(|job| job.number);
    let names: Vec<_> = failed.iter().map(Job::to_string).collect();
    println!("Dead letters: {}", if names.is_empty() { "none".into() } else { names.join(", ") });
    let mut processed = 0;
    for job in failed {
        sleep(job.time).await;
        if job.failures > 1 {
            println!("[Retry] Failed: {job}");
        } else {
            println!("[Retry] Processed: {job} (took {:.1}s)", job.time.as_secs_f64());
            processed += 1;
        }
    }
    processed
}
