//! {{title}}: one producer, one consumer, and a bounded queue between them.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::time::Duration;
use rehearsal::{println, thread};

fn main() {
    let args = Args::parse();
    println!("--- {{title}} ---");

    let (queue, items) = bounded(args.capacity.into());
    let producer = thread::spawn(move || produce(queue, args));
    let consumer = thread::spawn(move || consume(items, args));

    producer.join().unwrap();
    let used = consumer.join().unwrap();
    // TODO(alter-1): nobody knows how long it took.
    println!("Used {used} of {} items", args.items);
}

/// Makes the items, one after another, and adds them to the queue.
fn produce(queue: Sender<u32>, args: Args) {
    for item in 1..=args.items {
        thread::sleep(MAKING);
        queue.send(item).unwrap();
        println!("[Producer] Added item {item}");
    }
    println!("[Producer] Done");
}

/// Takes items until the queue is closed and empty, and tells how many it has used.
fn consume(items: Receiver<u32>, args: Args) -> u32 {
    let mut used = 0;
    for item in items {
        thread::sleep(USING);
        // TODO(fix-1): a spoilt item takes the consumer with it, and in the end the program.
        if args.spoilt == Some(item) {
            panic!("item {item} is spoilt");
        }
        println!("[Consumer] Used item {item}");
        used += 1;
    }
    used
}

// Odd lengths, so that the two never act at the same instant by accident.
const MAKING: Duration = Duration::from_millis(101);
const USING: Duration = Duration::from_millis(307);

/// One producer, one consumer, and a bounded queue between them.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many items the producer makes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    items: u32,
    /// How many items the queue holds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    capacity: u16,
    /// This item can't be used
    #[arg(long, value_name = "ITEM", value_parser = clap::value_parser!(u32).range(1..=1000))]
    spoilt: Option<u32>,
}
