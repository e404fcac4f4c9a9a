//! What happened to each task in a run. Only flags, lines and tape are looked at: no number of the program is believed.
//!
//! Who worked on what, and when, is told by the sleeps on the tape: each is as long as a search, a task or a callback
//! takes.

use super::lines::Lines;
use super::moments::Moment;
use super::plan::{self, Fate, Flags, Plan};
use exam::referee::facts::Polls;
use exam::referee::{Setting, Tasks};
use exam::{Actor, Event, Line, Run, What};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The actor of the program's main task.
const MAIN: Actor = 0;

/// With fast callbacks, the last line of a cancelled job may come so much later than the cancellation.
pub(super) const GRACE: Duration = Duration::from_millis(20);

/// All that is known of a run.
pub(crate) struct Account {
    pub(super) flags: Flags,
    pub(super) code: Option<i32>,
    pub(super) lines: Lines,
    pub(super) tasks: Vec<Task>,
    /// When the job is cancelled, if it is: before the end of the program.
    pub(super) cancel: Option<Duration>,
    /// When the last callback ended.
    pub(super) over: Duration,
    /// When something happened for the last time.
    pub(super) ended: Duration,
    /// The actors that are tasks of tokio.
    pub(super) tokio_tasks: BTreeSet<Actor>,
    /// When each actor ended.
    pub(super) ends: BTreeMap<Actor, Duration>,
    /// When a callback panicked: only what is no task of tokio.
    pub(super) panics: Vec<Duration>,
    /// What takes as long as a callback.
    pub(super) callbacks: usize,
    /// What is no search, no task, no callback and no limit.
    pub(super) stray: Vec<Sleep>,
    /// Where somebody asked again and again, at one instant.
    pub(super) polls: Polls,
    /// The most that the work queue held at one time, if it is one that the tape knows.
    pub(super) depth: Option<u64>,
    /// The most that a queue without a bound held of results, if the tape knows one.
    pub(super) boundless: Option<u64>,
    /// What was going on, from each instant on.
    pub(super) moments: Vec<Moment>,
}

/// A task of the job.
pub(crate) struct Task {
    pub(super) plan: Plan,
    /// How its search began and ended.
    pub(super) search: Option<Sleep>,
    pub(super) added: Option<Duration>,
    pub(super) work: Option<Sleep>,
    /// What may have become of it. Several, where things fall on one instant or a schedule stretches them.
    pub(super) possible: Vec<Fate>,
    /// What did, as far as it is possible.
    pub(super) fate: Fate,
    /// When its work was over.
    pub(super) ended: Option<Duration>,
    /// From when to when its callback ran.
    pub(super) call: Option<(Duration, Duration)>,
    pub(super) finished: Vec<Line>,
    pub(super) called_back: Vec<Line>,
    pub(super) undelivered: Vec<Line>,
}

/// A stretch in which somebody searched, worked or called back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sleep {
    pub(super) by: Actor,
    pub(super) from: Duration,
    pub(super) to: Duration,
    pub(super) asked: Duration,
}

impl Task {
    /// Before anything happens to it.
    pub(super) fn planned(plan: Plan) -> Task {
        Task {
            possible: Vec::new(),
            fate: plan.fate,
            plan,
            search: None,
            added: None,
            work: None,
            ended: None,
            call: None,
            finished: Vec::new(),
            called_back: Vec::new(),
            undelivered: Vec::new(),
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.plan.number
    }

    pub(super) fn found(&self) -> Option<Duration> {
        self.search.map(|search| search.to)
    }

    pub(super) fn taken(&self) -> Option<Duration> {
        self.work.map(|work| work.from)
    }

    /// The lines that tell its result, delivered or not.
    pub(super) fn told(&self) -> impl Iterator<Item = &Line> {
        self.called_back.iter().chain(&self.undelivered)
    }

    /// Whether its line says so.
    pub(super) fn is_told_as(&self, fate: Fate) -> bool {
        self.told().any(|line| line.get("outcome") == self.plan.outcome(fate))
    }

    pub(super) fn was_begun(&self) -> bool {
        self.fate != Fate::NotBegun
    }
}

impl Account {
    pub(super) fn of(run: &Run, setting: &Setting, tasks: &Tasks) -> Account {
        let flags = Flags::of(setting, tasks);
        let (lines, found) = Lines::of(run, &flags);
        let mut sleeps = sleeps(run);
        let last = lines.all.last().map_or(Duration::ZERO, Line::at);
        let tokio_tasks = tokio_tasks(run);
        let panicked = |event: &&Event| event.what == What::Panic;
        let of_callback = |event: &&Event| !tokio_tasks.contains(&event.actor);
        let panics: Vec<(Actor, Duration)> = run
            .events()
            .iter()
            .filter(panicked)
            .filter(of_callback)
            .map(|event| (event.actor, event.at))
            .collect();
        let cancel = cancellation(&flags, &sleeps).filter(|at| *at <= last);
        // Who waits anew for the cancellation may do so for as long as a callback takes.
        let awaits_cancel = |sleep: &Sleep| sleep.by == MAIN && cancel == Some(sleep.to);
        let slow = |sleep: &&Sleep| {
            let is_as_long = sleep.asked == flags.slow && !flags.slow.is_zero();
            is_as_long && !tokio_tasks.contains(&sleep.by) && !awaits_cancel(sleep)
        };
        let mut account = Account {
            code: run.code(),
            cancel,
            over: last,
            ended: run.events().last().map_or(last, |event| event.at),
            ends: ends(run),
            panics: panics.iter().map(|(_, at)| *at).collect(),
            callbacks: sleeps.iter().filter(slow).count(),
            tasks: found,
            stray: Vec::new(),
            polls: Polls::at_one_instant(run),
            depth: None,
            boundless: None,
            moments: Vec::new(),
            tokio_tasks,
            lines,
            flags,
        };
        account.find_searches(run, &mut sleeps);
        account.find_calls(&panics, &mut sleeps);
        account.find_works(&mut sleeps);
        account.find_fates();
        account.boundless = account.results_without_a_bound(run);
        account.over = account
            .tasks
            .iter()
            .filter_map(|task| Some(task.call?.1))
            .max()
            .unwrap_or(account.lines.done.iter().map(Line::at).max().unwrap_or_default());
        // A sleep that is not over by then kept nobody: a wait for ever may be one of a year.
        let is_stray = |sleep: &Sleep| sleep.to <= last && !account.is_a_limit(sleep);
        account.stray = sleeps.into_iter().filter(is_stray).collect();
        account.moments = account.moments();
        account
    }

    /// When each task was found and put into the queue: its producer searches for one after another.
    fn find_searches(&mut self, run: &Run, sleeps: &mut Vec<Sleep>) {
        let sends = sends(run);
        let mut main: BTreeMap<u64, usize> = BTreeMap::new();
        let mut batches = Vec::new();
        let speakers = self.speakers();
        for producer in 1..=self.flags.producers {
            let batch = self.flags.batch(producer);
            let speaker = speakers.get(&producer).copied();
            let is_another =
                |actor: Actor| Some(actor) != speaker && speakers.values().any(|by| *by == actor);
            let searches = searches(&self.tasks, &batch, speaker, is_another, sleeps);
            for (queue, _, _) in
                searches.first().and_then(|first| sends.get(&first.by)).into_iter().flatten()
            {
                *main.entry(*queue).or_default() += 1;
            }
            batches.push((batch, searches));
        }
        // Who sends a note beside each task sends as often into a queue of notes, which has no bound, or came later.
        let bounded = bounded_queues(run);
        let rank = |queue: u64, sent| (sent, bounded.contains(&queue), Reverse(queue));
        let main = main.into_iter().max_by_key(|(queue, sent)| rank(*queue, *sent));
        // What has no bound is somebody's mailbox: who sends there may still wait for room.
        let main = main.map(|(queue, _)| queue).filter(|queue| bounded.contains(queue));
        for (producer, (batch, searches)) in (1..).zip(batches) {
            let own = searches.first().and_then(|first| sends.get(&first.by)).into_iter().flatten();
            let own: Vec<&(u64, Duration, u64)> =
                own.filter(|(queue, _, _)| Some(*queue) == main).collect();
            let all = batch.len().to_string();
            let told =
                |line: &&Line| line.get("p") == producer.to_string() && line.get("count") == all;
            let done = self.lines.done.iter().find(told).map(Line::at);
            for (place, number) in batch.iter().enumerate() {
                let next = searches.get(place + 1).map(|next| next.from);
                let last = if place + 1 == batch.len() { done } else { None };
                let sent = own.get(place).map(|(_, at, _)| *at);
                let task = &mut self.tasks[*number - 1];
                task.search = searches.get(place).copied();
                task.added = sent.or(next).or(last);
            }
        }
        let into_main = sends.values().flatten().filter(|(queue, _, _)| Some(*queue) == main);
        let depths: Vec<u64> = into_main.map(|(_, _, depth)| *depth).collect();
        let added = self.tasks.iter().filter(|task| task.added.is_some()).count();
        self.depth = depths.iter().max().copied().filter(|_| depths.len() == added);
    }

    /// Who says of each producer that it is done.
    fn speakers(&self) -> BTreeMap<u64, Actor> {
        let done = self.lines.done.iter();
        done.filter_map(|line| Some((line.get("p").parse().ok()?, line.by()))).collect()
    }

    /// From when to when each callback ran.
    fn find_calls(&mut self, panics: &[(Actor, Duration)], sleeps: &mut Vec<Sleep>) {
        let slow = self.flags.slow;
        let mut take = |by: Actor, to: Duration, anybody: bool| {
            if slow.is_zero() {
                return Some((to, to));
            }
            let fits = |sleep: &Sleep| sleep.asked == slow && sleep.to == to;
            let own = sleeps.iter().position(|sleep| fits(sleep) && sleep.by == by);
            let place = own.or_else(|| sleeps.iter().position(|sleep| anybody && fits(sleep)));
            // Whoever prints too early does so before the callback.
            let early = |sleep: &Sleep| sleep.asked == slow && sleep.by == by && sleep.from == to;
            let place = place.or_else(|| sleeps.iter().position(early))?;
            let sleep = sleeps.remove(place);
            Some((sleep.from, sleep.to))
        };
        for task in &mut self.tasks {
            task.call = task.called_back.first().and_then(|line| take(line.by(), line.at(), true));
        }
        let mut fallen: Vec<(Duration, Duration)> =
            panics.iter().filter_map(|(by, at)| take(*by, *at, false)).collect();
        // Under a schedule, one that began later may fall earlier.
        fallen.sort_by_key(|(from, to)| (*to, *from));
        let mut lost: Vec<&mut Task> =
            self.tasks.iter_mut().filter(|task| !task.undelivered.is_empty()).collect();
        lost.sort_by_key(|task| task.undelivered.first().map(|line| (line.at(), line.place)));
        if fallen.len() == lost.len() {
            for (task, call) in lost.into_iter().zip(fallen) {
                task.call = Some(call);
            }
        }
    }

    /// Who worked on what: the stretch that ends where "Finished" is, and else the first of its length.
    fn find_works(&mut self, sleeps: &mut Vec<Sleep>) {
        let mut order: Vec<usize> = (0..self.tasks.len()).collect();
        let is_a_limit = |task: &Task| self.flags.limit == Some(task.plan.time);
        order.sort_by_key(|place| {
            let task = &self.tasks[*place];
            (is_a_limit(task), task.added.unwrap_or(Duration::MAX))
        });
        let mut by_length: BTreeMap<Duration, Vec<Sleep>> = BTreeMap::new();
        for sleep in sleeps.iter().filter(|sleep| !sleep.from.is_zero()) {
            by_length.entry(sleep.asked).or_default().push(*sleep);
        }
        let (mut used, mut begun) = (BTreeSet::new(), BTreeSet::new());
        for with_line in [true, false] {
            for place in &order {
                let task = &mut self.tasks[*place];
                let at = task.finished.first().map(Line::at);
                if task.work.is_some() || with_line && at.is_none() {
                    continue;
                }
                let Some(works) = by_length.get_mut(&task.plan.time) else { continue };
                let fits = |work: &Sleep| {
                    self.tokio_tasks.contains(&work.by)
                        && task.search.map_or(with_line, |search| search.to <= work.from)
                        && (!with_line || Some(work.to) == at)
                };
                // A limit may be as long as the task. It begins with a task of its own, and ends as no line says.
                let (limit, cancel) = (self.flags.limit, self.cancel);
                let is_own = |work: &Sleep| {
                    let (ways, _) = plan::ends(task.plan.fate, work.from, work.to, limit, cancel);
                    !begun.contains(&work.from) && ways.iter().any(|fate| task.is_told_as(*fate))
                };
                let own = || works.iter().position(|work| fits(work) && is_own(work));
                let own = (limit == Some(task.plan.time)).then(own).flatten();
                if let Some(place) = own.or_else(|| works.iter().position(fits)) {
                    let work = works.remove(place);
                    used.insert((work.by, work.from, work.asked));
                    begun.insert(work.from);
                    task.work = Some(work);
                }
            }
        }
        sleeps.retain(|sleep| !used.remove(&(sleep.by, sleep.from, sleep.asked)));
        // What nobody was seen to add was in the queue when it was taken.
        for task in &mut self.tasks {
            task.added = task.added.or(task.taken());
        }
    }

    /// What may have become of each task, and what did.
    fn find_fates(&mut self) {
        let is_vague = self.is_vague();
        let (limit, cancel) = (self.flags.limit, self.cancel);
        for task in &mut self.tasks {
            let own = task.plan.fate;
            let (possible, end) = match task.work {
                _ if is_vague => {
                    let early = [Fate::OverLimit].into_iter().filter(|_| limit.is_some());
                    let cut = [Fate::Cut, Fate::NotBegun].into_iter().filter(|_| cancel.is_some());
                    (early.chain(cut).chain([own]).collect(), None)
                }
                None if cancel.is_some() => (vec![Fate::NotBegun, Fate::Cut], None),
                None => (vec![own], None),
                Some(work) => plan::ends(own, work.from, work.to, limit, cancel),
            };
            let told = possible.iter().find(|fate| task.is_told_as(**fate)).copied();
            let silent = (task.told().next().is_none() && possible.contains(&Fate::NotBegun))
                .then_some(Fate::NotBegun);
            task.fate = told.or(silent).unwrap_or(possible[0]);
            task.possible = possible;
            let called = task.call.map(|(from, _)| from);
            task.ended = match task.fate {
                Fate::NotBegun => None,
                // Nobody can say when: its limit is stretched too.
                Fate::OverLimit | Fate::Cut if is_vague => None,
                // It is cut short soon after the cancellation.
                Fate::Cut => {
                    let latest = cancel.map(|cancel| cancel + GRACE);
                    called.into_iter().chain(latest).min().max(cancel)
                }
                _ if is_vague => task.work.map(|work| work.to),
                _ => end,
            };
        }
    }

    /// Whether a schedule stretches a limit as well: then nobody can say beforehand which comes first.
    pub(super) fn is_vague(&self) -> bool {
        self.flags.is_stretched && (self.flags.limit.is_some() || self.flags.cancel.is_some())
    }

    /// Whether somebody waits for the limit, or for the moment of the cancellation.
    fn is_a_limit(&self, sleep: &Sleep) -> bool {
        let ends_with = |cancel: Duration| {
            sleep.from + sleep.asked == cancel || self.flags.is_stretched && sleep.asked <= cancel
        };
        Some(sleep.asked) == self.flags.limit
            || sleep.asked == self.flags.slow
            || self.flags.cancel.is_some_and(ends_with)
    }
}

/// When the job is cancelled. Under a schedule, the wait for it is stretched.
fn cancellation(flags: &Flags, sleeps: &[Sleep]) -> Option<Duration> {
    let cancel = flags.cancel?;
    let waits = |sleep: &&Sleep| sleep.from.is_zero() && sleep.asked == cancel;
    let stretched = sleeps.iter().find(waits).map(|sleep| sleep.to);
    Some(if flags.is_stretched { stretched.unwrap_or(cancel) } else { cancel })
}

/// The searches of a producer, one after another: those of an actor that searches for nothing else. Several producers
/// may search for as long as each other: then it is the one that says so, and none that says so of another producer.
fn searches(
    tasks: &[Task],
    batch: &[usize],
    speaker: Option<Actor>,
    is_another: impl Fn(Actor) -> bool,
    sleeps: &mut Vec<Sleep>,
) -> Vec<Sleep> {
    let wanted: Vec<Duration> = batch.iter().map(|number| tasks[*number - 1].plan.search).collect();
    let mut by_actor: BTreeMap<Actor, Vec<Sleep>> = BTreeMap::new();
    let is_search = |sleep: &&Sleep| plan::is_a_search(sleep.asked) && !is_another(sleep.by);
    for sleep in sleeps.iter().filter(is_search) {
        by_actor.entry(sleep.by).or_default().push(*sleep);
    }
    let fits = |(_, sleeps): &(&Actor, &Vec<Sleep>)| {
        sleeps.len() <= wanted.len()
            && sleeps.iter().zip(&wanted).all(|(sleep, wanted)| sleep.asked == *wanted)
    };
    let own = by_actor.iter().filter(fits);
    let own = own.max_by_key(|(actor, sleeps)| (Some(**actor) == speaker, sleeps.len()));
    let own = own.map(|(_, sleeps)| sleeps.clone());
    let own = own.unwrap_or_else(|| {
        // Nobody does it alone: then whoever searches from when the one before is found.
        let (mut since, mut own) = (Duration::ZERO, Vec::new());
        for wanted in wanted {
            let next = |sleep: &&Sleep| sleep.from >= since && sleep.asked == wanted;
            let Some(next) = sleeps.iter().find(next) else { break };
            since = next.to;
            own.push(*next);
        }
        own
    });
    let is_own = |sleep: &Sleep| {
        own.iter().any(|own| (own.by, own.from, own.asked) == (sleep.by, sleep.from, sleep.asked))
    };
    sleeps.retain(|sleep| !is_own(sleep));
    own
}

fn sleeps(run: &Run) -> Vec<Sleep> {
    let sleep = |event: &Event| match event.what {
        What::Sleep { asked, takes } => {
            Some(Sleep { by: event.actor, from: event.at, to: event.at + takes, asked })
        }
        _ => None,
    };
    run.events().iter().filter_map(sleep).collect()
}

fn bounded_queues(run: &Run) -> BTreeSet<u64> {
    let bounded = run.events().iter().filter_map(|event| match event.what {
        What::Queue { queue, capacity: Some(_) } => Some(queue),
        _ => None,
    });
    bounded.collect()
}

/// What each actor put where, and when, and how many lay there then.
fn sends(run: &Run) -> BTreeMap<Actor, Vec<(u64, Duration, u64)>> {
    let mut sends: BTreeMap<Actor, Vec<(u64, Duration, u64)>> = BTreeMap::new();
    for event in run.events() {
        if let What::Send { queue, depth, displaces: false, .. } = event.what {
            sends.entry(event.actor).or_default().push((queue, event.at, depth));
        }
    }
    sends
}

fn tokio_tasks(run: &Run) -> BTreeSet<Actor> {
    let task = |event: &Event| match event.what {
        What::Spawn { new, is_task: true } => Some(new),
        _ => None,
    };
    run.events().iter().filter_map(task).collect()
}

fn ends(run: &Run) -> BTreeMap<Actor, Duration> {
    let end = |event: &Event| match event.what {
        What::End { .. } => Some((event.actor, event.at)),
        _ => None,
    };
    run.events().iter().filter_map(end).collect()
}
