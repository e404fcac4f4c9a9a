//! Grown from the starter: one call finishes a batch and sends its parcels, and each batch has a heart of its own.

mod carrier;
mod commands;
mod control;
mod file;
mod flags;
mod item;
mod json;
mod picture;
mod queue;
mod sheet;
mod store;
mod tell;

use control::Clock;
use file::Access;
use flags::{Args, Command, Consume};
use item::{BILL, CONSUME, Failure, Item, PRODUCE, REPORT, Result};
use rehearsal::outside::clap::Parser;
use rehearsal::println;
use rehearsal::thread;
use rehearsal::time::Duration;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Queue;
use tell::Tally;

/// How long the other two steps have an item, which they finish at once.
const LEASE: Duration = Duration::from_secs(60);

/// How often a consumer that waits looks for work.
const GLANCE: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(all_is_well) => ExitCode::from(u8::from(!all_is_well)),
        Err(error) => {
            eprintln!("error: {}", file::told(error, &args.queue));
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<bool> {
    let open = || Queue::open(&args.queue, args.access(), Clock(args.clock.clone()));
    match &args.command {
        Command::Produce { sheet: Some(path), .. } => produce(path, open),
        Command::Produce { .. } => produce_from_items(open()?),
        Command::Consume(how) => consume(open()?, how.checked()?),
        Command::Report { svg } => {
            let all_is_well = report(open()?)?;
            commands::draw(svg.as_deref(), open)?;
            Ok(all_is_well)
        }
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
        let items = queue.reserve_batch(&how.step, name, how.lease, how.batch)?;
        if items.is_empty() {
            if how.wait && queue.open_items(&how.step)? > 0 {
                thread::sleep(GLANCE);
                continue;
            }
            break;
        }
        items.iter().for_each(|item| tell::took(name, item));
        heart.beat_for(&items);
        let results: Vec<_> = items.iter().map(|item| work(item, how)).collect();
        heart.rest();
        let ends = queue.finish(&items, &results, &how.next, how.attempts, |id, order| {
            if how.step == BILL || carrier.knows(id)? { Ok(()) } else { carrier.ship(id, order) }
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
            let mut queue = Queue::open(&path, Access::Write, clock).expect("the queue is there");
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
    let order = item.payload.clone()?;
    if how.step == BILL {
        let price = match order["Product"].as_str() {
            Some("Chair") => 45,
            Some("Desk") => 120,
            Some("Lamp") => 30,
            other => {
                let message = format!("no price for {}", other.unwrap_or("what has no name"));
                return Err(Failure { kind: "BUSINESS", code: "NO_PRICE", message });
            }
        };
        let mut billed = order;
        billed["Price"] = Value::from(price);
        return Ok(billed);
    }
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
    Ok(order)
}

/// The third step: what became of all orders.
fn report(mut queue: Queue) -> Result<bool> {
    println!("--- Report ---");
    while let Some(item) = queue.reserve(REPORT, "Reporter", LEASE)? {
        queue.done(&item, "nobody", &[])?;
    }
    let reported = queue.list(Some(REPORT))?;
    let mut names: Vec<_> = reported
        .iter()
        .filter_map(|item| Some(item.payload.as_ref().ok()?["Product"].as_str()?.to_owned()))
        .collect();
    names.sort();
    for same in names.chunk_by(|one, other| one == other) {
        println!("{}: {}", same[0], same.len());
    }
    let (mut open, mut failed, shipped) = (0, 0, reported.len());
    for item in queue.list(None)? {
        match item.state.as_str() {
            _ if item.step != CONSUME && item.step != BILL => {}
            "COMPLETED" => {}
            "FAILED" => {
                failed += 1;
                println!("failed: item {} ({})", item.id, item.error);
            }
            _ => open += 1,
        }
    }
    println!(
        "Reported {} orders: {shipped} shipped, {failed} failed, {open} open",
        shipped + failed + open
    );
    Ok(true)
}
