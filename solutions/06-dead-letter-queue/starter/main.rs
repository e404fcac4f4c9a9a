//! Jobs that fail are tried again, and those that go on failing become dead letters.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();

    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    // TODO(fix-3): the dead-letter queue takes every letter, however many come.
    let (dead_queue, dead_letters) = async_channel::unbounded();
    let (unfinished, mut all_finished) = watch::channel(args.jobs);
    let pool = Pool { queue, dead_queue, unfinished, start, args };
    tokio::spawn(produce(pool.queue.clone(), args));
    let workers: Vec<_> =
        (1..=args.workers).map(|id| tokio::spawn(work(id, jobs.clone(), pool.clone()))).collect();

    // A job that waits for its next attempt is in no queue, so an empty queue would not mean the end.
    all_finished.wait_for(|&unfinished| unfinished == 0).await.unwrap();
    let mut dead: Vec<Job> = std::iter::from_fn(|| dead_letters.try_recv().ok()).collect();
    dead.sort_by_key(|job| job.item);
    for job in &dead {
        println!("Dead letter: item_{}", job.item);
    }
    // TODO(alter-2): with --redrive, put the dead letters back once, and tell what became of each.

    pool.queue.close();
    let mut processed = 0;
    for worker in workers {
        processed += worker.await.unwrap();
    }
    let (dead, elapsed) = (dead.len(), start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}");
}

/// Puts every job into the queue.
async fn produce(queue: Sender<Job>, args: Args) {
    for item in 1..=args.jobs {
        if !args.full {
            sleep(random_time(50..=150, item, 0, args)).await;
        }
        queue.send(Job { item, attempt: 1, redriven: false }).await.unwrap();
        println!("[Producer] Added: item_{item}");
    }
}

/// Takes jobs until the queue is closed, and tells how many were processed.
async fn work(id: u32, jobs: Receiver<Job>, pool: Pool) -> u32 {
    let mut processed = 0;
    while let Ok(job) = jobs.recv().await {
        match attempt(id, &job, &pool).await {
            Ok(()) => processed += 1,
            // TODO(fix-1): a malformed item is tried again too, and a dead letter says nothing but its item.
            Err(_) if job.attempt < pool.args.max_attempts => {
                retry(job, &pool).await;
                continue;
            }
            Err(_) => pool.dead_queue.send(job).await.unwrap(),
        }
        pool.unfinished.send_modify(|jobs| *jobs -= 1);
    }
    processed
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// Puts a job that failed back into the queue, after a pause.
async fn retry(job: Job, pool: &Pool) {
    // TODO(alter-1): the pause does not grow, and the worker sleeps through it.
    sleep(BASE + jitter(&job, pool.args)).await;
    // TODO(fix-2): where the queue is full, the worker waits for room that only a worker can make.
    pool.queue.send(Job { attempt: job.attempt + 1, ..job }).await.unwrap();
}

/// What all workers share.
#[derive(Clone)]
struct Pool {
    queue: Sender<Job>,
    dead_queue: Sender<Job>,
    unfinished: watch::Sender<u32>,
    start: Instant,
    args: Args,
}

/// An item, and the number of the attempt that comes next.
struct Job {
    item: u32,
    attempt: u32,
    /// Whether it has been a dead letter
    redriven: bool,
}

/// Tries a job once. In real life this would be a call to a server.
async fn attempt(id: u32, job: &Job, pool: &Pool) -> Result<(), Reason> {
    let Job { item, attempt, .. } = *job;
    let now = || pool.start.elapsed().as_secs_f64();
    if attempt > 1 {
        println!("[Worker-{id}] Retrying: item_{item} (attempt {attempt} at {:.3} s)", now());
    }
    let outcome = outcome(job, pool.args);
    sleep(time(outcome, item, pool.args)).await;
    let end = format!("item_{item} (attempt {attempt} at {:.3} s", now());
    match outcome {
        Ok(()) => println!("[Worker-{id}] Processed: {end})"),
        Err(reason) => println!("[Worker-{id}] Failed: {end}: {reason})"),
    }
    outcome
}
