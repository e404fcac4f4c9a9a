//! Right in another way: there is one sentinel, and each worker hands it on to the next. main is the
//! producer itself, and the workers report each job through a queue of results.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::ops::RangeInclusive;
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
            args,
        ));
    }
    drop(results);

    for job in 1..=args.jobs {
        sleep(random_time(50..=150, job, args)).await;
        if every(args.priority, job) {
            urgent_queue.send(job).await.unwrap();
        } else {
            queue.send(Message::Do(job)).await.unwrap();
        }
        println!("[Producer] Added job: {}", name(job, args));
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
        processed += retry(failed, args).await;
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    lost += run_batch(args).await;
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn work(
    id: u32,
    urgent_jobs: Receiver<Job>,
    messages: Receiver<Message>,
    queue: Sender<Message>,
    results: Sender<Done>,
    args: Args,
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
        let done = do_one(id, job, args).await;
        results.send(done).await.unwrap();
    }
}

async fn do_one(id: u32, job: Job, args: Args) -> Done {
    let start = Instant::now();
    let outcome = match tokio::spawn(process(id, job, args)).await {
        Ok(true) => Outcome::Worked,
        Ok(false) => Outcome::Failed,
        Err(_) => {
            println!("lost: {} (Worker-{id} panicked)", name(job, args));
            Outcome::Lost
        }
    };
    Done { job, outcome, took: start.elapsed() }
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

/// Each job of the batch has one result, and main waits for all of them.
async fn run_batch(args: Args) -> u32 {
    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();

    let (queue, jobs) = async_channel::unbounded();
    let (results, all_results) = async_channel::unbounded();
    for job in args.jobs + 1..=args.jobs + args.batch {
        queue.send(job).await.unwrap();
    }
    for id in 1..=args.workers {
        let (jobs, results) = (jobs.clone(), results.clone());
        tokio::spawn(async move {
            while let Ok(job) = jobs.recv().await {
                results.send(do_one(id, job, args).await).await.unwrap();
            }
        });
    }
    let mut lost = 0;
    for _ in 0..args.batch {
        if let Outcome::Lost = all_results.recv().await.unwrap().outcome {
            lost += 1;
        }
    }

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
    lost
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
