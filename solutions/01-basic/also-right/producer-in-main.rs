//! `main` is the producer, and the consumer is the only thread that is spawned.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, SendTimeoutError, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process;

fn main() {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    println!("Room in the queue: {}", args.capacity);
    let start = Instant::now();

    let (queue, items) = bounded(args.capacity.into());
    let consumer = thread::spawn(move || consume(items, args.leave_after));

    let mut added = 0;
    for item in 1..=args.items {
        if args.stall.contains(&item) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        let made = Instant::now();
        let mut sent = queue.send_timeout((item, made), Duration::ZERO);
        if let Err(SendTimeoutError::Timeout(unsent)) = sent {
            println!("[Producer] No room — item {item} waits");
            sent = queue.send(unsent).map_err(SendTimeoutError::from);
        }
        if sent.is_err() {
            break;
        }
        println!("[Producer] Added item {item}");
        added += 1;
    }
    if added == args.items {
        println!("[Producer] Done — added {added} items");
    }
    drop(queue);

    let waits = consumer.join().unwrap();
    let consumed = waits.len() as u32;
    println!(
        "Items waited {:.1} seconds on average, {:.1} at most",
        waits.iter().sum::<f64>() / f64::from(consumed),
        waits.iter().copied().fold(0.0, f64::max)
    );
    let undelivered = args.items - consumed;
    if undelivered != 0 {
        println!("undelivered: {undelivered}");
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
    if undelivered != 0 {
        process::exit(1);
    }
}

/// Takes items until there are no more, and gives back the seconds that each has waited.
fn consume(items: Receiver<(u32, Instant)>, leave_after: Option<u32>) -> Vec<f64> {
    let mut waits = Vec::new();
    loop {
        let mut next = items.recv_timeout(PATIENCE);
        if next.is_err_and(|error| error.is_timeout()) {
            println!("[Consumer] No item for 0.5 seconds");
            next = items.recv().map_err(Into::into);
        }
        let Ok((item, made)) = next else {
            println!("[Consumer] Queue closed and empty");
            return waits;
        };
        waits.push((Instant::now() - made).as_secs_f64());
        println!("[Consumer] Took item {item}");
        thread::sleep(USING);
        if leave_after == Some(waits.len() as u32) {
            println!("[Consumer] Leaving after {} items", waits.len());
            return waits;
        }
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
