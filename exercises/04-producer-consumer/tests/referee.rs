//! What the brief promises, as rules that hold for a run under any flags.

mod account;
mod ending;
mod rules;

use account::{Account, Fate};
use exam::referee::{Flag, Referee, Rule, Setting, Tasks};
use std::ops::RangeInclusive;

pub(crate) const REFEREE: Referee<Account> = Referee {
    flags: FLAGS,
    fits,
    account: Account::of,
    lines: account::LINES,
    rules: RULES,
    ends: ENDS,
    frees: FREES,
    drawn: 16,
    crowds: (5, 3),
};

const FLAGS: &[Flag] = &[
    Flag::value("--jobs", "20", &["1", "2", "3", "9", "20", "27", "60", "60"]),
    Flag::value("--workers", "3", &["1", "1", "2", "3", "4", "5", "12"]).beside("--jobs 300"),
    Flag::value("--capacity", "10", &["1", "1", "2", "3", "5", "40"])
        .beside("--jobs 400 --workers 1"),
    Flag::value("--batch", "10", &["0", "0", "1", "2", "7", "23", "60"])
        .beside("--jobs 1 --workers 2"),
    Flag::value("--seed", "257", &["1", "2", "3", "44", "555"]),
    Flag::optional("--priority", &["1", "2", "3", "3", "4", "5", "7"])
        .of("alter-2")
        .beside("--jobs 300 --workers 5"),
    Flag::optional("--fail", &["1", "2", "3", "4", "6", "23"])
        .of("alter-3")
        .beside("--jobs 300 --workers 5"),
    Flag::switch("--dead-letters").of("alter-3"),
    Flag::value("--helpers", "0", &["1", "2", "5"]).of("fix-1"),
    Flag::optional("--panic", &["1", "2", "3", "5", "7", "10", "15", "23"])
        .of("fix-3")
        .beside("--jobs 300 --workers 5"),
];

/// Where the brief promises nothing: a batch that loses all its workers, and what Fix 2 and Fix 3 are about
/// before they are handed in.
fn fits(setting: &Setting, tasks: &Tasks) -> bool {
    let (first, second) = account::numbers(setting);
    let has = |mut jobs: RangeInclusive<u64>, fate| jobs.any(|job| Fate::of(setting, job) == fate);
    let lost_later = second.clone().filter(|job| Fate::of(setting, *job) == Fate::Lost).count();
    (tasks.done("fix-2") || lost_later == 0 && !has(second, Fate::Failed))
        && (tasks.done("fix-3") || !has(first, Fate::Lost))
        && (lost_later as u64) < setting.number("--workers")
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "each job is added once, in order",
        "\"Added\" is printed when the job is in the queue",
        rules::each_job_is_added_once,
    )
    .also(&["\"Added job\" and \"Processed\" as before."]),
    Rule::new("each job is told once", "Every job is processed once", rules::each_job_is_told_once)
        .also(&["Every job of the batch that neither fails nor panics is processed once."]),
    // What asks again and again comes late too: it is told as what a reader can see.
    Rule::new("nobody polls", "A task that waits says so itself, at each `.await`", rules::nobody_polls),
    Rule::new(
        "each job takes its time",
        "a worker needs 0.2 to 1 second for one",
        rules::each_job_takes_its_time,
    )
    .also(&["\"Processed\" when it is done"]),
    Rule::new("nobody does a job again", "Every job is processed once", rules::nobody_does_a_job_again),
    Rule::new(
        "urgent jobs first",
        "When a worker takes a `process_item`, no `urgent_item` waits in a queue.",
        rules::urgent_jobs_first,
    )
    .of(&["alter-2"]),
    Rule::new(
        "first come, first served",
        "A pool of workers takes it from a queue.",
        rules::first_come_first_served,
    ),
    Rule::new(
        "a worker does one job at a time",
        "The pattern is the one of exercise 01; new is that the workers are tasks.",
        rules::a_worker_does_one_job_at_a_time,
    ),
    Rule::new(
        "nobody is idle while a job waits",
        "A pool of workers takes it from a queue.",
        rules::nobody_is_idle_while_a_job_waits,
    ),
    Rule::new(
        "a queue holds its capacity",
        "The queue still holds no more than `--capacity` jobs.",
        rules::a_queue_holds_its_capacity,
    )
    .also(&["Each of the two queues holds `--capacity` jobs."]),
    Rule::new(
        "the producer waits for a full queue alone",
        "The producer finds a job every 0.05 to 0.15 seconds",
        rules::the_producer_waits_for_a_full_queue_alone,
    ),
    Rule::new(
        "everybody shuts down once",
        "every worker and every helper says \"Shutting down\" once, after the last job is taken",
        ending::everybody_shuts_down_once,
    )
    .also(&["every worker still says \"Shutting down\""]),
    Rule::new(
        "how busy they were",
        "It is the time that all workers together spent on jobs, divided by the time that all of them were there: workers × seconds.",
        ending::how_busy_they_were,
    )
    .of(&["alter-1"])
    .also(&[
        "The time that a worker waits for a job is not spent on it.",
        "90% is the number for the default flags.",
        "With `--helpers` the helpers are workers too.",
    ]),
    Rule::new(
        "busy stands in its place",
        "somewhere between the last \"Shutting down\" and `Processed 20 jobs …`",
        ending::busy_stands_in_its_place,
    )
    .of(&["alter-1"]),
    Rule::new(
        "the dead letters are listed",
        "in the order of their numbers, or `Dead letters: none`",
        ending::the_dead_letters_are_listed,
    )
    .of(&["alter-3"]),
    Rule::new(
        "each is tried once more",
        "Then one line for each second try, one after another in the same order",
        ending::each_is_tried_once_more,
    )
    .of(&["alter-3"])
    .also(&["No other line begins with `[Retry]`."]),
    Rule::new(
        "a second try takes its time",
        "A second try takes the job's time again.",
        ending::a_second_try_takes_its_time,
    )
    .of(&["alter-3"]),
    Rule::new(
        "the lost are named",
        "once for each job that panicked, and for no other",
        ending::the_lost_are_named,
    )
    .of(&["fix-3"]),
    Rule::new(
        "the summary counts what was processed",
        "The last line of the first part counts all jobs that were processed in the end",
        ending::the_summary_counts,
    )
    .also(&[
        "With `--panic 15` the other 19 jobs are processed, and the last line of the first part says so: `Processed 19 jobs in …`.",
        "With `--panic 7` it is 18 jobs: 7 and 14 are lost.",
    ]),
    Rule::new(
        "the first part ends with its last job",
        "In the first, a sentinel (`None`) for each worker ends the pool.",
        ending::the_first_part_ends_with_its_last_job,
    ),
    Rule::new(
        "the batch ends with its last job",
        "`main` waits until no job is unfinished",
        ending::the_batch_ends_with_its_last_job,
    )
    .also(&[
        "`Finished the batch in … seconds` is the last line, once, after all other lines of the batch.",
    ]),
    Rule::new("the exit code", "1 if a job was lost by a panic, else 0.", ending::the_exit_code),
];

/// A run that does not end is refused in any case.
const ENDS: &[&str] = &[
    "With `--panic` the program ends by itself, even if it is by a panic of `main`.",
    "With `--panic 1` the program ends by itself.",
];

const FREES: &[&str] = &[
    "(Cut off, it is 89%.)",
    "(With `--panic`, the time on a job that panics may count or not.)",
    "(A worker may end with the job that panics.",
    "Where so many panic that none may be left for the others, the batch is not looked at.)",
    "Nothing else is looked at, because Fix 3 is about that.",
    "A worker may survive its job or not, as you like; what it did before counts, and if none is left, the producer stops.",
];
