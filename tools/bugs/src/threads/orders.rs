//! Orders that nobody thought of: of few and many, of the late, the last and the next.

use super::{
    join,
    world::sync::{Arc, Mutex, mpsc},
    world::thread::{self, spawn, yield_now},
};
use std::time::Duration;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Two set two values one after the other, and somebody looks between the first and the second of the first.
pub(crate) fn looks_between_two_of_few(right: bool) {
    looks_between(right, 2);
}

/// The same, where many set them.
pub(crate) fn looks_between_two_of_many(right: bool) {
    looks_between(right, 9);
}

fn looks_between(right: bool, setters: usize) {
    let pair = Arc::new((Mutex::new(0), Mutex::new(0)));
    let setters = (0..setters).map(|_| {
        let pair = pair.clone();
        spawn(move || {
            let one = right.then(|| pair.0.lock().unwrap());
            match one {
                Some(mut one) => {
                    *one = 1;
                    *pair.1.lock().unwrap() = -1;
                }
                None => {
                    *pair.0.lock().unwrap() = 1;
                    *pair.1.lock().unwrap() = -1;
                }
            }
        })
    });
    let setters: Vec<_> = setters.collect();
    let looker = {
        let pair = pair.clone();
        spawn(move || {
            let one = pair.0.lock().unwrap();
            let seen = *one;
            let held = right.then_some(one);
            let sum = seen + *pair.1.lock().unwrap();
            drop(held);
            assert!(sum == 0 || (seen == 0 && !right && sum == -1), "both or none");
        })
    };
    join(setters);
    join([looker]);
}

/// The thread that was started last is first.
pub(crate) fn the_last_is_first(right: bool) {
    let places = finish(6);
    assert!(right || places[0] != 5, "the last that comes is not the first");
}

/// All come in the opposite order.
pub(crate) fn all_in_the_opposite_order(right: bool) {
    let places = finish(5);
    assert!(right || places != [4, 3, 2, 1, 0], "some come before those who started later");
}

/// The order in which threads arrive that are started one after the other.
fn finish(runners: usize) -> Vec<usize> {
    let places = Arc::new(Mutex::new(Vec::new()));
    let runners = (0..runners).map(|me| {
        let places = places.clone();
        spawn(move || places.lock().unwrap().push(me))
    });
    join(runners.collect::<Vec<_>>());
    places.lock().unwrap().clone()
}

/// Registers late, behind few steps of the one that tells.
pub(crate) fn late_behind_few_steps(right: bool) {
    late(right, 4);
}

/// Registers late, behind many steps.
pub(crate) fn late_behind_many_steps(right: bool) {
    late(right, 16);
}

/// Registers so late that all is over: the one that tells has had forty steps meanwhile.
pub(crate) fn late_behind_all_steps(right: bool) {
    late(right, 40);
}

fn late(right: bool, steps: usize) {
    let registered = Arc::new(Mutex::new(false));
    let listener = {
        let registered = registered.clone();
        spawn(move || *registered.lock().unwrap() = true)
    };
    let teller = {
        let registered = registered.clone();
        spawn(move || {
            let heard = (0..steps).filter(|_| *registered.lock().unwrap()).count();
            assert!(right || heard > 0, "somebody listens");
        })
    };
    join([listener, teller]);
}

/// Two take turns by chance, six times in a row.
pub(crate) fn six_turns_by_chance(right: bool) {
    turns_by_chance(right, 6);
}

/// Two take turns by chance, twelve times in a row.
pub(crate) fn twelve_turns_by_chance(right: bool) {
    turns_by_chance(right, 12);
}

fn turns_by_chance(right: bool, depth: usize) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let players = [0, 1].map(|me| {
        let log = log.clone();
        spawn(move || (0..depth).for_each(|_| log.lock().unwrap().push(me)))
    });
    join(players);
    let log = log.lock().unwrap();
    let longest = log.chunk_by(|one, next| one != next).map(<[_]>::len).max();
    assert!(right || longest.unwrap_or(0) < depth, "one is ahead for two steps");
}

/// Sleeps in place of a join, for twice as long as the work takes.
pub(crate) fn sleeps_for_a_join_twice_as_long(right: bool) {
    sleeps_for_a_join(right, 100);
}

/// Sleeps in place of a join, for eight times as long as the work takes.
pub(crate) fn sleeps_for_a_join_eight_times_as_long(right: bool) {
    sleeps_for_a_join(right, 400);
}

fn sleeps_for_a_join(right: bool, wait_ms: u64) {
    let done = Arc::new(Mutex::new(0));
    let workers = [0, 1, 2].map(|_| {
        let done = done.clone();
        spawn(move || {
            thread::sleep(ms(50));
            *done.lock().unwrap() += 1;
        })
    });
    if right {
        join(workers);
        return;
    }
    thread::sleep(ms(wait_ms));
    assert!(*done.lock().unwrap() == 3, "all are done by then");
    join(workers);
}

/// Five short sleeps are thought to be over before a longer one.
pub(crate) fn beats_before_an_alarm(right: bool) {
    let beats = Arc::new(Mutex::new(0));
    let heart = {
        let beats = beats.clone();
        spawn(move || {
            for _ in 0..5 {
                thread::sleep(ms(10));
                *beats.lock().unwrap() += 1;
            }
        })
    };
    thread::sleep(ms(120));
    let heard = *beats.lock().unwrap();
    assert!(right || heard == 5, "it has beaten five times by then");
    join([heart]);
}

/// Asks for the answer right after the question.
pub(crate) fn asks_before_the_answer(right: bool) {
    let (questions, asked) = mpsc::channel();
    let (answers, answered) = mpsc::channel();
    let oracle = spawn(move || {
        for question in asked.iter().take(2) {
            answers.send(question).unwrap();
        }
    });
    for question in 0..2 {
        questions.send(question).unwrap();
        if right {
            assert!(answered.recv() == Ok(question), "it is the answer");
        } else {
            // It gives it a few turns.
            (0..5).for_each(|_| yield_now());
            assert!(answered.try_recv() == Ok(question), "it is there by then");
        }
    }
    join([oracle]);
}

/// What was put by several is taken for being in the order in which they were started.
pub(crate) fn results_in_the_order_of_the_start(right: bool) {
    let (results, arrived) = mpsc::channel();
    let workers = [0, 1].map(|me| {
        let results = results.clone();
        spawn(move || results.send(me).unwrap())
    });
    let mut order = [arrived.recv().unwrap(), arrived.recv().unwrap()];
    if right {
        order.sort_unstable();
    }
    join(workers);
    assert!(order == [0, 1], "they are in order");
}
