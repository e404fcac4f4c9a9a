//! Right in another way: nobody prints but one task, the printer. Each attempt is a task of its own, which
//! its worker awaits; a worker that meets a failure hands it to a clerk, who keeps the books for all.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use tokio::sync::oneshot;
use tokio::time::{Duration, Instant, sleep, sleep_until};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let (printer, lines) = async_channel::unbounded::<String>();
    let printed = tokio::spawn(async move {
        while let Ok(line) = lines.recv().await {
            println!("{line}");
        }
    });
    let code = play(args, printer.clone()).await;
    // What was sent before is still printed.
    printer.close();
    printed.await.unwrap();
    ExitCode::from(code)
}

async fn play(args: Args, printer: Sender<String>) -> u8 {
    let say = |line: String| printer.try_send(line).unwrap();
    say("--- Retries and a dead-letter queue ---".to_owned());
    let start = Instant::now();
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (ledger, entries) = async_channel::unbounded();
    let pool = Pool { ledger, printer: printer.clone(), start, args };
    let added = queue.clone();
    let adding = pool.clone();
    tokio::spawn(async move {
        for item in 1..=args.jobs {
            if !args.full {
                sleep(random_time(50..=150, item, 0, args)).await;
            }
            added.send(Job { item, attempt: 1, redriven: false }).await.unwrap();
            adding.say(format!("[Producer] Added: item_{item}"));
        }
    });
    for id in 1..=args.workers {
        tokio::spawn(work(id, jobs.clone(), pool.clone()));
    }

    let (first, overflow) = keep_books(args.jobs as usize, &entries, &queue, &pool).await;
    for (item, failures) in &first {
        let times: Vec<_> =
            failures.iter().map(|(_, at)| format!("{:.3}", (*at - start).as_secs_f64())).collect();
        let (attempts, reason) = (times.len(), failures[0].0);
        let times = times.join(", ");
        say(format!(
            "Dead letter: item_{item} ({reason}; attempts: {attempts}; failed at {times} s)"
        ));
    }
    if overflow {
        return 3;
    }
    let mut dead = first.len();
    if args.redrive {
        for &item in first.keys() {
            queue.send(Job { item, attempt: 1, redriven: true }).await.unwrap();
        }
        let (second, overflow) = keep_books(first.len(), &entries, &queue, &pool).await;
        if overflow {
            return 3;
        }
        for item in first.keys() {
            let fate = second.get(item).map_or("processed", |_| "dead again");
            say(format!("Redriven: item_{item} {fate}"));
        }
        dead = second.len();
    }
    let processed = args.jobs as usize - dead;
    let elapsed = start.elapsed().as_secs_f64();
    say(format!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}"));
    0
}

type Letters = BTreeMap<u32, Vec<(Reason, Instant)>>;

/// Enters each attempt that is over, until so many jobs are finished, and gives the dead letters.
async fn keep_books(
    mut unfinished: usize,
    entries: &Receiver<(Job, Result<(), Reason>)>,
    queue: &Sender<Job>,
    pool: &Pool,
) -> (Letters, bool) {
    let (mut book, mut dead) = (Letters::new(), Letters::new());
    while unfinished > 0 {
        let (job, outcome) = entries.recv().await.unwrap();
        let Err(reason) = outcome else {
            book.remove(&job.item);
            unfinished -= 1;
            continue;
        };
        let failures = book.entry(job.item).or_default();
        failures.push((reason, Instant::now()));
        if matches!(reason, Reason::TimedOut) && job.attempt < pool.args.max_attempts {
            let due = Instant::now() + BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args);
            let queue = queue.clone();
            tokio::spawn(async move {
                sleep_until(due).await;
                queue.send(Job { attempt: job.attempt + 1, ..job }).await.unwrap();
            });
            continue;
        }
        unfinished -= 1;
        if pool.args.dlq_capacity.is_some_and(|capacity| dead.len() == capacity as usize) {
            pool.say(format!("Dead-letter queue is full: item_{}", job.item));
            return (dead, true);
        }
        dead.insert(job.item, std::mem::take(failures));
    }
    (dead, false)
}

async fn work(id: u32, jobs: Receiver<Job>, pool: Pool) {
    while let Ok(job) = jobs.recv().await {
        let (hand, handed) = oneshot::channel();
        let desk = pool.clone();
        tokio::spawn(async move {
            let outcome = attempt(id, &job, &desk).await;
            let _ = hand.send((job, outcome));
        });
        pool.ledger.send(handed.await.unwrap()).await.unwrap();
    }
}

#[derive(Clone)]
struct Pool {
    ledger: Sender<(Job, Result<(), Reason>)>,
    printer: Sender<String>,
    start: Instant,
    args: Args,
}

impl Pool {
    fn say(&self, line: String) {
        // It is closed when the program is about to end.
        let _ = self.printer.try_send(line);
    }
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
        pool.say(format!(
            "[Worker-{id}] Retrying: item_{item} (attempt {attempt} at {:.3} s)",
            now()
        ));
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
        Ok(()) => pool.say(format!("[Worker-{id}] Processed: {end})")),
        Err(reason) => pool.say(format!("[Worker-{id}] Failed: {end}: {reason})")),
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
