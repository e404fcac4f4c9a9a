//! Several producers, several consumers, and one bounded queue between them.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rehearsal::sync::{Arc, Mutex};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::collections::BTreeSet;
use std::process::ExitCode;
use thread::JoinHandle;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let (queue, items) = bounded(args.capacity.into());
    let (result, results) = unbounded();
    let result = Arc::new(Mutex::new(result));
    // So many may be taken and not yet shown: those held back, and one in the hand of each consumer.
    let (begin, begun) = match args.ordered {
        Some(limit) => bounded(usize::from(limit) + args.consumers as usize),
        None => unbounded(),
    };
    let producers: Vec<_> = (1..=args.producers)
        .map(|id| {
            let queue = queue.clone();
            thread::spawn(move || produce(id, queue, args))
        })
        .collect();
    let consumers: Vec<_> = (1..=args.consumers)
        .map(|id| {
            let (items, result, begin) = (items.clone(), result.clone(), begin.clone());
            thread::spawn(move || consume(id, items, result, begin))
        })
        .collect();
    // Only the others have senders now: the last one out closes the queue.
    drop((queue, result));

    let mut outcomes = vec![Outcome::default(); args.producers as usize];
    for item in results {
        let outcome = &mut outcomes[item.producer as usize - 1];
        outcome.finished.push(item.number);
        if args.ordered.is_some() {
            outcome.show_in_order(item, &begun);
        }
    }
    for consumer in consumers {
        consumer.join().unwrap();
    }
    let consumed = report(&outcomes);
    let lost = tell_losses(producers, &outcomes, args);
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Makes the items of one producer, one after another, and adds them to the queue.
fn produce(id: u32, queue: Sender<Message>, args: Args) {
    // It holds a token for each slot that this producer uses. When it is full, the share is used up.
    let share = u32::from(args.capacity) / args.producers;
    let (use_slot, used_slots) = bounded(share.max(1) as usize);
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        use_slot.send(()).unwrap();
        queue.send((item, used_slots.clone())).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
    println!("[Producer-{id}] Done — added {} items", args.items);
    // Here `queue` is dropped. If it was the last one, the queue is closed now.
}

/// Takes items from the queue until it is closed and empty, and sends on what is finished.
fn consume(id: u32, items: Receiver<Message>, result: Arc<Mutex<Sender<Item>>>, begin: Sender<()>) {
    loop {
        begin.send(()).unwrap();
        let Ok((item, used_slots)) = items.recv() else { break };
        used_slots.recv().unwrap();
        println!("[Consumer-{id}] Took {item}");
        thread::sleep(item.using());
        // Nobody comes between the line and the note of it, so both are in the same order.
        let result = result.lock().unwrap();
        println!("[Consumer-{id}] Finished {item}");
        result.send(item).unwrap();
    }
    println!("[Consumer-{id}] Shutting down");
}

/// What became of the items of one producer.
#[derive(Clone, Default)]
struct Outcome {
    finished: Vec<u32>,
    shown: u32,
    held_back: BTreeSet<u32>,
}

impl Outcome {
    /// Shows a result as soon as all before it are shown, and lets a consumer begin with another item.
    fn show_in_order(&mut self, item: Item, begun: &Receiver<()>) {
        self.held_back.insert(item.number);
        while self.held_back.remove(&(self.shown + 1)) {
            self.shown += 1;
            println!("[Results] item {} of Producer-{}", self.shown, item.producer);
            begun.recv().unwrap();
        }
    }
}

/// Tells for each producer in which order its items were finished. Counts all that were.
fn report(outcomes: &[Outcome]) -> usize {
    for (id, Outcome { finished, .. }) in (1..).zip(outcomes) {
        let order: Vec<String> = finished.iter().map(u32::to_string).collect();
        let verdict = if finished.is_sorted() { "in order" } else { "out of order" };
        let count = order.len();
        let order = if order.is_empty() { "none".to_owned() } else { order.join(", ") };
        println!("Producer-{id}: {count} items, finished {order} ({verdict})");
    }
    outcomes.iter().map(|outcome| outcome.finished.len()).sum()
}

/// Tells what the producers that panicked did not deliver. Counts all that is lost.
fn tell_losses(producers: Vec<JoinHandle<()>>, outcomes: &[Outcome], args: Args) -> u32 {
    let mut total = 0;
    for ((id, producer), outcome) in (1..).zip(producers).zip(outcomes) {
        if producer.join().is_err() {
            let lost = args.items - outcome.finished.len() as u32;
            println!("lost: {lost} items of Producer-{id} (it panicked)");
            total += lost;
        }
    }
    total
}

/// An item, and where to give back the slot that it uses in the queue.
type Message = (Item, Receiver<()>);

/// What a producer makes. Each producer counts its own items from 1.
#[derive(Clone, Copy)]
struct Item {
    producer: u32,
    number: u32,
}
