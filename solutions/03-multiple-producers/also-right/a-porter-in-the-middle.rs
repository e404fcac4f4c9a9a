//! A porter takes from the producers in turn, holds one item in its hand, and passes it on to the consumers in person.
//! So the slots, of the queue and of each producer, are given back by the consumers.
//! With `--ordered` he has a window too: it tells how far the consumers may be ahead of the results.

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
    let (use_room, used_room) = bounded(args.capacity.into());
    let mut used_slots = Vec::new();
    let mut shelves = Vec::new();
    let mut producers = Vec::new();
    for id in 1..=args.producers {
        let (queue, shelf) = unbounded();
        let (use_slot, used_slot) = bounded(share);
        shelves.push(Some(shelf));
        used_slots.push(used_slot);
        let room = [use_slot, use_room.clone()];
        producers.push(thread::spawn(move || produce(id, queue, room, args)));
    }
    let (hand_over, items) = bounded(0);
    let (begin, begun) = match args.ordered {
        Some(limit) => bounded(usize::from(limit) + args.consumers as usize),
        None => unbounded(),
    };
    let porter = thread::spawn(move || carry(shelves, begin, hand_over));
    let (report, reports) = unbounded();
    for id in 1..=args.consumers {
        let (items, report) = (items.clone(), report.clone());
        let used = (used_slots.clone(), used_room.clone());
        thread::spawn(move || consume(id, items, used, report));
    }
    drop((report, items));

    let orders = collect(reports, begun, args);
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
fn produce(id: u32, queue: Sender<Item>, room: [Sender<()>; 2], args: Args) {
    for number in 1..=args.items {
        if args.fail_producer == Some(id) && number > args.items / 2 {
            panic!("Producer-{id} fell over");
        }
        let item = Item { producer: id, number };
        if args.greedy != Some(id) {
            thread::sleep(item.making());
        }
        room.iter().for_each(|slot| slot.send(()).unwrap());
        queue.send(item).unwrap();
        println!("[Producer-{id}] Added item {number}");
    }
    println!("[Producer-{id}] Done — added {} items", args.items);
}

/// Goes round, and begins each time behind the shelf from which it took last.
fn carry(mut shelves: Vec<Option<Receiver<Item>>>, begin: Sender<()>, hand_over: Sender<Item>) {
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
            Ok(item) => {
                begin.send(()).unwrap();
                hand_over.send(item).unwrap();
            }
            Err(_) => shelves[place] = None,
        }
        shelves.rotate_left(place + 1);
    }
}

/// Takes items from the queue until it is closed and empty.
fn consume(
    id: u32,
    items: Receiver<Item>,
    (used_slots, used_room): (Vec<Receiver<()>>, Receiver<()>),
    report: Sender<(u32, Item)>,
) {
    for item in items {
        used_slots[item.producer as usize - 1].recv().unwrap();
        used_room.recv().unwrap();
        println!("[Consumer-{id}] Took {item}");
        thread::sleep(item.using());
        report.send((id, item)).unwrap();
    }
    println!("[Consumer-{id}] Shutting down");
}

/// Tells and notes in which order the items are finished, and prints the results in the order of their producers.
fn collect(
    reports: Receiver<(u32, Item)>,
    begun: Receiver<()>,
    args: Args,
) -> Vec<Vec<u32>> {
    let mut orders = vec![Vec::new(); args.producers as usize];
    let mut waiting = vec![vec![false; args.items as usize]; args.producers as usize];
    let mut next = vec![0; args.producers as usize];
    for (id, item) in reports {
        println!("[Consumer-{id}] Finished {item}");
        let of = item.producer as usize - 1;
        orders[of].push(item.number);
        waiting[of][item.number as usize - 1] = true;
        while args.ordered.is_some() && waiting[of].get(next[of]) == Some(&true) {
            next[of] += 1;
            println!("[Results] item {} of Producer-{}", next[of], item.producer);
            begun.recv().unwrap();
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
