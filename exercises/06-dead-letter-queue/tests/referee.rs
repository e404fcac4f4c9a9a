//! What the brief promises, as rules that hold for a run under any flags.

mod account;
mod letters;
mod lines;
mod plan;
mod rules;

use account::Account;
use exam::referee::{Flag, Referee, Rule, Setting, Tasks};

pub(crate) const REFEREE: Referee<Account> = Referee {
    flags: FLAGS,
    fits,
    account: Account::of,
    lines: lines::LINES,
    rules: RULES,
    ends: ENDS,
    frees: FREES,
    drawn: 20,
    crowds: (5, 3),
};

const FLAGS: &[Flag] = &[
    Flag::value("--jobs", "12", &["1", "2", "3", "9", "15", "27", "40", "60"])
        .beside("--capacity 300 --workers 12 --poison 4 --max-attempts 2"),
    Flag::value("--workers", "3", &["1", "1", "2", "4", "5", "12", "12"])
        .beside("--jobs 100 --capacity 100 --poison 1"),
    Flag::value("--capacity", "20", &["1", "1", "2", "3", "4", "7"]).beside("--jobs 300"),
    Flag::value("--max-attempts", "5", &["1", "2", "2", "3", "4", "6", "12", "20"]).up_to(20),
    Flag::optional("--poison", &["1", "2", "2", "3", "4", "5", "7"])
        .beside("--jobs 300 --capacity 300"),
    Flag::switch("--full").of("fix-2"),
    Flag::value("--jitter", "100", &["0", "1", "7", "1000", "10000"]),
    Flag::switch("--redrive").of("alter-2"),
    Flag::optional("--dlq-capacity", &["1", "1", "2", "3", "4", "8", "20"])
        .of("fix-3")
        .beside("--jobs 300 --capacity 300 --poison 1 --max-attempts 1")
        .left_out_with("--jobs 300 --capacity 300 --poison 1 --max-attempts 1 --workers 12"),
    Flag::value("--seed", "257", &["1", "2", "7", "44", "555"]),
];

/// Before Fix 2 is handed in, a queue that may be full promises nothing.
fn fits(setting: &Setting, tasks: &Tasks) -> bool {
    tasks.done("fix-2") || setting.number("--capacity") >= setting.number("--jobs")
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "each job is added once, in order",
        "A producer adds a job every 0.05 to 0.15 seconds",
        rules::each_job_is_added_once,
    )
    .also(&["\"Added\", \"Retrying\", \"Failed\" and \"Processed\" as before, and the last line."]),
    Rule::new(
        "malformed items are not retried",
        "a malformed item is dead after its first attempt",
        rules::malformed_items_are_not_retried,
    ),
    Rule::new(
        "each job has its attempts",
        "Which attempts work is fixed, whoever makes them, and when",
        rules::each_job_has_its_attempts,
    )
    .also(&[
        "Each item has as many attempts as it had in the starter, numbered from 1.",
        "every job is processed in the end, with as many attempts as `--full` and its hiccups ask for: item_1 has two, item_12 has five.",
        "What times out may work the next time, so it is tried `--max-attempts` times, the first attempt included.",
        "Each has all its attempts before it again: it begins with attempt 1, and with `redriven: true`.",
        "A letter that is dead again stays dead: it is not put back a second time, and it is not listed again.",
    ]),
    Rule::new(
        "each attempt takes its time",
        "An attempt that works takes 0.2 to 0.6 seconds, one that times out takes 0.701 seconds, and a malformed item is noticed after 0.097 seconds.",
        rules::each_attempt_takes_its_time,
    ),
    Rule::new(
        "the beginning of a retry is told",
        "\"Retrying\" when an attempt begins that is not the first",
        rules::the_beginning_of_a_retry_is_told,
    ),
    Rule::new(
        "lines tell when",
        "All three say which attempt it is, and when that was, in seconds since the start of the program.",
        rules::lines_tell_when,
    ),
    Rule::new(
        "the pool has its size",
        "No more jobs are tried at one time than there are workers.",
        rules::the_pool_has_its_size,
    ),
    Rule::new(
        "the queue holds its capacity",
        "The limit for the producer stays: it can't put more than `--capacity` new jobs into the queue.",
        rules::the_queue_holds_its_capacity,
    ),
    Rule::new(
        "the producer waits for room alone",
        "A producer adds a job every 0.05 to 0.15 seconds",
        rules::the_producer_waits_for_room_alone,
    )
    .also(&["With `--full` all jobs come at once"]),
    Rule::new(
        "pauses double",
        "When attempt n has failed, the pause is `BASE` × 2^(n − 1) plus `jitter(job)`",
        rules::pauses_double,
    )
    .of(&["alter-1"])
    .also(&[
        "With fewer, it may begin later, but never sooner.",
        "It begins when the attempt fails, and the next attempt begins when the pause is over and a worker is free.",
    ]),
    Rule::new(
        "pauses stay",
        "Each pause is at least as long as in the starter: `BASE` plus `jitter(job)`.",
        rules::pauses_stay,
    )
    .of(&["fix-2"]),
    Rule::new(
        "no worker is idle",
        "It is late only while all workers are at work: no worker is idle while a job is in the queue, or its pause is over.",
        rules::no_worker_is_idle,
    )
    .of(&["alter-1", "fix-2"])
    .also(&["With as many workers as jobs, somebody is always free, so each attempt begins exactly when its pause is over"]),
    Rule::new(
        "nobody polls",
        "Nobody looks again and again whether there is something to do.",
        rules::nobody_polls,
    ),
    Rule::new(
        "the program stops when there is no room",
        "`Dead-letter queue is full: item_10`, at the moment when the last attempt of that item has failed.",
        letters::the_program_stops,
    )
    .of(&["fix-3"])
    .also(&[
        "After that moment no attempt begins.",
        "If all letters find room, or there is no `--dlq-capacity`, all is as before.",
    ]),
    Rule::new(
        "letters with room are listed",
        "Then the dead letters that found room are listed, as always: `Dead letter: item_2 …`, in the order of the items.",
        letters::letters_with_room_are_listed,
    )
    .of(&["fix-3"]),
    Rule::new(
        "dead letters are listed",
        "when all jobs are finished, one line for each dead letter, in the order of the items:",
        letters::dead_letters_are_listed,
    )
    .also(&["first the list, `Dead letter: item_8 …`, as the starter prints it or as Fix 1 wants it."]),
    Rule::new(
        "letters tell what happened",
        "Let a dead letter tell its item, its reason, the number of its attempts, and when each of them failed.",
        letters::letters_tell_what_happened,
    )
    .of(&["fix-1"])
    .also(&["The times are those of the \"Failed\" lines: seconds since the start of the program, with three decimals."]),
    Rule::new(
        "letters come back together",
        "When all jobs are finished and the dead letters are listed, put all of them back into the queue at that moment",
        letters::letters_come_back_together,
    )
    .of(&["alter-2"])
    .also(&[
        "Then the lines of the second round.",
        "Where a worker is free for each letter, all of them begin at once, at the instant of the list.",
    ]),
    Rule::new(
        "it is told what became of each letter",
        "Then one line for each letter, in the order of the items: `Redriven: item_9 processed` or `Redriven: item_8 dead again`.",
        letters::it_is_told_what_became_of_each_letter,
    )
    .of(&["alter-2"])
    .also(&["Where there are no dead letters, or no `--redrive`, no line begins with \"Redriven\"."]),
    Rule::new(
        "the last line counts",
        "The last line counts both: `Processed 9 jobs in … seconds, dead letters: 3`.",
        rules::the_last_line_counts,
    )
    .also(&[
        "The last line counts what holds in the end: `Processed 9 jobs in … seconds, dead letters: 3` with `--max-attempts 3 --poison 4`.",
        "The last line says `Processed 12 jobs in … seconds, dead letters: 0`.",
    ]),
    Rule::new(
        "it ends with the last job",
        "`unfinished` counts the jobs that are not, and the queue is closed when it is zero.",
        rules::it_ends_with_the_last_job,
    ),
    Rule::new("the exit code", "3 if a letter found no room, else 0.", rules::the_exit_code),
];

/// A run that does not end is refused in any case.
const ENDS: &[&str] = &["Make sure that no worker ever waits for room in the queue."];

const FREES: &[&str] = &[
    "(One that begins at the same instant is none after it.)",
    "What times you get depends on your pauses, so they may be others than here.",
    "Those that are under way may come to their end, or not; if one of them finds no room either, it may be named as well.",
    "Other lines after that are not looked at.",
];
