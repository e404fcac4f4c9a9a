//! Right in another way: one task prints for all, and waits are sent to `main`. The end is a stop sign for each worker,
//! which stands behind all jobs.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Duration, Instant, sleep};

/// Smaller goes first: stop signs last, then due, then the priority turned round, then the number.
type Place = (bool, Option<Duration>, Reverse<u32>, u32);

struct Queue {
    heap: Mutex<BinaryHeap<Reverse<(Place, Option<Job>)>>>,
    filled: Semaphore,
    free: Semaphore,
}

impl Queue {
    async fn add(&self, job: Job) {
        self.free.acquire().await.unwrap().forget();
        self.put((false, job.due, Reverse(job.priority), job.number), Some(job));
    }

    fn stop(&self, id: u32) {
        self.put((true, None, Reverse(0), id), None);
    }

    fn put(&self, place: Place, job: Option<Job>) {
        self.heap.lock().unwrap().push(Reverse((place, job)));
        self.filled.add_permits(1);
    }

    async fn take(&self, args: Args) -> Option<Job> {
        self.filled.acquire().await.unwrap().forget();
        let mut heap = self.heap.lock().unwrap();
        let late = heap
            .iter()
            .filter_map(|Reverse((_, job))| *job)
            .filter(|job| args.is_overdue(job.made.elapsed()))
            .min_by_key(|job| job.number);
        if let Some(late) = late {
            let mut rest = std::mem::take(&mut *heap).into_vec();
            rest.retain(|Reverse((_, job))| *job != Some(late));
            *heap = rest.into();
            self.free.add_permits(1);
            return Some(late);
        }
        let Reverse((_, job)) = heap.pop()?;
        self.free.add_permits(usize::from(job.is_some()));
        job
    }
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let start = Instant::now();
    let (say, mut said) = mpsc::unbounded_channel::<String>();
    let printer = tokio::spawn(async move {
        println!("--- A priority queue between a producer and its workers ---");
        while let Some(line) = said.recv().await {
            println!("{line}");
        }
    });
    let places = args.capacity.map_or(100_000, usize::from);
    let queue = Arc::new(Queue {
        heap: Mutex::default(),
        filled: Semaphore::new(0),
        free: Semaphore::new(places),
    });
    let (told, mut waits) = mpsc::unbounded_channel();
    for id in 1..=args.workers {
        tokio::spawn(work(id, queue.clone(), say.clone(), told.clone(), args));
    }
    drop(told);

    let total = args.jobs + args.flood;
    for number in 1..=total {
        sleep(random_time(100..=240, number, args)).await;
        let job = Job::new(number, start, args);
        queue.add(job).await;
        say.send(format!("[Producer] Added {job}")).unwrap();
    }
    for id in 1..=args.workers {
        queue.stop(id);
    }
    let (mut processed, mut longest) = (0, None);
    while let Some((wait, job)) = waits.recv().await {
        processed += 1;
        longest = longest.max(Some((wait, job)));
    }
    if let Some((wait, job)) = longest {
        let wait = wait.as_secs_f64();
        say.send(format!("The longest wait was {wait:.1} seconds: {job}")).unwrap();
    }
    let (elapsed, workers) = (start.elapsed().as_secs_f64(), args.workers);
    say.send(format!("Processed {processed} jobs in {elapsed:.1} seconds with {workers} workers"))
        .unwrap();
    drop(say);
    printer.await.unwrap();
}

async fn work(
    id: u32,
    queue: Arc<Queue>,
    say: mpsc::UnboundedSender<String>,
    told: mpsc::UnboundedSender<(Duration, Job)>,
    args: Args,
) {
    while let Some(job) = queue.take(args).await {
        let wait = job.made.elapsed();
        say.send(format!("[Worker-{id}] Took {job} after {:.1} seconds", wait.as_secs_f64()))
            .unwrap();
        if args.is_overdue(wait) {
            say.send(format!("[Worker-{id}] Promoted {job}")).unwrap();
        }
        sleep(random_time(200..=600, job.number, args)).await;
        say.send(format!("[Worker-{id}] Processed {job}")).unwrap();
        told.send((wait, job)).unwrap();
    }
}

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
