//! Programs of threads, one for each subcommand: `cargo run --example threads -- pool --pace instant`.
//!
//! They are what `tests/threads.rs` plays. A comment `// waits: …` marks a line that a report has to name.

use rehearsal::{
    crossbeam_channel::{
        Receiver, Select, Sender, after, at, bounded, never, select, select_biased, tick, unbounded,
    },
    eprintln, print, println,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
    work,
};
use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    process,
    sync::atomic::{AtomicBool, Ordering},
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
    // One order.
    transcripts pool slow_pool sleep_at_the_end
    // Calls and what they return.
    sends receives iterators timers selections builders wrong_receiver mutexes condvars threads scopes
    // Who is woken.
    rendezvous rendezvous_select rendezvous_claims rendezvous_crowd woken_for_another notifications bursts
    // Instants.
    timeouts ties_with_timeouts cores fair_cores room_for_two busy_wait waits_between never_waits
    // Deadlocks.
    forgotten_sender forgotten_list few_sentinels full_queue lone_rendezvous abba double_lock lost_notify
    join_oneself join_circle endless_scope select_nothing dropped_selection_strands dropped_selection_gives_back
    // Other ends.
    poison panic_among_others main_returns main_panics exit_in_a_thread many_threads
    nested_scopes prunes
    // Loops.
    try_spin two_spinners lock_spin lock_spins_beside_sleep yield_spin look_spin closed_spin deserted_spin finish_spin
    zero_sleep_spin bare_loop poll_loop heartbeat heartbeat_beside_sleep counter
    // The real world.
    reads_a_line foreign foreign_sender talks_on talks_without_end
    early_stranger early_stranger_and_crossed_locks
    // Bugs that a schedule finds, and programs that every schedule plays well.
    sleep_for_join check_then_act crossed_locks stress claims_under_schedules right_counts
    // Cost.
    ping_pong
}

/// The number after the case's name.
fn number(nth: usize, default: u64) -> u64 {
    std::env::args().nth(nth + 1).and_then(|arg| arg.parse().ok()).unwrap_or(default)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn since(start: Instant) -> String {
    format!("{} ms", start.elapsed().as_millis())
}

// One order.

fn transcripts() {
    pool();
    racing();
    ties();
    buffer();
}

fn pool() {
    let (queue, jobs) = bounded(3);
    let mut actors = Vec::new();
    for id in 1..=2 {
        let queue = queue.clone();
        actors.push(thread::spawn(move || {
            for n in 1..=8 {
                thread::sleep(ms((id * 7 + n * 13) % 20));
                queue.send(id * 100 + n).unwrap();
                println!("[Producer-{id}] added {n}");
            }
        }));
    }
    drop(queue);
    let (results, sums) = unbounded();
    for id in 1..=3 {
        let (jobs, results) = (jobs.clone(), results.clone());
        actors.push(thread::spawn(move || {
            for job in jobs {
                thread::sleep(ms(20 + job % 30));
                println!("[Worker-{id}] processed {job}");
                results.send(job).unwrap();
            }
        }));
    }
    drop(results);
    actors.into_iter().for_each(|actor| actor.join().unwrap());
    println!("all {}, sum {}", sums.len(), sums.iter().sum::<u64>());
}

fn racing() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let racer = |id: u64| {
        let seen = seen.clone();
        move || {
            for n in 1..=3 {
                println!("[Racer-{id}] {n}");
                seen.lock().unwrap().push(id * 10 + n);
                thread::yield_now();
            }
        }
    };
    let racers: Vec<_> = (1..=4).map(|id| thread::spawn(racer(id))).collect();
    racers.into_iter().for_each(|racer| racer.join().unwrap());
    println!("{:?}", seen.lock().unwrap());
}

fn ties() {
    thread::scope(|s| {
        for id in 1..=4 {
            s.spawn(move || {
                for n in 1..=3 {
                    thread::sleep(ms(10));
                    println!("[Sleeper-{id}] {n}");
                }
            });
        }
    });
}

/// A bounded queue made by hand.
#[derive(Default)]
struct Buffer {
    items: Mutex<VecDeque<u64>>,
    changed: Condvar,
}

impl Buffer {
    fn put(&self, item: u64) {
        let full = |items: &mut VecDeque<u64>| items.len() >= 2;
        let items = self.changed.wait_while(self.items.lock().unwrap(), full);
        items.unwrap().push_back(item);
        self.changed.notify_all();
    }

    fn take(&self) -> u64 {
        let mut items = self.items.lock().unwrap();
        loop {
            if let Some(item) = items.pop_front() {
                self.changed.notify_all();
                return item;
            }
            items = self.changed.wait(items).unwrap();
        }
    }
}

fn buffer() {
    let buffer = Buffer::default();
    thread::scope(|s| {
        for id in 1..=3 {
            s.spawn({
                let buffer = &buffer;
                move || (1..=4).for_each(|n| buffer.put(id * 10 + n))
            });
        }
        for id in 1..=2 {
            s.spawn({
                let buffer = &buffer;
                move || {
                    for _ in 0..6 {
                        println!("[Taker-{id}] {}", buffer.take());
                        thread::sleep(ms(id));
                    }
                }
            });
        }
    });
}

/// Takes 300 ms.
fn slow_pool() {
    let (queue, jobs) = bounded(1);
    let worker = thread::spawn(move || {
        for job in jobs {
            work(ms(100));
            println!("[Worker] processed {job}");
        }
    });
    (1..=3).for_each(|job| queue.send(job).unwrap());
    drop(queue);
    worker.join().unwrap();
}

/// Prints nothing after its sleep, and takes its time none the less.
fn sleep_at_the_end() {
    println!("good night");
    thread::sleep(ms(300));
}

// Calls and what they return. Nothing here depends on an order, so the real crates have to say the same.

fn sends() {
    let (queue, items) = bounded(1);
    println!("{:?} {:?}", queue.send(1), queue.try_send(2));
    println!("{:?}", queue.send_timeout(3, ms(2)));
    println!("{:?}", queue.send_deadline(4, Instant::now() + ms(2)));
    println!("{:?}", queue.send_deadline(5, Instant::now()));
    println!("{} {} {} {:?}", queue.len(), queue.is_empty(), queue.is_full(), queue.capacity());
    println!("{:?} {:?}", items.try_recv(), queue.send_timeout(6, ms(2)));
    println!("{:?} {:?}", items.try_recv(), queue.send_deadline(7, Instant::now()));
    println!("{queue:?} {}", queue.same_channel(&queue.clone()));
    drop(items);
    println!("{:?} {:?}", queue.send(8), queue.try_send(9));
    println!("{:?} {:?}", queue.send_timeout(8, ms(2)), queue.send_deadline(9, Instant::now()));

    let (queue, items) = unbounded();
    println!("{:?} {:?} {:?}", queue.send(1), queue.try_send(2), queue.send_timeout(3, ms(1)));
    println!("{} {} {} {:?}", queue.len(), queue.is_empty(), queue.is_full(), queue.capacity());
    println!("{:?}", items.iter().take(3).collect::<Vec<_>>());

    let (queue, items) = bounded(0);
    println!("{:?} {:?}", queue.try_send(1), queue.send_timeout(2, ms(2)));
    println!("{} {} {} {:?}", queue.len(), queue.is_empty(), queue.is_full(), queue.capacity());
    drop(items);
    println!("{:?} {:?}", queue.try_send(1), queue.send(2));
    let refused = queue.send_timeout(3, ms(2)).unwrap_err();
    println!("{} {} {}", refused.is_timeout(), refused.is_disconnected(), refused.into_inner());
}

fn receives() {
    let (queue, items) = bounded(2);
    println!("{:?} {:?}", items.try_recv(), items.recv_timeout(ms(2)));
    println!("{:?}", items.recv_deadline(Instant::now() + ms(2)));
    println!("{:?}", items.recv_deadline(Instant::now()));
    (1..=2).for_each(|item| queue.send(item).unwrap());
    println!("{} {} {} {:?}", items.len(), items.is_empty(), items.is_full(), items.capacity());
    println!("{:?} {:?}", items.recv(), items.recv_timeout(ms(2)));
    (3..=4).for_each(|item| queue.send(item).unwrap());
    println!("{:?} {:?}", items.recv_deadline(Instant::now()), items.try_recv());
    queue.send(5).unwrap();
    println!("{items:?} {}", items.same_channel(&items.clone()));
    drop(queue);
    println!("{:?} {:?} {:?}", items.recv(), items.recv(), items.try_recv());
    println!("{:?} {:?}", items.recv_timeout(ms(2)), items.recv_deadline(Instant::now()));

    let (queue, items) = bounded::<u32>(0);
    println!("{:?} {:?}", items.try_recv(), items.recv_timeout(ms(2)));
    println!("{} {} {} {:?}", items.len(), items.is_empty(), items.is_full(), items.capacity());
    drop(queue);
    println!("{:?} {:?} {:?}", items.try_recv(), items.recv(), items.recv_timeout(ms(2)));
}

fn iterators() {
    let (queue, items) = unbounded();
    (1..=9).for_each(|item| queue.send(item).unwrap());
    println!("{:?}", items.iter().take(2).collect::<Vec<_>>());
    println!("{:?}", items.try_iter().take(2).collect::<Vec<_>>());
    println!("{:?} {:?}", items.iter(), items.try_iter());
    for item in &items {
        println!("by reference {item}");
        if item == 6 {
            break;
        }
    }
    println!("{:?}", items.try_iter().collect::<Vec<_>>());
    queue.send(10).unwrap();
    drop(queue);
    let mut rest = items.into_iter();
    println!("{:?} {:?} {:?} {rest:?}", rest.next(), rest.next(), rest.next());
}

fn timers() {
    let start = Instant::now();
    let late = after(Duration::from_secs(60));
    println!("{:?} {} {:?}", late.try_recv().is_ok(), late.is_empty(), late.capacity());
    let once = after(ms(4));
    let rang = once.recv().unwrap();
    println!("{} {}", rang >= start + ms(4), start.elapsed() >= ms(4));
    println!("{:?}", once.recv_timeout(ms(1)));
    println!("{}", at(start).recv().unwrap() == start);
    println!("{:?}", at(start + Duration::from_secs(60)).recv_timeout(ms(1)).is_ok());
    let ticks = tick(ms(2));
    let rings: Vec<Instant> = ticks.iter().take(3).collect();
    println!("{}", rings.windows(2).all(|pair| pair[0] + ms(2) <= pair[1]));
    println!("{:?} {}", ticks.capacity(), ticks.same_channel(&ticks.clone()));
    let nothing: Receiver<u32> = never();
    println!("{:?} {:?} {:?}", nothing.try_recv(), nothing.recv_timeout(ms(1)), nothing.capacity());
    println!("{} {}", nothing.is_empty(), nothing.len());
    select! {
        recv(after(ms(1))) -> rang => println!("after in an arm {}", rang.is_ok()),
        recv(nothing) -> _ => unreachable!(),
    }
}

fn selections() {
    let (a, from_a) = bounded(1);
    let (b, from_b) = bounded::<u32>(1);

    // The forms of an arm, with and without commas and blocks.
    select! { recv(from_a) -> item => println!("{item:?}"), default => println!("default") }
    select! {
        recv(from_a) -> _ => {}
        default(ms(2)) => println!("default({:?})", ms(2)),
    }
    select! {
        send(a, 1) -> sent => println!("{sent:?}"),
        recv(from_b) -> item => { println!("{item:?}") },
    };
    select! {
        recv(from_a) -> item => { println!("{item:?}"); }
        recv(from_b) -> _item => {}
    }

    // An arm can leave a loop with a value, and its value is the selection's.
    a.send(3).unwrap();
    let left = loop {
        select! {
            recv(from_a) -> item => break item.unwrap(),
            recv(from_b) -> _ => continue,
        }
    };
    let value = select! { recv(never::<u32>()) -> _ => 1, default => left * 2 };
    println!("{left} {value}");

    // The message of a send is made only when the arm is chosen.
    let make = |n: u32| {
        println!("makes {n}");
        n
    };
    select_biased! {
        recv(from_b) -> _ => unreachable!(),
        send(a, make(4)) -> sent => println!("{sent:?}"),
        send(b, make(5)) -> _ => unreachable!(),
    }
    // A biased selection takes the first; an unbiased one takes each at some time.
    b.send(6).unwrap();
    select_biased! {
        recv(from_a) -> item => println!("first {item:?}"),
        recv(from_b) -> item => println!("second {item:?}"),
    }
    let mut taken = [0, 0];
    for _ in 0..200 {
        let _ = (a.try_send(7), b.try_send(7));
        select! {
            recv(from_a) -> _ => taken[0] += 1,
            recv(from_b) -> _ => taken[1] += 1,
        }
    }
    println!("each {}", taken.iter().all(|times| *times > 20));

    // What is disconnected is ready.
    let _ = (from_a.try_recv(), from_b.try_recv());
    drop(b);
    select! {
        recv(from_a) -> _ => unreachable!(),
        recv(from_b) -> item => println!("{item:?}"),
        default => unreachable!(),
    }
    drop(from_a);
    select! { send(a, 8) -> sent => println!("{sent:?}"), default => unreachable!() }
    select! { default => println!("the default alone") }
    select! { default(ms(1)) => println!("the default alone, in time") }
}

fn builders() {
    let (a, from_a) = bounded(1);
    let (b, from_b) = bounded(1);
    let mut select = Select::new();
    let arms = (select.recv(&from_a), select.recv(&from_b), select.send(&a));
    println!("{arms:?} {select:?}");
    select.remove(arms.2);
    println!("{}", select.try_select().is_err());
    println!("{}", select.select_timeout(ms(2)).is_err());
    println!("{}", select.select_deadline(Instant::now()).is_err());
    b.send(1).unwrap();
    let ready = select.select();
    println!("{} {ready:?}", ready.index());
    println!("{:?}", ready.recv(&from_b));
    select.remove(arms.0);
    a.send(2).unwrap();
    println!("{}", select.try_select().is_err());
    println!("{} {:?}", select.recv(&from_a), select.select().recv(&from_a));

    let mut biased = Select::new_biased();
    biased.send(&a);
    biased.send(&b);
    println!("{:?}", biased.select().send(&a, 3));
    println!("{:?}", biased.select_timeout(ms(1)).unwrap().send(&b, 4));

    // The real one leaves the message of a dropped selection stuck, so nobody asks for that one again.
    let (stuck, from_stuck) = bounded(1);
    stuck.send(0).unwrap();
    says("dropped", || drop(Select::recv_alone(&from_stuck)));
    says("empty", || drop(Select::new().select()));
    says("removed twice", || {
        let mut select = Select::new();
        let arm = select.recv(&from_a);
        select.remove(arm);
        select.remove(arm);
    });
    println!("{:?} {:?}", from_a.try_recv(), from_b.try_recv());
}

/// The real one ends the whole process here; so does the mirror, by a panic that nobody catches.
fn wrong_receiver() {
    let ((a, from_a), (b, from_b)) = (bounded(1), bounded(1));
    a.send(1).unwrap();
    b.send(2).unwrap();
    println!("{:?}", Select::recv_alone(&from_a).recv(&from_b));
}

/// A selection of one receive, for the ways to misuse it.
trait Alone<'a> {
    fn recv_alone<T>(items: &'a Receiver<T>)
    -> rehearsal::crossbeam_channel::SelectedOperation<'a>;
}

impl<'a> Alone<'a> for Select<'a> {
    fn recv_alone<T>(
        items: &'a Receiver<T>,
    ) -> rehearsal::crossbeam_channel::SelectedOperation<'a> {
        let mut select = Select::new();
        select.recv(items);
        select.select()
    }
}

/// Prints the message of a panic.
fn says(what: &str, panics: impl FnOnce()) {
    let panic = catch_unwind(AssertUnwindSafe(panics)).expect_err("it panics");
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    println!("{what}: {}", text.or(panic.downcast_ref::<String>().cloned()).unwrap_or_default());
}

fn mutexes() {
    let number = Mutex::new(1);
    println!("{number:?} {}", number.is_poisoned());
    {
        let mut guard = number.lock().unwrap();
        *guard += 1;
        println!("{guard:?} {guard} {:?}", number.try_lock().is_err());
    }
    println!("{:?}", number.try_lock().map(|guard| *guard).ok());
    let mut number = number;
    *number.get_mut().unwrap() += 1;
    println!("{:?} {:?}", number.into_inner(), Mutex::from(7).into_inner());
    let sum = Mutex::new(0);
    thread::scope(|s| {
        for n in 1..=10 {
            let sum = &sum;
            s.spawn(move || (0..100).for_each(|_| *sum.lock().unwrap() += n));
        }
    });
    println!("{}", sum.lock().unwrap());
}

fn condvars() {
    let (number, changed) = (Mutex::new(0), Condvar::new());
    let guard = number.lock().unwrap();
    let (mut guard, mut result) = changed.wait_timeout(guard, ms(2)).unwrap();
    // It may end for nothing.
    while !result.timed_out() {
        (guard, result) = changed.wait_timeout(guard, ms(2)).unwrap();
    }
    println!("{} {guard}", result.timed_out());
    let (guard, result) = changed.wait_timeout_while(guard, ms(2), |n| *n == 0).unwrap();
    println!("{} {guard}", result.timed_out());
    let (guard, result) = changed.wait_timeout_while(guard, ms(2), |n| *n > 0).unwrap();
    println!("{} {guard}", result.timed_out());
    let guard = changed.wait_while(guard, |n| *n > 0).unwrap();
    drop(guard);
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                let guard = changed.wait_while(number.lock().unwrap(), |n| *n == 0);
                *guard.unwrap() -= 1;
            });
        }
        *number.lock().unwrap() += 1;
        changed.notify_one();
        *number.lock().unwrap() += 3;
        changed.notify_all();
    });
    println!("{}", number.lock().unwrap());
}

fn threads() {
    let named = thread::Builder::new().name("Clerk".to_owned()).stack_size(256 * 1024);
    let clerk = named.spawn(|| thread::current().name().map(str::to_owned)).unwrap();
    println!("{:?}", clerk.thread().name());
    println!("{:?}", clerk.join().unwrap());
    println!("{:?}", thread::spawn(|| thread::current().name().map(str::to_owned)).join());

    let (go, gate) = bounded::<()>(0);
    let waits = thread::spawn(move || gate.recv());
    println!("{}", waits.is_finished());
    drop(go);
    while !waits.is_finished() {
        thread::yield_now();
    }
    println!("{:?} {:?}", waits.is_finished(), waits.join());

    let panics = thread::spawn(|| {
        if true {
            panic!("out of paper")
        }
    });
    println!("{:?}", panics.join().unwrap_err().downcast_ref::<&str>());

    // A result that nobody waits for is dropped when the thread ends.
    let (dropped, news) = bounded(1);
    drop(thread::spawn(move || TellsOfItsDrop(dropped)));
    println!("{:?}", news.recv());
    let (dropped, news) = bounded(1);
    let kept = thread::spawn(move || TellsOfItsDrop(dropped));
    while !kept.is_finished() {
        thread::yield_now();
    }
    println!("{:?}", news.try_recv());
    drop(kept);
    println!("{:?}", news.recv());
    println!("{:?}", thread::spawn(|| ()));
}

struct TellsOfItsDrop(Sender<&'static str>);

impl Drop for TellsOfItsDrop {
    fn drop(&mut self) {
        self.0.send("dropped").unwrap();
    }
}

fn scopes() {
    let mut numbers = vec![1, 2, 3];
    let sum = thread::scope(|s| {
        let numbers = &numbers;
        let halves: Vec<_> =
            numbers.chunks(2).map(|half| s.spawn(|| half.iter().sum::<u64>())).collect();
        println!("{:?}", s.spawn(|| ()));
        let named = thread::Builder::new().name("Clerk".to_owned());
        let clerk = named.spawn_scoped(s, || thread::current().name().map(str::to_owned)).unwrap();
        println!("{:?}", clerk.thread().name());
        println!("{:?}", clerk.join().unwrap());
        halves.into_iter().map(|half| half.join().unwrap()).sum::<u64>()
    });
    numbers.push(sum);
    println!("{numbers:?}");
    let caught = thread::scope(|s| {
        s.spawn(|| {
            if true {
                panic!("joined")
            }
        })
        .join()
        .is_err()
    });
    println!("{caught}");
    says("not joined", || {
        thread::scope(|s| {
            s.spawn(|| {
                if true {
                    panic!("not joined")
                }
            });
        });
    });
    says("the body", || {
        let seen = Mutex::new(false);
        let body = AssertUnwindSafe(|| {
            thread::scope(|s| {
                s.spawn(|| {
                    thread::sleep(ms(5));
                    *seen.lock().unwrap() = true;
                });
                if true {
                    panic!("the body");
                }
            })
        });
        let panic = catch_unwind(body).unwrap_err();
        println!("waited {}", seen.lock().unwrap());
        std::panic::resume_unwind(panic);
    });
}

// Who is woken.

fn rendezvous() {
    let (queue, items) = bounded(0);
    let start = Instant::now();
    thread::scope(|s| {
        s.spawn(move || {
            for item in 1..=3 {
                queue.send(item).unwrap();
                println!("[Sender] gave {item} at {}", since(start));
            }
            println!("[Sender] {:?}", queue.send_timeout(4, ms(5)));
            println!("[Sender] {:?} at {}", queue.send_timeout(5, ms(50)), since(start));
            thread::sleep(ms(20));
            println!("[Sender] {:?} at {}", queue.try_send(6), since(start));
            thread::sleep(ms(20));
            println!("[Sender] {:?} at {}", queue.try_send(7), since(start));
            queue.send(8).unwrap();
        });
        s.spawn(move || {
            for _ in 1..=3 {
                thread::sleep(ms(10));
                println!("[Receiver] got {:?} at {}", items.recv(), since(start));
            }
            println!("[Receiver] {:?}", items.try_recv());
            thread::sleep(ms(25));
            println!("[Receiver] {:?} at {}", items.recv_timeout(ms(10)), since(start));
            println!("[Receiver] {:?} at {}", items.recv_timeout(ms(10)), since(start));
            println!("[Receiver] {:?} at {}", items.recv_timeout(ms(50)), since(start));
            thread::sleep(ms(30));
            println!("[Receiver] {:?} at {}", items.try_recv(), since(start));
            println!("[Receiver] {:?}", items.recv());
        });
    });
}

/// Selections meet plain calls, and each other.
fn rendezvous_select() {
    let (queue, items) = bounded(0);
    let (_kept, nothing) = bounded::<u32>(0);
    let start = Instant::now();
    thread::scope(|s| {
        s.spawn(|| {
            let queue = queue;
            queue.send(1).unwrap();
            select! {
                send(queue, 2) -> sent => println!("[Sender] {sent:?} in an arm"),
                recv(nothing) -> _ => unreachable!(),
            }
            thread::sleep(ms(20));
            queue.send(3).unwrap();
            select! {
                send(queue, 4) -> sent => println!("[Sender] {sent:?} in an arm"),
                recv(nothing) -> _ => unreachable!(),
            }
            println!("[Sender] {:?} at {}", queue.try_send(5), since(start));
            thread::sleep(ms(20));
            println!("[Sender] {:?} at {}", queue.try_send(6), since(start));
        });
        s.spawn(|| {
            let items = items;
            let got = |item| println!("[Receiver] got {item:?} at {}", since(start));
            thread::sleep(ms(10));
            select! { recv(items) -> item => got(item), recv(nothing) -> _ => unreachable!() }
            thread::sleep(ms(10));
            got(items.recv());
            select! { recv(items) -> item => got(item), recv(nothing) -> _ => unreachable!() }
            select! { recv(items) -> item => got(item), recv(nothing) -> _ => unreachable!() }
            select! {
                recv(items) -> item => got(item),
                default(ms(5)) => println!("[Receiver] gave up at {}", since(start)),
            }
            select! { recv(items) -> item => got(item), recv(nothing) -> _ => unreachable!() }
            got(items.recv());
        });
    });
}

/// Between the choice of an arm and its completion, the program may take its time.
fn rendezvous_claims() {
    let (queue, items) = bounded(0);
    let (_kept, nothing) = bounded::<u32>(0);
    let slowly = |item: u32| {
        thread::sleep(ms(10));
        println!("[Sender] made {item}");
        item
    };
    thread::scope(|s| {
        s.spawn(|| {
            let queue = queue;
            for item in 1..=6 {
                select! {
                    send(queue, slowly(item)) -> sent => println!("[Sender] {sent:?}"),
                    recv(nothing) -> _ => unreachable!(),
                }
            }
        });
        s.spawn(|| {
            let items = items;
            println!("[Receiver] {:?}", items.recv());
            thread::sleep(ms(30));
            println!("[Receiver] {:?}", items.try_recv());
            println!("[Receiver] {:?}", items.recv_timeout(ms(1)));
            for pause in [0, 30, 0] {
                thread::sleep(ms(pause));
                let mut select = Select::new();
                let arms = (select.recv(&items), select.recv(&nothing));
                let ready = select.select();
                println!("[Receiver] arm {} of {arms:?}", ready.index());
                thread::sleep(ms(15));
                println!("[Receiver] {:?}", ready.recv(&items));
            }
            println!("[Receiver] {:?}", items.recv());
        });
    });
}

/// Several senders and receivers, half of them in selections: each item arrives once.
fn rendezvous_crowd() {
    let (queue, items) = bounded(0);
    let (_kept, nothing) = bounded::<u64>(0);
    let got = Mutex::new(Vec::new());
    thread::scope(|s| {
        for id in 0..4 {
            let (queue, nothing) = (queue.clone(), nothing.clone());
            s.spawn(move || {
                for n in 0..10 {
                    let item = id * 10 + n;
                    if id % 2 == 0 {
                        queue.send(item).unwrap();
                    } else {
                        select! {
                            send(queue, item) -> sent => sent.unwrap(),
                            recv(nothing) -> _ => unreachable!(),
                        }
                    }
                }
            });
        }
        drop(queue);
        for id in 0..4 {
            let (items, nothing, got) = (items.clone(), nothing.clone(), &got);
            s.spawn(move || {
                loop {
                    let item = if id % 2 == 0 {
                        items.recv()
                    } else {
                        select! {
                            recv(items) -> item => item,
                            recv(nothing) -> _ => unreachable!(),
                        }
                    };
                    let Ok(item) = item else { return };
                    got.lock().unwrap().push(item);
                }
            });
        }
    });
    let mut got = got.into_inner().unwrap();
    println!("in order {}", got.is_sorted());
    got.sort_unstable();
    println!("all {}", got == (0..40).collect::<Vec<_>>());
}

/// One that is woken for a queue and takes from another leaves the first to somebody else.
fn woken_for_another() {
    let ((a, from_a), (b, from_b)) = (bounded(1), bounded(1));
    thread::scope(|s| {
        s.spawn(|| {
            select_biased! {
                recv(from_b) -> item => println!("[Chooser] {item:?}"),
                recv(from_a) -> item => println!("[Chooser] {item:?}"),
            }
        });
        s.spawn(|| println!("[Patient] {:?}", from_a.recv()));
        thread::sleep(ms(10));
        a.send("to a").unwrap();
        b.send("to b").unwrap();
    });
    let _ = (a.send("full"), b.send("full"));
    thread::scope(|s| {
        s.spawn(|| {
            select_biased! {
                send(b, "chosen") -> sent => println!("[Chooser] {sent:?} to b"),
                send(a, "chosen") -> sent => println!("[Chooser] {sent:?} to a"),
            }
        });
        s.spawn(|| println!("[Patient] {:?} to a", a.send("patient")));
        thread::sleep(ms(10));
        println!("{:?} {:?}", from_a.recv(), from_b.recv());
    });
    println!("{:?} {:?}", from_a.recv(), from_b.recv());
}

/// A notification for one wakes the one who has waited longest, and nobody else.
fn notifications() {
    let (turns, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|s| {
        for id in 1..=4 {
            let (turns, changed) = (&turns, &changed);
            s.spawn(move || {
                let mut turns = changed.wait(turns.lock().unwrap()).unwrap();
                *turns += 1;
                println!("[Waiter-{id}] {turns}");
            });
        }
        thread::sleep(ms(10));
        println!("one");
        changed.notify_one();
        thread::sleep(ms(10));
        println!("one, and one more");
        changed.notify_one();
        changed.notify_one();
        thread::sleep(ms(10));
        println!("all");
        changed.notify_all();
    });
}

/// Bursts of messages wake as many as there are messages.
fn bursts() {
    let (queue, items) = unbounded();
    let (done, news) = unbounded();
    thread::scope(|s| {
        for id in 1..=3 {
            let (items, done) = (items.clone(), done.clone());
            s.spawn(move || {
                for item in items {
                    println!("[Worker-{id}] {item}");
                    done.send(()).unwrap();
                }
            });
        }
        for burst in [3, 1, 5, 2] {
            thread::sleep(ms(10));
            (0..burst).for_each(|item| queue.send(item).unwrap());
            // The senders stay: their end would heal a wake-up that was lost.
            println!("{}", news.iter().take(burst).count());
        }
        drop(queue);
    });
}

// Instants.

fn timeouts() {
    let (queue, items) = bounded(1);
    let (number, changed) = (Mutex::new(0), Condvar::new());
    let start = Instant::now();
    println!("{:?} {}", items.recv_timeout(ms(7)), since(start));
    println!("{:?} {}", items.recv_deadline(start + ms(10)), since(start));
    println!("{:?} {}", items.recv_deadline(start), since(start));
    queue.send(1).unwrap();
    println!("{:?} {}", queue.send_timeout(2, ms(5)), since(start));
    let (_, result) = changed.wait_timeout(number.lock().unwrap(), ms(5)).unwrap();
    println!("{result:?} {}", since(start));
    thread::scope(|s| {
        s.spawn(|| {
            for _ in 0..3 {
                thread::sleep(ms(4));
                *number.lock().unwrap() += 1;
                changed.notify_all();
            }
        });
        let few = |n: &mut i32| *n < 2;
        let (guard, result) =
            changed.wait_timeout_while(number.lock().unwrap(), ms(20), few).unwrap();
        println!("{guard} {result:?} {}", since(start));
        let (guard, result) = changed.wait_timeout_while(guard, ms(20), |n| *n < 9).unwrap();
        println!("{guard} {result:?} {}", since(start));
    });
    let mut select = Select::new();
    select.send(&queue);
    println!("{:?} {}", select.select_timeout(ms(5)).is_err(), since(start));
    println!("{:?} {}", select.select_deadline(start + ms(60)).is_err(), since(start));
    select! {
        send(queue, 2) -> _ => unreachable!(),
        recv(after(ms(3))) -> _ => println!("after {}", since(start)),
        default(ms(4)) => unreachable!(),
    }
    let ticks = tick(ms(5));
    thread::sleep(ms(12));
    println!("{}", ticks.iter().take(3).map(|at| format!("{:?} ", at - start)).collect::<String>());
    println!("{}", since(start));
    thread::sleep(Duration::ZERO);
    println!("{:?} {}", items.recv_timeout(Duration::MAX), since(start));
}

/// A message and a timeout at one instant: the message is not lost, whoever comes first.
fn ties_with_timeouts() {
    for sender_first in [true, false] {
        let (queue, items) = bounded(1);
        let sender = move || {
            thread::sleep(ms(10));
            queue.send("here").unwrap();
        };
        let receiver = move || {
            let first = items.recv_timeout(ms(10));
            println!("[Receiver] {first:?}, then {:?}", items.recv());
        };
        thread::scope(|s| {
            if sender_first {
                s.spawn(sender);
                s.spawn(receiver);
            } else {
                s.spawn(receiver);
                s.spawn(sender);
            }
        });
        let (queue, items) = bounded(1);
        queue.send("first").unwrap();
        let sender = || println!("[Sender] {:?}", queue.send_timeout("second", ms(10)).is_ok());
        let receiver = || {
            thread::sleep(ms(10));
            println!("[Receiver] {:?}", items.recv());
        };
        thread::scope(|s| {
            if sender_first {
                s.spawn(sender);
                s.spawn(receiver);
            } else {
                s.spawn(receiver);
                s.spawn(sender);
            }
        });
        // A notification is not given to one whose time is up.
        let (number, changed) = (Mutex::new(0), Condvar::new());
        thread::scope(|s| {
            let hurried = || {
                let waited = changed.wait_timeout(number.lock().unwrap(), ms(10));
                println!("[Hurried] {:?}", waited.unwrap().1);
            };
            let notifier = || {
                thread::sleep(ms(10));
                changed.notify_one();
            };
            if sender_first {
                s.spawn(notifier);
                s.spawn(hurried);
            } else {
                s.spawn(hurried);
                s.spawn(notifier);
            }
            s.spawn(|| {
                drop(changed.wait(number.lock().unwrap()).unwrap());
                println!("[Patient] notified");
            });
            thread::sleep(ms(20));
            changed.notify_one();
        });
    }
}

fn cores() {
    let start = Instant::now();
    thread::scope(|s| {
        for id in 1..=4 {
            s.spawn(move || {
                thread::sleep(ms(50));
                println!("[Worker-{id}] slept at {}", since(start));
                work(ms(100));
                println!("[Worker-{id}] worked at {}", since(start));
            });
        }
    });
}

/// A machine that refuses threads: the third one, until one of the first two has ended.
fn room_for_two() {
    let sleeper = |id: u64| {
        let name = format!("Worker-{id}");
        thread::Builder::new().name(name).spawn(move || thread::sleep(ms(10 * id)))
    };
    let (first, second) = (sleeper(1).unwrap(), sleeper(2).unwrap());
    println!(
        "a third thread: {}",
        sleeper(3).map_or_else(|error| error.to_string(), |_| "runs".into())
    );
    first.join().unwrap();
    println!("a third thread: {}", if sleeper(3).is_ok() { "runs" } else { "is refused" });
    second.join().unwrap();
    thread::spawn(|| thread::sleep(ms(10)));
    thread::spawn(|| println!("one too many"));
}

/// On one core, two that compute again and again take turns.
fn fair_cores() {
    let start = Instant::now();
    thread::scope(|s| {
        for id in 1..=2 {
            s.spawn(move || {
                for n in 1..=3 {
                    work(ms(10));
                    println!("[Worker-{id}] part {n} at {}", since(start));
                }
            });
        }
    });
}

/// Loops that look at the clock until it is late enough.
fn busy_wait() {
    let start = Instant::now();
    let sleeper = thread::spawn(move || {
        thread::sleep(ms(5));
        println!("[Sleeper] awake at {}", since(start));
    });
    while start.elapsed() < ms(10) {}
    println!("waited until {}", since(start));
    sleeper.join().unwrap();
    let (queue, items) = unbounded();
    while start.elapsed() < ms(20) {
        queue.send(1).unwrap();
    }
    println!("sent until {}", since(start));
    items.try_iter().for_each(drop);
    while start.elapsed() < ms(250) {
        assert!(items.try_recv().is_err() && items.try_recv().is_err());
    }
    println!("tried until {}", since(start));
}

/// Many steps, but with waits between them: they take no time of their own.
fn waits_between() {
    let (queue, items) = unbounded();
    thread::spawn(|| thread::sleep(ms(1_000)));
    let start = Instant::now();
    for _ in 0..3_000 {
        (0..4).for_each(|item| queue.send(item).unwrap());
        thread::sleep(Duration::from_micros(1));
    }
    println!("{} in {:?}", items.len(), start.elapsed());
}

/// A producer that never waits, on a queue without a limit: the others get on, and time passes.
fn never_waits() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let (queue, items) = unbounded();
    let consumer = thread::spawn(move || items.iter().count() > 0);
    thread::spawn(|| {
        thread::sleep(ms(30));
        STOP.store(true, Ordering::Relaxed);
    });
    while !STOP.load(Ordering::Relaxed) {
        queue.send(1).unwrap();
    }
    drop(queue);
    println!("{:?}", consumer.join());
}

// Deadlocks. Each prints a line before.

/// A list of senders is cloned, and with it each sender.
fn forgotten_list() {
    let (queue, items) = unbounded::<u32>();
    let all = vec![queue];
    let _spare = all.clone();
    drop(all);
    // waits: forgotten_list
    for item in items {
        println!("got {item}");
    }
}

fn forgotten_sender() {
    let (queue, items) = unbounded();
    let consumer = thread::spawn(move || {
        // The loop ends when all senders are gone; but `queue` is still here.
        // waits: forgotten_sender
        for item in items {
            println!("[Consumer] got {item}");
        }
    });
    queue.send(1).unwrap();
    consumer.join().unwrap(); // waits: forgotten_sender main
    drop(queue);
}

fn few_sentinels() {
    let (queue, items) = unbounded();
    let workers: Vec<_> = (1..=3)
        .map(|id| {
            let items = items.clone();
            thread::spawn(move || {
                println!("[Worker-{id}] here");
                // waits: few_sentinels
                while let Some(item) = items.recv().unwrap() {
                    let _: u32 = item;
                }
            })
        })
        .collect();
    (1..=2).for_each(|_| queue.send(None).unwrap());
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}

fn full_queue() {
    let (queue, _items) = bounded(2);
    for item in 1.. {
        println!("adds {item}");
        queue.send(item).unwrap(); // waits: full_queue
    }
}

fn lone_rendezvous() {
    let (queue, _items) = bounded(0);
    println!("offers");
    queue.send(1).unwrap(); // waits: lone_rendezvous
}

fn abba() {
    let (a, b) = (Mutex::new(()), Mutex::new(()));
    thread::scope(|s| {
        s.spawn(|| {
            let _a = a.lock().unwrap();
            println!("[Left] has a");
            thread::sleep(ms(10));
            let _b = b.lock().unwrap(); // waits: abba Left
        });
        s.spawn(|| {
            let _b = b.lock().unwrap();
            println!("[Right] has b");
            thread::sleep(ms(10));
            let _a = a.lock().unwrap(); // waits: abba Right
        });
    });
}

fn double_lock() {
    let number = Mutex::new(1);
    let _first = number.lock().unwrap();
    println!("has it");
    let _second = number.lock().unwrap(); // waits: double_lock
}

fn lost_notify() {
    let (_number, changed) = (Mutex::new(0), Condvar::new());
    println!("notifies");
    changed.notify_one();
    let guard = _number.lock().unwrap();
    let _guard = changed.wait(guard).unwrap(); // waits: lost_notify
}

fn join_oneself() {
    let (give, mine) = bounded::<thread::JoinHandle<()>>(1);
    let narcissus = thread::spawn(move || {
        println!("[Narcissus] looks");
        mine.recv().unwrap().join().unwrap(); // waits: join_oneself
    });
    give.send(narcissus).unwrap();
    thread::scope(|s| {
        s.spawn(|| never::<u32>().recv()); // waits: join_oneself never
    });
}

fn join_circle() {
    let (to_a, from_b) = bounded::<u32>(0);
    let (to_b, from_a) = bounded::<u32>(0);
    thread::scope(|s| {
        s.spawn(move || {
            println!("[A] asks first");
            let answer = from_b.recv(); // waits: join_circle A
            to_b.send(answer.unwrap()).unwrap();
        });
        s.spawn(move || {
            println!("[B] asks first");
            let answer = from_a.recv(); // waits: join_circle B
            to_a.send(answer.unwrap()).unwrap();
        });
    });
}

fn endless_scope() {
    let (_queue, items) = bounded::<u32>(1);
    println!("opens");
    // waits: endless_scope main
    thread::scope(|s| {
        let guest = thread::Builder::new().name("Guest".to_owned());
        guest.spawn_scoped(s, || items.recv()).unwrap();
    });
}

fn select_nothing() {
    let (_queue, items) = bounded::<u32>(1);
    let (full, _kept) = bounded(0);
    println!("selects");
    let nothing = never::<u32>();
    // waits: select_nothing
    select! {
        recv(items) -> _ => {}
        send(full, 1) -> _ => {}
        recv(nothing) -> _ => {}
    }
}

/// The message of a selection that is dropped goes to the next one.
fn dropped_selection_gives_back() {
    let (queue, items) = bounded(1);
    let (back, room) = bounded(1);
    queue.send("here").unwrap();
    let careless = |select: &mut Select| {
        let ready = select.select();
        thread::sleep(ms(10));
        says("[Careless]", || drop(ready));
    };
    thread::scope(|s| {
        s.spawn(|| {
            let mut select = Select::new();
            select.recv(&items);
            careless(&mut select);
            let mut select = Select::new();
            select.send(&back);
            careless(&mut select);
        });
        s.spawn(|| {
            println!("[Patient] {:?} at first", items.try_recv());
            println!("[Patient] {:?}", items.recv());
            thread::sleep(ms(5));
            println!("[Patient] {:?} at first", back.try_send("back").is_err());
            println!("[Patient] {:?}", back.send("back"));
        });
    });
    println!("{:?}", room.recv());
}

/// Whoever was chosen for a rendezvous and dropped the selection leaves the other one stranded.
fn dropped_selection_strands() {
    let (queue, items) = bounded(0);
    let careless = thread::spawn(move || {
        println!("[Careless] selects");
        let mut select = Select::new();
        select.recv(&items);
        drop(select.select());
    });
    println!("sends");
    queue.send(1).unwrap(); // waits: dropped_selection_strands
    drop(careless);
}

// Other ends.

fn poison() {
    let number = Arc::new(Mutex::new(1));
    let theirs = number.clone();
    let clumsy = thread::spawn(move || {
        let mut guard = theirs.lock().unwrap();
        *guard = 2;
        println!("[Clumsy] stumbles");
        panic!("stumbled");
    });
    let theirs = number.clone();
    let waiting = thread::spawn(move || match theirs.lock() {
        Ok(_) => println!("[Waiting] sound"),
        Err(poisoned) => println!("[Waiting] poisoned, {}", poisoned.into_inner()),
    });
    println!("{} {}", clumsy.join().is_err(), waiting.join().is_ok());
    println!("{} {}", number.is_poisoned(), number.try_lock().is_err());
    let changed = Condvar::new();
    let guard = number.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let waited = changed.wait_timeout(guard, ms(1));
    println!("{}", waited.unwrap_err().into_inner().1.timed_out());
    number.clear_poison();
    println!("{}", number.lock().unwrap());
}

/// A panic drops what the thread has, so those who wait for it go on.
fn panic_among_others() {
    let (queue, items) = bounded(1);
    let (results, news) = bounded(1);
    let producer = thread::Builder::new().name("Producer".to_owned());
    let producer = producer.spawn(move || {
        queue.send(1).unwrap();
        thread::sleep(ms(10));
        panic!("no more");
    });
    let consumer = thread::spawn(move || {
        for item in items {
            println!("[Consumer] {item}");
            results.send(item).unwrap();
        }
        println!("[Consumer] the end");
    });
    println!("{:?}", news.iter().collect::<Vec<i32>>());
    println!("{} {}", producer.unwrap().join().is_err(), consumer.join().is_ok());
}

fn main_returns() {
    thread::spawn(|| {
        loop {
            println!("[Ticker] tick");
            thread::sleep(ms(10));
        }
    });
    thread::sleep(ms(25));
    println!("main returns");
}

fn main_panics() {
    let (_queue, items) = bounded::<u32>(1);
    thread::spawn(move || items.recv());
    println!("main stumbles");
    thread::sleep(ms(10));
    panic!("stumbled");
}

fn exit_in_a_thread() {
    let (_queue, items) = bounded::<u32>(1);
    thread::spawn(|| {
        thread::sleep(ms(10));
        print!("[Quitter] leaves, without a line's end");
        eprintln!("leaves");
        process::exit(3);
    });
    println!("main waits");
    let _ = items.recv();
}

fn many_threads() {
    let (queue, items) = bounded(10);
    let actors: Vec<_> = (0..100u64)
        .map(|id| {
            let queue = queue.clone();
            thread::spawn(move || {
                thread::sleep(ms(id % 7));
                queue.send(id).unwrap();
            })
        })
        .collect();
    drop(queue);
    let sum = items.iter().sum::<u64>();
    actors.into_iter().for_each(|actor| actor.join().unwrap());
    println!("{sum}");
}

/// A thread of a scope starts another one in it, when everybody waits already.
fn nested_scopes() {
    let done = Mutex::new(Vec::new());
    thread::scope(|s| {
        s.spawn(|| {
            thread::sleep(ms(10));
            s.spawn(|| {
                thread::sleep(ms(50));
                thread::scope(|inner| {
                    inner.spawn(|| done.lock().unwrap().push("innermost"));
                });
                done.lock().unwrap().push("inner");
            });
            done.lock().unwrap().push("outer");
        });
    });
    println!("{:?}", done.lock().unwrap());
    // Two wait for the end of one: its scope, and a neighbour that has its handle.
    thread::scope(|s| {
        let sleeper = s.spawn(|| thread::sleep(ms(10)));
        s.spawn(|| println!("{:?}", sleeper.join()));
    });
}

/// Threads that ended long ago are forgotten, and nobody stumbles over it.
fn prunes() {
    let (_queue, items) = bounded::<u32>(1);
    let mut handles: Vec<_> = (0..302)
        .map(|nth| {
            let items = items.clone();
            // The last two stay.
            thread::spawn(move || if nth < 300 { Ok(1) } else { items.recv() }) // waits: prunes
        })
        .collect();
    let last = handles.split_off(300);
    println!("{}", handles.into_iter().map(|handle| handle.join().unwrap().unwrap()).sum::<u32>());
    println!("{}", last.iter().any(|handle| handle.is_finished()));
    last.into_iter().for_each(|handle| drop(handle.join())); // waits: prunes main
}

// Loops.

fn try_spin() {
    let (_queue, items) = bounded::<u32>(1);
    if number(1, 0) > 0 {
        // Somebody sleeps: time has to pass beneath the loop.
        thread::spawn(move || {
            thread::sleep(ms(30));
            println!("[Sleeper] sends");
            _queue.send(1).unwrap();
            thread::sleep(ms(30));
        });
    }
    println!("spins");
    while items.try_recv().is_err() {} // waits: try_spin
    println!("has it");
}

/// Two that spin leave each other the baton; time has to pass none the less.
fn two_spinners() {
    let (queue, items) = bounded::<u32>(1);
    let sleeper = queue.clone();
    if number(1, 0) > 0 {
        thread::spawn(move || {
            thread::sleep(ms(30));
            println!("[Sleeper] sends");
            sleeper.send(1).unwrap();
            thread::sleep(ms(30));
            sleeper.send(2).unwrap();
        });
    }
    println!("spins");
    thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| while items.try_recv().is_err() {}); // waits: two_spinners
        }
    });
    println!("both have it");
}

fn lock_spin() {
    let done = Mutex::new(false);
    println!("spins");
    while !*done.lock().unwrap() {} // waits: lock_spin
}

fn lock_spins_beside_sleep() {
    let done = Arc::new(Mutex::new(VecDeque::new()));
    let theirs = done.clone();
    thread::spawn(move || {
        for item in 1..=3 {
            thread::sleep(ms(30));
            theirs.lock().unwrap().push_back(item);
        }
    });
    let start = Instant::now();
    let mut got = 0;
    while got < 3 {
        if let Some(item) = done.lock().unwrap().pop_front() {
            println!("got {item} at {}", since(start));
            got = item;
        }
    }
}

fn yield_spin() {
    println!("spins");
    loop {
        thread::yield_now(); // waits: yield_spin
    }
}

fn look_spin() {
    let (_queue, items) = bounded::<u32>(1);
    println!("spins");
    while items.is_empty() {} // waits: look_spin
}

/// An arm whose queue has ended is ready for ever.
fn closed_spin() {
    let (queue, items) = bounded::<u32>(1);
    let (stop, stopped) = bounded(1);
    let times = number(1, 0);
    if times > 0 {
        thread::spawn(move || {
            thread::sleep(ms(30));
            stop.send(()).unwrap();
        });
    } else {
        thread::spawn(move || drop((never::<u32>().recv(), stop)));
    }
    drop(queue);
    println!("spins");
    loop {
        // waits: closed_spin
        select! {
            recv(items) -> item => assert!(item.is_err()),
            recv(stopped) -> _ => break,
        }
    }
    println!("stopped");
    while items.recv().is_err() && items.try_recv().is_err() {} // waits: closed_spin recv
}

/// A send that fails at once, again and again.
fn deserted_spin() {
    let (queue, items) = bounded(1);
    drop(items);
    println!("spins");
    while queue.send(1).is_err() {} // waits: deserted_spin
}

fn finish_spin() {
    let waits = thread::spawn(move || never::<u32>().recv());
    if number(1, 0) > 0 {
        let sleeps = thread::spawn(|| thread::sleep(ms(30)));
        while !sleeps.is_finished() {}
        println!("finished");
    }
    println!("spins");
    while !waits.is_finished() {} // waits: finish_spin
}

fn zero_sleep_spin() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if number(1, 0) > 0 {
        thread::spawn(|| {
            thread::sleep(ms(30));
            DONE.store(true, Ordering::Relaxed);
            thread::sleep(ms(30));
        });
    }
    println!("spins");
    while !DONE.load(Ordering::Relaxed) {
        thread::sleep(Duration::ZERO); // waits: zero_sleep_spin
    }
    println!("done");
}

#[expect(clippy::empty_loop, reason = "this is what the watchdog is for")]
fn bare_loop() {
    thread::spawn(|| {
        println!("[Loop] turns"); // waits: bare_loop
        loop {}
    });
    thread::sleep(ms(10));
    println!("never printed");
}

fn poll_loop() {
    let (_queue, items) = bounded::<u32>(1);
    println!("polls");
    while items.try_recv().is_err() {
        thread::sleep(ms(10)); // waits: poll_loop
    }
}

/// A heartbeat alone, which never ends.
fn heartbeat() {
    println!("beats");
    loop {
        thread::sleep(ms(10)); // waits: heartbeat
    }
}

/// A heartbeat beside sleeps of an hour: something will happen yet.
fn heartbeat_beside_sleep() {
    let start = Instant::now();
    println!("beats");
    thread::spawn(|| {
        loop {
            thread::sleep(ms(10));
        }
    });
    for _ in 0..2 {
        thread::sleep(Duration::from_secs(3600));
    }
    println!("two hours: {}", since(start));
}

/// A loop of locks that is no spin: it counts.
fn counter() {
    let count = Arc::new(Mutex::new(0u64));
    let counters: Vec<_> = (0..4)
        .map(|_| {
            let count = count.clone();
            thread::spawn(move || (0..50_000).for_each(|_| *count.lock().unwrap() += 1))
        })
        .collect();
    counters.into_iter().for_each(|counter| counter.join().unwrap());
    println!("{}", count.lock().unwrap());
}

// The real world.

/// Ticks on, and asks for a line between.
fn reads_a_line() {
    let ticker = thread::spawn(|| {
        for n in 1..=5 {
            thread::sleep(ms(100));
            println!("[Ticker] {n}");
        }
    });
    thread::sleep(ms(150));
    println!("your name?");
    let mut name = String::new();
    io::stdin().read_line(&mut name).unwrap();
    println!("hello, {}", name.trim());
    ticker.join().unwrap();
}

fn foreign() {
    println!("starts");
    let stranger = std::thread::spawn(|| println!("never printed")); // waits: foreign
    stranger.join().unwrap();
}

fn foreign_sender() {
    let (queue, items) = bounded(1);
    println!("starts");
    std::thread::spawn(move || queue.send(1)); // waits: foreign_sender
    println!("{:?}", items.recv());
}

/// Prints on and on.
fn talks_on() {
    for n in 0..1_000_000u64 {
        println!("line {n}");
    }
}

/// Prints long lines on and on.
fn talks_without_end() {
    loop {
        println!("{:9999}", "");
    }
}

/// A thread of std's is there before the stage opens, and never comes near it.
fn early_stranger() {
    park_a_stranger();
    check_then_act();
}

/// The same with a bug that a schedule finds.
fn early_stranger_and_crossed_locks() {
    park_a_stranger();
    crossed_locks();
}

fn park_a_stranger() {
    std::thread::spawn(|| {
        loop {
            std::thread::park();
        }
    });
}

// Bugs that a schedule finds.

/// Sleeps where it should join.
fn sleep_for_join() {
    let done = Arc::new(Mutex::new(0));
    for _ in 0..3 {
        let done = done.clone();
        thread::spawn(move || {
            thread::sleep(ms(50));
            *done.lock().unwrap() += 1;
        });
    }
    thread::sleep(ms(120));
    println!("{} of 3", done.lock().unwrap());
}

/// Looks and acts under two locks instead of one.
fn check_then_act() {
    let tickets = Arc::new(Mutex::new(1));
    let buyers: Vec<_> = (0..2)
        .map(|_| {
            let tickets = tickets.clone();
            thread::spawn(move || {
                if *tickets.lock().unwrap() > 0 {
                    *tickets.lock().unwrap() -= 1;
                }
            })
        })
        .collect();
    buyers.into_iter().for_each(|buyer| buyer.join().unwrap());
    println!("{} left", tickets.lock().unwrap());
}

/// Takes two locks in either order.
fn crossed_locks() {
    let locks = Arc::new([Mutex::new(()), Mutex::new(())]);
    let takers: Vec<_> = [(0, 1), (1, 0)]
        .map(|(first, second)| {
            let locks = locks.clone();
            thread::spawn(move || {
                let _first = locks[first].lock();
                let _second = locks[second].lock();
                println!("takes {first} and {second}");
            })
        })
        .into();
    takers.into_iter().for_each(|taker| taker.join().unwrap());
}

/// A pool with a semaphore, a result queue and a stop by dropping: the counts always hold.
fn right_counts() {
    let (queue, jobs) = bounded(2);
    let (results, news) = bounded(1);
    let busy = Mutex::new(0);
    thread::scope(|s| {
        for id in 0..2 {
            let queue = queue.clone();
            s.spawn(move || (0..5).for_each(|n| queue.send(id * 5 + n).unwrap()));
        }
        drop(queue);
        for _ in 0..3 {
            let (jobs, results, busy) = (jobs.clone(), results.clone(), &busy);
            s.spawn(move || {
                for job in jobs {
                    *busy.lock().unwrap() += 1;
                    thread::sleep(ms(3));
                    *busy.lock().unwrap() -= 1;
                    results.send(job).unwrap();
                }
            });
        }
        drop(results);
        let mut all: Vec<u64> = news.iter().collect();
        all.sort_unstable();
        println!("{all:?}");
    });
    println!("busy {}", busy.lock().unwrap());
}

/// A small generator, for programs of many shapes.
struct Shape(u64);

impl Shape {
    fn below(&mut self, len: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % len
    }
}

/// Many shapes of senders and receivers over a few queues.
///
/// The queues stay open until all has arrived: their end would wake everybody and heal a lost wake-up.
fn stress() {
    let mut shape = Shape(number(1, 0));
    let queues: Vec<(Sender<u64>, Receiver<u64>)> = (0..2 + shape.below(2))
        .map(|_| match shape.below(4) {
            3 => unbounded(),
            capacity => bounded(capacity as usize),
        })
        .collect();
    let (senders, receivers): (Vec<_>, Vec<_>) = queues.into_iter().unzip();
    let sent = 1 + shape.below(6);
    let (got, news) = unbounded();
    let mut actors = Vec::new();
    let producers = 1 + shape.below(3);
    for id in 0..producers {
        let (senders, shape) = (senders.clone(), Shape(shape.below(1 << 30)));
        actors.push(thread::spawn(move || produce(shape, id, sent, &senders)));
    }
    // Each queue has somebody who drains it in the end.
    for nth in 0..receivers.len() + shape.below(3) as usize {
        let (receivers, got) = (receivers.clone(), got.clone());
        let shape = Shape(shape.below(1 << 30));
        actors.push(thread::spawn(move || consume(shape, nth, &receivers, &got)));
    }
    let all: Vec<u64> = (0..producers * sent).map(|n| (n / sent) * 100 + n % sent).collect();
    let mut arrived: Vec<u64> = news.iter().take(all.len()).collect();
    arrived.sort_unstable();
    assert_eq!(arrived, all);
    drop(senders);
    actors.into_iter().for_each(|actor| actor.join().unwrap());
    println!("all arrived");
}

fn produce(mut shape: Shape, id: u64, sent: u64, senders: &[Sender<u64>]) {
    for n in 0..sent {
        let item = id * 100 + n;
        let first = shape.below(senders.len() as u64) as usize;
        let (queue, other) = (&senders[first], &senders[(first + 1) % senders.len()]);
        match shape.below(6) {
            0 => queue.send(item).unwrap(),
            1 => while queue.try_send(item).is_err() {},
            2 => while queue.send_timeout(item, ms(shape.below(3))).is_err() {},
            3 => select! {
                send(queue, item) -> sent => sent.unwrap(),
                send(other, item) -> sent => sent.unwrap(),
            },
            4 => loop {
                select_biased! {
                    send(queue, { thread::sleep(ms(shape.below(2))); item }) -> sent => break sent.unwrap(),
                    default(ms(shape.below(3))) => {}
                }
            },
            _ => {
                thread::sleep(ms(shape.below(3)));
                queue.send(item).unwrap();
            }
        }
    }
}

fn consume(mut shape: Shape, nth: usize, receivers: &[Receiver<u64>], got: &Sender<u64>) {
    let take = |item| got.send(item).unwrap();
    for _ in 0..shape.below(5) {
        let queue = &receivers[shape.below(receivers.len() as u64) as usize];
        let patience = ms(shape.below(4));
        match shape.below(5) {
            0 => queue.try_iter().for_each(take),
            1 => drop(queue.recv_timeout(patience).map(take)),
            2 => thread::sleep(patience),
            _ => take_one_of(receivers, patience).into_iter().for_each(take),
        }
    }
    receivers[nth % receivers.len()].iter().for_each(take);
}

/// Takes a message from any of the queues, and takes its time to do so.
fn take_one_of(receivers: &[Receiver<u64>], pause: Duration) -> Option<u64> {
    let mut select = Select::new();
    receivers.iter().for_each(|queue| {
        select.recv(queue);
    });
    let ready = select.select();
    let index = ready.index();
    thread::sleep(pause);
    ready.recv(&receivers[index]).ok()
}

/// One message, and two who select it: what one has chosen, the other can't take.
fn claims_under_schedules() {
    let (queue, items) = bounded(1);
    let (back, room) = bounded(1);
    queue.send(1).unwrap();
    thread::scope(|s| {
        for id in 1..=2 {
            let (items, back) = (items.clone(), back.clone());
            s.spawn(move || {
                let mut select = Select::new();
                let arms = (select.recv(&items), select.send(&back));
                let ready = select.select();
                println!("[Chooser-{id}] has chosen");
                let result = if ready.index() == arms.0 {
                    ready.recv(&items).is_ok()
                } else {
                    ready.send(&back, id).is_ok()
                };
                println!("[Chooser-{id}] {result}");
            });
        }
    });
    println!("{} {}", items.len(), room.len());
}

// Cost.

/// `ping_pong CAPACITY TIMES`: two threads, two queues, one message to and fro.
fn ping_pong() {
    let (capacity, times) = (number(1, 1) as usize, number(2, 20_000));
    let ((ping, pings), (pong, pongs)) = (bounded(capacity), bounded(capacity));
    let other = thread::spawn(move || pings.iter().for_each(|n: u64| pong.send(n).unwrap()));
    let start = std::time::Instant::now();
    for n in 0..times {
        ping.send(n).unwrap();
        pongs.recv().unwrap();
    }
    drop(ping);
    other.join().unwrap();
    let micros = start.elapsed().as_micros() as f64 / (times as f64 * 2.0);
    println!("{micros:.1} µs a hand-over at capacity {capacity}");
}
