//! Small programs with a fault that few orders show; `tests/rare.rs` looks for those.
//!
//! The first argument says which. What shows the fault is a panic or a deadlock.

use rehearsal::{
    crossbeam_channel as channel, println,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    thread, tokio, work,
};
use std::{collections::VecDeque, time::Duration};

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    let (_, program) = PROGRAMS.iter().find(|(known, _)| *known == name).expect("a program's name");
    program();
}

const PROGRAMS: &[(&str, fn())] = &[
    ("if-for-while", if_for_while),
    ("one-signal-for-two", one_signal_for_two),
    ("lost-wake-up", lost_wake_up),
    ("lock-order", lock_order),
    ("taken-is-not-done", taken_is_not_done),
    ("check-then-act", || check_then_act(false)),
    ("check-then-act-edited", || check_then_act(true)),
    ("reorder-4", || reorder(4)),
    ("reorder-10", || reorder(10)),
    ("last-spawned-first", last_spawned_first),
    ("behind-many-steps", behind_many_steps),
    ("there-and-back", there_and_back),
    ("sleep-for-join", sleep_for_join),
    ("wrong-waiter", wrong_waiter),
    ("load-then-store", load_then_store),
    ("wait-without-loop", wait_without_loop),
    ("flag-before-data", flag_before_data),
    ("two-tasks-write", two_tasks_write),
    ("a-late-notice", a_late_notice),
];

/// Whoever is woken takes the item without looking again.
fn if_for_while() {
    let shared = Arc::new((Mutex::new(VecDeque::new()), Condvar::new()));
    let takers: Vec<_> = (0..2)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                let mut items = shared.0.lock().unwrap();
                if items.is_empty() {
                    items = shared.1.wait(items).unwrap();
                }
                items.pop_front().expect("there is an item");
            })
        })
        .collect();
    for item in 0..2 {
        shared.0.lock().unwrap().push_back(item);
        shared.1.notify_one();
    }
    for taker in takers {
        taker.join().unwrap();
    }
}

/// Two who put and two who take, with one condition variable for both.
fn one_signal_for_two() {
    let shared = Arc::new((Mutex::new(VecDeque::new()), Condvar::new()));
    let mut threads = Vec::new();
    for side in 0..4 {
        let shared = shared.clone();
        threads.push(thread::spawn(move || {
            for item in 0..3 {
                let items = shared.0.lock().unwrap();
                if side % 2 == 0 {
                    shared.1.wait_while(items, |items| !items.is_empty()).unwrap().push_back(item);
                } else {
                    shared.1.wait_while(items, |items| items.is_empty()).unwrap().pop_front();
                }
                shared.1.notify_one();
            }
        }));
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

/// The signal comes between the look and the wait.
fn lost_wake_up() {
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let theirs = shared.clone();
    let waiter = thread::spawn(move || {
        let ready = *theirs.0.lock().unwrap();
        if !ready {
            drop(theirs.1.wait(theirs.0.lock().unwrap()).unwrap());
        }
    });
    for _ in 0..3 {
        drop(shared.0.lock().unwrap());
    }
    *shared.0.lock().unwrap() = true;
    shared.1.notify_one();
    waiter.join().unwrap();
}

/// Three who each take their own lock and then the next one's.
fn lock_order() {
    let locks: Arc<Vec<_>> = Arc::new((0..3).map(Mutex::new).collect());
    let threads: Vec<_> = (0..3)
        .map(|nth| {
            let locks = locks.clone();
            thread::spawn(move || {
                for _ in 0..3 {
                    drop(locks[nth].lock().unwrap());
                }
                let _one = locks[nth].lock().unwrap();
                let _next = locks[(nth + 1) % 3].lock().unwrap();
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// The queue is empty, so all is done, says main.
fn taken_is_not_done() {
    let (queue, jobs) = channel::unbounded();
    let done = Arc::new(Mutex::new(0));
    let theirs = done.clone();
    for job in 0..3 {
        queue.send(job).unwrap();
    }
    let seen = jobs.clone();
    let worker = thread::spawn(move || {
        for _ in jobs {
            drop(theirs.lock().unwrap());
            *theirs.lock().unwrap() += 1;
        }
    });
    while !seen.is_empty() {
        thread::yield_now();
    }
    assert_eq!(*done.lock().unwrap(), 3, "all jobs are done");
    drop((queue, seen));
    worker.join().unwrap();
}

/// Two who buy the last one. An edit of the program counts and tells more, and is no nearer to being right.
fn check_then_act(is_edited: bool) {
    let (stock, asked) = (Arc::new(Mutex::new(1)), Arc::new(AtomicU32::new(0)));
    let buyers: Vec<_> = (0..2)
        .map(|nth| {
            let (stock, asked) = (stock.clone(), asked.clone());
            thread::spawn(move || {
                for _ in 0..6 * nth {
                    drop(stock.lock().unwrap());
                }
                if is_edited {
                    asked.fetch_add(1, SeqCst);
                    println!("[Buyer-{nth}] asks");
                }
                let left = *stock.lock().unwrap();
                if left > 0 {
                    *stock.lock().unwrap() -= 1;
                }
            })
        })
        .collect();
    for buyer in buyers {
        buyer.join().unwrap();
    }
    assert!(*stock.lock().unwrap() >= 0, "no more is sold than there is");
}

/// Somebody looks between the two steps of the first of many.
fn reorder(writers: usize) {
    let (one, other) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let mut threads = Vec::new();
    for _ in 0..writers {
        let (one, other) = (one.clone(), other.clone());
        threads.push(thread::spawn(move || {
            *one.lock().unwrap() = 1;
            *other.lock().unwrap() = -1;
        }));
    }
    let looker = thread::spawn(move || {
        let seen = (*one.lock().unwrap(), *other.lock().unwrap());
        assert!(matches!(seen, (0, 0) | (1, -1)), "{seen:?}");
    });
    for thread in threads.into_iter().chain([looker]) {
        thread.join().unwrap();
    }
}

/// Each takes a ticket; the first that was spawned has to be before the last.
fn last_spawned_first() {
    let tickets = Arc::new(Mutex::new(Vec::new()));
    let threads: Vec<_> = (0..6)
        .map(|nth| {
            let tickets = tickets.clone();
            thread::spawn(move || tickets.lock().unwrap().push(nth))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let order = tickets.lock().unwrap();
    assert!(order[0] != 5 || order[1] != 4, "{order:?}");
}

/// One makes forty steps before another makes its first.
fn behind_many_steps() {
    let counts = Arc::new((Mutex::new(0), Mutex::new(0)));
    let theirs = counts.clone();
    let late = thread::spawn(move || {
        assert!(*theirs.0.lock().unwrap() < 20, "it has come in time");
    });
    let busy = thread::spawn(move || {
        for _ in 0..20 {
            *counts.0.lock().unwrap() += 1;
            *counts.1.lock().unwrap() += 1;
        }
    });
    late.join().unwrap();
    busy.join().unwrap();
}

/// One is overtaken, and overtakes, and is overtaken again.
fn there_and_back() {
    let state = Arc::new(Mutex::new(0));
    let step = |from: u32, to: u32, state: &Mutex<u32>| {
        for _ in 0..4 {
            drop(state.lock().unwrap());
        }
        let mut state = state.lock().unwrap();
        if *state == from {
            *state = to;
        }
    };
    let (one, other) = (state.clone(), state.clone());
    let threads = [
        thread::spawn(move || [(0, 1), (2, 3), (4, 5)].map(|(from, to)| step(from, to, &one))),
        thread::spawn(move || [(1, 2), (3, 4), (7, 8)].map(|(from, to)| step(from, to, &other))),
    ];
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(*state.lock().unwrap() < 5, "it went five steps");
}

/// Main waits for long enough, as it believes.
fn sleep_for_join() {
    let done = Arc::new(Mutex::new(0));
    let theirs = done.clone();
    let worker = thread::spawn(move || {
        for _ in 0..4 {
            work(Duration::from_millis(10));
            *theirs.lock().unwrap() += 1;
        }
    });
    thread::sleep(Duration::from_millis(200));
    assert_eq!(*done.lock().unwrap(), 4, "the work is done by now");
    worker.join().unwrap();
}

/// Two wait for different things, and the one who was not meant is woken.
fn wrong_waiter() {
    let shared = Arc::new((Mutex::new([false; 2]), Condvar::new()));
    let waiters: Vec<_> = (0..2)
        .map(|nth| {
            let shared = shared.clone();
            thread::spawn(move || {
                drop(shared.1.wait_while(shared.0.lock().unwrap(), |ready| !ready[nth]).unwrap());
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(1));
    for nth in 0..2 {
        shared.0.lock().unwrap()[nth] = true;
        shared.1.notify_one();
        thread::sleep(Duration::from_millis(1));
    }
    for waiter in waiters {
        waiter.join().unwrap();
    }
}

/// A counter that is read and written in two steps.
fn load_then_store() {
    let count = Arc::new(AtomicU32::new(0));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let count = count.clone();
            thread::spawn(move || count.store(count.load(SeqCst) + 1, SeqCst))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(count.load(SeqCst), 2);
}

/// Somebody takes the end of a wait for the signal.
fn wait_without_loop() {
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let theirs = shared.clone();
    let waiter = thread::spawn(move || {
        let ready = theirs.0.lock().unwrap();
        if !*ready {
            assert!(*theirs.1.wait(ready).unwrap(), "it is ready");
        }
    });
    *shared.0.lock().unwrap() = true;
    shared.1.notify_one();
    waiter.join().unwrap();
}

/// The flag says that the data is there, and it is set first.
fn flag_before_data() {
    let shared = Arc::new((AtomicBool::new(false), AtomicU32::new(0)));
    let theirs = shared.clone();
    let writer = thread::spawn(move || {
        theirs.0.store(true, SeqCst);
        theirs.1.store(7, SeqCst);
    });
    if shared.0.load(SeqCst) {
        assert_eq!(shared.1.load(SeqCst), 7);
    }
    writer.join().unwrap();
}

/// Two tasks write what they have read before, under a lock each time.
#[tokio::main]
async fn two_tasks_write() {
    let sum = Arc::new(tokio::sync::Mutex::new(0));
    let adders = [(); 2].map(|()| {
        let sum = sum.clone();
        tokio::spawn(async move {
            let seen = *sum.lock().await;
            *sum.lock().await = seen + 1; // writes what it has seen
        })
    });
    for adder in adders {
        adder.await.unwrap();
    }
    assert_eq!(*sum.lock().await, 2, "both have added");
}

/// Who waits is told only if it waits already.
#[tokio::main]
async fn a_late_notice() {
    let bell = Arc::new(tokio::sync::Notify::new());
    let theirs = bell.clone();
    let guest = tokio::spawn(async move { theirs.notified().await });
    tokio::task::yield_now().await;
    bell.notify_waiters();
    guest.await.unwrap();
}
