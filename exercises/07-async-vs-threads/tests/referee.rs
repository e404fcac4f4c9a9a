//! What the brief promises, as rules that hold for a run under any flags.

mod account;
mod rules;

use account::{Account, Flags, Kind, Pool};
use exam::referee::{Flag, Referee, Rule, Setting, Tasks};

pub(crate) const REFEREE: Referee<Account> = Referee {
    flags: FLAGS,
    fits,
    account: Account::of,
    lines: account::LINES,
    rules: RULES,
    ends: &[],
    frees: FREES,
    drawn: 20,
    crowds: (4, 4),
};

const FLAGS: &[Flag] = &[
    Flag::value("--pool", "tokio", &["threads", "tokio", "tasks"]),
    Flag::value("--work", "io", &["cpu", "mixed", "mixed"]),
    Flag::value("--workers", "4", &["1", "2", "3", "5", "8", "20", "60"]).beside("--jobs 300"),
    Flag::value("--jobs", "12", &["1", "2", "5", "30", "60"]),
    Flag::value("--cores", "4", &["1", "2", "3", "8", "32"]).beside("--jobs 300 --workers 300"),
    Flag::optional("--blocking", &["1", "2", "3", "4", "7"]).of("fix-1").beside("--jobs 300"),
    Flag::optional("--max-threads", &["1", "2", "3", "5", "7"])
        .of("fix-2")
        .beside("--pool threads --workers 300 --jobs 300")
        .left_out_with("--pool threads --workers 300 --jobs 300"),
];

/// Each task has its pool, and what holds up the executor is promised by the tasks that are about that.
fn fits(setting: &Setting, tasks: &Tasks) -> bool {
    let flags = Flags::of(setting);
    let pool = match tasks.asked {
        "alter-1" => Pool::Tasks,
        "fix-2" => Pool::Threads,
        _ => Pool::Tokio,
    };
    let is_asked = match tasks.asked {
        "alter-2" => flags.has(Kind::Hash),
        "fix-1" => flags.has(Kind::File),
        _ => true,
    };
    // What computes or reads holds up nobody on tasks either, once these are a pool of their own.
    let on_tasks = pool == Pool::Tokio && flags.pool == Pool::Tasks && tasks.done("alter-1");
    (flags.pool == pool || on_tasks)
        && is_asked
        && (pool == Pool::Threads || tasks.done("alter-2") || !flags.has(Kind::Hash))
        && (pool == Pool::Threads || tasks.done("fix-1") || !flags.has(Kind::File))
        && (pool == Pool::Threads || !setting.is_set("--max-threads"))
}

const RULES: &[Rule<Account>] = &[
    Rule::new(
        "each job is done once",
        "A line says when a job was done, since the program's start.",
        rules::each_job_is_done_once,
    ),
    Rule::new(
        "each line tells its task",
        "The actor is `Task-` and the job's number, and it is a task of its own.",
        rules::each_line_tells_its_task,
    )
    .also(&["`[Task-7] Done: request_7 at 0.708 seconds, 0.000 seconds late`."]),
    Rule::new(
        "each worker does one job at a time",
        "The same pool of workers twice: on threads (std and crossbeam-channel) and on tasks (tokio and async-channel).",
        rules::each_worker_does_one_job_at_a_time,
    ),
    Rule::new(
        "each job takes its time",
        "Each job has a time of its own, between 0.1 and 0.4 seconds, which depends on its number alone.",
        rules::each_job_takes_its_time,
    ),
    Rule::new(
        "no more than there are workers",
        "and never more than `--workers` of them at work",
        rules::no_more_than_there_are_workers,
    )
    .also(&["so `main` does no jobs beside them."]),
    Rule::new(
        "a hash waits for a core alone",
        "So as many compute at once as there are cores and workers for.",
        rules::a_hash_waits_for_a_core_alone,
    )
    .also(&[
        "The hashes are still computed, by `work`: no more of them at one time than there are cores.",
    ]),
    Rule::new(
        "each job begins when it can",
        "a job begins as soon as one of those before it has ended, so all jobs are done at the same instants.",
        rules::each_job_begins_when_it_can,
    )
    .also(&[
        "with no more workers than cores, the same lines at the same instants as with `--pool threads`, but for the workers' numbers.",
        "From then on it is a pool of five workers: the same lines at the same instants as with `--workers 5`",
    ]),
    Rule::new(
        "a task of its own",
        "The actor is `Task-` and the job's number, and it is a task of its own.",
        rules::a_task_of_its_own,
    )
    .of(&["alter-1"]),
    Rule::new(
        "computed beside the executor",
        "Let the hashes be computed somewhere else, so that the tasks go on meanwhile.",
        rules::computed_beside_the_executor,
    )
    .of(&["alter-2"]),
    Rule::new(
        "read on a thread",
        "A file's time is spent in `read_file`, on a thread, and not in a sleep of a task.",
        rules::read_on_a_thread,
    )
    .of(&["fix-1"]),
    Rule::new(
        "each line tells when",
        "A line says when a job was done, since the program's start.",
        rules::each_line_tells_when,
    ),
    Rule::new(
        "each line tells how late",
        "It also says by how much the job was late: how much longer it took than its own time, from when its worker took it.",
        rules::each_line_tells_how_late,
    )
    .also(&[
        "each request has `0.000 seconds late` even then.",
        "So each line ends with `0.000 seconds late`.",
        "With `--pool tasks` it is the same, once Alter 1 is handed in.",
        "With `--pool tasks`, too, a file holds up nobody, once Alter 1 is handed in.",
    ]),
    Rule::new(
        "fewer threads are told",
        "`No more threads: 5 workers instead of 20`, once, on stdout, somewhere before the last line.",
        rules::fewer_threads_are_told,
    )
    .of(&["fix-2"])
    .also(&["If no thread was refused, there is no such line."]),
    Rule::new(
        "the last line counts",
        "The last line says how many jobs were at work at one time, at the most.",
        rules::the_last_line_counts,
    )
    .also(&[
        "Also the last line is the same, `Did 12 jobs in 0.935 seconds, at most 4 at once` with the default flags.",
        "The last line says `at most 5 at once`.",
    ]),
    Rule::new(
        "nobody polls",
        "A task that waits gives its thread to another task.",
        rules::nobody_polls,
    ),
    Rule::new("the exit code", "0.", rules::the_exit_code),
];

const FREES: &[&str] = &[
    "(A report of a deadlock is no end by itself.)",
    "It is not looked at whether a job waits for its permit as a task, or is made a task when it has one.",
];
