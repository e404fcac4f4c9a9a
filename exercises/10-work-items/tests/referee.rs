//! What the brief promises, as rules that hold in any script of commands.

mod account;
pub(crate) mod desk;
mod rules;
mod script;
mod world;

use account::Account;
use exam::referee::{Flag, Rule, Scripts, Setting, Tasks};

pub(crate) const REFEREE: Scripts<Account> = Scripts {
    flags: FLAGS,
    fits: |_: &Setting, _: &Tasks| true,
    play: script::play,
    types: TYPES,
    lines: LINES,
    rules: RULES,
    ends: ENDS,
    frees: FREES,
    drawn: 7,
};

/// What a script is made of: nobody types these.
const FLAGS: &[Flag] = &[
    Flag::value(
        "--script",
        "0",
        &[
            "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
            "17", "18",
        ],
    )
    .up_to(16),
    Flag::optional("--sheet", &["all-good.xlsx", "some-fail.xlsx", "all-fail.xlsx"]),
    Flag::value("--steps", "3", &["1", "2", "4", "5"]).up_to(5),
    Flag::value("--orders", "5", &["1", "2", "3", "6", "9", "14"]).up_to(16),
    Flag::value("--attempts", "3", &["1", "2", "4"]).beside("--steps 1"),
    Flag::value("--lease", "60", &["61.5", "90", "600", "86400"]),
    Flag::switch("--reports").of("alter-1"),
    // Orders from a second file.
    Flag::optional("--more", &["1", "3"])
        .of("alter-1")
        .beside("--steps 1 --batch 50 --reports --bills"),
    Flag::value("--batch", "1", &["2", "3", "4", "5", "20"])
        .of("alter-2")
        .beside("--steps 1 --orders 300"),
    Flag::switch("--bills").of("alter-3"),
    // A lease, and a heartbeat that is not a third of it.
    Flag::optional("--beats", &["60/0.01", "7.5/0.05", "0.9/0.1", "0.9", "3600/0.3", "2.4/0.02"])
        .of("fix-1"),
    Flag::switch("--crashes").of("fix-2"),
];

/// What scripts type, or the stories beside them.
const TYPES: &str = "--hold --clock --lease --heartbeat --batch --crash-before --crash-after --hold-carrier --next --step";

const LINES: &[&str] = &[
    account::TOOK,
    account::DID,
    account::FAILED,
    account::AGAIN,
    account::LOST,
    account::CONSUMED,
    account::COUNTED,
    account::ORDER_FAILED,
    account::REPORTED,
    account::LISTED,
    account::ITEM,
    "--- Consume ---",
    "--- Report ---",
    "--- List ---",
];

pub(crate) const RULES: &[Rule<Account>] = &[
    Rule::new(
        "each item is worked on",
        "Takes items, one after another, until there is none that it may take.",
        rules::each_item_is_worked_on,
    ),
    Rule::new(
        "a batch is taken and held",
        "All items of the batch are `RESERVED` from the first to the last moment of the work, and none after them is.",
        rules::a_batch_is_taken_and_held,
    )
    .also(&[
        "the states that `list` shows while `--hold` holds the work on one item of the batch.",
        "Items are taken as in the starter",
        "The last batch may be smaller.",
    ]),
    Rule::new(
        "a crash leaves a whole batch",
        "If the consumer is killed meanwhile, or crashes between two parcels of the batch (`--batch 3 --crash-before 2`), all of its batch is taken again when the lease is over.",
        rules::a_crash_leaves_a_whole_batch,
    ),
    Rule::new(
        "each item ends as it should",
        "Then each is `COMPLETED`, `FAILED`, or `NEW` if it is to be tried again.",
        rules::each_item_ends_as_it_should,
    )
    .also(&[
        "Another consumer never takes the item, as long as the first one lives.",
        "If the first one is killed, nobody has the item before its lease is over, and the next consumer gets it after that.",
        "An order whose product has no price fails as BUSINESS, in the step `bill`: `item 12 failed: BUSINESS NO_PRICE: no price for Sofa`.",
    ]),
    Rule::new(
        "the reasons are kept",
        "the item is tried again, `--attempts` times in all.",
        rules::the_reasons_are_kept,
    ),
    Rule::new(
        "the lease is as long as it should be",
        "Whoever reserves an item has it for the time of a *lease*.",
        rules::the_lease_is_as_long_as_it_should,
    )
    .also(&["Once somebody else has taken an item, no beat of the first one renews it, also where the first one's clock is behind."]),
    Rule::new(
        "each beat renews all leases",
        "while the work is held and the clock goes on, `list` shows that the lease ends 60 seconds from now again, within 5 real seconds, each time.",
        rules::each_beat_renews_all,
    )
    .of(&["fix-1"])
    .also(&["So it is with another `--lease`."]),
    Rule::new(
        "consumers say what they did",
        "So leave the lines as they are that the program prints already",
        rules::consumers_say_what_they_did,
    )
    .also(&["those of `consume`, and `list --step bill`."]),
    Rule::new(
        "who is late counts nothing",
        "Who comes too late counts nothing: `Consumed 0 items: 0 done, 0 failed`.",
        rules::who_is_late_counts_nothing,
    ),
    Rule::new(
        "consumers count what they did",
        "above all `[A] took item 1`, `Consumed …`, and those of `list`.",
        rules::consumers_count_what_they_did,
    ),
    Rule::new(
        "one parcel for each",
        "when all consumers have ended by themselves, `parcels.txt` has one line for each order that is `COMPLETED`, and none for any other.",
        rules::one_parcel_for_each,
    )
    .also(&[
        "No parcel is sent for a bill.",
        "Two orders may read the same and are two orders all the same.",
        "(Right after a crash, an order may have its parcel and be `RESERVED` still.)",
    ]),
    Rule::new(
        "what is done is handed on",
        "`list --step report` shows one item for each order that was shipped: `NEW` before the report, `COMPLETED` after it.",
        rules::what_is_done_is_handed_on,
    )
    .also(&["`consume --next bill` hands on to the step `bill` in place of `report`."]),
    Rule::new(
        "the bill has its price",
        "The bill is the order with one field more",
        rules::the_bill_has_its_price,
    )
    .of(&["alter-3"]),
    Rule::new(
        "the report tells all",
        "after the title a line for each product that was shipped, in alphabetical order: `Chair: 2`.",
        rules::the_report_tells_all,
    )
    .also(&[
        "Then a line for each order that has failed, in the order of their numbers: `failed: item 2 (BUSINESS INVALID_ORDER: Zip is 123 where 1000 to 9999 is wanted)`.",
        "In the brackets stands what `list` tells.",
        "The last line is `Reported 7 orders: 3 shipped, 4 failed, 0 open`.",
        "Open are the orders that have neither been shipped nor failed.",
        "A sheet that comes in as an item is no order.",
        "An order that is brought in behind `consume`, as by `import orders.json --step report`, is one of all orders too, and counts as what its step says.",
        "Each report counts all orders that were ever shipped, so that a report which was killed can be begun anew.",
        "The report counts an order as shipped when it has come as far as the report, and as failed when it has failed in `consume` or in `bill`.",
    ]),
    Rule::new(
        "the list counts its items",
        "the states that `list` shows",
        rules::the_list_counts_its_items,
    ),
    Rule::new("the exit code", "1 if an item failed in the end, else 0.", rules::the_exit_code),
];

/// A run that does not end is refused in any case.
const ENDS: &[&str] = &[
    "The heartbeat ends with the work at once: nobody waits for its next beat.",
    "While one consumer is at the carrier, another may have to wait; after 5 seconds the rehearsal says `STANDSTILL`, and after a minute SQLite gives up with `database is locked`.",
    "So do not hold the carrier for long.",
];

const FREES: &[&str] =
    &["In which order the work on a batch goes, and when \"took\" is printed, does not matter."];
