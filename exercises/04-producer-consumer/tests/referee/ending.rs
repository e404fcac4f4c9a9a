//! How the rules look at what is told when the jobs are done: who was busy, what was lost, and how many were done.

use super::account::{self, Account, Fate, Job};
use exam::Line;
use exam::referee::facts::{exits, one, printed, seconds, tells};
use exam::referee::{Fault, Verdict, require};
use std::collections::BTreeMap;
use std::time::Duration;

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

pub(super) fn how_busy_they_were(run: &Account) -> Verdict {
    let line = one(&run.lines.busy, account::BUSY)?;
    let there = run.lines.shutting_down.last().map_or(Duration::ZERO, Line::at);
    // Who dies with its job does not say that it shuts down, and may be the last one there.
    let last_job = run.first.iter().filter_map(|job| Some(job.work.as_ref()?.to)).max();
    let there = there.max(last_job.unwrap_or_default());
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
    // A job that panics may count or not, and under a schedule it may be its own time or the stretched.
    let shares =
        [percent(false, false), percent(false, true), percent(true, false), percent(true, true)];
    let told = line.number("percent").unwrap_or(f64::NAN);
    let near = |share: &f64| (share - 1.01..=share + 0.51).contains(&told);
    // Of several that panic, some may count.
    let most = shares.iter().copied().fold(0.0, f64::max);
    let between =
        Account::deaths(&run.first).count() > 1 && (shares[0] - 1.01..=most + 0.51).contains(&told);
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
            tells(Some(took), job.time) || run.flags.is_stretched && took > job.time.as_secs_f64()
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
        tells(line.number("s"), line.at()),
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
        tells(line.number("s"), took),
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
