//! How the rules look at results: that each is told once, as it was, by a callback on a thread, and in its order.

use super::account::{Account, Task};
use super::plan::Fate;
use super::rules::{ROOM, is_within, number};
use exam::referee::facts::{at, printed, seconds, tells_exactly};
use exam::referee::{Fault, Verdict, require};
use exam::{Actor, Line};
use std::time::Duration;

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
                tells_exactly(line.get("s"), ran),
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

pub(super) fn each_callback_has_its_time(run: &Account) -> Verdict {
    let slow = run.flags.slow;
    for task in &run.tasks {
        let Some(line) = task.called_back.first() else { continue };
        require(
            task.call.is_some_and(|(_, to)| to == line.at()),
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
    // The job's own callback is one too.
    let called_back = called_back.chain(&run.lines.completed).chain(&run.lines.cancelled);
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
    let results = || run.tasks.iter().filter_map(|task| Reply::of(task, run.cancel));
    let (mut by_first, mut by_last): (Vec<Reply>, Vec<Reply>) =
        (results().collect(), results().collect());
    by_first.sort_by_key(|result| result.came.0);
    by_last.sort_by_key(|result| result.came.1);
    let mut before = by_last.into_iter().peekable();
    // Of those that had come before, the one that was taken last.
    let mut last: Option<Reply> = None;
    for result in by_first {
        while let Some(earlier) = before.next_if(|earlier| earlier.came.1 < result.came.0) {
            last = Some(earlier).into_iter().chain(last).max_by_key(|result| result.taken);
        }
        let Some(last) = &last else { continue };
        require(
            last.taken <= result.taken,
            format!("take the result of task {} before that of task {}", last.task, result.task),
            format!(
                "called back for them from {} and from {} on",
                seconds(last.taken),
                seconds(result.taken)
            ),
        )?;
    }
    Ok(())
}

/// A result that a handler took.
struct Reply {
    task: u64,
    /// The first and the last instant at which it may have come: nobody can say when exactly a task is cut short.
    came: (Duration, Duration),
    taken: Duration,
}

impl Reply {
    fn of(task: &Task, cancel: Option<Duration>) -> Option<Reply> {
        let (last, (taken, _)) = (task.ended?, task.call?);
        let first =
            cancel.filter(|_| task.fate == Fate::Cut).map_or(last, |cancel| cancel.min(last));
        Some(Reply { task: task.number(), came: (first, last), taken })
    }
}

pub(super) fn the_result_queue_has_a_bound(run: &Account) -> Verdict {
    let most = run.boundless.unwrap_or(0);
    require(
        most <= ROOM as u64,
        "give the result queue a bound",
        format!("let {most} results wait in a queue that has none"),
    )
}
