//! One thread plays all consumers: it keeps a timetable of who is free when, and sleeps from line to line.
//! refused by: alter-1

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::{CommandFactory, Parser, error::ErrorKind};
use rehearsal::crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::ops::RangeInclusive;
use std::panic;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::checked();
    println!("--- One queue for all consumers ---");
    let mut lost = play(args, 1);
    if args.split {
        println!("--- A queue for each consumer ---");
        lost += play(args, args.consumers);
    }
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Plays all batches, from the first item to the summary. Tells how many items were lost.
fn play(args: Args, queues: u32) -> u32 {
    let start = Instant::now();
    let (queues, items): (Vec<_>, Vec<_>) =
        (0..queues).map(|_| bounded(args.capacity.into())).unzip();
    // The producer has the only senders: when it returns, the queues are closed.
    let producer = thread::spawn(move || produce(queues, args));
    let consumers = [thread::spawn(move || play_all(items[0].clone(), args))];

    producer.join().unwrap();
    let done: u32 = consumers.into_iter().map(|consumer| consumer.join().unwrap()).sum();
    let (made, elapsed) = (args.batches * args.items, start.elapsed().as_secs_f64());
    println!("{done} of {made} items done in {elapsed:.1} seconds");
    made - done
}

/// An item, and its receipt: a sender that sends nothing, and is dropped when the item is over.
type Item = (u32, Sender<()>);

/// Makes the items, one batch after another, and deals them out to the queues.
fn produce(queues: Vec<Sender<Item>>, args: Args) {
    let mut turns = queues.iter().cycle();
    for batch in 1..=args.batches {
        let (receipt, receipts) = bounded(0);
        for item in (batch - 1) * args.items + 1..=batch * args.items {
            thread::sleep(random_time(40..=120, item));
            let queue = turns.next().unwrap();
            queue.send((item, receipt.clone())).unwrap();
            println!("[Producer] Added item {item}");
        }
        drop(receipt);
        // Closed as soon as the last receipt is dropped, whatever became of the items.
        receipts.recv().unwrap_err();
        println!("Batch {batch} done");
    }
}

/// Plays all consumers, in one thread.
fn play_all(items: Receiver<Item>, args: Args) -> u32 {
    let start = Instant::now();
    let (mut done, mut open) = (0, true);
    let mut idle: Vec<u32> = (1..=args.consumers).rev().collect();
    // When it is finished, who does it, which item, and its receipt.
    let mut busy: Vec<(Duration, u32, u32, Sender<()>)> = Vec::new();
    while open || !busy.is_empty() {
        busy.sort_by_key(|work| work.0);
        let now = start.elapsed();
        let pause = busy.first().map_or(Duration::from_secs(60), |work| work.0.saturating_sub(now));
        if open && !idle.is_empty() {
            match items.recv_timeout(pause) {
                Ok((item, receipt)) => {
                    let id = idle.pop().unwrap();
                    println!("[Consumer-{id}] Took item {item}");
                    let until = start.elapsed() + random_time(200..=900, item);
                    busy.push((until, id, item, receipt));
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => open = false,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        if !busy.is_empty() {
            let (until, id, item, _receipt) = busy.remove(0);
            thread::sleep(until.saturating_sub(start.elapsed()));
            let time = random_time(200..=900, item);
            println!("[Consumer-{id}] Finished item {item} (took {:.1}s)", time.as_secs_f64());
            done += 1;
            if args.leave_at == Some(item) {
                println!("[Consumer-{id}] Going home");
            } else {
                idle.push(id);
            }
        }
    }
    for id in idle {
        println!("[Consumer-{id}] Going home");
    }
    done
}

/// Takes items until the queue is closed and empty, or until it is time to go. Tells how many it did.
#[allow(dead_code)]
fn consume(id: u32, items: Receiver<Item>, args: Args) -> u32 {
    let mut done = 0;
    for (item, _receipt) in items {
        println!("[Consumer-{id}] Took item {item}");
        match panic::catch_unwind(|| use_up(id, item, args)) {
            Ok(()) => done += 1,
            Err(_) => println!("lost: item {item} (Consumer-{id} panicked)"),
        }
        if args.leave_at == Some(item) {
            break;
        }
    }
    println!("[Consumer-{id}] Going home");
    done
}

/// Does what there is to do with one item.
fn use_up(id: u32, item: u32, args: Args) {
    let times = if args.slow == Some(id) { 4 } else { 1 };
    let time = times * random_time(200..=900, item);
    thread::sleep(time);
    if args.fail == Some(item) {
        panic!("item {item} is broken");
    }
    println!("[Consumer-{id}] Finished item {item} (took {:.1}s)", time.as_secs_f64());
}

/// Random, and yet always the same for an item and a range: whoever takes the item, and when.
fn random_time(millis: RangeInclusive<u64>, item: u32) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + millis.end());
    rng.set_stream(item.into());
    Duration::from_millis(rng.random_range(millis))
}

/// Chosen so that no two ever act at the same instant by accident.
const SEED: u64 = 136;

/// One producer, several consumers that compete for its items, and one queue.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many items there are in a batch
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    items: u32,
    /// How many batches the producer makes
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    batches: u32,
    /// How many consumers take the items
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    consumers: u32,
    /// How many items a queue holds; with 0, each is handed over in person
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=1000))]
    capacity: u16,
    /// Whoever does this item goes home after it
    #[arg(long, value_name = "ITEM", conflicts_with = "split")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    leave_at: Option<u32>,
    /// Whoever does this item panics
    #[arg(long, value_name = "ITEM", value_parser = clap::value_parser!(u32).range(1..))]
    fail: Option<u32>,
    /// This consumer needs four times as long
    #[arg(long, value_name = "CONSUMER", value_parser = clap::value_parser!(u32).range(1..))]
    slow: Option<u32>,
    /// Play it again with a queue for each consumer
    #[arg(long)]
    split: bool,
}

impl Args {
    /// Reads the flags, and refuses what can't be.
    fn checked() -> Args {
        let args = Args::parse();
        let refuse = |problem| Args::command().error(ErrorKind::ValueValidation, problem).exit();
        if args.slow > Some(args.consumers) {
            refuse("--slow names a consumer that does not exist: it is a number up to --consumers");
        }
        if args.leave_at.is_some() && args.consumers == 1 {
            refuse("--leave-at needs --consumers 2 or more, because somebody has to stay");
        }
        args
    }
}
