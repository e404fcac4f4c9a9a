//! One receiver for all consumers, behind a lock, as std's channel would have it. `main` joins the producers and then
//! sends the sentinels; a clerk answers each consumer when there is a place for its result.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rehearsal::sync::{Arc, Mutex};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    let mut consumed = 0;
    for (id, back) in (1..).zip(&back) {
        let finished = files.get(&id).map_or(&[][..], Vec::as_slice);
        consumed += finished.len();
        let order: Vec<String> = finished.iter().map(u32::to_string).collect();
        let verdict = if finished.is_sorted() { "in order" } else { "out of order" };
        let (count, order) = (order.len(), order.join(", "));
        println!("Producer-{id}: {count} items, finished {order} ({verdict})");
        if !back {
            let lost = args.items as usize - count;
            println!("lost: {lost} items of Producer-{id} (it panicked)");
        }
    }
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
    if back.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Makes the items of one producer, one after another, and adds them to the queue.
fn produce(id: u32, queue: &Sender<Option<Item>>, permit: &Receiver<()>, args: Args) {
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        permit.recv().unwrap();
        queue.send(Some(item)).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
    println!("[Producer-{id}] Done — added {} items", args.items);
}

/// Takes items from the queue until a sentinel comes.
fn consume(
    id: u32,
    items: &Mutex<Receiver<Option<Item>>>,
    permits: &[Sender<()>],
    hand_in: &Sender<(u32, Item, Sender<()>)>,
) {
    loop {
        // The lock is held while this one waits, and not while it works.
        let message = items.lock().unwrap().recv();
        let Ok(Some(item)) = message else { break };
        println!("[Consumer-{id}] Took {item}");
        // The producer may be done, and its permits gone.
        let _ = permits[item.producer as usize - 1].send(());
        thread::sleep(item.using());
        let (answer, answered) = bounded(1);
        hand_in.send((id, item, answer)).unwrap();
        answered.recv().unwrap();
    }
    println!("[Consumer-{id}] Shutting down");
}

/// Tells and files what is handed in, and shows it in order. Answers at once as long as there is a place.
fn file(handed_in: Receiver<(u32, Item, Sender<()>)>, args: Args) -> BTreeMap<u32, Vec<u32>> {
    let mut files = BTreeMap::<u32, Vec<u32>>::new();
    let mut next = BTreeMap::<u32, u32>::new();
    let mut held_back = BTreeSet::new();
    let mut waiting = VecDeque::new();
    for (id, item, answer) in handed_in {
        println!("[Consumer-{id}] Finished {item}");
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
