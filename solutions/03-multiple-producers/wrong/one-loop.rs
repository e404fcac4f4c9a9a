//! No threads: one loop plays all, and sleeps until something happens.
//! refused by: alter-1

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::VecDeque;
use std::fmt;

fn main() {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let orders = play(args, start);
    let mut consumed = 0;
    for (id, order) in (1..).zip(orders) {
        let verdict = if order.is_sorted() { "in order" } else { "out of order" };
        let names: Vec<String> = order.iter().map(u32::to_string).collect();
        println!("Producer-{id}: {} items, finished {} ({verdict})", order.len(), names.join(", "));
        consumed += order.len();
    }
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
}

/// Goes from one moment at which something happens to the next.
fn play(args: Args, start: Instant) -> Vec<Vec<u32>> {
    let mut orders = vec![Vec::new(); args.producers as usize];
    let mut queue: VecDeque<Item> = VecDeque::new();
    // When an item will be made, and when one will be finished. Who waits for room has a time that is past.
    let mut making: Vec<Option<(Duration, Item)>> = (1..=args.producers)
        .map(|producer| {
            let item = Item { producer, number: 1 };
            Some((item.making(), item))
        })
        .collect();
    let mut using: Vec<Option<(Duration, Item)>> = vec![None; args.consumers as usize];
    loop {
        let now = start.elapsed();
        for (id, place) in (1..).zip(&mut using) {
            if let Some((_, item)) = place.take_if(|(due, _)| *due <= now) {
                println!("[Consumer-{id}] Finished {item}");
                orders[item.producer as usize - 1].push(item.number);
            }
        }
        loop {
            let before = queue.len();
            for (id, place) in (1..).zip(&mut using).filter(|(_, place)| place.is_none()) {
                if let Some(item) = queue.pop_front() {
                    println!("[Consumer-{id}] Took {item}");
                    *place = Some((now + item.using(), item));
                }
            }
            let ready = making.iter_mut().flatten().filter(|(due, _)| *due <= now);
            let Some(next) = ready.min_by_key(|(due, _)| *due) else { break };
            if queue.len() < usize::from(args.capacity) {
                let item = next.1;
                queue.push_back(item);
                println!("[Producer-{}] Added item {}", item.producer, item.number);
                let number = item.number + 1;
                let item = Item { number, ..item };
                making[item.producer as usize - 1] =
                    (number <= args.items).then(|| (now + item.making(), item));
            } else if queue.len() == before {
                break;
            }
        }
        let dues = making.iter().chain(&using).flatten().map(|(due, _)| *due);
        let Some(next) = dues.filter(|due| *due > now).min() else { break };
        thread::sleep(next - now);
    }
    orders
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
