//! Sentinels from the last producer out, which a guard counts. Slots are counted in a semaphore made of a lock and a
//! condition variable, and so is the place for results; the consumers print the results themselves.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::sync::atomic::{AtomicU32, Ordering};
use rehearsal::sync::{Arc, Condvar, Mutex};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::collections::BTreeSet;

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
        let finished: Vec<u32> =
            finished.iter().filter(|item| item.producer == id).map(|item| item.number).collect();
        let order: Vec<String> = finished.iter().map(u32::to_string).collect();
        let verdict = if finished.is_sorted() { "in order" } else { "out of order" };
        let (count, order) = (order.len(), order.join(", "));
        println!("Producer-{id}: {count} items, finished {order} ({verdict})");
        if producer.join().is_err() {
            let missing = args.items - finished.len() as u32;
            println!("lost: {missing} items of Producer-{id} (it panicked)");
            lost += missing;
        }
    }
    let consumed = finished.len();
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
    std::process::exit(i32::from(lost > 0));
}

/// Makes the items of one producer, one after another, and adds them to the queue.
fn produce(id: u32, exit: Exit, slots: &Semaphore, args: Args) {
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        // The slot comes first, then the item.
        slots.acquire();
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        exit.queue.send(Some(item)).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
}

/// Takes items from the queue until a sentinel comes.
fn consume(id: u32, items: Receiver<Option<Item>>, slots: &[Semaphore], desk: &Desk) {
    while let Some(item) = items.recv().unwrap() {
        println!("[Consumer-{id}] Took {item}");
        slots[item.producer as usize - 1].release();
        thread::sleep(item.using());
        desk.hand_in(id, item);
    }
    println!("[Consumer-{id}] Shutting down");
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
    fn hand_in(&self, id: u32, item: Item) {
        let mut papers = self.papers.lock().unwrap();
        println!("[Consumer-{id}] Finished {item}");
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
