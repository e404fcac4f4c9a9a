//! Condition variables: waits that ask once, notifications that are lost or that wake the wrong one.

use super::{
    join,
    world::sync::{Arc, Condvar, Mutex},
    world::thread::spawn,
};
use std::collections::VecDeque;

/// Waits on a condition variable while `holds`, or, where it is not right, once.
macro_rules! wait {
    ($right:expr, $condvar:expr, $guard:ident, $holds:expr) => {
        if $right {
            while $holds {
                $guard = $condvar.wait($guard).unwrap();
            }
        } else if $holds {
            $guard = $condvar.wait($guard).unwrap();
        }
    };
}

/// Two take what is put, and ask only once whether there is something.
pub(crate) fn two_takers_ask_once(right: bool) {
    let shelf = Arc::new((Mutex::new(VecDeque::new()), Condvar::new()));
    let takers: Vec<_> = (0..2)
        .map(|_| {
            let shelf = shelf.clone();
            spawn(move || {
                let mut things = shelf.0.lock().unwrap();
                wait!(right, shelf.1, things, things.is_empty());
                things.pop_front().expect("something is there");
            })
        })
        .collect();
    for thing in 0..2 {
        shelf.0.lock().unwrap().push_back(thing);
        shelf.1.notify_all();
    }
    join(takers);
}

/// Three put into room for one, and ask only once whether there is room.
pub(crate) fn putters_ask_once(right: bool) {
    let shelf = Arc::new((Mutex::new(VecDeque::new()), Condvar::new(), Condvar::new()));
    let putters: Vec<_> = (0..3)
        .map(|thing| {
            let shelf = shelf.clone();
            spawn(move || {
                let mut things = shelf.0.lock().unwrap();
                wait!(right, shelf.1, things, !things.is_empty());
                things.push_back(thing);
                assert!(things.len() == 1, "there was room for one");
                shelf.2.notify_one();
            })
        })
        .collect();
    for _ in 0..3 {
        let mut things = shelf.0.lock().unwrap();
        while things.is_empty() {
            things = shelf.2.wait(things).unwrap();
        }
        things.pop_front();
        shelf.1.notify_all();
    }
    join(putters);
}

/// A gate lets in as many as it has tokens; a late comer takes the token of one who was woken for it.
pub(crate) fn a_gate_asks_once(right: bool) {
    let gate = Arc::new((Mutex::new(0i32), Condvar::new()));
    let guests: Vec<_> = (0..3)
        .map(|_| {
            let gate = gate.clone();
            spawn(move || {
                let mut tokens = gate.0.lock().unwrap();
                wait!(right, gate.1, tokens, *tokens == 0);
                *tokens -= 1;
                assert!(*tokens >= 0, "no more guests than tokens");
            })
        })
        .collect();
    for _ in 0..3 {
        *gate.0.lock().unwrap() += 1;
        gate.1.notify_one();
    }
    join(guests);
}

/// Two who put and two who take wait at one condition variable, and one of all is woken.
pub(crate) fn one_condvar_for_both_sides(right: bool) {
    let shelf = Arc::new((Mutex::new(0), Condvar::new()));
    let wake =
        move |condvar: &Condvar| if right { condvar.notify_all() } else { condvar.notify_one() };
    let actors = (0..4).map(|actor| {
        let shelf = shelf.clone();
        spawn(move || {
            for _ in 0..2 {
                let mut things = shelf.0.lock().unwrap();
                let (from, to) = if actor % 2 == 0 { (0, 1) } else { (1, 0) };
                while *things != from {
                    things = shelf.1.wait(things).unwrap();
                }
                *things = to;
                drop(things);
                wake(&shelf.1);
            }
        })
    });
    join(actors.collect::<Vec<_>>());
}

/// Three take turns, and whoever has had its turn wakes one of the others.
pub(crate) fn three_turns_and_one_is_woken(right: bool) {
    let turn = Arc::new((Mutex::new(0), Condvar::new()));
    let players = (0..3).map(|me| {
        let turn = turn.clone();
        spawn(move || {
            for _ in 0..2 {
                let mut whose = turn.0.lock().unwrap();
                while *whose != me {
                    whose = turn.1.wait(whose).unwrap();
                }
                *whose = (me + 1) % 3;
                if right { turn.1.notify_all() } else { turn.1.notify_one() }
            }
        })
    });
    join(players.collect::<Vec<_>>());
}

/// Waits for a signal that nothing remembers.
pub(crate) fn a_signal_without_memory(right: bool) {
    let bell = Arc::new((Mutex::new(false), Condvar::new()));
    let guest = {
        let bell = bell.clone();
        spawn(move || {
            let mut rung = bell.0.lock().unwrap();
            while !right || !*rung {
                rung = bell.1.wait(rung).unwrap();
                if !right {
                    break;
                }
            }
        })
    };
    *bell.0.lock().unwrap() = true;
    bell.1.notify_one();
    join([guest]);
}

/// Looks whether it is ready, lets the lock go, takes it again and waits.
pub(crate) fn looks_and_then_waits(right: bool) {
    let oven = Arc::new((Mutex::new(false), Condvar::new()));
    let cook = {
        let oven = oven.clone();
        spawn(move || {
            let hot = *oven.0.lock().unwrap();
            if !hot {
                let mut hot = oven.0.lock().unwrap();
                if !right {
                    hot = oven.1.wait(hot).unwrap();
                }
                while !*hot {
                    hot = oven.1.wait(hot).unwrap();
                }
            }
        })
    };
    *oven.0.lock().unwrap() = true;
    oven.1.notify_all();
    join([cook]);
}

/// What is waited for is under another lock than the one that the wait lets go.
pub(crate) fn a_flag_under_another_lock(right: bool) {
    let state = Arc::new((Mutex::new(()), Mutex::new(false), Condvar::new()));
    let waiter = {
        let state = state.clone();
        spawn(move || {
            let mut guard = state.0.lock().unwrap();
            while !*state.1.lock().unwrap() {
                guard = state.2.wait(guard).unwrap();
            }
        })
    };
    let guard = right.then(|| state.0.lock().unwrap());
    *state.1.lock().unwrap() = true;
    state.2.notify_one();
    drop(guard);
    join([waiter]);
}

/// All workers wait for work or the end, and the end wakes one of them.
pub(crate) fn the_end_wakes_one(right: bool) {
    let pool = Arc::new((Mutex::new((2, false)), Condvar::new()));
    let workers = (0..3).map(|_| {
        let pool = pool.clone();
        spawn(move || {
            loop {
                let mut state = pool.0.lock().unwrap();
                while state.0 == 0 && !state.1 {
                    state = pool.1.wait(state).unwrap();
                }
                if state.0 == 0 {
                    return;
                }
                state.0 -= 1;
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    pool.0.lock().unwrap().1 = true;
    if right {
        pool.1.notify_all()
    } else {
        pool.1.notify_one()
    }
    join(workers);
}

/// A reader waits for news and a keeper for the end, at one condition variable; the news may wake the keeper.
pub(crate) fn news_wake_the_keeper(right: bool) {
    let desk = Arc::new((Mutex::new((0, false)), Condvar::new()));
    let wake =
        move |condvar: &Condvar| if right { condvar.notify_all() } else { condvar.notify_one() };
    let keeper = {
        let desk = desk.clone();
        spawn(move || {
            let mut state = desk.0.lock().unwrap();
            while !state.1 {
                state = desk.1.wait(state).unwrap();
            }
        })
    };
    let reader = {
        let desk = desk.clone();
        spawn(move || {
            let mut state = desk.0.lock().unwrap();
            while state.0 == 0 {
                state = desk.1.wait(state).unwrap();
            }
            state.1 = true;
            wake(&desk.1);
        })
    };
    desk.0.lock().unwrap().0 = 1;
    wake(&desk.1);
    join([keeper, reader]);
}

/// Two of four wait for room of one size, and what is freed wakes one for whom it is too small.
pub(crate) fn room_wakes_the_larger(right: bool) {
    let room = Arc::new((Mutex::new(0), Condvar::new()));
    let guests = [1, 3].map(|size| {
        let room = room.clone();
        spawn(move || {
            let mut free = room.0.lock().unwrap();
            while *free < size {
                free = room.1.wait(free).unwrap();
            }
            *free -= size;
            drop(free);
            // The small one leaves again, and then there is enough for the large one.
            if size == 1 {
                *room.0.lock().unwrap() += 3;
                if right { room.1.notify_all() } else { room.1.notify_one() }
            }
        })
    });
    *room.0.lock().unwrap() = 1;
    if right {
        room.1.notify_all()
    } else {
        room.1.notify_one()
    }
    join(guests);
}

/// Takes being woken for being told: what nobody has told can wake one too.
pub(crate) fn woken_is_not_told(right: bool) {
    let post = Arc::new((Mutex::new(None), Condvar::new()));
    let reader = {
        let post = post.clone();
        spawn(move || {
            let mut letter = post.0.lock().unwrap();
            wait!(right, post.1, letter, letter.is_none());
            assert!(letter.is_some(), "there is a letter");
        })
    };
    *post.0.lock().unwrap() = Some("a letter");
    post.1.notify_one();
    join([reader]);
}
