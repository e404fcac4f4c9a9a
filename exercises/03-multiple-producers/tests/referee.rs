//! What the brief promises, as rules that hold for a run under any flags.

mod account;
mod rules;

use account::Account;
use exam::referee::{Flag, Referee, Rule, Setting, Tasks};

pub(crate) const REFEREE: Referee<Account> = Referee {
    flags: FLAGS,
    fits,
    account: Account::of,
    lines: account::LINES,
    rules: RULES,
    ends: &[],
    frees: FREES,
    drawn: 18,
    crowds: (5, 4),
};

/// With one producer, many items can be asked for before Fix 1 too.
const FLAGS: &[Flag] = &[
    Flag::value("--items", "4", &["1", "1", "1", "2", "3", "7", "12", "20", "30"])
        .beside("--producers 1 --greedy 1 --consumers 9"),
    Flag::value("--producers", "3", &["1", "2", "2", "4", "5", "9"]).up_to(100).beside("--items 1"),
    Flag::value("--consumers", "2", &["1", "1", "3", "4", "5", "9"])
        .up_to(100)
        .beside("--producers 1 --greedy 1 --items 120 --capacity 120"),
    Flag::value("--capacity", "6", &["1", "1", "2", "3", "5", "8", "11", "40"])
        .beside("--producers 1 --greedy 1 --items 300"),
    Flag::optional("--greedy", &["1", "1", "2", "3", "5"])
        .up_to(100)
        .beside("--producers 100 --items 2"),
    Flag::optional("--ordered", &["1", "1", "2", "3", "5", "100"])
        .of("alter-2")
        .beside("--producers 1 --greedy 1 --items 300 --consumers 12 --capacity 40"),
    Flag::optional("--fail-producer", &["1", "2", "2", "3", "4"])
        .of("fix-3")
        .up_to(100)
        .beside("--producers 100 --items 2"),
];

/// Left out are what the program refuses, and what needs Fix 1 before it is handed in: with one producer, the last in
/// the list is the last to finish.
fn fits(setting: &Setting, tasks: &Tasks) -> bool {
    let producers = setting.number("--producers");
    let known = |flag| setting.maybe(flag).is_none_or(|producer| producer <= producers);
    let is_short = producers * setting.number("--items") <= 300;
    known("--greedy")
        && known("--fail-producer")
        && is_short
        && (tasks.done("fix-1") || producers == 1)
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "each item is told once",
        "every item is added, taken and finished once",
        rules::each_item_is_told_once,
    )
    .also(&["\"Took\" and \"Finished\" are printed as before.", "\"Added\" and \"Took\" as before."]),
    Rule::new(
        "items keep the order of their producer",
        "The queue hands out the items of each producer in the order in which they were added.",
        rules::items_keep_the_order_of_their_producer,
    )
    .also(&["every item is added, taken and finished once, in the order of its producer."]),
    Rule::new(
        "each item takes its time",
        "\"Took\" is printed when a consumer has taken it, before it uses it, and \"Finished\" after that.",
        rules::each_item_takes_its_time,
    ),
    Rule::new(
        "a consumer does one item at a time",
        "whoever is free takes the next one.",
        rules::a_consumer_does_one_item_at_a_time,
    ),
    Rule::new(
        "nobody is idle while an item waits",
        "whoever is free takes the next one.",
        rules::nobody_is_idle_while_an_item_waits,
    )
    .also(&[
        "There is room until N are held back; an item that is not finished takes none of it.",
        "As long as there is room, nobody waits: with `--ordered 100` every item is taken and finished at the same moment as without the flag.",
    ]),
    Rule::new(
        "the queue holds its capacity",
        "The queue holds no more than `--capacity` items: those that are added and not yet taken, wherever the program keeps them.",
        rules::the_queue_holds_its_capacity,
    ),
    Rule::new(
        "nobody holds more than its share",
        "The items of one producer that are added and not yet taken are never more than its share.",
        rules::nobody_holds_more_than_its_share,
    )
    .of(&["fix-2"])
    .also(&[
        "An item that is taken at the moment when it is added does not count as waiting.",
        "With `--greedy` the rule holds for all producers, also the slow ones; whether it also holds without the flag is up to you.",
    ]),
    Rule::new(
        "each item is made",
        "Producer-1 needs 0.3 seconds for one, Producer-2 needs 0.5, and Producer-3 needs 0.7.",
        rules::each_item_is_made,
    )
    .also(&["stays as it is: every item is added, taken and finished at its time."]),
    Rule::new(
        "a producer waits for a slot alone",
        "The greedy producer adds an item *as soon as* it has a free slot for it: the first ones at once, and then one at each moment when one of its items is taken.",
        rules::a_producer_waits_for_a_slot_alone,
    )
    .also(&["Where the shares are more than the queue holds, it waits for room in the queue as well."]),
    Rule::new(
        "each producer is done",
        "Each producer makes `--items` items, and counts its own from 1.",
        rules::each_producer_is_done,
    ),
    Rule::new(
        "nobody polls",
        "A producer without a free slot waits for one, and does not ask again and again.",
        rules::nobody_polls,
    ),
    Rule::new(
        "everybody shuts down once",
        "and each consumer says \"Shutting down\" once.",
        rules::everybody_shuts_down_once,
    )
    .also(&["No consumer says so before the last item is taken."]),
    Rule::new(
        "the summary counts",
        "The last line counts all items: `Consumed 12 of 12 items in 2.1 seconds` with `--greedy 3`.",
        rules::the_summary_counts,
    )
    .also(&[
        "It comes at the moment when the last item is finished.",
        "The last line stays as it is: `Consumed 10 of 12 items in 2.9 seconds` with `--fail-producer 1`.",
    ]),
    Rule::new(
        "the order of finishing is told",
        "The numbers stand in the order of the \"Finished\" lines.",
        rules::the_order_of_finishing_is_told,
    )
    .of(&["alter-1"])
    .also(&[
        "one for each producer, anywhere before the last line.",
        "For the default flags:",
        "`Producer-1: 4 items, finished 1, 3, 2, 4 (out of order)`",
        "`Producer-2: 4 items, finished 1, 2, 3, 4 (in order)`",
        "`Producer-3: 4 items, finished 1, 2, 3, 4 (in order)`",
        "It is `in order` if each number is greater than the one before it.",
    ]),
    Rule::new(
        "results come when they are due",
        "It comes at the moment when this item and all before it *of the same producer* are finished.",
        rules::results_come_when_they_are_due,
    )
    .of(&["alter-2"])
    .also(&[
        "`[Results] item 3 of Producer-1` for each item, once.",
        "Results of other producers do not matter for it.",
    ]),
    Rule::new(
        "few results are held back",
        "Never more than N are held back, of all producers together, and one more in the hand of each consumer.",
        rules::few_results_are_held_back,
    )
    .of(&["alter-2"])
    .also(&["a result is held back from its \"Finished\" line to its `[Results]` line."]),
    Rule::new(
        "the loss is told",
        "The number is that of its items that were asked for and not consumed.",
        rules::the_loss_is_told,
    )
    .of(&["fix-3"])
    .also(&[
        "`lost: 2 items of Producer-1 (it panicked)`, once and anywhere before the last line.",
        "If nobody panics, there is no such line as the first one.",
    ]),
    Rule::new(
        "the panics are those of the flag",
        "Producer-P makes half of its items, rounded down, and then panics.",
        rules::the_panics_are_those_of_the_flag,
    ),
    Rule::new("the exit code", "1 if something is lost, else 0.", rules::the_exit_code),
];

const FREES: &[&str] = &[];
