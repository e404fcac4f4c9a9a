//! No threads: one loop plays both actors, in the order in which their lines would come.
//! refused by: alter-1

use rehearsal::clap::Parser;
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::collections::VecDeque;

fn main() {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    let start = Instant::now();

    let waits = play(&args);
    let consumed = waits.len();
    let mean = waits.iter().sum::<Duration>().as_secs_f64() / consumed as f64;
    let longest = waits.iter().max().unwrap().as_secs_f64();
    println!("Items waited {mean:.1} seconds on average, {longest:.1} at most");
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
}

struct Item {
    number: u32,
    made: Instant,
}

/// Goes from one moment at which something happens to the next.
fn play(args: &Args) -> Vec<Duration> {
    let pause = |item| if args.stall.contains(&item) { STALL + MAKING } else { MAKING };
    let capacity = usize::from(args.capacity);
    let mut queue = VecDeque::new();
    let mut waits = Vec::new();
    let mut hand: Option<Item> = None;
    let mut next_made = Some(Instant::now() + pause(1));
    let mut free_at = Instant::now();
    let mut number = 1;
    while waits.len() < args.items as usize {
        let now = Instant::now();
        if next_made.is_some_and(|at| at <= now) {
            hand = Some(Item { number, made: now });
            next_made = None;
            if queue.len() >= capacity && free_at > now {
                println!("[Producer] No room — item {number} waits");
            }
        }
        if hand.is_some() && (queue.len() < capacity || (queue.is_empty() && free_at <= now)) {
            queue.extend(hand.take());
            println!("[Producer] Added item {number}");
            number += 1;
            if number <= args.items {
                next_made = Some(now + pause(number));
            } else {
                println!("[Producer] Done — added {} items", args.items);
            }
        }
        if free_at <= now
            && let Some(item) = queue.pop_front()
        {
            waits.push(item.made.elapsed());
            println!("[Consumer] Took item {}", item.number);
            free_at = now + USING;
            continue;
        }
        let next = match next_made {
            Some(made) if free_at <= now || made < free_at => made,
            _ => free_at,
        };
        thread::sleep(next - now);
    }
    thread::sleep(free_at - Instant::now());
    println!("[Consumer] Queue closed and empty");
    waits
}

// Odd lengths, so that the two never act at the same instant by accident.
const MAKING: Duration = Duration::from_millis(101);
const USING: Duration = Duration::from_millis(307);
const STALL: Duration = Duration::from_millis(2003);

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
