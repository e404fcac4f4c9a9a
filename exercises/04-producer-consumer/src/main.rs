//! Twenty jobs, three workers, and one bounded queue between them.

mod plumbing;

use plumbing::{Args, every, name, random_time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let producer = tokio::spawn(produce(queue.clone(), args));
    let workers: Vec<_> = (1..=crew).map(|id| tokio::spawn(work(id, jobs.clone(), args))).collect();

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

    run_batch(args).await;
}

/// Adds every job to the queue.
async fn produce(queue: Sender<Option<Job>>, args: Args) {
    for job in 1..=args.jobs {
        sleep(random_time(50..=150, job, args)).await;
        // TODO(alter-2): an urgent job waits behind all the others in the queue.
        queue.send(Some(job)).await.unwrap();
        println!("[Producer] Added job: {}", name(job, args));
    }
    println!("[Producer] Done — added {} jobs total", args.jobs);
}

/// Takes jobs from the queue until a sentinel comes.
async fn work(id: u32, jobs: Receiver<Option<Job>>, args: Args) -> u32 {
    let mut processed = 0;
    while let Some(job) = jobs.recv().await.unwrap() {
        // TODO(fix-3): a job that panics takes this worker with it, and in the end the program.
        if process(id, job, args).await {
            processed += 1;
        }
    }
    println!("[Worker-{id}] Shutting down");
    processed
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

/// The second part: a batch is over when no job is unfinished. Its workers stay for the next one.
async fn run_batch(args: Args) {
    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();

    let (queue, jobs) = async_channel::unbounded();
    for job in args.jobs + 1..=args.jobs + args.batch {
        queue.send(job).await.unwrap();
    }
    let (unfinished, mut join) = watch::channel(args.batch);
    for id in 1..=args.workers {
        tokio::spawn(work_on_batch(id, jobs.clone(), unfinished.clone(), args));
    }
    join.wait_for(|&unfinished| unfinished == 0).await.unwrap();

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}

/// Takes jobs from the queue, and counts down those that are finished.
async fn work_on_batch(id: u32, jobs: Receiver<Job>, unfinished: watch::Sender<u32>, args: Args) {
    while let Ok(job) = jobs.recv().await {
        // TODO(fix-2): a job that fails or panics stays unfinished for ever, and main waits for it.
        if process(id, job, args).await {
            unfinished.send_modify(|jobs| *jobs -= 1);
        }
    }
}

/// A job is known by its number.
type Job = u32;
