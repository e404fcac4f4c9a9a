//! Twenty jobs, three workers, and one bounded queue between them.

mod plumbing;

use plumbing::{Args, every, name, random_time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use tokio::sync::oneshot;
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
    let producer = tokio::spawn(produce(queue, urgent_queue, args));
    let workers: Vec<_> = (1..=crew)
        .map(|id| tokio::spawn(work(id, jobs.clone(), urgent_jobs.clone(), args)))
        .collect();

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
        total.processed += retry(total.failed, args).await;
    }
    let processed = total.processed;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    let lost = total.lost + run_batch(args).await;
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Adds every job to its queue.
async fn produce(queue: Sender<Job>, urgent_queue: Sender<Job>, args: Args) {
    for job in 1..=args.jobs {
        sleep(random_time(50..=150, job, args)).await;
        let queue = if every(args.priority, job) { &urgent_queue } else { &queue };
        queue.send(job).await.unwrap();
        println!("[Producer] Added job: {}", name(job, args));
    }
    println!("[Producer] Done — added {} jobs total", args.jobs);
}

/// Takes jobs until both queues are closed and empty. Urgent ones come first.
async fn work(id: u32, jobs: Receiver<Job>, urgent_jobs: Receiver<Job>, args: Args) -> Tally {
    let mut tally = Tally::default();
    loop {
        let job = tokio::select! {
            biased;
            Ok(job) = urgent_jobs.recv() => job,
            Ok(job) = jobs.recv() => job,
            else => break,
        };
        let start = Instant::now();
        match attempt(id, job, args).await {
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
async fn attempt(id: u32, job: Job, args: Args) -> Result<bool, JoinError> {
    let outcome = tokio::spawn(process(id, job, args)).await;
    outcome.inspect_err(|_| println!("lost: {} (Worker-{id} panicked)", name(job, args)))
}

/// Does one job, and tells whether it went well.
async fn process(id: u32, job: Job, args: Args) -> bool {
    let name = name(job, args);
    let time = random_time(200..=1000, job, args);
    sleep(time).await;
    if every(args.panic, job) {
        panic!("{name} went wrong");
    }
    if every(args.fail, job) {
        println!("[Worker-{id}] Failed: {name}");
        return false;
    }
    println!("[Worker-{id}] Processed: {name} (took {:.1}s)", time.as_secs_f64());
    true
}

/// Lists the jobs that failed, tries each once more, and tells how many worked.
async fn retry(mut failed: Vec<Job>, args: Args) -> u32 {
    failed.sort();
    let names: Vec<_> = failed.iter().map(|&job| name(job, args)).collect();
    println!("Dead letters: {}", if names.is_empty() { "none".into() } else { names.join(", ") });
    let mut processed = 0;
    for (job, name) in failed.into_iter().zip(names) {
        let time = random_time(200..=1000, job, args);
        sleep(time).await;
        if every(args.fail.map(|nth| 2 * nth), job) {
            println!("[Retry] Failed: {name}");
        } else {
            println!("[Retry] Processed: {name} (took {:.1}s)", time.as_secs_f64());
            processed += 1;
        }
    }
    processed
}

/// The second part: a batch is over when no job is unfinished. Its workers stay for the next one.
/// Tells how many jobs were lost.
async fn run_batch(args: Args) -> u32 {
    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();

    let (queue, jobs) = async_channel::unbounded();
    let mut receipts = Vec::new();
    for job in args.jobs + 1..=args.jobs + args.batch {
        let (receipt, handed_in) = oneshot::channel();
        queue.send((job, receipt)).await.unwrap();
        receipts.push(handed_in);
    }
    for id in 1..=args.workers {
        tokio::spawn(work_on_batch(id, jobs.clone(), args));
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

/// Takes jobs from the queue, and hands in the receipt of each. `main` learns of a dropped one too.
async fn work_on_batch(id: u32, jobs: Receiver<(Job, oneshot::Sender<()>)>, args: Args) {
    while let Ok((job, receipt)) = jobs.recv().await {
        if attempt(id, job, args).await.is_ok() {
            receipt.send(()).unwrap();
        }
    }
}

/// A job is known by its number.
type Job = u32;
