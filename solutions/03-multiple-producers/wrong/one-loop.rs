//! No threads: one loop plays all, and sleeps until something happens.
//! refused by: alter-1

mod plumbing;

use plumbing::Args;
use rehearsal::clap::Parser;
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::VecDeque;

fn main() {
    let args = Args::parse().checked();
    println!("--- Several producers, one queue ---");
    let start = Instant::now();

    let orders = play(args, start);
    let mut consumed = 0;
    for (id, order) in (1..).zip(orders) {
        let verdict = if order.is_sorted() { "in order" } else { "out of order" };
        let names: Vec<String> = order.iter().map(u32::to_string).collect();
        println!("Producer-{id}: {} items, finished {} ({verdict})", order.len(), names.join(", "));
        consumed += order.len();
    }
    let made = args.producers * args.items;
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {made} items in {elapsed:.1} seconds");
}

/// Goes from one moment at which something happens to the next.
fn play(args: Args, start: Instant) -> Vec<Vec<u32>> {
    let mut orders = vec![Vec::new(); args.producers as usize];
    let mut queue: VecDeque<Item> = VecDeque::new();
    // When an item will be made, and when one will be finished. Who waits for room has a time that is past.
    let mut making: Vec<Option<(Duration, Item)>> = (1..=args.producers)
        .map(|producer| {
            let item = Item { producer, number: 1 };
            Some((item.making(), item))
        })
        .collect();
    let mut using: Vec<Option<(Duration, Item)>> = vec![None; args.consumers as usize];
    loop {
        let now = start.elapsed();
        for (id, place) in (1..).zip(&mut using) {
            if let Some((_, item)) = place.take_if(|(due, _)| *due <= now) {
                println!("[Consumer-{id}] Finished {item}");
                orders[item.producer as usize - 1].push(item.number);
            }
        }
        loop {
            let before = queue.len();
            for (id, place) in (1..).zip(&mut using).filter(|(_, place)| place.is_none()) {
                if let Some(item) = queue.pop_front() {
                    println!("[Consumer-{id}] Took {item}");
                    *place = Some((now + item.using(), item));
                }
            }
            let ready = making.iter_mut().flatten().filter(|(due, _)| *due <= now);
            let Some(next) = ready.min_by_key(|(due, _)| *due) else { break };
            if queue.len() < usize::from(args.capacity) {
                let item = next.1;
                queue.push_back(item);
                println!("[Producer-{}] Added item {}", item.producer, item.number);
                let number = item.number + 1;
                let item = Item { number, ..item };
                making[item.producer as usize - 1] =
                    (number <= args.items).then(|| (now + item.making(), item));
            } else if queue.len() == before {
                break;
            }
        }
        let dues = making.iter().chain(&using).flatten().map(|(due, _)| *due);
        let Some(next) = dues.filter(|due| *due > now).min() else { break };
        thread::sleep(next - now);
    }
    orders
}

/// What a producer makes. Each producer counts its own items from 1.
#[derive(Clone, Copy)]
struct Item {
    producer: u32,
    number: u32,
}
