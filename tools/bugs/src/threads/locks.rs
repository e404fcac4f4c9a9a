//! Locks: orders of two and more, the wrong lock, and barriers that are used again.

use super::{
    join,
    world::sync::{Arc, Barrier, Condvar, Mutex, RwLock, mpsc},
    world::thread::spawn,
};

/// Two take two locks in either order.
pub(crate) fn two_locks_in_either_order(right: bool) {
    let purses = Arc::new([Mutex::new(10), Mutex::new(10)]);
    let pay = |from: usize, to: usize| {
        let purses = purses.clone();
        spawn(move || {
            let (first, second) = if right { (from.min(to), from.max(to)) } else { (from, to) };
            let mut one = purses[first].lock().unwrap();
            let mut other = purses[second].lock().unwrap();
            *one -= 1;
            *other += 1;
        })
    };
    join([pay(0, 1), pay(1, 0)]);
}

/// Five sit around a table, and each takes the fork at its left first.
pub(crate) fn five_around_a_table(right: bool) {
    let forks: Arc<[Mutex<u32>; 5]> = Arc::new(std::array::from_fn(|_| Mutex::new(0)));
    let guests = (0..5).map(|seat| {
        let forks = forks.clone();
        spawn(move || {
            let (mut first, mut second) = (seat, (seat + 1) % 5);
            if right && first > second {
                (first, second) = (second, first);
            }
            let mut one = forks[first].lock().unwrap();
            *forks[second].lock().unwrap() += 1;
            *one += 1;
        })
    });
    join(guests.collect::<Vec<_>>());
}

/// Three locks, each pair of which somebody takes; only together do they form a ring.
pub(crate) fn a_ring_of_three(right: bool) {
    let locks: Arc<[Mutex<u32>; 3]> = Arc::new(std::array::from_fn(|_| Mutex::new(0)));
    let pairs = if right { [(0, 1), (1, 2), (0, 2)] } else { [(0, 1), (1, 2), (2, 0)] };
    let takers = pairs.map(|(first, second)| {
        let locks = locks.clone();
        spawn(move || {
            let mut one = locks[first].lock().unwrap();
            *one += 1;
            *locks[second].lock().unwrap() += 1;
        })
    });
    join(takers);
}

/// Two read, let go, and write what follows from what they have read.
pub(crate) fn two_readers_write_what_follows(right: bool) {
    let page = Arc::new(RwLock::new(0));
    let editors = [0, 1].map(|_| {
        let page = page.clone();
        spawn(move || {
            if right {
                *page.write().unwrap() += 1;
                return;
            }
            let next = *page.read().unwrap() + 1;
            *page.write().unwrap() = next;
        })
    });
    join(editors);
    assert!(*page.read().unwrap() == 2, "both have written");
}

/// Sends into a full queue with the lock in its hands that the receiver needs.
pub(crate) fn sends_with_the_lock_held(right: bool) {
    let total = Arc::new(Mutex::new(0));
    let (queue, items) = mpsc::sync_channel(1);
    let receiver = {
        let total = total.clone();
        spawn(move || {
            for item in items.iter().take(3) {
                *total.lock().unwrap() += item;
            }
        })
    };
    for item in 0..3 {
        let seen = total.lock().unwrap();
        if right {
            drop(seen);
            queue.send(item).unwrap();
        } else {
            queue.send(item).unwrap();
            drop(seen);
        }
    }
    join([receiver]);
}

/// One goes from the list to the entry, one from the entry to the list.
pub(crate) fn from_the_entry_to_the_list(right: bool) {
    let list = Arc::new(Mutex::new(1));
    let entry = Arc::new(Mutex::new(1));
    let mut actors = Vec::new();
    for _ in 0..2 {
        let (list, entry) = (list.clone(), entry.clone());
        actors.push(spawn(move || {
            let count = list.lock().unwrap();
            *entry.lock().unwrap() += *count;
        }));
    }
    let (list, entry) = (list.clone(), entry.clone());
    actors.push(spawn(move || {
        if right {
            let mut count = list.lock().unwrap();
            *count -= entry.lock().unwrap().min(1);
        } else {
            let mut gone = entry.lock().unwrap();
            *gone = 0;
            *list.lock().unwrap() -= 1;
        }
    }));
    join(actors);
}

/// Each has a lock of its own for what both change.
pub(crate) fn a_lock_each(right: bool) {
    let guards = Arc::new([Mutex::new(()), Mutex::new(())]);
    let count = Arc::new(Mutex::new(0));
    let adders = [0, 1].map(|me: usize| {
        let (guards, count) = (guards.clone(), count.clone());
        spawn(move || {
            let guard = guards[if right { 0 } else { me }].lock().unwrap();
            let seen = *count.lock().unwrap();
            *count.lock().unwrap() = seen + 1;
            drop(guard);
        })
    });
    join(adders);
    assert!(*count.lock().unwrap() == 2, "both have added");
}

/// Reads under one lock what is written under another, while a third changes both parts.
pub(crate) fn a_sum_under_half_the_locks(right: bool) {
    let parts = Arc::new((Mutex::new(()), Mutex::new(5), Mutex::new(5)));
    let mover = {
        let parts = parts.clone();
        spawn(move || {
            for _ in 0..3 {
                let _whole = parts.0.lock().unwrap();
                *parts.1.lock().unwrap() -= 1;
                *parts.2.lock().unwrap() += 1;
            }
        })
    };
    let whole = right.then(|| parts.0.lock().unwrap());
    let sum = *parts.1.lock().unwrap() + *parts.2.lock().unwrap();
    drop(whole);
    join([mover]);
    assert!(sum == 10, "nothing is lost on the way");
}

/// Two parts are written under a lock each, one after the other, and read in between.
pub(crate) fn half_of_a_pair(right: bool) {
    let pair = Arc::new(RwLock::new((0, 0)));
    let writer = {
        let pair = pair.clone();
        spawn(move || {
            for n in 1..4 {
                if right {
                    *pair.write().unwrap() = (n, n);
                } else {
                    pair.write().unwrap().0 = n;
                    pair.write().unwrap().1 = n;
                }
            }
        })
    };
    let (one, other) = *pair.read().unwrap();
    join([writer]);
    assert!(one == other, "both or none");
}

/// A barrier made by hand counts those who come and has no rounds: whoever is fast comes twice.
pub(crate) fn a_barrier_without_rounds(right: bool) {
    let barrier = Arc::new((Mutex::new((0, 0)), Condvar::new()));
    let runners = [0, 1].map(|_| {
        let barrier = barrier.clone();
        spawn(move || {
            for _ in 0..2 {
                let mut state = barrier.0.lock().unwrap();
                let round = state.1;
                state.0 += 1;
                if state.0 == 2 {
                    *state = (0, round + 1);
                    barrier.1.notify_all();
                    continue;
                }
                let waits =
                    |(count, now): &(i32, i32)| if right { *now == round } else { *count != 0 };
                while waits(&state) {
                    state = barrier.1.wait(state).unwrap();
                }
            }
        })
    });
    join(runners);
}

/// Writes the next round while the others still read this one: a second meeting is missing.
pub(crate) fn one_meeting_for_two_phases(right: bool) {
    let cells: Arc<[Mutex<u32>; 3]> = Arc::new(std::array::from_fn(|_| Mutex::new(0)));
    let barrier = Arc::new(Barrier::new(3));
    let actors = (0..3).map(|me| {
        let (cells, barrier) = (cells.clone(), barrier.clone());
        spawn(move || {
            for round in 1..3 {
                *cells[me].lock().unwrap() = round;
                barrier.wait();
                let seen = *cells[(me + 1) % 3].lock().unwrap();
                if right {
                    barrier.wait();
                }
                assert!(seen == round, "the neighbour is in the same round");
            }
        })
    });
    join(actors.collect::<Vec<_>>());
}

/// A semaphore made by hand looks and takes in two steps.
pub(crate) fn a_semaphore_in_two_steps(right: bool) {
    let places = Arc::new((Mutex::new(1i32), Condvar::new()));
    let guests = [0, 1, 2].map(|_| {
        let places = places.clone();
        spawn(move || {
            let mut free = places.0.lock().unwrap();
            while *free == 0 {
                free = places.1.wait(free).unwrap();
            }
            if !right {
                drop(free);
                free = places.0.lock().unwrap();
            }
            *free -= 1;
            assert!(*free >= 0, "one at a time");
            drop(free);
            *places.0.lock().unwrap() += 1;
            places.1.notify_one();
        })
    });
    join(guests);
}
