//! What the brief promises, as rules that hold for a run under any flags.

mod account;
mod ending;
mod lines;
mod moments;
mod plan;
mod results;
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
    drawn: 13,
    crowds: (3, 2),
};

const FLAGS: &[Flag] = &[
    Flag::value("--tasks", "10", &["1", "2", "3", "9", "30", "30", "60"]),
    Flag::value("--producers", "2", &["1", "1", "2", "3", "5", "40"]).beside("--tasks 300"),
    Flag::value("--workers", "25", &["1", "2", "3", "3", "5", "10"])
        .beside("--tasks 300 --handlers 1 --slow-callback 1000"),
    Flag::value("--capacity", "100", &["1", "1", "2", "5", "30"]).beside("--tasks 400 --workers 1"),
    Flag::value("--seed", "102", &["1", "2", "3", "44", "555"]),
    Flag::value("--slow-callback", "0", &["50", "150", "1000", "2500"]),
    Flag::value("--handlers", "5", &["1", "1", "2", "3", "8", "40"])
        .of("alter-1")
        .beside("--tasks 300 --workers 100 --slow-callback 1000"),
    Flag::optional("--fail", &["1", "2", "3", "4", "5"]).of("fix-1").beside("--tasks 300"),
    Flag::optional("--panic", &["1", "2", "3", "4", "7"]).of("fix-1").beside("--tasks 300"),
    Flag::optional("--panic-callback", &["1", "2", "2", "3", "4", "6"])
        .of("fix-2")
        .beside("--tasks 300"),
    Flag::optional("--limit", &["1", "150", "250", "400", "500", "650", "899", "1500"])
        .of("alter-3"),
    Flag::optional(
        "--cancel-after",
        &["1", "40", "97", "300", "501", "901", "1500", "5000", "60000"],
    )
    .of("alter-3"),
];

/// All that the flags can say is promised. But of many producers that a cancellation stops, and that never say who
/// they are, nobody can tell which is which.
fn fits(setting: &Setting, _tasks: &Tasks) -> bool {
    setting.number("--producers") <= 5 || setting.maybe("--cancel-after").is_none()
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "the job is named",
        "The lines that the program prints now stay as they are, if the task says nothing else.",
        rules::the_job_is_named,
    ),
    Rule::new(
        "each task is searched for",
        "A producer needs 3 to 11 milliseconds to find a task",
        rules::each_task_is_searched,
    ),
    Rule::new(
        "each task has one callback",
        "each task has one \"Task job id=…\" line.",
        results::each_task_has_one_callback,
    )
    .also(&[
        "for each callback that panicked, once, on standard output, `Undelivered: WorkTaskResult(id=…, number=4, exec=sleep, time_secs=0.599, outcome=slept)`",
        "All other tasks have their \"Task job id=…\" line",
        "A task that is not begun has none.",
    ]),
    Rule::new(
        "each result is what it was",
        "Its outcome is `outcome=failed (no answer)` if the function gave the error `no answer`, and `outcome=failed (panicked)` if it panicked; for all others it is what it was.",
        results::each_result_is_what_it_was,
    )
    .also(&[
        "`outcome=failed (over the limit)`",
        "A task that is cut short has one with `outcome=cut short`",
        "with the result as it is.",
    ]),
    Rule::new(
        "each result tells its time",
        "`time_secs` is how long the task ran",
        results::each_result_tells_its_time,
    )
    .also(&["with `time_secs=0.500`"]),
    Rule::new(
        "finished is told when it is",
        "\"Finished\" when a task's function has returned",
        results::finished_is_told_when_it_is,
    )
    .also(&["and all have \"Finished\"."]),
    Rule::new(
        "a producer is done with its last task",
        "\"Done\" of a producer comes when its last task is in the queue",
        rules::a_producer_is_done_with_its_last_task,
    )
    .also(&[
        "A producer that was stopped says \"Done\" with the number that it had added, or nothing.",
    ]),
    Rule::new(
        "each callback has its time",
        "\"Task job id=…\" is printed by the callback, at its end",
        results::each_callback_has_its_time,
    )
    .also(&[
        "Each task has one \"Task job id=…\" line, 0.3 seconds (or what the flag says) after a handler took its result.",
    ]),
    Rule::new(
        "a callback is on a thread",
        "So they are called with `spawn_blocking`, on a thread where that holds up no task",
        results::a_callback_is_on_a_thread,
    )
    .also(&["That matters for the job's callback too: a program may have more to do than one job."]),
    Rule::new(
        "no callback is called again",
        "The callback is not called again.",
        results::no_callback_is_called_again,
    ),
    Rule::new(
        "a consumer does one task at a time",
        "There are 25 workers (`--workers`), and each is a `Consumer`: it takes a task, runs it, and calls back with its result.",
        rules::a_consumer_does_one_task_at_a_time,
    ),
    Rule::new(
        "nobody is idle while a task waits",
        "As many tasks as there are workers are at work, to the end: a consumer that dies is replaced, or does not die.",
        rules::nobody_is_idle_while_a_task_waits,
    )
    .also(&["each \"Finished\" line comes at the same instant as without `--slow-callback`."]),
    Rule::new(
        "first come, first served",
        "Two producers put the tasks into a queue that holds 100 (`--capacity`).",
        rules::first_come_first_served,
    ),
    Rule::new(
        "the queue holds its capacity",
        "`--tasks`, `--workers`, `--producers` and `--capacity` go on to mean what they mean now.",
        rules::the_queue_holds_its_capacity,
    ),
    Rule::new(
        "a producer waits for a full queue alone",
        "Two producers put the tasks into a queue that holds 100 (`--capacity`).",
        rules::a_producer_waits_for_a_full_queue_alone,
    ),
    Rule::new(
        "handlers call back at once",
        "A handler takes results in the order in which they came, one at a time, and as soon as it is free.",
        results::handlers_call_back_at_once,
    )
    .of(&["alter-1"])
    .also(&[
        "The result is in the result queue at that instant too.",
        "So there are never more than `--handlers` callbacks at one time.",
    ]),
    Rule::new(
        "results in their order",
        "A handler takes results in the order in which they came",
        results::results_in_their_order,
    )
    .of(&["alter-1"]),
    Rule::new(
        "the result queue has a bound",
        "Give the result queue a bound, and make sure that 100 fit in.",
        results::the_result_queue_has_a_bound,
    )
    .of(&["alter-1"]),
    Rule::new(
        "the queue tells its peak",
        "*Peak depth* is the most tasks that lay in the queue at one time.",
        ending::the_queue_tells_its_peak,
    )
    .of(&["alter-2"])
    .also(&[
        "`Queue: peak depth 27, mean wait 2.539 s`, once, somewhere before the last line.",
        "These are the numbers for `--tasks 30 --workers 3`.",
        "so one or two more or fewer are right too.",
    ]),
    Rule::new(
        "the queue tells the mean wait",
        "*Mean wait* is the time from the moment when a producer has found the task (or, if you like, has put it into the queue) to the moment when a consumer takes it: the mean over all tasks that were taken, in seconds, with three decimals.",
        ending::the_queue_tells_the_mean_wait,
    )
    .of(&["alter-2"])
    .also(&["5 percent more or less are right too.", "If none was taken, it is 0.000."]),
    Rule::new(
        "a task is ended at the limit",
        "a task that is too slow has a callback like any other, at the limit",
        ending::a_task_is_ended_at_the_limit,
    )
    .of(&["alter-3"])
    .also(&["and counts as failed."]),
    Rule::new(
        "what is ended does not go on",
        "With `--limit 500` no task runs for longer than 500 milliseconds.",
        ending::what_is_ended_does_not_go_on,
    )
    .of(&["alter-3"]),
    Rule::new(
        "a cancelled job begins nothing",
        "Tasks at work are cut short, tasks in the queue are not begun, and producers stop.",
        ending::a_cancelled_job_begins_nothing,
    )
    .of(&["alter-3"]),
    Rule::new(
        "a cancelled job ends soon",
        "With fast callbacks, it comes within 20 milliseconds after the cancellation.",
        ending::a_cancelled_job_ends_soon,
    )
    .of(&["alter-3"]),
    Rule::new(
        "a completed job is not cancelled",
        "The job with `--cancel-after 5000` is completed before: it prints the lines of an ordinary job, and ends with them.",
        ending::a_completed_job_is_not_cancelled,
    )
    .also(&[
        "A job that has nothing left but callbacks when it is cancelled may be called completed or cancelled.",
    ])
    .of(&["alter-3"]),
    Rule::new(
        "the last line counts",
        "The last line counts the tasks",
        ending::the_last_line_counts,
    )
    .also(&[
        "The last line counts: `Job … completed: 8 done, 2 failed, 0 undelivered, …` with `--panic 4`.",
        "The last line counts: `Job … completed: 10 done, 0 failed, 2 undelivered, …` with `--panic-callback 4`.",
        "it counts as neither done nor failed.",
        "The last line of a job that was cancelled is `Job … cancelled: 6 done, 0 failed, 0 undelivered, 3 cut short, 21 not begun, elapsed_secs=1.500`.",
        "These are the numbers for `--tasks 30 --workers 3 --cancel-after 1500`.",
    ]),
    Rule::new(
        "the last line is the last",
        "`Job … completed: …` is the last line.",
        ending::the_last_line_is_the_last,
    ),
    Rule::new(
        "the job is over with its last callback",
        "All tasks and their callbacks together are a *job*.",
        ending::the_job_is_over_with_its_last_callback,
    )
    .also(&["`elapsed_secs` how long the job took."]),
    Rule::new(
        "nobody does anything else",
        "A consumer puts the result into it, and takes its next task.",
        rules::nobody_does_anything_else,
    )
    .also(&[
        "Think of the end before you write: when may the controller say that the job is completed, and who tells it?",
    ]),
    Rule::new("the exit code", "1 if a task failed, was cut short, or was not begun; else 0.", ending::the_exit_code)
        .also(&["1 if a task failed, else 0.", "1 if a result was not delivered, else 0."]),
];

/// A run that does not end is refused in any case.
const ENDS: &[&str] = &[];

const FREES: &[&str] = &[
    "Whether \"Finished\" is printed for a task that was ended is not looked at.",
    "`time_secs` of a failed task is not looked at.",
    "What falls on the very instant of a limit or of the cancellation may come before it or after it.",
];
