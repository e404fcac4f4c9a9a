//! Right in another way: one task, the desk, owns the queue, the retries, the books and the letters. Producer and workers
//! ask it, and wait for the answer.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::VecDeque;
use std::process::ExitCode;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, Instant, sleep};

type Desk = mpsc::UnboundedSender<Message>;

enum Message {
    New(Job, oneshot::Sender<()>),
    Free(oneshot::Sender<Job>),
    Ended(Job, Result<(), Reason>),
    PauseIsOver(Job),
}

#[derive(Clone, Copy)]
struct Pool {
    start: Instant,
    args: Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let pool = Pool { start: Instant::now(), args };
    let (desk, messages) = mpsc::unbounded_channel();
    tokio::spawn(produce(desk.clone(), args));
    for id in 1..=args.workers {
        tokio::spawn(work(id, desk.clone(), pool));
    }
    tokio::spawn(answer(messages, desk, pool)).await.unwrap()
}

async fn produce(desk: Desk, args: Args) {
    for item in 1..=args.jobs {
        if !args.full {
            sleep(random_time(50..=150, item, 0, args)).await;
        }
        let job = Job { item, attempt: 1, redriven: false, failures: vec![] };
        let (reply, added) = oneshot::channel();
        let _ = desk.send(Message::New(job, reply));
        if added.await.is_err() {
            return;
        }
        println!("[Producer] Added: item_{item}");
    }
}

async fn work(id: u32, desk: Desk, pool: Pool) {
    loop {
        let (reply, answer) = oneshot::channel();
        let _ = desk.send(Message::Free(reply));
        let Ok(job) = answer.await else { return };
        let outcome = attempt(id, &job, &pool).await;
        let _ = desk.send(Message::Ended(job, outcome));
    }
}

async fn answer(mut messages: mpsc::UnboundedReceiver<Message>, desk: Desk, pool: Pool) -> ExitCode {
    let args = pool.args;
    let (mut new, mut others) = (VecDeque::new(), VecDeque::new());
    let mut outside: Option<(Job, oneshot::Sender<()>)> = None;
    let mut free: VecDeque<oneshot::Sender<Job>> = VecDeque::new();
    let (mut unfinished, mut processed) = (args.jobs as usize, 0);
    let mut dead: Vec<Job> = Vec::new();
    let mut first_round: Option<Vec<u32>> = None;
    loop {
        match messages.recv().await.unwrap() {
            Message::New(job, reply) => outside = Some((job, reply)),
            Message::Free(reply) => free.push_back(reply),
            Message::PauseIsOver(job) => others.push_back(job),
            Message::Ended(_, Ok(())) => {
                processed += 1;
                unfinished -= 1;
            }
            Message::Ended(mut job, Err(reason)) => {
                job.failures.push((reason, pool.start.elapsed()));
                let hope = matches!(reason, Reason::TimedOut);
                if hope && job.attempt < args.max_attempts {
                    let desk = desk.clone();
                    tokio::spawn(async move {
                        sleep(BASE * 2u32.pow(job.attempt - 1) + jitter(&job, args)).await;
                        job.attempt += 1;
                        let _ = desk.send(Message::PauseIsOver(job));
                    });
                } else if args.dlq_capacity.is_some_and(|capacity| dead.len() as u32 == capacity) {
                    println!("Dead-letter queue is full: item_{}", job.item);
                    dead.sort_by_key(|job| job.item);
                    dead.iter().for_each(|job| println!("Dead letter: {}", letter(job)));
                    return ExitCode::from(3);
                } else {
                    dead.push(job);
                    unfinished -= 1;
                }
            }
        }
        if unfinished == 0 {
            dead.sort_by_key(|job| job.item);
            if let Some(items) = &first_round {
                for item in items {
                    let is_dead = dead.iter().any(|job| job.item == *item);
                    let fate = if is_dead { "dead again" } else { "processed" };
                    println!("Redriven: item_{item} {fate}");
                }
            } else {
                dead.iter().for_each(|job| println!("Dead letter: {}", letter(job)));
            }
            if !args.redrive || first_round.is_some() || dead.is_empty() {
                let elapsed = pool.start.elapsed().as_secs_f64();
                let dead = dead.len();
                println!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}");
                return ExitCode::SUCCESS;
            }
            unfinished = dead.len();
            first_round = Some(dead.iter().map(|job| job.item).collect());
            for Job { item, .. } in dead.drain(..) {
                others.push_back(Job { item, attempt: 1, redriven: true, failures: vec![] });
            }
        }
        loop {
            if new.len() < args.capacity.into() && let Some((job, reply)) = outside.take() {
                new.push_back(job);
                let _ = reply.send(());
            }
            if free.is_empty() {
                break;
            }
            let Some(job) = others.pop_front().or_else(|| new.pop_front()) else { break };
            let _ = free.pop_front().unwrap().send(job);
        }
    }
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

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
