//! Right in another way: each job is a task of its own, which lives until the job is processed or dead. The
//! pool is a queue of workers' names: whoever holds a name may make an attempt, and gives it back after that.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();

    let (free, names) = async_channel::unbounded();
    for id in 1..=args.workers {
        free.send(id).await.unwrap();
    }
    let pool = Pool { free, names, start, args };
    let room = Arc::new(Semaphore::new(args.capacity.into()));
    let mut lives = JoinSet::new();
    let mut dead = Vec::new();
    for item in 1..=args.jobs {
        let pause = if args.full { Duration::ZERO } else { random_time(50..=150, item, 0, args) };
        let place = async {
            sleep(pause).await;
            room.clone().acquire_owned().await.unwrap()
        };
        tokio::pin!(place);
        let place = loop {
            tokio::select! {
                biased;
                place = &mut place => break place,
                Some(end) = lives.join_next() => {
                    if !keep(end.unwrap(), &mut dead, args) {
                        return ExitCode::from(3);
                    }
                }
            }
        };
        println!("[Producer] Added: item_{item}");
        let job = Job { item, attempt: 1, redriven: false, failures: vec![] };
        lives.spawn(live(job, Some(place), pool.clone()));
    }
    while let Some(end) = lives.join_next().await {
        if !keep(end.unwrap(), &mut dead, args) {
            return ExitCode::from(3);
        }
    }
    dead.iter().for_each(|job| println!("{}", letter(job)));
    if args.redrive {
        for job in &dead {
            let job = Job { item: job.item, attempt: 1, redriven: true, failures: vec![] };
            lives.spawn(live(job, None, pool.clone()));
        }
        let mut again = Vec::new();
        while let Some(end) = lives.join_next().await {
            if !keep(end.unwrap(), &mut again, args) {
                return ExitCode::from(3);
            }
        }
        for job in &dead {
            let is_dead = again.iter().any(|other| other.item == job.item);
            println!(
                "Redriven: item_{} {}",
                job.item,
                if is_dead { "dead again" } else { "processed" }
            );
        }
        dead = again;
    }
    let processed = args.jobs as usize - dead.len();
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {}", dead.len());
    ExitCode::SUCCESS
}

/// Keeps a dead letter in its place, and tells whether there was room for it.
fn keep(end: Result<(), Job>, dead: &mut Vec<Job>, args: Args) -> bool {
    let Err(job) = end else { return true };
    if args.dlq_capacity.is_some_and(|capacity| dead.len() == capacity as usize) {
        println!("Dead-letter queue is full: item_{}", job.item);
        dead.iter().for_each(|job| println!("{}", letter(job)));
        return false;
    }
    let place = dead.partition_point(|other| other.item < job.item);
    dead.insert(place, job);
    true
}

/// The life of a job, from its place in the queue to its end.
async fn live(
    mut job: Job,
    mut place: Option<OwnedSemaphorePermit>,
    pool: Pool,
) -> Result<(), Job> {
    loop {
        let id = pool.names.recv().await.unwrap();
        place.take();
        let outcome = attempt(id, &job, &pool).await;
        pool.free.send(id).await.unwrap();
        let Err(reason) = outcome else { return Ok(()) };
        job.failures.push((reason, pool.start.elapsed()));
        if matches!(reason, Reason::Malformed) || job.attempt == pool.args.max_attempts {
            return Err(job);
        }
        sleep(BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args)).await;
        job.attempt += 1;
    }
}

#[derive(Clone)]
struct Pool {
    free: Sender<u32>,
    names: Receiver<u32>,
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
