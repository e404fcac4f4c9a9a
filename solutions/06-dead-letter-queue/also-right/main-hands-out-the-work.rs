//! Right in another way: main is the only one that decides. Workers ask it for a job and report to it, the
//! pauses are tasks in a JoinSet, and what is due waits in a deque. No worker knows of retries or letters.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::VecDeque;
use std::process::exit;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let start = Instant::now();
    let pool = Pool { start, args };

    let (queue, fresh) = async_channel::bounded(args.capacity.into());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(produce(queue, args));
    for id in 1..=args.workers {
        tokio::spawn(work(id, tell.clone(), pool));
    }

    let mut desk =
        Desk { told, idle: VecDeque::new(), due: VecDeque::new(), pauses: JoinSet::new(), pool };
    let mut dead = desk.round(Some(&fresh), args.jobs).await;
    for job in &dead {
        println!("Dead letter: {}", letter(job));
    }
    if args.redrive {
        for Job { item, .. } in &dead {
            desk.due.push_back(Job { item: *item, attempt: 1, redriven: true, failures: vec![] });
        }
        let again = desk.round(None, dead.len() as u32).await;
        for Job { item, .. } in dead {
            let is_dead = again.iter().any(|job| job.item == item);
            println!("Redriven: item_{item} {}", if is_dead { "dead again" } else { "processed" });
        }
        dead = again;
    }
    let (dead, elapsed) = (dead.len(), start.elapsed().as_secs_f64());
    let processed = args.jobs as usize - dead;
    println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}");
}

/// Puts every job into the queue.
async fn produce(queue: Sender<Job>, args: Args) {
    for item in 1..=args.jobs {
        if !args.full {
            sleep(random_time(50..=150, item, 0, args)).await;
        }
        queue.send(Job { item, attempt: 1, redriven: false, failures: vec![] }).await.unwrap();
        println!("[Producer] Added: item_{item}");
    }
}

/// What a worker tells.
enum Message {
    Idle(oneshot::Sender<Job>),
    Done(Job, Result<(), Reason>),
}

/// Asks for a job, tries it, and reports.
async fn work(id: u32, tell: mpsc::UnboundedSender<Message>, pool: Pool) {
    loop {
        let (give, given) = oneshot::channel();
        tell.send(Message::Idle(give)).ok().unwrap();
        let Ok(job) = given.await else { return };
        let outcome = attempt(id, &job, &pool).await;
        tell.send(Message::Done(job, outcome)).ok().unwrap();
    }
}

/// What main knows.
struct Desk {
    told: mpsc::UnboundedReceiver<Message>,
    idle: VecDeque<oneshot::Sender<Job>>,
    due: VecDeque<Job>,
    pauses: JoinSet<Job>,
    pool: Pool,
}

impl Desk {
    /// Hands out work until so many jobs are processed or dead, and gives the dead ones.
    async fn round(&mut self, fresh: Option<&Receiver<Job>>, mut unfinished: u32) -> Vec<Job> {
        let args = self.pool.args;
        let mut dead: Vec<Job> = Vec::new();
        while unfinished > 0 {
            while !self.idle.is_empty() && !self.due.is_empty() {
                let (give, job) = (self.idle.pop_front().unwrap(), self.due.pop_front().unwrap());
                give.send(job).ok().unwrap();
            }
            let message = tokio::select! {
                biased;
                message = self.told.recv() => message.unwrap(),
                Some(job) = self.pauses.join_next() => {
                    self.due.push_back(job.unwrap());
                    continue;
                }
                Ok(job) = async { fresh.unwrap().recv().await }, if fresh.is_some() && !self.idle.is_empty() => {
                    self.due.push_back(job);
                    continue;
                }
            };
            match message {
                Message::Idle(give) => self.idle.push_back(give),
                Message::Done(_, Ok(())) => unfinished -= 1,
                Message::Done(mut job, Err(reason)) => {
                    job.failures.push((reason, self.pool.start.elapsed()));
                    if matches!(reason, Reason::TimedOut) && job.attempt < args.max_attempts {
                        let pause = BASE * 2u32.pow(job.attempt - 1) + jitter(&job, args);
                        job.attempt += 1;
                        self.pauses.spawn(async move {
                            sleep(pause).await;
                            job
                        });
                        continue;
                    }
                    unfinished -= 1;
                    let room =
                        args.dlq_capacity.is_none_or(|capacity| dead.len() < capacity as usize);
                    dead.push(job);
                    if !room {
                        overflow(dead);
                    }
                }
            }
        }
        dead.sort_by_key(|job| job.item);
        dead
    }
}

fn overflow(mut dead: Vec<Job>) -> ! {
    println!("Dead-letter queue is full: item_{}", dead.pop().unwrap().item);
    dead.sort_by_key(|job| job.item);
    dead.iter().for_each(|job| println!("Dead letter: {}", letter(job)));
    exit(3);
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What all workers share.
#[derive(Clone, Copy)]
struct Pool {
    start: Instant,
    args: Args,
}

/// What a dead letter tells.
fn letter(job: &Job) -> String {
    let Job { item, attempt, failures, .. } = job;
    let reason = failures[failures.len() - 1].0;
    let times: Vec<_> = failures.iter().map(|(_, at)| format!("{:.3}", at.as_secs_f64())).collect();
    format!("item_{item} ({reason}; attempts: {attempt}; failed at {} s)", times.join(", "))
}

/// An item, and the number of the attempt that comes next.
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
