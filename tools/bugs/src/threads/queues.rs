//! Queues: stop signs that go missing, things that were taken and are not done, results in the wrong order.

use super::{
    join,
    world::sync::{Arc, Mutex, mpsc},
    world::thread::{spawn, yield_now},
};
use std::collections::{BTreeMap, VecDeque};

/// A queue that several take from.
fn shared<T>(things: impl IntoIterator<Item = T>) -> Arc<Mutex<VecDeque<T>>> {
    Arc::new(Mutex::new(things.into_iter().collect()))
}

/// As many stop signs as workers have said that they are there, and one of them is late.
pub(crate) fn stop_signs_for_those_who_came(right: bool) {
    let (queue, jobs) = mpsc::channel();
    let jobs = Arc::new(Mutex::new(jobs));
    let came = Arc::new(Mutex::new(0));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (jobs, came) = (jobs.clone(), came.clone());
            spawn(move || {
                *came.lock().unwrap() += 1;
                while let Ok(Some(())) = jobs.lock().unwrap().recv() {}
            })
        })
        .collect();
    queue.send(Some(())).unwrap();
    queue.send(Some(())).unwrap();
    let signs = if right { 2 } else { (*came.lock().unwrap()).max(1) };
    for _ in 0..signs {
        queue.send(None).unwrap();
    }
    join(workers);
}

/// A worker that is stopped empties the queue, and another one's stop sign with it.
pub(crate) fn empties_the_queue_at_the_end(right: bool) {
    let (queue, jobs) = mpsc::channel();
    let jobs = Arc::new(Mutex::new(jobs));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let jobs = jobs.clone();
            spawn(move || {
                while let Ok(Some(())) = jobs.lock().unwrap().recv() {}
                if !right {
                    while jobs.lock().unwrap().try_recv().is_ok() {}
                }
            })
        })
        .collect();
    for job in [Some(()), None, Some(()), None] {
        queue.send(job).unwrap();
    }
    join(workers);
}

/// A bad job ends the worker that takes it; if that is the one that passes the stop sign on, nobody does.
pub(crate) fn a_worker_that_dies_keeps_the_sign(right: bool) {
    let (queue, jobs) = mpsc::channel::<Option<i32>>();
    let jobs = Arc::new(Mutex::new(jobs));
    let workers: Vec<_> = (0..3)
        .map(|me| {
            let (jobs, queue) = (jobs.clone(), queue.clone());
            spawn(move || {
                loop {
                    let job = jobs.lock().unwrap().recv().unwrap();
                    if job == Some(2) && me == 2 && !right {
                        // Who fails at this takes the next along, whatever it is.
                        let next = jobs.lock().unwrap().recv().unwrap();
                        assert!(next != Some(2), "it was taken");
                        return;
                    }
                    if job.is_none() {
                        queue.send(None).unwrap();
                        return;
                    }
                }
            })
        })
        .collect();
    for job in [Some(1), Some(2), None] {
        queue.send(job).unwrap();
    }
    join(workers);
}

/// Takes the queue's being empty for the work's being done.
pub(crate) fn taken_is_not_done(right: bool) {
    let jobs = shared(0..2);
    let done = Arc::new(Mutex::new(0));
    let worker = {
        let (jobs, done) = (jobs.clone(), done.clone());
        spawn(move || {
            for _ in 0..2 {
                jobs.lock().unwrap().pop_front();
                *done.lock().unwrap() += 1;
            }
        })
    };
    if right {
        join([worker]);
        assert!(*done.lock().unwrap() == 2, "all is done");
        return;
    }
    while !jobs.lock().unwrap().is_empty() {
        yield_now();
    }
    assert!(*done.lock().unwrap() == 2, "all is done");
    join([worker]);
}

/// Counts what is at work, but only after it was taken out of the queue.
pub(crate) fn counted_after_it_was_taken(right: bool) {
    let jobs = shared(0..3);
    let (at_work, done) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let worker = {
        let (jobs, at_work, done) = (jobs.clone(), at_work.clone(), done.clone());
        spawn(move || {
            loop {
                let mut queue = jobs.lock().unwrap();
                if queue.pop_front().is_none() {
                    return;
                }
                if right {
                    *at_work.lock().unwrap() += 1;
                    drop(queue);
                } else {
                    drop(queue);
                    *at_work.lock().unwrap() += 1;
                }
                *done.lock().unwrap() += 1;
                *at_work.lock().unwrap() -= 1;
            }
        })
    };
    let is_idle = || {
        let queue = jobs.lock().unwrap();
        queue.is_empty() && *at_work.lock().unwrap() == 0
    };
    while !is_idle() {
        yield_now();
    }
    assert!(*done.lock().unwrap() == 3, "nothing is at work any more");
    join([worker]);
}

/// Says that it is done, and then hands in the result.
pub(crate) fn done_before_the_result(right: bool) {
    let state = Arc::new((Mutex::new(0), Mutex::new(Vec::new())));
    let workers = [0, 1].map(|job| {
        let state = state.clone();
        spawn(move || {
            if right {
                state.1.lock().unwrap().push(job);
            }
            *state.0.lock().unwrap() += 1;
            if !right {
                state.1.lock().unwrap().push(job);
            }
        })
    });
    while *state.0.lock().unwrap() < 2 {
        yield_now();
    }
    assert!(state.1.lock().unwrap().len() == 2, "all results are there");
    join(workers);
}

/// Results come back in another order than the jobs, and what is early is thrown away as known.
pub(crate) fn drops_what_comes_early(right: bool) {
    let (results, arrived) = mpsc::channel();
    let workers = [0, 1, 2].map(|job| {
        let results = results.clone();
        spawn(move || results.send(job).unwrap())
    });
    let (mut next, mut early) = (0, BTreeMap::new());
    for _ in 0..3 {
        let job = arrived.recv().unwrap();
        if right {
            early.insert(job, ());
            while early.remove(&next).is_some() {
                next += 1;
            }
        } else if job == next || job == next + 1 {
            // One that is early by one is waited for; more is never expected.
            early.insert(job, ());
            while early.remove(&next).is_some() {
                next += 1;
            }
        }
    }
    join(workers);
    assert!(next == 3, "all are in order");
}

/// The window that results are put in order in is full before the one comes that is next.
pub(crate) fn a_window_that_is_full(right: bool) {
    let window = if right { 4 } else { 2 };
    let (results, arrived) = mpsc::channel();
    let workers = [0, 1, 2, 3].map(|job| {
        let results = results.clone();
        spawn(move || results.send(job).unwrap())
    });
    let (mut next, mut kept) = (0, BTreeMap::new());
    for _ in 0..4 {
        kept.insert(arrived.recv().unwrap(), ());
        while kept.remove(&next).is_some() {
            next += 1;
        }
        assert!(kept.len() <= window, "the window holds them");
    }
    join(workers);
}

/// The consumer is thought to keep up, and nothing holds the producer back.
pub(crate) fn a_backlog_of_ten(right: bool) {
    backlog(right, 10);
}

/// The same, where it has to fall behind by less.
pub(crate) fn a_backlog_of_four(right: bool) {
    backlog(right, 4);
}

fn backlog(right: bool, most: usize) {
    let queue = shared([]);
    let ended = Arc::new(Mutex::new(false));
    let consumer = {
        let (queue, ended) = (queue.clone(), ended.clone());
        spawn(move || {
            while !*ended.lock().unwrap() || !queue.lock().unwrap().is_empty() {
                if queue.lock().unwrap().pop_front().is_none() {
                    yield_now();
                }
            }
        })
    };
    for item in 0..most {
        while right && !queue.lock().unwrap().is_empty() {
            yield_now();
        }
        queue.lock().unwrap().push_back(item);
    }
    let behind = queue.lock().unwrap().len();
    *ended.lock().unwrap() = true;
    join([consumer]);
    assert!(behind < most, "the consumer keeps up");
}

/// Three producers, and the one that closes the queue is the first to be done.
pub(crate) fn the_first_to_be_done_closes(right: bool) {
    let state = Arc::new(Mutex::new((3, 0, false)));
    let producers = [0, 1, 2].map(|_| {
        let state = state.clone();
        spawn(move || {
            for _ in 0..2 {
                let mut state = state.lock().unwrap();
                assert!(!state.2, "nothing is put into a closed queue");
                state.1 += 1;
            }
            let mut state = state.lock().unwrap();
            state.0 -= 1;
            if !right || state.0 == 0 {
                state.2 = state.1 >= 4;
            }
        })
    });
    join(producers);
}
