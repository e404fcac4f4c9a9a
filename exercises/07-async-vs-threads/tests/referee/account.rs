//! What happened to each job in a run. Only flags, lines and tape are looked at: no number of the program is believed.
//!
//! Who did a job, and when, is told by the sleeps and computations on the tape: each is as long as its job takes.

use exam::referee::facts::Polls;
use exam::referee::{Setting, Tasks};
use exam::{Actor, Event, Line, Run, What};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeSet;
use std::time::Duration;

pub(super) const TITLE: &str = "--- One pool, on threads and on tasks ---";
pub(super) const DONE: &str = "[{w}] Done: {item} at {at} seconds, {late} seconds late";
pub(super) const FEWER: &str = "No more threads: {got} workers instead of {wanted}";
pub(super) const SUMMARY: &str = "Did {jobs} jobs in {s} seconds, at most {most} at once";

/// The lines that the program may print.
pub(super) const LINES: &[&str] = &[TITLE, DONE, FEWER, SUMMARY];

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) jobs: Vec<Job>,
    pub(super) all: Vec<Line>,
    pub(super) fewer: Vec<Line>,
    pub(super) summary: Vec<Line>,
    /// Lines that tell of a job that there is not.
    pub(super) strange: Vec<Line>,
    /// The actors that are tasks.
    pub(super) tasks: BTreeSet<Actor>,
    /// What took time and was no job.
    pub(super) stray: Vec<Work>,
    /// Where somebody asked again and again, at one instant.
    pub(super) polls: Polls,
}

#[derive(Clone, Copy)]
pub(crate) struct Flags {
    pub(super) pool: Pool,
    pub(super) work: Mix,
    pub(super) blocking: Option<u64>,
    pub(super) workers: usize,
    /// How many workers there are in the end: a machine may refuse some.
    pub(super) crew: usize,
    pub(super) jobs: u64,
    pub(super) cores: usize,
    /// Whether a schedule stretches the times.
    pub(super) is_stretched: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    Threads,
    Tokio,
    Tasks,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mix {
    Io,
    Cpu,
    Mixed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Hash,
    File,
}

pub(crate) struct Job {
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Its own time.
    pub(super) time: Duration,
    pub(super) lines: Vec<Line>,
    pub(super) work: Option<Work>,
    /// When it is to be taken: as soon as one of those before it has ended.
    pub(super) due: Option<Duration>,
}

/// A stretch in which somebody waited, computed or read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(super) by: Actor,
    pub(super) from: Duration,
    pub(super) to: Duration,
    asked: Duration,
}

impl Flags {
    pub(super) fn of(setting: &Setting) -> Flags {
        let count = |flag| usize::try_from(setting.number(flag)).expect("it is a small number");
        let pool = match setting.text("--pool") {
            Some("threads") => Pool::Threads,
            Some("tasks") => Pool::Tasks,
            _ => Pool::Tokio,
        };
        let workers = count("--workers");
        let given = setting.maybe("--max-threads").and_then(|given| usize::try_from(given).ok());
        Flags {
            pool,
            work: match setting.text("--work") {
                Some("cpu") => Mix::Cpu,
                Some("mixed") => Mix::Mixed,
                _ => Mix::Io,
            },
            blocking: setting.maybe("--blocking"),
            workers,
            crew: workers.min(given.unwrap_or(workers)),
            jobs: setting.number("--jobs"),
            cores: count("--cores"),
            is_stretched: setting.schedule().is_some(),
        }
    }

    pub(super) fn kind(&self, job: u64) -> Kind {
        match self.work {
            _ if self.blocking.is_some_and(|nth| job.is_multiple_of(nth)) => Kind::File,
            Mix::Io => Kind::Request,
            Mix::Cpu => Kind::Hash,
            Mix::Mixed if job.is_multiple_of(2) => Kind::Hash,
            Mix::Mixed => Kind::Request,
        }
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        (1..=self.jobs).any(|job| self.kind(job) == kind)
    }

    /// Whether the jobs are taken in the order of their numbers: tasks that wait for a permit may come in any order
    /// under a schedule.
    pub(super) fn is_in_order(&self) -> bool {
        self.pool != Pool::Tasks || !self.is_stretched
    }
}

impl Work {
    /// Whether it is as long as this job takes.
    pub(super) fn is_like(&self, job: &Job) -> bool {
        self.asked == job.time
    }
}

impl Job {
    pub(super) fn line(&self) -> Option<&Line> {
        self.lines.first()
    }

    pub(super) fn ended(&self) -> Option<Duration> {
        self.line().map(Line::at)
    }
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, _tasks: &Tasks) -> Account {
        let flags = Flags::of(setting);
        let mut jobs: Vec<Job> = (1..=flags.jobs).map(|number| job(number, &flags)).collect();
        let mut strange = Vec::new();
        for line in run.lines(DONE) {
            let number = line.get("item").rsplit('_').next().and_then(|number| number.parse().ok());
            let place = number.and_then(|number: usize| number.checked_sub(1));
            match place.and_then(|place| jobs.get_mut(place)) {
                Some(job) if job.name == line.get("item") => job.lines.push(line),
                _ => strange.push(line),
            }
        }
        let tasks = run.events().iter().filter_map(|event| match event.what {
            What::Spawn { new, is_task: true } => Some(new),
            _ => None,
        });
        let mut account = Account {
            code: run.code(),
            all: run.all_lines().to_vec(),
            fewer: run.lines(FEWER),
            summary: run.lines(SUMMARY),
            tasks: tasks.collect(),
            stray: works(run),
            polls: Polls::at_one_instant(run),
            jobs,
            strange,
            flags,
        };
        account.find_what_is_due();
        account.find_works();
        // A sleep that is not over by then kept nobody: a wait for ever may be one of a year.
        let last = account.all.last().map_or(Duration::ZERO, Line::at);
        account.stray.retain(|work| work.to <= last);
        account
    }

    /// The first jobs are taken at once, and each other one when one more has ended.
    fn find_what_is_due(&mut self) {
        let mut ends: Vec<Duration> = self.jobs.iter().filter_map(Job::ended).collect();
        ends.sort();
        for (place, job) in self.jobs.iter_mut().enumerate() {
            job.due = match place.checked_sub(self.flags.crew) {
                None => Some(Duration::ZERO),
                Some(place) => ends.get(place).copied(),
            };
        }
    }

    /// Who did each job: whoever worked as long as it takes, until its line.
    fn find_works(&mut self) {
        for job in &mut self.jobs {
            let Some(at) = job.lines.first().map(Line::at) else { continue };
            let is_of_task = |work: &Work| self.tasks.contains(&work.by);
            let in_task = job.kind == Kind::Request && self.flags.pool != Pool::Threads;
            let fits = |work: &&(usize, &Work)| work.1.is_like(job) && work.1.to == at;
            let fit = |work: &(usize, &Work)| {
                (
                    is_of_task(work.1) == in_task,
                    Some(work.1.from) == job.due,
                    std::cmp::Reverse(work.0),
                )
            };
            let best = self.stray.iter().enumerate().filter(|work| fits(&work)).max_by_key(fit);
            if let Some((place, _)) = best {
                job.work = Some(self.stray.remove(place));
            }
        }
    }
}

fn job(number: u64, flags: &Flags) -> Job {
    let kind = flags.kind(number);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    rng.set_stream(number);
    Job {
        number,
        name: format!("{kind:?}_{number}").to_lowercase(),
        kind,
        // As the plumbing has it.
        time: Duration::from_millis(rng.random_range(100..=400)),
        lines: Vec::new(),
        work: None,
        due: None,
    }
}

fn works(run: &Run) -> Vec<Work> {
    let work = |event: &Event| match event.what {
        What::Sleep { asked, takes } => {
            Some(Work { by: event.actor, from: event.at, to: event.at + takes, asked })
        }
        _ => None,
    };
    run.events().iter().filter_map(work).collect()
}
