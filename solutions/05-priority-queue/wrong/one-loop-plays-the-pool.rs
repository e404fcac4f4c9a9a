//! One loop plays the producer and all workers: nobody works at the same time as another.
//! refused by: alter-1, fix-1, fix-2

mod plumbing;

use plumbing::{Args, random, random_time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use tokio::time::{Duration, Instant};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- A priority queue between a producer and its workers ---");
    let start = Instant::now();
    let total = args.jobs + args.flood;
    let places = args.capacity.map_or(usize::MAX, usize::from);
    let mut heap: BinaryHeap<Job> = BinaryHeap::new();
    let mut workers: Vec<Option<(Instant, Duration, Job)>> = vec![None; args.workers as usize];
    let mut waits = Vec::new();
    let mut number = 1;
    let mut outside = None;
    let mut ready = Some(start + random_time(100..=240, 1, args));
    loop {
        if outside.is_none() && ready.is_some_and(|ready| ready <= Instant::now()) {
            outside = Some(Job::new(number, start, args));
            ready = None;
        }
        if let Some(job) = outside.filter(|_| heap.len() < places) {
            outside = None;
            heap.push(job);
            println!("[Producer] Added {job}");
            number += 1;
            if number <= total {
                ready = Some(Instant::now() + random_time(100..=240, number, args));
            }
        }
        for (worker, id) in workers.iter_mut().zip(1..) {
            if let Some((_, wait, job)) = worker.filter(|(until, ..)| *until <= Instant::now()) {
                println!("[Worker-{id}] Processed {job}");
                waits.push((wait, job));
                *worker = None;
            }
            if worker.is_none()
                && let Some(job) = choose(&mut heap, args)
            {
                let wait = job.made.elapsed();
                if args.is_overdue(wait) {
                    println!("[Worker-{id}] Promoted {job}");
                }
                println!("[Worker-{id}] Took {job} after {:.1} seconds", wait.as_secs_f64());
                let time = random_time(200..=600, job.number, args);
                *worker = Some((Instant::now() + time, wait, job));
            }
        }
        if outside.is_some() && heap.len() < places {
            continue;
        }
        let ends = workers.iter().flatten().map(|(until, ..)| *until);
        let Some(next) = ends.chain(ready).min() else { break };
        tokio::time::sleep_until(next).await;
    }
    if let Some((wait, job)) = waits.iter().max_by_key(|(wait, _)| wait) {
        println!("The longest wait was {:.1} seconds: {job}", wait.as_secs_f64());
    }
    let (processed, elapsed) = (waits.len(), start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {} workers", args.workers);
}

fn choose(heap: &mut BinaryHeap<Job>, args: Args) -> Option<Job> {
    let oldest = heap.iter().min_by_key(|job| job.number).copied()?;
    if args.is_overdue(oldest.made.elapsed()) {
        heap.retain(|job| *job != oldest);
        return Some(oldest);
    }
    heap.pop()
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Job {
    priority: u32,
    number: u32,
    due: Option<Duration>,
    made: Instant,
}

/// The heap gives the greatest job first: the one that is due first, or the one of the highest priority.
/// Of equals it is the one that was made first.
impl Ord for Job {
    fn cmp(&self, other: &Job) -> Ordering {
        let by_due = other.due.cmp(&self.due);
        by_due.then(self.priority.cmp(&other.priority)).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Job) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Job {
    fn new(number: u32, start: Instant, args: Args) -> Job {
        let flood = number > args.jobs;
        let priority = if flood { args.levels } else { random(1..=args.levels, number, args) };
        let due = start.elapsed() + random_time(500..=3210, number, args);
        Job { priority, number, due: args.deadlines.then_some(due), made: Instant::now() }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.due {
            None => write!(f, "job_{} (priority {})", self.number, self.priority),
            Some(due) => write!(f, "job_{} (due at {:.3}s)", self.number, due.as_secs_f64()),
        }
    }
}

impl Args {
    fn is_overdue(&self, wait: Duration) -> bool {
        self.max_wait.is_some_and(|max_wait| wait.as_millis() >= max_wait.into())
    }
}
