//! Faults that few orders show are found by few schedules.
//!
//! A schedule's number plays the same order each time, so what is found here is no chance.

mod common;

use common::run;

/// So many schedules are asked, and no more.
const SCHEDULES: usize = 100;

/// The first schedule that shows the fault of a program.
#[track_caller]
fn is_found(program: &str) {
    let shows = |schedule: &usize| {
        let args = format!("{program} --schedule {schedule}");
        run("rare", &args, "instant").code != Some(0)
    };
    let found = (0..SCHEDULES).find(shows);
    assert!(found.is_some(), "no schedule below {SCHEDULES} shows the fault of {program}");
}

/// In the usual order none of them shows its fault: it is the schedule that finds it.
#[test]
fn the_usual_order_shows_none_of_them() {
    for program in ["reorder-10", "sleep-for-join", "load-then-store", "wait-without-loop"] {
        run("rare", program, "instant").ends_well();
    }
}

#[test]
fn an_order_of_many_threads_is_found() {
    is_found("reorder-4");
    is_found("reorder-10");
    is_found("there-and-back");
}

#[test]
fn a_check_and_an_act_apart_are_found() {
    is_found("check-then-act");
    is_found("taken-is-not-done");
}

#[test]
fn locks_in_a_ring_are_found() {
    is_found("lock-order");
}

#[test]
fn a_sleep_in_place_of_a_join_is_found() {
    is_found("sleep-for-join");
}

#[test]
fn what_is_wrong_with_signals_is_found() {
    is_found("if-for-while");
    is_found("one-signal-for-two");
    is_found("lost-wake-up");
    is_found("wrong-waiter");
}

#[test]
fn a_wait_that_ends_for_nothing_is_found() {
    is_found("wait-without-loop");
}

#[test]
fn what_happens_between_two_atomic_operations_is_found() {
    is_found("load-then-store");
    is_found("flag-before-data");
}
