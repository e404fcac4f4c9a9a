//! Right in another way: one task, the timer, keeps all jobs that wait for their next attempt, sorted by the
//! instant at which each is due. Letters and receipts come back to main through one queue of reports.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::BTreeMap;
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
    tokio::spawn(wait_out(failed, queue.clone()));
    tokio::spawn(produce(queue.clone(), args));
    for id in 1..=args.workers {
        tokio::spawn(work(id, jobs.clone(), pool.clone()));
    }

    let mut dead = collect(&reports, args.jobs as usize, args).await;
    for job in dead.values() {
        println!("Dead letter: {}", letter(job));
    }
    if args.redrive {
        let put_back = std::mem::take(&mut dead);
        for &item in put_back.keys() {
            let job = Job { item, attempt: 1, redriven: true, failures: vec![] };
            queue.send(job).await.unwrap();
        }
        dead = collect(&reports, put_back.len(), args).await;
        for item in put_back.keys() {
            let is_dead = dead.contains_key(item);
            println!("Redriven: item_{item} {}", if is_dead { "dead again" } else { "processed" });
        }
    }
    let processed = args.jobs as usize - dead.len();
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {}", dead.len());
}

/// Puts every job into the queue.
async fn produce(queue: Sender<Job>, args: Args) {
    for item in 1..=args.jobs {
        if !args.full {
            sleep(random_time(50..=150, item, 0, args)).await;
        }
        println!("[Producer] Added: item_{item}");
        let job = Job { item, attempt: 1, redriven: false, failures: vec![] };
        if queue.send(job).await.is_err() {
            return;
        }
    }
}

/// Waits for so many reports, and keeps the dead letters.
async fn collect(reports: &Receiver<Option<Job>>, count: usize, args: Args) -> BTreeMap<u32, Job> {
    let mut dead = BTreeMap::new();
    for _ in 0..count {
        let Some(job) = reports.recv().await.unwrap() else { continue };
        if args.dlq_capacity.is_some_and(|capacity| dead.len() == capacity as usize) {
            println!("Dead-letter queue is full: item_{}", job.item);
            for job in dead.values() {
                println!("Dead letter: {}", letter(job));
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
                let pause = BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args);
                job.attempt += 1;
                pool.timer.send((Instant::now() + pause, job)).await.unwrap();
            }
            _ => pool.report.send(Some(job)).await.unwrap(),
        }
    }
}

/// Keeps the jobs that failed until they are due, and puts them back into the queue.
async fn wait_out(failed: Receiver<(Instant, Job)>, queue: Sender<Job>) {
    let mut waiting: BTreeMap<(Instant, u32), Job> = BTreeMap::new();
    loop {
        let next = waiting.keys().next().map(|(due, _)| *due);
        tokio::select! {
            biased;
            job = failed.recv() => {
                let Ok((due, job)) = job else { return };
                waiting.insert((due, job.item), job);
            }
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                let (_, job) = waiting.pop_first().unwrap();
                queue.send(job).await.unwrap();
            }
        }
    }
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What all workers share.
#[derive(Clone)]
struct Pool {
    timer: Sender<(Instant, Job)>,
    report: Sender<Option<Job>>,
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
