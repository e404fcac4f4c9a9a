//! Programs of threads that look where the rehearsal's own tests did not: `tests/kinds.rs` plays them.

use rehearsal::{
    crossbeam_channel::{Receiver, Sender, after, bounded, never, select, unbounded},
    println,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};
use std::{
    cell::RefCell,
    sync::atomic::{AtomicU32, Ordering},
};

macro_rules! cases {
    ($($case:ident)*) => {
        fn main() {
            match std::env::args().nth(1).as_deref() {
                $(Some(stringify!($case)) => $case(),)*
                other => panic!("there is no case {other:?}"),
            }
        }
    };
}

cases! {
    // Values that live as long as their thread.
    kept_by_main kept_by_worker keepsake last_words last_will last_lock
    // Hand-offs that print nothing.
    relay turnstile
    // Loops of several tries.
    two_tries three_tries try_and_look
    // Locks that are held.
    colliding_tries counted_collisions
    // Selections.
    forms even_arms timers
    // Locks that are not the rehearsal's.
    foreign_lock
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

// Values that live as long as their thread.

thread_local! {
    static KEPT: RefCell<Option<Sender<u32>>> = const { RefCell::new(None) };
    static SAYS: RefCell<Option<Says>> = const { RefCell::new(None) };
}

/// Sends as it is dropped.
struct Says(Sender<u32>, u32);

impl Drop for Says {
    fn drop(&mut self) {
        self.0.send(self.1).unwrap();
    }
}

/// The thread that finds the deadlock keeps a sender to its end.
fn kept_by_main() {
    let (queue, items) = unbounded::<u32>();
    KEPT.set(Some(queue));
    println!("waits");
    items.recv().unwrap(); // waits: kept_by_main
}

fn kept_by_worker() {
    let (queue, items) = unbounded::<u32>();
    let (answer, answers) = bounded::<u32>(0);
    let worker = thread::spawn(move || {
        KEPT.set(Some(queue.clone()));
        println!("[Worker] waits");
        answers.recv().unwrap(); // waits: kept_by_worker
    });
    println!("{:?}", items.recv());
    drop((answer, worker));
}

/// The list ends when the threads have, and with them their senders.
fn keepsake() {
    let (queue, items) = bounded::<u32>(1);
    for worker in 1..=3 {
        let queue = queue.clone();
        thread::spawn(move || {
            queue.send(worker).unwrap();
            KEPT.set(Some(queue));
        });
    }
    drop(queue);
    println!("{}", items.iter().sum::<u32>());
}

/// A rendezvous in the last breath of a thread that nobody joins.
fn last_words() {
    let (queue, items) = bounded(0);
    thread::spawn(move || SAYS.set(Some(Says(queue, 7))));
    println!("{:?} {:?}", items.recv(), items.recv());
}

/// A thread is joined when it has said its last word.
fn last_will() {
    let (queue, items) = bounded(2);
    let workers: Vec<_> = (1..=2)
        .map(|will| {
            let queue = queue.clone();
            thread::spawn(move || {
                SAYS.set(Some(Says(queue, will)));
                will
            })
        })
        .collect();
    let ended: u32 = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    println!("{ended} {}", items.try_iter().sum::<u32>());
}

/// Takes a lock as it is dropped.
fn last_lock() {
    thread_local!(static COUNTS: RefCell<Option<Counts>> = const { RefCell::new(None) });
    struct Counts(Arc<Mutex<u32>>);
    impl Drop for Counts {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    let count = Arc::new(Mutex::new(0));
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| COUNTS.set(Some(Counts(count.clone()))));
        }
    });
    println!("{}", count.lock().unwrap());
}

// Hand-offs that print nothing.

/// Two threads hand a number to and fro, for hours.
fn relay() {
    const ROUNDS: u32 = 30_000;
    let (turn, signal) = (Mutex::new(0), Condvar::new());
    let play = |mine: u32| {
        for _ in 0..ROUNDS / 2 {
            let mut turn =
                signal.wait_while(turn.lock().unwrap(), |turn| *turn % 2 != mine).unwrap();
            thread::sleep(ms(100));
            *turn += 1;
            signal.notify_all();
        }
    };
    thread::scope(|s| {
        s.spawn(|| play(0));
        s.spawn(|| play(1));
    });
    println!("{}", turn.lock().unwrap());
}

/// One hands out tickets, and another lets somebody in for each: a counter and a signal.
fn turnstile() {
    let (tickets, signal) = (Mutex::new(0_u32), Condvar::new());
    let passed = AtomicU32::new(0);
    thread::scope(|s| {
        s.spawn(|| {
            for _ in 0..25_000 {
                let mut free =
                    signal.wait_while(tickets.lock().unwrap(), |free| *free == 0).unwrap();
                *free -= 1;
                passed.fetch_add(1, Ordering::Relaxed);
            }
        });
        for _ in 0..25_000 {
            thread::sleep(ms(60));
            *tickets.lock().unwrap() += 1;
            signal.notify_one();
        }
    });
    println!("{}", passed.into_inner());
}

// Loops of several tries.

/// Offers, and takes what is offered: the other side gives up after a while.
fn two_tries() {
    let (full, _kept) = bounded(1);
    full.send(0).unwrap();
    let (offer, offers) = bounded(0);
    let patient = thread::spawn(move || {
        thread::sleep(ms(20));
        offer.send_timeout(5, ms(10))
    });
    loop {
        let _ = full.try_send(1);
        if let Ok(taken) = offers.try_recv() {
            println!("took {taken}");
            break;
        }
    }
    println!("{:?}", patient.join().unwrap());
}

fn three_tries() {
    let (full, _kept) = bounded(1);
    full.send(0).unwrap();
    let (_quiet, silence) = unbounded::<u32>();
    let (request, requests) = bounded(0);
    let patient = thread::spawn(move || {
        thread::sleep(ms(7));
        let deadline = rehearsal::time::Instant::now() + ms(1);
        request.send_deadline("please", deadline)
    });
    loop {
        let _ = full.try_send(1);
        let _ = silence.try_recv();
        thread::yield_now();
        if let Ok(request) = requests.try_recv() {
            println!("heard {request}");
            break;
        }
    }
    println!("{:?}", patient.join().unwrap());
}

/// A try, and a look that leads to a receive.
fn try_and_look() {
    let (full, _kept) = bounded(1);
    full.send(0).unwrap();
    let (queue, items) = bounded(1);
    let patient = thread::spawn(move || {
        queue.send(1).unwrap();
        thread::sleep(ms(3));
        queue.send_timeout(2, ms(1)).and_then(|()| queue.send_timeout(3, ms(1)))
    });
    let mut sum = 0;
    while sum < 6 {
        let _ = full.try_send(1);
        if !items.is_empty() {
            sum += items.recv().unwrap();
        }
    }
    println!("{sum} {:?}", patient.join().unwrap());
}

// Locks that are held.

/// Each of two takes the lock if it is free, for a moment in which it makes no other call.
fn colliding_tries() {
    let lock = Mutex::new(0);
    let failed = AtomicU32::new(0);
    let tries = || match lock.try_lock() {
        Ok(mut count) => *count += 1,
        Err(_) => _ = failed.fetch_add(1, Ordering::Relaxed),
    };
    thread::scope(|s| {
        s.spawn(tries);
        s.spawn(tries);
    });
    println!("{} taken, {} not", lock.lock().unwrap(), failed.into_inner());
}

/// Several who wait for a lock and count how often they found it taken.
fn counted_collisions() {
    let (lock, busy) = (Mutex::new(0), AtomicU32::new(0));
    thread::scope(|s| {
        for _ in 0..3 {
            s.spawn(|| {
                if lock.try_lock().is_err() {
                    busy.fetch_add(1, Ordering::Relaxed);
                }
                *lock.lock().unwrap() += 1;
            });
        }
    });
    println!("{} {}", lock.lock().unwrap(), busy.into_inner());
}

// Selections.

/// The forms that crossbeam's documentation shows.
fn forms() {
    let (queue, items) = unbounded::<u32>();
    let no_receivers: Vec<Receiver<u32>> = Vec::new();
    select! {
        recv(no_receivers.first().unwrap_or(&never())) -> _ => println!("something"),
        default => println!("nothing"),
    }
    select! {
        recv(items,) -> item => println!("{item:?}"),
        default() => println!("empty"),
    }
    select! {
        recv(items) -> _ => println!("something"),
        default(ms(5),) => println!("late"),
    }
    select! { send(&&queue, 7,) -> sent => println!("{sent:?}") }
    let mut receivers = vec![items.clone()];
    select! {
        recv(receivers.pop().unwrap_or(never())) -> item => if item == Ok(7) {
            println!("seven")
        },
        recv(after(ms(9))) -> _ => {}
    }
    select! {
        default() => {}
    }
}

/// Of arms that are alike, each is taken now and then, whether it is ready before or comes later.
fn even_arms() {
    let (queue, items) = bounded(0);
    let mut hits = [0; 3];
    thread::scope(|s| {
        s.spawn(move || (0..300).for_each(|item| queue.send(item).unwrap()));
        for _ in 0..300 {
            select! {
                recv(items) -> _ => hits[0] += 1,
                recv(items) -> _ => hits[1] += 1,
                recv(items) -> _ => hits[2] += 1,
            }
        }
    });
    println!("{}", hits.iter().all(|hit| *hit > 50));
}

/// What timers say of themselves, before and after.
fn timers() {
    let soon = after(ms(1));
    let told =
        || format!("{:?} {} {} {}", soon.capacity(), soon.len(), soon.is_empty(), soon.is_full());
    println!("{}", told());
    thread::sleep(ms(1));
    println!("{}", told());
    soon.recv().unwrap();
    println!("{}", told());
    let (one, other) = (never::<u32>(), never::<u32>());
    println!("{} {} {:?}", one.same_channel(&other), one.is_full(), one.capacity());
    println!("{}", after(ms(1)).same_channel(&after(ms(1))));
}

// Locks that are not the rehearsal's.

/// The holder of a lock of std's makes a mirrored call, and another thread wants the lock.
fn foreign_lock() {
    static LOG: std::sync::Mutex<u32> = std::sync::Mutex::new(0);
    let (queue, items) = bounded(0);
    let logger = thread::spawn(move || {
        let mut log = LOG.lock().unwrap();
        println!("[Logger] logs");
        queue.send(1).unwrap(); // waits: foreign_lock
        *log += 1;
    });
    thread::sleep(ms(1));
    println!("wants the log");
    *LOG.lock().unwrap() += 1;
    println!("{:?}", items.recv());
    logger.join().unwrap();
}
