//! What happened to each item in a run. Only flags, lines and tape are looked at: no number of the program is believed.
//!
//! Who worked on what, and when, is told by the sleeps on the tape: each is as long as its item takes.

use exam::referee::facts::{Polls, Sleep, Sleeps};
use exam::referee::{Setting, Tasks};
use exam::{Line, Run, What};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

pub(super) const ONE_QUEUE: &str = "--- One queue for all consumers ---";
pub(super) const ADDED: &str = "[Producer] Added item {item}";
pub(super) const TOOK: &str = "[Consumer-{w}] Took item {item}";
pub(super) const FINISHED: &str = "[Consumer-{w}] Finished item {item} (took {s}s)";
pub(super) const LOST: &str = "lost: item {item} (Consumer-{w} panicked)";
pub(super) const GOING_HOME: &str = "[Consumer-{w}] Going home";
pub(super) const BATCH: &str = "Batch {batch} done";
pub(super) const SUMMARY: &str = "{done} of {made} items done in {s} seconds";
pub(super) const A_QUEUE_FOR_EACH: &str = "--- A queue for each consumer ---";

/// The lines that the program may print.
pub(super) const LINES: &[&str] =
    &[ONE_QUEUE, ADDED, TOOK, FINISHED, LOST, GOING_HOME, BATCH, SUMMARY, A_QUEUE_FOR_EACH];

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) all_lines: Vec<Line>,
    pub(super) one_queue: Vec<Line>,
    pub(super) a_queue_for_each: Vec<Line>,
    /// The lines about lost items, of both parts.
    pub(super) lost: Vec<Line>,
    /// The one part, or the two.
    pub(super) parts: Vec<Part>,
    pub(super) polls: Polls,
    /// Sleeps that belong to no item.
    pub(super) strange: Vec<Sleep>,
    pub(super) panics: usize,
}

pub(crate) struct Flags {
    pub(super) items: u64,
    pub(super) batches: u64,
    pub(super) consumers: u64,
    pub(super) capacity: usize,
    pub(super) leave_at: Option<u64>,
    pub(super) slow: Option<u64>,
    pub(super) split: bool,
}

/// All batches, from the first item to the summary.
pub(crate) struct Part {
    pub(super) name: &'static str,
    /// Whether each consumer has a queue of its own.
    pub(super) is_dealt: bool,
    pub(super) from: Duration,
    /// When the next part begins.
    to: Duration,
    pub(super) items: Vec<Item>,
    pub(super) added: Vec<Line>,
    pub(super) took: Vec<Line>,
    pub(super) finished: Vec<Line>,
    pub(super) going_home: Vec<Line>,
    pub(super) batches: Vec<Line>,
    pub(super) summary: Vec<Line>,
    /// From when on nobody may be left who takes what there is. What becomes of it then is not promised.
    pub(super) deserted: Option<Duration>,
}

pub(crate) struct Item {
    pub(super) number: u64,
    /// Its batch, from 1 on.
    pub(super) batch: u64,
    /// Whether it is the first of its batch.
    pub(super) is_first: bool,
    pub(super) panics: bool,
    /// How long the producer needs for it.
    pub(super) making: Duration,
    /// How long a consumer needs for it that is not slow.
    using: Duration,
    /// When it was made.
    pub(super) made: Option<Sleep>,
    pub(super) added: Option<Duration>,
    pub(super) took: Option<Line>,
    pub(super) finished: Option<Line>,
    /// When it was used.
    pub(super) work: Option<Sleep>,
}

impl Item {
    pub(super) fn from(&self) -> Option<Duration> {
        self.work.as_ref().map(|work| work.from)
    }

    pub(super) fn to(&self) -> Option<Duration> {
        self.work.as_ref().map(|work| work.to)
    }

    /// The number of the consumer that took it.
    pub(super) fn consumer(&self) -> Option<u64> {
        let line = self.took.as_ref().or(self.finished.as_ref())?;
        line.get("w").parse().ok()
    }

    /// How long the consumer that took it needs for it.
    pub(super) fn using(&self, flags: &Flags) -> Duration {
        let is_slow = flags.slow.is_some() && flags.slow == self.consumer();
        self.using * if is_slow { 4 } else { 1 }
    }

    /// While it was added, and nobody had taken it.
    pub(super) fn waited(&self) -> Option<(Duration, Duration)> {
        let added = self.added?;
        let taken = self.from().unwrap_or(Duration::MAX);
        (added < taken).then_some((added, taken))
    }

    /// While it was used.
    pub(super) fn used(&self) -> Option<(Duration, Duration)> {
        self.work.as_ref().map(|work| (work.from, work.to))
    }
}

impl Part {
    /// All that is dealt to one consumer, or all, where there is one queue.
    pub(super) fn of_queue(&self, queue: u64, flags: &Flags) -> Vec<&Item> {
        let is_its = |item: &&Item| !self.is_dealt || turn(item.number, flags) == queue;
        self.items.iter().filter(is_its).collect()
    }

    /// The numbers of the queues.
    pub(super) fn queues(&self, flags: &Flags) -> RangeInclusive<u64> {
        1..=if self.is_dealt { flags.consumers } else { 1 }
    }

    /// The items over which somebody panicked.
    pub(super) fn deaths(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.panics && item.work.is_some())
    }

    /// Whoever went home early: the item after which it did.
    pub(super) fn last_of_the_leaver(&self, flags: &Flags) -> Option<&Item> {
        self.items.iter().find(|item| Some(item.number) == flags.leave_at && item.work.is_some())
    }

    /// When all items of a batch were over.
    pub(super) fn over(&self, batch: u64) -> Option<Duration> {
        self.items.iter().filter(|item| item.batch == batch).filter_map(Item::to).max()
    }

    /// All instants at which something is made, added, taken or over.
    pub(super) fn instants(&self) -> impl Iterator<Item = Duration> {
        let of_item = |item: &Item| {
            let made = item.made.as_ref().map(|made| [made.from, made.to]);
            let used = item.used().map(|(from, to)| [from, to]);
            made.into_iter().flatten().chain(used.into_iter().flatten()).chain(item.added)
        };
        [self.from].into_iter().chain(self.items.iter().flat_map(of_item))
    }

    /// Whether the brief promises at this instant that items are made and taken.
    pub(super) fn goes_on_at(&self, at: Duration) -> bool {
        self.deserted.is_none_or(|deserted| at < deserted)
    }
}

/// The consumer whose turn it is.
pub(super) fn turn(item: u64, flags: &Flags) -> u64 {
    (item - 1) % flags.consumers + 1
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, _: &Tasks) -> Account {
        let flags = Flags::of(setting);
        let mut sleeps = Sleeps::of(run);
        let a_queue_for_each = run.lines(A_QUEUE_FOR_EACH);
        let border = a_queue_for_each.first().cloned();
        let mut parts = Vec::new();
        for is_dealt in if flags.split { vec![false, true] } else { vec![false] } {
            parts.push(part(run, setting, &flags, is_dealt, border.as_ref(), &mut sleeps));
        }
        let strange: Vec<Sleep> = sleeps.rest().cloned().collect();
        let mut known: BTreeSet<Duration> = parts.iter().flat_map(Part::instants).collect();
        known.insert(Duration::ZERO);
        Account {
            flags,
            code: run.code(),
            all_lines: run.all_lines().to_vec(),
            one_queue: run.lines(ONE_QUEUE),
            a_queue_for_each,
            lost: run.lines(LOST),
            parts,
            polls: Polls::of(run, &known),
            strange,
            panics: run.events().iter().filter(|event| event.what == What::Panic).count(),
        }
    }

    /// The items over which somebody panicked, in both parts.
    pub(super) fn deaths(&self) -> impl Iterator<Item = &Item> {
        self.parts.iter().flat_map(Part::deaths)
    }
}

impl Flags {
    fn of(setting: &Setting) -> Flags {
        Flags {
            items: setting.number("--items"),
            batches: setting.number("--batches"),
            consumers: setting.number("--consumers"),
            capacity: usize::try_from(setting.number("--capacity")).expect("it is small"),
            leave_at: setting.maybe("--leave-at"),
            slow: setting.maybe("--slow"),
            split: setting.is_set("--split"),
        }
    }
}

/// One part, with the sleeps that are its own. The line that begins the second is the border.
fn part(
    run: &Run,
    setting: &Setting,
    flags: &Flags,
    is_dealt: bool,
    border: Option<&Line>,
    sleeps: &mut Sleeps,
) -> Part {
    let lines = |pattern: &str| {
        let is_later = |line: &Line| border.is_some_and(|border| line.place > border.place);
        run.lines(pattern).into_iter().filter(|line| is_later(line) == is_dealt).collect()
    };
    let mut part = Part {
        name: match (flags.split, is_dealt) {
            (false, _) => "",
            (true, false) => " in the first part",
            (true, true) => " in the second part",
        },
        is_dealt,
        from: border.filter(|_| is_dealt).map_or(Duration::ZERO, Line::at),
        to: border.filter(|_| !is_dealt).map_or(Duration::MAX, Line::at),
        items: items(setting),
        added: lines(ADDED),
        took: lines(TOOK),
        finished: lines(FINISHED),
        going_home: lines(GOING_HOME),
        batches: lines(BATCH),
        summary: lines(SUMMARY),
        deserted: None,
    };
    find_lines(&mut part);
    find_makings(&mut part, sleeps);
    for item in &mut part.items {
        item.work = work(item, flags, part.from..part.to, sleeps);
    }
    part.deserted = deserted(&part, flags);
    part
}

/// The items, as the flags have them.
fn items(setting: &Setting) -> Vec<Item> {
    let (items, batches) = (setting.number("--items"), setting.number("--batches"));
    let item = |number: u64| Item {
        number,
        batch: (number - 1) / items + 1,
        is_first: (number - 1).is_multiple_of(items),
        panics: setting.maybe("--fail") == Some(number),
        making: random_time(40..=120, number),
        using: random_time(200..=900, number),
        made: None,
        added: None,
        took: None,
        finished: None,
        work: None,
    };
    (1..=items * batches).map(item).collect()
}

/// As the plumbing has it.
fn random_time(millis: RangeInclusive<u64>, item: u64) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(136 + millis.end());
    rng.set_stream(item);
    Duration::from_millis(rng.random_range(millis))
}

fn find_lines(part: &mut Part) {
    let item = |line: &Line| line.get("item").parse().ok().filter(|item: &usize| *item > 0);
    for line in &part.added {
        if let Some(item) = item(line).and_then(|item| part.items.get_mut(item - 1)) {
            item.added.get_or_insert(line.at());
        }
    }
    for line in &part.took {
        if let Some(item) = item(line).and_then(|item| part.items.get_mut(item - 1)) {
            item.took.get_or_insert(line.clone());
        }
    }
    for line in &part.finished {
        if let Some(item) = item(line).and_then(|item| part.items.get_mut(item - 1)) {
            item.finished.get_or_insert(line.clone());
        }
    }
}

/// When each item was made: once the one before it was added.
fn find_makings(part: &mut Part, sleeps: &mut Sleeps) {
    let mut since = part.from;
    for item in &mut part.items {
        let making = item.making;
        item.made = sleeps
            .take(since..=since, |sleep| sleep.asked == making)
            .or_else(|| sleeps.take(part.from..part.to, |sleep| sleep.asked == making));
        since = item.added.unwrap_or(since);
    }
}

/// When an item was used: as its lines tell, if they are right.
fn work(item: &Item, flags: &Flags, part: Range<Duration>, sleeps: &mut Sleeps) -> Option<Sleep> {
    let using = item.using(flags);
    let fits = |sleep: &Sleep| sleep.asked == using;
    let ends = |sleep: &Sleep| item.finished.as_ref().is_none_or(|line| line.at() == sleep.to);
    let took = item.took.as_ref()?;
    let (at, by) = (took.at(), took.by());
    sleeps
        .take(at..=at, |sleep| fits(sleep) && ends(sleep) && sleep.by == by)
        .or_else(|| sleeps.take(at..=at, |sleep| fits(sleep) && ends(sleep)))
        .or_else(|| sleeps.take(at..=at, fits))
        .or_else(|| sleeps.take(part, |sleep| fits(sleep) && ends(sleep)))
}

/// From when on nobody may be left: those that panic may be gone, and whoever leaves is. Where each has a queue of
/// its own, nobody else takes from that of one that is gone.
fn deserted(part: &Part, flags: &Flags) -> Option<Duration> {
    if part.is_dealt {
        return part.deaths().filter_map(Item::to).min();
    }
    let gone: Vec<Duration> =
        part.deaths().chain(part.last_of_the_leaver(flags)).filter_map(Item::to).collect();
    gone.iter().max().copied().filter(|_| gone.len() as u64 >= flags.consumers)
}
