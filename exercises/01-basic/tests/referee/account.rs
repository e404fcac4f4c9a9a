//! What happened to each item in a run. Only flags, lines and tape are looked at: no number of the program is believed.

use exam::referee::facts::{Polls, Sleep, Sleeps};
use exam::referee::{Setting, Tasks};
use exam::{Line, Run, What};
use std::collections::BTreeSet;
use std::time::Duration;

pub(super) const HEADER: &str = "--- One producer, one consumer ---";
pub(super) const ROOM: &str = "Room in the queue: {n}";
pub(super) const ADDED: &str = "[Producer] Added item {item}";
pub(super) const NO_ROOM: &str = "[Producer] No room — item {item} waits";
pub(super) const ALL_ADDED: &str = "[Producer] Done — added {n} items";
pub(super) const TOOK: &str = "[Consumer] Took item {item}";
pub(super) const LEAVING: &str = "[Consumer] Leaving after {n} items";
pub(super) const CLOSED: &str = "[Consumer] Queue closed and empty";
pub(super) const NO_ITEM: &str = "[Consumer] No item for 0.5 seconds";
pub(super) const WAITED: &str = "Items waited {mean} seconds on average, {longest} at most";
pub(super) const UNDELIVERED: &str = "undelivered: {n}";
pub(super) const SUMMARY: &str = "Consumed {n} of {items} items in {s} seconds";
/// What the producer says when it stops is up to the program.
const STOPPING: &str = "[Producer] {word}";

/// The lines that the program may print.
pub(super) const LINES: &[&str] = &[
    HEADER,
    ROOM,
    ADDED,
    NO_ROOM,
    ALL_ADDED,
    TOOK,
    LEAVING,
    CLOSED,
    NO_ITEM,
    WAITED,
    UNDELIVERED,
    SUMMARY,
    STOPPING,
];

const MAKING: Duration = Duration::from_millis(101);
const USING: Duration = Duration::from_millis(307);
const STALL: Duration = Duration::from_millis(2003);
/// How long the consumer waits before it says so.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) items: usize,
    pub(super) capacity: usize,
    pub(super) leave_after: Option<usize>,
    pub(super) code: Option<i32>,
    pub(super) all_lines: Vec<Line>,
    pub(super) header: Vec<Line>,
    pub(super) room: Vec<Line>,
    pub(super) added: Vec<Line>,
    pub(super) no_room: Vec<Line>,
    pub(super) all_added: Vec<Line>,
    pub(super) took: Vec<Line>,
    pub(super) leaving: Vec<Line>,
    /// What else the producer says.
    pub(super) stopping: Vec<Line>,
    pub(super) closed: Vec<Line>,
    pub(super) no_item: Vec<Line>,
    pub(super) waited: Vec<Line>,
    pub(super) undelivered: Vec<Line>,
    pub(super) summary: Vec<Line>,
    /// When each item was made, as far as they were.
    pub(super) made: Vec<Sleep>,
    /// When each was used, as far as they were.
    pub(super) used: Vec<Option<Sleep>>,
    /// The pauses before items: the item's number, and when.
    pub(super) stalls: Vec<(usize, Option<Sleep>)>,
    pub(super) polls: Polls,
    /// Sleeps that are of no item and no pause.
    pub(super) strange: Vec<Sleep>,
    pub(super) panics: usize,
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, _: &Tasks) -> Account {
        let number = |flag| usize::try_from(setting.number(flag)).expect("it is small");
        let mut sleeps = Sleeps::of(run);
        sleeps.part(STALL, MAKING);
        let took = run.lines(TOOK);
        let added = run.lines(ADDED);
        let stalls = stalls(setting, &added, &mut sleeps);
        let made: Vec<Sleep> =
            std::iter::from_fn(|| sleeps.take(.., |sleep| sleep.asked == MAKING)).collect();
        let used: Vec<Option<Sleep>> = took
            .iter()
            .map(|line| sleeps.take(line.at()..=line.at(), |sleep| sleep.asked == USING))
            .collect();
        let mut account = Account {
            items: number("--items"),
            capacity: number("--capacity"),
            leave_after: setting.maybe("--leave-after").map(|_| number("--leave-after")),
            code: run.code(),
            all_lines: run.all_lines().to_vec(),
            header: run.lines(HEADER),
            room: run.lines(ROOM),
            added,
            no_room: run.lines(NO_ROOM),
            all_added: run.lines(ALL_ADDED),
            took,
            leaving: run.lines(LEAVING),
            stopping: stopping(run),
            closed: run.lines(CLOSED),
            no_item: run.lines(NO_ITEM),
            waited: run.lines(WAITED),
            undelivered: run.lines(UNDELIVERED),
            summary: run.lines(SUMMARY),
            made,
            used,
            stalls,
            polls: Polls::default(),
            strange: sleeps.rest().cloned().collect(),
            panics: run.events().iter().filter(|event| event.what == What::Panic).count(),
        };
        let known: BTreeSet<Duration> = account.instants().collect();
        account.polls = Polls::of(run, &known);
        account
    }

    /// How many items are to be consumed.
    pub(super) fn consumed(&self) -> usize {
        self.leave_after.map_or(self.items, |leave| leave.min(self.items))
    }

    /// When the consumer has left, if it leaves before the queue is closed.
    pub(super) fn left(&self) -> Option<Duration> {
        let leave = self.leave_after.filter(|leave| *leave <= self.items)?;
        self.use_ends(leave)
    }

    /// When an item had been made.
    pub(super) fn made(&self, item: usize) -> Option<Duration> {
        self.made.get(item - 1).map(|made| made.to)
    }

    /// When an item was taken; 0 for item 0.
    pub(super) fn taken(&self, item: usize) -> Option<Duration> {
        self.took.get(item - 1).map(Line::at)
    }

    /// When an item was used up. The consumer is there from the beginning.
    pub(super) fn use_ends(&self, item: usize) -> Option<Duration> {
        if item == 0 {
            return Some(Duration::ZERO);
        }
        self.used.get(item - 1)?.as_ref().map(|used| used.to)
    }

    /// When there is room for an item that was made: once the queue's capacity of items before it is all that waits.
    pub(super) fn due(&self, item: usize) -> Option<Duration> {
        let made = self.made(item)?;
        if item <= self.capacity {
            return Some(made);
        }
        self.taken(item - self.capacity).map(|taken| taken.max(made))
    }

    /// When the producer begins to make an item: when the one before it is added, and the pause before it is over.
    pub(super) fn begins(&self, item: usize) -> Option<Duration> {
        if let Some((_, stall)) = self.stalls.iter().find(|(before, _)| *before == item) {
            return stall.as_ref().map(|stall| stall.to);
        }
        match item {
            1 => Some(Duration::ZERO),
            _ => self.added.get(item - 2).map(Line::at),
        }
    }

    /// Since when the consumer waits for each item that it took.
    pub(super) fn waits(&self) -> impl Iterator<Item = (Duration, Duration)> {
        (1..=self.took.len()).filter_map(|item| Some((self.use_ends(item - 1)?, self.taken(item)?)))
    }

    /// All instants at which something is made, taken or used, or somebody may say that nothing came.
    fn instants(&self) -> impl Iterator<Item = Duration> {
        let stalls = self.stalls.iter().filter_map(|(_, stall)| stall.as_ref());
        let sleeps = self.made.iter().chain(self.used.iter().flatten()).chain(stalls);
        let ends = sleeps.flat_map(|sleep| [sleep.from, sleep.to]);
        // Whoever waits with a limit may begin anew when it is over.
        let limits = self.waits().flat_map(|(since, taken)| {
            (1..).map(move |times| since + times * PATIENCE).take_while(move |at| *at < taken)
        });
        let begun = (0..=self.took.len()).filter_map(|item| self.use_ends(item));
        [Duration::ZERO]
            .into_iter()
            .chain(ends)
            .chain(limits)
            .chain(begun.map(|begun| begun + PATIENCE))
    }
}

fn stopping(run: &Run) -> Vec<Line> {
    let mut lines = run.lines(STOPPING);
    lines.retain(|line| {
        let word = line.get("word");
        !["Added item ", "No room ", "Done "].iter().any(|known| word.starts_with(known))
    });
    lines
}

/// The pauses that the flags ask for, each before its item is made, and after the one before it was added.
fn stalls(setting: &Setting, added: &[Line], sleeps: &mut Sleeps) -> Vec<(usize, Option<Sleep>)> {
    let words = setting.text("--stall").unwrap_or_default();
    let before: BTreeSet<usize> =
        words.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let stall = |item: usize| {
        let since = match item {
            1 => Duration::ZERO,
            _ => added.get(item - 2)?.at(),
        };
        sleeps.take(since..=since, |sleep| sleep.asked == STALL)
    };
    let mut stall = stall;
    before.into_iter().map(|item| (item, stall(item))).collect()
}
