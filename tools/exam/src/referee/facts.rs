//! What the accounts of a run are made of, and what several referees ask of them.

use super::{Fault, Verdict, require};
use crate::{Actor, Event, Line, Run, What};
use accord::failure;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Range, RangeBounds},
    time::Duration,
};

/// A stretch in which somebody slept or computed: that is what work is made of here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sleep {
    /// Who.
    pub by: Actor,
    /// Since when.
    pub from: Duration,
    /// Until when.
    pub to: Duration,
    /// How long it was to be: less than it is, where a schedule stretches it.
    pub asked: Duration,
}

/// The sleeps of a run that nothing is known of yet.
#[derive(Clone, Debug, Default)]
pub struct Sleeps {
    left: BTreeMap<Duration, Vec<Sleep>>,
}

impl Sleeps {
    /// All sleeps of a run.
    pub fn of(run: &Run) -> Sleeps {
        let mut left: BTreeMap<Duration, Vec<Sleep>> = BTreeMap::new();
        for Event { at, actor, what } in run.events() {
            if let What::Sleep { asked, takes } = *what {
                let sleep = Sleep { by: *actor, from: *at, to: *at + takes, asked };
                left.entry(*at).or_default().push(sleep);
            }
        }
        Sleeps { left }
    }

    /// Takes the first that begins in this range and fits.
    pub fn take(
        &mut self,
        begins: impl RangeBounds<Duration>,
        fits: impl Fn(&Sleep) -> bool,
    ) -> Option<Sleep> {
        self.left.range_mut(begins).find_map(|(_, sleeps)| {
            let place = sleeps.iter().position(&fits)?;
            Some(sleeps.remove(place))
        })
    }

    /// Takes whoever sleeps once for two times in a row as somebody who sleeps twice.
    pub fn part(&mut self, first: Duration, second: Duration) {
        let both = first + second;
        let in_one = |sleep: &Sleep| sleep.asked == both;
        while let Some(Sleep { by, from, to, .. }) = self.take(.., in_one) {
            // As far as a schedule stretches it, it stretches both.
            let between = from + (to - from).mul_f64(first.as_secs_f64() / both.as_secs_f64());
            let halves = [(from, between, first), (between, to, second)];
            for (from, to, asked) in halves {
                self.left.entry(from).or_default().push(Sleep { by, from, to, asked });
            }
        }
    }

    /// Those that were not taken.
    pub fn rest(&self) -> impl Iterator<Item = &Sleep> {
        self.left.values().flatten()
    }
}

/// The gaps between the instants at which something changes. What holds in a gap does not depend on the order within
/// an instant.
#[derive(Clone, Debug)]
pub struct Gaps {
    instants: Vec<Duration>,
}

impl Gaps {
    /// Between these instants.
    pub fn between(instants: impl IntoIterator<Item = Duration>) -> Gaps {
        let instants: BTreeSet<Duration> = instants.into_iter().collect();
        Gaps { instants: instants.into_iter().collect() }
    }

    /// When a gap begins.
    #[must_use]
    pub fn begin(&self, gap: usize) -> Duration {
        self.instants[gap]
    }

    /// The gaps of a span of time whose ends are among the instants.
    #[must_use]
    pub fn of(&self, from: Duration, to: Duration) -> Range<usize> {
        let place = |at| self.instants.partition_point(|instant| *instant < at);
        place(from)..place(to).max(place(from))
    }

    /// How many of these spans hold in each gap.
    #[must_use]
    pub fn count(&self, spans: impl IntoIterator<Item = (Duration, Duration)>) -> Vec<usize> {
        let mut steps = vec![0_isize; self.instants.len() + 1];
        for (from, to) in spans {
            let gaps = self.of(from, to);
            steps[gaps.start] += 1;
            steps[gaps.end] -= 1;
        }
        let mut now = 0;
        let mut count = |step: &isize| {
            now += step;
            usize::try_from(now).expect("a span begins before it ends")
        };
        steps.iter().take(self.instants.len()).map(&mut count).collect()
    }
}

/// What whoever asks again and again should do.
const WAIT: &str = "wait where there is nothing to do, and not ask again and again";

/// Nobody asks again and again at one instant.
pub fn nobody_spins(run: &Polls) -> Verdict {
    let place = run.spins.first().map_or("", String::as_str);
    require(run.spins.is_empty(), WAIT, format!("asked again and again at {place}"))
}

/// Nobody asks again and again: neither at one instant, nor at instants at which nothing else happens.
///
/// `known` are those at which something does, and `something` says what that is.
pub fn nobody_polls(run: &Polls, something: &str) -> Verdict {
    nobody_spins(run)?;
    let Some((at, waits)) = &run.idle_steps.first() else { return Ok(()) };
    let place = waits.as_ref().map_or(String::new(), |place| format!(", at {place}"));
    Err(Fault::new(
        WAIT,
        format!("did something at {}{place}, when nothing was {something}", seconds(*at)),
    ))
}

/// Where somebody asked again and again.
#[derive(Clone, Debug, Default)]
pub struct Polls {
    spins: Vec<String>,
    /// What happened while nothing did, with the line of the source if the tape knows it.
    idle_steps: Vec<(Duration, Option<String>)>,
}

impl Polls {
    /// Those of a run in which something happens at the known instants alone.
    pub fn of(run: &Run, known: &BTreeSet<Duration>) -> Polls {
        let place = |event: &Event| match &event.what {
            What::Wait { place, .. } => Some(place.clone()),
            _ => None,
        };
        let idle = run.events().iter().filter(|event| !known.contains(&event.at));
        let idle_steps = idle.map(|event| (event.at, place(event))).collect();
        Polls { idle_steps, ..Polls::at_one_instant(run) }
    }

    /// Those where somebody asks at one instant, in a run in which anything may happen at any.
    pub fn at_one_instant(run: &Run) -> Polls {
        let spin = |event: &Event| match &event.what {
            What::Wait { on, place } if on == "spin" => Some(place.clone()),
            _ => None,
        };
        let spins = run.events().iter().filter_map(spin).chain(run.places_of_loops()).collect();
        Polls { spins, idle_steps: Vec::new() }
    }

    /// The lines at which somebody asks again and again at one instant.
    #[must_use]
    pub fn spins(&self) -> &[String] {
        &self.spins
    }
}

/// The only line of its kind.
pub fn one<'a>(lines: &'a [Line], pattern: &str) -> Result<&'a Line, Fault> {
    let should = format!("print one line `{}`", shown(pattern));
    match lines {
        [line] => Ok(line),
        [] => Err(Fault::new(should, "printed no such line").lacks_a_line()),
        several => Err(Fault::new(should, format!("printed {} of them", several.len()))),
    }
}

/// A pattern as a reader sees it: `Room in the queue: …`.
fn shown(pattern: &str) -> String {
    let mut parts = pattern.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        shown + "…" + part.split_once('}').map_or(part, |(_, behind)| behind)
    })
}

/// Whether a number of seconds with one digit tells this time.
#[must_use]
pub fn tells(told: Option<f64>, time: Duration) -> bool {
    told.is_some_and(|told| (told - time.as_secs_f64()).abs() <= 0.051)
}

/// Whether a number of seconds with three digits tells this time: the last one may be rounded or cut.
#[must_use]
pub fn tells_exactly(told: &str, time: Duration) -> bool {
    let digits = told.split_once('.').map_or(0, |(_, digits)| digits.len());
    let told: f64 = told.parse().unwrap_or(f64::NAN);
    digits == 3 && (told - time.as_secs_f64()).abs() <= 0.0011
}

/// The exit code is this one.
pub fn exits(code: Option<i32>, wanted: i32) -> Verdict {
    let did =
        code.map_or(failure::BY_SIGNAL.to_owned(), |code| format!("ended with exit code {code}"));
    require(code == Some(wanted), format!("end with exit code {wanted}"), did)
}

/// A line, as something that was done.
#[must_use]
pub fn printed(line: &Line) -> String {
    // What a panic says on standard error has no instant.
    let at = line.told.map_or(String::new(), |(at, _)| format!(" at {}", seconds(at)));
    format!("printed `{}`{at}", line.text)
}

/// An instant that may be unknown, in words.
#[must_use]
pub fn at(time: Option<Duration>) -> String {
    time.map_or("no time".to_owned(), seconds)
}

/// An instant or a time, in words.
#[must_use]
pub fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_line_that_is_missing_is_shown_without_the_names_of_its_parts() {
        assert_eq!(shown("[W-{w}] did {item}"), "[W-…] did …");
        assert_eq!(shown("all done"), "all done");
    }

    #[test]
    fn a_time_is_told_with_three_digits() {
        let told = ["1.234", "1.235", "1.233", "1.236", "1.23", "1.2340", "soon"];
        let right = told.map(|told| tells_exactly(told, ms(1234)));
        assert_eq!(right, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn what_holds_is_counted_gap_by_gap() {
        let gaps = Gaps::between([ms(5), ms(0), ms(9), ms(5)]);
        assert_eq!(gaps.of(ms(0), ms(9)), 0..2);
        assert_eq!(gaps.of(ms(5), ms(5)), 1..1);
        assert_eq!(gaps.count([(ms(0), ms(5)), (ms(0), ms(9)), (ms(5), ms(5))]), [2, 1, 0]);
    }

    #[test]
    fn a_sleep_is_taken_once() {
        let sleep = |by, from, to| Sleep { by, from: ms(from), to: ms(to), asked: ms(to - from) };
        let left = [(ms(1), vec![sleep(1, 1, 5), sleep(2, 1, 3)]), (ms(2), vec![sleep(1, 2, 4)])];
        let mut sleeps = Sleeps { left: left.into() };
        let two = |sleep: &Sleep| sleep.asked == ms(2);
        assert_eq!(sleeps.take(ms(0).., two), Some(sleep(2, 1, 3)));
        assert_eq!(sleeps.take(ms(0)..=ms(1), two), None);
        assert_eq!(sleeps.take(ms(0).., two), Some(sleep(1, 2, 4)));
        assert_eq!(sleeps.rest().collect::<Vec<_>>(), [&sleep(1, 1, 5)]);
    }
}
