//! Right in another way: retries come through a queue of their own, without a limit, and a free worker asks
//! it first. Both queues are tokio's, behind a lock. The count of unfinished jobs lies in an atomic, and a
//! notification tells that it is zero.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
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
    tokio::spawn(produce(queue, args));
    for id in 1..=args.workers {
        tokio::spawn(work(id, pool.clone()));
    }

    let first = pool.clone().round().await;
    for job in first.iter().flatten() {
        println!("Dead letter: {}", letter(job));
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
            for Job { item, .. } in dead {
                let is_dead = again.iter().any(|job| job.item == item);
                println!(
                    "Redriven: item_{item} {}",
                    if is_dead { "dead again" } else { "processed" }
                );
            }
            dead = again;
        }
    }
    let (processed, elapsed) = (pool.processed.load(SeqCst), start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {}", dead.len());
    ExitCode::SUCCESS
}

/// Puts every job into the queue.
async fn produce(queue: mpsc::Sender<Job>, args: Args) {
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

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What all workers share.
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
            dead.iter().for_each(|job| println!("Dead letter: {}", letter(job)));
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
