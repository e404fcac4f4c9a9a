//! Right in another way: main is the only one that decides. Workers ask it for a job and report to it, the
//! pauses are tasks in a JoinSet, and what is due waits in a deque. No worker knows of retries or letters.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::collections::VecDeque;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;
use std::process::exit;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();
    let pool = Pool { start, args };

    let (queue, fresh) = async_channel::bounded(args.capacity.into());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(produce(queue, args));
    for id in 1..=args.workers {
        tokio::spawn(work(id, tell.clone(), pool));
    }

    let mut desk =
        Desk { told, idle: VecDeque::new(), due: VecDeque::new(), pauses: JoinSet::new(), pool };
    let mut dead = desk.round(Some(&fresh), args.jobs).await;
    dead.iter().for_each(|job| println!("{}", letter(job)));
    if args.redrive {
        for Job { item, .. } in &dead {
            desk.due.push_back(Job { item: *item, attempt: 1, redriven: true, failures: vec![] });
        }
        let again = desk.round(None, dead.len() as u32).await;
        let items: Vec<u32> = again.iter().map(|job| job.item).collect();
        for Job { item, .. } in &dead {
            let fate = if items.contains(item) { "dead again" } else { "processed" };
            println!("Redriven: item_{item} {fate}");
        }
        dead = again;
    }
    let (dead, elapsed) = (dead.len(), start.elapsed().as_secs_f64());
    let processed = args.jobs as usize - dead;
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}");
}

async fn produce(queue: Sender<Job>, args: Args) {
    for item in 1..=args.jobs {
        if !args.full {
            sleep(random_time(50..=150, item, 0, args)).await;
        }
        queue.send(Job { item, attempt: 1, redriven: false, failures: vec![] }).await.unwrap();
        println!("[Producer] Added: item_{item}");
    }
}

/// What a worker tells.
enum Message {
    Idle(oneshot::Sender<Job>),
    Done(Job, Result<(), Reason>),
}

/// Asks for a job, tries it, and reports.
async fn work(id: u32, tell: mpsc::UnboundedSender<Message>, pool: Pool) {
    loop {
        let (give, given) = oneshot::channel();
        tell.send(Message::Idle(give)).ok().unwrap();
        let Ok(job) = given.await else { return };
        let outcome = attempt(id, &job, &pool).await;
        tell.send(Message::Done(job, outcome)).ok().unwrap();
    }
}

/// What main knows.
struct Desk {
    told: mpsc::UnboundedReceiver<Message>,
    idle: VecDeque<oneshot::Sender<Job>>,
    due: VecDeque<Job>,
    pauses: JoinSet<Job>,
    pool: Pool,
}

impl Desk {
    /// Hands out work until so many jobs are processed or dead, and gives the dead ones.
    async fn round(&mut self, fresh: Option<&Receiver<Job>>, mut unfinished: u32) -> Vec<Job> {
        let args = self.pool.args;
        let mut dead: Vec<Job> = Vec::new();
        while unfinished > 0 {
            while !self.idle.is_empty() && !self.due.is_empty() {
                let (give, job) = (self.idle.pop_front().unwrap(), self.due.pop_front().unwrap());
                give.send(job).ok().unwrap();
            }
            let message = tokio::select! {
                biased;
                message = self.told.recv() => message.unwrap(),
                Some(job) = self.pauses.join_next() => {
                    self.due.push_back(job.unwrap());
                    continue;
                }
                Ok(job) = async { fresh.unwrap().recv().await }, if fresh.is_some() && !self.idle.is_empty() => {
                    self.due.push_back(job);
                    continue;
                }
            };
            match message {
                Message::Idle(give) => self.idle.push_back(give),
                Message::Done(_, Ok(())) => unfinished -= 1,
                Message::Done(mut job, Err(reason)) => {
                    job.failures.push((reason, self.pool.start.elapsed()));
                    if matches!(reason, Reason::TimedOut) && job.attempt < args.max_attempts {
                        let pause = BASE * 2u32.pow(job.attempt - 1) + jitter(&job, args);
                        job.attempt += 1;
                        self.pauses.spawn(async move {
                            sleep(pause).await;
                            job
                        });
                        continue;
                    }
                    unfinished -= 1;
                    let room =
                        args.dlq_capacity.is_none_or(|capacity| dead.len() < capacity as usize);
                    dead.push(job);
                    if !room {
                        overflow(dead);
                    }
                }
            }
        }
        dead.sort_by_key(|job| job.item);
        dead
    }
}

fn overflow(mut dead: Vec<Job>) -> ! {
    println!("Dead-letter queue is full: item_{}", dead.pop().unwrap().item);
    dead.sort_by_key(|job| job.item);
    dead.iter().for_each(|job| println!("{}", letter(job)));
    exit(3);
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
