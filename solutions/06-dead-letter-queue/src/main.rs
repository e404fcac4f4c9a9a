//! Jobs that fail are tried again, and those that go on failing become dead letters.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender, TrySendError};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();

    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (dead_queue, dead_letters) = match args.dlq_capacity {
        Some(capacity) => async_channel::bounded(capacity as usize),
        None => async_channel::unbounded(),
    };
    let (unfinished, _) = watch::channel(args.jobs);
    let pool = Pool { queue, dead_queue, unfinished, start, args };
    tokio::spawn(produce(pool.queue.clone(), args));
    let workers: Vec<_> =
        (1..=args.workers).map(|id| tokio::spawn(work(id, jobs.clone(), pool.clone()))).collect();

    let mut overflow = pool.all_finished().await.is_err();
    let mut dead = sorted(&dead_letters);
    for job in &dead {
        println!("Dead letter: {}", letter(job));
    }
    if args.redrive && !overflow {
        pool.redrive(&dead).await;
        overflow = pool.all_finished().await.is_err();
        let again = sorted(&dead_letters);
        for Job { item, .. } in dead {
            let is_dead = again.iter().any(|job| job.item == item);
            println!("Redriven: item_{item} {}", if is_dead { "dead again" } else { "processed" });
        }
        dead = again;
    }
    if overflow {
        return ExitCode::from(3);
    }

    pool.queue.close();
    let mut processed = 0;
    for worker in workers {
        processed += worker.await.unwrap();
    }
    let (dead, elapsed) = (dead.len(), start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}");
    ExitCode::SUCCESS
}

/// Puts every job into the queue.
async fn produce(queue: Sender<Job>, args: Args) {
    for item in 1..=args.jobs {
        if !args.full {
            sleep(random_time(50..=150, item, 0, args)).await;
        }
        queue.send(Job { item, attempt: 1, redriven: false, failures: vec![] }).await.unwrap();
        println!("[Producer] Added: item_{item}");
    }
}

/// Takes jobs until the queue is closed, and tells how many were processed.
async fn work(id: u32, jobs: Receiver<Job>, pool: Pool) -> u32 {
    let mut processed = 0;
    while let Ok(mut job) = jobs.recv().await {
        match attempt(id, &job, &pool).await {
            Ok(()) => processed += 1,
            Err(reason) => {
                job.failures.push((reason, pool.start.elapsed()));
                let hopeless = matches!(reason, Reason::Malformed);
                if !hopeless && job.attempt < pool.args.max_attempts {
                    // In a task of its own, neither the pause nor a full queue holds up the worker.
                    tokio::spawn(retry(job, pool.clone()));
                    continue;
                }
                pool.bury(job);
            }
        }
        pool.unfinished.send_modify(|jobs| *jobs -= 1);
    }
    processed
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// Puts a job that failed back into the queue, after a pause.
async fn retry(job: Job, pool: Pool) {
    sleep(BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args)).await;
    let again = Job { attempt: job.attempt + 1, ..job };
    // It fails only if the program stops.
    let _ = pool.queue.send(again).await;
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

impl Pool {
    /// Makes a job a dead letter. Where it finds no room, the dead-letter queue is closed: that stops the program.
    fn bury(&self, job: Job) {
        if let Err(TrySendError::Full(job)) = self.dead_queue.try_send(job) {
            println!("Dead-letter queue is full: item_{}", job.item);
            self.dead_queue.close();
        }
    }

    /// Waits until no job is unfinished. A job that waits for its next attempt is in no queue, so an
    /// empty queue would not mean that. An error: a dead letter found no room.
    async fn all_finished(&self) -> Result<(), ()> {
        let mut unfinished = self.unfinished.subscribe();
        tokio::select! {
            biased;
            () = self.dead_queue.closed() => Err(()),
            _ = unfinished.wait_for(|&unfinished| unfinished == 0) => Ok(()),
        }
    }

    /// Puts dead letters back into the queue, with all their attempts before them.
    async fn redrive(&self, dead: &[Job]) {
        self.unfinished.send_replace(dead.len() as u32);
        for &Job { item, .. } in dead {
            let job = Job { item, attempt: 1, redriven: true, failures: vec![] };
            self.queue.send(job).await.unwrap();
        }
    }
}

/// All dead letters that have come, by item.
fn sorted(dead_letters: &Receiver<Job>) -> Vec<Job> {
    let mut dead: Vec<Job> = std::iter::from_fn(|| dead_letters.try_recv().ok()).collect();
    dead.sort_by_key(|job| job.item);
    dead
}

/// What a dead letter tells.
fn letter(job: &Job) -> String {
    let Job { item, attempt, failures, .. } = job;
    let reason = failures[failures.len() - 1].0;
    let times: Vec<_> = failures.iter().map(|(_, at)| format!("{:.3}", at.as_secs_f64())).collect();
    format!("item_{item} ({reason}; attempts: {attempt}; failed at {} s)", times.join(", "))
}

/// An item, and the number of the attempt that comes next.
struct Job {
    item: u32,
    attempt: u32,
    /// Whether it has been a dead letter
    redriven: bool,
    failures: Vec<(Reason, Duration)>,
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
