//! Right in another way: each job is a task of its own, which lives until the job is processed or dead. The
//! pool is a queue of workers' names: whoever holds a name may make an attempt, and gives it back after that.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
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
    for job in &dead {
        println!("Dead letter: {}", letter(job));
    }
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
        for Job { item, .. } in dead {
            let is_dead = again.iter().any(|job| job.item == item);
            println!("Redriven: item_{item} {}", if is_dead { "dead again" } else { "processed" });
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
        dead.iter().for_each(|job| println!("Dead letter: {}", letter(job)));
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

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What all workers share.
#[derive(Clone)]
struct Pool {
    free: Sender<u32>,
    names: Receiver<u32>,
    start: Instant,
    args: Args,
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
