//! What is said of a program that uses something else in place of the rehearsal's, and of loops that don't
//! wait: the cause where it can be known, a line of the program's own, and never one of the rehearsal's.

mod common;

use common::{Program, Run, STUCK, line, place};

fn run(case: &str) -> Run {
    Program::example("strays", case, "instant").env("REHEARSAL_PATIENCE_S", "1").run()
}

/// The report of a stuck program, on one line. No report names a file of the rehearsal's.
#[track_caller]
fn told(case: &str) -> String {
    let run = run(case);
    run.ends_with(STUCK).prints("starts\n");
    on_one_line(&run)
}

#[track_caller]
fn on_one_line(run: &Run) -> String {
    let told = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!told.contains("at src/"), "{told}");
    told
}

#[track_caller]
fn says(told: &str, all: &[&str]) {
    for words in all {
        assert!(told.contains(words), "'{words}' is not in: {told}");
    }
}

#[test]
fn real_tokio_is_named_with_the_line_that_met_it() {
    for case in ["real_tokio", "real_tokio_prints", "real_blocking_call"] {
        let place = place("strays", &format!("waits: {case}"));
        let told = told(case);
        says(&told, &[&format!("FOREIGN THREAD at {place}: this is a thread of real tokio")]);
        says(&told, &["`use rehearsal::tokio;` has to stand in each file that names tokio."]);
        assert!(!told.contains("std::thread"), "{told}");
    }
    let run = run("real_main");
    run.ends_with(101);
    let told = on_one_line(&run);
    let panic = format!("panicked at tools/rehearsal/{}:", place("strays", "waits: real_main"));
    says(
        &told,
        &[&panic, "this is a runtime of real tokio", "`use rehearsal::tokio;` has to stand"],
    );
}

#[test]
fn a_blocked_runtime_may_be_real_tokios() {
    let told = told("real_tokio_on_one_thread");
    says(&told, &["a runtime of real tokio (`use rehearsal::tokio;`)"]);
}

#[test]
fn a_thread_of_std_is_named_with_the_line_that_met_it() {
    let place = place("strays", "waits: prints_on_a_thread_of_std");
    let told = told("prints_on_a_thread_of_std");
    says(
        &told,
        &[&format!("FOREIGN THREAD at {place}: this thread was not started by the rehearsal")],
    );
    says(&told, &["use the ones of rehearsal::thread"]);
}

#[test]
fn a_lock_or_queue_that_is_not_the_rehearsals_is_thought_of() {
    let told_of_lock = told("asks_a_lock_of_std");
    if cfg!(target_os = "linux") {
        says(
            &told_of_lock,
            &["main computes", "If it asks a lock, an atomic or a queue of std again"],
        );
        says(
            &told("waits_at_a_real_queue"),
            &[
                "or of a crate without `rehearsal::` before it",
                "last heard of at examples/strays.rs",
            ],
        );
    }
}

#[test]
fn a_message_that_never_came_is_thought_of_and_not_only_the_senders() {
    says(
        &told("a_receipt_is_missing"),
        &[
            "Either one that was to come was never sent (an item, a receipt, a stop sign), or the queue was to \
             be closed: that takes dropping all 4 senders that still exist.",
        ],
    );
}

#[test]
fn a_loop_that_does_not_wait_is_told_which_call_does() {
    for (case, words) in [
        ("asks_a_lock", "it looks again and again, in lock()"),
        ("selects_a_closed_arm", "the queue of one arm is closed, so that arm is ready at once"),
        (
            "selects_a_closed_arm_in_a_task",
            "the queue is closed, so recv() fails at once, each time. The loop has to end there; a `select!` can \
             leave that arm out.",
        ),
        ("looks_in_a_task", "it looks again and again, in is_empty()"),
        ("tries_to_send", "A call that waits (send() instead of try_send())"),
        ("tries_to_lock", "A call that waits (lock() instead of try_lock())"),
    ] {
        let told = told(case);
        let place =
            format!("the loop at examples/strays.rs:{}", line("strays", &format!("waits: {case}")));
        says(&told, &["SPINNING at ", " s: main tries again and again", &place, words]);
        assert!(!told.contains("try_recv"), "{told}");
    }
}
