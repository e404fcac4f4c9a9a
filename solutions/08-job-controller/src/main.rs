//! A job of many tasks: producers, consumers, and a controller that joins them.
//!
//! This is the job itself: what it is made of, what its tasks do, and whom it calls back. The pattern is in `job.rs`.

mod job;
mod plumbing;
mod task;

use crate::job::JobController;
use crate::plumbing::{Args, every, random_id, random_time};
use crate::task::{Exec, JobResult, WorkTask, WorkTaskResult};
use rehearsal::clap::Parser;
use rehearsal::{println, thread, tokio};
use std::process::ExitCode;
use tokio::time::{Duration, sleep};
use uuid::Uuid;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Job controller ---");
    let tasks = (1..=args.tasks).map(|number| work_task(number, args)).collect();
    let job = JobController::new(random_id(0, args), tasks)
        .producers(args.producers)
        .workers(args.workers)
        .capacity(args.capacity)
        .handlers(args.handlers)
        .limit(args.limit.map(Duration::from_millis))
        .cancel_after(args.cancel_after.map(Duration::from_millis))
        .on_task(move |job_id, result| task_completed(job_id, result, args))
        .on_job(job_completed);
    let result = job.run().await;
    if result.all_is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
