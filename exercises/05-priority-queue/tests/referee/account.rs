//! What happened to each job in a run. Only flags, lines and tape are looked at: no number of the program is believed.
//!
//! When a job was made, and who worked on it for how long, is told by the sleeps on the tape. From "Added" to "Took" it
//! waits.

use exam::referee::facts::Polls;
use exam::referee::{Setting, Tasks};
use exam::{Actor, Line, Run, What};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

pub(super) const ADDED: &str = "[Producer] Added {item} ({label})";
pub(super) const ALL_ADDED: &str = "[Producer] Done — added {jobs} jobs total";
pub(super) const TOOK: &str = "[Worker-{w}] Took {item} ({label}) after {s} seconds";
pub(super) const PROMOTED: &str = "[Worker-{w}] Promoted {item} ({label})";
pub(super) const PROCESSED: &str = "[Worker-{w}] Processed {item} ({label})";
pub(super) const SHUTTING_DOWN: &str = "[Worker-{w}] Shutting down";
pub(super) const LONGEST: &str = "The longest wait was {s} seconds: {item} ({label})";
pub(super) const SUMMARY: &str = "Processed {jobs} jobs in {s} seconds with {workers} workers";

/// The lines that the program may print.
pub(super) const LINES: &[&str] = &[
    "--- A priority queue between a producer and its workers ---",
    ADDED,
    ALL_ADDED,
    TOOK,
    PROMOTED,
    PROCESSED,
    SHUTTING_DOWN,
    LONGEST,
    SUMMARY,
];

/// The same instant, but for a timer that is a millisecond late.
const INSTANT: Duration = Duration::from_millis(1);

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) lines: Lines,
    pub(super) jobs: Vec<Job>,
    /// How many are worked on from each instant on.
    at_work: BTreeMap<Duration, usize>,
    /// How many wait from each instant on.
    pub(super) waiting: BTreeMap<Duration, usize>,
    /// Where somebody asked again and again.
    pub(super) polls: Vec<String>,
}

pub(crate) struct Flags {
    jobs: u64,
    flood: u64,
    levels: u64,
    seed: u64,
    pub(super) workers: usize,
    /// How many jobs the queue holds.
    pub(super) capacity: usize,
    /// How long a job waits at most before it goes first.
    pub(super) max_wait: Option<Duration>,
    pub(super) has_deadlines: bool,
    /// Whether a schedule stretches the times.
    pub(super) is_stretched: bool,
}

pub(crate) struct Job {
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) priority: u64,
    /// How long after it is made it is due.
    term: Duration,
    /// How long the producer needs for it.
    pub(super) pause: Duration,
    /// How long a worker needs for it.
    pub(super) time: Duration,
    /// When the producer was at it.
    pub(super) making: Option<Span>,
    pub(super) added: Option<Line>,
    pub(super) took: Option<Line>,
    pub(super) processed: Option<Line>,
    pub(super) work: Option<Work>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(super) from: Duration,
    pub(super) to: Duration,
}

/// A stretch in which somebody slept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(super) by: Actor,
    pub(super) span: Span,
    asked: Duration,
}

/// The lines by what they say.
pub(crate) struct Lines {
    pub(super) all: Vec<Line>,
    pub(super) added: Vec<Line>,
    pub(super) took: Vec<Line>,
    pub(super) processed: Vec<Line>,
    pub(super) promoted: Vec<Line>,
    pub(super) longest: Vec<Line>,
    pub(super) summary: Vec<Line>,
}

/// Whether two instants are the same, but for a late timer.
pub(super) fn is_near(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= INSTANT
}

impl Job {
    pub(super) fn made(&self) -> Option<Duration> {
        self.making.map(|making| making.to)
    }

    pub(super) fn added(&self) -> Option<Duration> {
        self.added.as_ref().map(Line::at)
    }

    pub(super) fn taken(&self) -> Option<Duration> {
        self.took.as_ref().map(Line::at)
    }

    pub(super) fn done(&self) -> Option<Duration> {
        self.processed.as_ref().map(Line::at)
    }

    pub(super) fn due(&self) -> Option<Duration> {
        Some(self.made()? + self.term)
    }

    /// How long it had waited since it was made.
    pub(super) fn wait_at(&self, at: Duration) -> Option<Duration> {
        Some(at.saturating_sub(self.made()?))
    }

    pub(super) fn wait(&self) -> Option<Duration> {
        self.wait_at(self.taken()?)
    }

    /// Whether it waits at this instant, since before it and beyond it.
    pub(super) fn waits_at(&self, at: Duration) -> bool {
        self.added().is_some_and(|added| added < at) && self.taken().is_none_or(|taken| at < taken)
    }

    /// What stands in brackets behind its name.
    pub(super) fn label(&self, flags: &Flags) -> Option<String> {
        if flags.has_deadlines {
            return Some(format!("due at {:.3}s", self.due()?.as_secs_f64()));
        }
        Some(format!("priority {}", self.priority))
    }
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, tasks: &Tasks) -> Account {
        let flags = Flags::of(setting, tasks);
        let jobs = (1..=flags.jobs + flags.flood).map(|number| flags.job(number)).collect();
        let mut account = Account {
            code: run.code(),
            lines: Lines::of(run),
            jobs,
            at_work: BTreeMap::new(),
            waiting: BTreeMap::new(),
            polls: Vec::new(),
            flags,
        };
        let mut sleeps = sleeps(run);
        account.find_lines();
        account.find_what_was_made(&mut sleeps);
        account.find_works(&mut sleeps);
        let spans = |from: fn(&Job) -> Option<Duration>, to: fn(&Job) -> Option<Duration>| {
            let span = |job: &Job| Some((from(job)?, to(job).unwrap_or(Duration::MAX)));
            counts(account.jobs.iter().filter_map(span))
        };
        let (at_work, waiting) = (spans(Job::taken, Job::done), spans(Job::added, Job::taken));
        (account.at_work, account.waiting) = (at_work, waiting);
        account.polls = account.polls(run);
        account
    }

    fn find_lines(&mut self) {
        let by_item = |lines: &[Line]| {
            let named = |line: &Line| (line.get("item").to_owned(), line.clone());
            lines.iter().rev().map(named).collect::<BTreeMap<_, _>>()
        };
        let [mut added, mut took, mut processed] =
            [&self.lines.added, &self.lines.took, &self.lines.processed].map(|it| by_item(it));
        for job in &mut self.jobs {
            job.added = added.remove(&job.name);
            job.took = took.remove(&job.name);
            job.processed = processed.remove(&job.name);
        }
    }

    /// When the producer was at each job: after it had added the one before, and before it added this one.
    fn find_what_was_made(&mut self, sleeps: &mut Vec<Work>) {
        let (mut since, mut producer) = (Duration::ZERO, None);
        for job in &mut self.jobs {
            let Some(line) = &job.added else { break };
            let by = producer.or(Some(line.by()));
            let until = line.at() + INSTANT;
            let fits = |sleep: &Work| {
                sleep.asked == job.pause
                    && sleep.span.from + INSTANT >= since
                    && sleep.span.to <= until
            };
            let likely = |sleep: &Work| (Some(sleep.by) == by, sleep.span.from == since);
            let fitting = (0..sleeps.len()).rev().filter(|place| fits(&sleeps[*place]));
            if let Some(place) = fitting.max_by_key(|place| likely(&sleeps[*place])) {
                let sleep = sleeps.remove(place);
                producer = Some(sleep.by);
                job.making = Some(sleep.span);
            }
            since = line.at();
        }
    }

    /// Which sleep was the work on a job: the worker's own, or else one that ends where the job is processed.
    fn find_works(&mut self, sleeps: &mut Vec<Work>) {
        for job in &mut self.jobs {
            let (Some(took), Some(processed)) = (&job.took, &job.processed) else { continue };
            let fits =
                |sleep: &Work| sleep.asked == job.time && is_near(sleep.span.to, processed.at());
            let likely =
                |sleep: &Work| (is_near(sleep.span.from, took.at()), sleep.by == processed.by());
            let fitting = (0..sleeps.len()).rev().filter(|place| fits(&sleeps[*place]));
            let place = fitting.max_by_key(|place| likely(&sleeps[*place]));
            job.work = place.map(|place| sleeps.remove(place));
        }
    }

    /// How many are worked on at an instant.
    pub(super) fn at_work(&self, at: Duration) -> usize {
        self.at_work.range(..=at).next_back().map_or(0, |(_, count)| *count)
    }

    /// The most that are worked on at one time, and since when.
    pub(super) fn most_at_work(&self) -> (usize, Duration) {
        let most = self.at_work.iter().max_by_key(|(_, count)| **count);
        most.map_or((0, Duration::ZERO), |(at, count)| (*count, *at))
    }

    /// The instants from one on and before another at which work begins or ends.
    pub(super) fn instants(
        &self,
        from: Duration,
        to: Duration,
    ) -> impl Iterator<Item = Duration> + '_ {
        [from].into_iter().chain(self.at_work.range(from..to).map(|(at, _)| *at))
    }

    /// Whether a job has waited too long at this instant; at the very limit it may count or not. Under a schedule a timer is late that is to say so.
    pub(super) fn is_overdue(&self, job: &Job, at: Duration) -> Option<bool> {
        let Some(max_wait) = self.flags.max_wait else { return Some(false) };
        let wait = job.wait_at(at)?;
        let is_overdue = wait > max_wait;
        let is_known = wait != max_wait && (!is_overdue || !self.flags.is_stretched);
        is_known.then_some(is_overdue)
    }

    /// Each job that was taken, when, and the jobs that waited then.
    pub(super) fn choices(&self) -> Vec<(&Job, Duration, Vec<&Job>)> {
        let mut taken: Vec<(Duration, &Job)> =
            self.jobs.iter().filter_map(|job| Some((job.taken()?, job))).collect();
        taken.sort_by_key(|(at, job)| (*at, job.number));
        let others = |at| self.jobs.iter().filter(move |other| other.waits_at(at)).collect();
        taken.into_iter().map(|(at, job)| (job, at, others(at))).collect()
    }

    /// Where somebody asked again and again at one instant, and when something happened although nothing was made,
    /// taken or done. Under a schedule nobody can know when a timer is due.
    fn polls(&self, run: &Run) -> Vec<String> {
        let spins = Polls::at_one_instant(run);
        let spin = |place: &String| format!("asked again and again at {place}");
        let mut polls: Vec<String> = spins.spins().iter().map(spin).collect();
        if self.flags.is_stretched {
            return polls;
        }
        let mut known = BTreeSet::from([Duration::ZERO]);
        for job in &self.jobs {
            let lifted = self.flags.max_wait.unwrap_or_default();
            let begun = job.making.map(|making| making.from);
            known
                .extend([begun, job.made(), job.added(), job.taken(), job.done()].iter().flatten());
            known.extend([job.made(), job.added()].iter().flatten().map(|at| *at + lifted));
        }
        let is_known =
            |at: Duration| known.range(at.saturating_sub(INSTANT)..=at + INSTANT).next().is_some();
        let strange = run.events().iter().find(|event| !is_known(event.at));
        polls.extend(strange.map(|event| {
            let place = run.events().iter().find_map(|other| match &other.what {
                What::Wait { place, .. } if other.at == event.at => Some(format!(", at {place}")),
                _ => None,
            });
            let (at, place) = (event.at.as_secs_f64(), place.unwrap_or_default());
            format!("was awake at {at:.3} s{place}, when nothing was made, taken or done")
        }));
        polls
    }
}

impl Flags {
    fn of(setting: &Setting, tasks: &Tasks) -> Flags {
        let capacity = setting.maybe("--capacity").filter(|_| tasks.done("fix-1"));
        let max_wait = setting.maybe("--max-wait").filter(|_| tasks.done("fix-2"));
        Flags {
            jobs: setting.number("--jobs"),
            flood: setting.number("--flood"),
            levels: setting.number("--levels"),
            seed: setting.number("--seed"),
            workers: setting.number("--workers") as usize,
            capacity: capacity.map_or(usize::MAX, |capacity| capacity as usize),
            max_wait: max_wait.map(Duration::from_millis),
            has_deadlines: setting.is_set("--deadlines"),
            is_stretched: setting.schedule().is_some(),
        }
    }

    fn job(&self, number: u64) -> Job {
        let is_flood = number > self.jobs;
        let time = |range| Duration::from_millis(self.random(range, number));
        Job {
            number,
            name: format!("job_{number}"),
            priority: if is_flood { self.levels } else { self.random(1..=self.levels, number) },
            term: time(500..=3210),
            pause: time(100..=240),
            time: time(200..=600),
            making: None,
            added: None,
            took: None,
            processed: None,
            work: None,
        }
    }

    /// As the plumbing has it.
    fn random(&self, range: RangeInclusive<u64>, number: u64) -> u64 {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed + range.end());
        rng.set_stream(number);
        // Of the same width as there: another width draws other numbers.
        let range = *range.start() as u32..=*range.end() as u32;
        rng.random_range(range).into()
    }
}

impl Lines {
    fn of(run: &Run) -> Lines {
        // The brief says that nobody looks at these two: they may say what they like.
        for (pattern, place) in [(ALL_ADDED, "jobs"), (SHUTTING_DOWN, "w")] {
            run.lines(pattern).iter().for_each(|line| _ = line.get(place));
        }
        Lines {
            all: run.all_lines().to_vec(),
            added: run.lines(ADDED),
            took: run.lines(TOOK),
            processed: run.lines(PROCESSED),
            promoted: run.lines(PROMOTED),
            longest: run.lines(LONGEST),
            summary: run.lines(SUMMARY),
        }
    }
}

/// How many of these stretches there are at a time, from each instant on at which that changes.
fn counts(spans: impl Iterator<Item = (Duration, Duration)>) -> BTreeMap<Duration, usize> {
    let mut changes: BTreeMap<Duration, (usize, usize)> = BTreeMap::new();
    for (from, to) in spans.filter(|(from, to)| from <= to) {
        changes.entry(from).or_default().0 += 1;
        changes.entry(to).or_default().1 += 1;
    }
    let mut now = 0;
    let count = |(at, (begun, ended))| {
        now = now + begun - ended;
        (at, now)
    };
    changes.into_iter().map(count).collect()
}

fn sleeps(run: &Run) -> Vec<Work> {
    let sleep = |event: &exam::Event| match event.what {
        What::Sleep { asked, takes } => {
            let span = Span { from: event.at, to: event.at + takes };
            Some(Work { by: event.actor, span, asked })
        }
        _ => None,
    };
    run.events().iter().filter_map(sleep).collect()
}
