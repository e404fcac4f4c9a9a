//! One thread plays all consumers: it keeps a timetable of who is free when, and sleeps from line to line.
//! refused by: alter-1

mod plumbing;

use plumbing::{Args, random_time};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
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
