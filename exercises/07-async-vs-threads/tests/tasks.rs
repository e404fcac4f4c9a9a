//! What must hold, told as tests.
//!
//! Right programs differ in who does a job. So a test looks at which jobs were done, and when.

use exam::{Run, Work, most_at_once, program, task};
use std::collections::BTreeMap;
use std::time::Duration;

const DONE: &str = "[{w}] Done: {item} at {at} seconds, {late} seconds late";
const FEWER: &str = "No more threads: {got} workers instead of {wanted}";
const SUMMARY: &str = "Did {jobs} jobs in {s} seconds, at most {most} at once";

/// How long each job takes by itself, in milliseconds, from the first on.
const TIMES: [u64; 30] = [
    398, 190, 154, 397, 307, 210, 311, 395, 279, 335, 256, 178, 152, 379, 394, 358, 357, 320, 185,
    299, 110, 316, 242, 138, 131, 349, 174, 386, 286, 135,
];

exam::as_given!("07-async-vs-threads");
exam::finished!("07-async-vs-threads");

/// The pools are two, and the story is one.
#[test]
fn threads_and_tasks_tell_the_same_story() {
    for flags in ["", "--workers 1", "--workers 3 --jobs 30", "--workers 20"] {
        let [threads, tasks] = ["threads", "tokio"]
            .map(|pool| program().flag("--pool", pool).flags(flags).run().story(&[DONE, SUMMARY]));
        assert_eq!(threads, tasks, "with {flags}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (flags, named) in [
        ("--workers 0", "--workers"),
        ("--jobs few", "--jobs"),
        ("--blocking 0", "--blocking"),
        ("--pool green", "--pool"),
        ("--json", "--measure"),
        // The tests run on the pace instant.
        ("--measure", "--pace off"),
        ("--measure --workers 5", "--workers"),
    ] {
        let run = program().flags(flags).run();
        assert_eq!((run.code(), run.stdout()), (Some(2), ""), "{flags}");
        assert!(run.stderr().contains(named), "{flags}: {}", run.stderr());
    }
}

#[task("alter-1", "a task for each job, and never more at work than --workers")]
fn a_task_for_each_job_and_never_more_at_work_than_workers() {
    for (workers, jobs) in [(4, 12), (1, 5), (3, 30), (20, 12)] {
        let program =
            || program().flags("--pool tasks").flag("--workers", workers).flag("--jobs", jobs);
        let run = program().run();
        run.exits(0);
        run.each_once(DONE, "item", items(1..=jobs, |_| "request"));
        for line in run.lines(DONE) {
            let (actor, item) = (line.get("w"), line.get("item"));
            let signed = actor.strip_prefix("Task-") == item.strip_prefix("request_");
            run.require_or(
                signed,
                "sign the line of job 7 with `[Task-7]`, and each other one likewise",
                format!("printed `{}`", line.text),
                "a pool of workers",
            );
        }
        let works = works(&run);
        let most = most_at_once(works.iter().map(|work| (work.from, work.to)));
        let bound = workers.min(jobs);
        run.require_or(
            most == bound,
            format!("have {bound} at work in its busiest moment"),
            format!("had {most}"),
            if most > bound {
                "more at work than there are permits: nobody waits for one, or it is given back before the job is done"
            } else {
                "jobs that wait for each other, or permits whose number is not that of the workers"
            },
        );
        each_job_has_a_task_of_its_own(&run);
        as_with_workers(
            &run,
            workers,
            jobs,
            "a job that waits for more than a permit: for a whole batch, or for all those before it",
        );
        counts(&run, jobs, workers.min(jobs));

        for schedule in 1..=10 {
            let run = program().schedule(schedule).run();
            run.each_once(DONE, "item", items(1..=jobs, |_| "request"));
            let most = run.one(SUMMARY).number("most").unwrap_or(f64::INFINITY);
            run.require_or(
                most <= workers as f64,
                format!("have {workers} at work at most"),
                format!("had {most}"),
                "a job that begins before it has its permit",
            );
        }
    }
}

#[task("alter-2", "who computes holds up nobody but a core")]
fn who_computes_holds_up_nobody_but_a_core() {
    for (work, workers, jobs) in
        [("mixed", 4, 12), ("mixed", 1, 5), ("mixed", 2, 12), ("cpu", 4, 12), ("cpu", 3, 30)]
    {
        let run =
            program().flag("--work", work).flag("--workers", workers).flag("--jobs", jobs).run();
        run.exits(0);
        let even = |job| job % 2 == 0;
        run.each_once(
            DONE,
            "item",
            items(1..=jobs, |job| if work == "cpu" || even(job) { "hash" } else { "request" }),
        );
        on_time(&run, "request_");
        as_with_workers(&run, workers, jobs, "jobs that still compute one after another");
        counts(&run, jobs, workers);
    }

    // More of them compute than there are cores: some have to wait, but no request has.
    for (flags, cores) in
        [("--workers 8 --jobs 30 --cores 2", 2), ("--workers 12 --jobs 30 --cores 1", 1)]
    {
        let run = program().flags("--work mixed").flags(flags).run();
        run.exits(0);
        run.each_once(
            DONE,
            "item",
            items(1..=30, |job| if job % 2 == 0 { "hash" } else { "request" }),
        );
        on_time(&run, "request_");
        let works: Vec<Work> = works(&run)
            .into_iter()
            .filter(|work| work.line.get("item").starts_with("hash_"))
            .collect();
        let most = most_at_once(works.iter().map(|work| (work.from, work.to)));
        run.require_or(
            most == cores,
            format!("have {cores} computing in its busiest moment, on {cores} cores"),
            format!("had {most}"),
            if most < cores {
                "a computation that waits for others of its kind, while a core is free"
            } else {
                "a job that sleeps in place of computing"
            },
        );
    }
}

#[task("fix-1", "a call that blocks holds up nobody")]
fn a_call_that_blocks_holds_up_nobody() {
    for (nth, workers, jobs) in [(3, 4, 12), (1, 4, 12), (2, 1, 5), (4, 8, 30), (1, 10, 30)] {
        let run =
            program().flag("--blocking", nth).flag("--workers", workers).flag("--jobs", jobs).run();
        run.exits(0);
        run.each_once(
            DONE,
            "item",
            items(1..=jobs, |job| if job % nth == 0 { "file" } else { "request" }),
        );
        on_time(&run, "request_");
        on_time(&run, "file_");
        as_with_workers(&run, workers, jobs, "calls that wait for each other");
        reads_each_file(&run);
        counts(&run, jobs, workers);
    }
}

#[task("fix-2", "a machine that refuses threads gets the work done with fewer")]
fn a_machine_that_refuses_threads_gets_the_work_done_with_fewer() {
    for (workers, jobs, given) in
        [(20, 30, 5), (4, 12, 3), (1000, 30, 7), (2, 12, 1), (4, 12, 4), (6, 12, 100)]
    {
        let run = program()
            .flags("--pool threads")
            .flag("--workers", workers)
            .flag("--jobs", jobs)
            .flag("--max-threads", given)
            .run();
        run.exits(0);
        let got = workers.min(given);
        if got < workers {
            let lines = run.lines(FEWER);
            run.require_or(
                lines.len() <= 1,
                format!("print `{FEWER}` once"),
                format!("printed {} of them", lines.len()),
                "asking again for each of the workers that are missing",
            );
            let told = run.one(FEWER);
            let expected = format!("No more threads: {got} workers instead of {workers}");
            let did = format!("printed `{}`", told.text);
            run.require(told.text == expected, format!("print `{expected}`"), did);
        } else {
            run.none(FEWER);
        }
        run.each_once(DONE, "item", items(1..=jobs, |_| "request"));
        let works = works(&run).into_iter();
        let most = most_at_once(works.map(|work| (work.from, work.to)));
        run.require_or(
            most == got,
            format!("have {got} at work in its busiest moment"),
            format!("had {most}"),
            if most > got {
                "somebody who does jobs and is not counted"
            } else {
                "a worker that gets nothing to do"
            },
        );
        as_with_workers(
            &run,
            got,
            jobs,
            "workers that begin late, or that do not take the next job at once",
        );
        counts(&run, jobs, got);
    }

    // Without any thread it has only to end, and `run` has seen to that.
    let _ = program().flags("--pool threads --max-threads 0").run();
}

fn program() -> exam::Program {
    program!("07-async-vs-threads")
}

fn items(
    jobs: impl IntoIterator<Item = usize>,
    kind: impl Fn(usize) -> &'static str,
) -> Vec<String> {
    jobs.into_iter().map(|job| format!("{}_{job}", kind(job))).collect()
}

/// A job's own time.
fn time(item: &str) -> Duration {
    let job = item.rsplit('_').next().and_then(|job| job.parse::<usize>().ok());
    Duration::from_millis(
        job.and_then(|job| TIMES.get(job.wrapping_sub(1))).copied().unwrap_or_default(),
    )
}

fn works(run: &Run) -> Vec<Work> {
    run.works_lasting(DONE, |line| time(line.get("item")))
}

/// One may print for all. But then it does not sleep until each job is done.
fn each_job_has_a_task_of_its_own(run: &Run) {
    let mut owners = BTreeMap::new();
    for work in run.works(DONE).into_iter().filter(|work| work.from < work.to) {
        let item = work.line.get("item").to_owned();
        let actor = work.line.told.map(|(_, actor)| actor);
        if let Some(other) = owners.insert(actor, item.clone()) {
            run.require_or(
                false,
                "have a task of its own for each job",
                format!("did {other} and {item} in one and the same"),
                "a pool of workers under another name",
            );
        }
    }
}

/// Who reads a file sleeps on a thread for as long as the file takes.
fn reads_each_file(run: &Run) {
    for line in run.lines(DONE).iter().filter(|line| line.get("item").starts_with("file_")) {
        let item = line.get("item");
        run.require_or(
            run.a_thread_slept(time(item), run.at(line)),
            format!("read {item} by `read_file`, on a thread"),
            "had no thread that waited for it",
            "a task's sleep in place of the call",
        );
    }
}

/// Asks that no job of a kind took longer than its own time.
fn on_time(run: &Run, kind: &str) {
    let looks_like = if kind == "file_" {
        "a task that keeps the executor to itself, or a file that waits for another file (a lock, or a single thread for all)"
    } else {
        "a task that keeps the executor to itself: it computes, blocks, or waits for a thread without `.await`"
    };
    for line in run.lines(DONE).iter().filter(|line| line.get("item").starts_with(kind)) {
        run.require_or(
            line.get("late") == "0.000",
            format!("have every {} done on time", kind.trim_end_matches('_')),
            format!("printed `{}`", line.text),
            looks_like,
        );
    }
}

/// Asks for the instants at which the jobs are done by so many workers, of whom each takes the next job as
/// soon as it has done one; and says what it looks like if a job is done later.
fn as_with_workers(run: &Run, workers: usize, jobs: usize, late: &str) {
    let mut free = vec![Duration::ZERO; workers];
    let mut due = BTreeMap::new();
    for job in 1..=jobs {
        let first = free.iter_mut().min().expect("there is a worker");
        *first += Duration::from_millis(TIMES[job - 1]);
        due.insert(job, *first);
    }
    for line in run.lines(DONE) {
        let item = line.get("item");
        let job = item.rsplit('_').next().and_then(|job| job.parse::<usize>().ok());
        let Some(due) = job.and_then(|job| due.get(&job)) else { continue };
        let at = run.at(&line);
        run.require_or(
            at == *due && line.get("at") == format!("{:.3}", due.as_secs_f64()),
            format!(
                "have {item} done at {:.3} seconds, as {workers} workers do",
                due.as_secs_f64()
            ),
            format!("printed `{}` at {:.3} seconds", line.text, at.as_secs_f64()),
            if at < *due {
                "a job that is called done before it is, or that begins too early"
            } else {
                late
            },
        );
    }
}

/// Asks for what the last line counts.
fn counts(run: &Run, jobs: usize, most: usize) {
    let summary = run.one(SUMMARY);
    let last = run.stdout().lines().last().unwrap_or_default();
    run.require(
        summary.text == last,
        format!("print `{}` last", summary.text),
        format!("printed `{last}` after it"),
    );
    run.require_or(
        summary.get("jobs") == jobs.to_string() && summary.get("most") == most.to_string(),
        format!("count {jobs} jobs, at most {most} at once"),
        format!("printed `{}`", summary.text),
        "a job that calls `begin` before it may begin, or one that is done outside of `begin` and `finish`",
    );
}
