//! The file's time passes in a sleep of the task. Everybody is on time, and nothing is read.
//! refused by: fix-1

mod measure;
mod plumbing;

use plumbing::{Args, Job, Kind, Pool, begin, finish, kind, read_file, summary, time};
use rehearsal::clap::Parser;
use rehearsal::{async_channel, crossbeam_channel, println, thread, tokio, work};
use std::sync::Arc;
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

/// The pool on threads. A thread may wait and compute as it likes: it is in nobody's way.
fn on_threads(args: Args) {
    let (queue, jobs) = crossbeam_channel::bounded(args.workers.into());
    let mut workers = Vec::new();
    for id in 1..=args.workers {
        let jobs = jobs.clone();
        let Ok(worker) = thread::Builder::new().spawn(move || thread_worker(id, jobs, args)) else {
            println!("No more threads: {} workers instead of {}", workers.len(), args.workers);
            break;
        };
        workers.push(worker);
    }
    // If nobody is there to take the jobs, it is better to say so than to wait for ever.
    assert!(!workers.is_empty(), "the machine gives no thread at all");
    for job in 1..=args.jobs {
        queue.send(job).unwrap();
    }
    drop(queue);
    for worker in workers {
        worker.join().unwrap();
    }
}

fn thread_worker(id: u16, jobs: crossbeam_channel::Receiver<Job>, args: Args) {
    for job in jobs {
        let taken = begin();
        match kind(job, args) {
            Kind::Request => thread::sleep(time(job)),
            Kind::Hash => work(time(job)),
            Kind::File => read_file(time(job)),
        }
        finish(&format!("Worker-{id}"), job, taken, args);
    }
}

/// The pool on tasks. They share the executor, and one lets the next go on at its `.await`.
#[tokio::main]
async fn on_tokio(args: Args) {
    let (queue, jobs) = async_channel::bounded(args.workers.into());
    let mut workers = Vec::new();
    for id in 1..=args.workers {
        workers.push(tokio::spawn(task_worker(id, jobs.clone(), args)));
    }
    for job in 1..=args.jobs {
        queue.send(job).await.unwrap();
    }
    drop(queue);
    for worker in workers {
        worker.await.unwrap();
    }
}

async fn task_worker(id: u16, jobs: async_channel::Receiver<Job>, args: Args) {
    while let Ok(job) = jobs.recv().await {
        do_in_task(format!("Worker-{id}"), job, args).await;
    }
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
        Kind::File => sleep(time(job)).await,
    }
    finish(&actor, job, taken, args);
}
