//! Right in another way: tokio's own queues behind a lock that is held while a worker waits, but not
//! while it works. The workers are in a JoinSet, a panic is caught where it happens, and the receipts
//! of the batch are guards that count down.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::future::{Future, poll_fn};
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

#[derive(Default)]
struct Report {
    processed: u32,
    busy: Duration,
    failed: Vec<Job>,
    lost: u32,
}

struct Jobs {
    urgent: mpsc::Receiver<Job>,
    normal: mpsc::Receiver<Job>,
}

impl Jobs {
    async fn next(&mut self) -> Option<Job> {
        tokio::select! {
            biased;
            Some(job) = self.urgent.recv() => Some(job),
            Some(job) = self.normal.recv() => Some(job),
            else => None,
        }
    }
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let (urgent_queue, urgent) = mpsc::channel(args.capacity.into());
    let (queue, normal) = mpsc::channel(args.capacity.into());
    let jobs = Arc::new(Mutex::new(Jobs { urgent, normal }));

    tokio::spawn(produce(queue, urgent_queue, args));
    let mut workers = JoinSet::new();
    for id in 1..=crew {
        workers.spawn(work(id, jobs.clone(), args));
    }

    let mut processed = 0;
    let mut lost = 0;
    let mut busy = Duration::ZERO;
    let mut failed = Vec::new();
    while let Some(report) = workers.join_next().await {
        let report = report.unwrap();
        processed += report.processed;
        lost += report.lost;
        busy += report.busy;
        failed.extend(report.failed);
    }
    let there = start.elapsed().as_secs_f64() * f64::from(crew);
    println!("Workers were busy {}% of the time", (busy.as_secs_f64() / there * 100.0).round());
    if args.dead_letters {
        processed += retry(failed, args).await;
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    run_batch(args).await;
    if lost > 0 {
        exit(1);
    }
}

async fn produce(queue: mpsc::Sender<Job>, urgent_queue: mpsc::Sender<Job>, args: Args) {
    for job in 1..=args.jobs {
        sleep(random_time(50..=150, job, args)).await;
        if every(args.priority, job) {
            urgent_queue.send(job).await.unwrap();
        } else {
            queue.send(job).await.unwrap();
        }
        println!("[Producer] Added job: {}", name(job, args));
    }
    println!("[Producer] Done — added {} jobs total", args.jobs);
}

async fn work(id: u32, jobs: Arc<Mutex<Jobs>>, args: Args) -> Report {
    let mut report = Report::default();
    loop {
        // The lock is free again at the end of this line.
        let job = jobs.lock().await.next().await;
        let Some(job) = job else { break };
        let start = Instant::now();
        match caught(process(id, job, args)).await {
            Some(true) => report.processed += 1,
            Some(false) => report.failed.push(job),
            None => {
                report.lost += 1;
                println!("lost: {} (Worker-{id} panicked)", name(job, args));
            }
        }
        report.busy += start.elapsed();
    }
    println!("[Worker-{id}] Shutting down");
    report
}

/// Runs a future, and gives `None` if it panics.
async fn caught<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// Does one job, and tells whether it went well.
async fn process(id: u32, job: Job, args: Args) -> bool {
    let name = name(job, args);
    let time = random_time(200..=1000, job, args);
    sleep(time).await;
    if every(args.panic, job) {
        panic!("{name} went wrong");
    }
    if every(args.fail, job) {
        println!("[Worker-{id}] Failed: {name}");
        return false;
    }
    println!("[Worker-{id}] Processed: {name} (took {:.1}s)", time.as_secs_f64());
    true
}

/// Lists the jobs that failed, tries each once more, and tells how many worked.
async fn retry(mut failed: Vec<Job>, args: Args) -> u32 {
    failed.sort();
    let names: Vec<_> = failed.iter().map(|&job| name(job, args)).collect();
    println!("Dead letters: {}", if names.is_empty() { "none".into() } else { names.join(", ") });
    let mut processed = 0;
    for (job, name) in failed.into_iter().zip(names) {
        let time = random_time(200..=1000, job, args);
        sleep(time).await;
        if every(args.fail.map(|nth| 2 * nth), job) {
            println!("[Retry] Failed: {name}");
        } else {
            println!("[Retry] Processed: {name} (took {:.1}s)", time.as_secs_f64());
            processed += 1;
        }
    }
    processed
}

/// How many jobs of the batch are unfinished.
struct Unfinished {
    jobs: AtomicU32,
    none_left: Notify,
}

/// Counts down when it goes out of scope.
struct Receipt(Arc<Unfinished>);

impl Drop for Receipt {
    fn drop(&mut self) {
        if self.0.jobs.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.none_left.notify_one();
        }
    }
}

async fn run_batch(args: Args) {
    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();

    let (queue, jobs) = mpsc::unbounded_channel();
    let unfinished =
        Arc::new(Unfinished { jobs: AtomicU32::new(args.batch), none_left: Notify::new() });
    for job in args.jobs + 1..=args.jobs + args.batch {
        queue.send((job, Receipt(unfinished.clone()))).unwrap();
    }
    let jobs = Arc::new(Mutex::new(jobs));
    let mut workers = JoinSet::new();
    for id in 1..=args.workers {
        workers.spawn(work_on_batch(id, jobs.clone(), args));
    }
    if args.batch > 0 {
        unfinished.none_left.notified().await;
    }
    workers.abort_all();

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}

async fn work_on_batch(
    id: u32,
    jobs: Arc<Mutex<mpsc::UnboundedReceiver<(Job, Receipt)>>>,
    args: Args,
) {
    loop {
        let next = jobs.lock().await.recv().await;
        let Some((job, receipt)) = next else { return };
        if caught(process(id, job, args)).await.is_none() {
            println!("lost: {} (Worker-{id} panicked)", name(job, args));
        }
        drop(receipt);
    }
}

/// A job is known by its number.
type Job = u32;

fn name(job: Job, args: Args) -> String {
    let kind = if every(args.priority, job) { "urgent" } else { "process" };
    format!("{kind}_item_{job}")
}

fn every(nth: Option<u32>, job: Job) -> bool {
    nth.is_some_and(|nth| job.is_multiple_of(nth))
}

/// Random, and yet always the same for a seed, a job and a range: whoever takes the job, and when.
fn random_time(millis: RangeInclusive<u64>, job: Job, args: Args) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + millis.end());
    rng.set_stream(job.into());
    Duration::from_millis(rng.random_range(millis))
}

/// Twenty jobs, three workers, and one bounded queue between them.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many jobs the producer adds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    jobs: u32,
    /// How many workers take them
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    workers: u32,
    /// How many more workers there are, whom nobody counts
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    helpers: u32,
    /// How many jobs the queue holds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    capacity: u16,
    /// How many jobs the second part has
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000))]
    batch: u32,
    /// Every K-th job is urgent
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    priority: Option<u32>,
    /// Every K-th job fails
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    fail: Option<u32>,
    /// Every K-th job panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    panic: Option<u32>,
    /// Keep the jobs that fail
    #[arg(long)]
    dead_letters: bool,
    /// Other seeds give other times
    #[arg(long, default_value_t = 257)]
    seed: u32,
}
