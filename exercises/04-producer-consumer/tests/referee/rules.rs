//! How each rule looks at a run. What it says when one is broken is what a learner reads.

use super::account::{Account, Fate, Job, gaps};
use exam::referee::facts::{self, Gaps, at, printed, seconds, tells};
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
            tells(Some(took), job.time) || tells(Some(took), worked),
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
        let is_first = std::ptr::eq(jobs, &run.first);
        let begin = if is_first { None } else { Some(run.border) };
        let gaps = gaps(jobs, begin);
        let works = jobs.iter().filter_map(|job| Some((job.from()?, job.to()?)));
        let at_work = gaps.count(works);
        let deaths: Vec<Duration> = Account::deaths(jobs).filter_map(Job::to).collect();
        for job in jobs {
            // With jobs that nobody could be seen at, nobody can say who was free.
            let (Some(since), Some(taken)) = (begin.or(job.added), job.from()) else { continue };
            for gap in gaps.of(since, taken) {
                let (now, busy) = (gaps.begin(gap), at_work[gap]);
                let dead = deaths.iter().filter(|death| **death <= now).count();
                if (busy as u64) < crew.saturating_sub(dead as u64) {
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
    let gaps = gaps(&run.first, None);
    for kind in [true, false] {
        let waiting = waiting(run, kind, &gaps);
        for added in run.first.iter().filter_map(|job| job.added) {
            let waiting = waiting[gaps.of(added, Duration::MAX).start];
            // One more may be in a hand, on its way from the queue to a worker.
            require(
                waiting as u64 <= capacity + 1,
                &should,
                format!("let {waiting} wait at {}", seconds(added)),
            )
            .map_err(|fault| fault.of_queue(queue))?;
        }
    }
    Ok(())
}

/// How many jobs wait in each gap, in the queue of the urgent ones or in the other, if there are two.
fn waiting(run: &Account, is_urgent: bool, gaps: &Gaps) -> Vec<usize> {
    let is_there = |job: &&Job| !run.flags.has_two_queues || job.is_urgent == is_urgent;
    gaps.count(run.first.iter().filter(is_there).filter_map(Job::wait))
}

pub(super) fn the_producer_waits_for_a_full_queue_alone(run: &Account) -> Verdict {
    let gaps = gaps(&run.first, run.first.iter().filter_map(|job| job.found));
    let waiting = [false, true].map(|is_urgent| waiting(run, is_urgent, &gaps));
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
        for gap in gaps.of(found, added) {
            let (now, waiting) = (gaps.begin(gap), waiting[usize::from(job.is_urgent)][gap] as u64);
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

pub(super) fn nobody_polls(run: &Account) -> Verdict {
    facts::nobody_spins(&run.polls)
}
