//! Jobs that fail are tried again, and those that go on failing become dead letters.
#![allow(clippy::disallowed_methods, reason = "here the real crates are meant")]

use async_channel::{Receiver, Sender};
use clap::Parser;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
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
    sleep(match outcome {
        Ok(()) => random_time(200..=600, item, 0, pool.args),
        Err(Reason::TimedOut) => Duration::from_millis(701),
        Err(Reason::Malformed) => Duration::from_millis(97),
    })
    .await;
    let end = format!("item_{item} (attempt {attempt} at {:.3} s", now());
    match outcome {
        Ok(()) => println!("[Worker-{id}] Processed: {end})"),
        Err(reason) => println!("[Worker-{id}] Failed: {end}: {reason})"),
    }
    outcome
}

/// Why an attempt failed. A server that did not answer may do so the next time; a malformed item stays so.
#[derive(Clone, Copy)]
enum Reason {
    TimedOut,
    Malformed,
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::TimedOut => "timed out",
            Reason::Malformed => "malformed",
        })
    }
}

/// Whether an attempt works depends on the job, and not on who tries it, or when.
fn outcome(job: &Job, args: Args) -> Result<(), Reason> {
    let poison = args.poison.filter(|&nth| job.item.is_multiple_of(nth));
    let hiccups = if job.item.is_multiple_of(3) { job.item / 3 % 5 } else { 0 };
    let timeouts = match poison {
        Some(nth) if job.item.is_multiple_of(2 * nth) => u32::MAX,
        Some(_) => return Err(Reason::Malformed),
        None if job.redriven => hiccups / 2,
        None => hiccups.max(args.full.into()),
    };
    if job.attempt <= timeouts { Err(Reason::TimedOut) } else { Ok(()) }
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What chance adds to the pause after this attempt.
fn jitter(job: &Job, args: Args) -> Duration {
    random_time(0..=args.jitter, job.item, job.attempt, args)
}

/// Random, and yet always the same for a range, an item, an attempt and a seed.
fn random_time(millis: RangeInclusive<u64>, item: u32, attempt: u32, args: Args) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + millis.end());
    rng.set_stream(u64::from(item) * 100 + u64::from(attempt));
    Duration::from_millis(rng.random_range(millis))
}

/// Jobs that fail are tried again, and those that go on failing become dead letters.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many jobs the producer adds
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    jobs: u32,
    /// How many workers take them
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    workers: u32,
    /// How many jobs the queue holds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    capacity: u16,
    /// How often a job is tried, at most
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    max_attempts: u32,
    /// Every K-th item is poison: it never works
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    poison: Option<u32>,
    /// All jobs come at once, and the first attempt of each times out
    #[arg(long)]
    full: bool,
    /// How many milliseconds chance adds to a pause, at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    jitter: u64,
    /// Put the dead letters back once
    #[arg(long)]
    redrive: bool,
    /// How many letters the dead-letter queue holds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    dlq_capacity: Option<u32>,
    /// Other seeds give other times
    #[arg(long, default_value_t = 257)]
    seed: u32,
}
