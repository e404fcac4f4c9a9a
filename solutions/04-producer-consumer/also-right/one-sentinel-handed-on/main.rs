//! Right in another way: there is one sentinel, and each worker hands it on to the next. main is the
//! producer itself, and the workers report each job through a queue of results.

mod batch;
mod plumbing;

use plumbing::{Args, Job};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::process::ExitCode;
use tokio::time::{Duration, Instant, sleep};

enum Message {
    Do(Job),
    Stop,
}

enum Outcome {
    Worked,
    Failed,
    Lost,
}

struct Done {
    job: Job,
    outcome: Outcome,
    took: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let (queue, messages) = async_channel::bounded(args.capacity.into());
    let (urgent_queue, urgent_jobs) = async_channel::bounded(args.capacity.into());
    let (results, all_results) = async_channel::unbounded();
    for id in 1..=crew {
        tokio::spawn(work(
            id,
            urgent_jobs.clone(),
            messages.clone(),
            queue.clone(),
            results.clone(),
        ));
    }
    drop(results);

    for job in args.jobs() {
        sleep(job.pause).await;
        if job.is_urgent {
            urgent_queue.send(job).await.unwrap();
        } else {
            queue.send(Message::Do(job)).await.unwrap();
        }
        println!("[Producer] Added job: {job}");
    }
    println!("[Producer] Done — added {} jobs total", args.jobs);
    queue.send(Message::Stop).await.unwrap();

    let mut processed = 0;
    let mut lost = 0;
    let mut busy = Duration::ZERO;
    let mut failed = Vec::new();
    // The results end when the last worker has gone.
    while let Ok(done) = all_results.recv().await {
        busy += done.took;
        match done.outcome {
            Outcome::Worked => processed += 1,
            Outcome::Failed => failed.push(done.job),
            Outcome::Lost => lost += 1,
        }
    }

    let percent = 100 * busy.as_millis() / (start.elapsed().as_millis() * u128::from(crew));
    println!("Workers were busy {percent}% of the time");
    if args.dead_letters {
        processed += retry(failed).await;
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    lost += batch::run(args.workers, args.batch()).await;
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn work(
    id: u32,
    urgent_jobs: Receiver<Job>,
    messages: Receiver<Message>,
    queue: Sender<Message>,
    results: Sender<Done>,
) {
    loop {
        let message = tokio::select! {
            biased;
            Ok(job) = urgent_jobs.recv() => Message::Do(job),
            Ok(message) = messages.recv() => message,
        };
        let job = match message {
            Message::Do(job) => job,
            Message::Stop => {
                println!("[Worker-{id}] Shutting down");
                queue.send(Message::Stop).await.unwrap();
                return;
            }
        };
        let done = do_one(id, job).await;
        results.send(done).await.unwrap();
    }
}

async fn do_one(id: u32, job: Job) -> Done {
    let start = Instant::now();
    let outcome = match tokio::spawn(process(id, job)).await {
        Ok(true) => Outcome::Worked,
        Ok(false) => Outcome::Failed,
        Err(_) => {
            println!("lost: {job} (Worker-{id} panicked)");
            Outcome::Lost
        }
    };
    Done { job, outcome, took: start.elapsed() }
}

/// Does one job, and tells whether it went well.
async fn process(id: u32, job: Job) -> bool {
    sleep(job.time).await;
    if job.panics {
        panic!("{job} went wrong");
    }
    if job.failures > 0 {
        println!("[Worker-{id}] Failed: {job}");
        return false;
    }
    println!("[Worker-{id}] Processed: {job} (took {:.1}s)", job.time.as_secs_f64());
    true
}

/// Lists the jobs that failed, tries each once more, and tells how many worked.
async fn retry(mut failed: Vec<Job>) -> u32 {
    failed.sort_by_key(|job| job.number);
    let names: Vec<_> = failed.iter().map(Job::to_string).collect();
    println!("Dead letters: {}", if names.is_empty() { "none".into() } else { names.join(", ") });
    let mut processed = 0;
    for job in failed {
        sleep(job.time).await;
        if job.failures > 1 {
            println!("[Retry] Failed: {job}");
        } else {
            println!("[Retry] Processed: {job} (took {:.1}s)", job.time.as_secs_f64());
            processed += 1;
        }
    }
    processed
}
