//! Locks, permits and signals of tokio's.

use super::{
    both, join,
    world::tokio::{
        spawn,
        sync::{Mutex, Notify, RwLock, Semaphore, mpsc},
        task::yield_now,
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

/// Two take two locks in either order.
pub(crate) async fn two_locks_in_either_order(right: bool) {
    let purses = Arc::new([Mutex::new(10), Mutex::new(10)]);
    let pay = |from: usize, to: usize| {
        let purses = purses.clone();
        spawn(async move {
            let (first, second) = if right { (from.min(to), from.max(to)) } else { (from, to) };
            let mut one = purses[first].lock().await;
            let mut other = purses[second].lock().await;
            *one -= 1;
            *other += 1;
        })
    };
    let (one, other) = (pay(0, 1), pay(1, 0));
    both(one, other).await;
}

/// Three locks, each pair of which somebody takes.
pub(crate) async fn a_ring_of_three(right: bool) {
    let locks: Arc<[Mutex<u32>; 3]> = Arc::new(std::array::from_fn(|_| Mutex::new(0)));
    let pairs = if right { [(0, 1), (1, 2), (0, 2)] } else { [(0, 1), (1, 2), (2, 0)] };
    let takers = pairs.map(|(first, second)| {
        let locks = locks.clone();
        spawn(async move {
            let mut one = locks[first].lock().await;
            *one += 1;
            *locks[second].lock().await += 1;
        })
    });
    join(takers).await;
}

/// Two take two permits of two, one after the other.
pub(crate) async fn permits_one_by_one(right: bool) {
    let permits = Arc::new(Semaphore::new(2));
    let takers = [0, 1].map(|_| {
        let permits = permits.clone();
        spawn(async move {
            if right {
                let _two = permits.acquire_many(2).await.unwrap();
                return;
            }
            let _one = permits.acquire().await.unwrap();
            let _other = permits.acquire().await.unwrap();
        })
    });
    join(takers).await;
}

/// Reads, lets go, and writes what follows.
pub(crate) async fn writes_what_follows(right: bool) {
    let count = Arc::new(RwLock::new(0));
    let editors = [0, 1].map(|_| {
        let count = count.clone();
        spawn(async move {
            if right {
                *count.write().await += 1;
                return;
            }
            let next = *count.read().await + 1;
            *count.write().await = next;
        })
    });
    join(editors).await;
    assert!(*count.read().await == 2, "both have written");
}

/// Reads a second time while it reads, and a writer waits in between.
pub(crate) async fn reads_twice_around_a_writer(right: bool) {
    let page = Arc::new(RwLock::new(0));
    let reader = {
        let page = page.clone();
        spawn(async move {
            let first = page.read().await;
            let seen = *first;
            if right {
                drop(first);
                assert!(*page.read().await >= seen, "it only grows");
            } else {
                assert!(*page.read().await >= seen, "it only grows");
                drop(first);
            }
        })
    };
    let writer = {
        let page = page.clone();
        spawn(async move { *page.write().await += 1 })
    };
    both(reader, writer).await;
}

/// Signals all who wait, and one is about to wait.
pub(crate) async fn signals_those_who_wait(right: bool) {
    let bell = Arc::new(Notify::new());
    let guest = {
        let bell = bell.clone();
        spawn(async move { bell.notified().await })
    };
    let host = spawn(async move {
        if right {
            // That one is kept for whoever comes.
            bell.notify_one();
        } else {
            bell.notify_waiters();
        }
    });
    both(guest, host).await;
}

/// Two events, and a bell that remembers one.
pub(crate) async fn a_bell_that_remembers_one(right: bool) {
    let (events, bell) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let listener = {
        let (events, bell) = (events.clone(), bell.clone());
        spawn(async move {
            if right {
                while events.load(SeqCst) < 2 {
                    bell.notified().await;
                }
                return;
            }
            bell.notified().await;
            bell.notified().await;
        })
    };
    let ringers = [0, 1].map(|_| {
        let (events, bell) = (events.clone(), bell.clone());
        spawn(async move {
            events.fetch_add(1, SeqCst);
            bell.notify_one();
        })
    });
    join(ringers).await;
    listener.await.unwrap();
}

/// Sends into a full queue with the lock in its hands that the receiver needs.
pub(crate) async fn sends_with_the_lock_held(right: bool) {
    let total = Arc::new(Mutex::new(0));
    let (queue, mut items) = mpsc::channel(1);
    let receiver = {
        let total = total.clone();
        spawn(async move {
            while let Some(item) = items.recv().await {
                *total.lock().await += item;
            }
        })
    };
    for item in 0..3 {
        let seen = total.lock().await;
        if right {
            drop(seen);
            queue.send(item).await.unwrap();
        } else {
            queue.send(item).await.unwrap();
            drop(seen);
        }
    }
    drop(queue);
    receiver.await.unwrap();
}

/// Looks whether it was made, waits for what it is made of, and makes it.
pub(crate) async fn made_twice(right: bool) {
    let (thing, parts) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(0)));
    let users = [0, 1].map(|me| {
        let (thing, parts) = (thing.clone(), parts.clone());
        spawn(async move {
            let seen = thing.lock().await;
            if seen.is_some() {
                return;
            }
            let held = right.then_some(seen);
            *parts.lock().await += 1;
            match held {
                Some(mut seen) => *seen = Some(me),
                None => *thing.lock().await = Some(me),
            }
        })
    });
    join(users).await;
    assert!(*parts.lock().await == 1, "it is made once");
}

/// Looks, gives way, and acts.
pub(crate) async fn gives_way_in_between(right: bool) {
    let left = Arc::new(Mutex::new(1i32));
    let buyers = [0, 1].map(|_| {
        let left = left.clone();
        spawn(async move {
            if right {
                let mut left = left.lock().await;
                *left -= i32::from(*left > 0);
            } else if *left.lock().await > 0 {
                yield_now().await;
                *left.lock().await -= 1;
            }
        })
    });
    join(buyers).await;
    assert!(*left.lock().await >= 0, "it is sold once");
}

/// A meeting made by hand wakes those who wait, and the next round takes their signal.
pub(crate) async fn a_meeting_without_rounds(right: bool) {
    let (count, bell) = (Arc::new(Mutex::new((0, 0))), Arc::new(Notify::new()));
    let runners = [0, 1].map(|_| {
        let (count, bell) = (count.clone(), bell.clone());
        spawn(async move {
            for _ in 0..2 {
                let mut state = count.lock().await;
                let round = state.1;
                state.0 += 1;
                if state.0 == 2 {
                    *state = (0, round + 1);
                    bell.notify_one();
                    continue;
                }
                drop(state);
                let waits =
                    |(count, now): (i32, i32)| if right { now == round } else { count != 0 };
                while waits(*count.lock().await) {
                    if right {
                        yield_now().await;
                    } else {
                        bell.notified().await;
                    }
                }
            }
        })
    });
    join(runners).await;
}
