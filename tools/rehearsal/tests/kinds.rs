//! Kinds of programs that the rehearsal once played wrong. They are in `examples/kinds.rs` (threads) and
//! `examples/busy.rs` (tasks).

mod common;

use common::{Program, Run, STUCK, place, run, two_at_a_time};
use std::time::Duration;

#[track_caller]
fn play(case: &str) -> Run {
    run("kinds", case, "instant")
}

/// The line of the case that ends with the comment `// waits: marker`.
#[track_caller]
fn waits(marker: &str) -> String {
    place("kinds", &format!("waits: {marker}"))
}

/// It ends well and prints the same, in the usual order and on schedules.
#[track_caller]
fn always(example: &str, case: &str, printed: &str) {
    run(example, case, "instant").ends_well().prints(printed);
    two_at_a_time(20, |schedule| {
        run(example, &format!("{case} --schedule {schedule}"), "instant")
            .ends_well()
            .prints(printed);
    });
}

// Tasks that are never idle.

#[test]
fn time_passes_beside_tasks_that_are_never_idle() {
    for (case, printed) in [
        ("under_a_timeout", "true\ntrue\n"),
        ("pair_beside_a_timer", "halfway\ntrue\n"),
        ("until_an_instant", "true\n"),
        ("ticks_beside_work", "tick 1\ntick 2\ntick 3\n"),
        ("one_poll", "true\n"),
        ("set_anew", "true\n"),
    ] {
        run("busy", case, "instant").ends_well().prints(printed);
        run("busy", &format!("{case} --schedule 3"), "instant").ends_well().prints(printed);
    }
}

#[test]
fn where_nobody_waits_for_an_instant_busy_tasks_take_no_time() {
    always("busy", "no_timer", "0ns\n");
}

#[test]
fn a_distant_instant_is_reached_within_a_moment() {
    let run = run("busy", "far_away", "instant");
    run.ends_well().prints("true\n");
    assert!(run.took < Duration::from_secs(20), "{run}");
}

#[test]
fn a_selection_of_tasks_rolls_the_dice_of_the_stage() {
    let play = |schedule: &str| {
        run("busy", &format!("even_branches{schedule}"), "instant").ends_well().stdout.clone()
    };
    let usual = play("");
    assert!(usual.ends_with(" true\n"), "{usual}");
    assert_eq!(play(""), usual);
    assert_ne!(play(" --schedule 1"), usual);
    assert_eq!(play(" --schedule 1"), play(" --schedule 1"));
}

// Values that live as long as their thread.

#[test]
fn a_report_ends_the_program_whatever_its_threads_keep() {
    for case in ["kept_by_main", "kept_by_worker"] {
        let run = play(case);
        run.ends_with(STUCK).prints(if case == "kept_by_main" {
            "waits\n"
        } else {
            "[Worker] waits\n"
        });
        run.complains("DEADLOCK at 0.0 s").complains(&waits(case));
    }
}

#[test]
fn a_thread_acts_until_its_last_value_is_gone() {
    for (case, printed) in [
        ("keepsake", "6\n"),
        ("last_words", "Ok(7) Err(RecvError)\n"),
        ("last_will", "3 3\n"),
        ("last_lock", "4\n"),
    ] {
        always("kinds", case, printed);
    }
}

// Hand-offs that print nothing.

#[test]
fn a_hand_off_by_a_signal_is_progress() {
    play("relay").ends_well().prints("30000\n");
    play("turnstile").ends_well().prints("25000\n");
}

// Loops of several tries.

#[test]
fn a_loop_of_several_tries_does_not_jump_over_the_limits_of_others() {
    play("two_tries").ends_well().prints("took 5\nOk(())\n");
    play("three_tries").ends_well().prints("heard please\nOk(())\n");
    play("try_and_look").ends_well().prints("6 Ok(())\n");
}

// Locks that are held.

#[test]
fn schedules_find_two_who_want_a_lock_at_once() {
    play("colliding_tries").ends_well().prints("2 taken, 0 not\n");
    let play = |case: &str, schedule| {
        play(&format!("{case} --schedule {schedule}")).ends_well().stdout.clone()
    };
    let tries = two_at_a_time(40, |schedule| play("colliding_tries", schedule));
    assert!(tries.iter().any(|told| told == "1 taken, 1 not\n"), "{tries:?}");
    let counted = two_at_a_time(40, |schedule| play("counted_collisions", schedule));
    assert!(counted.iter().all(|told| told.starts_with("3 ")), "{counted:?}");
    assert!(counted.iter().any(|told| told != "3 0\n"), "{counted:?}");
}

// Selections.

#[test]
fn a_selection_takes_the_forms_of_the_real_one() {
    play("forms").ends_well().prints("nothing\nempty\nlate\nOk(())\nseven\n");
    play("even_arms").ends_well().prints("true\n");
}

#[test]
fn a_timer_tells_of_itself_as_the_real_one_does() {
    play("timers").ends_well().prints(
        "Some(1) 0 true false\nSome(1) 1 false true\nSome(1) 0 true false\ntrue true Some(0)\nfalse\n",
    );
}

// Locks that are not the rehearsal's.

#[test]
fn a_lock_of_std_that_is_held_over_a_call_is_named() {
    let run =
        Program::example("kinds", "foreign_lock", "instant").env("REHEARSAL_PATIENCE_S", "1").run();
    run.ends_with(STUCK).prints("[Logger] logs\nwants the log\n");
    run.complains("SILENT for").complains(&waits("foreign_lock")).complains("Logger");
}
