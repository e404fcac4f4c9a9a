//! One producer, three consumers that compete for its items, and one queue.

mod plumbing;

use plumbing::{Args, random_time};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::time::Instant;
use rehearsal::{println, thread};

fn main() {
    let args = Args::parse().checked();
    println!("--- One queue for all consumers ---");
    play(args);
    if args.split {
        println!("--- A queue for each consumer ---");
        // TODO(alter-2): this plays the one queue again.
        play(args);
    }
}

/// Plays all batches, from the first item to the summary.
fn play(args: Args) {
    let start = Instant::now();
    let (queue, items) = bounded(args.capacity.into());
    let sender = queue.clone();
    let producer = thread::spawn(move || produce(sender, args));
    let consumers: Vec<_> = (1..=args.consumers)
        .map(|id| {
            let items = items.clone();
            thread::spawn(move || consume(id, items, args))
        })
        .collect();

    producer.join().unwrap();
    // TODO(alter-1): whoever went home early takes no sentinel, and so this may wait for ever for room.
    for _ in 0..args.consumers {
        queue.send(None).unwrap();
    }
    let mut done = 0;
    for consumer in consumers {
        // TODO(fix-1): a consumer that panicked ends the program here, and nobody says what was lost.
        done += consumer.join().unwrap();
    }
    let (made, elapsed) = (args.batches * args.items, start.elapsed().as_secs_f64());
    println!("{done} of {made} items done in {elapsed:.1} seconds");
}

/// Makes the items, one batch after another, and adds them to the queue.
fn produce(queue: Sender<Option<u32>>, args: Args) {
    for batch in 1..=args.batches {
        for item in (batch - 1) * args.items + 1..=batch * args.items {
            thread::sleep(random_time(40..=120, item));
            queue.send(Some(item)).unwrap();
            println!("[Producer] Added item {item}");
        }
        // TODO(fix-2): the batch is made, but it is not done.
        println!("Batch {batch} done");
    }
}

/// Takes items from the queue until a sentinel comes, or until it is time to go. Tells how many it did.
fn consume(id: u32, items: Receiver<Option<u32>>, args: Args) -> u32 {
    let mut done = 0;
    while let Some(item) = items.recv().unwrap() {
        println!("[Consumer-{id}] Took item {item}");
        use_up(id, item, args);
        done += 1;
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
