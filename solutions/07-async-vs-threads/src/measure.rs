//! Measures both pools on this machine, for `--measure`. No task needs a change here.
//!
//! Each line of the table comes from a process of its own: a process that had ten thousand threads does
//! not give all of their memory back, and the next line would look too good.
#![allow(clippy::disallowed_methods, reason = "what is measured are the real crates")]

use rehearsal::println;
use rehearsal::time::{Duration, Instant};
use std::process::{Command, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, hint, iter, thread};

const JOBS: u64 = 1_000;
const SERVICE_MS: u64 = 10;
const WORKERS: [u64; 3] = [10, 1_000, 10_000];
const TIMES: usize = 3;

/// Tells a child which line it measures: `threads 1000`.
const LINE: &str = "EX07_MEASURE";

/// Where Linux tells how much memory a process has.
const STATUS: &str = "/proc/self/status";

/// Prints the table, or refuses to where the time is not the real one.
pub(crate) fn print_table(json: bool) {
    let flags: Vec<String> = env::args().skip(1).collect();
    if clock_stands_still() || is_real(&flags, env::var("REHEARSAL").ok()) {
        let why = "elsewhere time is played, and says nothing about this machine";
        eprintln!(
            "error: '--measure' needs '--pace off': {why}\n\nFor more information, try '--help'."
        );
        exit(2);
    }
    if let Ok(line) = env::var(LINE) {
        return println!("{}", measured_here(&line));
    }
    let program = env::current_exe().expect("a program knows its own file");
    let child = |pool: &str, workers| {
        in_a_child(Command::new(&program).args(&flags), pool, workers).unwrap_or_else(|problem| {
            eprintln!("error: {problem}");
            exit(1);
        })
    };
    let lines = table(child);
    println!("{}", if json { as_json(&lines) } else { as_text(&lines) });
}

/// All lines of the table, a pair for each number of workers. Of several runs the fastest counts: what else
/// goes on in the machine can only make them slower.
pub(crate) fn table(measure: impl Fn(&str, u64) -> Line) -> Vec<Line> {
    let fastest = |pool, workers| {
        let runs = iter::repeat_with(|| measure(pool, workers)).take(TIMES);
        runs.min_by_key(|line| line.micros).expect("there are some")
    };
    WORKERS.iter().flat_map(|&n| ["threads", "tokio"].map(|pool| fastest(pool, n))).collect()
}

pub(crate) fn as_text(lines: &[Line]) -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let mut text = vec![
        format!(
            "{JOBS} jobs that wait for {SERVICE_MS} ms, on {cores} cores ({})",
            env::consts::OS
        ),
        format!("limit: ceil(jobs / workers) x {SERVICE_MS} ms"),
        format!(
            "time: from the start of the first worker to the end of the last job, the best of {TIMES}"
        ),
        format!("memory of a waiting worker: {}\n", method(lines)),
        "workers  limit ms | threads ms   ratio  KiB each |   tokio ms   ratio  KiB each"
            .to_owned(),
    ];
    for pair in lines.chunks(2) {
        let workers = pair[0].wanted;
        let cells: Vec<String> = pair.iter().map(Line::cells).collect();
        text.push(format!("{workers:>7} {:>9} | {}", limit_ms(workers), cells.join(" | ")));
    }
    for line in lines.iter().filter(|line| line.got < line.wanted) {
        let Line { pool, wanted, got, .. } = line;
        text.push(format!("\n{got} of {wanted} workers: the system gave no more {pool}"));
    }
    text.join("\n")
}

pub(crate) fn as_json(lines: &[Line]) -> String {
    let rows: Vec<String> = lines.iter().map(Line::json).collect();
    format!(
        "{{\"jobs\": {JOBS}, \"service_ms\": {SERVICE_MS}, \"best_of\": {TIMES}, \"memory\": \"{}\", \"rows\": [\n  {}\n]}}",
        method(lines),
        rows.join(",\n  ")
    )
}

fn method(lines: &[Line]) -> &'static str {
    if lines.iter().any(|line| line.grown_kib.is_some()) {
        "what VmRSS in /proc/self/status has grown by when all wait, divided by their number"
    } else {
        "not read on this system"
    }
}

/// Whether time is played: then the clock does not move while somebody computes.
fn clock_stands_still() -> bool {
    let start = Instant::now();
    (0..100_000).for_each(|_| hint::spin_loop());
    start.elapsed().is_zero()
}

/// Whether this is the pace `real`, where the clock moves, but tokio has one thread. A flag goes before the
/// variable.
pub(crate) fn is_real(flags: &[String], variable: Option<String>) -> bool {
    let flag =
        flags.iter().enumerate().find_map(|(index, flag)| match flag.strip_prefix("--pace") {
            Some("") => flags.get(index + 1).cloned(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        });
    flag.or(variable).as_deref() == Some("real")
}

fn limit_ms(workers: u64) -> u64 {
    JOBS.div_ceil(workers.max(1)) * SERVICE_MS
}

/// What one process has measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) pool: String,
    pub(crate) wanted: u64,
    /// How many workers there were in the end.
    pub(crate) got: u64,
    pub(crate) micros: u64,
    /// How much memory they took, all together.
    pub(crate) grown_kib: Option<u64>,
}

impl Line {
    fn ms(&self) -> f64 {
        self.micros as f64 / 1000.0
    }

    fn ratio(&self) -> f64 {
        self.ms() / limit_ms(self.got) as f64
    }

    fn kib_each(&self) -> Option<f64> {
        self.grown_kib.map(|kib| kib as f64 / self.got.max(1) as f64)
    }

    fn cells(&self) -> String {
        let kib = self.kib_each().map_or("not read".to_owned(), |kib| format!("{kib:.2}"));
        format!("{:>10.1} {:>7.2} {kib:>9}", self.ms(), self.ratio())
    }

    fn json(&self) -> String {
        let kib = self.kib_each().map_or("null".to_owned(), |kib| format!("{kib:.2}"));
        format!(
            "{{\"pool\": \"{}\", \"workers\": {}, \"workers_given\": {}, \"limit_ms\": {}, \"ms\": {:.1}, \"ratio\": {:.2}, \"kib_per_waiting_worker\": {kib}}}",
            self.pool,
            self.wanted,
            self.got,
            limit_ms(self.got),
            self.ms(),
            self.ratio()
        )
    }
}

/// Has a line measured by a process of its own. The error names the line, and what the process said.
pub(crate) fn in_a_child(program: &mut Command, pool: &str, workers: u64) -> Result<Line, String> {
    let line = format!("{pool} {workers}");
    let output = program.env(LINE, &line).output();
    let output = output.map_err(|error| format!("this program can't be started again: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse);
    let mut next = || numbers.next().and_then(Result::ok);
    let (Some(got), Some(micros)) = (next(), next()) else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let (status, complaint) = (output.status, complaint.trim());
        return Err(format!("'{line}' could not be measured ({status}): {complaint}"));
    };
    Ok(Line { pool: pool.to_owned(), wanted: workers, got, micros, grown_kib: next() })
}

/// Measures a line: how many workers there were, the microseconds, and the KiB where they can be read.
fn measured_here(line: &str) -> String {
    let (pool, workers) = line.split_once(' ').unwrap_or_default();
    let workers = workers.parse().unwrap_or(1);
    let (got, time, kib) = if pool == "tokio" { tasks(workers) } else { threads(workers) };
    format!("{got} {} {}", time.as_micros(), kib.map_or(String::new(), |kib| kib.to_string()))
}

type Measured = (u64, Duration, Option<u64>);

fn threads(wanted: u64) -> Measured {
    let (queue, jobs) = crossbeam_channel::bounded::<u64>(JOBS as usize);
    let waiting = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::with_capacity(wanted as usize);
    let before = resident_kib(STATUS);
    let start = Instant::now();
    for _ in 0..wanted {
        let (jobs, waiting) = (jobs.clone(), waiting.clone());
        let worker = thread::Builder::new().spawn(move || {
            waiting.fetch_add(1, Ordering::Relaxed);
            jobs.iter().for_each(|_| thread::sleep(Duration::from_millis(SERVICE_MS)));
        });
        // The machine has no room for more: then these have to do.
        let Ok(worker) = worker else { break };
        workers.push(worker);
    }
    let all = workers.len();
    wait_for(all, || waiting.load(Ordering::Relaxed));
    let started = start.elapsed();
    let grown = grown_since(before);
    let start = Instant::now();
    (0..JOBS).for_each(|job| queue.send(job).expect("workers wait for it"));
    drop((queue, jobs));
    workers.into_iter().for_each(|worker| worker.join().expect("no worker panics"));
    (all as u64, started + start.elapsed(), grown)
}

fn tasks(wanted: u64) -> Measured {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be built");
    let (queue, jobs) = async_channel::bounded::<u64>(JOBS as usize);
    let waiting = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::with_capacity(wanted as usize);
    let before = resident_kib(STATUS);
    runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..wanted {
            let (jobs, waiting) = (jobs.clone(), waiting.clone());
            workers.push(tokio::spawn(async move {
                waiting.fetch_add(1, Ordering::Relaxed);
                while jobs.recv().await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(SERVICE_MS)).await;
                }
            }));
        }
        wait_for(wanted as usize, || waiting.load(Ordering::Relaxed));
        let started = start.elapsed();
        let grown = grown_since(before);
        let start = Instant::now();
        for job in 0..JOBS {
            queue.send(job).await.expect("workers wait for it");
        }
        drop((queue, jobs));
        for worker in workers {
            worker.await.expect("no worker panics");
        }
        (wanted, started + start.elapsed(), grown)
    })
}

/// Asks how many are there, until all are.
pub(crate) fn wait_for(all: usize, mut there: impl FnMut() -> usize) {
    while there() < all {
        thread::sleep(Duration::from_micros(100));
    }
}

/// By how many KiB this process has grown, once it grows no more.
fn grown_since(before: Option<u64>) -> Option<u64> {
    let after = settled(|| {
        thread::sleep(Duration::from_millis(5));
        resident_kib(STATUS)
    });
    Some(after?.saturating_sub(before?))
}

/// A number that is the same six times in a row.
pub(crate) fn settled(mut read: impl FnMut() -> Option<u64>) -> Option<u64> {
    let (mut last, mut quiet) = (read()?, 0);
    while quiet < 5 {
        let now = read()?;
        quiet = if now == last { quiet + 1 } else { 0 };
        last = now;
    }
    Some(last)
}

/// The memory of this process that is resident, where the system has such a file.
pub(crate) fn resident_kib(status: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Computes: a core is busy until the time is over.
#[allow(dead_code, reason = "examples/real.rs takes this one")]
pub(crate) fn work(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        hint::spin_loop();
    }
}
