//! What a commit costs: the durable queue beside one in memory, in one run.
//!
//! ```text
//! cargo bench -p sol10-work-items
//! ```
//!
//! No work is done on the items, so what is left is the queue: reserve, hand on, done. Consumers are threads
//! with a connection each, which SQLite keeps apart as it does processes.

#![allow(dead_code, reason = "a part of what the program has is measured")]

#[path = "../src/control.rs"]
mod control;
#[path = "../src/file.rs"]
mod file;
#[path = "../src/item.rs"]
mod item;
#[path = "../src/json.rs"]
mod json;
#[path = "../src/queue.rs"]
mod queue;
#[path = "../src/store.rs"]
mod store;

use control::Clock;
use crossbeam_channel as channel;
use file::Access;
use item::{New, Result};
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use store::Queue;

const TIME: Duration = Duration::from_millis(600);
const ROUNDS: usize = 3;
const LEASE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    // `cargo test --benches` runs it as well, and asks for no numbers.
    if !std::env::args().any(|arg| arg == "--bench") {
        return Ok(());
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("commits");
    fs::create_dir_all(&folder)?;
    println!(
        "{:34} {:>12} {:>12}",
        "items per second, median of three", "1 consumer", "4 consumers"
    );
    let mut rows: Vec<(String, [Vec<f64>; 2])> = Vec::new();
    for _ in 0..ROUNDS {
        let mut row = 0;
        let mut tell = |name: String, one: f64, four: f64| {
            if rows.len() == row {
                rows.push((name, [Vec::new(), Vec::new()]));
            }
            rows[row].1[0].push(one);
            rows[row].1[1].push(four);
            row += 1;
        };
        tell("in memory".to_owned(), in_memory(1), in_memory(4));
        for (synchronous, what) in [
            ("OFF", "never synced"),
            ("NORMAL", "survives kill -9"),
            ("FULL", "survives a power cut"),
        ] {
            for batch in [1, 10, 100, 1000] {
                let [one, four] =
                    [1, 4].map(|consumers| durable(&folder, synchronous, batch, consumers));
                tell(format!("{what}, batch {batch}"), one?, four?);
            }
        }
        let syncs = syncs(&folder)?;
        tell("(the disk alone: syncs per second)".to_owned(), syncs, syncs);
    }
    for (name, mut numbers) in rows {
        let [one, four] = [0, 1].map(|column: usize| {
            numbers[column].sort_by(f64::total_cmp);
            numbers[column][ROUNDS / 2]
        });
        println!("{name:34} {one:>12.0} {four:>12.0}");
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn order(number: i64) -> Value {
    json!({ "Row": number, "Name": "Ada", "Zip": 1011, "Product": "Chair" })
}

/// The same items through a queue that a crash would lose.
fn in_memory(consumers: usize) -> f64 {
    const ITEMS: i64 = 200_000;
    let (queue, items) = channel::unbounded();
    let (outputs, reports) = channel::unbounded();
    (0..ITEMS).for_each(|number| queue.send(order(number)).expect("it is open"));
    drop(queue);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..consumers {
            scope.spawn(|| items.iter().for_each(|item| outputs.send(item).expect("it is open")));
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(reports.len(), ITEMS as usize);
    ITEMS as f64 / seconds
}

fn durable(folder: &Path, synchronous: &str, batch: u32, consumers: usize) -> Result<f64> {
    let path = folder.join("work.db");
    for end in ["", "-wal", "-shm"] {
        // There may be none.
        let _ = fs::remove_file(folder.join(format!("work.db{end}")));
    }
    let open = |access| -> Result<Queue> {
        let queue = Queue::open(&path, access, Clock(None))?;
        queue.db.pragma_update(None, "synchronous", synchronous)?;
        Ok(queue)
    };
    let items: Vec<New> = (0..60_000).map(|number| New::of(order(number))).collect();
    open(Access::Make)?.add("consume", &items)?;
    let done = AtomicUsize::new(0);
    let start = Instant::now();
    let consume = || -> Result<()> {
        let mut queue = open(Access::Write)?;
        while start.elapsed() < TIME {
            let items = queue.reserve("consume", "A", LEASE, batch)?;
            let commit = queue.begin()?;
            for item in &items {
                assert!(queue::is_ours(&commit, item)?);
                let output = item.payload.clone().map_err(|failure| failure.message)?;
                queue::done(&commit, item, "report", &[New::of(output)])?;
            }
            commit.commit()?;
            done.fetch_add(items.len(), Ordering::Relaxed);
            if items.is_empty() {
                break;
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        for _ in 0..consumers {
            scope.spawn(|| consume().expect("the queue can be used"));
        }
    });
    Ok(done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
}

/// How often the disk can say that a page is safe.
fn syncs(folder: &Path) -> Result<f64> {
    let path = folder.join("pages");
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let (start, mut syncs) = (Instant::now(), 0.0);
    while start.elapsed() < TIME {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        syncs += 1.0;
    }
    Ok(syncs / start.elapsed().as_secs_f64())
}
