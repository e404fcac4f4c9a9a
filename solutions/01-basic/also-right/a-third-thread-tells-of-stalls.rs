//! A third thread tells of stalls: the consumer tells it when a wait begins and when it ends.
//! The producer sleeps once for the pause and the making.

use rehearsal::clap::Parser;
use std::process::ExitCode;

use rehearsal::crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    println!("Room in the queue: {}", args.capacity);
    let start = Instant::now();
    let (queue, items) = bounded(args.capacity.into());
    // The watchman hears "I wait" and "I have it". What it hears comes before anything else happens.
    let (bell, bells) = bounded(0);
    let waits = thread::scope(|scope| {
        scope.spawn(|| produce(queue, &args));
        scope.spawn(|| watch(bells));
        let consumer = scope.spawn(|| consume(items, bell, args.leave_after));
        consumer.join().unwrap()
    });
    tell(&args, &waits, start)
}

/// Each `true` begins a wait, and each `false` ends it.
fn watch(bells: Receiver<bool>) {
    let mut waits = false;
    loop {
        let heard =
            if waits { bells.recv_timeout(PATIENCE) } else { bells.recv().map_err(Into::into) };
        match heard {
            Ok(begins) => waits = begins,
            Err(RecvTimeoutError::Timeout) => {
                println!("[Consumer] No item for 0.5 seconds");
                waits = false;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn consume(
    items: Receiver<(u32, Instant)>,
    bell: Sender<bool>,
    leave_after: Option<u32>,
) -> Vec<Duration> {
    let mut waits = Vec::new();
    let next = || {
        bell.send(true).unwrap();
        let item = items.recv().ok();
        bell.send(false).unwrap();
        item
    };
    for (number, made) in std::iter::from_fn(next) {
        waits.push(made.elapsed());
        println!("[Consumer] Took item {number}");
        thread::sleep(USING);
        if leave_after == Some(waits.len() as u32) {
            println!("[Consumer] Leaving after {} items", waits.len());
            return waits;
        }
    }
    println!("[Consumer] Queue closed and empty");
    waits
}

fn produce(queue: Sender<(u32, Instant)>, args: &Args) {
    let items = args.items;
    let gone = (1..=items).find(|number| {
        let stall = if args.stall.contains(number) { STALL } else { Duration::ZERO };
        thread::sleep(stall + MAKING);
        let item = (*number, Instant::now());
        let added = match queue.try_send(item) {
            Err(e) if e.is_full() => {
                println!("[Producer] No room — item {number} waits");
                queue.send(item).is_ok()
            }
            other => other.is_ok(),
        };
        if added {
            println!("[Producer] Added item {number}");
        }
        !added
    });
    match gone {
        Some(item) => println!("[Producer] Nobody takes item {item}"),
        None => println!("[Producer] Done — added {items} items"),
    }
}

/// The last lines, and the exit code.
fn tell(args: &Args, waits: &[Duration], start: Instant) -> ExitCode {
    let undelivered = args.items as usize - waits.len();
    if undelivered != 0 {
        println!("undelivered: {undelivered}");
    }
    let seconds: Vec<f64> = waits.iter().map(Duration::as_secs_f64).collect();
    let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    println!("Items waited {mean:.1} seconds on average, {longest:.1} at most");
    println!(
        "Consumed {} of {} items in {:.1} seconds",
        waits.len(),
        args.items,
        start.elapsed().as_secs_f64()
    );
    ExitCode::from(u8::from(undelivered != 0))
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
