//! What happened to each job in a run. Only flags, lines and tape are looked at: no number of the program is believed.
//!
//! Who worked on what, and when, is told by the sleeps on the tape: each is as long as its job takes.

use exam::referee::facts::{Gaps, Polls};
use exam::referee::{Setting, Tasks};
use exam::{Actor, Line, Run, What};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

pub(super) const ADDED: &str = "[Producer] Added job: {item}";
pub(super) const ALL_ADDED: &str = "[Producer] Done — added {jobs} jobs total";
pub(super) const PROCESSED: &str = "[Worker-{w}] Processed: {item} (took {s}s)";
pub(super) const FAILED: &str = "[Worker-{w}] Failed: {item}";
pub(super) const LOST: &str = "lost: {item} (Worker-{w} panicked)";
pub(super) const SHUTTING_DOWN: &str = "[Worker-{w}] Shutting down";
pub(super) const BUSY: &str = "Workers were busy {percent}% of the time";
pub(super) const DEAD_LETTERS: &str = "Dead letters: {items}";
pub(super) const RETRIED: &str = "[Retry] {result}";
pub(super) const SUMMARY: &str = "Processed {jobs} jobs in {s} seconds with {crew} workers";
pub(super) const BATCH: &str = "--- A batch of {jobs} more jobs ---";
pub(super) const FINISHED: &str = "Finished the batch in {s} seconds";

/// The lines that the program may print.
pub(super) const LINES: &[&str] = &[
    "--- Producer-consumer with a bounded queue ---",
    ADDED,
    ALL_ADDED,
    PROCESSED,
    FAILED,
    LOST,
    SHUTTING_DOWN,
    BUSY,
    DEAD_LETTERS,
    RETRIED,
    SUMMARY,
    BATCH,
    FINISHED,
];

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) lines: Lines,
    pub(super) first: Vec<Job>,
    pub(super) second: Vec<Job>,
    /// Second tries, in the order in which they were made.
    pub(super) again: Vec<Work>,
    /// Work on what had been done, or on nothing that there is.
    pub(super) stray: Vec<Work>,
    /// When the second part begins.
    pub(super) border: Duration,
    /// The producer's queue, if it is one that the tape knows, and the most that it held at one time.
    pub(super) queue: Option<(u64, u64)>,
    /// Where somebody asked again and again, at one instant.
    pub(super) polls: Polls,
}

pub(crate) struct Flags {
    pub(super) jobs: u64,
    pub(super) workers: u64,
    pub(super) crew: u64,
    pub(super) capacity: u64,
    pub(super) batch: u64,
    pub(super) fail: Option<u64>,
    pub(super) dead_letters: bool,
    /// Whether urgent jobs have a queue of their own.
    pub(super) has_two_queues: bool,
    /// Whether a schedule stretches the times.
    pub(super) is_stretched: bool,
}

/// A job of either part.
pub(crate) struct Job {
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) is_urgent: bool,
    pub(super) fate: Fate,
    /// How long the producer looks for it.
    pub(super) pause: Duration,
    /// How long a worker needs for it.
    pub(super) time: Duration,
    /// When the producer had found it.
    pub(super) found: Option<Duration>,
    pub(super) added: Option<Duration>,
    pub(super) work: Option<Work>,
    /// The line that tells what came of it.
    pub(super) line: Option<Line>,
}

/// What has to come of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Processed,
    Failed,
    Lost,
}

impl Fate {
    /// That of a job, as the flags have it.
    pub(super) fn of(setting: &Setting, number: u64) -> Fate {
        match (is_due(setting, "--panic", number), is_due(setting, "--fail", number)) {
            (true, _) => Fate::Lost,
            (false, true) => Fate::Failed,
            (false, false) => Fate::Processed,
        }
    }
}

/// A stretch in which somebody worked.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(super) by: Actor,
    pub(super) from: Duration,
    pub(super) to: Duration,
    asked: Duration,
}

/// The lines by what they say.
pub(crate) struct Lines {
    pub(super) all: Vec<Line>,
    pub(super) added: Vec<Line>,
    pub(super) all_added: Vec<Line>,
    pub(super) shutting_down: Vec<Line>,
    pub(super) busy: Vec<Line>,
    pub(super) dead_letters: Vec<Line>,
    pub(super) retried: Vec<Line>,
    pub(super) summary: Vec<Line>,
    pub(super) batch: Vec<Line>,
    pub(super) finished: Vec<Line>,
    /// Those that tell what came of a job, with what they say.
    pub(super) told: Vec<(Fate, Line)>,
}

impl Work {
    /// Whether it is as long as this job takes.
    pub(super) fn asks_for(&self, job: &Job) -> bool {
        self.asked == job.time
    }
}

impl Job {
    pub(super) fn from(&self) -> Option<Duration> {
        self.work.as_ref().map(|work| work.from)
    }

    pub(super) fn to(&self) -> Option<Duration> {
        self.work.as_ref().map(|work| work.to)
    }

    /// From when to when it waits in a queue: from when it is added until somebody takes it.
    pub(super) fn wait(&self) -> Option<(Duration, Duration)> {
        self.added.map(|added| (added, self.from().map_or(Duration::MAX, |from| from.max(added))))
    }

    /// The number of the worker that its line names.
    pub(super) fn worker(&self) -> Option<u64> {
        self.line.as_ref()?.get("w").parse().ok()
    }
}

/// The gaps between the instants at which a job is added, taken or ended, or something else happens.
pub(super) fn gaps(jobs: &[Job], others: impl IntoIterator<Item = Duration>) -> Gaps {
    let changes = jobs.iter().flat_map(|job| [job.added, job.from(), job.to()]).flatten();
    Gaps::between(changes.chain(others).chain([Duration::MAX]))
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, tasks: &Tasks) -> Account {
        let lines = Lines::of(run);
        let border = lines.batch.first().map_or(Duration::MAX, Line::at);
        let letters = lines.dead_letters.first().map_or(Duration::MAX, Line::at);
        let mut account = Account {
            flags: Flags::of(setting, tasks),
            code: run.code(),
            first: Vec::new(),
            second: Vec::new(),
            again: Vec::new(),
            stray: Vec::new(),
            border,
            queue: None,
            polls: Polls::at_one_instant(run),
            lines,
        };
        let (first, second) = jobs(setting);
        account.first = first;
        account.second = second;
        let mut works = works(run);
        let producer = account.find_pauses(&mut works);
        // A job needs 200 milliseconds or more, and nobody else sleeps for so long.
        works.retain(|work| work.asked >= Duration::from_millis(200));
        let (of_second, rest): (Vec<Work>, Vec<Work>) =
            works.into_iter().partition(|work| work.from >= border);
        let (again, of_first) = rest.into_iter().partition(|work| work.from >= letters);
        account.again = again;
        let told = account.lines.told.clone();
        account.stray = find_works(&mut account.first, &told, of_first);
        account.stray.extend(find_works(&mut account.second, &told, of_second));
        account.queue = queue(run, producer, border, account.lines.added.len());
        account
    }

    /// When the producer had found each job: it looked for it since it had added the one before. Tells who it is.
    fn find_pauses(&mut self, works: &mut Vec<Work>) -> Option<Actor> {
        let (mut since, mut producer) = (Duration::ZERO, None);
        for job in &mut self.first {
            let added = self.lines.added.iter().find(|line| line.get("item") == job.name);
            job.added = added.map(Line::at);
            let pause = works.iter().position(|work| work.from == since && work.asked == job.pause);
            if let Some(pause) = pause.map(|place| works.remove(place)) {
                job.found = Some(pause.to);
                producer = Some(pause.by);
            }
            let Some(added) = job.added else { break };
            since = added;
        }
        producer
    }

    /// The jobs that are lost, once somebody has worked on them. Each may have ended its worker.
    pub(super) fn deaths(jobs: &[Job]) -> impl Iterator<Item = &Job> {
        jobs.iter().filter(|job| job.fate == Fate::Lost && job.work.is_some())
    }

    /// Whether no worker of the first part may be left. Then jobs stay where they are.
    pub(super) fn none_may_be_left(&self) -> bool {
        Account::deaths(&self.first).count() as u64 >= self.flags.crew
    }

    /// The jobs that failed, as they are to be listed.
    pub(super) fn letters(&self) -> Vec<&Job> {
        let failed = |job: &&Job| job.fate == Fate::Failed && job.work.is_some();
        self.first.iter().filter(failed).collect()
    }

    /// Whether the second try of a job fails too.
    pub(super) fn fails_again(&self, job: &Job) -> bool {
        self.flags.fail.is_some_and(|nth| job.number.is_multiple_of(2 * nth))
    }
}

impl Flags {
    fn of(setting: &Setting, tasks: &Tasks) -> Flags {
        let workers = setting.number("--workers");
        Flags {
            jobs: setting.number("--jobs"),
            workers,
            crew: workers + setting.number("--helpers"),
            capacity: setting.number("--capacity"),
            batch: setting.number("--batch"),
            fail: setting.maybe("--fail"),
            dead_letters: setting.is_set("--dead-letters"),
            has_two_queues: setting.is_set("--priority") && tasks.done("alter-2"),
            is_stretched: setting.schedule().is_some(),
        }
    }
}

impl Lines {
    fn of(run: &Run) -> Lines {
        let told = [(Fate::Processed, PROCESSED), (Fate::Failed, FAILED), (Fate::Lost, LOST)];
        Lines {
            all: run.all_lines().to_vec(),
            added: run.lines(ADDED),
            all_added: run.lines(ALL_ADDED),
            shutting_down: run.lines(SHUTTING_DOWN),
            busy: run.lines(BUSY),
            dead_letters: run.lines(DEAD_LETTERS),
            retried: run.lines(RETRIED),
            summary: run.lines(SUMMARY),
            batch: run.lines(BATCH),
            finished: run.lines(FINISHED),
            told: told
                .into_iter()
                .flat_map(|(fate, pattern)| run.lines(pattern).into_iter().map(move |l| (fate, l)))
                .collect(),
        }
    }
}

/// The numbers of the jobs of both parts.
pub(super) fn numbers(setting: &Setting) -> (RangeInclusive<u64>, RangeInclusive<u64>) {
    let border = setting.number("--jobs");
    (1..=border, border + 1..=border + setting.number("--batch"))
}

/// The jobs of both parts, as the flags have them.
fn jobs(setting: &Setting) -> (Vec<Job>, Vec<Job>) {
    let seed = setting.number("--seed");
    let job = |number: u64| {
        let is_urgent = is_due(setting, "--priority", number);
        Job {
            number,
            name: format!("{}_item_{number}", if is_urgent { "urgent" } else { "process" }),
            is_urgent,
            fate: Fate::of(setting, number),
            pause: random_time(seed, 50..=150, number),
            time: random_time(seed, 200..=1000, number),
            found: None,
            added: None,
            work: None,
            line: None,
        }
    };
    let (first, second) = numbers(setting);
    (first.map(job).collect(), second.map(job).collect())
}

/// Whether a flag that says "every so many" means this job.
fn is_due(setting: &Setting, flag: &str, number: u64) -> bool {
    setting.maybe(flag).is_some_and(|nth| number.is_multiple_of(nth))
}

/// As the plumbing has it.
fn random_time(seed: u64, millis: RangeInclusive<u64>, number: u64) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(seed + millis.end());
    rng.set_stream(number);
    Duration::from_millis(rng.random_range(millis))
}

fn works(run: &Run) -> Vec<Work> {
    let work = |event: &exam::Event| match event.what {
        What::Sleep { asked, takes } => {
            Some(Work { by: event.actor, from: event.at, to: event.at + takes, asked })
        }
        _ => None,
    };
    run.events().iter().filter_map(work).collect()
}

/// Which stretch was whose: the one that ends where the job's line is, and else the first of its length.
/// Gives back what was nobody's.
fn find_works(jobs: &mut [Job], told: &[(Fate, Line)], mut works: Vec<Work>) -> Vec<Work> {
    for job in jobs.iter_mut() {
        let line = told.iter().find(|(_, line)| line.get("item") == job.name);
        job.line = line.map(|(_, line)| line.clone());
    }
    for with_line in [true, false] {
        for job in jobs.iter_mut().filter(|job| job.work.is_none()) {
            let fits =
                |work: &Work| work.asked == job.time && job.added.is_none_or(|at| at <= work.from);
            let ends = |work: &Work, line: &Line| work.to == line.at();
            let own = |work: &Work, line: &Line| ends(work, line) && work.by == line.by();
            let place = match &job.line {
                Some(line) if with_line => works
                    .iter()
                    .position(|work| fits(work) && own(work, line))
                    .or_else(|| works.iter().position(|work| fits(work) && ends(work, line))),
                None if with_line => None,
                _ => works.iter().position(fits),
            };
            job.work = place.map(|place| works.remove(place));
        }
    }
    works
}

/// The producer's queue and the most that it held at one time: a queue into which it put one message for each job of
/// the first part. Whoever is the producer may fill the queue of the second part as well.
/// None if the tape knows of no such queue; the smallest number if it knows of several, since one may be a printer's.
fn queue(run: &Run, producer: Option<Actor>, border: Duration, added: usize) -> Option<(u64, u64)> {
    let mut queues: BTreeMap<u64, (usize, u64)> = BTreeMap::new();
    let of_first = run.events().iter().filter(|event| event.at < border);
    for event in of_first.filter(|event| Some(event.actor) == producer) {
        if let What::Send { queue, depth, displaces: false, .. } = event.what {
            let (sent, most) = queues.entry(queue).or_default();
            (*sent, *most) = (*sent + 1, depth.max(*most));
        }
    }
    let its = queues.into_iter().filter(|(_, (sent, _))| *sent == added);
    its.map(|(queue, (_, most))| (queue, most)).min_by_key(|(_, most)| *most)
}
