//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, Job, Kind, Pool, Work};
use exam::referee::facts::{self, at, exits, printed, seconds, tells_exactly};
use exam::referee::{Fault, Verdict, require};
use exam::{Actor, Line, most_at_once};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn each_job_is_done_once(run: &Account) -> Verdict {
    let first = run.all.first().map_or("", |line| line.text.as_str());
    require(
        first == account::TITLE,
        format!("print `{}` first", account::TITLE),
        first_line(first),
    )?;
    for job in &run.jobs {
        require(
            job.lines.len() == 1,
            format!("print one line \"Done: {}\"", job.name),
            format!("printed {}", job.lines.len()),
        )?;
    }
    require(
        run.strange.is_empty(),
        format!("do the jobs 1 to {}, each as what it is", run.jobs.len()),
        run.strange.first().map(printed).unwrap_or_default(),
    )
}

pub(super) fn each_line_tells_its_task(run: &Account) -> Verdict {
    for (job, line) in told(run).filter(|_| run.flags.pool == Pool::Tasks) {
        require(
            line.get("w") == format!("Task-{}", job.number),
            format!("sign the line of {} with `[Task-{}]`", job.name, job.number),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn each_worker_does_one_job_at_a_time(run: &Account) -> Verdict {
    let mut spans: BTreeMap<&str, Vec<(Duration, Duration)>> = BTreeMap::new();
    for (job, line) in told(run).filter(|_| run.flags.pool != Pool::Tasks) {
        let actor = line.get("w");
        let number = actor.strip_prefix("Worker-").and_then(|number| number.parse().ok());
        require(
            number.is_some_and(|number| (1..=run.flags.workers).contains(&number)),
            format!("have the workers Worker-1 to Worker-{}", run.flags.workers),
            printed(line),
        )?;
        if let Some(work) = job.work {
            spans.entry(actor).or_default().push((work.from, work.to));
        }
    }
    require(
        spans.len() <= run.flags.crew,
        format!("have {} workers", run.flags.crew),
        format!("had lines of {}", spans.len()),
    )?;
    for (actor, spans) in spans {
        let most = most_at_once(spans.into_iter());
        require(
            most <= 1,
            "let each worker do one job at a time",
            format!("had {actor} do {most} at once"),
        )?;
    }
    Ok(())
}

pub(super) fn each_job_takes_its_time(run: &Account) -> Verdict {
    for (job, line) in told(run) {
        let printed = format!("printed it at {}", seconds(line.at()));
        require(
            job.work.is_some(),
            format!("spend {} on {}, and print its line at once", seconds(job.time), job.name),
            match run.stray.iter().rfind(|work| work.is_like(job) && work.to < line.at()) {
                Some(work) => format!("{printed}, and its time was over at {}", seconds(work.to)),
                None => format!("{printed}, and nobody had spent so long until then"),
            },
        )?;
    }
    let stray = run.stray.first();
    require(
        stray.is_none(),
        "spend the time of each job once, and wait for the next one in between",
        stray.map_or(String::new(), |work| {
            format!(
                "slept or worked from {} to {}, which is no job",
                seconds(work.from),
                seconds(work.to)
            )
        }),
    )
}

pub(super) fn each_job_begins_when_it_can(run: &Account) -> Verdict {
    if !run.flags.is_in_order() {
        let mut due: Vec<Option<Duration>> = run.jobs.iter().map(|job| job.due).collect();
        let mut begun: Vec<Option<Duration>> =
            run.jobs.iter().map(|job| job.work.map(|work| work.from)).collect();
        due.sort();
        begun.sort();
        let late = due.iter().zip(&begun).find(|(due, begun)| due != begun);
        let waits_for_a_core = run.flags.has(Kind::Hash);
        return require(
            late.is_none() || waits_for_a_core,
            format!("begin a job at {}, when one before it has ended", at(late.and_then(|l| *l.0))),
            format!("began it at {}", at(late.and_then(|late| *late.1))),
        );
    }
    for job in &run.jobs {
        let (Some(work), Some(due)) = (job.work, job.due) else { continue };
        let is_right = work.from == due || job.kind == Kind::Hash && work.from > due;
        require(
            is_right,
            format!(
                "begin {} at {}, when {} of the jobs before it have ended",
                job.name,
                seconds(due),
                (job.number as usize).saturating_sub(run.flags.crew)
            ),
            format!("began it at {}", seconds(work.from)),
        )?;
    }
    Ok(())
}

pub(super) fn a_hash_waits_for_a_core_alone(run: &Account) -> Verdict {
    let hashes = || run.jobs.iter().filter(|job| job.kind == Kind::Hash);
    let spans = || hashes().filter_map(|job| job.work).map(|work| (work.from, work.to));
    let (cores, most) = (run.flags.cores, most_at_once(spans()));
    require(
        most <= cores,
        format!("compute no more than {cores} at one time, on {cores} cores"),
        format!("had {most} at one time"),
    )?;
    if !run.flags.is_in_order() {
        return Ok(());
    }
    for job in hashes() {
        let (Some(work), Some(due)) = (job.work, job.due) else { continue };
        let within = |at: &Duration| (due..work.from).contains(at);
        let changes = spans().flat_map(|(from, to)| [from, to]).filter(within);
        let computing =
            |now: Duration| spans().filter(|(from, to)| (*from..*to).contains(&now)).count();
        let free =
            [due].into_iter().filter(within).chain(changes).find(|now| computing(*now) < cores);
        require(
            free.is_none(),
            format!("compute {} as soon as one of the {cores} cores is free", job.name),
            format!(
                "began it at {}, and only {} computed at {}",
                seconds(work.from),
                free.map_or(0, computing),
                at(free)
            ),
        )?;
    }
    Ok(())
}

pub(super) fn each_line_tells_when(run: &Account) -> Verdict {
    for (_, line) in told(run) {
        require(
            tells_exactly(line.get("at"), line.at()),
            format!("tell that it is done at {:.3} seconds", line.at().as_secs_f64()),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn each_line_tells_how_late(run: &Account) -> Verdict {
    for (job, line) in told(run) {
        let taken = match (run.flags.is_in_order(), job.kind) {
            (true, _) => job.due,
            // When its worker took it, nobody knows: it may have waited for a core.
            (false, Kind::Hash) => None,
            (false, _) => job.work.map(|work| work.from),
        };
        let Some(taken) = taken else { continue };
        let late = line.at().saturating_sub(taken).saturating_sub(job.time);
        require(
            tells_exactly(line.get("late"), late),
            format!("have {} done {:.3} seconds late", job.name, late.as_secs_f64()),
            printed(line),
        )?;
    }
    Ok(())
}

pub(super) fn no_more_than_there_are_workers(run: &Account) -> Verdict {
    let spans = || run.jobs.iter().filter_map(|job| job.work).map(|work| (work.from, work.to));
    let most = most_at_once(spans());
    require(
        most <= run.flags.crew,
        format!("have no more than {} jobs at work at one time", run.flags.crew),
        format!("had {most}"),
    )?;
    for (actor, spans) in by_actor(run) {
        let most = most_at_once(spans.iter().map(|work| (work.from, work.to)));
        require(
            most <= 1,
            "have a thread or task for each that is at work",
            format!("had {most} jobs at once in one of them, number {actor} on the tape"),
        )?;
    }
    if run.flags.pool == Pool::Threads {
        let threads = by_actor(run).len();
        require(
            threads <= run.flags.crew && !by_actor(run).contains_key(&0),
            format!("have {} threads do the jobs, and not main", run.flags.crew),
            if by_actor(run).contains_key(&0) {
                "did jobs in main".to_owned()
            } else {
                format!("had {threads} of them")
            },
        )?;
    }
    Ok(())
}

pub(super) fn a_task_of_its_own(run: &Account) -> Verdict {
    if run.flags.pool != Pool::Tasks {
        return Ok(());
    }
    let mut owners: BTreeMap<Actor, &Job> = BTreeMap::new();
    for job in run.jobs.iter().filter(|job| job.kind == Kind::Request) {
        let Some(work) = job.work else { continue };
        require(
            run.tasks.contains(&work.by),
            format!("do {} in a task", job.name),
            "did it on a thread, or in main",
        )?;
        if let Some(other) = owners.insert(work.by, job) {
            return Err(Fault::new(
                "have a task of its own for each job",
                format!("did {} and {} in one and the same", other.name, job.name),
            ));
        }
    }
    Ok(())
}

pub(super) fn computed_beside_the_executor(run: &Account) -> Verdict {
    is_on_a_thread(run, Kind::Hash, "compute")
}

pub(super) fn read_on_a_thread(run: &Account) -> Verdict {
    is_on_a_thread(run, Kind::File, "read")
}

fn is_on_a_thread(run: &Account, kind: Kind, word: &str) -> Verdict {
    for job in run.jobs.iter().filter(|job| job.kind == kind) {
        let Some(work) = job.work else { continue };
        require(
            work.by != 0 && !run.tasks.contains(&work.by),
            format!("{word} {} on a thread", job.name),
            format!("did so in a task, from {} to {}", seconds(work.from), seconds(work.to)),
        )?;
    }
    Ok(())
}

pub(super) fn fewer_threads_are_told(run: &Account) -> Verdict {
    let (got, wanted) = (run.flags.crew, run.flags.workers);
    let expected = usize::from(got < wanted);
    // Whoever asks for a thread only when nobody is free may never be refused one.
    let asks_for_more = run.flags.jobs > got as u64;
    require(
        run.fewer.len() == expected || run.fewer.is_empty() && !asks_for_more,
        format!("print `No more threads: …` {expected} times, for {got} workers of {wanted}"),
        format!("printed {}", run.fewer.len()),
    )?;
    for line in &run.fewer {
        require(
            line.get("got") == got.to_string() && line.get("wanted") == wanted.to_string(),
            format!("print `No more threads: {got} workers instead of {wanted}`"),
            printed(line),
        )?;
        require(
            line.place + 1 < run.all.len(),
            format!("print `{}` before the last line", line.text),
            "printed it last",
        )?;
    }
    Ok(())
}

pub(super) fn the_last_line_counts(run: &Account) -> Verdict {
    let line = match run.summary.as_slice() {
        [line] => line,
        lines => {
            return Err(Fault::new(
                format!("print one line `{}`", account::SUMMARY),
                format!("printed {}", lines.len()),
            ));
        }
    };
    let last = run.all.last().map_or("", |line| line.text.as_str());
    require(
        line.place + 1 == run.all.len(),
        format!("print `{}` last", line.text),
        format!("printed `{last}` after it"),
    )?;
    let jobs = run.jobs.len();
    let most = run.flags.crew.min(jobs);
    require(
        line.get("jobs") == jobs.to_string() && line.get("most") == most.to_string(),
        format!("count {jobs} jobs, at most {most} at once"),
        printed(line),
    )?;
    let over = run.jobs.iter().filter_map(Job::ended).max().unwrap_or_default();
    require(
        line.at() == over,
        format!("end with the last job, at {}", seconds(over)),
        printed(line),
    )?;
    require(
        tells_exactly(line.get("s"), over),
        format!("tell that it took {:.3} seconds", over.as_secs_f64()),
        printed(line),
    )
}

pub(super) fn nobody_polls(run: &Account) -> Verdict {
    facts::nobody_spins(&run.polls)
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    exits(run.code, 0)
}

/// The jobs with their lines.
fn told(run: &Account) -> impl Iterator<Item = (&Job, &Line)> {
    run.jobs.iter().filter_map(|job| Some((job, job.line()?)))
}

fn by_actor(run: &Account) -> BTreeMap<Actor, Vec<Work>> {
    let mut by_actor: BTreeMap<Actor, Vec<Work>> = BTreeMap::new();
    for work in run.jobs.iter().filter_map(|job| job.work) {
        by_actor.entry(work.by).or_default().push(work);
    }
    by_actor
}

fn first_line(text: &str) -> String {
    format!("printed `{text}` first")
}
