//! Several producers, several consumers, and one bounded queue between them.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::time::Instant;
use rehearsal::{println, thread};

fn main() {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let (queue, items) = bounded(args.capacity.into());
    let producers: Vec<_> = (1..=args.producers)
        .map(|id| {
            let queue = queue.clone();
            thread::spawn(move || produce(id, queue, args))
        })
        .collect();
    let consumers: Vec<_> = (1..=args.consumers)
        .map(|id| {
            let items = items.clone();
            thread::spawn(move || consume(id, items))
        })
        .collect();

    for producer in producers {
        // TODO(fix-3): if one producer panics, `main` panics here, and nobody comes to an end.
        producer.join().unwrap();
    }
    // TODO(alter-1): nobody knows in which order the items of a producer were finished.
    let consumed: u32 = consumers.into_iter().map(|consumer| consumer.join().unwrap()).sum();
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
}

/// Makes the items of one producer, one after another, and adds them to the queue.
fn produce(id: u32, queue: Sender<Option<Item>>, args: Args) {
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        // TODO(fix-2): a greedy producer takes all the room in the queue.
        queue.send(Some(item)).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
    println!("[Producer-{id}] Done — added {} items", args.items);
    // TODO(fix-1): the last producer is slow, but is it always the last to finish?
    if id == args.producers {
        for _ in 0..args.consumers {
            queue.send(None).unwrap();
        }
    }
}

/// Takes items from the queue until there comes a sentinel, or the queue is closed and empty.
fn consume(id: u32, items: Receiver<Option<Item>>) -> u32 {
    let mut consumed = 0;
    while let Ok(Some(item)) = items.recv() {
        println!("[Consumer-{id}] Took {item}");
        thread::sleep(item.using());
        println!("[Consumer-{id}] Finished {item}");
        // TODO(alter-2): the results come in the order in which they are finished.
        consumed += 1;
    }
    println!("[Consumer-{id}] Shutting down");
    consumed
}

/// What travels through the queue. Each producer counts its own items from 1.
#[derive(Clone, Copy)]
struct Item {
    producer: u32,
    number: u32,
}
