//! One pool of workers, on threads and on tasks.
#![allow(clippy::disallowed_methods, reason = "here the real crates are meant")]

mod measure;
mod plumbing;

use clap::Parser;
use measure::work;
use plumbing::{Args, Job, Kind, Pool, begin, finish, kind, read_file, summary, time};
use std::thread;
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
        // TODO(alter-1): a task for each job, and never more than `--workers` of them at work.
        Pool::Tasks => on_tokio(args),
    }
    println!("{}", summary(args));
}

/// The pool on threads. A thread may wait and compute as it likes: it is in nobody's way.
fn on_threads(args: Args) {
    let (queue, jobs) = crossbeam_channel::bounded(args.workers.into());
    let mut workers = Vec::new();
    for id in 1..=args.workers {
        let jobs = jobs.clone();
        // TODO(fix-2): a machine may refuse a thread, and then this panics.
        workers.push(thread::spawn(move || thread_worker(id, jobs, args)));
    }
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

async fn do_in_task(actor: String, job: Job, args: Args) {
    let taken = begin();
    match kind(job, args) {
        Kind::Request => sleep(time(job)).await,
        // TODO(alter-2): while one task computes, no other one goes on.
        Kind::Hash => work(time(job)),
        // TODO(fix-1): nor while this one reads a file.
        Kind::File => read_file(time(job)),
    }
    finish(&actor, job, taken, args);
}
