//! Grown from the starter: one call finishes a batch and sends its parcels, and each batch has a heart of its own.

mod carrier;
mod commands;
mod control;
mod flags;
mod json;
mod queue;
mod sheet;
mod store;
mod tell;

use control::Clock;
use flags::{Args, Command, Consume};
use queue::{Failure, Item, Queue};
use rehearsal::outside::clap::Parser;
use rehearsal::println;
use rehearsal::thread;
use rehearsal::time::Duration;
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tell::Tally;

/// The three steps. What one of them hands on is an input of the next.
const PRODUCE: &str = "produce";
const CONSUME: &str = "consume";
const REPORT: &str = "report";

/// How long the other two steps have an item, which they finish at once.
const LEASE: Duration = Duration::from_secs(60);

/// How often a consumer that waits looks for work.
const GLANCE: Duration = Duration::from_millis(50);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(all_is_well) => ExitCode::from(u8::from(!all_is_well)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: Args) -> Result<bool> {
    let open = || Queue::open(&args.queue, args.makes_the_queue(), Clock(args.clock.clone()));
    match &args.command {
        Command::Produce { sheet: Some(path), .. } => produce(path, open),
        Command::Produce { .. } => produce_from_items(open()?),
        Command::Consume(how) => consume(open()?, how.checked()?),
        Command::Report => report(open()?),
        other => commands::run(other, open),
    }
}

/// The first step: an item for each row of a sheet. The sheet is read before the queue is touched.
fn produce(path: &Path, open: impl FnOnce() -> Result<Queue>) -> Result<bool> {
    let sheet = sheet::read(path)?;
    println!("--- Produce ---");
    tell::faults(&sheet);
    open()?.add(CONSUME, &sheet.orders)?;
    println!(
        "Produced {} items from {}, skipped {} blank rows",
        sheet.orders.len(),
        path.display(),
        sheet.blank
    );
    Ok(true)
}

/// The same, for sheets that come in as files of work items.
fn produce_from_items(mut queue: Queue) -> Result<bool> {
    println!("--- Produce ---");
    let (mut produced, mut failed) = (0, 0);
    while let Some(item) = queue.reserve(PRODUCE, "Producer", LEASE)? {
        println!("[Producer] took item {}", item.id);
        match sheet::of(&item) {
            Ok(sheet) => {
                tell::faults(&sheet);
                produced += sheet.orders.len();
                queue.done(&item, CONSUME, &sheet.orders)?;
            }
            Err(failure) => {
                println!("[Producer] item {} failed: {failure}", item.id);
                failed += 1;
                queue.fail(&item, &failure, 1)?;
            }
        }
    }
    println!("Produced {produced} items, {failed} sheets failed");
    Ok(failed == 0)
}

/// The second step: checks each order and has it sent.
fn consume(mut queue: Queue, how: &Consume) -> Result<bool> {
    println!("--- Consume ---");
    let name = &how.name;
    let mut carrier = how.carrier();
    let mut tally = Tally::start();
    let mut heart = Heart::new(&queue, how)?;
    loop {
        let items = queue.reserve_batch(CONSUME, name, how.lease, how.batch)?;
        if items.is_empty() {
            if how.wait && queue.open_items(CONSUME)? > 0 {
                thread::sleep(GLANCE);
                continue;
            }
            break;
        }
        items.iter().for_each(|item| tell::took(name, item));
        heart.beat_for(&items);
        let results: Vec<_> = items.iter().map(|item| work(item, how)).collect();
        heart.rest();
        let ends = queue.finish(&items, &results, how.attempts, |id, order| {
            if carrier.knows(id)? { Ok(()) } else { carrier.ship(id, order) }
        })?;
        for ((item, result), state) in items.iter().zip(results).zip(ends) {
            match (state.as_deref(), result) {
                (None, _) => tell::lost(name, item.id),
                (Some(_), Ok(_)) => tally.done(name, item),
                (Some(state), Err(failure)) => tally.failed(name, item, &failure, state),
            }
        }
    }
    tally.tell(how.measure);
    Ok(tally.failed == 0)
}

/// Renews the leases of what the consumer holds, from a thread of its own.
struct Heart {
    beat: Option<(Arc<AtomicBool>, thread::JoinHandle<()>)>,
    path: PathBuf,
    clock: Clock,
    lease: Duration,
    every: Duration,
}

impl Heart {
    fn new(queue: &Queue, how: &Consume) -> Result<Heart> {
        let path = PathBuf::from(queue.db.path().ok_or("the queue is no file")?);
        let every = how.heartbeat.unwrap_or(how.lease / 3);
        Ok(Heart { beat: None, path, clock: queue.clock.clone(), lease: how.lease, every })
    }

    fn beat_for(&mut self, items: &[Item]) {
        let is_over = Arc::new(AtomicBool::new(false));
        let (stop, items) = (Arc::clone(&is_over), items.to_vec());
        let (path, clock, lease, every) =
            (self.path.clone(), self.clock.clone(), self.lease, self.every);
        let thread = thread::spawn(move || {
            let mut queue = Queue::open(&path, false, clock).expect("the queue is there");
            let mut slept = Duration::ZERO;
            while !stop.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
                slept += Duration::from_millis(1);
                if slept >= every {
                    slept = Duration::ZERO;
                    queue.renew(&items, lease).expect("a lease can be renewed");
                }
            }
        });
        self.beat = Some((is_over, thread));
    }

    fn rest(&mut self) {
        if let Some((is_over, thread)) = self.beat.take() {
            is_over.store(true, Ordering::Relaxed);
            thread.join().expect("a heart does not panic");
        }
    }
}

/// What there is to do for an order: the hard part of it takes as long as --work and --hold say.
fn work(item: &Item, how: &Consume) -> std::result::Result<Value, Failure> {
    how.take_time(item.id);
    let order = &item.payload;
    if let Some(missing) = sheet::COLUMNS.into_iter().find(|column| order[column].is_null()) {
        let message = format!("{missing} is missing");
        return Err(Failure { kind: "APPLICATION", code: "MISSING_FIELD", message });
    }
    let zip = &order["Zip"];
    // A sheet may hold a number as text.
    let number = zip.as_i64().or_else(|| zip.as_str()?.parse().ok());
    if !number.is_some_and(|number| (1000..=9999).contains(&number)) {
        let message = format!("Zip is {zip} where 1000 to 9999 is wanted");
        return Err(Failure { kind: "BUSINESS", code: "INVALID_ORDER", message });
    }
    Ok(order.clone())
}

/// The third step: what became of all orders.
fn report(mut queue: Queue) -> Result<bool> {
    println!("--- Report ---");
    while let Some(item) = queue.reserve(REPORT, "Reporter", LEASE)? {
        queue.done(&item, "nobody", &[])?;
    }
    let mut names: Vec<_> = queue
        .list(Some(REPORT))?
        .iter()
        .map(|item| item.payload["Product"].as_str().unwrap_or("?").to_owned())
        .collect();
    names.sort();
    for same in names.chunk_by(|one, other| one == other) {
        println!("{}: {}", same[0], same.len());
    }
    let orders = queue.list(Some(CONSUME))?;
    let mut failed = 0;
    for order in orders.iter().filter(|order| order.state == "FAILED") {
        failed += 1;
        println!("failed: item {} ({})", order.id, order.error);
    }
    let shipped = orders.iter().filter(|order| order.state == "COMPLETED").count();
    let all = orders.len();
    println!(
        "Reported {all} orders: {shipped} shipped, {failed} failed, {} open",
        all - shipped - failed
    );
    Ok(true)
}
