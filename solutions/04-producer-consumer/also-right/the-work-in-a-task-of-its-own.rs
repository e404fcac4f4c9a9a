//! Right in another way: a job is computed by a task that prints nothing, and its worker tells what came
//! of it. The times are instants to wait for, and one loop serves both parts. The batch is over when the
//! workers' tasks are, because its queue is closed from the start.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::ops::RangeInclusive;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep_until};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (urgent_queue, urgent_jobs) = async_channel::bounded(args.capacity.into());
    let pool = hire(crew, &urgent_jobs, &jobs, true, args);
    tokio::spawn(async move {
        let mut now = Instant::now();
        for job in 1..=args.jobs {
            sleep_until(now + random_time(50..=150, job, args)).await;
            let queue = if every(args.priority, job) { &urgent_queue } else { &queue };
            queue.send(job).await.unwrap();
            now = Instant::now();
            println!("[Producer] Added job: {}", name(job, args));
        }
        println!("[Producer] Done — added {} jobs total", args.jobs);
    });

    let mut done = dismiss(pool).await;
    let whole = start.elapsed() * crew;
    println!("Workers were busy {:.0}% of the time", done.busy.div_duration_f32(whole) * 100.0);
    if args.dead_letters {
        done.failed.sort_unstable();
        println!("Dead letters: {}", listed(&done.failed, args));
        for &job in &done.failed {
            let time = random_time(200..=1000, job, args);
            sleep_until(Instant::now() + time).await;
            if job.is_multiple_of(2 * args.fail.unwrap()) {
                println!("[Retry] Failed: {}", name(job, args));
                continue;
            }
            done.processed += 1;
            println!("[Retry] Processed: {} (took {:.1}s)", name(job, args), time.as_secs_f64());
        }
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {} jobs in {elapsed:.1} seconds with {crew} workers", done.processed);

    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();
    let (queue, jobs) = async_channel::unbounded();
    let (_, no_urgent_jobs) = async_channel::bounded(1);
    for job in args.jobs + 1..=args.jobs + args.batch {
        queue.send(job).await.unwrap();
    }
    drop(queue);
    let batch = dismiss(hire(args.workers, &no_urgent_jobs, &jobs, false, args)).await;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
    if done.lost + batch.lost > 0 {
        std::process::exit(1);
    }
}

#[derive(Default)]
struct Work {
    processed: u32,
    failed: Vec<Job>,
    lost: u32,
    busy: Duration,
}

/// Starts so many workers.
fn hire(
    workers: u32,
    urgent_jobs: &Receiver<Job>,
    jobs: &Receiver<Job>,
    says_goodbye: bool,
    args: Args,
) -> Vec<JoinHandle<Work>> {
    let mut pool = Vec::new();
    for id in 1..=workers {
        let (urgent_jobs, jobs) = (urgent_jobs.clone(), jobs.clone());
        pool.push(tokio::spawn(async move {
            let mut work = Work::default();
            loop {
                tokio::select! {
                    biased;
                    Ok(job) = urgent_jobs.recv() => work_on(id, job, &mut work, args).await,
                    Ok(job) = jobs.recv() => work_on(id, job, &mut work, args).await,
                    else => break,
                }
            }
            if says_goodbye {
                println!("[Worker-{id}] Shutting down");
            }
            work
        }));
    }
    pool
}

/// Waits for all workers, and adds up what they did.
async fn dismiss(pool: Vec<JoinHandle<Work>>) -> Work {
    let mut all = Work::default();
    for worker in pool {
        let work = worker.await.unwrap();
        all.processed += work.processed;
        all.failed.extend(work.failed);
        all.lost += work.lost;
        all.busy += work.busy;
    }
    all
}

async fn work_on(id: u32, job: Job, work: &mut Work, args: Args) {
    let (name, begun) = (name(job, args), Instant::now());
    let result = tokio::spawn(do_job(job, args)).await;
    work.busy += begun.elapsed();
    match result {
        Ok(Some(time)) => {
            work.processed += 1;
            let seconds = time.as_secs_f64();
            println!("[Worker-{id}] Processed: {name} (took {seconds:.1}s)");
        }
        Ok(None) => {
            work.failed.push(job);
            println!("[Worker-{id}] Failed: {name}");
        }
        Err(_) => {
            work.lost += 1;
            println!("lost: {name} (Worker-{id} panicked)");
        }
    }
}

async fn do_job(job: Job, args: Args) -> Option<Duration> {
    let time = random_time(200..=1000, job, args);
    sleep_until(Instant::now() + time).await;
    assert!(!every(args.panic, job), "job {job} went wrong");
    (!every(args.fail, job)).then_some(time)
}

fn listed(jobs: &[Job], args: Args) -> String {
    if jobs.is_empty() {
        return "none".to_owned();
    }
    jobs.iter().map(|&job| name(job, args)).collect::<Vec<_>>().join(", ")
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
