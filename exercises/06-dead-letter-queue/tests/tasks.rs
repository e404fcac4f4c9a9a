//! What must hold, told as tests.
//!
//! Right programs differ in where a job waits for its next attempt, and in which worker makes it.
//! So a test looks at which attempts were made, and when, and asks no worker for its number.

use exam::{Line, Run, Work, most_at_once, program, task};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

const ADDED: &str = "[Producer] Added: item_{item}";
const RETRYING: &str = "[Worker-{w}] Retrying: item_{item} (attempt {n} at {s} s)";
const PROCESSED: &str = "[Worker-{w}] Processed: item_{item} (attempt {n} at {s} s)";
const FAILED: &str = "[Worker-{w}] Failed: item_{item} (attempt {n} at {s} s: {reason})";
const LETTER: &str = "Dead letter: {letter}";
const REDRIVEN: &str = "Redriven: item_{item} {fate}";
const FULL: &str = "Dead-letter queue is full: item_{item}";
const SUMMARY: &str = "Processed {jobs} jobs in {s} seconds, dead letters: {dead}";

const WORKED: &str = "processed";
const TIMED_OUT: &str = "timed out";
const MALFORMED: &str = "malformed";

exam::as_given!("06-dead-letter-queue");
exam::finished!("06-dead-letter-queue");

#[task("alter-1", "a retry comes after its backoff, and no worker waits for it")]
fn a_retry_comes_after_its_backoff_and_no_worker_waits_for_it() {
    // With a worker for each job, a retry begins the moment it may.
    for flags in ["--workers 12", "--workers 12 --jitter 0", "--workers 20 --jobs 20 --seed 7"] {
        let (run, setting) = play(flags);
        run.exits(0);
        tried_as_often_as_needed(&run, &setting);
        for pause in pauses(&run, &setting) {
            let least = setting.backoff(pause.item, pause.after);
            run.require_or(
                pause.took() == least,
                format!(
                    "begin attempt {} of item_{} {} after attempt {} failed, as a worker is free",
                    pause.after + 1,
                    pause.item,
                    seconds(least),
                    pause.after
                ),
                format!("waited {}", seconds(pause.took())),
                "a pause that is not 200 ms × 2^(attempt − 1) + jitter, one that begins elsewhere, or a timer \
                 that serves one job at a time",
            );
        }
    }
    let (run, _) = play("--workers 12");
    run.tells("alter_1_workers_12", &[RETRYING, PROCESSED, FAILED]);

    // With too few workers it may be late, but only because all of them are at work.
    for flags in ["--workers 1", "--workers 2", "--workers 3 --jobs 60 --capacity 60"] {
        let (run, setting) = play(flags);
        run.exits(0);
        tried_as_often_as_needed(&run, &setting);
        the_pool_has_its_size(&run, &setting);
        counts(&run, setting.jobs, 0);
        for pause in pauses(&run, &setting) {
            let least = setting.backoff(pause.item, pause.after);
            pauses_at_least(&run, &pause, least);
        }
        no_worker_waits_for_a_pause(&run, &setting);
    }

    let setting = Setting::of("");
    program().explore(1..=40, |run| {
        run.exits(0);
        tried_as_often_as_needed(run, &setting);
    });
}

#[task("alter-2", "dead letters are put back once, and it is told what became of each")]
fn dead_letters_are_put_back_once() {
    for flags in [
        "--redrive --max-attempts 3 --poison 4 --workers 12",
        "--redrive --max-attempts 2 --poison 5 --workers 2",
        "--redrive --max-attempts 1 --poison 1 --workers 1",
        "--redrive",
    ] {
        let (run, setting) = play(flags);
        run.exits(0);
        redrives(&run, &setting);

        // They are put back together, so where there is a worker for each, all begin at once.
        let Some(letter) = run.lines(LETTER).into_iter().next() else { continue };
        let back = run.at(&letter);
        if setting.workers >= 12 {
            for attempt in attempts(&run, &setting) {
                run.require_or(
                    attempt.work.to <= back || attempt.number > 1 || attempt.work.from == back,
                    format!(
                        "put all letters back at {}, when the first round is over",
                        seconds(back)
                    ),
                    format!("began item_{} at {}", attempt.item, seconds(attempt.work.from)),
                    "letters that are tried one after another, or put back one by one",
                );
            }
        }
        the_pool_has_its_size(&run, &setting);
    }

    let (run, _) = play("--max-attempts 3 --poison 4");
    run.exits(0);
    run.none(REDRIVEN);

    let setting = Setting::of("--redrive --max-attempts 3 --poison 4");
    program().flags("--redrive --max-attempts 3 --poison 4").explore(1..=20, |run| {
        run.exits(0);
        redrives(run, &setting);
    });
}

#[task("fix-1", "poison is not tried for ever, and a dead letter tells its story")]
fn poison_is_not_tried_for_ever_and_a_dead_letter_tells_its_story() {
    for flags in [
        "",
        "--poison 4",
        "--poison 4 --max-attempts 3",
        "--poison 1 --max-attempts 1",
        "--max-attempts 2 --workers 12",
    ] {
        let (run, setting) = play(flags);
        run.exits(0);
        tried_as_often_as_needed(&run, &setting);
        let tried = by_item(&attempts(&run, &setting));
        let dead = setting.dead();

        let letters = run.count(LETTER, dead.len());
        for (line, item) in letters.iter().zip(&dead) {
            let failed = &tried[item];
            let times: Vec<String> = failed
                .iter()
                .map(|attempt| format!("{:.3}", attempt.work.to.as_secs_f64()))
                .collect();
            let expected = format!(
                "Dead letter: item_{item} ({}; attempts: {}; failed at {} s)",
                setting.results(*item, false)[0],
                failed.len(),
                times.join(", ")
            );
            run.require_or(
                line.text == expected,
                format!("print `{expected}`"),
                format!("printed `{}`", line.text),
                "letters that are not in the order of their items, a history that was not kept, or times that \
                 are not those at which the attempts failed",
            );
        }
        let last = tried.values().flatten().map(|attempt| attempt.work.to).max();
        for line in &letters {
            run.require_or(
                Some(run.at(line)) >= last,
                "list the dead letters when every job is processed or dead",
                format!("printed `{}` at {}", line.text, seconds(run.at(line))),
                "a list that is printed while jobs are still tried",
            );
        }
        counts(&run, setting.jobs - dead.len() as u32, dead.len());
    }

    let setting = Setting::of("--poison 4 --max-attempts 3");
    program().flags("--poison 4 --max-attempts 3").explore(1..=20, |run| {
        run.exits(0);
        tried_as_often_as_needed(run, &setting);
        lists_the_dead(run, &setting);
    });
}

#[task("fix-2", "retries can't block the pool")]
fn retries_cant_block_the_pool() {
    for flags in [
        "--full --capacity 4",
        "--full --capacity 1 --workers 1",
        "--full --capacity 1 --jobs 30",
        "--full --capacity 2 --workers 12",
    ] {
        let (run, setting) = play(flags);
        run.exits(0);
        tried_as_often_as_needed(&run, &setting);
        the_pool_has_its_size(&run, &setting);
        counts(&run, setting.jobs, 0);
        for pause in pauses(&run, &setting) {
            let least = BASE + setting.jitter(pause.item, pause.after);
            pauses_at_least(&run, &pause, least);
        }
        holds_no_more_than_its_capacity(&run, &setting);
    }

    let setting = Setting::of("--full --capacity 2");
    program().flags("--full --capacity 2").explore(1..=40, |run| {
        run.exits(0);
        tried_as_often_as_needed(run, &setting);
    });
}

#[task("fix-3", "a dead letter without room stops the program, and is named")]
fn a_dead_letter_without_room_stops_the_program() {
    for (flags, capacity) in [
        ("--poison 2 --dlq-capacity 2", 2),
        ("--poison 1 --dlq-capacity 3 --workers 12", 3),
        ("--poison 4 --max-attempts 3 --dlq-capacity 3", 3),
    ] {
        let (run, setting) = play(flags);
        run.exits(3);
        // Attempts that were under way may still come to their end, and find no room either.
        let full = run.lines(FULL);
        if full.is_empty() {
            let _ = run.one(FULL);
        }
        let (item, at) = (number(&run, &full[0], "item"), run.at(&full[0]));
        let tried = by_item(&attempts(&run, &setting));

        let died = tried.get(&item).and_then(|attempts| attempts.last()).map(|last| last.work.to);
        run.require_or(
            died == Some(at) && setting.dead().contains(&item),
            "say that the dead-letter queue is full the moment a dead letter finds no room, and name its item",
            format!("printed `{}` at {}", full[0].text, seconds(at)),
            "the wrong item, or a queue that is looked at too late",
        );
        let listed = listed(&run);
        let died_before = |item: &u32| {
            tried.get(item).is_some_and(|attempts| {
                attempts.last().is_some_and(|last| last.reason != WORKED && last.work.to <= at)
            })
        };
        run.require_or(
            listed.len() == capacity && !listed.contains(&item) && listed.iter().all(died_before),
            format!("list the {capacity} dead letters that found room before item_{item}"),
            format!("listed {}", names(&listed)),
            "a letter that is pushed out, one too many, or a list that is not printed",
        );
        for attempt in tried.values().flatten() {
            run.require_or(
                attempt.work.from <= at,
                format!("begin no attempt after {}, when it stops", seconds(at)),
                format!(
                    "began attempt {} of item_{} at {}",
                    attempt.number,
                    attempt.item,
                    seconds(attempt.work.from)
                ),
                "a pool that is not told to stop",
            );
        }
    }

    for flags in ["--poison 4 --max-attempts 3 --dlq-capacity 4", "--poison 2"] {
        let (run, setting) = play(flags);
        run.exits(0);
        run.none(FULL);
        lists_the_dead(&run, &setting);
    }
}

fn program() -> exam::Program {
    program!("06-dead-letter-queue")
}

fn play(flags: &str) -> (Run, Setting) {
    (program().flags(flags).run(), Setting::of(flags))
}

/// What a run is about: its flags, and what follows from them.
struct Setting {
    jobs: u32,
    workers: usize,
    capacity: usize,
    max_attempts: usize,
    poison: Option<u32>,
    full: bool,
    jitter: u64,
    seed: u64,
}

impl Setting {
    fn of(flags: &str) -> Setting {
        let words: Vec<&str> = flags.split_whitespace().collect();
        let value = |flag: &str| {
            let place = words.iter().position(|word| *word == flag)?;
            words.get(place + 1)?.parse::<u32>().ok()
        };
        Setting {
            jobs: value("--jobs").unwrap_or(12),
            workers: value("--workers").unwrap_or(3) as usize,
            capacity: value("--capacity").unwrap_or(20) as usize,
            max_attempts: value("--max-attempts").unwrap_or(5) as usize,
            poison: value("--poison"),
            full: words.contains(&"--full"),
            jitter: value("--jitter").unwrap_or(100).into(),
            seed: value("--seed").unwrap_or(257).into(),
        }
    }

    /// How the attempts of an item end.
    fn results(&self, item: u32, redriven: bool) -> Vec<&'static str> {
        let hiccups = if item.is_multiple_of(3) { item / 3 % 5 } else { 0 };
        let timeouts = match self.poison.filter(|&nth| item.is_multiple_of(nth)) {
            Some(nth) if !item.is_multiple_of(2 * nth) => return vec![MALFORMED],
            Some(_) => u32::MAX,
            None if redriven => hiccups / 2,
            None => hiccups.max(self.full.into()),
        };
        let result = |attempt| if attempt <= timeouts { TIMED_OUT } else { WORKED };
        let mut results: Vec<_> = (1..=self.max_attempts as u32).map(result).collect();
        results.truncate((timeouts as usize).saturating_add(1));
        results
    }

    fn dead(&self) -> Vec<u32> {
        let dies = |item: &u32| self.results(*item, false).last() != Some(&WORKED);
        (1..=self.jobs).filter(dies).collect()
    }

    /// How long the attempt of an item takes.
    fn time(&self, item: u32, reason: &str) -> Duration {
        match reason {
            TIMED_OUT => Duration::from_millis(701),
            MALFORMED => Duration::from_millis(97),
            _ => self.random_time(200..=600, item, 0),
        }
    }

    /// The pause after an attempt that failed.
    fn backoff(&self, item: u32, attempt: u32) -> Duration {
        BASE * 2u32.pow(attempt - 1) + self.jitter(item, attempt)
    }

    fn jitter(&self, item: u32, attempt: u32) -> Duration {
        self.random_time(0..=self.jitter, item, attempt)
    }

    /// As in the program.
    fn random_time(&self, millis: RangeInclusive<u64>, item: u32, attempt: u32) -> Duration {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed + millis.end());
        rng.set_stream(u64::from(item) * 100 + u64::from(attempt));
        Duration::from_millis(rng.random_range(millis))
    }
}

const BASE: Duration = Duration::from_millis(200);

/// An attempt that was made.
#[derive(Clone)]
struct Attempt {
    item: u32,
    number: u32,
    /// Why it failed, or that it worked.
    reason: String,
    work: Work,
}

/// All attempts, in the order in which they ended.
fn attempts(run: &Run, setting: &Setting) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for pattern in [FAILED, PROCESSED] {
        let reason = |line: &Line| {
            let reason = if pattern == FAILED { line.get("reason") } else { WORKED };
            reason.to_owned()
        };
        let time = |line: &Line| setting.time(number(run, line, "item"), &reason(line));
        for work in run.works_lasting(pattern, time) {
            let (item, number) = (number(run, &work.line, "item"), number(run, &work.line, "n"));
            attempts.push(Attempt { item, number, reason: reason(&work.line), work });
        }
    }
    attempts.sort_by_key(|attempt| attempt.work.to);
    attempts
}

fn by_item(attempts: &[Attempt]) -> BTreeMap<u32, Vec<Attempt>> {
    let mut by_item: BTreeMap<u32, Vec<Attempt>> = BTreeMap::new();
    for attempt in attempts {
        by_item.entry(attempt.item).or_default().push(attempt.clone());
    }
    by_item
}

/// A whole number in a line.
fn number(run: &Run, line: &Line, placeholder: &str) -> u32 {
    let number = line.get(placeholder).parse();
    run.require(
        number.is_ok(),
        format!("print a number where the brief has {{{placeholder}}}"),
        format!("printed `{}`", line.text),
    );
    number.unwrap_or_default()
}

/// Asks that each item has its attempts, numbered from 1, and no others.
fn tried_as_often_as_needed(run: &Run, setting: &Setting) {
    let tried = by_item(&attempts(run, setting));
    for item in tried.keys() {
        run.require(
            (1..=setting.jobs).contains(item),
            format!("try item_1 to item_{}", setting.jobs),
            format!("tried item_{item}"),
        );
    }
    for item in 1..=setting.jobs {
        let made = tried.get(&item).map(Vec::as_slice).unwrap_or_default();
        tried_like(run, "", item, made, &setting.results(item, false));
    }
}

fn tried_like(run: &Run, again: &str, item: u32, made: &[Attempt], expected: &[&str]) {
    let expected: Vec<_> = (1..).zip(expected.iter().map(|reason| (*reason).to_owned())).collect();
    let made: Vec<_> =
        made.iter().map(|attempt| (attempt.number, attempt.reason.clone())).collect();
    let looks_like = if made.is_empty() {
        "a job that gets lost"
    } else if made.len() < expected.len() && expected.starts_with(&made) {
        "a retry that gets lost, or a job that is given up too early"
    } else if made.starts_with(&expected) {
        "a limit that is off by one, or an error that is retried and should not be"
    } else {
        "an attempt that is counted wrongly"
    };
    run.require_or(
        made == expected,
        format!("try item_{item}{again}: {}", story(&expected)),
        format!("tried item_{item}{again}: {}", story(&made)),
        looks_like,
    );
}

fn story(attempts: &[(u32, String)]) -> String {
    if attempts.is_empty() {
        return "never".to_owned();
    }
    let told = attempts.iter().map(|(number, reason)| format!("attempt {number} {reason}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The time between an attempt that failed and the next one.
struct Pause {
    item: u32,
    /// The number of the attempt that failed.
    after: u32,
    from: Duration,
    to: Duration,
}

impl Pause {
    fn took(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

fn pauses(run: &Run, setting: &Setting) -> Vec<Pause> {
    let mut pauses = Vec::new();
    for (item, attempts) in by_item(&attempts(run, setting)) {
        for pair in attempts.windows(2) {
            let (from, to) = (pair[0].work.to, pair[1].work.from);
            pauses.push(Pause { item, after: pair[0].number, from, to });
        }
    }
    pauses
}

fn pauses_at_least(run: &Run, pause: &Pause, least: Duration) {
    run.require_or(
        pause.took() >= least,
        format!(
            "wait at least {} after attempt {} of item_{} failed",
            seconds(least),
            pause.after,
            pause.item
        ),
        format!("waited {}", seconds(pause.took())),
        "a retry at once, or a pause that is too short",
    );
}

/// Asks that no more jobs are tried at once than there are workers, and that each does one at a time.
fn the_pool_has_its_size(run: &Run, setting: &Setting) {
    let attempts = attempts(run, setting);
    let span = |attempt: &Attempt| (attempt.work.from, attempt.work.to);
    let most = most_at_once(attempts.iter().map(span));
    run.require_or(
        most <= setting.workers,
        format!("have no more at work than {} at one time", setting.workers),
        format!("had {most}"),
        "retries that are tried outside the pool, or helpers that join it",
    );
    let names: BTreeSet<&str> = attempts.iter().map(|attempt| attempt.work.line.get("w")).collect();
    for name in names {
        let its = attempts.iter().filter(|attempt| attempt.work.line.get("w") == name);
        let most = most_at_once(its.map(span));
        run.require_or(
            most <= 1,
            "let each worker do one thing at a time",
            format!("had Worker-{name} at {most} at once"),
            "a task for each job, under the name of a worker",
        );
    }
}

/// Asks that while a job could be tried, all workers are at work.
fn no_worker_waits_for_a_pause(run: &Run, setting: &Setting) {
    let attempts = attempts(run, setting);
    // From when each attempt could have been made.
    let mut ready = Vec::new();
    for line in run.lines(ADDED) {
        ready.push((number(run, &line, "item"), 1, run.at(&line)));
    }
    for pause in pauses(run, setting) {
        let from = pause.from + setting.backoff(pause.item, pause.after);
        ready.push((pause.item, pause.after + 1, from));
    }
    let works: Vec<&Work> = attempts.iter().map(|attempt| &attempt.work).collect();
    let at_work =
        |at: Duration| works.iter().filter(|work| work.from <= at && at < work.to).count();
    for (item, number, from) in ready {
        let attempt = attempts.iter().find(|made| (made.item, made.number) == (item, number));
        let Some(begun) = attempt.map(|attempt| attempt.work.from) else { continue };
        let ends = works.iter().map(|work| work.to);
        for at in ends.chain([from]).filter(|at| (from..begun).contains(at)) {
            run.require_or(
                at_work(at) >= setting.workers,
                "let a free worker try what is there to be tried",
                format!(
                    "had {} of {} workers at work at {}, and attempt {number} of item_{item} could have been \
                     made since {}",
                    at_work(at),
                    setting.workers,
                    seconds(at),
                    seconds(from)
                ),
                "a worker that sleeps through the pause, a timer that serves one job at a time, or a queue \
                 that nobody looks at",
            );
        }
    }
}

/// Whoever prints "Added" a moment too early, or holds one job in hand, is right too.
fn holds_no_more_than_its_capacity(run: &Run, setting: &Setting) {
    let added =
        run.lines(ADDED).into_iter().map(|line| (number(run, &line, "item"), run.at(&line)));
    let tried = by_item(&attempts(run, setting));
    let waits = added.filter_map(|(item, added)| Some((added, tried.get(&item)?[0].work.from)));
    // What was taken in the instant in which it came did not wait.
    let waiting = most_at_once(waits.filter(|(added, taken)| added < taken));
    run.require_or(
        waiting <= setting.capacity + 2,
        format!("let the producer put no more than {} jobs into the queue", setting.capacity),
        format!("let {waiting} wait"),
        "a queue whose capacity is not that of the flag",
    );
}

/// Asks what holds of a run with `--redrive`, in any order.
fn redrives(run: &Run, setting: &Setting) {
    let dead = setting.dead();
    lists_the_dead(run, setting);
    // The list stands between the first round and the second.
    let place = |text: &str| run.stdout().lines().position(|line| line == text);
    let list = run.lines(LETTER).last().and_then(|line| place(&line.text));
    let tried = by_item(&attempts(run, setting));
    let mut again = 0;
    for item in 1..=setting.jobs {
        let made = tried.get(&item).cloned().unwrap_or_default();
        let second: Vec<Attempt> =
            made.into_iter().filter(|made| place(&made.work.line.text) > list).collect();
        if !dead.contains(&item) || list.is_none() {
            run.require_or(
                list.is_none() || second.is_empty(),
                "list the dead letters when every job is processed or dead, and put only those back",
                format!("tried item_{item} after the list"),
                "a list that comes too early, or a job that is put back although it was processed",
            );
            continue;
        }
        let mut expected = setting.results(item, true);
        // Whether a malformed item is retried is the matter of Fix 1.
        if expected == [MALFORMED] && second.len() > 1 {
            expected = vec![MALFORMED; setting.max_attempts];
        }
        tried_like(run, " again, once it was a dead letter", item, &second, &expected);

        let told = run.lines(REDRIVEN);
        let told: Vec<_> =
            told.iter().filter(|line| line.get("item") == item.to_string()).collect();
        let fate = if expected.last() == Some(&WORKED) { WORKED } else { "dead again" };
        let text = format!("Redriven: item_{item} {fate}");
        let did = told.iter().map(|line| format!("`{}`", line.text)).collect::<Vec<_>>();
        run.require_or(
            told.len() == 1 && told[0].text == text,
            format!("print `{text}` once"),
            if did.is_empty() {
                "did not".to_owned()
            } else {
                format!("printed {}", did.join(", "))
            },
            "a letter that is forgotten, or a fate that was not looked at",
        );
        again += usize::from(fate != WORKED);
        let last = second.iter().filter_map(|made| place(&made.work.line.text)).max();
        run.require(
            place(&text) > last,
            format!("print `{text}` when all that was put back is processed or dead"),
            "printed it before",
        );
    }
    let told: Vec<u32> = run.lines(REDRIVEN).iter().map(|line| number(run, line, "item")).collect();
    let expected = if list.is_none() { vec![] } else { dead };
    run.require(
        told == expected,
        format!("tell what became of {}, in this order", names(&expected)),
        format!("told it of {}", names(&told)),
    );
    counts(run, setting.jobs - again as u32, again);
}

/// Asks that the dead letters are listed, in the order of their items.
fn lists_the_dead(run: &Run, setting: &Setting) {
    let (dead, listed) = (setting.dead(), listed(run));
    run.require_or(
        listed == dead,
        format!("list {} as dead letters, in this order", names(&dead)),
        format!("listed {}", names(&listed)),
        "a letter that is lost, or comes after the list, or a list that is not sorted",
    );
}

/// The items of the dead letters.
fn listed(run: &Run) -> Vec<u32> {
    let item = |line: &Line| {
        let item = line.get("letter").split_whitespace().next()?.strip_prefix("item_")?;
        item.parse().ok()
    };
    run.lines(LETTER).iter().filter_map(item).collect()
}

fn names(items: &[u32]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(|item| format!("item_{item}")).collect::<Vec<_>>().join(", ")
}

/// Asks how many jobs the last line counts.
fn counts(run: &Run, jobs: u32, dead: usize) {
    let summary = run.one(SUMMARY);
    run.require(
        summary.get("jobs") == jobs.to_string() && summary.get("dead") == dead.to_string(),
        format!("count {jobs} processed jobs and {dead} dead letters"),
        format!("printed `{}`", summary.text),
    );
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
