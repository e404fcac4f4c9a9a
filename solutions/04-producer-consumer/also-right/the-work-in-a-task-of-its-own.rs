//! Right in another way: a job is computed by a task that prints nothing, and its worker tells what came
//! of it. The times are instants to wait for, and one loop serves both parts. The batch is over when the
//! workers' tasks are, because its queue is closed from the start.

mod plumbing;

use plumbing::{Args, Job};
use rehearsal::async_channel::{self, Receiver};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
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
    let pool = hire(crew, &urgent_jobs, &jobs, true);
    tokio::spawn(async move {
        let mut now = Instant::now();
        for job in args.jobs() {
            sleep_until(now + job.pause).await;
            let queue = if job.is_urgent { &urgent_queue } else { &queue };
            queue.send(job).await.unwrap();
            now = Instant::now();
            println!("[Producer] Added job: {job}");
        }
        println!("[Producer] Done — added {} jobs total", args.jobs);
    });

    let mut done = dismiss(pool).await;
    let whole = start.elapsed() * crew;
    println!("Workers were busy {:.0}% of the time", done.busy.div_duration_f32(whole) * 100.0);
    if args.dead_letters {
        done.failed.sort_unstable_by_key(|job| job.number);
        println!("Dead letters: {}", listed(&done.failed));
        for job in &done.failed {
            sleep_until(Instant::now() + job.time).await;
            if job.failures > 1 {
                println!("[Retry] Failed: {job}");
                continue;
            }
            done.processed += 1;
            println!("[Retry] Processed: {job} (took {:.1}s)", job.time.as_secs_f64());
        }
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {} jobs in {elapsed:.1} seconds with {crew} workers", done.processed);

    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();
    let (queue, jobs) = async_channel::unbounded();
    let (_, no_urgent_jobs) = async_channel::bounded(1);
    for job in args.batch() {
        queue.send(job).await.unwrap();
    }
    drop(queue);
    let batch = dismiss(hire(args.workers, &no_urgent_jobs, &jobs, false)).await;
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
) -> Vec<JoinHandle<Work>> {
    let mut pool = Vec::new();
    for id in 1..=workers {
        let (urgent_jobs, jobs) = (urgent_jobs.clone(), jobs.clone());
        pool.push(tokio::spawn(async move {
            let mut work = Work::default();
            loop {
                tokio::select! {
                    biased;
                    Ok(job) = urgent_jobs.recv() => work_on(id, job, &mut work).await,
                    Ok(job) = jobs.recv() => work_on(id, job, &mut work).await,
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

async fn work_on(id: u32, job: Job, work: &mut Work) {
    let begun = Instant::now();
    let result = tokio::spawn(do_job(job)).await;
    work.busy += begun.elapsed();
    match result {
        Ok(Some(time)) => {
            work.processed += 1;
            let seconds = time.as_secs_f64();
            println!("[Worker-{id}] Processed: {job} (took {seconds:.1}s)");
        }
        Ok(None) => {
            work.failed.push(job);
            println!("[Worker-{id}] Failed: {job}");
        }
        Err(_) => {
            work.lost += 1;
            println!("lost: {job} (Worker-{id} panicked)");
        }
    }
}

async fn do_job(job: Job) -> Option<Duration> {
    sleep_until(Instant::now() + job.time).await;
    assert!(!job.panics, "{job} went wrong");
    (job.failures == 0).then_some(job.time)
}

fn listed(jobs: &[Job]) -> String {
    if jobs.is_empty() {
        return "none".to_owned();
    }
    jobs.iter().map(Job::to_string).collect::<Vec<_>>().join(", ")
}
