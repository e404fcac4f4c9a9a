//! No queue: each thread keeps a timetable of its own, and nothing passes from one to the other.
//! refused by: alter-1

use rehearsal::clap::Parser;
use rehearsal::sync::Arc;
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};

fn main() {
    let args = Args::parse();
    println!("--- One producer, one consumer ---");
    let start = Instant::now();

    let times = Arc::new(timetable(&args));
    let producer = thread::spawn({
        let times = times.clone();
        move || produce(&times)
    });
    let consumer = thread::spawn(move || consume(&times));

    producer.join().unwrap();
    let waits = consumer.join().unwrap();
    let consumed = waits.len();
    let mean = waits.iter().sum::<Duration>().as_secs_f64() / consumed as f64;
    let longest = waits.iter().max().unwrap().as_secs_f64();
    println!("Items waited {mean:.1} seconds on average, {longest:.1} at most");
    let elapsed = start.elapsed().as_secs_f64();
    println!("Consumed {consumed} of {} items in {elapsed:.1} seconds", args.items);
}

/// When an item is made, added and taken.
struct Times {
    made: Duration,
    added: Duration,
    taken: Duration,
}

/// Works out when everything happens.
fn timetable(args: &Args) -> Vec<Times> {
    let mut times: Vec<Times> = Vec::new();
    for item in 1..=args.items as usize {
        let mut made = times.last().map_or(Duration::ZERO, |last| last.added) + MAKING;
        if args.stall.contains(&(item as u32)) {
            made += STALL;
        }
        let free = times.last().map_or(Duration::ZERO, |last| last.taken + USING);
        let capacity = usize::from(args.capacity);
        let mut added = made;
        if capacity == 0 {
            added = made.max(free);
        } else if item > capacity {
            added = made.max(times[item - capacity - 1].taken);
        }
        times.push(Times { made, added, taken: added.max(free) });
    }
    times
}

/// Adds the items at their times.
fn produce(times: &[Times]) {
    let start = Instant::now();
    for (item, time) in (1..).zip(times) {
        thread::sleep(time.made - start.elapsed());
        if time.added > time.made {
            println!("[Producer] No room — item {item} waits");
            thread::sleep(time.added - start.elapsed());
        }
        println!("[Producer] Added item {item}");
    }
    println!("[Producer] Done — added {} items", times.len());
}

/// Takes the items at their times.
fn consume(times: &[Times]) -> Vec<Duration> {
    let start = Instant::now();
    for (item, time) in (1..).zip(times) {
        thread::sleep(time.taken - start.elapsed());
        println!("[Consumer] Took item {item}");
        thread::sleep(USING);
    }
    println!("[Consumer] Queue closed and empty");
    times.iter().map(|time| time.taken - time.made).collect()
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
