//! One producer, one consumer, and a bounded queue between them.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, SendError, Sender, TrySendError, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

fn main() {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    let start = Instant::now();
    // TODO(alter-0): nobody is told how much room the queue has.
    let (queue, items) = bounded(args.capacity.into());
    let producer = thread::spawn(move || produce(queue, args.items, &args.stall));
    let consumer = thread::spawn(move || consume(items, args.leave_after));

    producer.join().unwrap();
    let consumed = consumer.join().unwrap();
    // TODO(alter-1): nobody knows how long the items waited for the consumer.
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
}

/// Makes the items, one after another, and adds them to the queue.
fn produce(queue: Sender<u32>, items: u32, stalls: &[u32]) {
    for item in 1..=items {
        if stalls.contains(&item) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        // TODO(fix-1): once the consumer has left, this panics; nobody counts what is undelivered.
        add(item, &queue).unwrap();
        println!("[Producer] Added item {item}");
    }
    println!("[Producer] Done — added {items} items");
    // Here `queue` is dropped. It was the only sender, so the queue is closed now.
}

/// Takes items from the queue until it is closed and empty.
fn consume(items: Receiver<u32>, leave_after: Option<u32>) -> u32 {
    let mut consumed = 0;
    // TODO(fix-2): while the producer pauses, the consumer waits and does not say so.
    for item in items {
        println!("[Consumer] Took item {item}");
        thread::sleep(USING);
        consumed += 1;
        if leave_after == Some(consumed) {
            println!("[Consumer] Leaving after {consumed} items");
            return consumed;
        }
    }
    println!("[Consumer] Queue closed and empty");
    consumed
}

/// Adds an item to the queue. Tries first, in order to say so before it waits for room.
fn add(item: u32, queue: &Sender<u32>) -> Result<(), SendError<u32>> {
    match queue.try_send(item) {
        Ok(()) => Ok(()),
        Err(TrySendError::Full(item)) => {
            println!("[Producer] No room — item {item} waits");
            queue.send(item)
        }
        Err(TrySendError::Disconnected(item)) => Err(SendError(item)),
    }
}

// Odd lengths, so that the two never act at the same instant by accident.
const MAKING: Duration = Duration::from_millis(101);
const USING: Duration = Duration::from_millis(307);
const STALL: Duration = Duration::from_millis(2003);

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
