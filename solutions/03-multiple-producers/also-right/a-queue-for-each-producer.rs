//! Each producer has a queue of its own, as long as its share, and the consumers select among all of them.
//! The order of finishing comes from timestamps that the consumers bring home.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Select, Sender, bounded, unbounded};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::fmt;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let share = (usize::from(args.capacity) / args.producers as usize).max(1);
    let (queues, shelves): (Vec<_>, Vec<_>) = (0..args.producers).map(|_| bounded(share)).unzip();
    // A ticket is needed to take an item. Whoever shows a result gives its ticket back.
    let tickets = args.ordered.map_or(args.producers * args.items + args.consumers, u32::from);
    let (give_back, ticket) = unbounded();
    for _ in 0..tickets {
        give_back.send(()).unwrap();
    }
    let (finish, finished) = unbounded();

    let (stamps, failed) = thread::scope(|scope| {
        let producers: Vec<_> = (1..)
            .zip(queues)
            .map(|(id, queue)| scope.spawn(move || produce(id, queue, args)))
            .collect();
        let consumers: Vec<_> = (1..=args.consumers)
            .map(|id| {
                let (shelves, finish) = (shelves.clone(), finish.clone());
                let (ticket, give_back) = (ticket.clone(), give_back.clone());
                scope.spawn(move || consume(id, shelves, ticket, give_back, finish))
            })
            .collect();
        drop((shelves, finish));
        if args.ordered.is_some() {
            scope.spawn(move || put_in_order(finished, give_back, args));
        } else {
            drop(finished);
        }
        let failed: Vec<bool> =
            producers.into_iter().map(|producer| producer.join().is_err()).collect();
        let stamps: Vec<_> =
            consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect();
        (stamps, failed)
    });

    let mut code = ExitCode::SUCCESS;
    for (id, failed) in (1..).zip(failed) {
        let mut mine: Vec<_> = stamps.iter().filter(|(_, item)| item.producer == id).collect();
        if failed {
            let lost = args.items as usize - mine.len();
            println!("lost: {lost} items of Producer-{id} (it panicked)");
            code = ExitCode::FAILURE;
        }
        mine.sort_by_key(|(at, _)| *at);
        let mut verdict = "in order";
        let mut order = Vec::new();
        for (place, (_, item)) in (1..).zip(&mine) {
            order.push(item.number.to_string());
            if item.number != place {
                verdict = "out of order";
            }
        }
        println!("Producer-{id}: {} items, finished {} ({verdict})", mine.len(), order.join(", "));
    }
    println!(
        "Consumed {} of {} items in {:.1} seconds",
        stamps.len(),
        args.producers * args.items,
        start.elapsed().as_secs_f64()
    );
    code
}

fn produce(id: u32, queue: Sender<Item>, args: Args) {
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        queue.send(item).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
    println!("[Producer-{id}] Done — added {} items", args.items);
}

fn consume(
    id: u32,
    shelves: Vec<Receiver<Item>>,
    ticket: Receiver<()>,
    give_back: Sender<()>,
    finish: Sender<Item>,
) -> Vec<(Instant, Item)> {
    let mut stamps = Vec::new();
    while let Some(item) = take(&shelves, &ticket) {
        println!("[Consumer-{id}] Took {item}");
        thread::sleep(item.using());
        stamps.push((Instant::now(), item));
        println!("[Consumer-{id}] Finished {item}");
        // Without --ordered, nobody listens.
        let _ = finish.send(item);
    }
    give_back.send(()).unwrap();
    println!("[Consumer-{id}] Shutting down");
    stamps
}

/// Waits for a ticket, and then for an item from any producer; `None` when all have closed their queues.
fn take(shelves: &[Receiver<Item>], ticket: &Receiver<()>) -> Option<Item> {
    ticket.recv().unwrap();
    let mut select = Select::new();
    for shelf in shelves {
        select.recv(shelf);
    }
    for _ in shelves {
        let operation = select.select();
        let index = operation.index();
        if let Ok(item) = operation.recv(&shelves[index]) {
            return Some(item);
        }
        select.remove(index);
    }
    None
}

fn put_in_order(finished: Receiver<Item>, give_back: Sender<()>, args: Args) {
    let mut waiting = vec![vec![false; args.items as usize + 1]; args.producers as usize];
    let mut next = vec![0; args.producers as usize];
    for item in finished {
        let of = item.producer as usize - 1;
        waiting[of][item.number as usize - 1] = true;
        while waiting[of][next[of]] {
            next[of] += 1;
            println!("[Results] item {} of Producer-{}", next[of], item.producer);
            let _ = give_back.send(());
        }
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
