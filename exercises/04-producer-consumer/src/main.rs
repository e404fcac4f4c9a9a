//! Twenty jobs, three workers, and one bounded queue between them.

mod batch;
mod plumbing;

use plumbing::{Args, Job};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use tokio::time::{Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let producer = tokio::spawn(produce(queue.clone(), args.jobs()));
    let workers: Vec<_> = (1..=crew).map(|id| tokio::spawn(work(id, jobs.clone()))).collect();

    producer.await.unwrap();
    // TODO(fix-1): nobody counted the helpers, so the last ones get no sentinel and wait for ever.
    for _ in 0..args.workers {
        queue.send(None).await.unwrap();
    }
    let mut processed = 0;
    for worker in workers {
        processed += worker.await.unwrap();
    }
    if args.dead_letters {
        // TODO(alter-3): list the jobs that failed, and try each of them once more.
        println!("Dead letters: none");
    }
    // TODO(alter-1): nobody knows how busy the workers were.
    let elapsed = start.elapsed().as_secs_f64();
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    batch::run(args.workers, args.batch()).await;
}

/// Adds every job to the queue.
async fn produce(queue: Sender<Option<Job>>, jobs: Vec<Job>) {
    let total = jobs.len();
    for job in jobs {
        sleep(job.pause).await;
        // TODO(alter-2): an urgent job waits behind all the others in the queue.
        queue.send(Some(job)).await.unwrap();
        println!("[Producer] Added job: {job}");
    }
    println!("[Producer] Done — added {total} jobs total");
}

/// Takes jobs from the queue until a sentinel comes.
async fn work(id: u32, jobs: Receiver<Option<Job>>) -> u32 {
    let mut processed = 0;
    while let Some(job) = jobs.recv().await.unwrap() {
        // TODO(fix-3): a job that panics takes this worker with it, and in the end the program.
        if process(id, job).await {
            processed += 1;
        }
    }
    println!("[Worker-{id}] Shutting down");
    processed
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
