//! Right in another way: one task, the timer, keeps all jobs that wait for their next attempt, sorted by the
//! instant at which each is due. Letters and receipts come back to main through one queue of reports.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::process::exit;
use tokio::time::{Duration, Instant, sleep, sleep_until};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();

    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (timer, failed) = async_channel::unbounded();
    let (report, reports) = async_channel::unbounded();
    let pool = Pool { timer, report, start, args };
    tokio::spawn(wait_out(failed, queue.clone(), args));
    let produced = queue.clone();
    tokio::spawn(async move {
        for item in 1..=args.jobs {
            if !args.full {
                sleep(random_time(50..=150, item, 0, args)).await;
            }
            println!("[Producer] Added: item_{item}");
            let job = Job { item, attempt: 1, redriven: false, failures: vec![] };
            if produced.send(job).await.is_err() {
                return;
            }
        }
    });
    for id in 1..=args.workers {
        tokio::spawn(work(id, jobs.clone(), pool.clone()));
    }

    let mut dead = collect(&reports, args.jobs as usize, args).await;
    for job in dead.values() {
        println!("{}", letter(job));
    }
    if args.redrive {
        let put_back = std::mem::take(&mut dead);
        for &item in put_back.keys() {
            let job = Job { item, attempt: 1, redriven: true, failures: vec![] };
            queue.send(job).await.unwrap();
        }
        dead = collect(&reports, put_back.len(), args).await;
        for item in put_back.keys() {
            let fate = if dead.contains_key(item) { "dead again" } else { "processed" };
            println!("Redriven: item_{item} {fate}");
        }
    }
    let processed = args.jobs as usize - dead.len();
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {}", dead.len());
}

/// Waits for so many reports, and keeps the dead letters.
async fn collect(reports: &Receiver<Option<Job>>, count: usize, args: Args) -> BTreeMap<u32, Job> {
    let mut dead = BTreeMap::new();
    for _ in 0..count {
        let Some(job) = reports.recv().await.unwrap() else { continue };
        if args.dlq_capacity.is_some_and(|capacity| dead.len() == capacity as usize) {
            println!("Dead-letter queue is full: item_{}", job.item);
            for job in dead.values() {
                println!("{}", letter(job));
            }
            exit(3);
        }
        dead.insert(job.item, job);
    }
    dead
}

/// Takes jobs for ever. Each one is reported once: as nothing, or as a dead letter.
async fn work(id: u32, jobs: Receiver<Job>, pool: Pool) {
    while let Ok(mut job) = jobs.recv().await {
        let Err(reason) = attempt(id, &job, &pool).await else {
            pool.report.send(None).await.unwrap();
            continue;
        };
        job.failures.push((reason, pool.start.elapsed()));
        match reason {
            Reason::TimedOut if job.attempt < pool.args.max_attempts => {
                pool.timer.send(job).await.unwrap();
            }
            _ => pool.report.send(Some(job)).await.unwrap(),
        }
    }
}

/// Keeps the jobs that failed until they are due, and puts them back into the queue.
async fn wait_out(failed: Receiver<Job>, queue: Sender<Job>, args: Args) {
    let mut waiting: BTreeMap<(Instant, u32), Job> = BTreeMap::new();
    loop {
        let next = waiting.keys().next().map(|(due, _)| *due);
        tokio::select! {
            biased;
            job = failed.recv() => {
                let Ok(mut job) = job else { return };
                let pause = BASE * (1 << (job.attempt - 1)) + jitter(&job, args);
                job.attempt += 1;
                waiting.insert((Instant::now() + pause, job.item), job);
            }
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                let (_, job) = waiting.pop_first().unwrap();
                queue.send(job).await.unwrap();
            }
        }
    }
}

/// What all workers share.
#[derive(Clone)]
struct Pool {
    timer: Sender<Job>,
    report: Sender<Option<Job>>,
    start: Instant,
    args: Args,
}

/// What a dead letter tells.
fn letter(job: &Job) -> String {
    let Job { item, failures, .. } = job;
    let times: Vec<_> = failures.iter().map(|(_, at)| format!("{:.3}", at.as_secs_f64())).collect();
    let (attempts, times) = (times.len(), times.join(", "));
    format!(
        "Dead letter: item_{item} ({}; attempts: {attempts}; failed at {times} s)",
        failures[0].0
    )
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
