//! Right in another way: as somebody writes it who begins. Two queues of tokio lie behind a lock, each number is an
//! Arc<Mutex<…>>, and everything is cloned.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Mutex, Notify};
use tokio::time::{Duration, Instant, sleep};

#[derive(Clone)]
struct Pool {
    inputs: Arc<Mutex<(UnboundedReceiver<Job>, Receiver<Job>)>>,
    retries: UnboundedSender<Job>,
    unfinished: Arc<Mutex<u32>>,
    processed: Arc<Mutex<u32>>,
    dead: Arc<Mutex<Vec<Job>>>,
    full: Arc<Mutex<bool>>,
    done: Arc<Notify>,
    start: Instant,
    args: Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();
    let (queue, jobs) = mpsc::channel(args.capacity as usize);
    let (retries, to_retry) = mpsc::unbounded_channel();
    let pool = Pool {
        inputs: Arc::new(Mutex::new((to_retry, jobs))),
        retries: retries.clone(),
        unfinished: Arc::new(Mutex::new(args.jobs)),
        processed: Arc::new(Mutex::new(0)),
        dead: Arc::new(Mutex::new(Vec::new())),
        full: Arc::new(Mutex::new(false)),
        done: Arc::new(Notify::new()),
        start: start.clone(),
        args: args.clone(),
    };
    tokio::spawn(produce(queue, args.clone()));
    for id in 1..=args.workers {
        tokio::spawn(work(id, pool.clone()));
    }
    pool.done.notified().await;
    let first = pool.sorted().await;
    for job in first.iter() {
        println!("Dead letter: {}", letter(job));
    }
    if *pool.full.lock().await {
        return ExitCode::from(3);
    }
    if args.redrive == true && first.len() > 0 {
        *pool.dead.lock().await = Vec::new();
        *pool.unfinished.lock().await = first.len() as u32;
        for job in first.clone() {
            let again = Job { item: job.item, attempt: 1, redriven: true, failures: Vec::new() };
            retries.send(again.clone()).ok().unwrap();
        }
        pool.done.notified().await;
        if *pool.full.lock().await {
            return ExitCode::from(3);
        }
        let second = pool.sorted().await;
        for job in first.clone() {
            let mut fate = "processed";
            for other in second.clone() {
                if other.item == job.item {
                    fate = "dead again";
                }
            }
            println!("Redriven: item_{} {}", job.item, fate);
        }
    }
    let processed = pool.processed.lock().await.clone();
    let dead = pool.sorted().await.len();
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}");
    ExitCode::from(0)
}

async fn produce(queue: Sender<Job>, args: Args) {
    for item in 1..=args.jobs {
        if args.full == false {
            sleep(random_time(50..=150, item, 0, args.clone())).await;
        }
        let job = Job { item, attempt: 1, redriven: false, failures: Vec::new() };
        queue.send(job.clone()).await.unwrap();
        println!("[Producer] Added: item_{}", job.item);
    }
}

async fn work(id: u32, pool: Pool) {
    loop {
        let job = {
            let mut inputs = pool.inputs.lock().await;
            let (retries, jobs) = &mut *inputs;
            tokio::select! {
                biased;
                Some(job) = retries.recv() => job,
                Some(job) = jobs.recv() => job,
            }
        };
        if *pool.full.lock().await {
            return;
        }
        let outcome = attempt(id, &job.clone(), &pool.clone()).await;
        let mut job = job.clone();
        match outcome {
            Ok(()) => *pool.processed.lock().await += 1,
            Err(reason) => {
                job.failures.push((reason, pool.start.elapsed()));
                let malformed = reason.to_string() == "malformed";
                if malformed == false && job.attempt < pool.args.max_attempts {
                    let pool = pool.clone();
                    tokio::spawn(async move {
                        let mut pause = BASE.clone();
                        for _ in 1..job.attempt {
                            pause = pause * 2;
                        }
                        sleep(pause + jitter(&job, pool.args.clone())).await;
                        let mut job = job.clone();
                        job.attempt = job.attempt + 1;
                        let _ = pool.retries.send(job);
                    });
                    continue;
                }
                let mut dead = pool.dead.lock().await;
                match pool.args.dlq_capacity {
                    Some(capacity) if dead.len() >= capacity as usize => {
                        *pool.full.lock().await = true;
                        println!("Dead-letter queue is full: item_{}", job.item);
                        pool.done.notify_one();
                        return;
                    }
                    _ => dead.push(job.clone()),
                }
            }
        }
        let mut unfinished = pool.unfinished.lock().await;
        *unfinished = *unfinished - 1;
        if *unfinished == 0 {
            pool.done.notify_one();
        }
    }
}

impl Pool {
    async fn sorted(&self) -> Vec<Job> {
        let mut dead = self.dead.lock().await.clone();
        dead.sort_by_key(|job| job.item);
        dead
    }
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What a dead letter tells.
fn letter(job: &Job) -> String {
    let Job { item, attempt, failures, .. } = job;
    let reason = failures[failures.len() - 1].0;
    let times: Vec<_> = failures.iter().map(|(_, at)| format!("{:.3}", at.as_secs_f64())).collect();
    format!("item_{item} ({reason}; attempts: {attempt}; failed at {} s)", times.join(", "))
}

/// An item, and the number of the attempt that comes next.
#[derive(Clone)]
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
