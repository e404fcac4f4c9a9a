//! A stop sign in the queue ends the consumer, not the closing; a sender stays alive in `main`.

use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, SendError, Sender, TrySendError, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process::ExitCode;

enum Message {
    Item { number: u32, made: Instant },
    Stop,
}

fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    let start = Instant::now();
    println!("Room in the queue: {}", args.capacity);

    let (queue, items) = bounded(args.capacity.into());
    let sender = queue.clone();
    let producer = thread::spawn(move || produce(&sender, args.items, &args.stall));
    let consumer = thread::spawn(move || consume(items, args.leave_after));

    let (count, total, longest) = consumer.join().unwrap();
    producer.join().unwrap();
    drop(queue);

    let mean = total.as_secs_f64() / f64::from(count);
    println!("Items waited {mean:.1} seconds on average, {:.1} at most", longest.as_secs_f64());
    if count < args.items {
        println!("undelivered: {}", args.items - count);
    }
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {count} of {} items in {elapsed:.1} seconds", args.items);
    ExitCode::from(u8::from(count < args.items))
}

/// Makes the items and adds them; the stop sign comes last.
fn produce(queue: &Sender<Message>, items: u32, stalls: &[u32]) {
    for number in 1..=items {
        if stalls.contains(&number) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        let Ok(()) = add(number, queue) else { return };
        println!("[Producer] Added item {number}");
    }
    // If the consumer has left, it needs no stop sign.
    let _ = queue.send(Message::Stop);
    println!("[Producer] Done — added {items} items");
}

fn add(number: u32, queue: &Sender<Message>) -> Result<(), SendError<Message>> {
    let item = Message::Item { number, made: Instant::now() };
    match queue.try_send(item) {
        Err(TrySendError::Full(item)) => {
            println!("[Producer] No room — item {number} waits");
            queue.send(item)
        }
        Err(TrySendError::Disconnected(item)) => Err(SendError(item)),
        Ok(()) => Ok(()),
    }
}

fn consume(items: Receiver<Message>, leave_after: Option<u32>) -> (u32, Duration, Duration) {
    let (mut count, mut total, mut longest) = (0, Duration::ZERO, Duration::ZERO);
    let mut told = false;
    loop {
        match items.recv_timeout(PATIENCE) {
            Ok(Message::Item { number, made }) => {
                told = false;
                let waited = made.elapsed();
                println!("[Consumer] Took item {number}");
                total += waited;
                longest = longest.max(waited);
                count += 1;
                thread::sleep(USING);
                if leave_after == Some(count) {
                    println!("[Consumer] Leaving after {count} items");
                    break;
                }
            }
            Ok(Message::Stop) => {
                println!("[Consumer] Queue closed and empty");
                break;
            }
            // Every half second, but told once.
            Err(_) if told => {}
            Err(_) => {
                println!("[Consumer] No item for 0.5 seconds");
                told = true;
            }
        }
    }
    (count, total, longest)
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
