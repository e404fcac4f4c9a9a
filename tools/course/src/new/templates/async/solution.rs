//! {{title}}: one producer, one consumer, and a bounded queue between them.

use rehearsal::async_channel::{Receiver, Sender, bounded};
use rehearsal::clap::Parser;
use rehearsal::{println, tokio};
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let args = Args::parse();
    println!("--- {{title}} ---");
    let start = Instant::now();

    let (queue, items) = bounded(args.capacity.into());
    let producer = tokio::spawn(produce(queue, args));
    let consumer = tokio::spawn(consume(items, args));

    producer.await.unwrap();
    let used = consumer.await.unwrap();
    println!("It took {:.1} seconds", start.elapsed().as_secs_f64());
    println!("Used {used} of {} items", args.items);
}

/// Makes the items, one after another, and adds them to the queue.
async fn produce(queue: Sender<u32>, args: Args) {
    for item in 1..=args.items {
        sleep(MAKING).await;
        queue.send(item).await.unwrap();
        println!("[Producer] Added item {item}");
    }
    println!("[Producer] Done");
}

/// Takes items until the queue is closed and empty, and tells how many it has used.
async fn consume(items: Receiver<u32>, args: Args) -> u32 {
    let mut used = 0;
    while let Ok(item) = items.recv().await {
        sleep(USING).await;
        if args.spoilt == Some(item) {
            println!("[Consumer] Threw item {item} away");
            continue;
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
