//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{Account, GRACE, Task};
use super::lines;
use super::moments::Moment;
use super::plan::Fate;
use exam::referee::facts::{self, at, one, printed, seconds};
use exam::referee::{Fault, Verdict, require};
use exam::{Line, most_at_once};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many results fit into the result queue in any case.
pub(super) const ROOM: usize = 100;

pub(super) fn the_job_is_named(run: &Account) -> Verdict {
    let job = run.flags.job_id();
    let start = one(&run.lines.starting, lines::STARTING)?;
    let title = run.lines.all.first().is_some_and(|line| line.text == lines::TITLE);
    require(title, format!("print `{}` first", lines::TITLE), "printed another line first")?;
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
                printed(told[0]),
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
    )?;
    facts::nobody_spins(&run.polls)
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
    // Who dies with its task is replaced, maybe by one with a new number.
    let dies = |task: &&Task| task.fate.is_failed() || task.fate == Fate::Cut;
    let died = run.tasks.iter().filter(dies).count();
    let mut spans: BTreeMap<u64, Vec<(Duration, Duration)>> = BTreeMap::new();
    for task in &run.tasks {
        let Some(line) = task.finished.first() else { continue };
        let consumer = line.get("w").parse().unwrap_or(0);
        require(
            (1..=(workers + died) as u64).contains(&consumer),
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

/// The moments up to the cancellation, as far as it is known when tasks end.
fn settled(run: &Account) -> impl Iterator<Item = &Moment> {
    let stop = run.cancel.unwrap_or(Duration::MAX);
    run.moments.iter().filter(move |moment| moment.at < stop && !run.is_vague())
}

pub(super) fn is_within(now: Duration, from: Option<Duration>, to: Option<Duration>) -> bool {
    from.is_some_and(|from| from <= now) && to.is_none_or(|to| now < to)
}

pub(super) fn number(task: Option<&Task>) -> u64 {
    task.map_or(0, Task::number)
}
