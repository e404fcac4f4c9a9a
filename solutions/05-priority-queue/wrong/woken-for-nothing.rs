//! A worker that finds the heap empty waits for one notice, and believes it. `notify_one` has kept a notice of
//! a job that is long gone, so the worker finds nothing and leaves.
//! refused by: alter-1, fix-1, fix-2

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- A priority queue between a producer and its workers ---");
    let start = Instant::now();

    let queue = Arc::new(Queue::new(args));
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
        if args.is_overdue(wait) {
            println!("[Worker-{id}] Promoted {job}");
        }
        println!("[Worker-{id}] Took {job} after {:.1} seconds", wait.as_secs_f64());
        sleep(random_time(200..=600, job.number, args)).await;
        println!("[Worker-{id}] Processed {job}");
        waits.push((wait, job));
    }
    println!("[Worker-{id}] Shutting down");
    waits
}

/// A heap, a semaphore with a permit for each job in it, and one with a permit for each free place: so a
/// worker waits for a job, and the producer for room, without looking.
struct Queue {
    heap: Mutex<BinaryHeap<Job>>,
    news: Notify,
    closed: AtomicBool,
    free: Semaphore,
    args: Args,
}

impl Queue {
    fn new(args: Args) -> Queue {
        let places = args.capacity.map_or(Semaphore::MAX_PERMITS, usize::from);
        let (news, closed) = (Notify::new(), AtomicBool::new(false));
        Queue { heap: Mutex::default(), news, closed, free: Semaphore::new(places), args }
    }

    async fn add(&self, job: Job) {
        self.free.acquire().await.unwrap().forget();
        self.heap.lock().unwrap().push(job);
        self.news.notify_one();
    }

    /// The job that goes first; none when the queue is closed and empty.
    async fn take(&self) -> Option<Job> {
        if self.heap.lock().unwrap().is_empty() && !self.closed.load(SeqCst) {
            self.news.notified().await;
        }
        let job = self.choose()?;
        self.free.add_permits(1);
        Some(job)
    }

    /// The oldest job if it has waited too long, and else the first of the heap.
    fn choose(&self) -> Option<Job> {
        let mut heap = self.heap.lock().unwrap();
        let oldest = heap.iter().min_by_key(|job| job.number).copied()?;
        if self.args.is_overdue(oldest.made.elapsed()) {
            // This looks at the whole heap. A second queue in order of age would be faster.
            heap.retain(|job| *job != oldest);
            return Some(oldest);
        }
        heap.pop()
    }

    fn close(&self) {
        self.closed.store(true, SeqCst);
        self.news.notify_waiters();
    }
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

/// Random, and yet always the same for a seed, a job and a range: whoever takes the job, and when.
fn random(range: RangeInclusive<u32>, number: u32, args: Args) -> u32 {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + u64::from(*range.end()));
    rng.set_stream(number.into());
    rng.random_range(range)
}

fn random_time(millis: RangeInclusive<u32>, number: u32, args: Args) -> Duration {
    Duration::from_millis(random(millis, number, args).into())
}

/// Jobs of several priorities, a heap, and the workers that take the most urgent one.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many jobs the producer adds
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    jobs: u32,
    /// How many workers take them
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1000))]
    workers: u32,
    /// How many priorities there are: 1 is the lowest
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    levels: u32,
    /// How many jobs of the highest priority come after the others
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    flood: u32,
    /// How many jobs the queue holds
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    capacity: Option<u16>,
    /// After how many milliseconds of waiting a job goes before all others
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=600_000))]
    max_wait: Option<u32>,
    /// Jobs have a time at which they are due, and no priority
    #[arg(long, conflicts_with_all = ["levels", "flood", "max_wait"])]
    deadlines: bool,
    /// Other seeds give other times
    #[arg(long, default_value_t = 257)]
    seed: u32,
}

impl Args {
    fn is_overdue(&self, wait: Duration) -> bool {
        self.max_wait.is_some_and(|max_wait| wait.as_millis() >= max_wait.into())
    }
}
