//! What the brief promises, as rules that hold for a run under any flags.

mod account;
mod ending;
mod rules;

use account::Account;
use exam::referee::{Flag, Referee, Rule, Setting, Tasks};

pub(crate) const REFEREE: Referee<Account> = Referee {
    flags: FLAGS,
    fits,
    account: Account::of,
    lines: account::LINES,
    rules: RULES,
    ends: ENDS,
    frees: FREES,
    drawn: 24,
    crowds: (6, 4),
};

const FLAGS: &[Flag] = &[
    Flag::value("--items", "12", &["1", "2", "3", "5", "11", "12", "17", "40", "60"]),
    Flag::value("--batches", "1", &["2", "2", "3", "5"]).of("fix-2").up_to(100).beside("--items 1"),
    Flag::value("--consumers", "3", &["1", "1", "2", "3", "4", "5", "9"])
        .up_to(100)
        .beside("--items 150"),
    Flag::value("--capacity", "3", &["0", "0", "1", "1", "2", "5", "40"]).beside("--items 300"),
    Flag::optional("--leave-at", &["1", "2", "4", "5", "12", "13", "30"])
        .of("alter-1")
        .beside("--items 300"),
    Flag::optional("--fail", &["1", "1", "2", "3", "5", "9", "12", "37"])
        .of("fix-1")
        .beside("--items 300"),
    Flag::optional("--slow", &["1", "2", "2", "3"])
        .up_to(100)
        .beside("--consumers 100 --items 150"),
    Flag::switch("--split").of("alter-2"),
];

/// Left out are what the program refuses, what the brief promises nothing of, and what takes long to judge. Before the
/// queue is closed, a sentinel that is left over needs a place.
fn fits(setting: &Setting, tasks: &Tasks) -> bool {
    let (leave_at, fail) = (setting.maybe("--leave-at"), setting.maybe("--fail"));
    let consumers = setting.number("--consumers");
    let is_possible = setting.maybe("--slow") <= Some(consumers)
        && (leave_at.is_none() || consumers > 1 && !setting.is_set("--split"));
    let is_looked_at = !(setting.is_set("--batches") && (leave_at.is_some() || fail.is_some()))
        && (fail.is_none() || fail != leave_at);
    let has_room = tasks.done("alter-1") || fail.is_none() || setting.number("--capacity") > 0;
    let is_short = setting.number("--items") * setting.number("--batches") <= 300;
    is_possible && is_looked_at && has_room && is_short
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "the parts are there",
        "the first part stays as it is, and the second part begins with `--- A queue for each consumer ---`, as it does now.",
        rules::the_parts_are_there,
    ),
    Rule::new(
        "each item is added once",
        "\"Added\" is printed when the item is in the queue.",
        rules::each_item_is_added_once,
    ),
    Rule::new(
        "each item is taken once",
        "All other items are taken and finished once",
        rules::each_item_is_taken_once,
    )
    .also(&["The item is not tried again."]),
    Rule::new(
        "each item is finished once",
        "every item is finished once, at the same moment as now.",
        rules::each_item_is_finished_once,
    ),
    Rule::new(
        "each item takes its time",
        "\"Took\" is printed when a consumer has an item and begins to use it, \"Finished\" when it has used it.",
        rules::each_item_takes_its_time,
    )
    .also(&["With `--slow 2`, Consumer-2 needs four times as long for each item, in both parts"]),
    Rule::new(
        "first come, first served",
        "they all take the next thing from one queue.",
        rules::first_come_first_served,
    ),
    Rule::new(
        "a consumer does one item at a time",
        "Whoever is free takes it",
        rules::a_consumer_does_one_item_at_a_time,
    ),
    Rule::new(
        "nobody is idle while an item waits",
        "Whoever is free takes it",
        rules::nobody_is_idle_while_an_item_waits,
    )
    .also(&["and all other consumers carry on, side by side as before."]),
    Rule::new(
        "a queue holds its capacity",
        "The queue still holds `--capacity` items.",
        rules::a_queue_holds_its_capacity,
    )
    .also(&[
        "An item that is added and that nobody has taken is in the queue, wherever the program keeps it.",
        "Each of these queues holds `--capacity` items.",
    ]),
    Rule::new(
        "the producer makes one after another",
        "The producer needs 0.04 to 0.12 seconds to make an item",
        rules::the_producer_makes_one_after_another,
    ),
    Rule::new(
        "the producer waits for a full queue alone",
        "If the queue whose turn it is has no room, the producer waits until it has.",
        rules::the_producer_waits_for_a_full_queue_alone,
    ),
    Rule::new(
        "everybody goes home once",
        "Every consumer prints `[Consumer-2] Going home` once; those that do not leave early print it after the last item was taken.",
        ending::everybody_goes_home_once,
    )
    .also(&[
        "The pool stays alive: every consumer prints \"Going home\" once, after the last item of the last batch was taken.",
    ]),
    Rule::new(
        "whoever leaves takes no more",
        "Whoever does item 4 still goes home after it.",
        ending::whoever_leaves_takes_no_more,
    ),
    Rule::new(
        "nobody polls",
        "A consumer without an item waits at the queue, and does not ask again and again.",
        rules::nobody_polls,
    )
    .also(&["The producer waits for that moment, and does not ask again and again."]),
    Rule::new(
        "items are dealt in turn",
        "with three consumers, item 1 goes to Consumer-1, item 2 to Consumer-2, item 3 to Consumer-3, item 4 to Consumer-1, and so on",
        rules::items_are_dealt_in_turn,
    )
    .of(&["alter-2"]),
    Rule::new(
        "each part has its summary",
        "Its seconds are those of its own part, and it is printed when the last item of that part is done.",
        ending::each_part_has_its_summary,
    )
    .also(&[
        "Each part ends with its own summary, such as `12 of 12 items done in 2.6 seconds`.",
        "The last line counts what is finished: `11 of 12 items done in 2.3 seconds`.",
        "2.3 and 2.6 are the numbers for `--split` alone.",
    ]),
    Rule::new(
        "nothing follows the summary",
        "Each part ends with its own summary",
        ending::nothing_follows_the_summary,
    ),
    Rule::new(
        "the lost are named",
        "It names the consumer whose line says that it took the item.",
        ending::the_lost_are_named,
    )
    .of(&["fix-1"])
    .also(&[
        "`lost: item 5 (Consumer-2 panicked)`, once and anywhere before the last line.",
        "If nothing is lost, there is no such line.",
        "With `--split` each of the two parts tells what it lost.",
    ]),
    Rule::new(
        "a loss is a panic",
        "With `--fail 5`, whoever takes item 5 panics over it.",
        ending::a_loss_is_a_panic,
    )
    .of(&["fix-1"]),
    Rule::new(
        "a batch is told when it is done",
        "It is printed at the moment when the batch's last item is done, below that item's \"Finished\" line.",
        ending::a_batch_is_told_when_it_is_done,
    )
    .of(&["fix-2"])
    .also(&["`Batch 1 done`, once for each batch."]),
    Rule::new(
        "the next batch waits",
        "No item of the next batch is added before it.",
        ending::the_next_batch_waits,
    )
    .of(&["fix-2"]),
    Rule::new("the exit code", "1 if an item was lost, else 0.", ending::the_exit_code),
];

/// A run that does not end is refused in any case.
const ENDS: &[&str] =
    &["With `--fail` the program ends by itself, even if it is by a panic of `main`."];

const FREES: &[&str] = &[
    "Nothing else is looked at there, because Fix 1 is about that.",
    "A consumer may survive its panic, be replaced by another one, or be gone for good, as you like.",
    "If all are gone, the program ends by itself, also where the queue has room for all the rest; how many items are finished then is up to you, as long as the last line counts them.",
    "So it is with `--split` where each has a queue of its own, and the one that takes from it is gone.",
    "There the producer may stop, or pass over the consumer that is gone.",
    "Whether `Batch 1 done` is printed after a loss is up to you as well.",
];
