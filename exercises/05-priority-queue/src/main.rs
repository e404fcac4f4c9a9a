//! Jobs of several priorities, a heap, and the workers that take the most urgent one.

mod plumbing;

use plumbing::{Args, random, random_time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- A priority queue between a producer and its workers ---");
    let start = Instant::now();

    let queue = Arc::new(Queue::new());
    let producer = tokio::spawn(produce(queue.clone(), args));
    let workers: Vec<_> =
        (1..=args.workers).map(|id| tokio::spawn(work(id, queue.clone(), args))).collect();

    producer.await.unwrap();
    queue.close();
    let mut waits = Vec::new();
    for worker in workers {
        waits.extend(worker.await.unwrap());
    }
    if let Some((wait, job)) = waits.iter().max_by_key(|(wait, _)| wait) {
        println!("The longest wait was {:.1} seconds: {job}", wait.as_secs_f64());
    }
    let (processed, elapsed) = (waits.len(), start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {} workers", args.workers);
}

/// Makes every job, and adds it to the queue.
async fn produce(queue: Arc<Queue>, args: Args) {
    let start = Instant::now();
    for number in 1..=args.jobs + args.flood {
        sleep(random_time(100..=240, number, args)).await;
        let job = Job::new(number, start, args);
        queue.add(job).await;
        println!("[Producer] Added {job}");
    }
    println!("[Producer] Done — added {} jobs total", args.jobs + args.flood);
}

/// Takes jobs until the queue is closed and empty, and tells how long each had waited.
async fn work(id: u32, queue: Arc<Queue>, args: Args) -> Vec<(Duration, Job)> {
    let mut waits = Vec::new();
    while let Some(job) = queue.take().await {
        let wait = job.made.elapsed();
        println!("[Worker-{id}] Took {job} after {:.1} seconds", wait.as_secs_f64());
        sleep(random_time(200..=600, job.number, args)).await;
        println!("[Worker-{id}] Processed {job}");
        waits.push((wait, job));
    }
    println!("[Worker-{id}] Shutting down");
    waits
}

/// A heap, and a semaphore with a permit for each job in it: so a worker waits for a job without looking.
struct Queue {
    heap: Mutex<BinaryHeap<Job>>,
    filled: Semaphore,
}

impl Queue {
    fn new() -> Queue {
        Queue { heap: Mutex::default(), filled: Semaphore::new(0) }
    }

    async fn add(&self, job: Job) {
        // TODO(fix-1): nobody ever waits for room, so the heap can grow without end.
        self.heap.lock().unwrap().push(job);
        self.filled.add_permits(1);
    }

    /// The job that goes first; none when the queue is closed and empty.
    async fn take(&self) -> Option<Job> {
        // An error says that the queue is closed: nobody has to wait for what is left in it.
        if let Ok(permit) = self.filled.acquire().await {
            permit.forget();
        }
        // TODO(fix-2): however long a job has waited, an urgent one overtakes it.
        self.heap.lock().unwrap().pop()
    }

    fn close(&self) {
        self.filled.close();
    }
}

/// The heap gives the greatest job first, and derived `Ord` compares field by field, from the top.
// TODO(alter-1): of two jobs of the same priority, the heap gives the later one first.
// TODO(alter-2): with `--deadlines` the job that is due first should go first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Job {
    priority: u32,
    number: u32,
    due: Option<Duration>,
    made: Instant,
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
