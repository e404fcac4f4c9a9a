//! What must hold, told as tests.
//!
//! The referee plays scripts of commands, each in a folder of its own. The clock that leases go by is a file, and so is
//! the end of an item's work: no test depends on how fast the machine is. What became of an item is asked of `list`.

use exam::{Program, program, task};
use referee::REFEREE;

mod by_hand;
mod referee;

exam::as_given!(
    "10-work-items",
    "real",
    "produce samples/some-fail.xlsx",
    "consume",
    "report",
    "list"
);
exam::finished!(
    "10-work-items",
    "real",
    "produce samples/some-fail.xlsx",
    "consume",
    "report",
    "list"
);

exam::referee!("10-work-items", REFEREE);

#[task("alter-1", "the report tells what became of all orders")]
fn the_report_tells_what_became_of_all_orders() {
    let named = [
        "--sheet all-good.xlsx --steps 0 --reports",
        "--sheet some-fail.xlsx --steps 0 --reports",
        "--sheet all-fail.xlsx --steps 0 --reports",
        // It begins with a consumer that comes too late.
        "--script 4 --sheet all-good.xlsx --steps 1 --reports",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-2", "a batch is taken in one commit and finished in one")]
fn a_batch_is_taken_and_finished_in_one_commit() {
    let named = [
        "--script 8 --sheet some-fail.xlsx --steps 1 --batch 3",
        // It begins with a crash.
        "--script 1 --sheet all-good.xlsx --steps 1 --batch 3",
        "--sheet all-good.xlsx --steps 2 --batch 4",
        "--sheet all-good.xlsx --steps 2 --batch 100",
        "--sheet all-good.xlsx --steps 2",
        "--sheet all-good.xlsx --steps 3 --batch 3 --crashes",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("alter-3", "a further step takes what consume hands on")]
fn a_further_step_takes_what_consume_hands_on() {
    let named = ["--sheet some-fail.xlsx --steps 1 --bills", "--orders 9 --steps 2 --bills"];
    REFEREE.judge(&program(), &named);
}

#[task("fix-1", "an item stays with its consumer as long as the work lasts")]
fn an_item_stays_with_its_consumer() {
    by_hand::the_heartbeat_ends_with_the_work();
    let named = [
        "--sheet all-good.xlsx --steps 1 --beats 60/0.01",
        "--sheet all-good.xlsx --steps 2 --beats 60/0.01 --batch 2",
    ];
    REFEREE.judge(&program(), &named);
    by_hand::who_waits_waits_for_what_others_have();
}

#[task("fix-2", "a parcel is sent once, whoever dies and whenever")]
fn a_parcel_is_sent_once() {
    let named = [
        "--sheet all-good.xlsx --steps 1 --crashes",
        // It begins with a consumer that comes too late.
        "--script 2 --sheet all-good.xlsx --steps 1 --crashes",
        "--sheet all-good.xlsx --steps 6 --crashes",
    ];
    REFEREE.judge(&program(), &named);
}

fn program() -> Program {
    program!("10-work-items")
}
