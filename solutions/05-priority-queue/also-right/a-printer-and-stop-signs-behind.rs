//! Right in another way: one task prints for all, and waits are sent to `main`. The end is a stop sign for each worker,
//! which stands behind all jobs.

mod plumbing;

use plumbing::{Args, random, random_time};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Duration, Instant, sleep};

/// Smaller goes first: stop signs last, then due, then the priority turned round, then the number.
type Place = (bool, Option<Duration>, Reverse<u32>, u32);

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
    let places = args.capacity.map_or(Semaphore::MAX_PERMITS, usize::from);
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

impl Args {
    fn is_overdue(&self, wait: Duration) -> bool {
        self.max_wait.is_some_and(|max_wait| wait.as_millis() >= max_wait.into())
    }
}
