//! One receiver for all consumers, behind a lock, as std's channel would have it. `main` joins the producers and then
//! sends the sentinels; a clerk answers each consumer when there is a place for its result.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rehearsal::sync::{Arc, Mutex};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let (queue, items) = bounded(args.capacity.into());
    let items = Arc::new(Mutex::new(items));
    let mut permits = Vec::new();
    let mut producers = Vec::new();
    for id in 1..=args.producers {
        let (give, permit) = unbounded();
        for _ in 0..1.max(u32::from(args.capacity) / args.producers) {
            give.send(()).unwrap();
        }
        permits.push(give);
        let queue = queue.clone();
        producers.push(thread::spawn(move || produce(id, &queue, &permit, args)));
    }
    let (hand_in, handed_in) = unbounded();
    let clerk = thread::spawn(move || file(handed_in, args));
    let mut consumers = Vec::new();
    for id in 1..=args.consumers {
        let (items, permits, hand_in) = (items.clone(), permits.clone(), hand_in.clone());
        consumers.push(thread::spawn(move || consume(id, &items, &permits, &hand_in)));
    }
    drop(hand_in);

    let back: Vec<bool> = producers.into_iter().map(|producer| producer.join().is_ok()).collect();
    for _ in &consumers {
        queue.send(None).unwrap();
    }
    for consumer in consumers {
        consumer.join().unwrap();
    }
    let files = clerk.join().unwrap();
    let mut total = 0;
    for (id, back) in (1..).zip(&back) {
        let order = files.get(&id).map_or(&[][..], Vec::as_slice);
        total += order.len();
        let tidy = order.iter().zip(&order[1.min(order.len())..]).all(|(one, next)| one < next);
        let verdict = if tidy { "in order" } else { "out of order" };
        let text = order.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        println!("Producer-{id}: {} items, finished {text} ({verdict})", order.len());
        if !back {
            let lost = args.items as usize - order.len();
            println!("lost: {lost} items of Producer-{id} (it panicked)");
        }
    }
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {total} of {made} items in {elapsed:.1} seconds");
    ExitCode::from(u8::from(back.contains(&false)))
}

fn produce(id: u32, queue: &Sender<Option<Item>>, permit: &Receiver<()>, args: Args) {
    let mut number = 0;
    while number < args.items {
        number += 1;
        if args.fail_producer == Some(id) {
            assert!(number <= args.items / 2, "Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        permit.recv().unwrap();
        queue.send(Some(item)).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
    println!("[Producer-{id}] Done — added {number} items");
}

fn consume(
    id: u32,
    items: &Mutex<Receiver<Option<Item>>>,
    permits: &[Sender<()>],
    hand_in: &Sender<(Item, Sender<()>)>,
) {
    loop {
        // The lock is held while this one waits, and not while it works.
        let message = items.lock().unwrap().recv();
        let Ok(Some(item)) = message else { break };
        println!("[Consumer-{id}] Took {item}");
        // The producer may be done, and its permits gone.
        let _ = permits[item.producer as usize - 1].send(());
        thread::sleep(item.using());
        println!("[Consumer-{id}] Finished {item}");
        let (answer, answered) = bounded(1);
        hand_in.send((item, answer)).unwrap();
        answered.recv().unwrap();
    }
    println!("[Consumer-{id}] Shutting down");
}

/// Files what is handed in, and shows it in order. Answers at once as long as there is a place.
fn file(handed_in: Receiver<(Item, Sender<()>)>, args: Args) -> BTreeMap<u32, Vec<u32>> {
    let mut files = BTreeMap::<u32, Vec<u32>>::new();
    let mut next = BTreeMap::<u32, u32>::new();
    let mut held_back = BTreeSet::new();
    let mut waiting = VecDeque::new();
    for (item, answer) in handed_in {
        files.entry(item.producer).or_default().push(item.number);
        waiting.push_back(answer);
        if args.ordered.is_some() {
            held_back.insert((item.producer, item.number));
            let next = next.entry(item.producer).or_insert(1);
            while held_back.remove(&(item.producer, *next)) {
                println!("[Results] item {next} of Producer-{}", item.producer);
                *next += 1;
            }
        }
        let limit = args.ordered.map_or(usize::MAX, usize::from);
        while held_back.len() <= limit.saturating_add(waiting.len() - 1) {
            let Some(answer) = waiting.pop_front() else { break };
            answer.send(()).unwrap();
            if waiting.is_empty() {
                break;
            }
        }
    }
    files
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
