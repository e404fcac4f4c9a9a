//! Right in another way: there is no queue. A worker takes the next number from a counter, and threads are started
//! until one is refused, in a scope.

mod measure;
mod plumbing;

use plumbing::{Args, Job, Kind, Pool, begin, finish, kind, read_file, summary, time};
use rehearsal::clap::Parser;
use rehearsal::{println, thread, tokio, work};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

fn main() {
    let args = Args::parse();
    if args.measure {
        return measure::print_table(args.json);
    }
    println!("--- One pool, on threads and on tasks ---");
    match args.pool {
        Pool::Threads => on_threads(args),
        Pool::Tokio => on_tokio(args),
        Pool::Tasks => as_tasks(args),
    }
    println!("{}", summary(args));
}

/// The next job that nobody has.
#[derive(Clone)]
struct Jobs(Arc<AtomicU64>, u64);

impl Jobs {
    fn new(args: Args) -> Jobs {
        Jobs(Arc::new(AtomicU64::new(1)), args.jobs)
    }

    fn next(&self) -> Option<Job> {
        Some(self.0.fetch_add(1, Ordering::Relaxed)).filter(|&job| job <= self.1)
    }
}

fn on_threads(args: Args) {
    let jobs = Jobs::new(args);
    thread::scope(|scope| {
        for id in 1..=args.workers {
            let jobs = jobs.clone();
            let worker = move || {
                while let Some(job) = jobs.next() {
                    let taken = begin();
                    match kind(job, args) {
                        Kind::Request => thread::sleep(time(job)),
                        Kind::Hash => work(time(job)),
                        Kind::File => read_file(time(job)),
                    }
                    finish(&format!("Worker-{id}"), job, taken, args);
                }
            };
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                println!("No more threads: {} workers instead of {}", id - 1, args.workers);
                break;
            }
        }
    });
}

#[tokio::main]
async fn on_tokio(args: Args) {
    let jobs = Jobs::new(args);
    let mut workers = JoinSet::new();
    for id in 1..=args.workers {
        let jobs = jobs.clone();
        workers.spawn(async move {
            while let Some(job) = jobs.next() {
                do_in_task(format!("Worker-{id}"), job, args).await;
            }
        });
    }
    workers.join_all().await;
}

/// A task for each job. It begins when there is a permit, and keeps it until it has ended.
#[tokio::main]
async fn as_tasks(args: Args) {
    let permits = Arc::new(Semaphore::new(args.workers.into()));
    let mut tasks = JoinSet::new();
    for job in 1..=args.jobs {
        let permit = permits.clone().acquire_owned().await.unwrap();
        tasks.spawn(async move {
            do_in_task(format!("Task-{job}"), job, args).await;
            drop(permit);
        });
    }
    tasks.join_all().await;
}

async fn do_in_task(actor: String, job: Job, args: Args) {
    let taken = begin();
    match kind(job, args) {
        Kind::Request => sleep(time(job)).await,
        Kind::Hash => spawn_blocking(move || work(time(job))).await.unwrap(),
        Kind::File => spawn_blocking(move || read_file(time(job))).await.unwrap(),
    }
    finish(&actor, job, taken, args);
}
