//! What must hold, told as tests.
//!
//! Right programs differ in which idle worker takes a job, and in when "Done" and "Shutting down" come.
//! So a test looks at which jobs were done and when, and asks no worker for its number.

use exam::{Line, Run, Work, most_at_once, program, task};
use std::collections::BTreeMap;
use std::time::Duration;

const ADDED: &str = "[Producer] Added job: {item}";
const PROCESSED: &str = "[Worker-{w}] Processed: {item} (took {s}s)";
const SHUTTING_DOWN: &str = "[Worker-{w}] Shutting down";
const BUSY: &str = "Workers were busy {percent}% of the time";
const DEAD_LETTERS: &str = "Dead letters: {items}";
const RETRIED: &str = "[Retry] {result}";
const LOST: &str = "lost: {item} (Worker-{w} panicked)";
const SUMMARY: &str = "Processed {jobs} jobs in {s} seconds with {crew} workers";
const FINISHED: &str = "Finished the batch in {s} seconds";

/// How long each job takes, in milliseconds, from the first on.
const TIMES: [u64; 30] = [
    718, 316, 695, 553, 692, 779, 680, 897, 656, 430, 497, 490, 391, 954, 908, 673, 944, 266, 662,
    1000, 458, 401, 697, 948, 829, 982, 804, 574, 217, 308,
];

exam::as_given!("04-producer-consumer");
exam::finished!("04-producer-consumer");

#[task("alter-1", "the summary tells how busy the workers were")]
fn the_summary_tells_how_busy_the_workers_were() {
    for (workers, at_work, percent) in [(1, 1, 99.5), (3, 3, 90.5), (10, 8, 44.5)] {
        let run = program().flag("--workers", workers).flags("--batch 0").run();
        run.exits(0);
        run.each_once(PROCESSED, "item", items(1..=20));
        run.has_at_work(&works(&run), at_work);
        run.workers_are_real(&works(&run));
        run.tells(&format!("alter_1_workers_{workers}"), &[PROCESSED]);
        if workers == 1 {
            let waiting = most_waiting(&run, &items(1..=20));
            run.require_or(
                waiting >= 9,
                "let up to 10 jobs wait in the queue",
                format!("let {waiting} wait, at the most"),
                "a smaller queue: is the edit of Break 2 still there?",
            );
        }

        let busy = run.one(BUSY);
        // Both ways of rounding are right, and so is a busy time that was summed up in milliseconds.
        let told = busy.number("percent").unwrap_or(f64::NAN);
        run.require_or(
            (told - percent).abs() <= 1.5,
            format!("tell that the workers were busy about {percent:.0}% of the time"),
            format!("printed `{}`", busy.text),
            "time that is not spent on jobs but counted, time of the wall clock, or a constant",
        );
        let summary = run.one(SUMMARY);
        counts(&run, &summary, 20);
        comes_before(&run, &busy, &summary);
        for line in run.count(SHUTTING_DOWN, workers) {
            comes_before(&run, &line, &busy);
        }
    }
}

#[task("alter-2", "a free worker takes an urgent job first")]
fn a_free_worker_takes_an_urgent_job_first() {
    for (flags, nth, workers, capacity) in [
        ("--priority 5", 5, 3, 10),
        ("--priority 3 --workers 1", 3, 1, 10),
        ("--priority 3 --capacity 2", 3, 3, 2),
    ] {
        let run = program().flags(flags).flags("--batch 0").run();
        run.exits(0);
        let (urgent, normal): (Vec<u32>, Vec<u32>) = (1..=20).partition(|job| job % nth == 0);
        let urgent: Vec<String> = urgent.iter().map(|job| format!("urgent_item_{job}")).collect();
        let normal = items(normal);
        run.each_once(PROCESSED, "item", urgent.iter().chain(&normal));
        run.each_once(SHUTTING_DOWN, "w", 1..=workers);

        let added = instants(&run, ADDED);
        let taken = taken(&run);
        for waits in &urgent {
            for other in &normal {
                let overtakes = added.get(waits).is_some_and(|added| *added < taken[other])
                    && taken[other] < taken[waits];
                run.require_or(
                    !overtakes,
                    "let a worker take an urgent job first",
                    format!(
                        "took {other} at {:.3} s, and {waits} had been in the queue since {:.3} s",
                        taken[other].as_secs_f64(),
                        added[waits].as_secs_f64()
                    ),
                    "one queue for all, a select! without `biased;`, or a worker that waits at one queue alone",
                );
            }
        }
        for queue in [&urgent, &normal] {
            holds_no_more_than(&run, capacity, queue);
        }
    }
}

#[task("alter-3", "jobs that fail are listed and tried once more")]
fn jobs_that_fail_are_listed_and_tried_once_more() {
    for nth in [4, 2] {
        let run = program().flag("--fail", nth).flags("--dead-letters --batch 0").run();
        run.exits(0);
        let (failed, worked): (Vec<u32>, Vec<u32>) = (1..=20).partition(|job| job % nth == 0);
        run.each_once(PROCESSED, "item", items(worked.clone()));

        let list = run.one(DEAD_LETTERS);
        let expected = format!("Dead letters: {}", items(failed.clone()).join(", "));
        let did = format!("printed `{}`", list.text);
        run.require(list.text == expected, format!("print `{expected}`"), did);
        for line in run.count(SHUTTING_DOWN, 3) {
            comes_before(&run, &line, &list);
        }

        let (mut now, mut again) = (run.at(&list), 0);
        let retried = run.count(RETRIED, failed.len());
        comes_before(&run, &list, &retried[0]);
        for (line, job) in retried.iter().zip(failed) {
            let took = time(job);
            let result = if job % (2 * nth) == 0 {
                format!("Failed: process_item_{job}")
            } else {
                again += 1;
                format!("Processed: process_item_{job} (took {:.1}s)", took.as_secs_f64())
            };
            let did = format!("printed `{}`", line.text);
            run.require(line.get("result") == result, format!("print `[Retry] {result}`"), did);
            let tried = run.at(line).saturating_sub(now);
            run.require(
                tried >= took,
                format!("take {:.1} s again for job {job}", took.as_secs_f64()),
                format!("took {:.1} s", tried.as_secs_f64()),
            );
            now = run.at(line);
        }
        let summary = run.one(SUMMARY);
        counts(&run, &summary, worked.len() + again);
        comes_before(&run, &retried[retried.len() - 1], &summary);
    }

    let run = program().flags("--dead-letters --batch 0").run();
    run.exits(0);
    run.each_once(PROCESSED, "item", items(1..=20));
    run.one("Dead letters: none");
    run.none(RETRIED);
    counts(&run, &run.one(SUMMARY), 20);
}

#[task("fix-1", "every worker stops, however many there are")]
fn every_worker_stops_however_many_there_are() {
    for (flags, jobs, crew, at_work, capacity) in [
        ("--helpers 2", 20, 5, 5, 10),
        ("--helpers 5 --jobs 3", 3, 8, 3, 10),
        ("--capacity 1", 20, 3, 3, 1),
    ] {
        let run = program().flags(flags).flags("--batch 0").run();
        run.exits(0);
        run.each_once(PROCESSED, "item", items(1..=jobs));
        run.each_once(SHUTTING_DOWN, "w", 1..=crew);
        let last_taken = taken(&run).into_values().max().unwrap_or_default();
        for line in run.lines(SHUTTING_DOWN) {
            run.require_or(
                run.at(&line) >= last_taken,
                "keep every worker until the last job is taken",
                format!(
                    "printed `{}` at {:.3} s, and the last job was taken at {:.3} s",
                    line.text,
                    run.at(&line).as_secs_f64(),
                    last_taken.as_secs_f64()
                ),
                "a worker that takes an empty queue for the end",
            );
        }
        run.has_at_work(&works(&run), at_work);
        holds_no_more_than(&run, capacity, &items(1..=jobs));
    }

    // It has only to end, and `run` has seen to that.
    let _ = program().flags("--panic 10 --capacity 1 --batch 0").run();
}

#[task("fix-2", "the batch is over when every job has its receipt, however it ended")]
fn the_batch_is_over_when_every_job_has_its_receipt() {
    for (flags, jobs, done) in [
        ("", 20, items((1..=30).collect::<Vec<_>>())),
        ("--fail 23", 20, items((1..=30).filter(|job| *job != 23))),
        ("--panic 23", 20, items((1..=30).filter(|job| *job != 23))),
        ("--jobs 1 --fail 1", 1, vec![]),
    ] {
        let run = program().flags(flags).run();
        if !flags.contains("--panic") {
            run.exits(0);
        }
        run.each_once(PROCESSED, "item", done);
        let finished = run.one(FINISHED);
        let last = run.stdout().lines().last().unwrap_or_default();
        run.require_or(
            finished.text == last,
            format!("print `{}` last", finished.text),
            format!("printed `{last}` after it"),
            "a batch that is called finished while jobs are still being done",
        );
        // The batch can't be over before its longest job is.
        let begun = run.one("--- A batch of 10 more jobs ---");
        let longest = (jobs + 1..=jobs + 10).map(time).max().unwrap_or_default();
        let took = run.at(&finished).saturating_sub(run.at(&begun));
        run.require_or(
            took >= longest,
            format!("need at least {:.1} s, as its longest job does", longest.as_secs_f64()),
            format!("called the batch finished after {:.1} s", took.as_secs_f64()),
            "a batch that is called finished while jobs are still being done",
        );
    }
}

#[task("fix-3", "a panic is the matter of one job, and the job is named")]
fn a_panic_is_the_matter_of_one_job() {
    for (flags, lost) in [("", vec![]), ("--panic 15", vec![15]), ("--panic 7", vec![7, 14])] {
        let run = program().flags(flags).flags("--batch 0").run();
        run.each_once(LOST, "item", items(lost.clone()));
        let done: Vec<u32> = (1..=20).filter(|job| !lost.contains(job)).collect();
        run.each_once(PROCESSED, "item", items(done.clone()));
        counts(&run, &run.one(SUMMARY), done.len());
        run.exits(i32::from(!lost.is_empty()));
    }

    // Workers that live on try all jobs, and workers that die one each.
    let run = program().flags("--panic 1 --batch 0").run();
    let mut lost: Vec<String> =
        run.lines(LOST).iter().map(|line| line.get("item").to_owned()).collect();
    lost.sort();
    let told = lost.len();
    lost.dedup();
    run.require(told == lost.len(), "name each lost job once", "named one of them twice");
    run.require(
        (3..=20).contains(&told) && lost.iter().all(|item| items(1..=20).contains(item)),
        format!("print `{LOST}` for each job that panicked, at least one for each worker"),
        format!("named {told}: {}", lost.join(", ")),
    );
    run.none(PROCESSED);
    run.exits(1);
}

fn program() -> exam::Program {
    program!("04-producer-consumer")
}

fn items(jobs: impl IntoIterator<Item = u32>) -> Vec<String> {
    jobs.into_iter().map(|job| format!("process_item_{job}")).collect()
}

/// The number of an item.
fn job(item: &str) -> Option<u32> {
    item.rsplit('_').next()?.parse().ok().filter(|job| (1..=30).contains(job))
}

fn time(job: u32) -> Duration {
    Duration::from_millis(TIMES[job as usize - 1])
}

/// When a line was printed for each item.
fn instants(run: &Run, pattern: &str) -> BTreeMap<String, Duration> {
    run.lines(pattern).iter().map(|line| (line.get("item").to_owned(), run.at(line))).collect()
}

/// When each item was taken from its queue.
fn taken(run: &Run) -> BTreeMap<String, Duration> {
    let works = works(run).into_iter();
    works.map(|work| (work.line.get("item").to_owned(), work.from)).collect()
}

/// The most of these items that waited in the queue at one time.
fn most_waiting(run: &Run, items: &[String]) -> usize {
    let (added, taken) = (instants(run, ADDED), taken(run));
    // What was taken in the instant in which it came did not wait.
    let waits = items.iter().filter_map(|item| Some((*added.get(item)?, *taken.get(item)?)));
    most_at_once(waits.filter(|(added, taken)| added < taken))
}

/// Whoever prints "Added" a moment too early, or holds one job in hand, is right too: so one more may wait.
fn holds_no_more_than(run: &Run, capacity: usize, items: &[String]) {
    let waiting = most_waiting(run, items);
    run.require_or(
        waiting <= capacity + 1,
        format!("let no more than {capacity} jobs wait in a queue"),
        format!("let {waiting} wait"),
        "a queue whose capacity is not that of the flag",
    );
}

/// What was worked on. The tape tells who slept, and that need not be who prints.
fn works(run: &Run) -> Vec<Work> {
    run.works_lasting(PROCESSED, |line| job(line.get("item")).map(time).unwrap_or_default())
}

/// Asks how many jobs the last line of the first part counts.
fn counts(run: &Run, summary: &Line, jobs: usize) {
    let did = format!("printed `{}`", summary.text);
    run.require(summary.get("jobs") == jobs.to_string(), format!("count {jobs} jobs"), did);
}

/// Asks for two lines in this order.
fn comes_before(run: &Run, one: &Line, other: &Line) {
    let place = |line: &Line| run.stdout().lines().position(|text| text == line.text);
    run.require(
        place(one) < place(other),
        format!("print `{}` before `{}`", one.text, other.text),
        "printed it after",
    );
}
