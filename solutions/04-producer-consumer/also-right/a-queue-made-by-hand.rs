//! Right in another way: the queue is made by hand, of two deques under a lock and semaphores that count
//! the jobs and the room. Each worker has a keeper that starts it again after a panic.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::println;
use rehearsal::tokio;
use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Duration, Instant, sleep};

/// A queue with two lanes, each with room for so many jobs.
struct Queue {
    lanes: Mutex<[VecDeque<Job>; 2]>,
    jobs: Semaphore,
    room: [Semaphore; 2],
}

const URGENT: usize = 0;
const NORMAL: usize = 1;

impl Queue {
    fn new(capacity: usize) -> Queue {
        Queue {
            lanes: Mutex::new([VecDeque::new(), VecDeque::new()]),
            jobs: Semaphore::new(0),
            room: [Semaphore::new(capacity), Semaphore::new(capacity)],
        }
    }

    async fn put(&self, lane: usize, job: Job) {
        self.room[lane].acquire().await.unwrap().forget();
        self.lanes.lock().unwrap()[lane].push_back(job);
        self.jobs.add_permits(1);
    }

    /// The next job, an urgent one first; nothing when the queue is closed and empty.
    async fn take(&self) -> Option<Job> {
        if let Ok(permit) = self.jobs.acquire().await {
            permit.forget();
        }
        let mut lanes = self.lanes.lock().unwrap();
        for lane in [URGENT, NORMAL] {
            if let Some(job) = lanes[lane].pop_front() {
                self.room[lane].add_permits(1);
                return Some(job);
            }
        }
        None
    }

    /// Whoever waits for a job is woken, and finds what is left.
    fn close(&self) {
        self.jobs.close();
    }
}

/// What became of the jobs.
#[derive(Default)]
struct Ledger {
    in_hand: BTreeMap<u32, Job>,
    processed: u32,
    failed: Vec<Job>,
    lost: u32,
    busy: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- Producer-consumer with a bounded queue ---");
    let start = Instant::now();

    let crew = args.workers + args.helpers;
    let queue = Arc::new(Queue::new(args.capacity.into()));
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let keepers: Vec<_> =
        (1..=crew).map(|id| tokio::spawn(keep(id, queue.clone(), ledger.clone(), args))).collect();
    let producer = tokio::spawn(produce(queue.clone(), args));

    producer.await.unwrap();
    queue.close();
    for keeper in keepers {
        keeper.await.unwrap();
    }

    let mut ledger = std::mem::take(&mut *ledger.lock().unwrap());
    let share = ledger.busy.as_secs_f64() / (start.elapsed().as_secs_f64() * f64::from(crew));
    println!("Workers were busy {:.0}% of the time", share * 100.0);
    if args.dead_letters {
        ledger.processed += retry(std::mem::take(&mut ledger.failed), args).await;
    }
    let (processed, elapsed) = (ledger.processed, start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    run_batch(args).await;
    if ledger.lost == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

async fn produce(queue: Arc<Queue>, args: Args) {
    for job in 1..=args.jobs {
        sleep(random_time(50..=150, job, args)).await;
        let lane = if every(args.priority, job) { URGENT } else { NORMAL };
        queue.put(lane, job).await;
        println!("[Producer] Added job: {}", name(job, args));
    }
    println!("[Producer] Done — added {} jobs total", args.jobs);
}

/// Starts a worker, and another one of the same name when it has panicked.
async fn keep(id: u32, queue: Arc<Queue>, ledger: Arc<Mutex<Ledger>>, args: Args) {
    while tokio::spawn(work(id, queue.clone(), ledger.clone(), args)).await.is_err() {
        let mut ledger = ledger.lock().unwrap();
        let job = ledger.in_hand.remove(&id).unwrap();
        ledger.lost += 1;
        println!("lost: {} (Worker-{id} panicked)", name(job, args));
    }
    println!("[Worker-{id}] Shutting down");
}

async fn work(id: u32, queue: Arc<Queue>, ledger: Arc<Mutex<Ledger>>, args: Args) {
    while let Some(job) = queue.take().await {
        ledger.lock().unwrap().in_hand.insert(id, job);
        let worked = process(id, job, args).await;
        let mut ledger = ledger.lock().unwrap();
        ledger.in_hand.remove(&id);
        ledger.busy += random_time(200..=1000, job, args);
        match worked {
            true => ledger.processed += 1,
            false => ledger.failed.push(job),
        }
    }
}

/// Does one job, and tells whether it went well.
async fn process(id: u32, job: Job, args: Args) -> bool {
    let name = name(job, args);
    let time = random_time(200..=1000, job, args);
    sleep(time).await;
    if every(args.panic, job) {
        panic!("{name} went wrong");
    }
    if every(args.fail, job) {
        println!("[Worker-{id}] Failed: {name}");
        return false;
    }
    println!("[Worker-{id}] Processed: {name} (took {:.1}s)", time.as_secs_f64());
    true
}

/// Lists the jobs that failed, tries each once more, and tells how many worked.
async fn retry(mut failed: Vec<Job>, args: Args) -> u32 {
    failed.sort();
    let names: Vec<_> = failed.iter().map(|&job| name(job, args)).collect();
    println!("Dead letters: {}", if names.is_empty() { "none".into() } else { names.join(", ") });
    let mut processed = 0;
    for (job, name) in failed.into_iter().zip(names) {
        let time = random_time(200..=1000, job, args);
        sleep(time).await;
        if every(args.fail.map(|nth| 2 * nth), job) {
            println!("[Retry] Failed: {name}");
        } else {
            println!("[Retry] Processed: {name} (took {:.1}s)", time.as_secs_f64());
            processed += 1;
        }
    }
    processed
}

async fn run_batch(args: Args) {
    println!("--- A batch of {} more jobs ---", args.batch);
    let start = Instant::now();

    let jobs: VecDeque<Job> = (args.jobs + 1..=args.jobs + args.batch).collect();
    let jobs = Arc::new(Mutex::new(jobs));
    let done = Arc::new((Mutex::new(0), Notify::new()));
    for id in 1..=args.workers {
        let (jobs, done) = (jobs.clone(), done.clone());
        tokio::spawn(async move {
            loop {
                let Some(job) = jobs.lock().unwrap().pop_front() else { break };
                let result = tokio::spawn(process(id, job, args)).await;
                if result.is_err() {
                    println!("lost: {} (Worker-{id} panicked)", name(job, args));
                }
                *done.0.lock().unwrap() += 1;
                done.1.notify_one();
            }
        });
    }
    while *done.0.lock().unwrap() < args.batch {
        done.1.notified().await;
    }

    let elapsed = start.elapsed().as_secs_f64();
    println!("Finished the batch in {elapsed:.1} seconds");
}

/// A job is known by its number.
type Job = u32;

fn name(job: Job, args: Args) -> String {
    let kind = if every(args.priority, job) { "urgent" } else { "process" };
    format!("{kind}_item_{job}")
}

fn every(nth: Option<u32>, job: Job) -> bool {
    nth.is_some_and(|nth| job.is_multiple_of(nth))
}

/// Random, and yet always the same for a seed, a job and a range: whoever takes the job, and when.
fn random_time(millis: RangeInclusive<u64>, job: Job, args: Args) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(args.seed) + millis.end());
    rng.set_stream(job.into());
    Duration::from_millis(rng.random_range(millis))
}

/// Twenty jobs, three workers, and one bounded queue between them.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many jobs the producer adds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    jobs: u32,
    /// How many workers take them
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    workers: u32,
    /// How many more workers there are, whom nobody counts
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    helpers: u32,
    /// How many jobs the queue holds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    capacity: u16,
    /// How many jobs the second part has
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1000))]
    batch: u32,
    /// Every K-th job is urgent
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    priority: Option<u32>,
    /// Every K-th job fails
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    fail: Option<u32>,
    /// Every K-th job panics
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    panic: Option<u32>,
    /// Keep the jobs that fail
    #[arg(long)]
    dead_letters: bool,
    /// Other seeds give other times
    #[arg(long, default_value_t = 257)]
    seed: u32,
}
