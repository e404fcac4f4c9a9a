//! What must hold, told as tests.
//!
//! Right programs differ in where a job waits for its next attempt, and in which worker makes it.
//! So a test looks at which attempts were made, and when, and asks no worker for its number.

use exam::task;
use referee::REFEREE;

mod referee;

exam::as_given!("06-dead-letter-queue");
exam::finished!("06-dead-letter-queue");
exam::referee!("06-dead-letter-queue", REFEREE);

#[task("alter-1", "a retry comes after its backoff, and no worker waits for it")]
fn a_retry_comes_after_its_backoff_and_no_worker_waits_for_it() {
    let named = [
        "--workers 12",
        "--workers 12 --jitter 0",
        "--workers 20 --jobs 20 --seed 7",
        "--workers 1",
        "--workers 2",
        "--workers 3 --jobs 60 --capacity 60",
        "",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-2", "dead letters are put back once, and it is told what became of each")]
fn dead_letters_are_put_back_once() {
    let named = [
        "--redrive",
        "--redrive --max-attempts 3 --poison 4",
        "--redrive --max-attempts 3 --poison 4 --workers 12",
        "--redrive --max-attempts 2 --poison 5 --workers 2",
        "--redrive --max-attempts 1 --poison 1 --workers 1",
        // All letters are cured.
        "--redrive --max-attempts 3",
        "--max-attempts 3 --poison 4",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-1", "poison is not tried for ever, and a dead letter tells its story")]
fn poison_is_not_tried_for_ever_and_a_dead_letter_tells_its_story() {
    let named = [
        "",
        "--poison 4",
        "--poison 4 --max-attempts 3",
        "--poison 1 --max-attempts 1",
        "--max-attempts 2 --workers 12",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-2", "retries can't block the pool")]
fn retries_cant_block_the_pool() {
    let named = [
        "--full --capacity 4",
        "--full --capacity 2",
        "--full --capacity 1 --workers 1",
        "--full --capacity 1 --jobs 30",
        "--full --capacity 2 --workers 12",
        // Not of the brief: many workers, and a queue that is full all the same.
        "--full --capacity 2 --workers 12 --jobs 40",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-3", "a dead letter without room stops the program, and is named")]
fn a_dead_letter_without_room_stops_the_program() {
    let named = [
        "--poison 2 --dlq-capacity 2",
        "--poison 1 --dlq-capacity 3 --workers 12",
        "--poison 4 --max-attempts 3 --dlq-capacity 3",
        "--poison 4 --max-attempts 3 --dlq-capacity 4",
        "--poison 2",
    ];
    REFEREE.judge(&program(), &named);
}

fn program() -> exam::Program {
    exam::program!("06-dead-letter-queue")
}
