//! No channel: a queue of its own, from a Mutex and two Condvars, with a close and a leave.

use rehearsal::clap::Parser;
use rehearsal::sync::{Arc, Condvar, Mutex};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::VecDeque;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    println!("Room in the queue: {}", args.capacity);
    let start = Instant::now();

    let queue = Arc::new(Queue::new(args.capacity.into()));
    let producer = thread::spawn({
        let queue = queue.clone();
        move || produce(&queue, args.items, &args.stall)
    });
    let consumer = thread::spawn({
        let queue = queue.clone();
        move || consume(&queue, args.leave_after)
    });

    producer.join().unwrap();
    let waits = consumer.join().unwrap();
    let consumed = waits.len() as u32;
    let mean = waits.iter().sum::<Duration>() / consumed;
    let longest = waits.iter().max().unwrap();
    let undelivered = args.items - consumed;
    if undelivered > 0 {
        println!("undelivered: {undelivered}");
    }
    println!(
        "Items waited {:.1} seconds on average, {:.1} at most",
        mean.as_secs_f64(),
        longest.as_secs_f64()
    );
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
    if undelivered > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

struct Item {
    number: u32,
    made: Instant,
}

struct Queue {
    state: Mutex<State>,
    capacity: usize,
    /// Somebody took an item, began to wait for one, or left.
    room: Condvar,
    /// Somebody added an item, or closed the queue.
    more: Condvar,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    closed: bool,
    left: bool,
    /// How many wait for an item: to each of them one can be handed over.
    waiting: usize,
}

impl State {
    fn is_full(&self, capacity: usize) -> bool {
        !self.left && self.items.len() >= capacity.max(self.waiting)
    }
}

impl Queue {
    fn new(capacity: usize) -> Queue {
        Queue { state: Mutex::default(), capacity, room: Condvar::new(), more: Condvar::new() }
    }

    /// Adds an item, waiting for room. `false`: nobody is left to take it.
    fn push(&self, item: Item) -> bool {
        let mut state = self.state.lock().unwrap();
        if state.is_full(self.capacity) {
            println!("[Producer] No room — item {} waits", item.number);
            state = self.room.wait_while(state, |state| state.is_full(self.capacity)).unwrap();
        }
        if state.left {
            return false;
        }
        state.items.push_back(item);
        self.more.notify_one();
        true
    }

    /// Takes an item, waiting for one. `None`: the queue is closed and empty.
    fn pop(&self) -> Option<Item> {
        let nothing = |state: &mut State| state.items.is_empty() && !state.closed;
        let mut state = self.state.lock().unwrap();
        state.waiting += 1;
        self.room.notify_one();
        let (guard, timeout) =
            self.more.wait_timeout_while(state, PATIENCE, |state| nothing(state)).unwrap();
        state = guard;
        if timeout.timed_out() {
            println!("[Consumer] No item for 0.5 seconds");
            state = self.more.wait_while(state, |state| nothing(state)).unwrap();
        }
        state.waiting -= 1;
        let item = state.items.pop_front();
        self.room.notify_one();
        item
    }

    fn close(&self) {
        self.state.lock().unwrap().closed = true;
        self.more.notify_all();
    }

    fn leave(&self) {
        self.state.lock().unwrap().left = true;
        self.room.notify_all();
    }
}

fn produce(queue: &Queue, items: u32, stalls: &[u32]) {
    for item in 1..=items {
        if stalls.contains(&item) {
            thread::sleep(STALL);
        }
        thread::sleep(MAKING);
        if !queue.push(Item { number: item, made: Instant::now() }) {
            println!("[Producer] Nobody is there for item {item}");
            return;
        }
        println!("[Producer] Added item {item}");
    }
    println!("[Producer] Done — added {items} items");
    queue.close();
}

fn consume(queue: &Queue, leave_after: Option<u32>) -> Vec<Duration> {
    let mut waits = Vec::new();
    while let Some(item) = queue.pop() {
        waits.push(item.made.elapsed());
        println!("[Consumer] Took item {}", item.number);
        thread::sleep(USING);
        if leave_after == Some(waits.len() as u32) {
            println!("[Consumer] Leaving after {} items", waits.len());
            queue.leave();
            return waits;
        }
    }
    println!("[Consumer] Queue closed and empty");
    waits
}

// Odd lengths, so that the two never act at the same instant by accident.
const MAKING: Duration = Duration::from_millis(101);
const USING: Duration = Duration::from_millis(307);
const STALL: Duration = Duration::from_millis(2003);

/// How long the consumer waits for an item before it says so.
const PATIENCE: Duration = Duration::from_millis(500);

/// One producer, one consumer, and a bounded queue between them.
#[derive(Parser)]
struct Args {
    /// How many items the producer makes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    items: u32,
    /// How many items the queue holds; with 0, each is handed over in person
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=1000))]
    capacity: u16,
    /// The consumer leaves after this many items
    #[arg(long, value_name = "ITEMS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    leave_after: Option<u32>,
    /// The producer pauses for two seconds before this item (may be given several times)
    #[arg(long, value_name = "ITEM", value_parser = clap::value_parser!(u32).range(1..=1000))]
    stall: Vec<u32>,
}
