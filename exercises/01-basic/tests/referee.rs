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
    drawn: 24,
    crowds: (6, 4),
};

const FLAGS: &[Flag] = &[
    Flag::value("--items", "10", &["1", "2", "3", "9", "25", "60"]),
    Flag::value("--capacity", "3", &["0", "0", "1", "2", "5", "100"]).beside("--items 400"),
    Flag::optional("--leave-after", &["1", "1", "2", "4", "5", "9", "10", "30"])
        .of("fix-1")
        .beside("--items 300"),
    Flag::optional(
        "--stall",
        &["1", "2", "5", "8", "10", "1 --stall 2", "4 --stall 8", "8 --stall 9 --stall 10"],
    )
    .beside("--items 300"),
];

/// Any flags are possible together.
fn fits(_: &Setting, _: &Tasks) -> bool {
    true
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "each item is taken once",
        "both wait at the queue, and every item is consumed.",
        rules::each_item_is_taken_once,
    )
    .also(&["stays as it is."]),
    Rule::new(
        "each item is added once",
        "both wait at the queue, and every item is added and taken at its time.",
        rules::each_item_is_added_once,
    ),
    Rule::new(
        "an item is taken when the consumer is free",
        "\"Took\" is printed when the consumer takes an item, before it uses it.",
        rules::an_item_is_taken_when_the_consumer_is_free,
    ),
    Rule::new(
        "the producer takes its time",
        "The producer needs 0.1 seconds for an item, the consumer 0.3 seconds.",
        rules::the_producer_takes_its_time,
    )
    .also(&["With `--stall K` the producer pauses for two seconds before item K."]),
    Rule::new(
        "the producer stops",
        "What the producer says when it stops is up to you, as long as it is true, and it adds nothing more.",
        rules::the_producer_stops,
    ),
    Rule::new(
        "an item is added when there is room",
        "both wait at the queue, and every item is added and taken at its time.",
        rules::an_item_is_added_when_there_is_room,
    ),
    Rule::new(
        "no room is told when it waits",
        "The producer says \"No room\" when the queue is full and it begins to wait.",
        rules::no_room_is_told_when_it_waits,
    ),
    Rule::new(
        "both say how they end",
        "as long as it is true, and it adds nothing more.",
        rules::both_say_how_they_end,
    ),
    Rule::new("nobody polls", "both wait at the queue, and every item is consumed.", rules::nobody_polls),
    Rule::new("the room is told", "The number is that of `--capacity`.", rules::the_room_is_told)
        .of(&["alter-0"])
        .also(&["`Room in the queue: 3`, once and anywhere before the last line."]),
    Rule::new(
        "waits are measured",
        "An item's wait begins as soon as the producer has made it, which is after `MAKING`.",
        rules::waits_are_measured,
    )
    .of(&["alter-1"])
    .also(&[
        "`Items waited 0.8 seconds on average, 1.1 at most`, once and anywhere before the last line, with one decimal place each.",
        "These are the numbers for the default flags.",
    ]),
    Rule::new(
        "what is undelivered is counted",
        "The number is that of all items that were asked for (`--items`) and not consumed, wherever they got stuck.",
        rules::what_is_undelivered_is_counted,
    )
    .of(&["fix-1"])
    .also(&[
        "`undelivered: 6`, once and anywhere before the last line.",
        "If nothing is undelivered, there is no such line.",
    ]),
    Rule::new(
        "a stall is told once",
        "`[Consumer] No item for 0.5 seconds`, half a second after the consumer began to wait, while it still waits.",
        rules::a_stall_is_told_once,
    )
    .of(&["fix-2"])
    .also(&[
        "The time that it used the item before does not count as waiting.",
        "It comes once a stall, however long the stall is.",
        "A pause that the queue bridges is no stall for the consumer, so the last example prints no such line.",
    ]),
    Rule::new(
        "the summary counts",
        "The last line stays as it is: `Consumed 4 of 10 items in 1.3 seconds`.",
        rules::the_summary_counts,
    ),
    Rule::new("nothing panics", "Nothing panics.", rules::nothing_panics),
    Rule::new("the exit code", "1 if something is undelivered, else 0.", rules::the_exit_code),
];

const FREES: &[&str] = &[];
