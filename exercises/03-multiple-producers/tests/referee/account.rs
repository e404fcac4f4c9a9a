//! What happened to each item in a run. Only flags, lines and tape are looked at: no number of the program is believed.
//!
//! Who worked on what, and when, is told by the sleeps on the tape: each is as long as its item takes.

use exam::referee::facts::{Polls, Sleep, Sleeps};
use exam::referee::{Setting, Tasks};
use exam::{Line, Run, What};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) const HEADER: &str = "--- Several producers, one queue ---";
pub(super) const ADDED: &str = "[Producer-{p}] Added item {n}";
pub(super) const ALL_ADDED: &str = "[Producer-{p}] Done — added {items} items";
pub(super) const TOOK: &str = "[Consumer-{w}] Took item {n} of Producer-{p}";
pub(super) const FINISHED: &str = "[Consumer-{w}] Finished item {n} of Producer-{p}";
pub(super) const RESULT: &str = "[Results] item {n} of Producer-{p}";
pub(super) const SHUTTING_DOWN: &str = "[Consumer-{w}] Shutting down";
pub(super) const ORDER: &str = "Producer-{p}: {count} items, finished {order} ({verdict})";
pub(super) const LOST: &str = "lost: {n} items of Producer-{p} (it panicked)";
pub(super) const SUMMARY: &str = "Consumed {consumed} of {made} items in {s} seconds";

/// The lines that the program may print.
pub(super) const LINES: &[&str] =
    &[HEADER, ADDED, ALL_ADDED, TOOK, FINISHED, RESULT, SHUTTING_DOWN, ORDER, LOST, SUMMARY];

/// The brief shows no line for one item alone, and none for a producer without any.
const ORDER_OF_ONE: &str = "Producer-{p}: {count} item, finished {order} ({verdict})";
const ORDER_OF_NONE: &str = "Producer-{p}: 0 {rest}";
const LOST_ONE: &str = "lost: {n} item of Producer-{p} (it panicked)";

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) all_lines: Vec<Line>,
    pub(super) header: Vec<Line>,
    pub(super) added: Vec<Line>,
    pub(super) all_added: Vec<Line>,
    pub(super) took: Vec<Line>,
    pub(super) finished: Vec<Line>,
    pub(super) results: Vec<Line>,
    pub(super) shutting_down: Vec<Line>,
    /// The lines about the order of finishing: the producer of each, and what is told of it if it had items.
    pub(super) orders: Vec<(u64, Option<Told>, Line)>,
    pub(super) lost: Vec<Line>,
    pub(super) summary: Vec<Line>,
    pub(super) producers: Vec<Producer>,
    pub(super) polls: Polls,
    /// Sleeps that belong to no item.
    pub(super) strange: Vec<Sleep>,
    pub(super) panics: usize,
}

pub(crate) struct Flags {
    pub(super) items: u64,
    pub(super) producers: u64,
    pub(super) consumers: usize,
    pub(super) capacity: usize,
    /// How many slots of the queue a producer may use. None: as many as there are.
    pub(super) share: usize,
    /// Whether producers may be, or have to be, held to their share.
    pub(super) shares: Shares,
    pub(super) ordered: Option<usize>,
    pub(super) fail_producer: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shares {
    /// Fix 2 is not handed in: the queue has room for everybody.
    No,
    /// Without `--greedy` it is up to the program.
    Maybe,
    Yes,
}

/// What is told of the order in which items were finished.
pub(crate) struct Told {
    pub(super) count: String,
    pub(super) order: String,
    pub(super) verdict: String,
}

pub(crate) struct Producer {
    pub(super) id: u64,
    pub(super) items: Vec<Item>,
}

pub(crate) struct Item {
    pub(super) producer: u64,
    pub(super) number: u64,
    /// How long its producer needs for it; a greedy one needs no time.
    pub(super) making: Option<Duration>,
    /// How long a consumer needs for it.
    pub(super) using: Duration,
    /// When it was made.
    pub(super) made: Option<Sleep>,
    pub(super) added: Option<Duration>,
    pub(super) took: Option<Line>,
    pub(super) finished: Option<Line>,
    pub(super) shown: Option<Duration>,
    /// When it was used.
    pub(super) work: Option<Sleep>,
}

impl Item {
    /// As the lines have it.
    pub(super) fn name(&self) -> String {
        format!("item {} of Producer-{}", self.number, self.producer)
    }

    pub(super) fn from(&self) -> Option<Duration> {
        self.work.as_ref().map(|work| work.from)
    }

    pub(super) fn to(&self) -> Option<Duration> {
        self.work.as_ref().map(|work| work.to)
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

    /// While its result was held back.
    pub(super) fn held(&self) -> Option<(Duration, Duration)> {
        let (finished, shown) = (self.to()?, self.shown.unwrap_or(Duration::MAX));
        (finished < shown).then_some((finished, shown))
    }
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, tasks: &Tasks) -> Account {
        let mut sleeps = Sleeps::of(run);
        let mut account = Account {
            flags: Flags::of(setting, tasks),
            code: run.code(),
            all_lines: run.all_lines().to_vec(),
            header: run.lines(HEADER),
            added: run.lines(ADDED),
            all_added: run.lines(ALL_ADDED),
            took: run.lines(TOOK),
            finished: run.lines(FINISHED),
            results: run.lines(RESULT),
            shutting_down: run.lines(SHUTTING_DOWN),
            orders: orders(run),
            lost: [run.lines(LOST), run.lines(LOST_ONE)].concat(),
            summary: run.lines(SUMMARY),
            producers: producers(setting),
            polls: Polls::default(),
            strange: Vec::new(),
            panics: run.events().iter().filter(|event| event.what == What::Panic).count(),
        };
        account.find_lines();
        for producer in &mut account.producers {
            find_makings(producer, &mut sleeps);
        }
        for item in account.producers.iter_mut().flat_map(|producer| &mut producer.items) {
            item.work = work(item, &mut sleeps);
        }
        account.strange = sleeps.rest().filter(|sleep| !sleep.asked.is_zero()).cloned().collect();
        let known: BTreeSet<Duration> = account.instants().collect();
        account.polls = Polls::of(run, &known);
        account
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.producers.iter().flat_map(|producer| &producer.items)
    }

    /// All instants at which something is made, added, taken, finished or shown.
    pub(super) fn instants(&self) -> impl Iterator<Item = Duration> {
        let of_item = |item: &Item| {
            let made = item.made.as_ref().map(|made| [made.from, made.to]);
            let used = item.used().map(|(from, to)| [from, to]);
            let lines = item.added.into_iter().chain(item.shown);
            made.into_iter().flatten().chain(used.into_iter().flatten()).chain(lines)
        };
        [Duration::ZERO].into_iter().chain(self.items().flat_map(of_item))
    }

    fn find_lines(&mut self) {
        for line in &self.added {
            if let Some(item) = item_of(&mut self.producers, line) {
                item.added.get_or_insert(line.at());
            }
        }
        for line in &self.took {
            if let Some(item) = item_of(&mut self.producers, line) {
                item.took.get_or_insert(line.clone());
            }
        }
        for line in &self.finished {
            if let Some(item) = item_of(&mut self.producers, line) {
                item.finished.get_or_insert(line.clone());
            }
        }
        for line in &self.results {
            if let Some(item) = item_of(&mut self.producers, line) {
                item.shown.get_or_insert(line.at());
            }
        }
    }
}

impl Flags {
    fn of(setting: &Setting, tasks: &Tasks) -> Flags {
        let number = |flag| setting.number(flag);
        let small = |number: u64| usize::try_from(number).expect("it is small");
        Flags {
            items: number("--items"),
            producers: number("--producers"),
            consumers: small(number("--consumers")),
            capacity: small(number("--capacity")),
            share: small((number("--capacity") / number("--producers")).max(1)),
            shares: match (tasks.done("fix-2"), setting.is_set("--greedy")) {
                (false, _) => Shares::No,
                (true, false) => Shares::Maybe,
                (true, true) => Shares::Yes,
            },
            ordered: setting.maybe("--ordered").map(small),
            fail_producer: setting.maybe("--fail-producer"),
        }
    }
}

/// The producer and the number of the item that a line names.
pub(super) fn named(line: &Line) -> Option<(u64, u64)> {
    Some((line.get("p").parse().ok()?, line.get("n").parse().ok()?))
}

fn item_of<'a>(producers: &'a mut [Producer], line: &Line) -> Option<&'a mut Item> {
    let (producer, number) = named(line)?;
    let place = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
    producers.get_mut(place(producer)?)?.items.get_mut(place(number)?)
}

fn orders(run: &Run) -> Vec<(u64, Option<Told>, Line)> {
    let mut orders = Vec::new();
    for pattern in [ORDER, ORDER_OF_ONE] {
        for line in run.lines(pattern) {
            let word = |place: &str| line.get(place).to_owned();
            let told =
                Told { count: word("count"), order: word("order"), verdict: word("verdict") };
            orders.push((line.get("p").parse().unwrap_or(0), Some(told), line));
        }
    }
    for line in run.lines(ORDER_OF_NONE) {
        let producer = line.get("p").parse().unwrap_or(0);
        orders.retain(|(_, _, other)| other.place != line.place);
        orders.push((producer, None, line));
    }
    orders
}

/// The producers, and the items that they make, as the flags have them.
fn producers(setting: &Setting) -> Vec<Producer> {
    let items = setting.number("--items");
    let producer = |id: u64| {
        let is_greedy = setting.maybe("--greedy") == Some(id);
        let fails = setting.maybe("--fail-producer") == Some(id);
        let item = |number: u64| Item {
            producer: id,
            number,
            making: (!is_greedy).then(|| making(id, number)),
            using: using(id, number),
            made: None,
            added: None,
            took: None,
            finished: None,
            shown: None,
            work: None,
        };
        let made = if fails { items / 2 } else { items };
        Producer { id, items: (1..=made).map(item).collect() }
    };
    (1..=setting.number("--producers")).map(producer).collect()
}

/// As the plumbing has it.
fn making(producer: u64, number: u64) -> Duration {
    let more = u32::try_from((producer - 1) % 3).expect("it is 0, 1 or 2");
    random_time(producer, number, 270, 330) + Duration::from_millis(200) * more
}

fn using(producer: u64, number: u64) -> Duration {
    random_time(producer, number, 60, 140) * if number % 5 == 2 { 6 } else { 1 }
}

fn random_time(producer: u64, number: u64, from_ms: u64, to_ms: u64) -> Duration {
    let mut rng = ChaCha8Rng::seed_from_u64(to_ms);
    rng.set_stream(producer << 32 | number);
    Duration::from_micros(rng.random_range(1000 * from_ms..=1000 * to_ms))
}

/// When each item was made: once the one before it was added.
fn find_makings(producer: &mut Producer, sleeps: &mut Sleeps) {
    let mut since = Duration::ZERO;
    for item in &mut producer.items {
        let Some(making) = item.making else { continue };
        let fits = |sleep: &Sleep| sleep.asked == making;
        item.made = sleeps.take(since.., fits).or_else(|| sleeps.take(.., fits));
        since = item.added.unwrap_or(since);
    }
}

/// When an item was used: as its lines tell, if they are right.
fn work(item: &Item, sleeps: &mut Sleeps) -> Option<Sleep> {
    let fits = |sleep: &Sleep| sleep.asked == item.using;
    let ends = |sleep: &Sleep| item.finished.as_ref().is_none_or(|line| line.at() == sleep.to);
    let took = item.took.as_ref()?;
    let (at, by) = (took.at(), took.by());
    sleeps
        .take(at..=at, |sleep| fits(sleep) && ends(sleep) && sleep.by == by)
        .or_else(|| sleeps.take(at..=at, |sleep| fits(sleep) && ends(sleep)))
        .or_else(|| sleeps.take(at..=at, fits))
        .or_else(|| sleeps.take(.., |sleep| fits(sleep)))
}

/// How many lines there are of each item.
pub(super) fn times(lines: &[Line]) -> BTreeMap<(u64, u64), usize> {
    let mut times = BTreeMap::new();
    for item in lines.iter().filter_map(named) {
        *times.entry(item).or_default() += 1;
    }
    times
}
