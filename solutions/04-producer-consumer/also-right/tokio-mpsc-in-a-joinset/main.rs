//! Right in another way: tokio's own queues behind a lock that is held while a worker waits, but not
//! while it works. The workers are in a JoinSet, a panic is caught where it happens, and the receipts
//! of the batch are guards that count down.

mod batch;
mod plumbing;

use plumbing::{Args, Job};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::exit;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

#[derive(Default)]
struct Report {
    processed: u32,
    busy: Duration,
    failed: Vec<Job>,
    lost: u32,
}

struct Jobs {
    urgent: mpsc::Receiver<Job>,
    normal: mpsc::Receiver<Job>,
}

impl Jobs {
    async fn next(&mut self) -> Option<Job> {
        tokio::select! {
            biased;
            Some(job) = self.urgent.recv() => Some(job),
            Some(job) = self.normal.recv() => Some(job),
            else => None,
        }
    }
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let (urgent_queue, urgent) = mpsc::channel(args.capacity.into());
    let (queue, normal) = mpsc::channel(args.capacity.into());
    let jobs = Arc::new(Mutex::new(Jobs { urgent, normal }));

    tokio::spawn(produce(queue, urgent_queue, args.jobs()));
    let mut workers = JoinSet::new();
    for id in 1..=crew {
        workers.spawn(work(id, jobs.clone()));
    }

    let mut processed = 0;
    let mut lost = 0;
    let mut busy = Duration::ZERO;
    let mut failed = Vec::new();
    while let Some(report) = workers.join_next().await {
        let report = report.unwrap();
        processed += report.processed;
        lost += report.lost;
        busy += report.busy;
        failed.extend(report.failed);
    }
    let there = start.elapsed().as_secs_f64() * f64::from(crew);
    println!("Workers were busy {}% of the time", (busy.as_secs_f64() / there * 100.0).round());
    if args.dead_letters {
        processed += retry(failed).await;
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    batch::run(args.workers, args.batch()).await;
    if lost > 0 {
        exit(1);
    }
}

async fn produce(queue: mpsc::Sender<Job>, urgent_queue: mpsc::Sender<Job>, jobs: Vec<Job>) {
    let total = jobs.len();
    for job in jobs {
        sleep(job.pause).await;
        if job.is_urgent {
            urgent_queue.send(job).await.unwrap();
        } else {
            queue.send(job).await.unwrap();
        }
        println!("[Producer] Added job: {job}");
    }
    println!("[Producer] Done — added {total} jobs total");
}

async fn work(id: u32, jobs: Arc<Mutex<Jobs>>) -> Report {
    let mut report = Report::default();
    loop {
        // The lock is free again at the end of this line.
        let job = jobs.lock().await.next().await;
        let Some(job) = job else { break };
        let start = Instant::now();
        match caught(process(id, job)).await {
            Some(true) => report.processed += 1,
            Some(false) => report.failed.push(job),
            None => {
                report.lost += 1;
                println!("lost: {job} (Worker-{id} panicked)");
            }
        }
        report.busy += start.elapsed();
    }
    println!("[Worker-{id}] Shutting down");
    report
}

/// Runs a future, and gives `None` if it panics.
async fn caught<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Err(_) => Poll::Ready(None),
    })
    .await
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
