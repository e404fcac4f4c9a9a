//! Twenty jobs, three workers, and one bounded queue between them.

mod batch;
mod plumbing;

use plumbing::{Args, Job};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use tokio::task::JoinError;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (urgent_queue, urgent_jobs) = async_channel::bounded(args.capacity.into());
    // The producer has the only senders: when it returns, both queues are closed.
    let producer = tokio::spawn(produce(queue, urgent_queue, args.jobs()));
    let workers: Vec<_> =
        (1..=crew).map(|id| tokio::spawn(work(id, jobs.clone(), urgent_jobs.clone()))).collect();

    producer.await.unwrap();
    let mut total = Tally::default();
    for worker in workers {
        let tally = worker.await.unwrap();
        total.processed += tally.processed;
        total.failed.extend(tally.failed);
        total.lost += tally.lost;
        total.busy += tally.busy;
    }
    let available = start.elapsed() * crew;
    let busy = 100.0 * total.busy.div_duration_f64(available);
    println!("Workers were busy {busy:.0}% of the time");
    if args.dead_letters {
        total.processed += retry(total.failed).await;
    }
    let processed = total.processed;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    let lost = total.lost + batch::run(args.workers, args.batch()).await;
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Adds every job to its queue.
async fn produce(queue: Sender<Job>, urgent_queue: Sender<Job>, jobs: Vec<Job>) {
    let total = jobs.len();
    for job in jobs {
        sleep(job.pause).await;
        let queue = if job.is_urgent { &urgent_queue } else { &queue };
        queue.send(job).await.unwrap();
        println!("[Producer] Added job: {job}");
    }
    println!("[Producer] Done — added {total} jobs total");
}

/// Takes jobs until both queues are closed and empty. Urgent ones come first.
async fn work(id: u32, jobs: Receiver<Job>, urgent_jobs: Receiver<Job>) -> Tally {
    let mut tally = Tally::default();
    loop {
        let job = tokio::select! {
            biased;
            Ok(job) = urgent_jobs.recv() => job,
            Ok(job) = jobs.recv() => job,
            else => break,
        };
        let start = Instant::now();
        match attempt(id, job).await {
            Ok(true) => tally.processed += 1,
            Ok(false) => tally.failed.push(job),
            Err(_) => tally.lost += 1,
        }
        tally.busy += start.elapsed();
    }
    println!("[Worker-{id}] Shutting down");
    tally
}

/// What one worker did, or all of them.
#[derive(Default)]
struct Tally {
    processed: u32,
    failed: Vec<Job>,
    lost: u32,
    busy: Duration,
}

/// Does one job in a task of its own, so that a panic ends that task and not the worker.
async fn attempt(id: u32, job: Job) -> Result<bool, JoinError> {
    let outcome = tokio::spawn(process(id, job)).await;
    outcome.inspect_err(|_| println!("lost: {job} (Worker-{id} panicked)"))
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
