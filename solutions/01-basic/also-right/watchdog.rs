//! A third thread watches the clock for the stall; the numbers are kept in atomics, and the consumer is `main`.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rehearsal::sync::Arc;
use rehearsal::sync::atomic::{AtomicU64, Ordering};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process::exit;

/// In microseconds.
#[derive(Default)]
struct Waits {
    count: AtomicU64,
    total: AtomicU64,
    longest: AtomicU64,
}

fn main() {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    let start = Instant::now();
    println!("Room in the queue: {}", args.capacity);

    let (queue, items) = bounded(args.capacity.into());
    let (told, news) = bounded(0);
    let wanted = args.items;
    let producer = thread::Builder::new()
        .name("producer".to_owned())
        .spawn(move || produce(queue, wanted, &args.stall))
        .unwrap();
    let watchdog = thread::spawn(move || watch(news));
    let waits = Arc::new(Waits::default());
    consume(items, args.leave_after, told, waits.clone());
    producer.join().unwrap();
    watchdog.join().unwrap();

    let seconds = |micros: u64| micros as f64 / 1e6;
    let count = waits.count.load(Ordering::Relaxed);
    println!(
        "Items waited {:.1} seconds on average, {:.1} at most",
        seconds(waits.total.load(Ordering::Relaxed)) / count as f64,
        seconds(waits.longest.load(Ordering::Relaxed))
    );
    let undelivered = u64::from(wanted) - count;
    if undelivered > 0 {
        println!("undelivered: {undelivered}");
    }
    println!("Consumed {count} of {wanted} items in {:.1} seconds", start.elapsed().as_secs_f64());
    if undelivered > 0 {
        exit(1);
    }
}

fn produce(queue: Sender<(u32, Instant)>, items: u32, stalls: &[u32]) {
    for item in 1..=items {
        if stalls.contains(&item) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        let made = Instant::now();
        if queue.send_timeout((item, made), Duration::ZERO).is_err_and(|error| {
            if error.is_timeout() {
                println!("[Producer] No room — item {item} waits");
            }
            queue.send(error.into_inner()).is_err()
        }) {
            break;
        }
        println!("[Producer] Added item {item}");
        if item == items {
            println!("[Producer] Done — added {items} items");
        }
    }
}

/// What the consumer tells the watchdog.
enum News {
    Waiting,
    Busy,
}

fn consume(
    items: Receiver<(u32, Instant)>,
    leave_after: Option<u32>,
    told: Sender<News>,
    waits: Arc<Waits>,
) {
    let mut left = leave_after;
    loop {
        told.send(News::Waiting).unwrap();
        let next = items.recv();
        told.send(News::Busy).unwrap();
        let Ok((item, made)) = next else { break };
        let waited = made.elapsed().as_micros() as u64;
        waits.count.fetch_add(1, Ordering::Relaxed);
        waits.total.fetch_add(waited, Ordering::Relaxed);
        waits.longest.fetch_max(waited, Ordering::Relaxed);
        println!("[Consumer] Took item {item}");
        thread::sleep(USING);
        left = left.map(|left| left - 1);
        if left == Some(0) {
            println!("[Consumer] Leaving after {} items", waits.count.load(Ordering::Relaxed));
            return;
        }
    }
    println!("[Consumer] Queue closed and empty");
}

/// Speaks up when the consumer has waited for half a second.
fn watch(news: Receiver<News>) {
    while let Ok(News::Waiting) = news.recv() {
        if let Err(RecvTimeoutError::Timeout) = news.recv_timeout(PATIENCE) {
            println!("[Consumer] No item for 0.5 seconds");
            let _ = news.recv();
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
