//! The jitter is drawn once for each item, so all its pauses have the same.
//! refused by: alter-1

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender, TrySendError};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
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

/// Puts a job that failed back into the queue, after a pause.
async fn retry(job: Job, pool: Pool) {
    let first = Job { attempt: 1, failures: vec![], ..job };
    sleep(BASE * 2u32.pow(job.attempt - 1) + jitter(&first, pool.args)).await;
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
