//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{self, Account, Fate, Job, at_work, instants};
use exam::referee::facts::{exits, one, seconds};
use exam::referee::{Fault, Verdict, require};
use exam::{Line, most_at_once};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) fn each_job_is_added_once(run: &Account) -> Verdict {
    let added: Vec<&str> = run.lines.added.iter().map(|line| line.get("item")).collect();
    let wanted: Vec<&str> = run.first.iter().map(|job| job.name.as_str()).collect();
    let stops_early = run.none_may_be_left() && wanted.starts_with(&added);
    require(
        added == wanted || stops_early,
        format!("add {} jobs, each once and in the order of their numbers", wanted.len()),
        match added.iter().zip(&wanted).find(|(added, wanted)| added != wanted) {
            Some((added, wanted)) => format!("added {added} where {wanted} was next"),
            None => format!("added {}", added.len()),
        },
    )?;
    let last = run.lines.added.last().map_or(0, |line| line.place);
    let told: Vec<&Line> = run.lines.all_added.iter().collect();
    let is_right =
        |line: &Line| line.get("jobs") == run.flags.jobs.to_string() && line.place > last;
    require(
        stops_early || told.len() == 1 && is_right(told[0]),
        format!("say once, after the last, that {} jobs are added", run.flags.jobs),
        told.first().map_or("said nothing of the kind".to_owned(), |line| printed(line)),
    )
}

pub(super) fn each_job_is_told_once(run: &Account) -> Verdict {
    let mut told: BTreeMap<&str, Vec<(Fate, &Line)>> = BTreeMap::new();
    for (fate, line) in &run.lines.told {
        told.entry(line.get("item")).or_default().push((*fate, line));
    }
    for job in run.first.iter().chain(&run.second) {
        let its = told.remove(job.name.as_str()).unwrap_or_default();
        let fates: Vec<Fate> = its.iter().map(|(fate, _)| *fate).collect();
        let is_right = match job.fate {
            // Fix 3 and Alter 3 look at what is said of the others.
            Fate::Lost => !fates.contains(&Fate::Processed) && !fates.contains(&Fate::Failed),
            Fate::Failed => !fates.contains(&Fate::Processed) && fates.len() <= 1,
            Fate::Processed => fates == [Fate::Processed],
        };
        let may_stay = job.work.is_none() && run.none_may_be_left() && fates.is_empty();
        let did = match its.as_slice() {
            [] => "said nothing of it".to_owned(),
            [(_, line)] => printed(line),
            [(_, line), ..] => format!("{} first", printed(line)),
        };
        let should = match job.fate {
            Fate::Processed => format!("print one line \"Processed: {}\"", job.name),
            Fate::Failed => format!("print no line but \"Failed: {}\" of it", job.name),
            Fate::Lost => format!("call {} neither processed nor failed: it panics", job.name),
        };
        if !is_right && !may_stay {
            let seen = its
                .iter()
                .skip(1)
                .map(|(_, line)| format!("`{}` was printed at {}", line.text, seconds(line.at())));
            return Err(Fault::new(should, did).seen(seen.take(2)));
        }
    }
    let strange = told.keys().next();
    require(
        strange.is_none(),
        "tell only of jobs that there are",
        format!("told of {}", strange.unwrap_or(&"")),
    )
}

pub(super) fn each_job_takes_its_time(run: &Account) -> Verdict {
    for job in run.first.iter().chain(&run.second) {
        let Some(line) = &job.line else { continue };
        require(
            job.work.is_some(),
            format!("work on {} for {} before its end is told", job.name, seconds(job.time)),
            format!(
                "printed `{}` at {}, and nobody had worked so long",
                line.text,
                seconds(line.at())
            ),
        )?;
    }
    for (fate, line) in &run.lines.told {
        let known = run.first.iter().chain(&run.second).find(|job| job.name == line.get("item"));
        let (Some(job), Fate::Processed) = (known, fate) else { continue };
        let took = line.number("s").unwrap_or(f64::NAN);
        let worked = job.work.as_ref().map_or(job.time, |work| work.to - work.from);
        require(
            tells(took, job.time) || tells(took, worked),
            format!("tell that {} took {:.1} s", job.name, job.time.as_secs_f64()),
            printed(line),
        )?;
        require(
            job.to() == Some(line.at()),
            format!("print \"Processed: {}\" when it is done, at {}", job.name, at(job.to())),
            format!("printed it at {}", seconds(line.at())),
        )?;
    }
    Ok(())
}

pub(super) fn nobody_does_a_job_again(run: &Account) -> Verdict {
    let Some(work) = run.stray.first() else { return Ok(()) };
    let did = format!(
        "slept or timed {} from {} on, and no job that was left takes so long",
        seconds(work.to - work.from),
        seconds(work.from)
    );
    let done = run.first.iter().chain(&run.second).filter(|job| work.asks_for(job)).map(|job| {
        let before = format!("{} to {}", at(job.from()), at(job.to()));
        format!("{} takes as long, and was worked on from {before}", job.name)
    });
    Err(Fault::new("work once on each job, and wait at the queue for the next", did).seen(done))
}

pub(super) fn urgent_jobs_first(run: &Account) -> Verdict {
    for urgent in run.first.iter().filter(|job| job.is_urgent) {
        let Some(added) = urgent.added else { continue };
        let until = urgent.from().unwrap_or(Duration::MAX);
        let overtakes = |job: &&Job| {
            !job.is_urgent && job.from().is_some_and(|from| added < from && from < until)
        };
        if let Some(other) = run.first.iter().find(overtakes) {
            return Err(Fault::new(
                "let a free worker take an urgent job first",
                format!(
                    "took {} at {}, and {} had been in the queue since {}",
                    other.name,
                    at(other.from()),
                    urgent.name,
                    seconds(added)
                ),
            ));
        }
    }
    Ok(())
}

pub(super) fn first_come_first_served(run: &Account) -> Verdict {
    for (jobs, has_two_queues) in [(&run.first, run.flags.has_two_queues), (&run.second, false)] {
        for kind in [true, false] {
            let queue = jobs.iter().filter(|job| !has_two_queues || job.is_urgent == kind);
            let taken: Vec<&Job> = queue.filter(|job| job.work.is_some()).collect();
            for pair in taken.windows(2) {
                require(
                    pair[0].from() <= pair[1].from(),
                    format!("take {} from the queue before {}", pair[0].name, pair[1].name),
                    format!(
                        "took it at {}, and {} at {}",
                        at(pair[0].from()),
                        pair[1].name,
                        at(pair[1].from())
                    ),
                )?;
            }
        }
    }
    Ok(())
}

pub(super) fn a_worker_does_one_job_at_a_time(run: &Account) -> Verdict {
    for (jobs, crew) in [(&run.first, run.flags.crew), (&run.second, run.flags.workers)] {
        let mut spans: BTreeMap<u64, Vec<&Job>> = BTreeMap::new();
        for job in jobs {
            let (Some(worker), Some(_)) = (job.worker(), &job.work) else { continue };
            require(
                (1..=crew).contains(&worker),
                format!("have {crew} workers"),
                format!("had Worker-{worker} do {}", job.name),
            )?;
            spans.entry(worker).or_default().push(job);
        }
        for (worker, jobs) in spans {
            if let Some((one, other)) = two_at_once(&jobs) {
                return Err(Fault::new(
                    "let each worker do one job at a time",
                    format!("had Worker-{worker} at {one} and {other} at once"),
                ));
            }
        }
        let mut by_actor: BTreeMap<u64, Vec<&Job>> = BTreeMap::new();
        for job in jobs {
            if let Some(work) = &job.work {
                by_actor.entry(work.by).or_default().push(job);
            }
        }
        let works = jobs.iter().filter_map(|job| job.work.as_ref());
        let most = most_at_once(works.map(|work| (work.from, work.to)));
        require(
            most as u64 <= crew,
            format!("have no more than {crew} jobs at work at one time"),
            format!("had {most}"),
        )?;
        for jobs in by_actor.into_values() {
            if let Some((one, other)) = two_at_once(&jobs) {
                return Err(Fault::new(
                    "have a task of its own for each worker",
                    format!("had one task at {one} and {other} at once"),
                ));
            }
        }
    }
    Ok(())
}

/// Two jobs that are worked on at the same time.
fn two_at_once<'a>(jobs: &[&'a Job]) -> Option<(&'a str, &'a str)> {
    let mut jobs: Vec<(&str, Duration, Duration)> =
        jobs.iter().filter_map(|job| Some((&*job.name, job.from()?, job.to()?))).collect();
    jobs.sort_by_key(|(_, from, _)| *from);
    let pair = jobs.windows(2).find(|pair| pair[1].1 < pair[0].2)?;
    Some((pair[0].0, pair[1].0))
}

pub(super) fn nobody_is_idle_while_a_job_waits(run: &Account) -> Verdict {
    for (jobs, crew) in [(&run.first, run.flags.crew), (&run.second, run.flags.workers)] {
        // With jobs that nobody could be seen at, nobody can say who was free.
        let is_first = std::ptr::eq(jobs, &run.first);
        for job in jobs {
            let since = if is_first { job.added } else { Some(run.border) };
            let (Some(since), Some(taken)) = (since, job.from()) else { continue };
            for now in instants(jobs, since, taken) {
                let dead = Account::deaths(jobs).filter(|job| job.to().is_some_and(|to| to <= now));
                let alive = crew.saturating_sub(dead.count() as u64);
                let busy = at_work(jobs, now);
                if (busy as u64) < alive {
                    let should = format!("let a free worker take {} at {}", job.name, seconds(now));
                    let did = format!(
                        "left it in the queue until {}, with {busy} of {crew} at work",
                        seconds(taken)
                    );
                    let unseen = without_a_job(jobs, crew);
                    return Err(Fault::new(should, did).seen(unseen).who_waits_at(now));
                }
            }
        }
    }
    Ok(())
}

/// The workers that no line names, if there are any.
fn without_a_job(jobs: &[Job], crew: u64) -> Option<String> {
    const SHOWN: usize = 4;
    let named: BTreeSet<u64> = jobs.iter().filter_map(Job::worker).collect();
    let unseen: Vec<String> = (1..=crew)
        .filter(|worker| !named.contains(worker))
        .map(|worker| format!("Worker-{worker}"))
        .collect();
    let more = if unseen.len() > SHOWN { " …" } else { "" };
    let names = unseen.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    (!unseen.is_empty()).then(|| format!("no line names a job of {names}{more}"))
}

pub(super) fn a_queue_holds_its_capacity(run: &Account) -> Verdict {
    let capacity = run.flags.capacity;
    let should = format!("let no more than {capacity} jobs wait in a queue");
    let queue = run.queue.map(|(queue, _)| queue);
    if let Some((_, depth)) = run.queue.filter(|(_, depth)| *depth > capacity) {
        return Err(Fault::new(should, format!("let {depth} wait")).of_queue(queue));
    }
    for (kind, job) in
        [true, false].into_iter().flat_map(|kind| run.first.iter().map(move |job| (kind, job)))
    {
        let Some(added) = job.added else { continue };
        let of_queue = |job: &&Job| !run.flags.has_two_queues || job.is_urgent == kind;
        let waiting =
            run.first.iter().filter(of_queue).filter(|job| job.waits_at(added)).count() as u64;
        // One more may be in a hand, on its way from the queue to a worker.
        require(
            waiting <= capacity + 1,
            &should,
            format!("let {waiting} wait at {}", seconds(added)),
        )
        .map_err(|fault| fault.of_queue(queue))?;
    }
    Ok(())
}

pub(super) fn the_producer_waits_for_a_full_queue_alone(run: &Account) -> Verdict {
    for job in &run.first {
        let Some(added) = job.added else { return Ok(()) };
        let Some(found) = job.found else {
            return Err(Fault::new(
                format!(
                    "look {} for {} once the job before it is added",
                    seconds(job.pause),
                    job.name
                ),
                format!("added it at {} without", seconds(added)),
            ));
        };
        let of_queue = |other: &&Job| !run.flags.has_two_queues || other.is_urgent == job.is_urgent;
        for now in instants(&run.first, found, added) {
            let waiting =
                run.first.iter().filter(of_queue).filter(|job| job.waits_at(now)).count() as u64;
            require(
                waiting >= run.flags.capacity,
                format!(
                    "add {} at {}, when it is found and {waiting} wait in a queue for {}",
                    job.name,
                    seconds(now),
                    run.flags.capacity
                ),
                format!("added it at {}", seconds(added)),
            )
            .map_err(|fault| fault.of_queue(run.queue.map(|(queue, _)| queue)))?;
        }
    }
    Ok(())
}

pub(super) fn everybody_shuts_down_once(run: &Account) -> Verdict {
    let last_taken = run.first.iter().filter_map(Job::from).max().unwrap_or_default();
    let mut told: BTreeMap<u64, usize> = BTreeMap::new();
    for line in &run.lines.shutting_down {
        let worker = line.get("w").parse().unwrap_or(0);
        *told.entry(worker).or_default() += 1;
        require(
            line.at() >= last_taken || run.none_may_be_left(),
            "keep every worker until the last job is taken",
            format!(
                "printed `{}` at {}, and the last job was taken at {}",
                line.text,
                seconds(line.at()),
                seconds(last_taken)
            ),
        )?;
        let later = run.first.iter().find(|job| {
            job.worker() == Some(worker)
                && job.line.as_ref().is_some_and(|told| told.place > line.place)
                && job.fate != Fate::Lost
        });
        require(
            later.is_none(),
            format!("print `{}` when that worker has done its last job", line.text),
            later.map_or(String::new(), |job| format!("told the end of {} after it", job.name)),
        )?;
    }
    let dead = Account::deaths(&run.first).count() as u64;
    for worker in 1..=run.flags.crew {
        let times = told.remove(&worker).unwrap_or(0);
        require(
            times == 1 || times == 0 && dead > 0,
            format!("print \"[Worker-{worker}] Shutting down\" once"),
            format!("printed it {times} times"),
        )?;
    }
    let missing =
        run.flags.crew - run.lines.shutting_down.len().min(run.flags.crew as usize) as u64;
    require(
        missing <= dead,
        "have every worker that is left shut down",
        format!("left out {missing}, and {dead} jobs panicked"),
    )?;
    let strange = told.keys().next();
    require(
        strange.is_none(),
        format!("have {} workers shut down", run.flags.crew),
        format!("shut down Worker-{} too", strange.unwrap_or(&0)),
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

pub(super) fn how_busy_they_were(run: &Account) -> Verdict {
    let line = one(&run.lines.busy, account::BUSY)?;
    let there = run.lines.shutting_down.last().map_or(Duration::ZERO, Line::at);
    if there.is_zero() {
        return Ok(());
    }
    let share = |job: &Job, is_stretched: bool| match &job.work {
        Some(work) if is_stretched => work.to - work.from,
        Some(_) => job.time,
        None => Duration::ZERO,
    };
    let percent = |lost: bool, is_stretched: bool| {
        let jobs = run.first.iter().filter(|job| lost || job.fate != Fate::Lost);
        let spent: Duration = jobs.map(|job| share(job, is_stretched)).sum();
        100.0 * spent.div_duration_f64(there) / run.flags.crew as f64
    };
    // The brief leaves open whether a job that panics counts, and a schedule whether its own time or the stretched.
    let shares =
        [percent(false, false), percent(false, true), percent(true, false), percent(true, true)];
    let told = line.number("percent").unwrap_or(f64::NAN);
    let near = |share: &f64| (share - 1.01..=share + 0.51).contains(&told);
    let between =
        Account::deaths(&run.first).count() > 0 && told >= shares[0] - 1.01 && told <= 100.0;
    if shares.iter().any(near) || between {
        return Ok(());
    }
    let share = shares[0];
    let spent = there.as_secs_f64() * run.flags.crew as f64 * share / 100.0;
    Err(Fault::new(
        format!("tell that the workers were busy {share:.1}% of the time, rounded or cut off"),
        printed(line),
    )
    .seen([format!(
        "together they spent {spent:.3} s on jobs, and were there for {} × {}",
        run.flags.crew,
        seconds(there)
    )]))
}

pub(super) fn busy_stands_in_its_place(run: &Account) -> Verdict {
    let (busy, summary) =
        (one(&run.lines.busy, account::BUSY)?, one(&run.lines.summary, account::SUMMARY)?);
    let last = run.lines.shutting_down.last().map_or(0, |line| line.place);
    require(
        (last..summary.place).contains(&busy.place),
        format!("print `{}` between the last \"Shutting down\" and `{}`", busy.text, summary.text),
        "printed it elsewhere",
    )
}

pub(super) fn the_dead_letters_are_listed(run: &Account) -> Verdict {
    if !run.flags.dead_letters {
        return require(
            run.lines.dead_letters.is_empty(),
            "list no dead letters without --dead-letters",
            "listed them",
        );
    }
    let line = one(&run.lines.dead_letters, account::DEAD_LETTERS)?;
    let names: Vec<&str> = run.letters().iter().map(|job| job.name.as_str()).collect();
    let expected = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let listed: Vec<&str> = line.get("items").split(", ").collect();
    if line.get("items") != expected {
        let mut failed = run.letters();
        failed.sort_by_key(|job| job.to());
        let failed: Vec<&str> = failed.iter().map(|job| job.name.as_str()).collect();
        let is_order = listed == failed;
        let seen = is_order.then(|| "this is the order in which they failed".to_owned());
        return Err(
            Fault::new(format!("print `Dead letters: {expected}`"), printed(line)).seen(seen)
        );
    }
    let later = run.lines.shutting_down.last().filter(|last| last.place > line.place);
    require(
        later.is_none(),
        "list them when all workers have shut down",
        later.map_or(String::new(), |later| format!("listed them before `{}`", later.text)),
    )
}

pub(super) fn each_is_tried_once_more(run: &Account) -> Verdict {
    let letters = if run.flags.dead_letters { run.letters() } else { Vec::new() };
    let retried = &run.lines.retried;
    if retried.len() != letters.len() {
        let name = |line: &Line| line.get("result").split(' ').nth(1).map(str::to_owned);
        let tries: Vec<String> = retried.iter().filter_map(name).collect();
        let seen = letters.iter().filter_map(|job| {
            match tries.iter().filter(|name| **name == job.name).count() {
                0 => Some(format!("none of them names {}", job.name)),
                1 => None,
                times => Some(format!("{times} of them name {}", job.name)),
            }
        });
        return Err(Fault::new(
            format!("print {} lines that begin with [Retry]", letters.len()),
            format!("printed {}", retried.len()),
        )
        .seen(seen.take(1)));
    }
    let listed = run.lines.dead_letters.first().map_or(0, |line| line.place);
    for (line, job) in retried.iter().zip(letters) {
        let wanted = if run.fails_again(job) {
            format!("Failed: {}", job.name)
        } else {
            format!("Processed: {} (took ", job.name)
        };
        let is_right = if run.fails_again(job) {
            line.get("result") == wanted
        } else {
            let took =
                line.get("result").strip_prefix(&wanted).and_then(|rest| rest.strip_suffix("s)"));
            let took = took.and_then(|took| took.parse().ok()).unwrap_or(f64::NAN);
            tells(took, job.time) || run.flags.is_stretched && took > job.time.as_secs_f64()
        };
        require(is_right, format!("print `[Retry] {wanted}…`"), printed(line))?;
        require(
            line.place > listed,
            "list the dead letters before the second tries",
            "listed them after",
        )?;
    }
    Ok(())
}

pub(super) fn a_second_try_takes_its_time(run: &Account) -> Verdict {
    let letters = if run.flags.dead_letters { run.letters() } else { Vec::new() };
    let mut since = Duration::ZERO;
    let mut works = run.again.iter();
    for (line, job) in run.lines.retried.iter().zip(letters) {
        let work = works.next();
        require(
            work.is_some_and(|work| {
                work.to == line.at() && work.from >= since && work.asks_for(job)
            }),
            format!("work {} again on {}, after the try before it", seconds(job.time), job.name),
            format!(
                "printed `{}` at {}, and the try before it had ended at {}",
                line.text,
                seconds(line.at()),
                seconds(since)
            ),
        )?;
        since = line.at();
    }
    require(works.next().is_none(), "try each of them once", "tried one more")
}

pub(super) fn the_lost_are_named(run: &Account) -> Verdict {
    let times = |job: &Job| {
        let named = |told: &&(Fate, Line)| told.0 == Fate::Lost && told.1.get("item") == job.name;
        run.lines.told.iter().filter(named).count()
    };
    for job in &run.first {
        let expected = usize::from(job.fate == Fate::Lost && job.work.is_some());
        if times(job) != expected {
            let told = run.lines.told.iter().map(|(_, line)| line);
            let seen = told
                .filter(|line| line.get("item") == job.name)
                .map(|line| format!("`{}` was printed at {}", line.text, seconds(line.at())));
            return Err(Fault::new(
                if expected == 1 {
                    format!("print one line \"lost: {}\"", job.name)
                } else {
                    format!("print no line \"lost: {}\"", job.name)
                },
                format!("printed {}", times(job)),
            )
            .seen(seen.take(2))
            .lacks_a_line());
        }
    }
    // Whether the batch names them is left open.
    for job in &run.second {
        require(
            times(job) <= usize::from(job.fate == Fate::Lost),
            format!("call {} lost once, and only if it panicked", job.name),
            format!("called it so {} times", times(job)),
        )?;
    }
    Ok(())
}

pub(super) fn the_summary_counts(run: &Account) -> Verdict {
    let line = one(&run.lines.summary, account::SUMMARY)?;
    let first_try =
        run.first.iter().filter(|job| job.fate == Fate::Processed && job.work.is_some()).count();
    let letters = if run.flags.dead_letters { run.letters() } else { Vec::new() };
    let second_try = letters.iter().filter(|job| !run.fails_again(job)).count();
    let jobs = first_try + second_try;
    if line.get("jobs") != jobs.to_string() {
        let at_first = format!("{first_try} jobs were processed at the first try");
        let seen = match second_try {
            0 => at_first,
            more => format!("{at_first}, and {more} at the second"),
        };
        return Err(Fault::new(format!("count {jobs} jobs"), printed(line)).seen([seen]));
    }
    let crew = [run.flags.crew, run.flags.workers].map(|crew| crew.to_string());
    require(
        crew.iter().any(|crew| crew == line.get("crew")),
        format!("tell that {} workers did it", crew[0]),
        printed(line),
    )
}

pub(super) fn the_first_part_ends_with_its_last_job(run: &Account) -> Verdict {
    let line = one(&run.lines.summary, account::SUMMARY)?;
    let (worked, added) =
        (run.first.iter().filter_map(Job::to), run.first.iter().filter_map(|job| job.added));
    let tried = run.lines.retried.iter().map(Line::at);
    let over = worked.chain(added).chain(tried).max().unwrap_or_default();
    require(
        line.at() == over || run.none_may_be_left() && line.at() >= over,
        format!("end the first part at {}, with its last job", seconds(over)),
        format!("printed `{}` at {}", line.text, seconds(line.at())),
    )?;
    require(
        tells(line.number("s").unwrap_or(f64::NAN), line.at()),
        format!("tell that it took {:.1} seconds", line.at().as_secs_f64()),
        printed(line),
    )?;
    let last = run.lines.shutting_down.last().map_or(0, |line| line.place);
    let batch = one(&run.lines.batch, account::BATCH)?;
    require(
        last < line.place && line.place < batch.place,
        format!("print `{}` after the last \"Shutting down\" and before the batch", line.text),
        "printed it elsewhere",
    )
}

pub(super) fn the_batch_ends_with_its_last_job(run: &Account) -> Verdict {
    let (batch, line) =
        (one(&run.lines.batch, account::BATCH)?, one(&run.lines.finished, account::FINISHED)?);
    require(
        batch.get("jobs") == run.flags.batch.to_string(),
        format!("print `--- A batch of {} more jobs ---`", run.flags.batch),
        printed(batch),
    )?;
    let last = run.lines.all.last().map_or("", |line| line.text.as_str());
    require(
        line.place + 1 == run.lines.all.len(),
        format!("print `{}` last", line.text),
        format!("printed `{last}` after it"),
    )?;
    let over = run.second.iter().filter_map(Job::to).max().unwrap_or(run.border);
    require(
        line.at() == over,
        format!("call the batch finished at {}, with its last job", seconds(over)),
        format!("printed `{}` at {}", line.text, seconds(line.at())),
    )?;
    let took = line.at() - run.border;
    require(
        tells(line.number("s").unwrap_or(f64::NAN), took),
        format!("tell that it took {:.1} seconds", took.as_secs_f64()),
        printed(line),
    )
}

pub(super) fn the_exit_code(run: &Account) -> Verdict {
    let lost = |jobs: &[Job]| Account::deaths(jobs).count() > 0;
    // What a job of the batch does to the code is not promised.
    if lost(&run.second) && !lost(&run.first) {
        return Ok(());
    }
    let code = i32::from(lost(&run.first));
    let lost = Account::deaths(&run.first).map(|job| format!("{} panicked", job.name));
    exits(run.code, code).map_err(|fault| fault.seen(lost.take(1)))
}

/// Whether a number of seconds with one digit tells this time.
fn tells(told: f64, time: Duration) -> bool {
    (told - time.as_secs_f64()).abs() <= 0.051
}

fn printed(line: &Line) -> String {
    format!("printed `{}`", line.text)
}

fn at(time: Option<Duration>) -> String {
    time.map_or("no time".to_owned(), seconds)
}
