//! What must hold, told as tests.
//!
//! Right programs differ in which idle worker takes a job, and in when "Done" and "Shutting down" come.
//! So a test looks at which jobs were done and when, and asks no worker for its number.

use exam::task;
use referee::REFEREE;

mod referee;

exam::as_given!("04-producer-consumer");
exam::finished!("04-producer-consumer");
exam::referee!("04-producer-consumer", REFEREE);

#[task("alter-1", "the summary tells how busy the workers were")]
fn the_summary_tells_how_busy_the_workers_were() {
    let named = ["--workers 1 --batch 0", "--workers 3 --batch 0", "--workers 10 --batch 0"];
    REFEREE.judge(&program(), &named);
}

#[task("alter-2", "a free worker takes an urgent job first")]
fn a_free_worker_takes_an_urgent_job_first() {
    let named = [
        "--priority 5 --batch 0",
        "--priority 3 --workers 1 --batch 0",
        "--priority 3 --capacity 2 --batch 0",
        "--priority 2 --workers 1 --jobs 60 --batch 0",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-3", "jobs that fail are listed and tried once more")]
fn jobs_that_fail_are_listed_and_tried_once_more() {
    let named = [
        "--fail 4 --dead-letters --batch 0",
        "--fail 2 --dead-letters --batch 0",
        "--dead-letters --batch 0",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-1", "every worker stops, however many there are")]
fn every_worker_stops_however_many_there_are() {
    let named =
        ["--helpers 2 --batch 0", "--helpers 5 --jobs 3 --batch 0", "--capacity 1 --batch 0"];
    REFEREE.judge(&program(), &named);
    // It has only to end, and `run` sees to that.
    let _ = program().flags("--panic 10 --capacity 1 --batch 0").run();
}

#[task("fix-2", "the batch is over when every job has its receipt, however it ended")]
fn the_batch_is_over_when_every_job_has_its_receipt() {
    REFEREE.judge(&program(), &["", "--fail 23", "--panic 23", "--jobs 1 --fail 1"]);
}

#[task("fix-3", "a panic is the matter of one job, and the job is named")]
fn a_panic_is_the_matter_of_one_job() {
    REFEREE.judge(
        &program(),
        &["--batch 0", "--panic 15 --batch 0", "--panic 7 --batch 0", "--panic 1 --batch 0"],
    );
}

fn program() -> exam::Program {
    exam::program!("04-producer-consumer")
}
