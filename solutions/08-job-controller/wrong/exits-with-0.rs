//! The last line tells what failed, and the exit code says that all is well.
//! refused by: fix-1, fix-2, alter-3

mod job;
mod task;

use crate::job::JobController;
use crate::task::{Exec, JobResult, WorkTask, WorkTaskResult};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::{println, thread, tokio};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::time::{Duration, sleep};
use uuid::{Builder, Uuid};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Job controller ---");
    let controller = JobController {
        id: random_id(0, args),
        tasks: (1..=args.tasks).map(|number| work_task(number, args)).collect(),
        on_task: Arc::new(move |job_id, result| task_completed(job_id, result, args)),
        on_job: Arc::new(job_completed),
        args,
    };
    controller.run().await;
    ExitCode::SUCCESS
}

/// Called back for each task. A slow callback holds up its thread, as a write to a disk does.
fn task_completed(job_id: Uuid, result: &WorkTaskResult, args: Args) {
    thread::sleep(Duration::from_millis(args.slow_callback));
    if every(args.panic_callback, result.number) {
        panic!("the callback of task {} went wrong", result.number);
    }
    println!("Task job id={job_id}: {result}");
}

/// Called back once, when the job is over.
fn job_completed(job_id: Uuid, result: &JobResult) {
    let how = if result.was_cancelled() { "cancelled" } else { "completed" };
    println!("Job {job_id} {how}: {result}");
}

/// A task may call any async function. Here are four.
fn work_task(number: u32, args: Args) -> WorkTask {
    let time = random_time(200..=900, number, args);
    let exec = match number {
        _ if every(args.panic, number) => Exec::new("crash", crash, time),
        _ if every(args.fail, number) => Exec::new("refuse", refuse, time),
        _ if number.is_multiple_of(3) => Exec::new("price", price, (number, time)),
        _ => Exec::new("sleep", rest, time),
    };
    let found_in = random_time(3..=11, number, args);
    WorkTask { id: random_id(number, args), number, exec, found_in }
}

async fn rest(time: Duration) -> Result<String, String> {
    sleep(time).await;
    Ok("slept".into())
}

async fn price((car, time): (u32, Duration)) -> Result<String, String> {
    sleep(time).await;
    Ok(format!("{} EUR", 7500 + 137 * car))
}

async fn refuse(time: Duration) -> Result<String, String> {
    sleep(time).await;
    Err("no answer".into())
}

async fn crash(time: Duration) -> Result<String, String> {
    sleep(time).await;
    panic!("the task went wrong");
}

fn every(nth: Option<u32>, number: u32) -> bool {
    nth.is_some_and(|nth| number.is_multiple_of(nth))
}

/// Random, and yet always the same for a seed, a task and a range: whoever takes the task, and when.
fn random_time(millis: RangeInclusive<u64>, number: u32, args: Args) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + millis.end());
    rng.set_stream(number.into());
    Duration::from_millis(rng.random_range(millis))
}

/// The same every time, so that we can talk about it. Elsewhere this is `Uuid::new_v4()`.
fn random_id(number: u32, args: Args) -> Uuid {
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed.into());
    rng.set_stream(number.into());
    Builder::from_random_bytes(rng.random()).into_uuid()
}

/// A job of many tasks: producers, consumers, and a controller that joins them.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many tasks the job has
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    tasks: u32,
    /// How many producers put them into the queue
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    producers: u32,
    /// How many workers there are: each is a consumer
    #[arg(long, default_value_t = job::NUM_WORKERS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    workers: u32,
    /// How many tasks the queue holds
    #[arg(long, default_value_t = job::WORK_QUEUE_MAX_SIZE, value_parser = clap::value_parser!(u32).range(1..=1000))]
    capacity: u32,
    /// How many handlers call back
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    handlers: u32,
    /// Every K-th task fails
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    fail: Option<u32>,
    /// Every K-th task panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    panic: Option<u32>,
    /// The callback of every K-th task panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    panic_callback: Option<u32>,
    /// How long each task's callback takes
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    slow_callback: u64,
    /// How long a task may take
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    limit: Option<u64>,
    /// When the job is cancelled
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    cancel_after: Option<u64>,
    /// Other seeds give other times and ids
    #[arg(long, default_value_t = 102)]
    seed: u32,
}
