//! The mirrors stay true: the same programs, on the rehearsal and on the real crates, give the same results.

mod common;

use common::{run, two_at_a_time};

/// What the real crates tell.
fn real() -> String {
    let real = run("mirror_real", "", "off");
    assert_eq!(real.code, Some(0), "{}", real.stderr);
    assert!(real.stdout.lines().count() > 80, "it tells something: {}", real.stdout);
    real.stdout
}

#[test]
fn programs_on_the_mirrors_and_on_the_real_crates_give_the_same_results() {
    let real = real();
    for pace in ["instant", "live", "real", "off"] {
        let mirrored = run("mirror", "", pace);
        assert_eq!(mirrored.stdout, real, "on the pace {pace}: {}", mirrored.stderr);
        assert_eq!(mirrored.code, Some(0), "on the pace {pace}");
    }
}

#[test]
fn the_same_programs_hold_under_two_hundred_schedules() {
    let real = real();
    two_at_a_time(200, |schedule| {
        let mirrored = run("mirror", &format!("--schedule {schedule}"), "instant");
        assert_eq!(mirrored.stdout, real, "--schedule {schedule}: {}", mirrored.stderr);
    });
}
