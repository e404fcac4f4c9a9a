//! Right in another way: the queue is a list with a lock and two condition variables.
//! It has room for one where none was asked for, which is as if somebody held one item in hand.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rehearsal::clap::{CommandFactory, Parser, error::ErrorKind};
use rehearsal::sync::{Arc, Condvar, Mutex, MutexGuard};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::VecDeque;
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
    let queues: Vec<_> = (0..queues).map(|_| Arc::new(Queue::new(args.capacity))).collect();
    let producer = thread::spawn({
        let queues = queues.clone();
        move || produce(queues, args)
    });
    let consumers: Vec<_> = (1..=args.consumers)
        .zip(queues.iter().cycle().cloned())
        .map(|(id, items)| thread::spawn(move || consume(id, items, args)))
        .collect();

    producer.join().unwrap();
    queues.iter().for_each(|queue| queue.close());
    let done: u32 = consumers.into_iter().map(|consumer| consumer.join().unwrap()).sum();
    let (made, elapsed) = (args.batches * args.items, start.elapsed().as_secs_f64());
    println!("{done} of {made} items done in {elapsed:.1} seconds");
    made - done
}

/// A queue for several producers and several consumers.
struct Queue {
    inside: Mutex<Inside>,
    not_empty: Condvar,
    changed: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct Inside {
    items: VecDeque<u32>,
    /// How many were taken and are not over yet.
    in_hand: usize,
    closed: bool,
}

impl Queue {
    fn new(capacity: u16) -> Queue {
        Queue {
            inside: Mutex::default(),
            not_empty: Condvar::new(),
            changed: Condvar::new(),
            capacity: capacity.max(1).into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// Waits for room, and puts an item in.
    fn put(&self, item: u32) {
        let full = |inside: &mut Inside| inside.items.len() >= self.capacity;
        let mut inside = self.changed.wait_while(self.lock(), full).unwrap();
        inside.items.push_back(item);
        self.not_empty.notify_one();
    }

    /// Waits for an item. `None`: the queue is closed and empty.
    fn take(&self) -> Option<u32> {
        let nothing = |inside: &mut Inside| inside.items.is_empty() && !inside.closed;
        let mut inside = self.not_empty.wait_while(self.lock(), nothing).unwrap();
        let item = inside.items.pop_front()?;
        inside.in_hand += 1;
        self.changed.notify_all();
        Some(item)
    }

    /// An item that was taken is over.
    fn over(&self) {
        self.lock().in_hand -= 1;
        self.changed.notify_all();
    }

    /// Waits until all that was put in is over.
    fn join(&self) {
        let open = |inside: &mut Inside| inside.in_hand > 0 || !inside.items.is_empty();
        drop(self.changed.wait_while(self.lock(), open).unwrap());
    }

    fn close(&self) {
        self.lock().closed = true;
        self.not_empty.notify_all();
    }
}

/// Makes the items, one batch after another, and deals them out to the queues.
fn produce(queues: Vec<Arc<Queue>>, args: Args) {
    let mut turns = queues.iter().cycle();
    for batch in 1..=args.batches {
        for item in (batch - 1) * args.items + 1..=batch * args.items {
            thread::sleep(random_time(40..=120, item));
            let queue = turns.next().unwrap();
            queue.put(item);
            println!("[Producer] Added item {item}");
        }
        queues.iter().for_each(|queue| queue.join());
        println!("Batch {batch} done");
    }
}

/// Takes items until the queue is closed and empty, or until it is time to go. Tells how many it did.
fn consume(id: u32, items: Arc<Queue>, args: Args) -> u32 {
    let mut done = 0;
    while let Some(item) = items.take() {
        println!("[Consumer-{id}] Took item {item}");
        match panic::catch_unwind(|| use_up(id, item, args)) {
            Ok(()) => done += 1,
            Err(_) => println!("lost: item {item} (Consumer-{id} panicked)"),
        }
        items.over();
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
