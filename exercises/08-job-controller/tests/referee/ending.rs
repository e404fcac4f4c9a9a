//! How the rules look at the end: at limits, at a cancellation, and at what the last lines count.

use super::account::{Account, GRACE, Task};
use super::lines;
use super::moments::Moment;
use super::plan::Fate;
use super::rules::number;
use exam::Line;
use exam::referee::facts::{exits, one, printed, seconds, tells_exactly};
use exam::referee::{Fault, Verdict, require};
use std::time::Duration;

/// Peak depth may be looked at before or after a task is put in or taken.
const DEPTH_MORE: usize = 2;

pub(super) fn the_queue_tells_its_peak(run: &Account) -> Verdict {
    let line = one(&run.lines.queue, lines::QUEUE)?;
    let last = run.lines.all.len() - 1;
    require(line.place < last, format!("print `{}` before the last line", line.text), "did not")?;
    // Whoever looks when a task is taken does not see what a cancelled job leaves there.
    let looks = run.tasks.iter().filter_map(Task::taken).max().unwrap_or_default();
    let seen = run.moments.iter().take_while(|moment| moment.at <= looks || run.cancel.is_none());
    let low = seen.map(|moment| moment.waiting).max().unwrap_or(0);
    let before = [Moment::default()];
    let before = before.iter().chain(&run.moments);
    let at_once = before.zip(&run.moments).map(|(before, now)| before.waiting + now.put);
    let most = run.moments.iter().map(|moment| moment.waiting).max().unwrap_or(0);
    let high = at_once.max().unwrap_or(0).min(run.flags.capacity).max(most);
    let high = run.depth.map_or(high, |depth| depth as usize);
    let told = line.get("depth").parse().unwrap_or(usize::MAX);
    require(
        (low.saturating_sub(DEPTH_MORE)..=high + DEPTH_MORE).contains(&told),
        format!("tell a peak depth of {high}, or one or two more or fewer"),
        printed(line),
    )
}

pub(super) fn the_queue_tells_the_mean_wait(run: &Account) -> Verdict {
    let line = one(&run.lines.queue, lines::QUEUE)?;
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
        printed(line),
    )?;
    let told = line.get("s");
    let tells_it = tells_exactly(told, line.at())
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
    )?;
    let completed = run.lines.completed.iter().filter(|_| run.flags.cancel.is_some());
    for line in completed {
        require(
            run.ended <= line.at() + GRACE,
            format!("end with its last line, at {}", seconds(line.at())),
            format!("went on until {}", seconds(run.ended)),
        )?;
    }
    Ok(())
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    let bad = |task: &Task| task.fate != Fate::Done || task.plan.panics_callback;
    let code = i32::from(run.tasks.iter().any(bad));
    exits(run.code, code)
}

/// The line that tells the end of the job.
fn last_line(run: &Account) -> Result<&Line, Fault> {
    if run.lines.completed.is_empty() && run.flags.cancel.is_some() {
        return one(&run.lines.cancelled, lines::CANCELLED);
    }
    if !run.lines.completed.is_empty() && !run.lines.cancelled.is_empty() {
        return Err(Fault::new("call a job completed or cancelled", "called it both"));
    }
    one(&run.lines.completed, lines::COMPLETED)
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::OverLimit => "over the limit",
        _ => "cut short",
    }
}
