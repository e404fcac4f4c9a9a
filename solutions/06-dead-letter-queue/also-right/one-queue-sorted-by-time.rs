//! Right in another way: there is one queue, made by hand, and each job in it has an instant before which nobody
//! may take it. A worker that is free sleeps until the first one is due, or until something new is put in.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep, sleep_until};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let pool = Arc::new(Pool {
        shelf: Mutex::default(),
        news: Notify::new(),
        room: Semaphore::new(args.capacity.into()),
        start: Instant::now(),
        args,
    });
    pool.shelf.lock().unwrap().open = args.jobs;
    let mut team = JoinSet::new();
    for id in 1..=args.workers {
        team.spawn(work(id, pool.clone()));
    }
    tokio::spawn(produce(pool.clone()));

    let mut letters: Vec<Job> = Vec::new();
    let mut second_round = false;
    loop {
        // The team goes home when nothing is open any more, or when one of them says stop.
        let mut stop = false;
        while let Some(went_well) = team.join_next().await {
            if !went_well.unwrap() {
                stop = true;
                break;
            }
        }
        let dead = std::mem::take(&mut pool.shelf.lock().unwrap().dead);
        if second_round && !stop {
            for Job { item, .. } in &letters {
                let is_dead = dead.contains_key(item);
                println!(
                    "Redriven: item_{item} {}",
                    if is_dead { "dead again" } else { "processed" }
                );
            }
            letters.retain(|job| dead.contains_key(&job.item));
            break;
        }
        letters = dead.into_values().collect();
        for job in &letters {
            println!("Dead letter: {}", letter(job));
        }
        if stop {
            return ExitCode::from(3);
        }
        if !args.redrive || letters.is_empty() {
            break;
        }
        second_round = true;
        pool.shelf.lock().unwrap().open = letters.len() as u32;
        for &Job { item, .. } in &letters {
            pool.put(Job { item, attempt: 1, redriven: true, failures: vec![] }, Duration::ZERO);
        }
        for id in 1..=args.workers {
            team.spawn(work(id, pool.clone()));
        }
    }
    let (dead, elapsed) = (letters.len(), pool.start.elapsed().as_secs_f64());
    let processed = args.jobs as usize - dead;
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}");
    ExitCode::SUCCESS
}

/// Puts every job into the queue.
async fn produce(pool: Arc<Pool>) {
    for item in 1..=pool.args.jobs {
        if !pool.args.full {
            sleep(random_time(50..=150, item, 0, pool.args)).await;
        }
        pool.room.acquire().await.unwrap().forget();
        println!("[Producer] Added: item_{item}");
        pool.put(Job { item, attempt: 1, redriven: false, failures: vec![] }, Duration::ZERO);
    }
}

/// Tries jobs until none is open, or until a letter finds no room: then it gives `false`.
async fn work(id: u32, pool: Arc<Pool>) -> bool {
    while let Some(mut job) = pool.take().await {
        let went_well = match attempt(id, &job, &pool).await {
            Ok(()) => pool.close(None),
            Err(reason) => {
                job.failures.push((reason, pool.start.elapsed()));
                if matches!(reason, Reason::TimedOut) && job.attempt < pool.args.max_attempts {
                    let pause = BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args);
                    job.attempt += 1;
                    pool.put(job, pause);
                    true
                } else {
                    pool.close(Some(job))
                }
            }
        };
        if !went_well {
            return false;
        }
    }
    true
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What all workers share.
struct Pool {
    shelf: Mutex<Shelf>,
    news: Notify,
    room: Semaphore,
    start: Instant,
    args: Args,
}

#[derive(Default)]
struct Shelf {
    /// What is due first comes first, and of that, what has been tried most often.
    jobs: BTreeMap<(Option<Instant>, Reverse<u32>, u32), Job>,
    dead: BTreeMap<u32, Job>,
    /// How many jobs are neither processed nor dead
    open: u32,
}

impl Pool {
    fn put(&self, job: Job, pause: Duration) {
        let key = (Some(Instant::now() + pause), Reverse(job.attempt), job.item);
        self.shelf.lock().unwrap().jobs.insert(key, job);
        self.news.notify_waiters();
    }

    /// The next job that is due, and nothing when none is open any more.
    async fn take(&self) -> Option<Job> {
        loop {
            let news = self.news.notified();
            let due = {
                let mut shelf = self.shelf.lock().unwrap();
                if shelf.open == 0 {
                    return None;
                }
                let due = shelf.jobs.keys().next().and_then(|(due, ..)| *due);
                if due.is_some_and(|due| due <= Instant::now()) {
                    let (_, job) = shelf.jobs.pop_first()?;
                    if job.attempt == 1 && !job.redriven {
                        self.room.add_permits(1);
                    }
                    return Some(job);
                }
                due
            };
            let bedtime = Duration::from_secs(3600);
            tokio::select! {
                biased;
                () = news => {}
                () = sleep_until(due.unwrap_or_else(|| Instant::now() + bedtime)) => {}
            }
        }
    }

    fn close(&self, dead: Option<Job>) -> bool {
        let mut shelf = self.shelf.lock().unwrap();
        let room =
            self.args.dlq_capacity.is_none_or(|capacity| shelf.dead.len() < capacity as usize);
        match dead {
            Some(job) if !room => {
                println!("Dead-letter queue is full: item_{}", job.item);
                return false;
            }
            Some(job) => _ = shelf.dead.insert(job.item, job),
            None => {}
        }
        shelf.open -= 1;
        if shelf.open == 0 {
            self.news.notify_waiters();
        }
        true
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
