//! What happened to each job in a run. Only flags, lines and tape are looked at: no number of the program is believed.
//!
//! An attempt is a line that tells its end, and the sleep on the tape that ends there and is as long as such an
//! attempt takes.

use super::lines::{Lines, number};
use super::plan::{Ending, Flags};
use exam::referee::facts::Polls;
use exam::referee::{Setting, Tasks};
use exam::{Actor, Line, Run, What};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) lines: Lines,
    pub(super) items: Vec<Item>,
    /// Attempts that began and whose end nobody saw, by item.
    pub(super) under_way: Vec<(u64, Span)>,
    /// Lines of attempts that are none.
    pub(super) strange: Vec<Line>,
    /// The dead letters of the first round, in the order in which they died.
    pub(super) deaths: Vec<(Duration, u64)>,
    /// When a dead letter found no room.
    pub(super) stop: Option<Duration>,
    /// The most new jobs that the producer's queue held at one time, if it is one that the tape knows.
    pub(super) depth: Option<usize>,
    /// How many are tried from each instant on.
    pub(super) at_work: BTreeMap<Duration, usize>,
    /// Where somebody asked again and again.
    pub(super) polls: Vec<String>,
}

/// A job, with its attempts in either round.
pub(crate) struct Item {
    pub(super) number: u64,
    /// How long the producer looks for it.
    pub(super) pause: Duration,
    /// When the producer looked for it.
    pub(super) looked: Option<Span>,
    pub(super) added: Option<Duration>,
    pub(super) rounds: [Vec<Attempt>; 2],
    /// How the attempts of each round have to end.
    pub(super) expected: [Vec<Ending>; 2],
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(super) from: Duration,
    pub(super) to: Duration,
}

/// An attempt that came to its end.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(super) item: u64,
    pub(super) number: u64,
    pub(super) ending: Ending,
    pub(super) worker: u64,
    pub(super) span: Span,
    /// How long it takes.
    pub(super) time: Duration,
    /// Whether somebody slept so long.
    pub(super) has_slept: bool,
    pub(super) begin: Option<Line>,
    pub(super) end: Line,
    /// From when the next attempt may be made, where that can be known.
    pub(super) due: Option<Duration>,
}

impl Span {
    pub(super) fn holds(&self, at: Duration) -> bool {
        self.from <= at && at < self.to
    }
}

impl Item {
    /// Before anything happens to it.
    fn planned(number: u64, flags: &Flags) -> Item {
        Item {
            number,
            pause: flags.pause(number),
            looked: None,
            added: None,
            rounds: [Vec::new(), Vec::new()],
            expected: [flags.endings(number, false), flags.endings(number, true)],
        }
    }

    pub(super) fn name(&self) -> String {
        format!("item_{}", self.number)
    }

    pub(super) fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.rounds.iter().flatten()
    }

    /// Whether it had been added, and neither tried to its end nor is tried at an instant.
    pub(super) fn is_elsewhere_at(&self, at: Duration) -> bool {
        let is_added = self.added.is_some_and(|added| added <= at);
        let last = self.rounds[0].last();
        let is_over = self.rounds[0].len() == self.expected[0].len()
            && last.is_some_and(|last| last.span.to <= at);
        is_added && !is_over && !self.attempts().any(|attempt| attempt.span.holds(at))
    }

    /// When its first attempt began.
    pub(super) fn begun(&self) -> Option<Duration> {
        self.rounds[0].first().map(|attempt| attempt.span.from)
    }
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, tasks: &Tasks) -> Account {
        let flags = Flags::of(setting, tasks);
        let lines = Lines::of(run);
        let items = (1..=flags.jobs).map(|number| Item::planned(number, &flags)).collect();
        let mut account = Account {
            code: run.code(),
            items,
            under_way: Vec::new(),
            strange: lines.unknown.clone(),
            deaths: Vec::new(),
            stop: None,
            depth: None,
            at_work: BTreeMap::new(),
            polls: Vec::new(),
            flags,
            lines,
        };
        let mut sleeps = sleeps(run);
        let producer = account.find_pauses(&mut sleeps);
        account.find_attempts(&mut sleeps);
        account.find_dues(&mut sleeps);
        account.find_deaths();
        account.find_what_is_under_way(&mut sleeps);
        account.at_work = account.tried();
        account.depth = account.most_in_the_queue(run, producer);
        account.polls = account.polls(run);
        account
    }

    /// When the producer looked for each job: after it had added the one before. Tells who it is.
    fn find_pauses(&mut self, sleeps: &mut Vec<Sleep>) -> Option<Actor> {
        let (mut since, mut producer) = (Duration::ZERO, None);
        let named = |line| (number(line, "item"), line);
        let added: BTreeMap<u64, &Line> = self.lines.added.iter().rev().map(named).collect();
        for item in &mut self.items {
            let line = added.get(&item.number).copied();
            item.added = line.map(Line::at);
            let until = item.added.unwrap_or(Duration::MAX);
            let fits = |sleep: &Sleep| {
                sleep.asked == item.pause && sleep.span.from >= since && sleep.span.to <= until
            };
            // An attempt may be as long by chance.
            let by = producer.or(line.map(Line::by));
            let likely = |sleep: &Sleep| {
                (Some(sleep.by) == by, sleep.span.from == since, sleep.span.to == until)
            };
            let fitting = (0..sleeps.len()).rev().filter(|place| fits(&sleeps[*place]));
            if let Some(place) = fitting.max_by_key(|place| likely(&sleeps[*place])) {
                let sleep = sleeps.remove(place);
                producer = Some(sleep.by);
                item.looked = Some(sleep.span);
            }
            let Some(line) = line else { break };
            producer = producer.or(Some(line.by()));
            since = line.at();
        }
        producer
    }

    fn find_attempts(&mut self, sleeps: &mut Vec<Sleep>) {
        let mut free_since: BTreeMap<u64, Duration> = BTreeMap::new();
        let mut begins: BTreeMap<(u64, u64), Vec<Line>> = BTreeMap::new();
        for begin in &self.lines.retrying {
            let key = (number(begin, "item"), number(begin, "n"));
            begins.entry(key).or_default().push(begin.clone());
        }
        for (ending, end) in self.lines.ends.clone() {
            let (item, worker, attempt) =
                (number(&end, "item"), number(&end, "w"), number(&end, "n"));
            let Some(place) = self.items.iter().position(|known| known.number == item) else {
                self.strange.push(end);
                continue;
            };
            let of_this = begins.entry((item, attempt)).or_default();
            let begin = of_this.iter().rposition(|begin| begin.place < end.place);
            let begin = begin.map(|place| of_this.remove(place));
            let time = self.flags.time(item, ending);
            let free = free_since.get(&worker).copied().unwrap_or_default();
            // Of those that fit, the worker's own; where one task prints for all, the likeliest.
            let likely = |sleep: &Sleep| {
                let begins = begin.as_ref().map(Line::at).or(self.items[place].added);
                (
                    sleep.span.from >= free,
                    begin.as_ref().is_none_or(|begin| begin.at() == sleep.span.from),
                    sleep.by == end.by(),
                    begins.is_some_and(|begins| begins <= sleep.span.from),
                    sleep.span.from == free,
                )
            };
            let fitting = (0..sleeps.len())
                .filter(|place| sleeps[*place].asked == time && sleeps[*place].span.to == end.at());
            let found = fitting.max_by_key(|place| likely(&sleeps[*place]));
            let slept = found.map(|place| sleeps.remove(place).span);
            // Where nobody slept so long, the lines alone tell when it began.
            let told = || begin.as_ref().map_or(free.max(end.at().saturating_sub(time)), Line::at);
            let span = slept.unwrap_or_else(|| Span { from: told(), to: end.at() });
            free_since.insert(worker, span.to);
            let rounds = &mut self.items[place].rounds;
            let is_second = !rounds[1].is_empty() || attempt == 1 && !rounds[0].is_empty();
            rounds[usize::from(is_second)].push(Attempt {
                item,
                number: attempt,
                ending,
                worker,
                span,
                time,
                has_slept: slept.is_some(),
                begin,
                end,
                due: None,
            });
        }
        // What began and did not end is looked at where the program may stop.
        self.strange.extend(begins.into_values().flatten());
    }

    /// From when the next attempt may be made. Under a schedule that is told by the sleep alone, if there is one.
    fn find_dues(&mut self, sleeps: &mut Vec<Sleep>) {
        for item in &mut self.items {
            for attempt in item.rounds.iter_mut().flatten() {
                let pause = if self.flags.backs_off {
                    self.flags.backoff(attempt.item, attempt.number)
                } else {
                    self.flags.least(attempt.item, attempt.number)
                };
                let failed = attempt.span.to;
                let fits = |sleep: &Sleep| sleep.asked == pause && sleep.span.from == failed;
                let place = sleeps.iter().position(fits);
                let slept = place.map(|place| sleeps.remove(place).span.to);
                let is_known = !self.flags.is_stretched;
                attempt.due = if is_known { Some(failed + pause) } else { slept };
            }
        }
    }

    fn find_deaths(&mut self) {
        let dead = self.items.iter().filter_map(|item| {
            let last = item.rounds[0].last()?;
            let is_over = item.rounds[0].len() >= item.expected[0].len()
                || last.ending == Ending::Malformed && !self.flags.knows_malformed;
            (is_over && last.ending != Ending::Processed).then_some((last.span.to, item.number))
        });
        self.deaths = dead.collect();
        self.deaths.sort();
        let unlucky = self.flags.room.and_then(|room| self.deaths.get(room));
        self.stop = unlucky.map(|(at, _)| *at);
    }

    /// Where the program stops, attempts may be cut off. A retry has told its beginning, and a first attempt sleeps.
    fn find_what_is_under_way(&mut self, sleeps: &mut Vec<Sleep>) {
        let Some(stop) = self.stop else { return };
        let (begins, strange) = self.strange.drain(..).partition(|line: &Line| {
            line.told.is_some_and(|(at, _)| at <= stop) && self.lines.is_begin(line)
        });
        self.strange = strange;
        let begins: Vec<Line> = begins;
        let cut_off =
            |begin: &Line| (number(begin, "item"), Span { from: begin.at(), to: Duration::MAX });
        self.under_way.extend(begins.iter().map(cut_off));
        for item in &self.items {
            let (Some(added), true) = (item.added, item.rounds[0].is_empty()) else { continue };
            let time = self.flags.time(item.number, item.expected[0][0]);
            let fits = |sleep: &Sleep| {
                sleep.asked == time && sleep.span.from >= added && sleep.span.to >= stop
            };
            let Some(place) = sleeps.iter().position(fits) else { continue };
            // Another sleep may be as long by chance.
            let at_work =
                self.tried().range(..=sleeps[place].span.from).next_back().map(|now| *now.1);
            if at_work.is_none_or(|count| count < self.flags.workers) {
                self.under_way.push((item.number, sleeps.remove(place).span));
            }
        }
    }

    /// How many are tried from each instant on at which an attempt begins or ends, or a job is added.
    fn tried(&self) -> BTreeMap<Duration, usize> {
        let ended = self.items.iter().flat_map(Item::attempts).map(|attempt| &attempt.span);
        let spans: Vec<&Span> = ended.chain(self.under_way.iter().map(|(_, span)| span)).collect();
        let mut changes: BTreeMap<Duration, (usize, usize)> = BTreeMap::new();
        for span in spans {
            changes.entry(span.from).or_default().0 += 1;
            changes.entry(span.to).or_default().1 += 1;
        }
        for added in self.items.iter().filter_map(|item| item.added) {
            changes.entry(added).or_default();
        }
        let mut now = 0;
        let count = |(at, (begun, ended))| {
            now = now + begun - ended;
            (at, now)
        };
        changes.into_iter().map(count).collect()
    }

    /// How many are tried at an instant.
    pub(super) fn at_work(&self, at: Duration) -> usize {
        self.at_work.range(..=at).next_back().map_or(0, |(_, count)| *count)
    }

    /// The instants from one on and before another at which an attempt begins or ends, or a job is added.
    pub(super) fn instants(
        &self,
        from: Duration,
        to: Duration,
    ) -> impl Iterator<Item = Duration> + '_ {
        [from].into_iter().chain(self.at_work.range(from..to).map(|(at, _)| *at))
    }

    /// When an attempt of an item began that was cut off.
    pub(super) fn cut_off(&self, item: u64) -> Option<Duration> {
        self.under_way.iter().find(|(other, _)| *other == item).map(|(_, span)| span.from)
    }

    /// When the last attempt of a round ended.
    pub(super) fn over(&self, round: usize) -> Option<Duration> {
        self.items.iter().flat_map(|item| &item.rounds[round]).map(|made| made.span.to).max()
    }

    /// When everything was finished.
    pub(super) fn end(&self) -> Duration {
        self.over(1).max(self.over(0)).unwrap_or_default()
    }

    /// The items that are dead letters at the end of the first round, in their order.
    pub(super) fn dead(&self) -> BTreeSet<u64> {
        self.deaths.iter().map(|(_, item)| *item).collect()
    }

    /// The most new jobs that waited in the producer's queue: one with a limit, into which it put a message for each
    /// job. None if the tape knows of no such queue. Of several, it is the one that the workers took from: one may be a printer's.
    fn most_in_the_queue(&self, run: &Run, producer: Option<Actor>) -> Option<usize> {
        let mut bounded = BTreeSet::new();
        let mut queues: BTreeMap<u64, Vec<(u64, usize)>> = BTreeMap::new();
        let mut taken: BTreeMap<(u64, u64), (usize, Duration)> = BTreeMap::new();
        for (place, event) in run.events().iter().enumerate() {
            match event.what {
                What::Queue { queue, capacity: Some(_) } => _ = bounded.insert(queue),
                What::Send { queue, message: Some(message), displaces: false, .. }
                    if Some(event.actor) == producer && bounded.contains(&queue) =>
                {
                    queues.entry(queue).or_default().push((message, place));
                }
                What::Receive { queue, message: Some(message), .. } => {
                    taken.insert((queue, message), (place, event.at));
                }
                _ => {}
            }
        }
        queues.retain(|_, sent| sent.len() == self.lines.added.len());
        let looked_at = |(queue, sent): (&u64, &Vec<(u64, usize)>)| {
            let taken = |message: u64| taken.get(&(*queue, message));
            let begun = self.items.iter().map(Item::begun);
            let taken_at = sent.iter().map(|(message, _)| taken(*message).map(|taken| taken.1));
            let of_workers = taken_at.zip(begun).filter(|(taken, begun)| taken == begun).count();
            let span = |(message, from): &(u64, usize)| {
                (*from, taken(*message).map_or(usize::MAX, |(place, _)| *place))
            };
            let spans: Vec<_> = sent.iter().map(span).collect();
            let held = |at| spans.iter().filter(|(from, to)| *from <= at && at < *to).count();
            (of_workers, Reverse(spans.iter().map(|(from, _)| held(*from)).max()))
        };
        queues.iter().map(looked_at).max()?.1.0
    }

    /// Where somebody asked again and again at one instant, and when something happened although nothing was there to
    /// be done. Under a schedule nobody can know what is due.
    fn polls(&self, run: &Run) -> Vec<String> {
        let spins = Polls::at_one_instant(run);
        let spin = |place: &String| format!("asked again and again at {place}");
        let mut polls: Vec<String> = spins.spins().iter().map(spin).collect();
        if self.flags.is_stretched {
            return polls;
        }
        let mut known: BTreeSet<Duration> = self.at_work.keys().copied().collect();
        known.insert(Duration::ZERO);
        known.extend(self.items.iter().filter_map(|item| item.looked).map(|span| span.to));
        for attempt in self.items.iter().flat_map(Item::attempts) {
            known.insert(attempt.span.to + self.flags.backoff(attempt.item, attempt.number));
            known.insert(attempt.span.to + self.flags.least(attempt.item, attempt.number));
        }
        let stop = self.stop.unwrap_or(Duration::MAX);
        let strange: BTreeSet<Duration> = run.events().iter().map(|event| event.at).collect();
        let strange = strange.into_iter().filter(|at| *at < stop && !known.contains(at));
        let strange: Vec<Duration> = strange.collect();
        // A timer that took over a pause a bit late is no poll.
        let failed = self.items.iter().flat_map(Item::attempts);
        let failed = failed.filter(|attempt| attempt.ending != Ending::Processed).count();
        let first = strange.first().filter(|_| strange.len() > failed);
        polls.extend(first.map(|at| {
            let place = run.events().iter().find_map(|other| match &other.what {
                What::Wait { place, .. } if other.at == *at => Some(format!(", at {place}")),
                _ => None,
            });
            let (at, place) = (at.as_secs_f64(), place.unwrap_or_default());
            format!("was awake at {at:.3} s{place}, when nothing was added, tried or due")
        }));
        polls
    }
}

/// Somebody who slept.
struct Sleep {
    by: Actor,
    span: Span,
    asked: Duration,
}

fn sleeps(run: &Run) -> Vec<Sleep> {
    let sleep = |event: &exam::Event| match event.what {
        What::Sleep { asked, takes } => {
            let span = Span { from: event.at, to: event.at + takes };
            Some(Sleep { by: event.actor, span, asked })
        }
        _ => None,
    };
    run.events().iter().filter_map(sleep).collect()
}
