//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, GRACE, Moment, Task};
use super::plan::Fate;
use exam::referee::{Fault, Verdict, require};
use exam::{Actor, Line, most_at_once};
use std::collections::BTreeMap;
use std::time::Duration;

/// Peak depth may be looked at before or after a task is put in or taken.
const DEPTH_MORE: usize = 2;
/// How many results fit into the result queue in any case.
const ROOM: usize = 100;

pub(super) fn the_job_is_named(run: &Account) -> Verdict {
    let job = run.flags.job_id();
    let start = one(&run.lines.starting, account::STARTING)?;
    let title = run.lines.all.first().is_some_and(|line| line.text == account::TITLE);
    require(title, format!("print `{}` first", account::TITLE), "printed another line first")?;
    require(
        start.place == 1 && start.get("job") == job,
        format!("print `Starting Job {job}` next"),
        format!("printed `{}` as line {}", start.text, start.place + 1),
    )?;
    let called_back = run.tasks.iter().flat_map(|task| &task.called_back);
    let last = run.lines.completed.iter().chain(&run.lines.cancelled);
    for line in called_back.chain(last) {
        require(line.get("job") == job, format!("name the job {job}"), printed(line))?;
    }
    require(
        run.lines.strange.is_empty(),
        format!("tell of tasks 1 to {}", run.tasks.len()),
        run.lines.strange.first().map(printed).unwrap_or_default(),
    )
}

pub(super) fn each_task_is_searched(run: &Account) -> Verdict {
    for task in run.tasks.iter().filter(|task| task.was_begun()) {
        require(
            task.search.is_some(),
            format!("search {} for task {}", seconds(task.plan.search), task.number()),
            "had no producer that did so, once the task before it was added",
        )?;
    }
    Ok(())
}

pub(super) fn a_producer_is_done_with_its_last_task(run: &Account) -> Verdict {
    for producer in 1..=run.flags.producers {
        let batch = run.flags.batch(producer);
        let named = |line: &&Line| line.get("p") == producer.to_string();
        let told: Vec<&Line> = run.lines.done.iter().filter(named).collect();
        let tasks = || batch.iter().map(|number| &run.tasks[number - 1]);
        let last = tasks().map(|task| task.added).max().unwrap_or(Some(Duration::ZERO));
        let should = format!("print \"[Producer-{producer}] Done — added {} tasks\"", batch.len());
        let stopped = run
            .cancel
            .filter(|cancel| tasks().any(|task| task.added.is_none_or(|added| added >= *cancel)));
        let Some(cancel) = stopped else {
            require(told.len() == 1, format!("{should} once"), format!("printed {}", told.len()))?;
            require(
                told[0].get("count") == batch.len().to_string() && Some(told[0].at()) == last,
                format!("{should} when its last task is in the queue, at {}", at(last)),
                format!("printed `{}` at {}", told[0].text, seconds(told[0].at())),
            )?;
            continue;
        };
        require(
            told.len() <= 1,
            format!("call Producer-{producer}, which was stopped, done once at most"),
            format!("did so {} times", told.len()),
        )?;
        let (least, most) = (
            tasks().filter(|task| task.taken().is_some()).count(),
            tasks()
                .filter(|task| task.found().is_some_and(|found| found <= cancel + GRACE))
                .count(),
        );
        for line in told {
            let count = line.get("count").parse().unwrap_or(usize::MAX);
            require(
                (least..=most).contains(&count),
                format!("tell what Producer-{producer}, which was stopped, had added"),
                printed(line),
            )?;
        }
    }
    let strange = run.lines.done.iter().find(|line| {
        line.get("p").parse().is_ok_and(|producer: u64| producer > run.flags.producers)
    });
    require(
        strange.is_none(),
        format!("have {} producers", run.flags.producers),
        strange.map(printed).unwrap_or_default(),
    )
}

pub(super) fn each_task_has_one_callback(run: &Account) -> Verdict {
    for task in &run.tasks {
        let (called, lost) = (task.called_back.len(), task.undelivered.len());
        let number = task.number();
        let may_stay = task.possible.contains(&Fate::NotBegun);
        if task.plan.panics_callback {
            require(
                called == 0,
                format!("print no \"Task job id=…\" for task {number}, whose callback panics"),
                format!("printed {called}"),
            )?;
            require(
                lost == 1 || lost == 0 && may_stay,
                format!("print \"Undelivered: …\" once for task {number}, whose callback panics"),
                format!("printed {lost}"),
            )?;
        } else {
            require(
                lost == 0,
                format!("deliver the result of task {number}"),
                format!("printed {lost} lines \"Undelivered: …\" for it"),
            )?;
            require(
                called == 1 || called == 0 && may_stay,
                format!("print one \"Task job id=…\" line for task {number}"),
                format!("printed {called}"),
            )?;
        }
    }
    Ok(())
}

pub(super) fn each_result_is_what_it_was(run: &Account) -> Verdict {
    for task in &run.tasks {
        for line in task.told() {
            let number = task.number();
            let wanted: Vec<String> =
                task.possible.iter().map(|fate| task.plan.outcome(*fate)).collect();
            require(
                wanted.iter().any(|wanted| wanted == line.get("outcome")),
                format!("have the outcome of task {number}: {}", wanted[0]),
                printed(line),
            )?;
            require(
                line.get("id") == task.plan.id && line.get("exec") == task.plan.exec,
                format!(
                    "name task {number} as it is: id={}, exec={}",
                    task.plan.id, task.plan.exec
                ),
                printed(line),
            )?;
        }
    }
    Ok(())
}

pub(super) fn each_result_tells_its_time(run: &Account) -> Verdict {
    for task in &run.tasks {
        for line in task.told() {
            let ran = match (task.fate, task.work) {
                (Fate::Done, Some(work)) => work.to - work.from,
                (Fate::OverLimit, _) if !run.is_vague() => run.flags.limit.unwrap_or_default(),
                _ => continue,
            };
            require(
                tells(line.get("s"), ran),
                format!("tell time_secs={:.3} for task {}", ran.as_secs_f64(), task.number()),
                printed(line),
            )?;
        }
    }
    Ok(())
}

pub(super) fn finished_is_told_when_it_is(run: &Account) -> Verdict {
    for task in &run.tasks {
        let number = task.number();
        let told = task.finished.len();
        let is_sure = task.possible == [Fate::Done];
        require(
            told <= 1 && (told == 1 || !is_sure),
            format!("print \"Finished task {number}\" once"),
            format!("printed {told}"),
        )?;
        let Some(line) = task.finished.first() else { continue };
        require(
            task.was_begun(),
            format!("print no \"Finished\" for task {number}, which is not begun"),
            format!("printed `{}`", line.text),
        )?;
        require(
            !is_sure || task.work.is_some_and(|work| work.to == line.at()),
            format!(
                "print \"Finished task {number}\" when its function returns, {} after it was taken",
                seconds(task.plan.time)
            ),
            format!("printed it at {}", seconds(line.at())),
        )?;
    }
    Ok(())
}

pub(super) fn nobody_does_anything_else(run: &Account) -> Verdict {
    // A wait that is over at once is none.
    let stray = run.stray.iter().find(|sleep| sleep.to > sleep.from);
    require(
        stray.is_none(),
        "search, work and call back once for each task, and wait for the next thing in between",
        stray.map_or(String::new(), |sleep| {
            format!(
                "slept or worked from {} to {}, which is nobody's search, task or callback",
                seconds(sleep.from),
                seconds(sleep.to)
            )
        }),
    )
}

pub(super) fn first_come_first_served(run: &Account) -> Verdict {
    let mut tasks: Vec<&Task> = run.tasks.iter().filter(|task| task.added.is_some()).collect();
    tasks.sort_by_key(|task| task.added);
    // The latest that was taken, of those that had been added before this instant.
    let mut before: Option<&Task> = None;
    for group in tasks.chunk_by(|one, other| one.added == other.added) {
        for task in group {
            // What is not begun is taken after all others.
            let (Some(taken), Some(before)) = (task.taken(), before) else { continue };
            require(
                before.taken().is_some_and(|earlier| earlier <= taken),
                format!(
                    "take task {} from the queue before task {}",
                    before.number(),
                    task.number()
                ),
                format!("took it at {}, and the other at {}", at(before.taken()), seconds(taken)),
            )?;
        }
        let late = |task: &&Task| task.taken().unwrap_or(Duration::MAX);
        let latest = group.iter().copied().chain(before).max_by_key(late);
        before = latest;
    }
    Ok(())
}

pub(super) fn a_consumer_does_one_task_at_a_time(run: &Account) -> Verdict {
    let workers = run.flags.workers;
    let mut spans: BTreeMap<u64, Vec<(Duration, Duration)>> = BTreeMap::new();
    for task in &run.tasks {
        let Some(line) = task.finished.first() else { continue };
        let consumer = line.get("w").parse().unwrap_or(0);
        require(
            (1..=workers as u64).contains(&consumer),
            format!("have {workers} consumers"),
            printed(line),
        )?;
        let (Some(taken), Some(ended)) = (task.taken(), task.ended) else { continue };
        spans.entry(consumer).or_default().push((taken, ended));
    }
    for (consumer, spans) in spans {
        let most = most_at_once(spans.into_iter());
        require(
            most <= 1,
            "let each consumer run one task at a time",
            format!("had Consumer-{consumer} run {most} at once"),
        )?;
    }
    let most = run.moments.iter().max_by_key(|moment| moment.busy);
    let most = most.copied().unwrap_or_default();
    require(
        most.busy <= workers,
        format!("have no more than {workers} tasks at work at one time"),
        format!("had {} at {}", most.busy, seconds(most.at)),
    )
}

pub(super) fn nobody_is_idle_while_a_task_waits(run: &Account) -> Verdict {
    let workers = run.flags.workers;
    for moment in settled(run) {
        // With a full result queue, a consumer may wait for room there.
        if moment.results >= ROOM {
            return Ok(());
        }
        if moment.waiting > 0 && moment.busy < workers {
            let waits =
                |task: &&Task| is_within(moment.at, task.added, task.taken().or(run.cancel));
            let task = run.tasks.iter().find(waits);
            return Err(Fault::new(
                format!("let a free consumer take task {} at {}", number(task), seconds(moment.at)),
                match task.and_then(Task::taken) {
                    Some(taken) => format!(
                        "left it in the queue until {}, with {} of {workers} at work",
                        seconds(taken),
                        moment.busy
                    ),
                    None => {
                        format!("left it in the queue, with {} of {workers} at work", moment.busy)
                    }
                },
            ));
        }
    }
    Ok(())
}

pub(super) fn the_queue_holds_its_capacity(run: &Account) -> Verdict {
    let capacity = run.flags.capacity;
    let should = format!("let no more than {capacity} tasks wait in the queue");
    if let Some(depth) = run.depth {
        return require(depth <= capacity as u64, should, format!("let {depth} wait"));
    }
    // One more may be in a hand, on its way from the queue to a consumer.
    let most = run.moments.iter().find(|moment| moment.waiting > capacity + 1);
    require(
        most.is_none(),
        should,
        most.map_or(String::new(), |moment| {
            format!("let {} wait at {}", moment.waiting, seconds(moment.at))
        }),
    )
}

pub(super) fn a_producer_waits_for_a_full_queue_alone(run: &Account) -> Verdict {
    let capacity = run.flags.capacity;
    for moment in settled(run) {
        if moment.held > 0 && moment.waiting < capacity {
            let held = |task: &&Task| is_within(moment.at, task.found(), task.added.or(run.cancel));
            let task = run.tasks.iter().find(held);
            return Err(Fault::new(
                format!(
                    "add task {} at {}, when it is found and {} wait in a queue for {capacity}",
                    number(task),
                    seconds(moment.at),
                    moment.waiting
                ),
                format!("added it at {}", at(task.and_then(|task| task.added))),
            ));
        }
    }
    Ok(())
}

pub(super) fn each_callback_has_its_time(run: &Account) -> Verdict {
    let slow = run.flags.slow;
    for task in &run.tasks {
        let Some(line) = task.called_back.first() else { continue };
        require(
            task.call.is_some(),
            format!("call back for task {} for {}", task.number(), seconds(slow)),
            format!(
                "printed its line at {}, and nobody had called back so long",
                seconds(line.at())
            ),
        )?;
    }
    let made = run.tasks.iter().filter(|task| task.told().next().is_some()).count();
    require(
        slow.is_zero() || run.callbacks == made,
        format!("call back once for each of the {made} tasks that have a result"),
        format!("called back {} times", run.callbacks),
    )
}

pub(super) fn a_callback_is_on_a_thread(run: &Account) -> Verdict {
    let called_back = run.tasks.iter().filter_map(|task| task.called_back.first());
    // One who prints for all others tells nothing of who called back.
    let of_others: Vec<Actor> =
        run.lines.starting.iter().chain(&run.lines.done).map(Line::by).collect();
    for line in called_back.filter(|line| of_others.iter().any(|by| *by != line.by())) {
        require(
            line.by() != 0 && !run.tokio_tasks.contains(&line.by()),
            "call back on a thread where that holds up no task",
            format!("called back in a task: it printed `{}`", line.text),
        )?;
    }
    Ok(())
}

pub(super) fn no_callback_is_called_again(run: &Account) -> Verdict {
    let lost = run.tasks.iter().filter(|task| !task.undelivered.is_empty()).count();
    require(
        run.panics.len() == lost,
        format!("have {lost} callbacks that panic, each called once"),
        format!("had {} panics of callbacks", run.panics.len()),
    )
}

pub(super) fn handlers_call_back_at_once(run: &Account) -> Verdict {
    let handlers = run.flags.handlers;
    let most = run.moments.iter().max_by_key(|moment| moment.calls).copied().unwrap_or_default();
    require(
        most.calls <= handlers,
        format!("have no more than {handlers} callbacks at one time"),
        format!("had {} at {}", most.calls, seconds(most.at)),
    )?;
    for moment in &run.moments {
        if moment.results > 0 && moment.calls < handlers {
            let waits =
                |task: &&Task| is_within(moment.at, task.ended, task.call.map(|call| call.0));
            let task = run.tasks.iter().find(waits);
            let call = task.and_then(|task| task.call).map(|(from, _)| from);
            return Err(Fault::new(
                format!(
                    "let a free handler take the result of task {} at {}",
                    number(task),
                    seconds(moment.at)
                ),
                format!(
                    "called back from {} on, with {} of {handlers} handlers busy",
                    at(call),
                    moment.calls
                ),
            ));
        }
    }
    Ok(())
}

pub(super) fn results_in_their_order(run: &Account) -> Verdict {
    if run.moments.iter().any(|moment| moment.results >= ROOM) {
        return Ok(());
    }
    let mut results: Vec<(Duration, Duration, u64)> = run
        .tasks
        .iter()
        .filter_map(|task| Some((task.ended?, task.call?.0, task.number())))
        .collect();
    results.sort();
    let mut before: Option<(Duration, Duration, u64)> = None;
    for group in results.chunk_by(|one, other| one.0 == other.0) {
        for (_, call, number) in group {
            let Some((_, earlier, first)) = before else { continue };
            require(
                earlier <= *call,
                format!("take the result of task {first} before that of task {number}"),
                format!(
                    "called back for them from {} and from {} on",
                    seconds(earlier),
                    seconds(*call)
                ),
            )?;
        }
        before = group.iter().copied().chain(before).max_by_key(|(_, call, _)| *call);
    }
    Ok(())
}

pub(super) fn the_result_queue_has_a_bound(run: &Account) -> Verdict {
    let most = run.boundless.unwrap_or(0);
    require(
        most <= ROOM as u64,
        "give the result queue a bound",
        format!("let {most} results wait in a queue that has none"),
    )
}

pub(super) fn the_queue_tells_its_peak(run: &Account) -> Verdict {
    let line = one(&run.lines.queue, account::QUEUE)?;
    let last = run.lines.all.len() - 1;
    require(line.place < last, format!("print `{}` before the last line", line.text), "did not")?;
    let low = run.moments.iter().map(|moment| moment.waiting).max().unwrap_or(0);
    let before = [Moment::default()];
    let before = before.iter().chain(&run.moments);
    let at_once = before.zip(&run.moments).map(|(before, now)| before.waiting + now.put);
    let high = at_once.max().unwrap_or(0).min(run.flags.capacity).max(low);
    let high = run.depth.map_or(high, |depth| depth as usize);
    let told = line.get("depth").parse().unwrap_or(usize::MAX);
    require(
        (low.saturating_sub(DEPTH_MORE)..=high + DEPTH_MORE).contains(&told),
        format!("tell a peak depth of {high}, or one or two more or fewer"),
        printed(line),
    )
}

pub(super) fn the_queue_tells_the_mean_wait(run: &Account) -> Verdict {
    let line = one(&run.lines.queue, account::QUEUE)?;
    let told = line.number("s").unwrap_or(f64::NAN);
    let digits = line.get("s").split_once('.').map_or(0, |(_, digits)| digits.len());
    require(digits == 3, "tell the mean wait with three decimals", printed(line))?;
    let taken = || run.tasks.iter().filter_map(|task| Some((task, task.taken()?)));
    let count = taken().count() as f64;
    // What falls on the instant of the cancellation may have been taken or not.
    let is_unsure = |task: &Task| task.fate == Fate::Cut && task.taken() == run.cancel;
    if run.tasks.iter().any(is_unsure)
        || run.tasks.iter().any(|task| task.work.is_none() && task.was_begun())
    {
        return Ok(());
    }
    let mean = |since: fn(&Task) -> Option<Duration>| {
        let waits = taken().map(|(task, taken)| taken - since(task).unwrap_or(taken).min(taken));
        waits.sum::<Duration>().as_secs_f64() / count.max(1.0)
    };
    let means = [mean(Task::found), mean(|task| task.added)];
    require(
        means.iter().any(|mean| (told - mean).abs() <= 0.0011),
        format!("tell a mean wait of {:.3} s", means[0]),
        printed(line),
    )
}

pub(super) fn a_task_is_ended_at_the_limit(run: &Account) -> Verdict {
    if run.is_vague() {
        return Ok(());
    }
    for task in run.tasks.iter().filter(|task| task.fate == Fate::OverLimit) {
        let (Some(ended), Some((call, _))) = (task.ended, task.call) else { continue };
        let is_free = |moment: &&Moment| {
            (ended..call).contains(&moment.at)
                && (!run.flags.has_handlers || moment.calls < run.flags.handlers)
        };
        require(
            !run.moments.iter().any(|moment| is_free(&moment)),
            format!("call back for task {} at the limit, at {}", task.number(), seconds(ended)),
            format!("called back from {} on", seconds(call)),
        )?;
    }
    Ok(())
}

pub(super) fn what_is_ended_does_not_go_on(run: &Account) -> Verdict {
    if run.is_vague() {
        return Ok(());
    }
    for task in &run.tasks {
        let (Some(work), Some(ended)) = (task.work, task.ended) else { continue };
        let is_ended = matches!(task.fate, Fate::OverLimit | Fate::Cut) && ended < work.to;
        // Who does something else besides goes on with that.
        let alone =
            run.tasks.iter().filter(|other| other.work.is_some_and(|other| other.by == work.by));
        let speaks = run.lines.all.iter().any(|line| line.by() == work.by);
        if !is_ended || speaks || alone.count() > 1 {
            continue;
        }
        let end = run.ends.get(&work.by);
        require(
            end.is_none_or(|end| *end < work.to),
            format!("end task {}, which is {}", task.number(), word(task.fate)),
            format!("let it go on until {}", seconds(work.to)),
        )?;
    }
    Ok(())
}

pub(super) fn a_cancelled_job_begins_nothing(run: &Account) -> Verdict {
    let Some(cancel) = run.cancel else { return Ok(()) };
    for task in &run.tasks {
        let begins = [("run", task.work), ("search", task.search)];
        for (what, sleep) in begins {
            let Some(sleep) = sleep.filter(|sleep| sleep.from > cancel) else { continue };
            return Err(Fault::new(
                format!("begin nothing after {}, when the job is cancelled", seconds(cancel)),
                format!("began to {what} task {} at {}", task.number(), seconds(sleep.from)),
            ));
        }
    }
    if run.is_vague() {
        return Ok(());
    }
    // A consumer that is free at that very instant may take one more.
    let free_then = |task: &&Task| {
        task.taken().is_some_and(|taken| taken < cancel)
            && task.ended == Some(cancel)
            && task.fate != Fate::Cut
    };
    let found_then = run.tasks.iter().filter(|task| task.added == Some(cancel)).count();
    let may = run.tasks.iter().filter(free_then).count() + found_then;
    let begun = |task: &&Task| task.fate == Fate::Cut && task.taken().is_none_or(|at| at >= cancel);
    let begun: Vec<&Task> = run.tasks.iter().filter(begun).collect();
    require(
        begun.len() <= may,
        "begin no task that is in the queue when the job is cancelled",
        format!(
            "called back for {} of them, task {} for one",
            begun.len(),
            number(begun.first().copied())
        ),
    )
}

pub(super) fn a_cancelled_job_ends_soon(run: &Account) -> Verdict {
    let Some(cancel) = run.cancel.filter(|_| !run.is_vague()) else { return Ok(()) };
    for task in run.tasks.iter().filter(|task| task.fate == Fate::Cut) {
        let Some((call, _)) = task.call else { continue };
        require(
            call >= cancel,
            format!("cut task {} short at {}", task.number(), seconds(cancel)),
            format!("called back for it at {}", seconds(call)),
        )?;
        let handlers = if run.flags.has_handlers { run.flags.handlers } else { 0 };
        let is_free = |moment: &Moment| {
            (cancel + GRACE..call).contains(&moment.at) && moment.calls < handlers
        };
        require(
            !run.moments.iter().any(is_free) || !run.flags.has_handlers,
            format!("cut task {} short at {}", task.number(), seconds(cancel)),
            format!("called back for it at {}", seconds(call)),
        )?;
    }
    Ok(())
}

pub(super) fn the_last_line_is_the_last(run: &Account) -> Verdict {
    let line = last_line(run)?;
    let last = run.lines.all.last().map_or("", |line| line.text.as_str());
    require(
        line.place + 1 == run.lines.all.len(),
        format!("print `{}` last", line.text),
        format!("printed `{last}` after it"),
    )
}

pub(super) fn the_job_is_over_with_its_last_callback(run: &Account) -> Verdict {
    let line = last_line(run)?;
    let latest = match run.cancel {
        Some(cancel) if !run.lines.cancelled.is_empty() => run.over.max(cancel) + GRACE,
        _ => run.over,
    };
    require(
        (run.over..=latest).contains(&line.at()),
        format!(
            "be over at {}, with the last callback",
            seconds(latest.min(run.over.max(run.cancel.unwrap_or_default())))
        ),
        format!("printed `{}` at {}", line.text, seconds(line.at())),
    )?;
    let told = line.get("s");
    let tells_it = tells(told, line.at())
        || told.parse().is_ok_and(|told: f64| {
            (run.over.as_secs_f64() - 0.001..=line.at().as_secs_f64() + 0.001).contains(&told)
        });
    require(tells_it, format!("tell elapsed_secs={:.3}", line.at().as_secs_f64()), printed(line))
}

pub(super) fn the_last_line_counts(run: &Account) -> Verdict {
    let line = last_line(run)?;
    let count = |is_so: &dyn Fn(&Task) -> bool| {
        run.tasks.iter().filter(|task| is_so(task)).count().to_string()
    };
    let done = count(&|task| task.fate == Fate::Done);
    let failed = count(&|task| task.fate.is_failed());
    let lost = count(&|task| task.plan.panics_callback && task.was_begun());
    let told = [line.get("done"), line.get("failed"), line.get("undelivered")];
    require(
        told == [&done, &failed, &lost],
        format!("count {done} done, {failed} failed, {lost} undelivered"),
        printed(line),
    )?;
    let (cut, rest) =
        (count(&|task| task.fate == Fate::Cut), count(&|task| task.fate == Fate::NotBegun));
    if let [line] = run.lines.cancelled.as_slice() {
        return require(
            [line.get("cut"), line.get("rest")] == [&cut, &rest],
            format!("count {cut} cut short, {rest} not begun"),
            printed(line),
        );
    }
    require(
        cut == "0" && rest == "0",
        format!("call the job cancelled: {cut} were cut short, {rest} not begun"),
        printed(line),
    )
}

pub(super) fn a_completed_job_is_not_cancelled(run: &Account) -> Verdict {
    let over = run.tasks.iter().filter_map(|task| task.call.map(|(_, to)| to)).max();
    let is_too_late = run.cancel.is_none_or(|cancel| over.is_some_and(|over| over < cancel));
    let all = run.tasks.iter().all(|task| !matches!(task.fate, Fate::Cut | Fate::NotBegun));
    require(
        run.lines.cancelled.is_empty() || !(is_too_late && all),
        "call a job completed that is over before it is cancelled",
        run.lines.cancelled.first().map(printed).unwrap_or_default(),
    )
}

pub(super) fn nobody_polls(run: &Account) -> Verdict {
    let place = run.spins.first();
    require(
        place.is_none(),
        "wait where there is nothing to do",
        format!("asked again and again at {}", place.map_or("", String::as_str)),
    )
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    let bad = |task: &Task| task.fate != Fate::Done || task.plan.panics_callback;
    let code = i32::from(run.tasks.iter().any(bad));
    let did = match run.code {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    };
    require(run.code == Some(code), format!("end with exit code {code}"), did)
}

/// The moments up to the cancellation, as far as it is known when tasks end.
fn settled(run: &Account) -> impl Iterator<Item = &Moment> {
    let stop = run.cancel.unwrap_or(Duration::MAX);
    run.moments.iter().filter(move |moment| moment.at < stop && !run.is_vague())
}

fn is_within(now: Duration, from: Option<Duration>, to: Option<Duration>) -> bool {
    from.is_some_and(|from| from <= now) && to.is_none_or(|to| now < to)
}

/// The line that tells the end of the job.
fn last_line(run: &Account) -> Result<&Line, Fault> {
    if run.lines.completed.is_empty() && run.flags.cancel.is_some() {
        return one(&run.lines.cancelled, account::CANCELLED);
    }
    if !run.lines.completed.is_empty() && !run.lines.cancelled.is_empty() {
        return Err(Fault::new("call a job completed or cancelled", "called it both"));
    }
    one(&run.lines.completed, account::COMPLETED)
}

/// The only line of its kind.
fn one<'a>(lines: &'a [Line], pattern: &str) -> Result<&'a Line, Fault> {
    match lines {
        [line] => Ok(line),
        _ => Err(Fault::new(
            format!("print one line `{pattern}`"),
            format!("printed {}", lines.len()),
        )),
    }
}

/// Whether a number of seconds with three digits tells this time.
fn tells(told: &str, time: Duration) -> bool {
    let digits = told.split_once('.').map_or(0, |(_, digits)| digits.len());
    let told: f64 = told.parse().unwrap_or(f64::NAN);
    digits == 3 && (told - time.as_secs_f64()).abs() <= 0.0011
}

fn number(task: Option<&Task>) -> u64 {
    task.map_or(0, Task::number)
}

fn printed(line: &Line) -> String {
    format!("printed `{}`", line.text)
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

fn at(time: Option<Duration>) -> String {
    time.map_or("no time".to_owned(), seconds)
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::OverLimit => "over the limit",
        _ => "cut short",
    }
}
