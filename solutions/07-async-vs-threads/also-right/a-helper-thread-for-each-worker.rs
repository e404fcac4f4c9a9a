//! Right in another way: each worker that is a task has a thread that helps, to which it sends its calls. The pool on
//! threads shares a lock and a condition variable.

mod measure;
mod plumbing;

use plumbing::{Args, Job, Kind, Pool, begin, finish, kind, read_file, summary, time};
use rehearsal::clap::Parser;
use rehearsal::sync::{Condvar, Mutex};
use rehearsal::{async_channel, crossbeam_channel, println, thread, tokio, work};
use std::collections::VecDeque;
use std::sync::Arc;
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

#[derive(Default)]
struct Queue {
    /// Jobs, and whether no more come.
    inside: Mutex<(VecDeque<Job>, bool)>,
    changed: Condvar,
}

impl Queue {
    fn take(&self) -> Option<Job> {
        let inside = self.inside.lock().unwrap();
        let empty = |inside: &mut (VecDeque<Job>, bool)| inside.0.is_empty() && !inside.1;
        self.changed.wait_while(inside, empty).unwrap().0.pop_front()
    }
}

fn on_threads(args: Args) {
    let queue = Arc::new(Queue::default());
    let mut workers = Vec::new();
    for id in 1..=args.workers {
        let queue = queue.clone();
        let work = move || {
            while let Some(job) = queue.take() {
                let taken = begin();
                match kind(job, args) {
                    Kind::Request => thread::sleep(time(job)),
                    Kind::Hash => work(time(job)),
                    Kind::File => read_file(time(job)),
                }
                finish(&format!("Worker-{id}"), job, taken, args);
            }
        };
        match thread::Builder::new().name(format!("worker {id}")).spawn(work) {
            Ok(worker) => workers.push(worker),
            Err(_) => {
                let got = workers.len();
                println!("No more threads: {got} workers instead of {}", args.workers);
                break;
            }
        }
    }
    for job in 1..=args.jobs {
        queue.inside.lock().unwrap().0.push_back(job);
        queue.changed.notify_one();
    }
    queue.inside.lock().unwrap().1 = true;
    queue.changed.notify_all();
    for worker in workers {
        worker.join().unwrap();
    }
}

/// A thread that makes the calls of one worker, one after another.
struct Helper {
    calls: crossbeam_channel::Sender<Box<dyn FnOnce() + Send>>,
    ends: async_channel::Receiver<()>,
}

impl Helper {
    fn new() -> Helper {
        let (calls, to_make) = crossbeam_channel::unbounded::<Box<dyn FnOnce() + Send>>();
        let (made, ends) = async_channel::unbounded();
        thread::spawn(move || {
            for call in to_make {
                call();
                if made.send_blocking(()).is_err() {
                    break;
                }
            }
        });
        Helper { calls, ends }
    }

    async fn make(&self, call: impl FnOnce() + Send + 'static) {
        self.calls.send(Box::new(call)).ok().unwrap();
        self.ends.recv().await.unwrap();
    }
}

#[tokio::main]
async fn on_tokio(args: Args) {
    let (queue, jobs) = async_channel::unbounded();
    for job in 1..=args.jobs {
        queue.try_send(job).unwrap();
    }
    drop(queue);
    let mut workers = Vec::new();
    for id in 1..=args.workers {
        let jobs = jobs.clone();
        workers.push(tokio::spawn(async move {
            let mut helper = None;
            while let Ok(job) = jobs.recv().await {
                do_in_task(format!("Worker-{id}"), job, args, &mut helper).await;
            }
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
}

/// A task for each job, which holds a helper while it is at work.
#[tokio::main]
async fn as_tasks(args: Args) {
    let (back, helpers) = async_channel::unbounded();
    for _ in 1..=args.workers {
        back.try_send(None).unwrap();
    }
    let mut tasks = Vec::new();
    for job in 1..=args.jobs {
        let mut helper = helpers.recv().await.unwrap();
        let back = back.clone();
        tasks.push(tokio::spawn(async move {
            do_in_task(format!("Task-{job}"), job, args, &mut helper).await;
            back.try_send(helper).unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

async fn do_in_task(actor: String, job: Job, args: Args, helper: &mut Option<Helper>) {
    let taken = begin();
    match kind(job, args) {
        Kind::Request => sleep(time(job)).await,
        Kind::Hash => helper.get_or_insert_with(Helper::new).make(move || work(time(job))).await,
        Kind::File => helper.get_or_insert_with(Helper::new).make(move || read_file(time(job))).await,
    }
    finish(&actor, job, taken, args);
}
