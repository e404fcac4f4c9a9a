//! Right in another way: nobody prints but one task, the printer, to which all others send their lines.
//! A worker that panics is replaced by its own loop: the job runs in a task of its own.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Duration, Instant, sleep};

type Lines = mpsc::UnboundedSender<String>;

#[derive(Default)]
struct Board {
    processed: AtomicU32,
    lost: AtomicU32,
    busy_ms: AtomicU64,
    failed: Mutex<Vec<Job>>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let (lines, mut to_print) = mpsc::unbounded_channel::<String>();
    let printer = tokio::spawn(async move {
        while let Some(line) = to_print.recv().await {
            println!("{line}");
        }
    });
    let board = Arc::new(Board::default());
    run_jobs(&lines, &board, args).await;
    run_batch(&lines, &board, args).await;
    drop(lines);
    printer.await.unwrap();
    if board.lost.load(Ordering::SeqCst) > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The first part.
async fn run_jobs(lines: &Lines, board: &Arc<Board>, args: Args) {
    lines.send("--- Producer-consumer with a bounded queue ---".into()).unwrap();
    let start = Instant::now();
    let crew = args.workers + args.helpers;
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (urgent_queue, urgent_jobs) = async_channel::bounded(args.capacity.into());
    let workers: Vec<_> = (1..=crew)
        .map(|id| {
            let (urgent_jobs, jobs) = (urgent_jobs.clone(), jobs.clone());
            tokio::spawn(work(id, urgent_jobs, jobs, lines.clone(), board.clone(), args))
        })
        .collect();
    tokio::spawn(produce(queue, urgent_queue, lines.clone(), args)).await.unwrap();
    for worker in workers {
        worker.await.unwrap();
    }

    let busy = board.busy_ms.load(Ordering::SeqCst) as f64;
    let available = start.elapsed().as_millis() as f64 * f64::from(crew);
    let percent = (busy / available * 100.0).round();
    lines.send(format!("Workers were busy {percent}% of the time")).unwrap();
    if args.dead_letters {
        retry(lines, board, args).await;
    }
    let processed = board.processed.load(Ordering::SeqCst);
    let elapsed = start.elapsed().as_secs_f64();
    let line = format!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");
    lines.send(line).unwrap();
}

async fn produce(queue: Sender<Job>, urgent_queue: Sender<Job>, lines: Lines, args: Args) {
    for job in 1..=args.jobs {
        sleep(random_time(50..=150, job, args)).await;
        let queue = if every(args.priority, job) { &urgent_queue } else { &queue };
        queue.send(job).await.unwrap();
        lines.send(format!("[Producer] Added job: {}", name(job, args))).unwrap();
    }
    lines.send(format!("[Producer] Done — added {} jobs total", args.jobs)).unwrap();
}

async fn work(
    id: u32,
    urgent_jobs: Receiver<Job>,
    jobs: Receiver<Job>,
    lines: Lines,
    board: Arc<Board>,
    args: Args,
) {
    loop {
        let job = tokio::select! {
            biased;
            Ok(job) = urgent_jobs.recv() => job,
            Ok(job) = jobs.recv() => job,
            else => break,
        };
        attempt(id, job, &lines, &board, args).await;
    }
    lines.send(format!("[Worker-{id}] Shutting down")).unwrap();
}

async fn attempt(id: u32, job: Job, lines: &Lines, board: &Board, args: Args) {
    let start = Instant::now();
    let result = tokio::spawn(process(id, job, lines.clone(), args)).await;
    board.busy_ms.fetch_add(start.elapsed().as_millis() as u64, Ordering::SeqCst);
    match result {
        Ok(true) => {
            board.processed.fetch_add(1, Ordering::SeqCst);
        }
        Ok(false) => board.failed.lock().await.push(job),
        Err(_) => {
            board.lost.fetch_add(1, Ordering::SeqCst);
            lines.send(format!("lost: {} (Worker-{id} panicked)", name(job, args))).unwrap();
        }
    }
}

async fn process(id: u32, job: Job, lines: Lines, args: Args) -> bool {
    let name = name(job, args);
    let time = random_time(200..=1000, job, args);
    sleep(time).await;
    if every(args.panic, job) {
        panic!("{name} went wrong");
    }
    if every(args.fail, job) {
        lines.send(format!("[Worker-{id}] Failed: {name}")).unwrap();
        return false;
    }
    let seconds = time.as_secs_f64();
    lines.send(format!("[Worker-{id}] Processed: {name} (took {seconds:.1}s)")).unwrap();
    true
}

async fn retry(lines: &Lines, board: &Board, args: Args) {
    let mut failed = board.failed.lock().await.clone();
    failed.sort();
    let names: Vec<_> = failed.iter().map(|&job| name(job, args)).collect();
    let names = if names.is_empty() { "none".to_string() } else { names.join(", ") };
    lines.send(format!("Dead letters: {names}")).unwrap();
    for job in failed {
        let time: Duration = random_time(200..=1000, job, args);
        sleep(time).await;
        let name = name(job, args);
        if every(args.fail.map(|k| 2 * k), job) {
            lines.send(format!("[Retry] Failed: {name}")).unwrap();
        } else {
            let seconds = time.as_secs_f64();
            lines.send(format!("[Retry] Processed: {name} (took {seconds:.1}s)")).unwrap();
            board.processed.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// The second part: each job holds a sender, and main waits until the last of them is gone.
async fn run_batch(lines: &Lines, board: &Arc<Board>, args: Args) {
    lines.send(format!("--- A batch of {} more jobs ---", args.batch)).unwrap();
    let start = Instant::now();

    let (queue, jobs) = async_channel::unbounded();
    let (receipt, mut all_handed_in) = mpsc::channel::<()>(1);
    for job in args.jobs + 1..=args.jobs + args.batch {
        queue.send((job, receipt.clone())).await.unwrap();
    }
    drop(receipt);
    for id in 1..=args.workers {
        let (jobs, lines, board) = (jobs.clone(), lines.clone(), board.clone());
        tokio::spawn(async move {
            while let Ok((job, _receipt)) = jobs.recv().await {
                attempt(id, job, &lines, &board, args).await;
            }
        });
    }
    drop(jobs);
    // Nothing is ever sent: this ends when the last sender is dropped.
    all_handed_in.recv().await;

    let elapsed = start.elapsed().as_secs_f64();
    lines.send(format!("Finished the batch in {elapsed:.1} seconds")).unwrap();
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
