//! A consumer that panics is gone for good. A second thread for each joins it, names what it had in hand, and takes
//! away what comes to a queue that nobody is left at.

mod plumbing;

use plumbing::{Args, random_time};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::sync::{Arc, Mutex};
use rehearsal::time::{Duration, Instant};
use rehearsal::{println, thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- One queue for all consumers ---");
    let mut fine = part(args, 1);
    if args.split {
        println!("--- A queue for each consumer ---");
        fine &= part(args, args.consumers as usize);
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Default)]
struct Notes {
    in_hand: Vec<Option<u32>>,
    done: u32,
}

type Ticket = Sender<()>;

fn part(args: Args, count: usize) -> bool {
    let start = Instant::now();
    let notes =
        Arc::new(Mutex::new(Notes { in_hand: vec![None; args.consumers as usize], done: 0 }));
    let mut queues = Vec::new();
    let mut ends = Vec::new();
    for _ in 0..count {
        let (queue, end) = bounded::<(u32, Ticket)>(args.capacity.into());
        queues.push(queue);
        ends.push(end);
    }
    let producer = thread::spawn(move || produce(queues, args));
    let alive = Arc::new(Mutex::new(vec![0; count]));
    let mut handles = Vec::new();
    for id in 1..=args.consumers {
        let at = (id as usize - 1) % count;
        alive.lock().unwrap()[at] += 1;
        let (end, rest) = (ends[at].clone(), ends[at].clone());
        let (notes, alive, seen) = (notes.clone(), alive.clone(), notes.clone());
        let consumer = thread::spawn(move || consume(id, end, notes, args));
        handles.push(thread::spawn(move || {
            let died = consumer.join().is_err();
            if died {
                let item = seen.lock().unwrap().in_hand[id as usize - 1].unwrap();
                println!("lost: item {item} (Consumer-{id} panicked)");
            }
            let left = {
                let mut alive = alive.lock().unwrap();
                alive[at] -= 1;
                alive[at]
            };
            if left == 0 {
                rest.iter().for_each(drop);
            }
            died
        }));
    }
    drop(ends);
    let mut all_fine = true;
    for handle in handles {
        all_fine &= !handle.join().unwrap();
    }
    producer.join().unwrap();
    let done = notes.lock().unwrap().done;
    println!(
        "{done} of {} items done in {:.1} seconds",
        args.items * args.batches,
        start.elapsed().as_secs_f64()
    );
    all_fine
}

fn produce(queues: Vec<Sender<(u32, Ticket)>>, args: Args) {
    for batch in 1..=args.batches {
        let (ticket, tickets) = bounded::<()>(0);
        for i in 1..=args.items {
            let item = (batch - 1) * args.items + i;
            thread::sleep(random_time(40..=120, item));
            let queue = &queues[(item as usize - 1) % queues.len()];
            if queue.send((item, ticket.clone())).is_ok() {
                println!("[Producer] Added item {item}");
            }
        }
        drop(ticket);
        let _ = tickets.recv();
        println!("Batch {batch} done");
    }
}

fn consume(id: u32, end: Receiver<(u32, Ticket)>, notes: Arc<Mutex<Notes>>, args: Args) {
    while let Ok((item, ticket)) = end.recv() {
        notes.lock().unwrap().in_hand[id as usize - 1] = Some(item);
        println!("[Consumer-{id}] Took item {item}");
        let time = time_for(id, item, args);
        thread::sleep(time);
        if args.fail == Some(item) {
            panic!("Consumer-{id} is no more");
        }
        println!("[Consumer-{id}] Finished item {item} (took {:.1}s)", time.as_secs_f64());
        notes.lock().unwrap().done += 1;
        drop(ticket);
        if args.leave_at == Some(item) {
            break;
        }
    }
    println!("[Consumer-{id}] Going home");
}

/// How long consumer `id` needs for an item.
fn time_for(id: u32, item: u32, args: Args) -> Duration {
    random_time(200..=900, item) * if args.slow == Some(id) { 4 } else { 1 }
}
