//! Choices that are kept, played again, and counted.

mod common;

use common::run;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn list(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The choices of a schedule of a program, in a file that is this test's own.
#[track_caller]
fn kept(test: &str, program: &str, schedule: usize) -> PathBuf {
    let path = list(&format!("{test}-{program}-{schedule}.choices"));
    run(
        "rare",
        &format!("{program} --schedule {schedule} --keep-choices {}", path.display()),
        "instant",
    );
    assert!(!fs::read_to_string(&path).expect("a list is kept").is_empty());
    path
}

#[test]
fn a_list_plays_what_its_schedule_played() {
    for schedule in 0..20 {
        for program in ["lock-order", "sleep-for-join", "if-for-while", "load-then-store"] {
            let played = run("rare", &format!("{program} --schedule {schedule}"), "instant");
            let path = kept("again", program, schedule);
            let again = run("rare", &format!("{program} --choices {}", path.display()), "instant");
            assert_eq!((again.code, &again.stdout), (played.code, &played.stdout), "{again}");
        }
    }
}

#[test]
fn a_list_that_ends_early_leaves_the_rest_as_usual() {
    let path = list("short.choices");
    fs::write(&path, "next 0\nany 0\n").expect("it can be written");
    run("rare", &format!("reorder-4 --choices {}", path.display()), "instant").ends_well();
}

#[test]
fn schedules_by_counts_find_faults_and_are_played_again_by_their_lists() {
    for program in ["behind-many-steps", "lock-order", "check-then-act"] {
        let counts = kept("counts", program, 0);
        let list = list(&format!("{program}.by-counts"));
        let shows = |schedule: &usize| {
            let args = format!(
                "{program} --schedule {schedule} --counts {} --keep-choices {}",
                counts.display(),
                list.display()
            );
            run("rare", &args, "instant").code != Some(0)
        };
        assert!((0..100).any(|schedule| shows(&schedule)), "no schedule by counts shows {program}");
        let again = run("rare", &format!("{program} --choices {}", list.display()), "instant");
        assert_ne!(again.code, Some(0), "{again}");
    }
}

#[test]
fn what_is_no_list_is_refused_with_its_line() {
    let path = list("wrong.choices");
    fs::write(&path, "any 1\nperhaps\n").expect("it can be written");
    let run = run("rare", &format!("reorder-4 --choices {}", path.display()), "instant");
    run.ends_with(2).complains("line 2 is no choice: 'perhaps'");
}
