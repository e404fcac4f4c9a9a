//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, Job, is_near};
use exam::referee::facts::{at, exits, one, printed, seconds, tells};
use exam::referee::{Fault, Verdict, require};
use exam::{Line, most_at_once};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn each_job_once(run: &Account) -> Verdict {
    let lines = &run.lines;
    for (word, lines) in
        [("Added", &lines.added), ("Took", &lines.took), ("Processed", &lines.processed)]
    {
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for line in lines {
            *told.entry(line.get("item")).or_default() += 1;
        }
        for job in &run.jobs {
            let times = told.remove(job.name.as_str()).unwrap_or(0);
            require(
                times == 1,
                format!("print one line \"{word} {}\"", job.name),
                format!("printed {times}"),
            )?;
        }
        let strange = told.keys().next();
        require(
            strange.is_none(),
            format!("print \"{word}\" for job_1 to job_{}", run.jobs.len()),
            format!("printed it for {} too", strange.unwrap_or(&"")),
        )?;
    }
    for job in &run.jobs {
        require(
            job.added() <= job.taken() && job.taken() <= job.done(),
            format!("add {}, then take it, then process it", job.name),
            format!(
                "added it at {}, took it at {} and processed it at {}",
                at(job.added()),
                at(job.taken()),
                at(job.done())
            ),
        )?;
    }
    Ok(())
}

pub(super) fn lines_say_what_a_job_is(run: &Account) -> Verdict {
    for job in &run.jobs {
        let Some(label) = job.label(&run.flags) else { continue };
        for line in [&job.added, &job.took, &job.processed].into_iter().flatten() {
            require(
                line.get("label") == label,
                format!("call it {} ({label})", job.name),
                printed(line),
            )?;
        }
    }
    Ok(())
}

pub(super) fn each_job_takes_its_time(run: &Account) -> Verdict {
    for job in &run.jobs {
        let is_told = job.work.is_some_and(|work| {
            job.taken().is_some_and(|taken| is_near(taken, work.span.from))
                && job.done().is_some_and(|done| is_near(done, work.span.to))
        });
        let did = match &job.work {
            Some(work) => format!(
                "printed \"Took\" at {}, and worked on it from {} to {}",
                at(job.taken()),
                seconds(work.span.from),
                seconds(work.span.to)
            ),
            None => format!(
                "printed \"Took\" at {} and \"Processed\" at {}, and nobody had worked so long",
                at(job.taken()),
                at(job.done())
            ),
        };
        require(
            is_told,
            format!(
                "work on {} for {} from \"Took\" to \"Processed\"",
                job.name,
                seconds(job.time)
            ),
            did,
        )?;
    }
    Ok(())
}

pub(super) fn lines_tell_the_wait(run: &Account) -> Verdict {
    for job in &run.jobs {
        let (Some(took), Some(wait)) = (&job.took, job.wait()) else { continue };
        require(
            tells(took.number("s"), wait),
            format!("say that {} has waited for {:.1} seconds", job.name, wait.as_secs_f64()),
            printed(took),
        )?;
    }
    Ok(())
}

pub(super) fn a_worker_does_one_job_at_a_time(run: &Account) -> Verdict {
    let workers = run.flags.workers;
    let mut by_name: BTreeMap<u64, Vec<(Duration, Duration)>> = BTreeMap::new();
    let mut by_actor: BTreeMap<u64, Vec<(Duration, Duration)>> = BTreeMap::new();
    for job in &run.jobs {
        let (Some(took), Some(processed), Some(work)) = (&job.took, &job.processed, &job.work)
        else {
            continue;
        };
        let worker = took.get("w").parse().unwrap_or(0);
        require(
            (1..=workers as u64).contains(&worker),
            format!("have {workers} workers"),
            printed(took),
        )?;
        require(
            took.get("w") == processed.get("w"),
            "let the worker that takes a job process it",
            format!("printed `{}` and then `{}`", took.text, processed.text),
        )?;
        by_name.entry(worker).or_default().push((took.at(), processed.at()));
        by_actor.entry(work.by).or_default().push((work.span.from, work.span.to));
    }
    let (most, since) = run.most_at_work();
    require(
        most <= workers,
        format!("work on no more than {workers} jobs at one time"),
        format!("worked on {most} at {}", seconds(since)),
    )?;
    for (worker, spans) in by_name {
        let most = most_at_once(spans.into_iter());
        require(
            most <= 1,
            "let each worker do one job at a time",
            format!("had Worker-{worker} at {most} at once"),
        )?;
    }
    for spans in by_actor.into_values() {
        let most = most_at_once(spans.into_iter());
        require(
            most <= 1,
            "have a thread or task of its own for each worker",
            format!("had one and the same at {most} jobs at once"),
        )?;
    }
    Ok(())
}

pub(super) fn no_worker_is_idle(run: &Account) -> Verdict {
    for job in &run.jobs {
        let (Some(added), Some(taken)) = (job.added(), job.taken()) else { continue };
        if added >= taken {
            continue;
        }
        for now in run.instants(added, taken) {
            let (busy, workers) = (run.at_work(now), run.flags.workers);
            require(
                busy >= workers,
                format!("let an idle worker take {} at {}", job.name, seconds(now)),
                format!(
                    "let it wait from {} to {}, with {busy} of {workers} at work",
                    seconds(added),
                    seconds(taken)
                ),
            )?;
        }
    }
    Ok(())
}

pub(super) fn the_producer_makes_one_job_after_another(run: &Account) -> Verdict {
    let mut since = Duration::ZERO;
    for job in &run.jobs {
        let Some(added) = job.added() else { continue };
        let Some(making) = job.making else {
            return Err(Fault::new(
                format!(
                    "make {} for {} once the job before it is added, at {}",
                    job.name,
                    seconds(job.pause),
                    seconds(since)
                ),
                format!("added it at {} without", seconds(added)),
            ));
        };
        require(
            is_near(making.from, since),
            format!("begin to make {} at {}", job.name, seconds(since)),
            format!("began at {}", seconds(making.from)),
        )?;
        since = added;
    }
    Ok(())
}

pub(super) fn a_queue_holds_its_capacity(run: &Account) -> Verdict {
    let capacity = run.flags.capacity;
    let over = run.waiting.iter().find(|(_, count)| **count > capacity);
    require(
        over.is_none(),
        format!("let no more than {capacity} jobs wait in the queue"),
        over.map_or(String::new(), |(at, count)| format!("let {count} wait at {}", seconds(*at))),
    )
}

pub(super) fn a_job_is_added_when_there_is_room(run: &Account) -> Verdict {
    for job in &run.jobs {
        let (Some(made), Some(added)) = (job.made(), job.added()) else { continue };
        let others = |other: &&Job| {
            other.number < job.number
                && other.added().is_some_and(|added| added <= made)
                && other.taken().is_some_and(|taken| made < taken)
        };
        let waiting = run.jobs.iter().filter(others).count();
        let capacity = run.flags.capacity;
        // Whoever takes the job that waits for room makes none.
        let next_taken = || run.jobs.iter().filter(others).filter_map(Job::taken).min();
        let room = if waiting < capacity { Some(made) } else { next_taken() };
        let room = room.unwrap_or(made);
        let queue = match capacity {
            usize::MAX => "a queue without a limit".to_owned(),
            capacity => format!("a queue for {capacity}"),
        };
        require(
            is_near(added, room),
            format!(
                "add {} at {}: it is made at {}, when {waiting} jobs wait in {queue}",
                job.name,
                seconds(room),
                seconds(made)
            ),
            format!("added it at {}", seconds(added)),
        )?;
    }
    Ok(())
}

pub(super) fn the_oldest_of_the_overdue_goes_first(run: &Account) -> Verdict {
    for (job, now, others) in run.choices() {
        for other in others {
            let overdue = (run.is_overdue(job, now), run.is_overdue(other, now));
            let is_wrong = match overdue {
                (Some(false), Some(true)) => true,
                (Some(true), Some(true)) => other.number < job.number,
                _ => false,
            };
            if is_wrong {
                return Err(took_before(
                    job,
                    now,
                    format!("{}, which has waited for {}", other.name, at(other.wait_at(now))),
                    other,
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn the_job_that_is_due_first_goes_first(run: &Account) -> Verdict {
    if !run.flags.has_deadlines {
        return Ok(());
    }
    for (job, now, others) in run.choices() {
        if let Some(other) = others.into_iter().find(|other| other.due() < job.due()) {
            let name = format!("{}, which is due at {}", other.name, at(other.due()));
            return Err(took_before(job, now, name, other));
        }
    }
    Ok(())
}

pub(super) fn the_highest_priority_goes_first(run: &Account) -> Verdict {
    let is_higher = |other: &Job, job: &Job| other.priority > job.priority;
    goes_first_unless_overdue(run, is_higher)
}

pub(super) fn first_come_first_served(run: &Account) -> Verdict {
    let is_earlier =
        |other: &Job, job: &Job| other.priority == job.priority && other.number < job.number;
    goes_first_unless_overdue(run, is_earlier)
}

/// Among jobs that are not overdue, and have no deadlines.
fn goes_first_unless_overdue(run: &Account, goes_first: impl Fn(&Job, &Job) -> bool) -> Verdict {
    if run.flags.has_deadlines {
        return Ok(());
    }
    for (job, now, others) in run.choices() {
        let counts = |job| run.is_overdue(job, now) == Some(false);
        if !counts(job) {
            continue;
        }
        if let Some(other) =
            others.into_iter().find(|other| counts(other) && goes_first(other, job))
        {
            let name = format!("{} (priority {})", other.name, other.priority);
            return Err(took_before(job, now, name, other));
        }
    }
    Ok(())
}

fn took_before(job: &Job, now: Duration, first: String, other: &Job) -> Fault {
    let label = job.took.as_ref().map_or("", |line| line.get("label"));
    Fault::new(
        format!("take {first}, before {} ({label})", job.name),
        format!(
            "took {} at {}, and {} had waited in the queue since {}",
            job.name,
            seconds(now),
            other.name,
            at(other.added())
        ),
    )
}

pub(super) fn nobody_polls(run: &Account) -> Verdict {
    let poll = run.polls.first();
    require(
        poll.is_none(),
        "sleep where there is nothing to do, until there is",
        poll.map_or("", String::as_str),
    )
}

pub(super) fn the_overdue_are_called_promoted(run: &Account) -> Verdict {
    let mut told: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in &run.lines.promoted {
        told.entry(line.get("item")).or_default().push(line);
    }
    for job in &run.jobs {
        let (Some(took), Some(wait)) = (&job.took, job.wait()) else { continue };
        let lines = told.remove(job.name.as_str()).unwrap_or_default();
        let expected = match run.is_overdue(job, took.at()) {
            Some(true) => 1..=1,
            Some(false) => 0..=0,
            None => 0..=1,
        };
        require(
            expected.contains(&lines.len()),
            format!(
                "print \"Promoted {}\" {} times: it is taken after {}",
                job.name,
                expected.end(),
                seconds(wait)
            ),
            format!("printed it {} times", lines.len()),
        )?;
        for line in lines {
            require(
                is_near(line.at(), took.at())
                    && line.get("w") == took.get("w")
                    && line.get("label") == took.get("label"),
                format!(
                    "promote {} as `{}` is printed, at {}",
                    job.name,
                    took.text,
                    seconds(took.at())
                ),
                printed(line),
            )?;
        }
    }
    let strange = told.into_values().flatten().next();
    require(
        strange.is_none(),
        "promote jobs that there are",
        strange.map_or(String::new(), printed),
    )
}

pub(super) fn the_last_two_lines_tell_the_truth(run: &Account) -> Verdict {
    let (longest, summary) =
        (one(&run.lines.longest, account::LONGEST)?, one(&run.lines.summary, account::SUMMARY)?);
    require(
        longest.place + 1 == summary.place && summary.place + 1 == run.lines.all.len(),
        format!("print `{}` and `{}` last", longest.text, summary.text),
        run.lines.all.last().map_or(String::new(), |last| format!("printed `{}` last", last.text)),
    )?;
    let wait = run.jobs.iter().filter_map(Job::wait).max().unwrap_or_default();
    let named = run.jobs.iter().find(|job| job.name == longest.get("item"));
    let is_right = |job: &Job| {
        job.wait() == Some(wait)
            && job.label(&run.flags).is_none_or(|it| it == longest.get("label"))
    };
    let most = run.jobs.iter().find(|job| job.wait() == Some(wait));
    require(
        named.is_some_and(is_right) && tells(longest.number("s"), wait),
        format!(
            "tell that the longest wait was {:.1} seconds: {}",
            wait.as_secs_f64(),
            most.map_or("", |job| job.name.as_str())
        ),
        printed(longest),
    )?;
    let end = run.jobs.iter().filter_map(Job::done).max().unwrap_or_default();
    require(
        is_near(summary.at(), end) && is_near(longest.at(), end),
        format!("end at {}, with the last job", seconds(end)),
        printed(summary),
    )?;
    let (jobs, workers) = (run.jobs.len().to_string(), run.flags.workers.to_string());
    require(
        summary.get("jobs") == jobs
            && summary.get("workers") == workers
            && tells(summary.number("s"), end),
        format!("tell of {jobs} jobs in {:.1} seconds with {workers} workers", end.as_secs_f64()),
        printed(summary),
    )
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    exits(run.code, 0)
}
