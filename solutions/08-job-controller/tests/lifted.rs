//! The controller stands on its own: another program takes it, and runs two jobs beside each other.

use exam::{Program, Run};
use std::time::Duration;

const TASK: &str =
    "Long job: WorkTaskResult(id={id}, number={number}, exec=rest, time_secs={s}, outcome=slept)";
const LONG: &str = "Long job: {done} done, {rest}, elapsed_secs={s}";
const SHORT: &str = "Short job: 1 done, 0 failed, 0 undelivered, elapsed_secs=0.200";

#[test]
fn a_slow_callback_of_one_job_holds_up_no_other_job() {
    for run in runs() {
        let ended = run.lines(TASK);
        let at: Vec<_> = ended.iter().map(|line| run.at(line)).collect();
        assert_eq!(at, [300, 600, 900, 1200, 1500].map(Duration::from_millis));
        assert!(ended.iter().all(|line| line.get("s") == "0.300"));
        assert_eq!(run.at(&run.one(SHORT)), Duration::from_millis(1200));
    }
}

#[test]
fn a_number_of_0_is_a_1_and_a_result_comes_back() {
    for run in runs() {
        let long = run.one(LONG);
        assert_eq!((long.get("done"), long.get("s")), ("5", "1.500"));
        run.one("Both: true");
        run.exits(0);
    }
}

/// The lifted controllers: the starter's and the solution's.
fn runs() -> [Run; 2] {
    let programs =
        [env!("CARGO_BIN_EXE_sol08-lifted-starter"), env!("CARGO_BIN_EXE_sol08-lifted-solution")];
    programs.map(|program| {
        Program::of("08-job-controller", env!("CARGO_MANIFEST_DIR"), Some(program), None).run()
    })
}
