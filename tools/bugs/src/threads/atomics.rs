//! Atomics: single steps that are no single step together.

use super::{
    join,
    world::sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    world::thread::{park, spawn, yield_now},
};

/// Loads, adds and stores.
pub(crate) fn loads_adds_and_stores(right: bool) {
    let count = Arc::new(AtomicUsize::new(0));
    let adders = [0, 1].map(|_| {
        let count = count.clone();
        spawn(move || {
            if right {
                count.fetch_add(1, SeqCst);
            } else {
                count.store(count.load(SeqCst) + 1, SeqCst);
            }
        })
    });
    join(adders);
    assert!(count.load(SeqCst) == 2, "nothing is lost");
}

/// A lock of a flag that is looked at and then set.
pub(crate) fn a_lock_of_a_flag(right: bool) {
    let (locked, inside) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(0)));
    let guests = [0, 1].map(|_| {
        let (locked, inside) = (locked.clone(), inside.clone());
        spawn(move || {
            if right {
                while locked.swap(true, SeqCst) {
                    yield_now();
                }
            } else {
                while locked.load(SeqCst) {
                    yield_now();
                }
                locked.store(true, SeqCst);
            }
            *inside.lock().unwrap() += 1;
            assert!(*inside.lock().unwrap() == 1, "one at a time");
            *inside.lock().unwrap() -= 1;
            locked.store(false, SeqCst);
        })
    });
    join(guests);
}

/// Says that it is ready before it is.
pub(crate) fn ready_before_the_value(right: bool) {
    let (ready, value) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let maker = {
        let (ready, value) = (ready.clone(), value.clone());
        spawn(move || {
            if right {
                value.store(7, SeqCst);
            }
            ready.store(true, SeqCst);
            value.store(7, SeqCst);
        })
    };
    let user = {
        let (ready, value) = (ready.clone(), value.clone());
        spawn(move || {
            if ready.load(SeqCst) {
                assert!(value.load(SeqCst) == 7, "it is ready");
            }
        })
    };
    join([maker, user]);
}

/// The one that lets the last reference go looks at the count in a second step.
pub(crate) fn the_last_reference_twice(right: bool) {
    let (count, freed) = (Arc::new(AtomicUsize::new(2)), Arc::new(AtomicUsize::new(0)));
    let owners = [0, 1].map(|_| {
        let (count, freed) = (count.clone(), freed.clone());
        spawn(move || {
            let left = count.fetch_sub(1, SeqCst) - 1;
            let left = if right { left } else { count.load(SeqCst) };
            if left == 0 {
                freed.fetch_add(1, SeqCst);
            }
        })
    });
    join(owners);
    assert!(freed.load(SeqCst) == 1, "it is freed once");
}

/// A largest value that is compared and then stored.
pub(crate) fn the_largest_of_three(right: bool) {
    let largest = Arc::new(AtomicUsize::new(0));
    let writers = [3, 1, 2].map(|mine| {
        let largest = largest.clone();
        spawn(move || {
            if right {
                largest.fetch_max(mine, SeqCst);
            } else if largest.load(SeqCst) < mine {
                largest.store(mine, SeqCst);
            }
        })
    });
    join(writers);
    assert!(largest.load(SeqCst) == 3, "the largest is kept");
}

/// Looks at a flag, and parks for good if it was set in between and its token was used up for something else.
pub(crate) fn one_token_for_two_reasons(right: bool) {
    let (first, second) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let sleeper = {
        let (first, second) = (first.clone(), second.clone());
        spawn(move || {
            if right {
                while !first.load(SeqCst) || !second.load(SeqCst) {
                    park();
                }
            } else {
                // One park for each of the two, but two tokens may have become one.
                park();
                park();
            }
        })
    };
    let wakers = [first, second].map(|flag| {
        let sleeper = sleeper.thread().clone();
        spawn(move || {
            flag.store(true, SeqCst);
            sleeper.unpark();
        })
    });
    join(wakers);
    join([sleeper]);
}

/// Both say that they want in, and each gives way where it saw the other: or both go in.
pub(crate) fn both_look_before_they_say(right: bool) {
    let wants = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    let inside = Arc::new(AtomicUsize::new(0));
    let guests = [0, 1].map(|me: usize| {
        let (wants, inside) = (wants.clone(), inside.clone());
        spawn(move || {
            if right {
                wants[me].store(true, SeqCst);
            }
            let free = !wants[1 - me].load(SeqCst);
            wants[me].store(true, SeqCst);
            if free {
                let others = inside.fetch_add(1, SeqCst);
                yield_now();
                inside.fetch_sub(1, SeqCst);
                assert!(others == 0, "one at a time");
            }
            wants[me].store(false, SeqCst);
        })
    });
    join(guests);
}
