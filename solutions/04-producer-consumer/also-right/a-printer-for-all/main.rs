//! Right in another way: nobody prints but one task, the printer, to which all others send their lines.
//! What came of the jobs stands on a board that all share, and each job of the batch holds a sender.

mod batch;
mod plumbing;

use plumbing::{Args, Job};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep};

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
    batch::run(&lines, &board, args.workers, args.batch()).await;
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
            tokio::spawn(work(id, urgent_jobs, jobs, lines.clone(), board.clone()))
        })
        .collect();
    tokio::spawn(produce(queue, urgent_queue, lines.clone(), args.jobs())).await.unwrap();
    for worker in workers {
        worker.await.unwrap();
    }

    let busy = board.busy_ms.load(Ordering::SeqCst) as f64;
    let available = start.elapsed().as_millis() as f64 * f64::from(crew);
    let percent = (busy / available * 100.0).round();
    lines.send(format!("Workers were busy {percent}% of the time")).unwrap();
    if args.dead_letters {
        retry(lines, board).await;
    }
    let processed = board.processed.load(Ordering::SeqCst);
    let elapsed = start.elapsed().as_secs_f64();
    let line = format!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");
    lines.send(line).unwrap();
}

async fn produce(queue: Sender<Job>, urgent_queue: Sender<Job>, lines: Lines, jobs: Vec<Job>) {
    let total = jobs.len();
    for job in jobs {
        sleep(job.pause).await;
        let queue = if job.is_urgent { &urgent_queue } else { &queue };
        queue.send(job).await.unwrap();
        lines.send(format!("[Producer] Added job: {job}")).unwrap();
    }
    lines.send(format!("[Producer] Done — added {total} jobs total")).unwrap();
}

async fn work(
    id: u32,
    urgent_jobs: Receiver<Job>,
    jobs: Receiver<Job>,
    lines: Lines,
    board: Arc<Board>,
) {
    loop {
        let job = tokio::select! {
            biased;
            Ok(job) = urgent_jobs.recv() => job,
            Ok(job) = jobs.recv() => job,
            else => break,
        };
        attempt(id, job, &lines, &board).await;
    }
    lines.send(format!("[Worker-{id}] Shutting down")).unwrap();
}

/// Does one job in a task of its own, and puts on the board what came of it.
async fn attempt(id: u32, job: Job, lines: &Lines, board: &Board) {
    let start = Instant::now();
    let result = tokio::spawn(process(id, job, lines.clone())).await;
    board.busy_ms.fetch_add(start.elapsed().as_millis() as u64, Ordering::SeqCst);
    match result {
        Ok(true) => {
            board.processed.fetch_add(1, Ordering::SeqCst);
        }
        Ok(false) => board.failed.lock().await.push(job),
        Err(_) => {
            board.lost.fetch_add(1, Ordering::SeqCst);
            lines.send(format!("lost: {job} (Worker-{id} panicked)")).unwrap();
        }
    }
}

async fn process(id: u32, job: Job, lines: Lines) -> bool {
    sleep(job.time).await;
    if job.panics {
        panic!("{job} went wrong");
    }
    if job.failures > 0 {
        lines.send(format!("[Worker-{id}] Failed: {job}")).unwrap();
        return false;
    }
    let seconds = job.time.as_secs_f64();
    lines.send(format!("[Worker-{id}] Processed: {job} (took {seconds:.1}s)")).unwrap();
    true
}

async fn retry(lines: &Lines, board: &Board) {
    let mut failed = board.failed.lock().await.clone();
    failed.sort_by_key(|job| job.number);
    let names: Vec<_> = failed.iter().map(Job::to_string).collect();
    let names = if names.is_empty() { "none".to_string() } else { names.join(", ") };
    lines.send(format!("Dead letters: {names}")).unwrap();
    for job in failed {
        sleep(job.time).await;
        if job.failures > 1 {
            lines.send(format!("[Retry] Failed: {job}")).unwrap();
        } else {
            let seconds = job.time.as_secs_f64();
            lines.send(format!("[Retry] Processed: {job} (took {seconds:.1}s)")).unwrap();
            board.processed.fetch_add(1, Ordering::SeqCst);
        }
    }
}
