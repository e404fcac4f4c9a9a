//! No queue: one state behind a lock, and a `watch` that tells everybody of each change.
//! A worker sleeps until the earliest retry.

mod plumbing;
use plumbing::{Args, Reason, jitter, outcome, random_time, time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep, sleep_until};

struct Pool {
    start: Instant,
    args: Args,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    new: VecDeque<Job>,
    again: BTreeMap<u64, Job>,
    due: BinaryHeap<Reverse<(Instant, u64)>>,
    tickets: u64,
    open: u32,
    processed: u32,
    dead: BTreeMap<u32, Job>,
    overflow: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Retries and a dead-letter queue ---");
    let state = Mutex::new(State { open: args.jobs, ..State::default() });
    let pool = Arc::new(Pool { start: Instant::now(), args, state, changed: watch::channel(0).0 });
    tokio::spawn(produce(pool.clone()));
    for id in 1..=args.workers {
        let pool = pool.clone();
        tokio::spawn(async move {
            while let Some(job) = pool.take().await {
                let result = attempt(id, &job, &pool).await;
                pool.put_back(job, result);
            }
        });
    }
    let full = pool.all_finished().await;
    let first = std::mem::take(&mut pool.state.lock().unwrap().dead);
    first.values().for_each(tell_letter);
    if full {
        return ExitCode::from(3);
    }
    let mut dead = first.len();
    if args.redrive && !first.is_empty() {
        {
            let mut state = pool.state.lock().unwrap();
            state.open = first.len() as u32;
            state.new.extend(first.keys().map(|item| new_job(*item, true)));
        }
        pool.tell();
        if pool.all_finished().await {
            return ExitCode::from(3);
        }
        let state = pool.state.lock().unwrap();
        first.keys().for_each(|item| tell_redriven(*item, state.dead.contains_key(item)));
        dead = state.dead.len();
    }
    let processed = pool.state.lock().unwrap().processed;
    println!(
        "Processed {processed} jobs in {:.1} seconds, dead letters: {dead}",
        pool.start.elapsed().as_secs_f64()
    );
    ExitCode::SUCCESS
}

async fn produce(pool: Arc<Pool>) {
    for item in 1..=pool.args.jobs {
        if !pool.args.full {
            sleep(random_time(50..=150, item, 0, pool.args)).await;
        }
        let mut changes = pool.changed.subscribe();
        loop {
            {
                let mut state = pool.state.lock().unwrap();
                if state.new.len() < usize::from(pool.args.capacity) {
                    state.new.push_back(new_job(item, false));
                    break;
                }
            }
            changes.changed().await.unwrap();
        }
        println!("[Producer] Added: item_{item}");
        pool.tell();
    }
}

impl Pool {
    fn tell(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    async fn take(&self) -> Option<Job> {
        let mut changes = self.changed.subscribe();
        loop {
            let earliest = {
                let mut state = self.state.lock().unwrap();
                if state.overflow {
                    return None;
                }
                let earliest = state.due.peek().map(|Reverse((at, _))| *at);
                if earliest.is_some_and(|at| at <= Instant::now()) {
                    let Reverse((_, ticket)) = state.due.pop().unwrap();
                    return state.again.remove(&ticket);
                }
                if let Some(job) = state.new.pop_front() {
                    drop(state);
                    self.tell();
                    return Some(job);
                }
                earliest
            };
            match earliest {
                Some(at) => tokio::select! {
                    _ = changes.changed() => {}
                    () = sleep_until(at) => {}
                },
                None => changes.changed().await.unwrap(),
            }
        }
    }

    fn put_back(&self, mut job: Job, result: Result<(), Reason>) {
        {
            let mut state = self.state.lock().unwrap();
            match result {
                Ok(()) => {
                    state.processed += 1;
                    state.open -= 1;
                }
                Err(reason) => {
                    job.failures.push((reason, self.start.elapsed()));
                    if !is_given_up(&job, reason, self.args) {
                        let at = Instant::now() + pause(&job, self.args);
                        job.attempt += 1;
                        state.tickets += 1;
                        let ticket = state.tickets;
                        state.due.push(Reverse((at, ticket)));
                        state.again.insert(ticket, job);
                    } else if self.args.dlq_capacity.is_none_or(|n| (state.dead.len() as u32) < n) {
                        state.dead.insert(job.item, job);
                        state.open -= 1;
                    } else {
                        println!("Dead-letter queue is full: item_{}", job.item);
                        state.overflow = true;
                    }
                }
            }
        }
        self.tell();
    }

    /// Whether a letter found no room.
    async fn all_finished(&self) -> bool {
        let mut changes = self.changed.subscribe();
        loop {
            {
                let state = self.state.lock().unwrap();
                if state.overflow || state.open == 0 {
                    return state.overflow;
                }
            }
            changes.changed().await.unwrap();
        }
    }
}

/// An item, and the number of the attempt that comes next.
#[derive(Clone)]
struct Job {
    item: u32,
    attempt: u32,
    /// Whether it has been a dead letter
    redriven: bool,
    failures: Vec<(Reason, Duration)>,
}

fn new_job(item: u32, redriven: bool) -> Job {
    Job { item, attempt: 1, redriven, failures: Vec::new() }
}

fn pause(job: &Job, args: Args) -> Duration {
    Duration::from_millis(200) * (1 << (job.attempt - 1)) + jitter(job, args)
}

fn is_given_up(job: &Job, reason: Reason, args: Args) -> bool {
    match reason {
        Reason::Malformed => true,
        Reason::TimedOut => job.attempt >= args.max_attempts,
    }
}

fn tell_letter(job: &Job) {
    let mut times = String::new();
    for (n, (_, at)) in job.failures.iter().enumerate() {
        if n > 0 {
            times.push_str(", ");
        }
        times.push_str(&format!("{:.3}", at.as_secs_f64()));
    }
    let reason = job.failures.last().unwrap().0;
    println!(
        "Dead letter: item_{} ({reason}; attempts: {}; failed at {times} s)",
        job.item,
        job.failures.len()
    );
}

fn tell_redriven(item: u32, dead_again: bool) {
    println!("Redriven: item_{item} {}", if dead_again { "dead again" } else { "processed" });
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
