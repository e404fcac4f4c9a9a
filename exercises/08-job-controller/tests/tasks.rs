//! What must hold, told as tests.
//!
//! Right programs differ in which idle consumer takes a task, in who calls back, and in how they learn that
//! the job is over. So a test looks at which tasks were finished and called back, and when.

use exam::task;
use referee::REFEREE;

mod referee;

exam::as_given!("08-job-controller");
exam::finished!("08-job-controller");
exam::referee!("08-job-controller", REFEREE);

#[task("alter-1", "a slow callback holds up no consumer")]
fn a_slow_callback_holds_up_no_consumer() {
    let named = [
        "--tasks 30 --workers 3 --slow-callback 150",
        "--tasks 30 --workers 10 --handlers 2 --slow-callback 600",
        "--producers 4 --handlers 1 --slow-callback 400",
        "--tasks 12 --workers 3 --handlers 2 --slow-callback 100 --schedule 1",
        "--tasks 12 --workers 3 --handlers 2 --slow-callback 100 --schedule 2",
        // Not of the brief: callbacks that take unequal times, and handlers that are busy all the time.
        "--tasks 30 --workers 10 --handlers 2 --slow-callback 600 --schedule 1",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-2", "the queue tells its peak depth and the mean wait")]
fn the_queue_tells_its_peak_depth_and_the_mean_wait() {
    let named = [
        "--tasks 30 --workers 3",
        "--tasks 1000 --workers 10",
        "--tasks 300 --workers 10",
        "--tasks 300 --workers 10 --capacity 300",
        "--tasks 40 --workers 4 --cancel-after 1800",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-3", "a task may be too slow, and a job may be cancelled")]
fn a_task_may_be_too_slow_and_a_job_may_be_cancelled() {
    let named = [
        "--limit 500",
        "--limit 400 --tasks 30 --workers 3",
        "--tasks 30 --workers 5 --cancel-after 500",
        "--tasks 30 --workers 3 --cancel-after 1500",
        // It is cancelled while the producers still look for tasks.
        "--tasks 30 --cancel-after 97",
        "--tasks 30 --workers 3 --handlers 1 --slow-callback 700 --cancel-after 1500",
        "--cancel-after 5000",
        // Not of the brief: several callbacks that are slow, when much is cut short.
        "--tasks 30 --workers 5 --slow-callback 150 --cancel-after 500",
        // Heavy: more is cut short at one instant than fits into the result queue, or that queue is full by then.
        "--tasks 200 --workers 200 --producers 40 --cancel-after 97",
        "--tasks 200 --workers 30 --handlers 1 --slow-callback 1000 --cancel-after 5000",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-1", "a task that fails or panics has a result like any other")]
fn a_task_that_fails_or_panics_has_a_result() {
    let named = [
        "",
        "--panic 4",
        "--fail 3",
        "--tasks 30 --workers 3 --panic 7 --fail 5",
        "--tasks 30 --workers 3 --panic 1",
        "--tasks 30 --workers 3 --capacity 2 --fail 1",
        "--tasks 12 --workers 2 --panic 3 --fail 4 --schedule 1",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-2", "a callback that panics hangs nothing and loses no result")]
fn a_callback_that_panics_loses_no_result() {
    let named = [
        "",
        "--panic-callback 4",
        "--panic-callback 1 --slow-callback 50",
        "--tasks 30 --workers 3 --panic-callback 2 --handlers 1",
        "--tasks 30 --workers 3 --panic-callback 3",
        "--tasks 12 --workers 2 --panic-callback 2 --handlers 2 --slow-callback 100 --schedule 1",
    ];
    REFEREE.judge(&program(), &named);
}

fn program() -> exam::Program {
    exam::program!("08-job-controller")
}
