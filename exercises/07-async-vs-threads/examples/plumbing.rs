//! What all the pools share: the jobs, the tally and the flags. No task needs a change here.

use clap::{Parser, ValueEnum};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// A job is known by its number.
pub(crate) type Job = u64;

/// What a job does with its time.
#[derive(Debug)]
pub(crate) enum Kind {
    /// It waits for somebody else: a server, a database.
    Request,
    /// It computes.
    Hash,
    /// It waits as well, in a call that comes back when all is read.
    File,
}

pub(crate) fn kind(job: Job, args: Args) -> Kind {
    match args.work {
        _ if args.blocking.is_some_and(|nth| job.is_multiple_of(nth)) => Kind::File,
        Work::Io => Kind::Request,
        Work::Cpu => Kind::Hash,
        Work::Mixed if job.is_multiple_of(2) => Kind::Hash,
        Work::Mixed => Kind::Request,
    }
}

/// A job's own time: random, and yet always the same.
pub(crate) fn time(job: Job) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    rng.set_stream(job);
    Duration::from_millis(rng.random_range(100..=400))
}

/// A call that blocks, as those of `std::fs` do: a stand-in for a slow disk.
pub(crate) fn read_file(time: Duration) {
    thread::sleep(time);
}

static TALLY: Mutex<Tally> = Mutex::new(Tally { at_work: 0, most: 0, done: 0 });

struct Tally {
    at_work: u32,
    most: u32,
    done: u32,
}

/// Notes that a job was taken, and when.
pub(crate) fn begin() -> Instant {
    let mut tally = TALLY.lock().unwrap();
    tally.at_work += 1;
    tally.most = tally.most.max(tally.at_work);
    Instant::now()
}

/// Tells that a job is done: when, and by how much it took longer than its own time.
pub(crate) fn finish(actor: &str, job: Job, taken: Instant, args: Args) {
    let at = args.start.elapsed().as_secs_f64();
    let late = taken.elapsed().saturating_sub(time(job)).as_secs_f64();
    let kind = format!("{:?}", kind(job, args)).to_lowercase();
    println!("[{actor}] Done: {kind}_{job} at {at:.3} seconds, {late:.3} seconds late");
    let mut tally = TALLY.lock().unwrap();
    tally.at_work -= 1;
    tally.done += 1;
}

/// The last line of the program.
pub(crate) fn summary(args: Args) -> String {
    let Tally { done, most, .. } = *TALLY.lock().unwrap();
    let elapsed = args.start.elapsed().as_secs_f64();
    format!("Did {done} jobs in {elapsed:.3} seconds, at most {most} at once")
}

/// One pool of workers, on threads and on tasks.
#[derive(Parser, Clone, Copy)]
pub(crate) struct Args {
    /// What the workers are
    #[arg(long, value_enum, default_value_t = Pool::Tokio)]
    pub(crate) pool: Pool,
    /// What the jobs do
    #[arg(long, value_enum, default_value_t = Work::Io)]
    work: Work,
    /// How many workers there are
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) workers: u16,
    /// How many jobs they do
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) jobs: u64,
    /// Every K-th job reads a file, by a call that blocks
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    blocking: Option<u64>,
    /// Measure both pools on this machine (with `--pace off`)
    #[arg(long, conflicts_with_all = ["pool", "work", "workers", "jobs", "blocking"])]
    pub(crate) measure: bool,
    /// Print what was measured as JSON
    #[arg(long, requires = "measure")]
    pub(crate) json: bool,
    #[arg(skip = Instant::now())]
    start: Instant,
}

#[derive(ValueEnum, Clone, Copy)]
pub(crate) enum Pool {
    /// A thread for each worker
    Threads,
    /// A task for each worker
    Tokio,
    /// A task for each job
    Tasks,
}

#[derive(ValueEnum, Clone, Copy)]
enum Work {
    /// They wait
    Io,
    /// They compute
    Cpu,
    /// Those with an odd number wait, the others compute
    Mixed,
}
