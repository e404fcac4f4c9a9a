//! Right in another way: nobody prints but one task, the printer. Each attempt is a task of its own, which
//! its worker awaits; a worker that meets a failure hands it to a clerk, who keeps the books for all.

mod plumbing;

use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::async_channel::{self, Receiver, Sender};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::BTreeMap;
use std::process::ExitCode;
use tokio::sync::oneshot;
use tokio::time::{Duration, Instant, sleep, sleep_until};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let (printer, lines) = async_channel::unbounded::<String>();
    let printed = tokio::spawn(async move {
        while let Ok(line) = lines.recv().await {
            println!("{line}");
        }
    });
    let code = play(args, printer.clone()).await;
    // What was sent before is still printed.
    printer.close();
    printed.await.unwrap();
    ExitCode::from(code)
}

async fn play(args: Args, printer: Sender<String>) -> u8 {
    let say = |line: String| printer.try_send(line).unwrap();
    say("--- Retries and a dead-letter queue ---".to_owned());
    let start = Instant::now();
    let (queue, jobs) = async_channel::bounded(args.capacity.into());
    let (ledger, entries) = async_channel::unbounded();
    let pool = Pool { ledger, printer: printer.clone(), start, args };
    tokio::spawn(produce(queue.clone(), pool.clone()));
    for id in 1..=args.workers {
        tokio::spawn(work(id, jobs.clone(), pool.clone()));
    }

    let (first, overflow) = keep_books(args.jobs as usize, &entries, &queue, &pool).await;
    for (item, failures) in &first {
        let times: Vec<_> =
            failures.iter().map(|(_, at)| format!("{:.3}", (*at - start).as_secs_f64())).collect();
        let (attempts, reason) = (times.len(), failures[0].0);
        let times = times.join(", ");
        say(format!(
            "Dead letter: item_{item} ({reason}; attempts: {attempts}; failed at {times} s)"
        ));
    }
    if overflow {
        return 3;
    }
    let mut dead = first.len();
    if args.redrive {
        for &item in first.keys() {
            queue.send(Job { item, attempt: 1, redriven: true }).await.unwrap();
        }
        let (second, overflow) = keep_books(first.len(), &entries, &queue, &pool).await;
        if overflow {
            return 3;
        }
        for item in first.keys() {
            let fate = if second.contains_key(item) { "dead again" } else { "processed" };
            say(format!("Redriven: item_{item} {fate}"));
        }
        dead = second.len();
    }
    let processed = args.jobs as usize - dead;
    let elapsed = start.elapsed().as_secs_f64();
    say(format!("Processed {processed} jobs in {elapsed:.1} seconds, dead letters: {dead}"));
    0
}

/// Puts every job into the queue.
async fn produce(queue: Sender<Job>, pool: Pool) {
    for item in 1..=pool.args.jobs {
        if !pool.args.full {
            sleep(random_time(50..=150, item, 0, pool.args)).await;
        }
        queue.send(Job { item, attempt: 1, redriven: false }).await.unwrap();
        pool.say(format!("[Producer] Added: item_{item}"));
    }
}

type Letters = BTreeMap<u32, Vec<(Reason, Instant)>>;

/// Enters each attempt that is over, until so many jobs are finished, and gives the dead letters.
async fn keep_books(
    mut unfinished: usize,
    entries: &Receiver<(Job, Result<(), Reason>)>,
    queue: &Sender<Job>,
    pool: &Pool,
) -> (Letters, bool) {
    let (mut book, mut dead) = (Letters::new(), Letters::new());
    while unfinished > 0 {
        let (job, outcome) = entries.recv().await.unwrap();
        let Err(reason) = outcome else {
            book.remove(&job.item);
            unfinished -= 1;
            continue;
        };
        let failures = book.entry(job.item).or_default();
        failures.push((reason, Instant::now()));
        if matches!(reason, Reason::TimedOut) && job.attempt < pool.args.max_attempts {
            let due = Instant::now() + BASE * 2u32.pow(job.attempt - 1) + jitter(&job, pool.args);
            let queue = queue.clone();
            tokio::spawn(async move {
                sleep_until(due).await;
                queue.send(Job { attempt: job.attempt + 1, ..job }).await.unwrap();
            });
            continue;
        }
        unfinished -= 1;
        if pool.args.dlq_capacity.is_some_and(|capacity| dead.len() == capacity as usize) {
            pool.say(format!("Dead-letter queue is full: item_{}", job.item));
            return (dead, true);
        }
        dead.insert(job.item, std::mem::take(failures));
    }
    (dead, false)
}

async fn work(id: u32, jobs: Receiver<Job>, pool: Pool) {
    while let Ok(job) = jobs.recv().await {
        let (hand, handed) = oneshot::channel();
        let desk = pool.clone();
        tokio::spawn(async move {
            let outcome = attempt(id, &job, &desk).await;
            let _ = hand.send((job, outcome));
        });
        pool.ledger.send(handed.await.unwrap()).await.unwrap();
    }
}

/// The shortest pause before a retry.
const BASE: Duration = Duration::from_millis(200);

/// What all workers share.
#[derive(Clone)]
struct Pool {
    ledger: Sender<(Job, Result<(), Reason>)>,
    printer: Sender<String>,
    start: Instant,
    args: Args,
}

impl Pool {
    fn say(&self, line: String) {
        // It is closed when the program is about to end.
        let _ = self.printer.try_send(line);
    }
}

/// An item, and the number of the attempt that comes next.
struct Job {
    item: u32,
    attempt: u32,
    /// Whether it has been a dead letter
    redriven: bool,
}

/// Tries a job once. In real life this would be a call to a server.
async fn attempt(id: u32, job: &Job, pool: &Pool) -> Result<(), Reason> {
    let Job { item, attempt, .. } = *job;
    let now = || pool.start.elapsed().as_secs_f64();
    if attempt > 1 {
        pool.say(format!(
            "[Worker-{id}] Retrying: item_{item} (attempt {attempt} at {:.3} s)",
            now()
        ));
    }
    let outcome = outcome(job, pool.args);
    sleep(time(outcome, item, pool.args)).await;
    let end = format!("item_{item} (attempt {attempt} at {:.3} s", now());
    match outcome {
        Ok(()) => pool.say(format!("[Worker-{id}] Processed: {end})")),
        Err(reason) => pool.say(format!("[Worker-{id}] Failed: {end}: {reason})")),
    }
    outcome
}
