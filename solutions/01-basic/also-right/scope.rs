//! Scoped threads that borrow what they need; the consumer is a closure, and its numbers are kept as they come.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{RecvTimeoutError, TrySendError, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    let start = Instant::now();
    println!("Room in the queue: {}", args.capacity);
    let (mut consumed, mut total, mut longest) = (0, Duration::ZERO, Duration::ZERO);

    thread::scope(|s| {
        let (queue, items) = bounded::<(u32, Instant)>(args.capacity.into());

        s.spawn(|| {
            let queue = queue;
            for item in 1..=args.items {
                if args.stall.contains(&item) {
                    thread::sleep(STALL);
                }
                thread::sleep(MAKING);
                let mut sent = queue.try_send((item, Instant::now()));
                if let Err(TrySendError::Full(waiting)) = sent {
                    println!("[Producer] No room — item {item} waits");
                    sent = queue.send(waiting).map_err(|gone| TrySendError::Disconnected(gone.0));
                }
                if sent.is_err() {
                    println!("[Producer] The consumer is gone");
                    return;
                }
                println!("[Producer] Added item {item}");
            }
            println!("[Producer] Done — added {} items", args.items);
        });

        s.spawn(|| {
            let items = items;
            let mut patience = PATIENCE;
            loop {
                match items.recv_timeout(patience) {
                    Ok((item, made)) => {
                        let waited = made.elapsed();
                        println!("[Consumer] Took item {item}");
                        thread::sleep(USING);
                        (consumed, total, longest) =
                            (consumed + 1, total + waited, longest.max(waited));
                        patience = PATIENCE;
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        println!("[Consumer] No item for 0.5 seconds");
                        // As good as for ever: this stall has been told.
                        patience = Duration::from_secs(100_000);
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if args.leave_after == Some(consumed) {
                    println!("[Consumer] Leaving after {consumed} items");
                    return;
                }
            }
            println!("[Consumer] Queue closed and empty");
        });
    });

    let mut code = ExitCode::SUCCESS;
    if consumed < args.items {
        println!("undelivered: {}", args.items - consumed);
        code = ExitCode::from(1);
    }
    println!(
        "Items waited {:.1} seconds on average, {:.1} at most",
        (total / consumed).as_secs_f32(),
        longest.as_secs_f32()
    );
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
    code
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
