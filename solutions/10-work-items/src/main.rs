//! Orders from a sheet, in steps that are processes of their own: produce, consume, report.
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
use item::{BILL, CONSUME, Failure, Item, New, PRODUCE, REPORT, Result, field};
use rehearsal::outside::clap::Parser;
use rehearsal::println;
use rehearsal::thread;
use rehearsal::time::Duration;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use store::Queue;
use tell::Tally;

/// How long the other two steps have an item, which they finish at once.
const LEASE: Duration = Duration::from_secs(60);

/// What the bills know.
const PRICES: [(&str, u32); 3] = [("Chair", 45), ("Desk", 120), ("Lamp", 30)];

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
    while let Some(item) = queue.reserve(PRODUCE, "Producer", LEASE, 1)?.pop() {
        println!("[Producer] took item {}", item.id);
        let sheet = sheet::of(&item);
        let commit = queue.begin()?;
        if !queue::is_ours(&commit, &item)? {
            tell::lost("Producer", item.id);
            continue;
        }
        match sheet {
            Ok(sheet) => {
                tell::faults(&sheet);
                produced += sheet.orders.len();
                queue::done(&commit, &item, CONSUME, &sheet.orders)?;
            }
            Err(failure) => {
                println!("[Producer] item {} failed: {failure}", item.id);
                failed += 1;
                queue::fail(&commit, &item, &failure, 1)?;
            }
        }
        commit.commit()?;
    }
    println!("Produced {produced} items, {failed} sheets failed");
    Ok(failed == 0)
}

/// The second step: checks each order and has it sent.
fn consume(mut queue: Queue, how: &Consume) -> Result<bool> {
    println!("--- Consume ---");
    let name = &how.name;
    let every = how.heartbeat.unwrap_or(how.lease / 3);
    let mut carrier = how.carrier();
    let mut tally = Tally::start();
    loop {
        let items = queue.reserve(&how.step, name, how.lease, how.batch)?;
        if items.is_empty() {
            if how.wait && queue.open_items(&how.step)? > 0 {
                thread::sleep(GLANCE);
                continue;
            }
            break;
        }
        let results: Vec<_> = queue.while_renewing(&items, how.lease, every, || {
            let work = |item| {
                tell::took(name, item);
                work(item, how)
            };
            items.iter().map(work).collect()
        })?;

        // Nobody else can take an item, or finish one, until this commit ends.
        let commit = queue.begin()?;
        for (item, result) in items.iter().zip(results) {
            if !queue::is_ours(&commit, item)? {
                tell::lost(name, item.id);
                continue;
            }
            match result {
                Ok(order) => {
                    // Somebody may have sent it and died before the commit.
                    if how.step == CONSUME && !carrier.knows(item.id)? {
                        carrier.ship(item.id, &order)?;
                    }
                    queue::done(&commit, item, &how.next, &[New::of(order)])?;
                    tally.done(name, item);
                }
                Err(failure) => {
                    let state = queue::fail(&commit, item, &failure, how.attempts)?;
                    tally.failed(name, item, &failure, &state);
                }
            }
        }
        commit.commit()?;
    }
    tally.tell(how.measure);
    Ok(tally.failed == 0)
}

/// What there is to do for an order: the hard part of it takes as long as --work and --hold say.
fn work(item: &Item, how: &Consume) -> std::result::Result<Value, Failure> {
    how.take_time(item.id);
    let order = item.payload.clone()?;
    if how.step == BILL {
        return bill(order);
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

/// A further step between the second and the last: what it is handed is an order that was sent.
fn bill(mut order: Value) -> std::result::Result<Value, Failure> {
    let product = field(&order, "Product");
    let Some((_, price)) = PRICES.iter().find(|(name, _)| *name == product) else {
        let message = format!("no price for {product}");
        return Err(Failure { kind: "BUSINESS", code: "NO_PRICE", message });
    };
    order["Price"] = Value::from(*price);
    Ok(order)
}

/// The last step: what became of all orders.
fn report(mut queue: Queue) -> Result<bool> {
    println!("--- Report ---");
    loop {
        let items = queue.reserve(REPORT, "Report", LEASE, 1000)?;
        if items.is_empty() {
            break;
        }
        let commit = queue.begin()?;
        for item in &items {
            if !queue::is_ours(&commit, item)? {
                continue;
            }
            match &item.payload {
                Ok(_) => queue::done(&commit, item, "", &[])?,
                Err(failure) => drop(queue::fail(&commit, item, failure, 1)?),
            }
        }
        commit.commit()?;
    }

    // What an earlier report took is counted as well, so this one may have been killed and begun anew.
    let shipped = queue.list(Some(REPORT))?;
    let mut by_product: BTreeMap<String, u32> = BTreeMap::new();
    for item in &shipped {
        match &item.payload {
            Ok(order) => *by_product.entry(field(order, "Product")).or_default() += 1,
            Err(failure) => eprintln!("item {} is not counted: {}", item.id, failure.message),
        }
    }
    for (product, count) in by_product {
        println!("{product}: {count}");
    }
    let mut orders = queue.list(None)?;
    orders.retain(|item| [CONSUME, BILL].contains(&item.step.as_str()));
    let failed: Vec<_> = orders.iter().filter(|item| item.state == "FAILED").collect();
    for item in &failed {
        println!("failed: item {} ({})", item.id, item.error);
    }
    let is_open = |state: &str| ["NEW", "RESERVED"].contains(&state);
    let open = orders.iter().filter(|item| is_open(&item.state)).count();
    let (shipped, failed) = (shipped.len(), failed.len());
    // An order may come in behind consume, so there may be more of them than consume ever had.
    let all = shipped + failed + open;
    println!("Reported {all} orders: {shipped} shipped, {failed} failed, {open} open");
    Ok(true)
}
