//! What must hold, told as tests.
//!
//! Right programs differ in which idle consumer takes a task, in who calls back, and in how they learn that
//! the job is over. So a test looks at which tasks were finished and called back, and when.

use exam::{Line, Run, Work, most_at_once, program, task};
use std::collections::BTreeMap;
use std::time::Duration;

const TASK: &str = "Task job id={job}: WorkTaskResult(id={id}, number={number}, exec={exec}, time_secs={s}, outcome={outcome})";
const FINISHED: &str = "[Consumer-{w}] Finished task {number}";
const UNDELIVERED: &str = "Undelivered: WorkTaskResult(id={id}, number={number}, exec={exec}, time_secs={s}, outcome={outcome})";
const QUEUE: &str = "Queue: peak depth {depth}, mean wait {s} s";
const COMPLETED: &str = "Job {job} completed: {done} done, {failed} failed, {undelivered} undelivered, elapsed_secs={s}";
const CANCELLED: &str = "Job {job} cancelled: {done} done, {failed} failed, {undelivered} undelivered, {cut} cut short, {rest} not begun, elapsed_secs={s}";

/// How long each task takes, in milliseconds, from the first on.
const TIMES: [u64; 30] = [
    852, 244, 769, 599, 547, 253, 876, 616, 805, 267, 507, 728, 637, 432, 700, 226, 661, 830, 838,
    822, 392, 200, 483, 212, 428, 412, 853, 779, 869, 764,
];

exam::as_given!("08-job-controller");
exam::finished!("08-job-controller");

#[task("alter-1", "a slow callback holds up no consumer")]
fn a_slow_callback_holds_up_no_consumer() {
    for (name, flags, tasks, slow, handlers, at_work) in [
        ("few_consumers", "--tasks 30 --workers 3", 30, 150, 5, 3),
        ("few_handlers", "--tasks 30 --workers 10 --handlers 2", 30, 600, 2, 10),
        ("one_handler", "--producers 4 --handlers 1", 10, 400, 1, 10),
    ] {
        let fast = program().flags(flags).run();
        let run = program().flags(flags).flag("--slow-callback", slow).run();
        run.each_once(FINISHED, "number", 1..=tasks);
        run.each_once(TASK, "number", 1..=tasks);

        let (expected, finished) = (instants(&fast, FINISHED), instants(&run, FINISHED));
        for number in 1..=tasks {
            let (expected, finished) = (expected.get(&number), finished[&number]);
            run.require_or(
                expected.is_none_or(|expected| *expected == finished),
                format!(
                    "finish task {number} at {}, as with a fast callback",
                    expected.map(|at| secs(*at)).unwrap_or_default()
                ),
                format!("finished it at {}", secs(finished)),
                "a consumer that waits for the callback, for a free handler, or for room in a result \
                 queue that is too short; or a callback that blocks the thread of all tasks",
            );
        }
        let works = works(&run);
        run.has_at_work(&works, at_work);
        run.workers_are_real(&works);

        let slow = Duration::from_millis(slow);
        let calls = run.lines(TASK).into_iter().map(|line| run.at(&line));
        let most = most_at_once(calls.map(|at| (at.saturating_sub(slow), at)));
        run.require_or(
            most <= handlers,
            format!("have no more than {handlers} callbacks at one time"),
            format!("had {most}"),
            "a callback that is started without waiting for a free handler",
        );
        calls_back_as_soon_as_a_handler_is_free(&run, handlers, slow);
        run.tells(&format!("alter_1_{name}"), &[FINISHED, TASK]);
        counts(&run, [tasks, 0, 0]);
        run.exits(0);
    }

    for schedule in 1..=20 {
        let flags = "--tasks 12 --workers 3 --handlers 2 --slow-callback 100";
        let run = program().flags(flags).schedule(schedule).run();
        run.each_once(FINISHED, "number", 1..=12);
        run.each_once(TASK, "number", 1..=12);
        counts(&run, [12, 0, 0]);
        run.exits(0);
    }
}

#[task("alter-2", "the queue tells its peak depth and the mean wait")]
fn the_queue_tells_its_peak_depth_and_the_mean_wait() {
    for (flags, tasks, peak, wait) in [
        ("--tasks 30 --workers 3", 30, 27, 2.539),
        ("--tasks 1000 --workers 10", 1000, 100, 5.262),
        ("--tasks 1000 --workers 50", 1000, 100, 0.995),
        ("--tasks 1000 --workers 1000", 1000, 2, 0.0),
        ("--tasks 300 --workers 10", 300, 100, 4.632),
        ("--tasks 300 --workers 10 --capacity 300", 300, 275, 7.733),
    ] {
        let run = program().flags(flags).run();
        run.exits(0);
        counts(&run, [tasks, 0, 0]);
        let line = run.one(QUEUE);
        // One may look at the depth before or after a send, and a producer may hold a task in its hand.
        let depth = line.number("depth").unwrap_or(f64::NAN);
        run.require_or(
            (f64::from(peak) - 2.5..f64::from(peak) + 3.5).contains(&depth),
            format!("tell a peak depth of about {peak}"),
            format!("printed `{}`", line.text),
            "tasks at work that are counted as waiting, a depth that is looked at too seldom or at the \
             end, or a queue that holds more or fewer than --capacity",
        );
        // The time in which a producer waits for room may count or not.
        let told = line.number("s").unwrap_or(f64::NAN);
        run.require_or(
            (told - wait).abs() <= 0.01 + 0.05 * wait,
            format!("tell a mean wait of about {wait:.3} s"),
            format!("printed `{}`", line.text),
            "a wait that begins or ends at another moment, a sum in place of a mean, or time of the \
             wall clock",
        );
        comes_before(&run, &line, &run.one(COMPLETED));
    }
}

#[task("alter-3", "a task may be too slow, and a job may be cancelled")]
fn a_task_may_be_too_slow_and_a_job_may_be_cancelled() {
    for (name, flags, limit, tasks) in [
        ("limit_500", "--limit 500", 500, 10),
        ("limit_400", "--limit 400 --tasks 30 --workers 3", 400, 30),
    ] {
        let run = program().flags(flags).run();
        run.each_once(TASK, "number", 1..=tasks);
        for line in run.lines(TASK) {
            let number = number(&line);
            let slow = millis(number) > limit;
            let should = if slow { "failed (over the limit)" } else { "a value" };
            run.require(
                (line.get("outcome") == "failed (over the limit)") == slow,
                format!("have the outcome of task {number}: {should}"),
                format!("printed `{}`", line.text),
            );
        }
        if name == "limit_500" {
            ends_at_the_limit(&run, Duration::from_millis(limit));
        }
        run.tells(&format!("alter_3_{name}"), &[TASK]);
        let late = (1..=tasks).filter(|number| millis(*number) > limit).count();
        counts(&run, [tasks - late, late, 0]);
        run.exits(1);
    }

    for (tasks, workers, after, done) in [
        (30, 5, 500, vec![2]),
        (30, 3, 1500, vec![1, 2, 3, 4, 5, 6]),
        // It is cancelled while the producers still look for tasks.
        (30, 25, 97, vec![]),
    ] {
        let run = program().flag("--tasks", tasks).flag("--workers", workers);
        let run = run.flag("--cancel-after", after).run();
        let cut = tells_what_was_cancelled(&run, tasks, &done);
        let summary = run.one(CANCELLED);
        for line in run.lines(TASK).iter().chain([&summary]) {
            let late = run.at(line).saturating_sub(Duration::from_millis(after));
            run.require_or(
                late <= Duration::from_millis(20),
                format!("be over soon after {}", secs(Duration::from_millis(after))),
                format!("printed `{}` at {}", line.text, secs(run.at(line))),
                "tasks that run to their end, or tasks that are begun after the job was cancelled",
            );
        }
        if workers < 25 {
            let did = format!("cut short {cut}");
            run.require_or(
                cut == workers,
                "cut short the task of each consumer, and no other",
                did,
                "a queue that is emptied after the consumers hear of it, or not at all",
            );
        }
        run.exits(1);
    }

    // What was finished before, and waits for its callback, is called back as well.
    let flags = "--tasks 30 --workers 3 --handlers 1 --slow-callback 700 --cancel-after 1500";
    let run = program().flags(flags).run();
    let mut done: Vec<usize> =
        run.lines(TASK).iter().filter(|line| !is_cut(line)).map(number).collect();
    done.sort();
    tells_what_was_cancelled(&run, 30, &done);
    for line in run.lines(FINISHED) {
        let told = run.lines(TASK).iter().any(|other| number(other) == number(&line));
        let should = format!("call back for task {}, which was finished", number(&line));
        run.require_or(told, should, "did not", "results that are thrown away with the job");
    }
    run.exits(1);

    let run = program().flags("--cancel-after 5000").run();
    run.exits(0);
    run.each_once(TASK, "number", 1..=10);
    counts(&run, [10, 0, 0]);
    let over = run.at(&run.one(COMPLETED));
    run.require_or(
        over < Duration::from_secs(1),
        "end as soon as the job is done",
        format!("ended at {}", secs(over)),
        "a wait for the moment of a cancellation that is not needed any more",
    );
}

#[task("fix-1", "a task that fails or panics has a result like any other")]
fn a_task_that_fails_or_panics_has_a_result() {
    for (flags, tasks, fail, panic) in [
        ("", 10, 0, 0),
        ("--panic 4", 10, 0, 4),
        ("--fail 3", 10, 3, 0),
        ("--tasks 30 --workers 3 --panic 7 --fail 5", 30, 5, 7),
        ("--tasks 30 --workers 3 --panic 1", 30, 0, 1),
        ("--tasks 30 --workers 3 --capacity 2 --fail 1", 30, 1, 0),
    ] {
        let run = program().flags(flags).run();
        let failed = has_results(&run, tasks, fail, panic);
        run.exits(i32::from(failed > 0));
        if flags.contains("--workers 3") {
            let works = run.works_lasting(TASK, time);
            run.has_at_work(&works, 3);
        }
    }

    for schedule in 1..=20 {
        let flags = "--tasks 12 --workers 2 --panic 3 --fail 4";
        let run = program().flags(flags).schedule(schedule).run();
        has_results(&run, 12, 4, 3);
        run.exits(1);
    }
}

#[task("fix-2", "a callback that panics hangs nothing and loses no result")]
fn a_callback_that_panics_loses_no_result() {
    for (flags, tasks, nth) in [
        ("", 10, 0),
        ("--panic-callback 4", 10, 4),
        ("--panic-callback 1 --slow-callback 50", 10, 1),
        ("--tasks 30 --workers 3 --panic-callback 2 --handlers 1", 30, 2),
        ("--tasks 30 --workers 3 --panic-callback 3", 30, 3),
    ] {
        let run = program().flags(flags).run();
        let undelivered = is_delivered_or_told(&run, tasks, nth);
        for line in run.lines(UNDELIVERED) {
            run.require_or(
                line.get("s") == format!("{:.3}", time(&line).as_secs_f64()),
                format!("tell how long task {} took", number(&line)),
                format!("printed `{}`", line.text),
                "a time that includes the callback, or a result that is not kept",
            );
        }
        run.exits(i32::from(undelivered > 0));
    }

    for schedule in 1..=20 {
        let flags = "--tasks 12 --workers 2 --panic-callback 2 --handlers 2 --slow-callback 100";
        let run = program().flags(flags).schedule(schedule).run();
        is_delivered_or_told(&run, 12, 2);
        run.exits(1);
    }
}

/// Asks that each task that is too slow ends at the limit: with 25 workers, all tasks begin as they did without it.
fn ends_at_the_limit(run: &Run, limit: Duration) {
    let unlimited = program().run();
    let without = instants(&unlimited, TASK);
    for line in run.lines(TASK) {
        let Some(at) = without.get(&number(&line)) else { continue };
        let due = *at - time(&line) + time(&line).min(limit);
        run.require_or(
            run.at(&line) == due,
            format!("end task {} at {}", number(&line), secs(due)),
            format!("printed its line at {}", secs(run.at(&line))),
            "a task that runs to its end and is called too slow then, or a limit that counts from \
             another moment",
        );
    }
}

/// Asks that handlers take the results in their order, each as soon as it is free.
fn calls_back_as_soon_as_a_handler_is_free(run: &Run, handlers: usize, slow: Duration) {
    let mut finished: Vec<_> = instants(run, FINISHED).into_iter().collect();
    finished.sort_by_key(|(_, at)| *at);
    let called_back = instants(run, TASK);
    let mut free = vec![Duration::ZERO; handlers];
    for (number, at) in finished {
        free.sort();
        let due = at.max(free[0]) + slow;
        free[0] = due;
        run.require_or(
            called_back[&number] == due,
            format!(
                "call back for task {number}, finished at {}, until {}: a handler is free then",
                secs(at),
                secs(due)
            ),
            format!("printed its line at {}", secs(called_back[&number])),
            "too few handlers, a lock around the callback, results that wait for one handler while \
             another is free, or results that are not taken in the order in which they came",
        );
    }
}

fn program() -> exam::Program {
    program!("08-job-controller")
}

/// Asks for one callback for each task with the outcome that it has to have, and tells how many failed.
fn has_results(run: &Run, tasks: usize, fail: usize, panic: usize) -> usize {
    run.each_once(TASK, "number", 1..=tasks);
    for line in run.lines(TASK) {
        let number = number(&line);
        let should = if every(panic, number) {
            "failed (panicked)"
        } else if every(fail, number) {
            "failed (no answer)"
        } else {
            &value(number)
        };
        run.require(
            line.get("outcome") == should,
            format!("have the outcome of task {number}: {should}"),
            format!("printed `{}`", line.text),
        );
    }
    let failed = (1..=tasks).filter(|number| every(fail, *number) || every(panic, *number)).count();
    counts(run, [tasks - failed, failed, 0]);
    failed
}

/// Asks that each result is called back or told, and tells how many were not called back.
fn is_delivered_or_told(run: &Run, tasks: usize, nth: usize) -> usize {
    let (lost, delivered): (Vec<usize>, Vec<usize>) =
        (1..=tasks).partition(|number| every(nth, *number));
    run.each_once(TASK, "number", delivered);
    run.each_once(UNDELIVERED, "number", &lost);
    let finished = run.lines(FINISHED).len();
    run.require(finished == tasks, format!("finish {tasks} tasks"), format!("finished {finished}"));
    for line in run.lines(UNDELIVERED) {
        let exec = if number(&line).is_multiple_of(3) { "price" } else { "sleep" };
        run.require_or(
            line.get("exec") == exec && line.get("outcome") == value(number(&line)),
            format!("print the result of task {} as it is", number(&line)),
            format!("printed `{}`", line.text),
            "a result that is not kept",
        );
    }
    counts(run, [tasks, 0, lost.len()]);
    lost.len()
}

/// Asks that all that was begun is called back, and that the last line tells the rest; and tells how many
/// were cut short.
fn tells_what_was_cancelled(run: &Run, tasks: usize, done: &[usize]) -> usize {
    let (cut, ended): (Vec<Line>, Vec<Line>) = run.lines(TASK).into_iter().partition(is_cut);
    let mut numbers: Vec<usize> = ended.iter().map(number).collect();
    numbers.sort();
    run.require(
        numbers == done,
        format!("call back for the tasks that were done: {done:?}"),
        format!("called back for {numbers:?}"),
    );
    let begun = done.len() + cut.len();
    run.require_or(
        run.lines(TASK).iter().map(number).collect::<std::collections::BTreeSet<_>>().len()
            == begun,
        "call back once for each task that was begun",
        "called back twice for one of them",
        "a task that is cut short, and done all the same",
    );
    let summary = run.one(CANCELLED);
    let told = ["done", "failed", "undelivered", "cut", "rest"].map(|count| summary.get(count));
    let expected = [done.len(), 0, 0, cut.len(), tasks - begun].map(|count| count.to_string());
    run.require_or(
        told == expected.each_ref().map(String::as_str),
        format!(
            "tell {} done, 0 failed, 0 undelivered, {} cut short, {} not begun",
            expected[0], expected[3], expected[4]
        ),
        format!("printed `{}`", summary.text),
        "a task that is counted twice or not at all",
    );
    is_last(run, &summary);
    cut.len()
}

fn is_cut(line: &Line) -> bool {
    line.get("outcome") == "cut short"
}

/// Asks what the last line counts: done, failed, undelivered.
fn counts(run: &Run, [done, failed, undelivered]: [usize; 3]) {
    let summary = run.one(COMPLETED);
    let told = ["done", "failed", "undelivered"].map(|count| summary.get(count).to_owned());
    run.require(
        told == [done, failed, undelivered].map(|count| count.to_string()),
        format!("count {done} done, {failed} failed, {undelivered} undelivered"),
        format!("printed `{}`", summary.text),
    );
    is_last(run, &summary);
}

fn is_last(run: &Run, summary: &Line) {
    let last = run.stdout().lines().last().unwrap_or_default();
    run.require_or(
        summary.text == last,
        format!("print `{}` last", summary.text),
        format!("printed `{last}` after it"),
        "a job that is called over while a callback is still to be made",
    );
}

fn every(nth: usize, number: usize) -> bool {
    nth > 0 && number.is_multiple_of(nth)
}

/// What a task gives that goes well.
fn value(number: usize) -> String {
    if number.is_multiple_of(3) {
        format!("{} EUR", 7500 + 137 * number)
    } else {
        "slept".to_owned()
    }
}

/// The number of a task.
fn number(line: &Line) -> usize {
    line.get("number").parse().unwrap_or(0)
}

fn millis(number: usize) -> u64 {
    TIMES.get(number.wrapping_sub(1)).copied().unwrap_or(0)
}

fn time(line: &Line) -> Duration {
    Duration::from_millis(millis(number(line)))
}

fn secs(at: Duration) -> String {
    format!("{:.3} s", at.as_secs_f64())
}

/// When a line was printed for each task.
fn instants(run: &Run, pattern: &str) -> BTreeMap<usize, Duration> {
    run.lines(pattern).iter().map(|line| (number(line), run.at(line))).collect()
}

/// What was worked on.
fn works(run: &Run) -> Vec<Work> {
    run.works_lasting(FINISHED, time)
}

/// Asks for two lines in this order.
fn comes_before(run: &Run, one: &Line, other: &Line) {
    let place = |line: &Line| run.stdout().lines().position(|text| text == line.text);
    run.require(
        place(one) < place(other),
        format!("print `{}` before `{}`", one.text, other.text),
        "printed it after",
    );
}
