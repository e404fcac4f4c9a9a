//! What was worked on, from when to when and by whom: the questions that tell real workers from pretended ones.

use super::{Line, Run, listed};
use crate::tape::Actor;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A stretch of time in which something was worked on.
#[derive(Clone, Debug)]
pub struct Work {
    /// When it began.
    pub from: Duration,
    /// When it ended.
    pub to: Duration,
    /// The line that told its end.
    pub line: Line,
}

impl Run {
    /// What was worked on, from when to when: each line like this tells the end of a work, which began with
    /// the last sleep (or computation) of whoever printed it that ended at that instant.
    ///
    /// A program may work in one task and print in another. Where it is known how long each work takes,
    /// [`works_lasting`](Run::works_lasting) doesn't mind.
    #[track_caller]
    pub fn works(&self, pattern: &str) -> Vec<Work> {
        let work = |line: Line| {
            let (to, actor) = self.told(&line);
            Work { from: self.slept_until(to, actor).unwrap_or(to), to, line }
        };
        self.lines(pattern).into_iter().map(work).collect()
    }

    /// What was worked on, where it is known how long the work of each line takes.
    #[track_caller]
    pub fn works_lasting(&self, pattern: &str, time: impl Fn(&Line) -> Duration) -> Vec<Work> {
        let work = |line: Line| {
            let to = self.at(&line);
            Work { from: to.saturating_sub(time(&line)), to, line }
        };
        self.lines(pattern).into_iter().map(work).collect()
    }

    /// Asks for the most that are worked on at one time.
    #[track_caller]
    pub fn has_at_work(&self, works: &[Work], expected: usize) {
        let most = most_at_once(works.iter().map(|work| (work.from, work.to)));
        self.require(
            most == expected,
            format!("have {expected} at work in its busiest moment"),
            format!("had {most}"),
        );
    }

    /// Asks that nobody works on two things at a time, and that no two workers are the same actor in
    /// disguise: `{w}` in the pattern is the worker's name.
    #[track_caller]
    pub fn workers_are_real(&self, works: &[Work]) {
        let mut by_name: BTreeMap<&str, Vec<(Duration, Duration)>> = BTreeMap::new();
        let mut players: BTreeMap<Actor, BTreeSet<String>> = BTreeMap::new();
        for work in works {
            let name = work.line.get("w");
            by_name.entry(name).or_default().push((work.from, work.to));
            // One may print for all. But then it does not sleep until each line is due.
            let (at, actor) = self.told(&work.line);
            if self.slept_until(at, actor).is_some() {
                players.entry(actor).or_default().insert(name.to_owned());
            }
        }
        for (name, spans) in by_name {
            let most = most_at_once(spans.into_iter());
            self.require(
                most <= 1,
                "let each worker do one thing at a time",
                format!("had worker {name} at {most} at once"),
            );
        }
        for names in players.into_values() {
            let names: Vec<String> = names.into_iter().collect();
            self.require(
                names.len() == 1,
                "have a thread or task of its own for each worker",
                format!("did the work of workers {} in one and the same", listed(&names)),
            );
        }
    }

    /// Whether a thread slept for so long, up to an instant, as a call that blocks does. What a task slept
    /// does not count.
    pub fn a_thread_slept(&self, time: Duration, until: Duration) -> bool {
        self.tape.stretches.iter().any(|stretch| {
            !self.tape.tasks.contains(&stretch.actor)
                && near(stretch.to, until)
                && near(stretch.from, until.saturating_sub(time))
        })
    }

    /// Asks that whoever has nothing to do waits, and does not ask again and again without a pause.
    ///
    /// Such a loop keeps a core busy. The rehearsal moves the clock beside it, so the lines may all be right.
    #[track_caller]
    pub fn nobody_spins(&self) {
        let place = self.tape.spins.first().map_or("", String::as_str);
        let asked = self.tape.traces.asked().into_iter().find(|asked| asked.place == place);
        let often = asked
            .map(|asked| {
                format!(", at least {} times for nothing, with {}", asked.times, asked.call)
            })
            .unwrap_or_default();
        self.require(
            self.tape.spins.is_empty(),
            "wait where there is nothing to do",
            format!("asked again and again at {place}{often}"),
        );
    }

    /// When the sleep began that an actor woke from at an instant.
    fn slept_until(&self, to: Duration, actor: Actor) -> Option<Duration> {
        let stretches = self.tape.stretches.iter();
        let slept = stretches.filter(|stretch| stretch.actor == actor && near(stretch.to, to));
        slept.map(|stretch| stretch.from).rfind(|from| *from < to)
    }
}

/// The most that go on at one time, of things that begin and end. Where both come at one instant, the end
/// comes first.
pub fn most_at_once(spans: impl Iterator<Item = (Duration, Duration)>) -> usize {
    let mut changes: Vec<(Duration, i32)> =
        spans.flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
    changes.sort();
    let (mut now, mut most) = (0, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    usize::try_from(most).unwrap_or(0)
}

/// Whether two instants are the same, as far as timers of whole milliseconds can tell.
fn near(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= Duration::from_millis(1)
}
