//! An unbounded queue that is bounded by credits: the consumer gives one out each time it asks for an item.
//! Everything that is printed goes through a third thread.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let start = Instant::now();
    let (log, lines) = unbounded::<String>();
    let printer = thread::spawn(move || {
        for line in lines {
            println!("{line}");
        }
    });
    let say = {
        let log = log.clone();
        move |line: String| log.send(line).unwrap()
    };
    say("--- One producer, one consumer ---".to_owned());

    // As many items are on the way as there are credits, so neither queue needs a bound.
    let (queue, items) = unbounded();
    let (grant, credits) = unbounded();
    for _ in 0..args.capacity {
        grant.send(()).unwrap();
    }
    let producer = thread::spawn({
        let say = say.clone();
        move || produce(queue, credits, args.items, &args.stall, say)
    });
    let consumer = thread::spawn({
        let say = say.clone();
        move || consume(items, grant, args.leave_after, say)
    });
    producer.join().unwrap();
    let waits = consumer.join().unwrap();

    let consumed = waits.len() as u32;
    say(format!("Room in the queue: {}", args.capacity));
    let undelivered = args.items - consumed;
    if undelivered > 0 {
        say(format!("undelivered: {undelivered}"));
    }
    let mean = waits.iter().sum::<Duration>().as_secs_f64() / waits.len() as f64;
    let longest = waits.iter().max().unwrap().as_secs_f64();
    say(format!("Items waited {mean:.1} seconds on average, {longest:.1} at most"));
    let elapsed = start.elapsed().as_secs_f64();
    say(format!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items));
    drop((say, log));
    printer.join().unwrap();
    if undelivered > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn produce(
    queue: Sender<(u32, Instant)>,
    credits: Receiver<()>,
    items: u32,
    stalls: &[u32],
    say: impl Fn(String),
) {
    for item in 1..=items {
        if stalls.contains(&item) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        let made = Instant::now();
        let mut credit = credits.try_recv();
        if credit == Err(TryRecvError::Empty) {
            say(format!("[Producer] No room — item {item} waits"));
            credit = credits.recv().map_err(TryRecvError::from);
        }
        if credit.is_err() || queue.send((item, made)).is_err() {
            say(format!("[Producer] Stopping at item {item}"));
            return;
        }
        say(format!("[Producer] Added item {item}"));
    }
    say(format!("[Producer] Done — added {items} items"));
}

fn consume(
    items: Receiver<(u32, Instant)>,
    grant: Sender<()>,
    leave_after: Option<u32>,
    say: impl Fn(String),
) -> Vec<Duration> {
    let mut waits = Vec::new();
    loop {
        // Nobody may be left to use the credit, at the end.
        let _ = grant.send(());
        let begun = Instant::now();
        let mut item = items.recv_deadline(begun + PATIENCE).ok();
        if item.is_none() && begun.elapsed() >= PATIENCE {
            say("[Consumer] No item for 0.5 seconds".to_owned());
            item = items.recv().ok();
        }
        let Some((item, made)) = item else { break };
        waits.push(made.elapsed());
        say(format!("[Consumer] Took item {item}"));
        thread::sleep(USING);
        if leave_after == Some(waits.len() as u32) {
            say(format!("[Consumer] Leaving after {} items", waits.len()));
            return waits;
        }
    }
    say("[Consumer] Queue closed and empty".to_owned());
    waits
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
