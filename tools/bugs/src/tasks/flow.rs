//! Queues, cancelling, and orders that nobody thought of.

use super::{
    both, join,
    world::tokio::{
        select, spawn,
        sync::{Mutex, Notify, broadcast, mpsc, oneshot, watch},
        task::yield_now,
        time::sleep,
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Counts what is at work, but only after it was taken.
pub(crate) async fn counted_after_it_was_taken(right: bool) {
    let jobs = Arc::new(Mutex::new(vec![0, 1, 2]));
    let (at_work, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let worker = {
        let (jobs, at_work, done) = (jobs.clone(), at_work.clone(), done.clone());
        spawn(async move {
            loop {
                let mut queue = jobs.lock().await;
                if queue.pop().is_none() {
                    return;
                }
                if right {
                    at_work.fetch_add(1, SeqCst);
                    drop(queue);
                } else {
                    drop(queue);
                    yield_now().await;
                    at_work.fetch_add(1, SeqCst);
                }
                yield_now().await;
                done.fetch_add(1, SeqCst);
                at_work.fetch_sub(1, SeqCst);
            }
        })
    };
    loop {
        let queue = jobs.lock().await;
        if queue.is_empty() && at_work.load(SeqCst) == 0 {
            break;
        }
        drop(queue);
        yield_now().await;
    }
    assert!(done.load(SeqCst) == 3, "nothing is at work any more");
    worker.await.unwrap();
}

/// A loop of a selection begins to send anew each time, and the item of the arm that loses is gone.
pub(crate) async fn a_selection_drops_what_it_sends(right: bool) {
    let (queue, mut items) = mpsc::channel(1);
    let (ticks, mut ticked) = mpsc::channel(1);
    let producer = spawn(async move {
        let (mut sent, mut next) = (0, 0);
        while next < 4 {
            if right {
                queue.send(next).await.unwrap();
                next += 1;
                sent += 1;
                continue;
            }
            let item = next;
            next += 1;
            select! {
                Some(()) = ticked.recv() => {}
                done = queue.send(item) => {
                    done.unwrap();
                    sent += 1;
                }
            }
        }
        assert!(sent == 4, "each was sent");
    });
    let clock = spawn(async move {
        yield_now().await;
        // Nobody may listen any more.
        let _ = ticks.send(()).await;
    });
    let consumer = spawn(async move { while items.recv().await.is_some() {} });
    join([producer, clock, consumer]).await;
}

/// A receive is dropped behind its first `.await`, with the item that it has taken.
pub(crate) async fn dropped_with_an_item_in_hand(right: bool) {
    let (queue, mut items) = mpsc::channel(4);
    let log = Arc::new(Mutex::new(0));
    for item in 0..2 {
        queue.send(item).await.unwrap();
    }
    drop(queue);
    let (stop, mut stopped) = oneshot::channel::<()>();
    let worker = {
        let log = log.clone();
        spawn(async move {
            let mut taken = 0;
            loop {
                let noted = async {
                    let item = items.recv().await;
                    if item.is_some() {
                        *log.lock().await += 1;
                    }
                    item
                };
                if right {
                    if noted.await.is_none() {
                        return taken;
                    }
                    taken += 1;
                    continue;
                }
                select! {
                    biased;
                    _ = &mut stopped => {
                        // The rest is taken by hand.
                        while items.recv().await.is_some() {
                            *log.lock().await += 1;
                            taken += 1;
                        }
                        return taken;
                    }
                    item = noted => {
                        if item.is_none() {
                            return taken;
                        }
                        taken += 1;
                    }
                }
            }
        })
    };
    let other = {
        let log = log.clone();
        spawn(async move {
            let held = log.lock().await;
            yield_now().await;
            // It may have ended.
            let _ = stop.send(());
            yield_now().await;
            drop(held);
        })
    };
    other.await.unwrap();
    worker.await.unwrap();
    assert!(*log.lock().await == 2, "each item is noted");
}

/// Counts the changes of a value, of which one may stand for two.
pub(crate) async fn a_change_that_stands_for_two(right: bool) {
    let (tell, mut told) = watch::channel(0);
    let listener = spawn(async move {
        let mut changes = 0;
        while told.changed().await.is_ok() {
            changes += 1;
        }
        assert!(right || changes == 2, "there were two");
    });
    let teller = spawn(async move {
        for n in 1..3 {
            tell.send_replace(n);
            yield_now().await;
            yield_now().await;
        }
    });
    both(listener, teller).await;
}

/// Aborts a worker that has taken a job.
pub(crate) async fn aborted_with_one_in_hand(right: bool) {
    let jobs = Arc::new(Mutex::new(vec![0, 1]));
    let done = Arc::new(AtomicUsize::new(0));
    let worker = {
        let (jobs, done) = (jobs.clone(), done.clone());
        spawn(async move {
            while jobs.lock().await.pop().is_some() {
                yield_now().await;
                done.fetch_add(1, SeqCst);
            }
        })
    };
    while !jobs.lock().await.is_empty() {
        yield_now().await;
    }
    if right {
        worker.await.unwrap();
    } else {
        worker.abort();
        // It may have ended by itself.
        let _ = worker.await;
    }
    assert!(done.load(SeqCst) == 2, "all that was taken is done");
}

/// Aborted between counting itself in and counting itself out.
pub(crate) async fn aborted_while_it_is_counted(right: bool) {
    let inside = Arc::new(AtomicUsize::new(0));
    let guest = {
        let inside = inside.clone();
        spawn(async move {
            for _ in 0..2 {
                yield_now().await;
                inside.fetch_add(1, SeqCst);
                if !right {
                    yield_now().await;
                }
                inside.fetch_sub(1, SeqCst);
            }
        })
    };
    yield_now().await;
    guest.abort();
    // It may have ended by itself.
    let _ = guest.await;
    assert!(inside.load(SeqCst) == 0, "nobody is inside");
}

/// Sleeps in place of a join, for eight times as long as the work takes.
pub(crate) async fn sleeps_for_a_join(right: bool) {
    let done = Arc::new(AtomicUsize::new(0));
    let workers = [0, 1, 2].map(|_| {
        let done = done.clone();
        spawn(async move {
            sleep(ms(50)).await;
            done.fetch_add(1, SeqCst);
        })
    });
    if !right {
        sleep(ms(400)).await;
        assert!(done.load(SeqCst) == 3, "all are done by then");
    }
    join(workers).await;
}

/// Subscribes late, and misses what was told before.
pub(crate) async fn subscribes_late(right: bool) {
    let (tell, early) = broadcast::channel(8);
    let listener = {
        let tell = tell.clone();
        spawn(async move {
            let mut told = if right { early } else { tell.subscribe() };
            drop(tell);
            let mut heard = 0;
            while told.recv().await.is_ok() {
                heard += 1;
            }
            assert!(heard == 3, "it hears all");
        })
    };
    let teller = spawn(async move {
        for n in 0..3 {
            // Nobody may listen yet.
            let _ = tell.send(n);
            yield_now().await;
        }
    });
    both(listener, teller).await;
}

/// Answers a question whose asker has gone.
pub(crate) async fn answers_nobody(right: bool) {
    let (ask, asked) = oneshot::channel();
    let oracle = spawn(async move {
        yield_now().await;
        let told = ask.send(7);
        assert!(right || told.is_ok(), "somebody waits for it");
    });
    let asker = spawn(async move {
        select! {
            biased;
            answer = asked => assert!(answer == Ok(7), "it is the answer"),
            () = async {
                yield_now().await;
                yield_now().await;
                yield_now().await;
            } => {}
        }
    });
    both(oracle, asker).await;
}

/// Three put into room for two, and nobody is thought to be so fast.
pub(crate) async fn puts_without_waiting(right: bool) {
    let (queue, mut items) = mpsc::channel(2);
    let producers = [0, 1, 2].map(|me| {
        let queue = queue.clone();
        spawn(async move {
            if right {
                queue.send(me).await.unwrap();
            } else {
                queue.try_send(me).expect("there is room");
            }
        })
    });
    drop(queue);
    let consumer = spawn(async move { while items.recv().await.is_some() {} });
    join(producers).await;
    consumer.await.unwrap();
}

/// The task that was spawned last is first.
pub(crate) async fn the_last_is_first(right: bool) {
    let places = Arc::new(Mutex::new(Vec::new()));
    let runners = [0, 1, 2, 3, 4].map(|me| {
        let places = places.clone();
        spawn(async move { places.lock().await.push(me) })
    });
    join(runners).await;
    assert!(right || places.lock().await[0] != 4, "the last is not the first");
}

/// Looks between the first and the second of two steps that four take.
pub(crate) async fn looks_between_two(right: bool) {
    let pair = Arc::new((Mutex::new(0), Mutex::new(0)));
    let setters = [0, 1, 2, 3].map(|_| {
        let pair = pair.clone();
        spawn(async move {
            let mut one = pair.0.lock().await;
            *one = 1;
            let one = right.then_some(one);
            *pair.1.lock().await = -1;
            drop(one);
        })
    });
    let looker = {
        let pair = pair.clone();
        spawn(async move {
            let one = pair.0.lock().await;
            let seen = *one;
            let held = right.then_some(one);
            let other = *pair.1.lock().await;
            drop(held);
            assert!(seen == 0 || other == -1, "both or none");
        })
    };
    join(setters).await;
    looker.await.unwrap();
}

/// Registers late, behind many steps of the one that tells.
pub(crate) async fn late_behind_many_steps(right: bool) {
    let registered = Arc::new(Mutex::new(false));
    let listener = {
        let registered = registered.clone();
        spawn(async move { *registered.lock().await = true })
    };
    let teller = spawn(async move {
        let mut heard = 0;
        for _ in 0..12 {
            heard += u32::from(*registered.lock().await);
            yield_now().await;
        }
        assert!(right || heard > 0, "somebody listens");
    });
    both(listener, teller).await;
}

/// Two wait for work or the end at one bell, and the end rings once.
pub(crate) async fn the_end_wakes_one(right: bool) {
    let (over, bell) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let workers = [0, 1].map(|_| {
        let (over, bell) = (over.clone(), bell.clone());
        spawn(async move {
            while over.load(SeqCst) == 0 {
                bell.notified().await;
            }
            if right {
                bell.notify_one();
            }
        })
    });
    yield_now().await;
    over.store(1, SeqCst);
    bell.notify_one();
    join(workers).await;
}
