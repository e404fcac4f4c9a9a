//! What must hold, told as tests.

use exam::task;
use referee::REFEREE;

mod referee;

exam::as_given!("02-multiple-consumers");
exam::finished!("02-multiple-consumers");
exam::referee!("02-multiple-consumers", REFEREE);

#[task("alter-1", "every consumer goes home, also when nobody knows how many are still there")]
fn every_consumer_goes_home() {
    let named = [
        "",
        "--leave-at 4",
        "--leave-at 4 --capacity 0",
        "--leave-at 12 --capacity 0",
        "--leave-at 13 --capacity 0",
        "--consumers 5 --items 3",
        "--consumers 1 --capacity 100",
    ];
    REFEREE.judge(&program(), &named);
    // It has only to end, and `run` sees to that.
    let _ = program().flags("--fail 4 --capacity 0").run();
}

#[task("alter-2", "with a queue for each consumer, items wait behind the slow ones")]
fn with_a_queue_for_each_items_wait_behind_the_slow_ones() {
    let named = [
        "--split",
        "--split --slow 2",
        "--split --slow 2 --capacity 1",
        "--split --slow 1 --capacity 12",
        "--split --slow 4 --consumers 5 --items 7",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-1", "a panic costs one item, which is named, and the others carry on")]
fn a_panic_costs_one_item() {
    let named = [
        "--fail 5",
        "--fail 1",
        "--fail 12",
        "--fail 2 --consumers 2 --items 9",
        "--fail 3 --consumers 6",
        "--fail 1 --consumers 1",
        "--fail 1 --consumers 1 --items 3",
        "",
    ];
    REFEREE.judge(&program(), &named);
}

#[task("fix-2", "a batch is done when its last item is, and the pool stays for the next one")]
fn a_batch_is_done_when_its_last_item_is() {
    let named = [
        "--batches 2",
        "--batches 2 --items 11",
        "--batches 2 --items 11 --capacity 100",
        "--batches 3 --items 2 --consumers 4 --capacity 1",
        "--batches 9 --items 1 --consumers 2",
        "",
    ];
    REFEREE.judge(&program(), &named);
}

fn program() -> exam::Program {
    exam::program!("02-multiple-consumers")
}
