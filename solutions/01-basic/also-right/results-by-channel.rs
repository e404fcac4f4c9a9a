//! Nobody is joined: both actors report to `main` through a second channel, and its closing is the end.
//! The stall is found by `select!` with a default.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select, unbounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process::ExitCode;

/// What the consumer reports about an item.
struct Report {
    waited: Duration,
}

fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    println!("Room in the queue: {}", args.capacity);
    let start = Instant::now();

    let (queue, items) = bounded(args.capacity.into());
    // At most one report for each item, so it needs no bound.
    let (reporter, reports) = unbounded();
    thread::spawn({
        let alive = reporter.clone();
        move || {
            produce(queue, args.items, &args.stall);
            drop(alive);
        }
    });
    thread::spawn(move || consume(items, args.leave_after, reporter));

    let mut consumed = 0;
    let mut total = Duration::ZERO;
    let mut longest = Duration::ZERO;
    while let Ok(report) = reports.recv() {
        consumed += 1;
        total += report.waited;
        if report.waited > longest {
            longest = report.waited;
        }
    }

    let lost = args.items - consumed;
    if lost > 0 {
        println!("undelivered: {lost}");
    }
    println!(
        "Items waited {:.1} seconds on average, {:.1} at most",
        total.as_secs_f64() / f64::from(consumed),
        longest.as_secs_f64()
    );
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn produce(queue: Sender<(u32, Instant)>, items: u32, stalls: &[u32]) {
    for item in 1..=items {
        if stalls.contains(&item) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        match queue.try_send((item, Instant::now())) {
            Ok(()) => {}
            Err(TrySendError::Full(waiting)) => {
                println!("[Producer] No room — item {item} waits");
                if queue.send(waiting).is_err() {
                    return;
                }
            }
            Err(TrySendError::Disconnected(_)) => return,
        }
        println!("[Producer] Added item {item}");
    }
    println!("[Producer] Done — added {items} items");
}

fn consume(items: Receiver<(u32, Instant)>, leave_after: Option<u32>, reporter: Sender<Report>) {
    let mut consumed = 0;
    let mut impatient = true;
    loop {
        let patience = if impatient { PATIENCE } else { Duration::from_secs(3600) };
        select! {
            recv(items) -> message => {
                let Ok((item, made)) = message else { break };
                impatient = true;
                let waited = made.elapsed();
                println!("[Consumer] Took item {item}");
                thread::sleep(USING);
                consumed += 1;
                reporter.send(Report { waited }).unwrap();
                if leave_after == Some(consumed) {
                    println!("[Consumer] Leaving after {consumed} items");
                    return;
                }
            }
            default(patience) => {
                println!("[Consumer] No item for 0.5 seconds");
                impatient = false;
            }
        }
    }
    println!("[Consumer] Queue closed and empty");
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
