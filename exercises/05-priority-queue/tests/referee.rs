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
    ends: ENDS,
    frees: &[],
    drawn: 22,
    crowds: (5, 4),
};

const FLAGS: &[Flag] = &[
    Flag::value("--jobs", "12", &["1", "2", "5", "12", "20", "30", "40", "90"]),
    Flag::value("--workers", "2", &["1", "1", "2", "3", "4", "10"]).beside("--jobs 300"),
    Flag::value("--levels", "3", &["1", "2", "5", "9", "20", "100"]).up_to(100).beside("--jobs 90"),
    Flag::value("--flood", "0", &["1", "5", "20", "30", "60"]).beside("--jobs 1"),
    Flag::optional("--capacity", &["1", "1", "2", "3", "4", "8"])
        .of("fix-1")
        .beside("--workers 1 --jobs 350")
        .left_out_with("--workers 1 --jobs 350"),
    Flag::optional("--max-wait", &["1", "100", "333", "700", "1000", "2500", "60000", "70000"])
        .of("fix-2"),
    Flag::switch("--deadlines").of("alter-2"),
    Flag::value("--seed", "257", &["1", "2", "7", "44", "555"]),
];

/// Flags that the program does not take together.
fn fits(setting: &Setting, _: &Tasks) -> bool {
    let others = ["--levels", "--flood", "--max-wait"];
    !setting.is_set("--deadlines") || !others.iter().any(|flag| setting.is_set(flag))
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "each job once",
        "Each job is added, taken and processed once, in the lines of *Expected output*.",
        rules::each_job_once,
    ),
    Rule::new(
        "lines say what a job is",
        "The priorities and the times are random but fixed: they depend on `--seed` and on the job's number.",
        rules::lines_say_what_a_job_is,
    ),
    Rule::new(
        "each job takes its time",
        "the work on one takes 0.2 to 0.6 seconds",
        rules::each_job_takes_its_time,
    )
    .also(&[
        "\"Took\" is printed when a worker begins with the job",
        "\"Processed\" is printed when its work is done.",
    ]),
    Rule::new(
        "lines tell the wait",
        "tells how long the job has waited since it was made",
        rules::lines_tell_the_wait,
    ),
    Rule::new(
        "a worker does one job at a time",
        "A job that a worker is at work on has left it.",
        rules::a_worker_does_one_job_at_a_time,
    ),
    Rule::new(
        "no worker is idle while a job waits",
        "No worker is idle while a job waits",
        rules::no_worker_is_idle,
    ),
    Rule::new(
        "the producer makes one job after another",
        "The producer makes a job every 0.10 to 0.24 seconds",
        rules::the_producer_makes_one_job_after_another,
    )
    .also(&[
        "The producer makes a job first, and then looks for room.",
        "Then the producer begins with the next job.",
    ]),
    Rule::new(
        "a queue holds its capacity",
        "never do more than `--capacity` jobs wait in the queue.",
        rules::a_queue_holds_its_capacity,
    )
    .also(&["From \"Added\" to \"Took\" a job waits there."])
    // Where one too many waits, it was added too early.
    .part_of("a job is added when there is room"),
    Rule::new(
        "a job is added when there is room",
        "If there is room, the job is added at once.",
        rules::a_job_is_added_when_there_is_room,
    )
    .also(&["If not, it is added in the instant in which a worker takes one."]),
    Rule::new(
        "the oldest of the overdue goes first",
        "a job that has waited for so many milliseconds goes before all jobs that have not.",
        rules::the_oldest_of_the_overdue_goes_first,
    )
    .of(&["fix-2"])
    .also(&[
        "What has waited exactly so long may count or not.",
        "If several have waited so long, the one that has waited longest goes first.",
    ]),
    Rule::new(
        "the job that is due first goes first",
        "with `--deadlines`, when a worker takes a job, no job that is due earlier waits.",
        rules::the_job_that_is_due_first_goes_first,
    )
    .of(&["alter-2"]),
    Rule::new(
        "the highest priority goes first",
        "Among the jobs in the queue the highest priority still goes first.",
        rules::the_highest_priority_goes_first,
    )
    .also(&[
        "When a worker takes a job, only those count that were added *before* that instant.",
        "A job that somebody holds in hand for a worker that is still busy counts as waiting.",
    ]),
    Rule::new(
        "first come, first served",
        "when a worker takes a job, no job of a higher priority waits, and none of the same priority that was added earlier.",
        rules::first_come_first_served,
    )
    .of(&["alter-1"]),
    Rule::new(
        "nobody polls",
        "an idle worker waits at the queue: it does not look again and again.",
        rules::nobody_polls,
    ),
    Rule::new(
        "the overdue are called promoted",
        "once for each job that has waited so long when a worker takes it, whatever its priority is, and even if it would have been its turn anyway.",
        rules::the_overdue_are_called_promoted,
    )
    .of(&["fix-2"])
    .also(&[
        "It comes in the instant of its \"Took\" line, before or after it, with the same worker and the same priority.",
        "No other job is called promoted.",
        "With `--flood 30 --max-wait 1000` there are 26 such lines if Alter 1 is done too, job 7 is the first of them, and the longest wait is 1.8 seconds.",
    ]),
    Rule::new(
        "the last two lines tell the truth",
        "The last two lines stay as they are, and tell the truth.",
        rules::the_last_two_lines_tell_the_truth,
    ),
    Rule::new("the exit code", "with exit code 0.", rules::the_exit_code),
];

/// A run that does not end is refused in any case.
const ENDS: &[&str] = &["The program ends by itself, with exit code 0."];
