//! One producer, one consumer, and a bounded queue between them.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{
    Receiver, RecvTimeoutError, SendError, Sender, TrySendError, bounded,
};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    let start = Instant::now();
    println!("Room in the queue: {}", args.capacity);
    let (queue, items) = bounded(args.capacity.into());
    let producer = thread::spawn(move || produce(queue, args.items, &args.stall));
    let consumer = thread::spawn(move || consume(items, args.leave_after));

    producer.join().unwrap();
    let waits = consumer.join().unwrap();
    let consumed = waits.len() as u32;
    let undelivered = args.items - consumed;
    if undelivered > 0 {
        println!("undelivered: {undelivered}");
    }
    let mean = waits.iter().sum::<Duration>().as_secs_f64() / waits.len() as f64;
    let longest = waits.iter().max().unwrap().as_secs_f64();
    println!("Items waited {mean:.1} seconds on average, {longest:.1} at most");
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
    if undelivered > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What travels through the queue. It takes the instant at which it was made along.
struct Item {
    number: u32,
    made: Instant,
}

/// Makes the items, one after another, and adds them to the queue.
fn produce(queue: Sender<Item>, items: u32, stalls: &[u32]) {
    for item in 1..=items {
        if stalls.contains(&item) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        if add(Item { number: item, made: Instant::now() }, &queue).is_err() {
            println!("[Producer] Nobody takes item {item} — stopping");
            return;
        }
        println!("[Producer] Added item {item}");
    }
    println!("[Producer] Done — added {items} items");
    // Here `queue` is dropped. It was the only sender, so the queue is closed now.
}

/// Takes items from the queue until it is closed and empty.
fn consume(items: Receiver<Item>, leave_after: Option<u32>) -> Vec<Duration> {
    let mut waits = Vec::new();
    while let Some(item) = next(&items) {
        waits.push(item.made.elapsed());
        println!("[Consumer] Took item {}", item.number);
        thread::sleep(USING);
        let consumed = waits.len() as u32;
        if leave_after == Some(consumed) {
            println!("[Consumer] Leaving after {consumed} items");
            return waits;
        }
    }
    println!("[Consumer] Queue closed and empty");
    waits
}

/// Waits for the next item; if that takes long, says so once. `None`: the queue is closed and empty.
fn next(items: &Receiver<Item>) -> Option<Item> {
    match items.recv_timeout(PATIENCE) {
        Ok(item) => Some(item),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => {
            println!("[Consumer] No item for 0.5 seconds");
            items.recv().ok()
        }
    }
}

/// Adds an item to the queue. Tries first, in order to say so before it waits for room.
fn add(item: Item, queue: &Sender<Item>) -> Result<(), SendError<Item>> {
    match queue.try_send(item) {
        Ok(()) => Ok(()),
        Err(TrySendError::Full(item)) => {
            println!("[Producer] No room — item {} waits", item.number);
            queue.send(item)
        }
        Err(TrySendError::Disconnected(item)) => Err(SendError(item)),
    }
}

// Odd lengths, so that the two never act at the same instant by accident.
const MAKING: Duration = Duration::from_millis(101);
const USING: Duration = Duration::from_millis(307);
const STALL: Duration = Duration::from_millis(2003);

/// How long the consumer waits for an item before it says so.
const PATIENCE: Duration = Duration::from_millis(500);

/// One producer, one consumer, and a bounded queue between them.
#[derive(Parser)]
struct Args {
    /// How many items the producer makes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    items: u32,
    /// How many items the queue holds; with 0, each is handed over in person
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=1000))]
    capacity: u16,
    /// The consumer leaves after this many items
    #[arg(long, value_name = "ITEMS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    leave_after: Option<u32>,
    /// The producer pauses for two seconds before this item (may be given several times)
    #[arg(long, value_name = "ITEM", value_parser = clap::value_parser!(u32).range(1..=1000))]
    stall: Vec<u32>,
}
