//! Right in another way: one task keeps all pauses in a map, by their ends. Retries have a queue of their own, which a free
//! worker asks first.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant, sleep, sleep_until};

#[derive(Clone, Copy)]
struct State {
    unfinished: u32,
    is_full: bool,
}

#[derive(Clone)]
struct Pool {
    failed: mpsc::UnboundedSender<(Instant, Job)>,
    dead: Arc<Mutex<Vec<Job>>>,
    state: watch::Sender<State>,
    start: Instant,
    args: Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (again, retries) = async_channel::unbounded();
    let (failed, to_wait) = mpsc::unbounded_channel();
    tokio::spawn(ring(to_wait, again.clone()));
    let (state, mut changes) = watch::channel(State { unfinished: args.jobs, is_full: false });
    let pool = Pool { failed, dead: Arc::default(), state, start, args };
    tokio::spawn(produce(queue.clone(), args));
    let workers: Vec<_> = (1..=args.workers)
        .map(|id| tokio::spawn(work(id, jobs.clone(), retries.clone(), pool.clone())))
        .collect();

    let mut end = *changes.wait_for(|state| state.is_full || state.unfinished == 0).await.unwrap();
    let mut dead = pool.take_dead();
    for job in &dead {
        println!("Dead letter: {}", letter(job));
    }
    if args.redrive && !end.is_full && !dead.is_empty() {
        pool.state.send_modify(|state| state.unfinished = dead.len() as u32);
        for &Job { item, .. } in &dead {
            let job = Job { item, attempt: 1, redriven: true, failures: Vec::new() };
            again.send(job).await.unwrap();
        }
        end = *changes.wait_for(|state| state.is_full || state.unfinished == 0).await.unwrap();
        let still = pool.take_dead();
        if !end.is_full {
            for Job { item, .. } in &dead {
                let fate = match still.binary_search_by_key(item, |job| job.item) {
                    Ok(_) => "dead again",
                    Err(_) => "processed",
                };
                println!("Redriven: item_{item} {fate}");
            }
        }
        dead = still;
    }
    if end.is_full {
        return ExitCode::from(3);
    }
    queue.close();
    again.close();
    let mut processed = 0;
    for worker in workers {
        processed += worker.await.unwrap();
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {}", dead.len());
    ExitCode::SUCCESS
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

async fn work(id: u32, jobs: Receiver<Job>, retries: Receiver<Job>, pool: Pool) -> u32 {
    let mut processed = 0;
    loop {
        let mut job = tokio::select! {
            biased;
            Ok(job) = retries.recv() => job,
            Ok(job) = jobs.recv() => job,
            else => break,
        };
        if pool.state.borrow().is_full {
            break;
        }
        match attempt(id, &job, &pool).await {
            Ok(()) => processed += 1,
            Err(reason) => {
                job.failures.push((reason, pool.start.elapsed()));
                if matches!(reason, Reason::TimedOut) && job.attempt < pool.args.max_attempts {
                    let pause = BASE * (1 << (job.attempt - 1)) + jitter(&job, pool.args);
                    job.attempt += 1;
                    pool.failed.send((Instant::now() + pause, job)).unwrap();
                    continue;
                }
                pool.bury(job);
            }
        }
        pool.state.send_modify(|state| state.unfinished -= 1);
    }
    processed
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// The alarm clock: gives each job back when its pause is over.
async fn ring(mut to_wait: mpsc::UnboundedReceiver<(Instant, Job)>, again: Sender<Job>) {
    let mut waiting = BTreeMap::new();
    loop {
        let next = waiting.first_key_value().map(|(&(end, _), _)| end);
        tokio::select! {
            biased;
            Some((end, job)) = to_wait.recv() => { waiting.insert((end, job.item), job); }
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                let (_, job) = waiting.pop_first().unwrap();
                if again.send(job).await.is_err() {
                    break;
                }
            }
            else => break,
        }
    }
}

impl Pool {
    fn bury(&self, job: Job) {
        let mut dead = self.dead.lock().unwrap();
        if self.args.dlq_capacity.is_some_and(|capacity| dead.len() as u32 >= capacity) {
            println!("Dead-letter queue is full: item_{}", job.item);
            self.state.send_modify(|state| state.is_full = true);
        } else {
            dead.push(job);
        }
    }

    fn take_dead(&self) -> Vec<Job> {
        let mut dead = std::mem::take(&mut *self.dead.lock().unwrap());
        dead.sort_by_key(|job| job.item);
        dead
    }
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
