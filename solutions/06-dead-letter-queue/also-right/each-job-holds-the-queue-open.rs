//! Right in another way: nobody counts. Each job holds a sender of its own queue, so the queue is closed
//! when the last job is gone, wherever it waited until then. The second round is another pool.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let pool = Pool { start: Instant::now(), args };

    let first = round((1..=args.jobs).collect(), false, pool).await;
    let (mut dead, mut overflow) = first;
    for job in &dead {
        println!("{}", letter(job));
    }
    if args.redrive && !overflow {
        let put_back: Vec<u32> = dead.iter().map(|job| job.item).collect();
        (dead, overflow) = round(put_back.clone(), true, pool).await;
        for item in put_back {
            let processed = dead.iter().all(|job| job.item != item);
            println!(
                "Redriven: item_{item} {}",
                if processed { "processed" } else { "dead again" }
            );
        }
    }
    if overflow {
        return ExitCode::from(3);
    }
    let (dead, elapsed) = (dead.len() as u32, pool.start.elapsed().as_secs_f64());
    println!("Processed {} jobs in {elapsed:.1} seconds, dead letters: {dead}", args.jobs - dead);
    ExitCode::SUCCESS
}

/// Plays a round to its end, and gives the dead letters, and whether one found no room.
async fn round(items: Vec<u32>, redriven: bool, pool: Pool) -> (Vec<Job>, bool) {
    let args = pool.args;
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (stop, mut stopped) = watch::channel(false);
    let letters = Arc::new(Letters { dead: Mutex::default(), stop, capacity: args.dlq_capacity });
    tokio::spawn(async move {
        for item in items {
            if !args.full && !redriven {
                sleep(random_time(50..=150, item, 0, args)).await;
            }
            let job =
                Job { item, attempt: 1, redriven, failures: vec![], home: Some(queue.clone()) };
            if queue.send(job).await.is_err() {
                return;
            }
            if !redriven {
                println!("[Producer] Added: item_{item}");
            }
        }
    });
    let workers: Vec<_> = (1..=args.workers)
        .map(|id| tokio::spawn(work(id, jobs.clone(), letters.clone(), pool)))
        .collect();
    let all_gone = async {
        for worker in workers {
            worker.await.unwrap();
        }
    };
    let overflow = tokio::select! {
        biased;
        _ = stopped.wait_for(|stop| *stop) => true,
        () = all_gone => false,
    };
    let mut dead = std::mem::take(&mut *letters.dead.lock().unwrap());
    dead.sort_by_key(|job| job.item);
    (dead, overflow)
}

struct Letters {
    dead: Mutex<Vec<Job>>,
    stop: watch::Sender<bool>,
    capacity: Option<u32>,
}

async fn work(id: u32, jobs: Receiver<Job>, letters: Arc<Letters>, pool: Pool) {
    while let Ok(mut job) = jobs.recv().await {
        let Err(reason) = attempt(id, &job, &pool).await else { continue };
        job.failures.push((reason, pool.start.elapsed()));
        if matches!(reason, Reason::TimedOut) && job.attempt < pool.args.max_attempts {
            tokio::spawn(async move {
                let pause = BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args);
                sleep(pause).await;
                job.attempt += 1;
                let queue = job.home.clone().unwrap();
                let _ = queue.send(job).await;
            });
            continue;
        }
        // A letter is no job any more, so it does not hold the queue open.
        job.home = None;
        let mut dead = letters.dead.lock().unwrap();
        if letters.capacity.is_some_and(|capacity| dead.len() == capacity as usize) {
            println!("Dead-letter queue is full: item_{}", job.item);
            letters.stop.send_replace(true);
        } else {
            dead.push(job);
        }
    }
}

#[derive(Clone, Copy)]
struct Pool {
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
    /// Where it comes back to
    home: Option<Sender<Job>>,
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
