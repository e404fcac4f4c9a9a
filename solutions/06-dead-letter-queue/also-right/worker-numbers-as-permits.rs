//! Right in another way: no worker loops. A dispatcher waits for a free number, then for a job that is ready, and starts a
//! task for the attempt.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Duration, Instant, sleep};

/// What all share.
struct Pool {
    /// Jobs that may begin, new ones and others.
    ready: Mutex<VecDeque<Job>>,
    count: Semaphore,
    /// Free places for new jobs.
    places: Semaphore,
    numbers: (Sender<u32>, Receiver<u32>),
    books: watch::Sender<Books>,
    start: Instant,
    args: Args,
}

struct Books {
    unfinished: u32,
    processed: u32,
    dead: Vec<Job>,
    is_full: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let books = Books { unfinished: args.jobs, processed: 0, dead: vec![], is_full: false };
    let pool = Arc::new(Pool {
        ready: Mutex::default(),
        count: Semaphore::new(0),
        places: Semaphore::new(args.capacity.into()),
        numbers: async_channel::unbounded(),
        books: watch::Sender::new(books),
        start: Instant::now(),
        args,
    });
    for id in 1..=args.workers {
        pool.numbers.0.try_send(id).unwrap();
    }
    tokio::spawn(produce(pool.clone()));
    tokio::spawn(dispatch(pool.clone()));

    let (mut dead, mut is_full) = pool.end().await;
    for job in &dead {
        println!("Dead letter: {}", letter(job));
    }
    if args.redrive && !is_full {
        pool.books.send_modify(|books| books.unfinished = dead.len() as u32);
        for Job { item, .. } in &dead {
            pool.put(Job { item: *item, attempt: 1, redriven: true, failures: vec![] });
        }
        let before = dead;
        (dead, is_full) = pool.end().await;
        for job in before {
            if dead.iter().any(|other| other.item == job.item) {
                println!("Redriven: item_{} dead again", job.item);
            } else {
                println!("Redriven: item_{} processed", job.item);
            }
        }
    }
    if is_full {
        return ExitCode::from(3);
    }
    let (processed, elapsed) = (pool.books.borrow().processed, pool.start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {}", dead.len());
    ExitCode::SUCCESS
}

async fn produce(pool: Arc<Pool>) {
    let args = pool.args;
    for item in 1..=args.jobs {
        if !args.full {
            sleep(random_time(50..=150, item, 0, args)).await;
        }
        pool.places.acquire().await.unwrap().forget();
        pool.put(Job { item, attempt: 1, redriven: false, failures: vec![] });
        println!("[Producer] Added: item_{item}");
    }
}

async fn dispatch(pool: Arc<Pool>) {
    while let Ok(id) = pool.numbers.1.recv().await {
        pool.count.acquire().await.unwrap().forget();
        let job = pool.ready.lock().unwrap().pop_front().unwrap();
        if pool.books.borrow().is_full {
            break;
        }
        if job.attempt == 1 && !job.redriven {
            pool.places.add_permits(1);
        }
        tokio::spawn(do_job(id, job, pool.clone()));
    }
}

async fn do_job(id: u32, mut job: Job, pool: Arc<Pool>) {
    let outcome = attempt(id, &job, &pool).await;
    let now = pool.start.elapsed();
    let mut retry = false;
    pool.books.send_modify(|books| {
        match outcome {
            Ok(()) => books.processed += 1,
            Err(reason) => {
                job.failures.push((reason, now));
                if matches!(reason, Reason::TimedOut) && job.attempt < pool.args.max_attempts {
                    retry = true;
                    return;
                }
                let letters = books.dead.len();
                if pool.args.dlq_capacity.is_some_and(|capacity| letters >= capacity as usize) {
                    println!("Dead-letter queue is full: item_{}", job.item);
                    books.is_full = true;
                } else {
                    let failures = std::mem::take(&mut job.failures);
                    books.dead.push(Job { failures, ..job });
                }
            }
        }
        books.unfinished -= 1;
    });
    pool.numbers.0.try_send(id).unwrap();
    if retry {
        sleep(BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args)).await;
        job.attempt += 1;
        pool.put(job);
    }
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

impl Pool {
    fn put(&self, job: Job) {
        self.ready.lock().unwrap().push_back(job);
        self.count.add_permits(1);
    }

    /// Waits for the end of a round, and gives its dead letters, and whether one found no room.
    async fn end(&self) -> (Vec<Job>, bool) {
        let mut books = self.books.subscribe();
        books.wait_for(|books| books.is_full || books.unfinished == 0).await.unwrap();
        drop(books);
        let mut end = (Vec::new(), false);
        self.books.send_modify(|books| end = (std::mem::take(&mut books.dead), books.is_full));
        end.0.sort_by_key(|job| job.item);
        end
    }
}

/// What a dead letter tells.
fn letter(job: &Job) -> String {
    let Job { item, attempt, failures, .. } = job;
    let reason = failures[failures.len() - 1].0;
    let times: Vec<_> = failures.iter().map(|(_, at)| format!("{:.3}", at.as_secs_f64())).collect();
    format!("item_{item} ({reason}; attempts: {attempt}; failed at {} s)", times.join(", "))
}

/// An item, and the number of the attempt that comes next.
#[derive(Default)]
struct Job {
    item: u32,
    attempt: u32,
    /// Whether it has been a dead letter
    redriven: bool,
    failures: Vec<(Reason, Duration)>,
}

/// Tries a job once. In real life this would be a call to a server.
async fn attempt(id: u32, job: &Job, pool: &Pool) -> Result<(), Reason> {
    let Job { item, attempt, .. } = *job;
    let now = || pool.start.elapsed().as_secs_f64();
    if attempt > 1 {
        println!("[Worker-{id}] Retrying: item_{item} (attempt {attempt} at {:.3} s)", now());
    }
    let outcome = outcome(job, pool.args);
    sleep(time(outcome, item, pool.args)).await;
    let end = format!("item_{item} (attempt {attempt} at {:.3} s", now());
    match outcome {
        Ok(()) => println!("[Worker-{id}] Processed: {end})"),
        Err(reason) => println!("[Worker-{id}] Failed: {end}: {reason})"),
    }
    outcome
}
