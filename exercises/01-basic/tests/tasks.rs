//! What must hold, told as tests.

use exam::task;
use referee::REFEREE;

mod referee;

exam::as_given!("01-basic");
exam::finished!("01-basic");
exam::referee!("01-basic", REFEREE);

#[task("alter-0", "the program tells how much room its queue has")]
fn the_room_in_the_queue_is_told() {
    REFEREE.judge(&program(), &["", "--capacity 1", "--capacity 100"]);
}

#[task("alter-1", "the program tells how long the items waited: the mean and the longest")]
fn the_summary_tells_how_long_items_waited() {
    let named = ["", "--capacity 1", "--capacity 3", "--capacity 100", "--stall 8"];
    REFEREE.judge(&program(), &named);
}

#[task(
    "fix-1",
    "the producer stops when the consumer has left, and what is undelivered is counted"
)]
fn what_is_undelivered_is_counted() {
    let named = [
        "--leave-after 4",
        "--leave-after 4 --capacity 100",
        "--leave-after 1 --capacity 0",
        "--leave-after 9",
        "--leave-after 10",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-2", "the consumer says, once a stall, that it has waited for half a second")]
fn the_consumer_notices_a_stall() {
    let named = ["--stall 8", "--stall 1", "--stall 4 --stall 8", "--capacity 100 --stall 9"];
    REFEREE.judge(&program(), &named);
}

fn program() -> exam::Program {
    exam::program!("01-basic")
}
