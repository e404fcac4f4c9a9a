//! Right in another way: nobody counts. Each job holds a sender of its own queue, so the queue is closed
//! when the last job is gone, wherever it waited until then. The second round is another pool.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let pool = Pool { start: Instant::now(), args };

    let (mut dead, mut overflow) = round((1..=args.jobs).collect(), false, pool).await;
    for job in &dead {
        println!("Dead letter: {}", letter(job));
    }
    if args.redrive && !overflow {
        let put_back: Vec<u32> = dead.iter().map(|job| job.item).collect();
        (dead, overflow) = round(put_back.clone(), true, pool).await;
        for item in put_back {
            let is_dead = dead.iter().any(|job| job.item == item);
            println!("Redriven: item_{item} {}", if is_dead { "dead again" } else { "processed" });
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

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What all workers share.
#[derive(Clone, Copy)]
struct Pool {
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
    sleep(time(outcome, item, pool.args)).await;
    let end = format!("item_{item} (attempt {attempt} at {:.3} s", now());
    match outcome {
        Ok(()) => println!("[Worker-{id}] Processed: {end})"),
        Err(reason) => println!("[Worker-{id}] Failed: {end}: {reason})"),
    }
    outcome
}
