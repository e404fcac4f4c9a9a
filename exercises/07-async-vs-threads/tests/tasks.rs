//! What must hold, told as tests.
//!
//! Right programs differ in who does a job. So a test looks at which jobs were done, and when.

use exam::task;
use referee::REFEREE;

mod referee;

const DONE: &str = "[{w}] Done: {item} at {at} seconds, {late} seconds late";
const SUMMARY: &str = "Did {jobs} jobs in {s} seconds, at most {most} at once";

exam::as_given!("07-async-vs-threads");
exam::finished!("07-async-vs-threads");
exam::referee!("07-async-vs-threads", REFEREE);

/// The pools are two, and the story is one.
#[test]
fn threads_and_tasks_tell_the_same_story() {
    for flags in ["", "--workers 1", "--workers 3 --jobs 30", "--workers 20"] {
        let [threads, tasks] = ["threads", "tokio"]
            .map(|pool| program().flag("--pool", pool).flags(flags).run().story(&[DONE, SUMMARY]));
        assert_eq!(threads, tasks, "with {flags}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (flags, named) in [
        ("--workers 0", "--workers"),
        ("--jobs few", "--jobs"),
        ("--blocking 0", "--blocking"),
        ("--pool green", "--pool"),
        ("--json", "--measure"),
        // The tests run on the pace instant.
        ("--measure", "--pace off"),
        ("--measure --workers 5", "--workers"),
    ] {
        let run = program().flags(flags).run();
        assert_eq!((run.code(), run.stdout()), (Some(2), ""), "{flags}");
        assert!(run.stderr().contains(named), "{flags}: {}", run.stderr());
    }
}

#[task("alter-1", "a task for each job, and never more at work than --workers")]
fn a_task_for_each_job_and_never_more_at_work_than_workers() {
    let named = [
        "--pool tasks",
        "--pool tasks --workers 1 --jobs 5",
        "--pool tasks --workers 3 --jobs 30",
        "--pool tasks --workers 20",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-2", "who computes holds up nobody but a core")]
fn who_computes_holds_up_nobody_but_a_core() {
    let named = [
        "--work mixed",
        "--work mixed --workers 1 --jobs 5",
        "--work cpu",
        "--work cpu --workers 3 --jobs 30",
        "--work mixed --workers 8 --jobs 30 --cores 2",
        "--work mixed --workers 12 --jobs 30 --cores 1",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-1", "a call that blocks holds up nobody")]
fn a_call_that_blocks_holds_up_nobody() {
    let named = [
        "--blocking 3",
        "--blocking 1",
        "--blocking 2 --workers 1 --jobs 5",
        "--blocking 4 --workers 8 --jobs 30",
        "--blocking 1 --workers 10 --jobs 30",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-2", "a machine that refuses threads gets the work done with fewer")]
fn a_machine_that_refuses_threads_gets_the_work_done_with_fewer() {
    let named = [
        "--pool threads --max-threads 5 --workers 20 --jobs 30",
        "--pool threads --max-threads 3",
        "--pool threads --max-threads 1 --workers 2",
        "--pool threads --max-threads 4",
    ];
    REFEREE.judge(&program(), &named);
    // Without any thread it has only to end, and `run` sees to that: also where the jobs fill any queue.
    for flags in ["--max-threads 0", "--max-threads 0 --jobs 1000", "--max-threads 0 --workers 300"]
    {
        let _ = program().flags("--pool threads").flags(flags).run();
    }
}

fn program() -> exam::Program {
    exam::program!("07-async-vs-threads")
}
