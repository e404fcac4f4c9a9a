//! What must hold, told as tests.
//!
//! No test looks into the queue. "Added" and "Took" tell from when to when a job waits in it, and so each
//! time that a worker takes a job, it is known which other jobs it could have taken.

use exam::task;
use referee::REFEREE;

mod referee;

exam::as_given!("05-priority-queue");
exam::finished!("05-priority-queue");
exam::referee!("05-priority-queue", REFEREE);

#[task("alter-1", "within a priority, who came first goes first")]
fn within_a_priority_who_came_first_goes_first() {
    let named = [
        "",
        "--levels 1 --workers 1 --jobs 30",
        "--levels 5 --workers 1 --jobs 30",
        "--workers 3 --jobs 40",
        "--jobs 20 --flood 20",
        "--workers 10",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-2", "with deadlines, the job that is due first goes first")]
fn the_job_that_is_due_first_goes_first() {
    let named = [
        "--deadlines",
        "--deadlines --workers 1 --jobs 25",
        "--deadlines --workers 3 --jobs 40",
        "--jobs 30",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-1", "the producer waits for room in the queue")]
fn the_producer_waits_for_room_in_the_queue() {
    let named = [
        "--capacity 3",
        "--capacity 1",
        "--capacity 2 --workers 1 --jobs 20",
        "--capacity 4 --flood 20",
        "--capacity 1 --workers 10",
        "--workers 1 --jobs 20",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-2", "a job that has waited too long goes before all others")]
fn a_job_that_has_waited_too_long_goes_first() {
    let named = [
        "--flood 30 --max-wait 1000",
        "--workers 1 --jobs 20 --max-wait 700",
        "--workers 1 --levels 5 --max-wait 1",
        "--flood 30 --max-wait 60000",
        "--flood 30",
        // Not of the brief: a job that waits exactly so long, and a limit that nobody reaches.
        "--workers 1 --jobs 60 --max-wait 70000",
    ];
    REFEREE.judge(&program(), &named);
}

fn program() -> exam::Program {
    exam::program!("05-priority-queue")
}
