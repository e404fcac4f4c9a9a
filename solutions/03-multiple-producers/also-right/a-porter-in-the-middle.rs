//! A porter takes from the producers in turn, holds one item in its hand, and passes it on to the consumers in person.
//! Each consumer has a window that tells how far it may be ahead of the results.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Select, Sender, bounded, unbounded};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let share = (usize::from(args.capacity) / args.producers as usize).max(1);
    let mut shelves = Vec::new();
    let mut producers = Vec::new();
    for id in 1..=args.producers {
        let (queue, shelf) = bounded(share);
        shelves.push(Some(shelf));
        producers.push(thread::spawn(move || produce(id, queue, args)));
    }
    let (hand_over, items) = bounded(0);
    let porter = thread::spawn(move || carry(shelves, hand_over));
    let (report, reports) = unbounded();
    for id in 1..=args.consumers {
        let (items, report) = (items.clone(), report.clone());
        thread::spawn(move || consume(id, items, report, args));
    }
    drop((report, items));

    let orders = collect(reports, args);
    porter.join().unwrap();
    let mut lost = 0;
    for ((id, producer), order) in (1..).zip(producers).zip(&orders) {
        let count = order.len();
        let verdict = if order.is_sorted() { "in order" } else { "out of order" };
        let order: Vec<String> = order.iter().map(u32::to_string).collect();
        println!("Producer-{id}: {count} items, finished {} ({verdict})", order.join(", "));
        if producer.join().is_err() {
            let missing = args.items as usize - count;
            println!("lost: {missing} items of Producer-{id} (it panicked)");
            lost += missing;
        }
    }
    let consumed: usize = orders.iter().map(Vec::len).sum();
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Makes the items of one producer, one after another, and adds them to the queue.
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

/// Goes round, and begins each time behind the shelf from which it took last.
fn carry(mut shelves: Vec<Option<Receiver<Item>>>, hand_over: Sender<Item>) {
    while shelves.iter().any(Option::is_some) {
        let open: Vec<usize> =
            (0..shelves.len()).filter(|place| shelves[*place].is_some()).collect();
        let mut select = Select::new_biased();
        for place in &open {
            select.recv(shelves[*place].as_ref().unwrap());
        }
        let operation = select.select();
        let place = open[operation.index()];
        match operation.recv(shelves[place].as_ref().unwrap()) {
            Ok(item) => hand_over.send(item).unwrap(),
            Err(_) => shelves[place] = None,
        }
        shelves.rotate_left(place + 1);
    }
}

/// Takes items from the queue until it is closed and empty.
fn consume(id: u32, items: Receiver<Item>, report: Sender<(Item, Sender<()>)>, args: Args) {
    let window =
        args.ordered.map_or(usize::MAX, |limit| 1 + usize::from(limit) / args.consumers as usize);
    let (tell, told) = unbounded();
    let mut open = 0;
    for item in items {
        println!("[Consumer-{id}] Took {item}");
        thread::sleep(item.using());
        println!("[Consumer-{id}] Finished {item}");
        report.send((item, tell.clone())).unwrap();
        open += 1;
        while open >= window {
            told.recv().unwrap();
            open -= 1;
        }
    }
    println!("[Consumer-{id}] Shutting down");
}

/// Notes in which order the items are finished, and prints the results in the order of their producers.
fn collect(reports: Receiver<(Item, Sender<()>)>, args: Args) -> Vec<Vec<u32>> {
    let mut orders = vec![Vec::new(); args.producers as usize];
    let mut waiting: Vec<Vec<Option<Sender<()>>>> =
        vec![vec![None; args.items as usize]; args.producers as usize];
    let mut next = vec![0; args.producers as usize];
    for (item, tell) in reports {
        let of = item.producer as usize - 1;
        orders[of].push(item.number);
        waiting[of][item.number as usize - 1] = Some(tell);
        while args.ordered.is_some() && next[of] < waiting[of].len() {
            let Some(tell) = waiting[of][next[of]].take() else { break };
            next[of] += 1;
            println!("[Results] item {} of Producer-{}", next[of], item.producer);
            // Its consumer may have gone home.
            let _ = tell.send(());
        }
    }
    orders
}

/// What a producer makes. Each producer counts its own items from 1.
#[derive(Clone, Copy)]
struct Item {
    producer: u32,
    number: u32,
}
