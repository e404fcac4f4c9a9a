//! Orders from a sheet, in three steps that are processes of their own: produce, consume, report.
//!
//! The steps are here, and what they use of the queue is in queue.rs. The other files are plumbing.

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
use flags::{Args, Command, Consume};
use item::{CONSUME, Failure, Item, PRODUCE, REPORT, Result};
use rehearsal::outside::clap::Parser;
use rehearsal::println;
use rehearsal::thread;
use rehearsal::time::Duration;
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;
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
    // TODO(alter-2): whatever --batch is, each item costs one commit to take it and one to finish it.
    // TODO(alter-3): whatever --step and --next are, it takes from consume and hands on to report.
    loop {
        let Some(item) = queue.reserve(CONSUME, name, how.lease)? else {
            if how.wait && queue.open_items(CONSUME)? > 0 {
                thread::sleep(GLANCE);
                continue;
            }
            break;
        };
        tell::took(name, &item);
        // TODO(fix-1): if the work outlasts the lease, somebody else does it as well.
        match work(&item, how) {
            Ok(order) => {
                // TODO(fix-2): who takes the item after a crash sends a second parcel.
                carrier.ship(item.id, &order)?;
                if queue.done(&item, REPORT, &[])? {
                    tally.done(name, &item);
                } else {
                    tell::lost(name, item.id);
                }
            }
            Err(failure) => match queue.fail(&item, &failure, how.attempts)? {
                Some(state) => tally.failed(name, &item, &failure, &state),
                None => tell::lost(name, item.id),
            },
        }
    }
    tally.tell(how.measure);
    Ok(tally.failed == 0)
}

/// What there is to do for an order: the hard part of it takes as long as --work and --hold say.
fn work(item: &Item, how: &Consume) -> std::result::Result<Value, Failure> {
    how.take_time(item.id);
    let order = item.payload.clone()?;
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
fn report(queue: Queue) -> Result<bool> {
    println!("--- Report ---");
    // TODO(alter-1): consume hands nothing on, and nothing of it is read here.
    let open = queue.open_items(CONSUME)?;
    println!("Reported {open} orders: 0 shipped, 0 failed, {open} open");
    Ok(true)
}
