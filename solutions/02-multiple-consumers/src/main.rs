//! One producer, three consumers that compete for its items, and one queue.

mod plumbing;

use plumbing::{Args, random_time};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::panic;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
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
    let consumers: Vec<_> = (1..=args.consumers)
        .zip(items.iter().cycle().cloned())
        .map(|(id, items)| thread::spawn(move || consume(id, items, args)))
        .collect();

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

/// Takes items until the queue is closed and empty, or until it is time to go. Tells how many it did.
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
