//! Right in another way: the queue is made by hand, of two deques under a lock and semaphores that count
//! the jobs and the room. Each worker has a keeper that starts it again after a panic.

mod batch;
mod plumbing;

use plumbing::{Args, Job};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use std::collections::{BTreeMap, VecDeque};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
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
        (1..=crew).map(|id| tokio::spawn(keep(id, queue.clone(), ledger.clone()))).collect();
    let producer = tokio::spawn(produce(queue.clone(), args.jobs()));

    producer.await.unwrap();
    queue.close();
    for keeper in keepers {
        keeper.await.unwrap();
    }

    let mut ledger = std::mem::take(&mut *ledger.lock().unwrap());
    let share = ledger.busy.as_secs_f64() / (start.elapsed().as_secs_f64() * f64::from(crew));
    println!("Workers were busy {:.0}% of the time", share * 100.0);
    if args.dead_letters {
        ledger.processed += retry(std::mem::take(&mut ledger.failed)).await;
    }
    let (processed, elapsed) = (ledger.processed, start.elapsed().as_secs_f64());
    println!("Processed {processed} jobs in {elapsed:.1} seconds with {crew} workers");

    batch::run(args.workers, args.batch()).await;
    if ledger.lost == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

async fn produce(queue: Arc<Queue>, jobs: Vec<Job>) {
    let total = jobs.len();
    for job in jobs {
        sleep(job.pause).await;
        let lane = if job.is_urgent { URGENT } else { NORMAL };
        queue.put(lane, job).await;
        println!("[Producer] Added job: {job}");
    }
    println!("[Producer] Done — added {total} jobs total");
}

/// Starts a worker, and another one of the same name when it has panicked.
async fn keep(id: u32, queue: Arc<Queue>, ledger: Arc<Mutex<Ledger>>) {
    while tokio::spawn(work(id, queue.clone(), ledger.clone())).await.is_err() {
        let mut ledger = ledger.lock().unwrap();
        let job = ledger.in_hand.remove(&id).unwrap();
        ledger.lost += 1;
        println!("lost: {job} (Worker-{id} panicked)");
    }
    println!("[Worker-{id}] Shutting down");
}

async fn work(id: u32, queue: Arc<Queue>, ledger: Arc<Mutex<Ledger>>) {
    while let Some(job) = queue.take().await {
        ledger.lock().unwrap().in_hand.insert(id, job);
        let worked = process(id, job).await;
        let mut ledger = ledger.lock().unwrap();
        ledger.in_hand.remove(&id);
        ledger.busy += job.time;
        match worked {
            true => ledger.processed += 1,
            false => ledger.failed.push(job),
        }
    }
}

/// Does one job, and tells whether it went well.
async fn process(id: u32, job: Job) -> bool {
    sleep(job.time).await;
    if job.panics {
        panic!("{job} went wrong");
    }
    if job.failures > 0 {
        println!("[Worker-{id}] Failed: {job}");
        return false;
    }
    println!("[Worker-{id}] Processed: {job} (took {:.1}s)", job.time.as_secs_f64());
    true
}

/// Lists the jobs that failed, tries each once more, and tells how many worked.
async fn retry(mut failed: Vec<Job>) -> u32 {
    failed.sort_by_key(|job| job.number);
    let names: Vec<_> = failed.iter().map(Job::to_string).collect();
    println!("Dead letters: {}", if names.is_empty() { "none".into() } else { names.join(", ") });
    let mut processed = 0;
    for job in failed {
        sleep(job.time).await;
        if job.failures > 1 {
            println!("[Retry] Failed: {job}");
        } else {
            println!("[Retry] Processed: {job} (took {:.1}s)", job.time.as_secs_f64());
            processed += 1;
        }
    }
    processed
}
