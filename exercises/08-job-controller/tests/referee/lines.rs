//! What the program says, line by line.

use super::account::Task;
use super::plan::Flags;
use exam::{Line, Run};

pub(super) const TITLE: &str = "--- Job controller ---";
pub(super) const STARTING: &str = "Starting Job {job}";
pub(super) const DONE: &str = "[Producer-{p}] Done — added {count} tasks";
pub(super) const FINISHED: &str = "[Consumer-{w}] Finished task {number}";
pub(super) const TASK: &str = "Task job id={job}: WorkTaskResult(id={id}, number={number}, exec={exec}, time_secs={s}, outcome={outcome})";
pub(super) const UNDELIVERED: &str = "Undelivered: WorkTaskResult(id={id}, number={number}, exec={exec}, time_secs={s}, outcome={outcome})";
pub(super) const QUEUE: &str = "Queue: peak depth {depth}, mean wait {s} s";
pub(super) const COMPLETED: &str = "Job {job} completed: {done} done, {failed} failed, {undelivered} undelivered, elapsed_secs={s}";
pub(super) const CANCELLED: &str = "Job {job} cancelled: {done} done, {failed} failed, {undelivered} undelivered, {cut} cut short, {rest} not begun, elapsed_secs={s}";

/// The lines that the program may print.
pub(super) const LINES: &[&str] =
    &[TITLE, STARTING, DONE, FINISHED, TASK, UNDELIVERED, QUEUE, COMPLETED, CANCELLED];

/// The lines by what they say.
pub(crate) struct Lines {
    pub(super) all: Vec<Line>,
    pub(super) starting: Vec<Line>,
    pub(super) done: Vec<Line>,
    pub(super) queue: Vec<Line>,
    pub(super) completed: Vec<Line>,
    pub(super) cancelled: Vec<Line>,
    /// Those that name a task that there is not.
    pub(super) strange: Vec<Line>,
}

impl Lines {
    /// The lines, and the tasks with those that tell of them.
    pub(super) fn of(run: &Run, flags: &Flags) -> (Lines, Vec<Task>) {
        let mut tasks: Vec<Task> = flags.plans().into_iter().map(Task::planned).collect();
        let mut strange = Vec::new();
        for pattern in [FINISHED, TASK, UNDELIVERED] {
            for line in run.lines(pattern) {
                let number = line.get("number").parse().unwrap_or(0_usize);
                match number.checked_sub(1).and_then(|place| tasks.get_mut(place)) {
                    Some(task) if pattern == FINISHED => task.finished.push(line),
                    Some(task) if pattern == TASK => task.called_back.push(line),
                    Some(task) => task.undelivered.push(line),
                    None => strange.push(line),
                }
            }
        }
        let lines = Lines {
            all: run.all_lines().to_vec(),
            starting: run.lines(STARTING),
            done: run.lines(DONE),
            queue: run.lines(QUEUE),
            completed: run.lines(COMPLETED),
            cancelled: run.lines(CANCELLED),
            strange,
        };
        (lines, tasks)
    }
}
