//! What is looked at and then acted on, while somebody else does the same.

use super::{
    join,
    world::sync::{Arc, Mutex},
    world::thread::spawn,
};

/// Two buy the last ticket.
pub(crate) fn the_last_ticket(right: bool) {
    let tickets = Arc::new(Mutex::new(1i32));
    let buyers = [0, 1].map(|_| {
        let tickets = tickets.clone();
        spawn(move || {
            if right {
                let mut left = tickets.lock().unwrap();
                *left -= i32::from(*left > 0);
            } else if *tickets.lock().unwrap() > 0 {
                *tickets.lock().unwrap() -= 1;
            }
        })
    });
    join(buyers);
    assert!(*tickets.lock().unwrap() >= 0, "it is sold once");
}

/// Two find that it was not made yet, and make it.
pub(crate) fn made_twice(right: bool) {
    let (thing, made) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(0)));
    let users = [0, 1].map(|me| {
        let (thing, made) = (thing.clone(), made.clone());
        spawn(move || {
            let seen = thing.lock().unwrap();
            if seen.is_none() {
                let held = right.then_some(seen);
                *made.lock().unwrap() += 1;
                match held {
                    Some(mut seen) => *seen = Some(me),
                    None => *thing.lock().unwrap() = Some(me),
                }
            }
        })
    });
    join(users);
    assert!(*made.lock().unwrap() == 1, "it is made once");
}

/// Reads, computes, and writes back what has changed meanwhile.
pub(crate) fn a_lost_update_of_two(right: bool) {
    lost_update(right, 2, 1);
}

/// The same with one step in a long run at which it can go wrong.
pub(crate) fn a_lost_update_in_a_long_run(right: bool) {
    let count = Arc::new(Mutex::new(0));
    let adders = [0, 1].map(|_| {
        let count = count.clone();
        spawn(move || {
            for step in 0..40 {
                if right || step != 30 {
                    *count.lock().unwrap() += 1;
                } else {
                    let seen = *count.lock().unwrap();
                    *count.lock().unwrap() = seen + 1;
                }
            }
        })
    });
    join(adders);
    assert!(*count.lock().unwrap() == 80, "nothing is lost");
}

/// The same where all must have lost: each of four reads before any writes.
pub(crate) fn all_four_read_before_one_writes(right: bool) {
    let count = Arc::new(Mutex::new(0));
    let adders = [0, 1, 2, 3].map(|_| {
        let count = count.clone();
        spawn(move || {
            if right {
                *count.lock().unwrap() += 1;
            } else {
                let seen = *count.lock().unwrap();
                *count.lock().unwrap() = seen + 1;
            }
        })
    });
    join(adders);
    assert!(*count.lock().unwrap() > 1, "some come after others");
}

fn lost_update(right: bool, adders: usize, times: i32) {
    let count = Arc::new(Mutex::new(0));
    let adders = (0..adders).map(|_| {
        let count = count.clone();
        spawn(move || {
            for _ in 0..times {
                let mut held = count.lock().unwrap();
                let seen = *held;
                if !right {
                    drop(held);
                    held = count.lock().unwrap();
                }
                *held = seen + 1;
            }
        })
    });
    let adders: Vec<_> = adders.collect();
    let all = adders.len() as i32 * times;
    join(adders);
    assert!(*count.lock().unwrap() == all, "nothing is lost");
}

/// An older value is put into the cache behind a newer one.
pub(crate) fn the_older_value_wins(right: bool) {
    let (source, cache) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let refresh = || {
        let (source, cache) = (source.clone(), cache.clone());
        spawn(move || {
            let mut kept = right.then(|| cache.lock().unwrap());
            let new = {
                let mut source = source.lock().unwrap();
                *source += 1;
                *source
            };
            match &mut kept {
                Some(kept) => **kept = new,
                None => *cache.lock().unwrap() = new,
            }
        })
    };
    join([refresh(), refresh()]);
    assert!(*cache.lock().unwrap() == 2, "the newest is kept");
}

/// Removes a group that it saw empty, while somebody joins it.
pub(crate) fn removes_what_was_empty(right: bool) {
    let group = Arc::new(Mutex::new(Some(1)));
    let leaver = {
        let group = group.clone();
        spawn(move || {
            let left = {
                let mut group = group.lock().unwrap();
                let members = group.as_mut().expect("one is in it");
                *members -= 1;
                let left = *members;
                if right && left == 0 {
                    *group = None;
                }
                left
            };
            if !right && left == 0 {
                *group.lock().unwrap() = None;
            }
        })
    };
    let joiner = {
        let group = group.clone();
        spawn(move || {
            let joined = {
                let mut group = group.lock().unwrap();
                group.as_mut().map(|members| *members += 1)
            };
            if joined.is_some() {
                assert!(group.lock().unwrap().is_some(), "one is in it");
            }
        })
    };
    join([leaver, joiner]);
}

/// Takes the top of a stack if it is still the same, though what lies below it has changed.
pub(crate) fn the_same_top_and_another_stack(right: bool) {
    // Each entry names the one below it: 2 lies on 1, and 1 on 0, which is the ground. And how often it changed.
    let top = Arc::new(Mutex::new((2, 0)));
    let below = Arc::new(Mutex::new([0, 0, 1]));
    let swap = move |top: &Mutex<(usize, u32)>, seen: (usize, u32), new: usize| {
        let mut top = top.lock().unwrap();
        let same = top.0 == seen.0 && (!right || top.1 == seen.1);
        if same {
            *top = (new, top.1 + 1);
        }
        same
    };
    let slow = {
        let (top, below) = (top.clone(), below.clone());
        spawn(move || {
            loop {
                let seen = *top.lock().unwrap();
                if seen.0 == 0 {
                    return;
                }
                let next = below.lock().unwrap()[seen.0];
                if swap(&top, seen, next) {
                    return;
                }
            }
        })
    };
    // Takes 2, takes 1, and puts 2 back onto the ground.
    let quick = {
        let (top, below) = (top.clone(), below.clone());
        spawn(move || {
            let mut taken = Vec::new();
            for _ in 0..2 {
                let seen = *top.lock().unwrap();
                if seen.0 == 0 {
                    break;
                }
                let next = below.lock().unwrap()[seen.0];
                if swap(&top, seen, next) {
                    taken.push(seen.0);
                }
            }
            if taken == [2, 1] {
                let seen = *top.lock().unwrap();
                below.lock().unwrap()[2] = seen.0;
                if swap(&top, seen, 2) {
                    taken.remove(0);
                }
            }
            taken.contains(&1)
        })
    };
    slow.join().unwrap();
    let keeps_one = quick.join().unwrap();
    let top = top.lock().unwrap().0;
    assert!(!(keeps_one && top == 1), "what was taken is not on the stack");
}

/// Two halves of a transfer, and a check of the sum between them.
pub(crate) fn a_sum_between_two_halves(right: bool) {
    let accounts = Arc::new(Mutex::new([5, 5]));
    let payer = {
        let accounts = accounts.clone();
        spawn(move || {
            if right {
                let mut accounts = accounts.lock().unwrap();
                accounts[0] -= 3;
                accounts[1] += 3;
            } else {
                accounts.lock().unwrap()[0] -= 3;
                accounts.lock().unwrap()[1] += 3;
            }
        })
    };
    let auditor = {
        let accounts = accounts.clone();
        spawn(move || {
            let sum: i32 = accounts.lock().unwrap().iter().sum();
            assert!(sum == 10, "nothing is lost");
        })
    };
    join([payer, auditor]);
}
