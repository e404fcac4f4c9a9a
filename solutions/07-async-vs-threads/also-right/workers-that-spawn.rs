//! Right in another way: a pool of workers gives each job to a task of its own, and waits for it.
//! The threads are in a scope.

mod measure;
mod plumbing;

use plumbing::{Args, Job, Kind, Pool, begin, finish, kind, read_file, summary, time};
use rehearsal::clap::Parser;
use rehearsal::{async_channel, crossbeam_channel, println, thread, tokio, work};
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
    thread::scope(|scope| {
        let mut got = 0;
        for id in 1..=args.workers {
            let jobs = jobs.clone();
            let worker = move || thread_worker(id, jobs, args);
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                println!("No more threads: {got} workers instead of {}", args.workers);
                break;
            }
            got += 1;
        }
        // Without workers, nobody is left to take a job: sending fails.
        drop(jobs);
        for job in 1..=args.jobs {
            if queue.send(job).is_err() {
                return eprintln!("error: the machine gives no thread at all");
            }
        }
        drop(queue);
    });
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
    let (queue, jobs) = async_channel::unbounded();
    for job in 1..=args.jobs {
        queue.send(job).await.unwrap();
    }
    queue.close();
    let mut workers = JoinSet::new();
    for _ in 1..=args.workers {
        let jobs = jobs.clone();
        workers.spawn(async move {
            while let Ok(job) = jobs.recv().await {
                tokio::spawn(do_in_task(format!("Task-{job}"), job, args)).await.unwrap();
            }
        });
    }
    workers.join_all().await;
}

/// What keeps a thread to itself has one of those that tokio keeps for it.
async fn blocking(job: Job, args: Args) {
    let call = move || match kind(job, args) {
        Kind::File => read_file(time(job)),
        _ => work(time(job)),
    };
    spawn_blocking(call).await.unwrap();
}

async fn do_in_task(actor: String, job: Job, args: Args) {
    let taken = begin();
    match kind(job, args) {
        Kind::Request => sleep(time(job)).await,
        Kind::Hash | Kind::File => blocking(job, args).await,
    }
    finish(&actor, job, taken, args);
}
