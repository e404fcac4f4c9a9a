//! Sentinels from the last producer out, which a guard counts. Slots are counted in a semaphore made of a lock and a
//! condition variable, and so is the place for results; the consumers print the results themselves.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::sync::atomic::{AtomicU32, Ordering};
use rehearsal::sync::{Arc, Condvar, Mutex};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::BTreeSet;
use std::fmt;

fn main() {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let (queue, items) = bounded(args.capacity.into());
    let share = (u32::from(args.capacity) / args.producers).max(1);
    let slots: Arc<Vec<Semaphore>> =
        Arc::new((0..args.producers).map(|_| Semaphore::new(share)).collect());
    let desk = Arc::new(Desk::new(args));
    let left = Arc::new(AtomicU32::new(args.producers));
    let mut producers = Vec::new();
    for id in 1..=args.producers {
        let exit = Exit { queue: queue.clone(), left: left.clone(), consumers: args.consumers };
        let slots = slots.clone();
        producers.push(thread::spawn(move || produce(id, exit, &slots[id as usize - 1], args)));
    }
    let mut consumers = Vec::new();
    for id in 1..=args.consumers {
        let (items, slots, desk) = (items.clone(), slots.clone(), desk.clone());
        consumers.push(thread::spawn(move || consume(id, items, &slots, &desk)));
    }

    for consumer in consumers {
        consumer.join().unwrap();
    }
    let mut lost = 0;
    let finished = desk.papers.lock().unwrap().finished.clone();
    for (id, producer) in (1..).zip(producers) {
        let order: Vec<u32> =
            finished.iter().filter(|item| item.producer == id).map(|item| item.number).collect();
        let in_order = order.windows(2).all(|pair| pair[0] < pair[1]);
        println!(
            "Producer-{id}: {} items, finished {} ({})",
            order.len(),
            order.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
            if in_order { "in order" } else { "out of order" }
        );
        if producer.join().is_err() {
            let missing = args.items - order.len() as u32;
            println!("lost: {missing} items of Producer-{id} (it panicked)");
            lost += missing;
        }
    }
    let elapsed = start.elapsed().as_secs_f64();
    let made = args.producers * args.items;
    println!("Consumed {} of {made} items in {elapsed:.1} seconds", finished.len());
    std::process::exit(i32::from(lost > 0));
}

/// What a producer holds as long as it may still add something.
struct Exit {
    queue: Sender<Option<Item>>,
    left: Arc<AtomicU32>,
    consumers: u32,
}

impl Drop for Exit {
    /// Also when the producer panics: whoever goes last turns off the light.
    fn drop(&mut self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            for _ in 0..self.consumers {
                self.queue.send(None).unwrap();
            }
        }
    }
}

fn produce(id: u32, exit: Exit, slots: &Semaphore, args: Args) {
    let last = if args.fail_producer == Some(id) { args.items / 2 } else { args.items };
    for number in 1..=last {
        // The slot comes first, then the item.
        slots.acquire();
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        exit.queue.send(Some(item)).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
    if last < args.items {
        panic!("Producer-{id} fell over");
    }
}

fn consume(id: u32, items: Receiver<Option<Item>>, slots: &[Semaphore], desk: &Desk) {
    while let Some(item) = items.recv().unwrap() {
        println!("[Consumer-{id}] Took {item}");
        slots[item.producer as usize - 1].release();
        thread::sleep(item.using());
        println!("[Consumer-{id}] Finished {item}");
        desk.hand_in(item);
    }
    println!("[Consumer-{id}] Shutting down");
}

/// Counts what may still be used.
struct Semaphore {
    free: Mutex<u32>,
    freed: Condvar,
}

impl Semaphore {
    fn new(free: u32) -> Semaphore {
        Semaphore { free: Mutex::new(free), freed: Condvar::new() }
    }

    fn acquire(&self) {
        let free = self.free.lock().unwrap();
        *self.freed.wait_while(free, |free| *free == 0).unwrap() -= 1;
    }

    fn release(&self) {
        *self.free.lock().unwrap() += 1;
        self.freed.notify_one();
    }
}

/// Where results are handed in, and wait until it is their turn.
struct Desk {
    papers: Mutex<Papers>,
    moved: Condvar,
    limit: Option<usize>,
}

struct Papers {
    finished: Vec<Item>,
    next: Vec<u32>,
    held_back: BTreeSet<(u32, u32)>,
}

impl Desk {
    fn new(args: Args) -> Desk {
        let next = vec![1; args.producers as usize];
        let papers = Papers { finished: Vec::new(), next, held_back: BTreeSet::new() };
        Desk {
            papers: Mutex::new(papers),
            moved: Condvar::new(),
            limit: args.ordered.map(usize::from),
        }
    }

    /// The next one always gets in. Any other waits until there is a place for it.
    fn hand_in(&self, item: Item) {
        let mut papers = self.papers.lock().unwrap();
        papers.finished.push(item);
        let Some(limit) = self.limit else { return };
        let of = item.producer as usize - 1;
        papers = self
            .moved
            .wait_while(papers, |papers| {
                papers.next[of] != item.number && papers.held_back.len() >= limit
            })
            .unwrap();
        papers.held_back.insert((item.producer, item.number));
        loop {
            let number = papers.next[of];
            if !papers.held_back.remove(&(item.producer, number)) {
                break;
            }
            papers.next[of] += 1;
            println!("[Results] item {number} of Producer-{}", item.producer);
        }
        self.moved.notify_all();
    }
}

/// What a producer makes. Each producer counts its own items from 1.
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
