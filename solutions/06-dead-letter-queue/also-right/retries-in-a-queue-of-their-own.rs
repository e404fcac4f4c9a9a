//! Right in another way: retries come through a queue of their own, without a limit, and a free worker asks
//! it first. Both queues are tokio's, behind a lock. The count of unfinished jobs lies in an atomic, and a
//! notification tells that it is zero.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use tokio::sync::{self, Notify, mpsc};
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();

    let (queue, fresh) = mpsc::channel(args.capacity.into());
    let (again, retries) = mpsc::unbounded_channel();
    let inbox = sync::Mutex::new((retries, fresh));
    let pool = Arc::new(Pool {
        inbox,
        again,
        unfinished: AtomicU32::new(args.jobs),
        all_finished: Notify::new(),
        overflow: Notify::new(),
        dead: Mutex::default(),
        processed: AtomicU32::new(0),
        start,
        args,
    });
    tokio::spawn(async move {
        for item in 1..=args.jobs {
            if !args.full {
                sleep(random_time(50..=150, item, 0, args)).await;
            }
            let job = Job { item, attempt: 1, redriven: false, failures: vec![] };
            queue.send(job).await.ok().unwrap();
            println!("[Producer] Added: item_{item}");
        }
        // The sender stays, so that the queue is not closed.
        std::future::pending::<()>().await;
        drop(queue);
    });
    for id in 1..=args.workers {
        tokio::spawn(work(id, pool.clone()));
    }

    let first = pool.clone().round().await;
    for job in first.iter().flatten() {
        println!("{}", letter(job));
    }
    let Ok(mut dead) = first else { return ExitCode::from(3) };
    if args.redrive {
        pool.unfinished.store(dead.len() as u32, SeqCst);
        for job in &dead {
            let job = Job { item: job.item, attempt: 1, redriven: true, failures: vec![] };
            pool.again.send(job).ok().unwrap();
        }
        if !dead.is_empty() {
            let Ok(again) = pool.clone().round().await else { return ExitCode::from(3) };
            for job in &dead {
                let fate = match again.iter().find(|other| other.item == job.item) {
                    Some(_) => "dead again",
                    None => "processed",
                };
                println!("Redriven: item_{} {fate}", job.item);
            }
            dead = again;
        }
    }
    let (processed, elapsed) = (pool.processed.load(SeqCst), start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {}", dead.len());
    ExitCode::SUCCESS
}

struct Pool {
    inbox: sync::Mutex<(mpsc::UnboundedReceiver<Job>, mpsc::Receiver<Job>)>,
    again: mpsc::UnboundedSender<Job>,
    unfinished: AtomicU32,
    all_finished: Notify,
    overflow: Notify,
    dead: Mutex<Vec<Job>>,
    processed: AtomicU32,
    start: Instant,
    args: Args,
}

impl Pool {
    /// Waits for the end of a round, and takes its dead letters. Where there is no room for them, it prints those
    /// that had some.
    async fn round(self: Arc<Self>) -> Result<Vec<Job>, Vec<Job>> {
        let full = tokio::select! {
            biased;
            () = self.overflow.notified() => true,
            () = self.all_finished.notified() => false,
        };
        let mut dead = std::mem::take(&mut *self.dead.lock().unwrap());
        dead.sort_by_key(|job| job.item);
        if full {
            dead.iter().for_each(|job| println!("{}", letter(job)));
            return Err(vec![]);
        }
        Ok(dead)
    }

    fn finish(&self) {
        if self.unfinished.fetch_sub(1, SeqCst) == 1 {
            self.all_finished.notify_one();
        }
    }

    fn bury(&self, job: Job) {
        let mut dead = self.dead.lock().unwrap();
        if self.args.dlq_capacity.is_some_and(|capacity| dead.len() >= capacity as usize) {
            println!("Dead-letter queue is full: item_{}", job.item);
            self.overflow.notify_one();
        } else {
            dead.push(job);
        }
    }
}

/// Takes jobs for ever, retries first. The lock is held while a worker waits, not while it works.
async fn work(id: u32, pool: Arc<Pool>) {
    loop {
        let job = {
            let mut inbox = pool.inbox.lock().await;
            let (retries, fresh) = &mut *inbox;
            tokio::select! {
                biased;
                Some(job) = retries.recv() => job,
                Some(job) = fresh.recv() => job,
            }
        };
        try_once(id, job, pool.clone()).await;
    }
}

async fn try_once(id: u32, mut job: Job, pool: Arc<Pool>) {
    let Err(reason) = attempt(id, &job, &pool).await else {
        pool.processed.fetch_add(1, SeqCst);
        return pool.finish();
    };
    job.failures.push((reason, pool.start.elapsed()));
    if matches!(reason, Reason::Malformed) || job.attempt == pool.args.max_attempts {
        pool.bury(job);
        return pool.finish();
    }
    tokio::spawn(async move {
        sleep(BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args)).await;
        job.attempt += 1;
        pool.again.send(job).ok().unwrap();
    });
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
