//! Each producer has a queue of its own, and the consumers select among all of them. Tokens limit what a producer adds,
//! first to its share and then to the capacity of all.
//! The order of finishing comes from numbers that the consumers draw as they print, and bring home.

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Select, Sender, bounded, unbounded};
use rehearsal::sync::{Arc, Mutex};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let share = (usize::from(args.capacity) / args.producers as usize).max(1);
    let (queues, shelves): (Vec<_>, Vec<_>) = (0..args.producers).map(|_| unbounded()).unzip();
    let (use_slots, used_slots): (Vec<_>, Vec<_>) =
        (0..args.producers).map(|_| bounded(share)).unzip();
    let (use_room, used_room) = bounded(args.capacity.into());
    let counter = Arc::new(Mutex::new(0));
    // A ticket is needed to take an item. Whoever shows a result gives its ticket back.
    let limit = args.ordered.map_or(args.producers * args.items, u32::from);
    let tickets = limit + args.consumers;
    let (give_back, ticket) = unbounded();
    for _ in 0..tickets {
        give_back.send(()).unwrap();
    }
    let (finish, finished) = unbounded();

    let (stamps, failed) = thread::scope(|scope| {
        let producers: Vec<_> = (1..)
            .zip(queues.into_iter().zip(use_slots))
            .map(|(id, (queue, use_slot))| {
                let room = [use_slot, use_room.clone()];
                scope.spawn(move || produce(id, queue, room, args))
            })
            .collect();
        let consumers: Vec<_> = (1..=args.consumers)
            .map(|id| {
                let (shelves, finish) = (shelves.clone(), finish.clone());
                let used = (used_slots.clone(), used_room.clone());
                let counter = counter.clone();
                let (ticket, give_back) = (ticket.clone(), give_back.clone());
                scope.spawn(move || consume(id, shelves, used, ticket, give_back, finish, counter))
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
        mine.sort_by_key(|(number, _)| *number);
        let finished: Vec<u32> = mine.iter().map(|(_, item)| item.number).collect();
        let order: Vec<String> = finished.iter().map(u32::to_string).collect();
        let verdict = if finished.is_sorted() { "in order" } else { "out of order" };
        let (count, order) = (order.len(), order.join(", "));
        println!("Producer-{id}: {count} items, finished {order} ({verdict})");
    }
    let consumed = stamps.len();
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
    code
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

/// Takes items from the queue until it is closed and empty.
fn consume(
    id: u32,
    shelves: Vec<Receiver<Item>>,
    (used_slots, used_room): (Vec<Receiver<()>>, Receiver<()>),
    ticket: Receiver<()>,
    give_back: Sender<()>,
    finish: Sender<Item>,
    counter: Arc<Mutex<u32>>,
) -> Vec<(u32, Item)> {
    let mut stamps = Vec::new();
    while let Some(item) = take(&shelves, &ticket) {
        used_slots[item.producer as usize - 1].recv().unwrap();
        used_room.recv().unwrap();
        println!("[Consumer-{id}] Took {item}");
        thread::sleep(item.using());
        let mut counter = counter.lock().unwrap();
        *counter += 1;
        println!("[Consumer-{id}] Finished {item}");
        stamps.push((*counter, item));
        drop(counter);
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

/// Shows a result as soon as all before it are shown, and gives its ticket back.
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
