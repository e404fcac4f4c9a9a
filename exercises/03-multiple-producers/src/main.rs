//! Several producers, several consumers, and one bounded queue between them.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::fmt;

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

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {} of Producer-{}", self.number, self.producer)
    }
}

impl Item {
    /// Producer-1 is quick, Producer-2 slower, Producer-3 slow, and Producer-4 quick again.
    fn making(self) -> Duration {
        self.random_time(270, 330) + Duration::from_millis(200) * ((self.producer - 1) % 3)
    }

    /// The second item of each producer takes longer, and so does every fifth from there on.
    fn using(self) -> Duration {
        self.random_time(60, 140) * if self.number % 5 == 2 { 6 } else { 1 }
    }

    /// Random, and yet always the same for an item. In microseconds, so that no two act at one instant.
    fn random_time(self, from_ms: u64, to_ms: u64) -> Duration {
        let mut rng = ChaCha8Rng::seed_from_u64(to_ms);
        rng.set_stream(u64::from(self.producer) << 32 | u64::from(self.number));
        Duration::from_micros(rng.random_range(1000 * from_ms..=1000 * to_ms))
    }
}

/// Several producers, several consumers, and one bounded queue between them.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// How many items each producer makes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    items: u32,
    /// How many producers there are
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    producers: u32,
    /// How many consumers there are
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    consumers: u32,
    /// How many items the queue holds
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=1000))]
    capacity: u16,
    /// This producer needs no time to make an item
    #[arg(long, value_name = "PRODUCER", value_parser = clap::value_parser!(u32).range(1..=100))]
    greedy: Option<u32>,
    /// Put the results of each producer back in order, and hold back at most so many
    #[arg(long, value_name = "RESULTS", value_parser = clap::value_parser!(u16).range(1..=1000))]
    ordered: Option<u16>,
    /// This producer panics when it has made half of its items
    #[arg(long, value_name = "PRODUCER", value_parser = clap::value_parser!(u32).range(1..=100))]
    fail_producer: Option<u32>,
}

impl Args {
    /// Ends the program if a flag names a producer that does not exist.
    fn checked(self) -> Args {
        for (flag, id) in [("greedy", self.greedy), ("fail-producer", self.fail_producer)] {
            if let Some(id) = id.filter(|id| *id > self.producers) {
                eprintln!(
                    "error: --{flag} {id}: no such producer, as --producers is {}",
                    self.producers
                );
                std::process::exit(2);
            }
        }
        self
    }
}
