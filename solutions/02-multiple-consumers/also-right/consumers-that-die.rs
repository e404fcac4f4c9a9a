//! Right in another way: a consumer that panics is gone, and `main` learns of it as it joins the thread.
//! The consumers note what they hold where it outlives them, and a producer without consumers stops.

mod plumbing;

use plumbing::{Args, random_time};
use rehearsal::clap::Parser;
use rehearsal::crossbeam_channel::{Receiver, Sender, bounded};
use rehearsal::sync::atomic::{AtomicU32, Ordering};
use rehearsal::sync::{Arc, Condvar, Mutex};
use rehearsal::time::Instant;
use rehearsal::{println, thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse().checked();
    println!("--- One queue for all consumers ---");
    let mut lost = play(args, 1);
    if args.split {
        println!("--- A queue for each consumer ---");
        lost += play(args, args.consumers);
    }
    if lost > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Plays all batches, from the first item to the summary. Tells how many items were lost.
fn play(args: Args, queues: u32) -> u32 {
    let start = Instant::now();
    let (queues, items): (Vec<_>, Vec<_>) =
        (0..queues).map(|_| bounded(args.capacity.into())).unzip();
    let share = args.consumers / queues.len() as u32;
    let left = Mutex::new(Left { items: 0, consumers: vec![share; queues.len()] });
    let pool = Arc::new(Pool { left, changed: Condvar::new() });
    // The producer has the only senders: when it returns, the queues are closed.
    let producer = thread::spawn({
        let pool = pool.clone();
        move || produce(queues, pool, args)
    });
    let consumers: Vec<_> = (1..=args.consumers)
        .zip(items.iter().cycle())
        .map(|(id, its)| {
            let log = Arc::new(Log::default());
            let its = its.clone();
            let thread = thread::spawn({
                let queue = (id - 1) as usize % items.len();
                let (log, presence) = (log.clone(), Presence(pool.clone(), queue));
                move || consume(id, its, args, &log, presence)
            });
            (id, log, thread)
        })
        .collect();
    // So that the producer hears of it when the last consumer is gone.
    drop(items);

    producer.join().unwrap();
    let mut done = 0;
    for (id, log, thread) in consumers {
        if thread.join().is_err() {
            let item = log.holds.load(Ordering::SeqCst);
            println!("lost: item {item} (Consumer-{id} panicked)");
        }
        done += log.done.load(Ordering::SeqCst);
    }
    let (made, elapsed) = (args.batches * args.items, start.elapsed().as_secs_f64());
    println!("{done} of {made} items done in {elapsed:.1} seconds");
    made - done
}

/// What a consumer did, and the item that it holds.
#[derive(Default)]
struct Log {
    done: AtomicU32,
    holds: AtomicU32,
}

/// How many items are not over yet, and how many consumers of each queue are still there.
struct Pool {
    left: Mutex<Left>,
    changed: Condvar,
}

struct Left {
    items: u32,
    /// Those of each queue.
    consumers: Vec<u32>,
}

impl Pool {
    fn change(&self, change: impl FnOnce(&mut Left)) {
        change(&mut self.left.lock().unwrap());
        self.changed.notify_all();
    }
}

/// Counts an item down, however it comes to its end.
struct Receipt(Arc<Pool>);

impl Drop for Receipt {
    fn drop(&mut self) {
        self.0.change(|left| left.items -= 1);
    }
}

/// Counts a consumer down, however it comes to its end.
struct Presence(Arc<Pool>, usize);

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.change(|left| left.consumers[self.1] -= 1);
    }
}

type Item = (u32, Receipt);

/// Makes the items, one batch after another, and deals them out to the queues.
fn produce(queues: Vec<Sender<Item>>, pool: Arc<Pool>, args: Args) {
    let mut turns = queues.iter().cycle();
    for batch in 1..=args.batches {
        for item in (batch - 1) * args.items + 1..=batch * args.items {
            thread::sleep(random_time(40..=120, item));
            let queue = turns.next().unwrap();
            pool.change(|left| left.items += 1);
            if queue.send((item, Receipt(pool.clone()))).is_err() {
                println!("[Producer] Nobody is left for item {item}");
                return;
            }
            println!("[Producer] Added item {item}");
        }
        // What lies in a queue has no end if nobody is left to take it.
        let left = pool.left.lock().unwrap();
        let goes_on = |left: &mut Left| left.items > 0 && !left.consumers.contains(&0);
        let left = pool.changed.wait_while(left, goes_on).unwrap();
        if left.items > 0 {
            println!("[Producer] Nobody is left for {} items", left.items);
            return;
        }
        drop(left);
        println!("Batch {batch} done");
    }
}

/// Takes items until the queue is closed and empty, or until it is time to go.
fn consume(id: u32, items: Receiver<Item>, args: Args, log: &Log, _presence: Presence) {
    for (item, _receipt) in items {
        println!("[Consumer-{id}] Took item {item}");
        log.holds.store(item, Ordering::SeqCst);
        use_up(id, item, args);
        log.done.fetch_add(1, Ordering::SeqCst);
        if args.leave_at == Some(item) {
            break;
        }
    }
    println!("[Consumer-{id}] Going home");
}

/// Does what there is to do with one item.
fn use_up(id: u32, item: u32, args: Args) {
    let times = if args.slow == Some(id) { 4 } else { 1 };
    let time = times * random_time(200..=900, item);
    thread::sleep(time);
    if args.fail == Some(item) {
        panic!("item {item} is broken");
    }
    println!("[Consumer-{id}] Finished item {item} (took {:.1}s)", time.as_secs_f64());
}
