//! Right in another way: main closes the queues by `close()`. A job that panics takes its worker along,
//! but a guard has its name, and the counts lie where they outlive the worker. When the last worker is
//! gone, the producer's send fails, and it stops.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};

/// What all workers did so far.
#[derive(Default)]
struct Counts {
    processed: u32,
    busy_ms: u128,
    failed: Vec<Job>,
    lost: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let counts = Arc::new(Mutex::new(Counts::default()));
    let (urgent_queue, urgent_jobs) = async_channel::bounded(args.capacity.into());
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let mut workers = Vec::new();
    for id in 1..=crew {
        let counts = counts.clone();
        workers.push(tokio::spawn(work(id, urgent_jobs.clone(), jobs.clone(), counts, args)));
    }
    // So that the queues are closed when the last worker is gone.
    drop(urgent_jobs);
    drop(jobs);

    let producer = tokio::spawn(produce(queue.clone(), urgent_queue.clone(), args));
    let _ = producer.await;
    queue.close();
    urgent_queue.close();
    for worker in workers {
        // A worker that panicked has told what it lost.
        let _ = worker.await;
    }

    let available = start.elapsed().as_millis() * u128::from(crew);
    let busy = counts.lock().unwrap().busy_ms * 100 / available;
    println!("Workers were busy {busy}% of the time");
    let failed = std::mem::take(&mut counts.lock().unwrap().failed);
    let mut processed = counts.lock().unwrap().processed;
    if args.dead_letters {
        processed += retry(failed, args).await;
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    run_batch(args).await;
    let lost = counts.lock().unwrap().lost;
    ExitCode::from(u8::from(lost))
}

async fn produce(queue: Sender<Job>, urgent_queue: Sender<Job>, args: Args) {
    for job in 1..=args.jobs {
        sleep(random_time(50..=150, job, args)).await;
        let queue = if every(args.priority, job) { &urgent_queue } else { &queue };
        if queue.send(job).await.is_err() {
            println!("[Producer] Stopped at job {job}: no worker is left");
            return;
        }
        println!("[Producer] Added job: {}", name(job, args));
    }
    println!("[Producer] Done — added {} jobs total", args.jobs);
}

async fn work(
    id: u32,
    urgent_jobs: Receiver<Job>,
    jobs: Receiver<Job>,
    counts: Arc<Mutex<Counts>>,
    args: Args,
) {
    while let Some(job) = next(&urgent_jobs, &jobs).await {
        let start = Instant::now();
        let in_hand = InHand { id, name: name(job, args), counts: &counts };
        let worked = process(id, job, args).await;
        drop(in_hand);
        let mut counts = counts.lock().unwrap();
        counts.busy_ms += start.elapsed().as_millis();
        if worked {
            counts.processed += 1;
        } else {
            counts.failed.push(job);
        }
    }
    println!("[Worker-{id}] Shutting down");
}

async fn next(urgent_jobs: &Receiver<Job>, jobs: &Receiver<Job>) -> Option<Job> {
    tokio::select! {
        biased;
        Ok(job) = urgent_jobs.recv() => Some(job),
        Ok(job) = jobs.recv() => Some(job),
        else => None,
    }
}

/// The job that a worker is at. Tells that it is lost if the worker panics over it.
struct InHand<'a> {
    id: u32,
    name: String,
    counts: &'a Mutex<Counts>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("lost: {} (Worker-{} panicked)", self.name, self.id);
            self.counts.lock().unwrap().lost = true;
        }
    }
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

async fn run_batch(args: Args) {
    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();

    let (unfinished, mut join) = watch::channel(args.batch);
    let (queue, jobs) = async_channel::unbounded();
    for job in args.jobs + 1..=args.jobs + args.batch {
        queue.send(job).await.unwrap();
    }
    for id in 1..=args.workers {
        tokio::spawn(work_on_batch(id, jobs.clone(), unfinished.clone(), args));
    }
    drop((jobs, unfinished));
    // An error: all workers have panicked.
    let _ = join.wait_for(|&unfinished| unfinished == 0).await;

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}

async fn work_on_batch(id: u32, jobs: Receiver<Job>, unfinished: watch::Sender<u32>, args: Args) {
    while let Ok(job) = jobs.recv().await {
        let _receipt = Receipt(&unfinished);
        process(id, job, args).await;
    }
}

struct Receipt<'a>(&'a watch::Sender<u32>);

impl Drop for Receipt<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|jobs| *jobs -= 1);
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
