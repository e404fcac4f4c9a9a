//! The queue is made by hand, of a lock and two condition variables. It knows its producers, counts the slots of
//! each, and is closed when the last of them has left; a guard says so, also when one panics.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::sync::{Arc, Condvar, Mutex};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::collections::VecDeque;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let queue = Arc::new(Queue::new(args));
    let mut producers = Vec::new();
    for id in 1..=args.producers {
        let queue = queue.clone();
        producers.push(thread::spawn(move || produce(id, &queue, args)));
    }
    let mut consumers = Vec::new();
    for id in 1..=args.consumers {
        let queue = queue.clone();
        consumers.push(thread::spawn(move || consume(id, &queue, args)));
    }
    for consumer in consumers {
        consumer.join().unwrap();
    }

    let inner = queue.inner.lock().unwrap();
    for (id, finished) in (1..).zip(&inner.finished) {
        let order: Vec<String> = finished.iter().map(u32::to_string).collect();
        let verdict = if finished.is_sorted() { "in order" } else { "out of order" };
        let (count, order) = (order.len(), order.join(", "));
        println!("Producer-{id}: {count} items, finished {order} ({verdict})");
    }
    let mut code = ExitCode::SUCCESS;
    for (id, producer) in (1..).zip(producers) {
        if producer.join().is_err() {
            let lost = args.items as usize - inner.finished[id - 1].len();
            println!("lost: {lost} items of Producer-{id} (it panicked)");
            code = ExitCode::FAILURE;
        }
    }
    let consumed: usize = inner.finished.iter().map(Vec::len).sum();
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
    code
}

/// Makes the items of one producer, one after another, and adds them to the queue.
fn produce(id: u32, queue: &Queue, args: Args) {
    let _presence = Presence(queue);
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        queue.add(item);
    }
    println!("[Producer-{id}] Done — added {} items", args.items);
}

/// Takes items from the queue until it is closed and empty.
fn consume(id: u32, queue: &Queue, args: Args) {
    while let Some(item) = queue.take() {
        println!("[Consumer-{id}] Took {item}");
        thread::sleep(item.using());
        queue.finish(id, item, args);
    }
    println!("[Consumer-{id}] Shutting down");
}

struct Queue {
    inner: Mutex<Inner>,
    changed: Condvar,
    capacity: usize,
    share: usize,
    ahead: usize,
}

struct Inner {
    items: VecDeque<Item>,
    producers: u32,
    taken: usize,
    shown: Vec<u32>,
    finished: Vec<Vec<u32>>,
}

impl Queue {
    fn new(args: Args) -> Queue {
        let none = Vec::new();
        let inner = Inner {
            items: VecDeque::new(),
            producers: args.producers,
            taken: 0,
            shown: vec![0; args.producers as usize],
            finished: vec![none; args.producers as usize],
        };
        let capacity = usize::from(args.capacity);
        Queue {
            inner: Mutex::new(inner),
            changed: Condvar::new(),
            capacity,
            share: (capacity / args.producers as usize).max(1),
            // Nobody takes an item whose result would have no place: held back, or in a consumer's hand.
            ahead: args.ordered.map_or(usize::MAX, |held| {
                usize::from(held) + args.consumers as usize
            }),
        }
    }

    fn add(&self, item: Item) {
        let mut inner = self.inner.lock().unwrap();
        loop {
            let mine = inner.items.iter().filter(|other| other.producer == item.producer).count();
            if mine < self.share && inner.items.len() < self.capacity {
                break;
            }
            inner = self.changed.wait(inner).unwrap();
        }
        inner.items.push_back(item);
        println!("[Producer-{}] Added item {}", item.producer, item.number);
        self.changed.notify_all();
    }

    fn take(&self) -> Option<Item> {
        let mut inner = self.inner.lock().unwrap();
        loop {
            let open = inner.taken - inner.shown.iter().sum::<u32>() as usize;
            if open < self.ahead
                && let Some(item) = inner.items.pop_front()
            {
                inner.taken += 1;
                self.changed.notify_all();
                return Some(item);
            }
            if inner.producers == 0 && inner.items.is_empty() {
                return None;
            }
            inner = self.changed.wait(inner).unwrap();
        }
    }

    fn finish(&self, id: u32, item: Item, args: Args) {
        let mut inner = self.inner.lock().unwrap();
        println!("[Consumer-{id}] Finished {item}");
        let of = item.producer as usize - 1;
        inner.finished[of].push(item.number);
        while inner.finished[of].contains(&(inner.shown[of] + 1)) {
            inner.shown[of] += 1;
            if args.ordered.is_some() {
                println!("[Results] item {} of Producer-{}", inner.shown[of], item.producer);
            }
        }
        self.changed.notify_all();
    }
}

/// Says goodbye for a producer, however it ends.
struct Presence<'a>(&'a Queue);

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        // The producer never panics while it holds the lock, so the lock is not poisoned.
        self.0.inner.lock().unwrap().producers -= 1;
        self.0.changed.notify_all();
    }
}

/// What a producer makes. Each producer counts its own items from 1.
#[derive(Clone, Copy)]
struct Item {
    producer: u32,
    number: u32,
}
