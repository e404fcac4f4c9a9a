//! The plain order, but where somebody says otherwise: what `--choose` plays.
//!
//! Each time that more than one thing could happen is a *choice*, and has a number, from 1 on. Of what could
//! happen, the first is what the plain order has. A list says at which choice another one is taken: with
//! `3:2,7:1` it is the second at choice 3, and the first, as usual, everywhere else.
//!
//! At the choice that `--ask` names the program ends: somebody who looks at its tape makes the list longer, and
//! plays it again.

use super::{At, CLOCK, Candidate, Chooser, For, Pick, Question, Who, plain::Plain};
use crate::stage::ActorId;
use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

/// Which choice is made otherwise than in the plain order: `3:2,7:1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picks(BTreeMap<u64, usize>);

/// The word for a list that says nothing.
const NOTHING: &str = "nothing";

impl FromStr for Picks {
    type Err = String;

    fn from_str(text: &str) -> Result<Picks, String> {
        if text.trim() == NOTHING {
            return Ok(Picks::default());
        }
        let mut picks = BTreeMap::new();
        for part in text.split(',').map(str::trim) {
            let read = part.split_once(':').and_then(|(choice, nth)| {
                let choice = choice.parse().ok().filter(|choice| *choice > 0)?;
                Some((choice, nth.parse().ok().filter(|nth| *nth > 0)?))
            });
            let (choice, nth) = read.ok_or_else(|| {
                format!("'{part}' is no choice: it is like 3:2, the second at choice 3")
            })?;
            if picks.insert(choice, nth).is_some() {
                return Err(format!("choice {choice} is made twice"));
            }
        }
        Ok(Picks(picks))
    }
}

impl fmt::Display for Picks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(NOTHING);
        }
        let texts: Vec<String> =
            self.0.iter().map(|(choice, nth)| format!("{choice}:{nth}")).collect();
        f.write_str(&texts.join(","))
    }
}

pub(super) struct Asked {
    picks: Picks,
    /// The choice at which somebody is asked.
    ask: Option<u64>,
    /// The choice that was asked for last.
    nth: u64,
    /// What is taken at it.
    taken: usize,
    plain: Plain,
}

impl Asked {
    pub(super) fn new(picks: Picks, ask: Option<u64>) -> Asked {
        Asked { picks, ask, nth: 0, taken: 0, plain: Plain::default() }
    }

    /// One more choice, of what stands in this order.
    fn comes(&mut self, order: Vec<usize>) -> Question {
        self.nth += 1;
        let said = self.picks.0.get(&self.nth).copied().unwrap_or(1);
        // A list of another program may say more than there is.
        self.taken = order.get(said - 1).copied().unwrap_or(order[0]);
        Question { nth: self.nth, order, is_asked: self.ask == Some(self.nth) }
    }

    fn usual(&self, ready: &[Candidate]) -> usize {
        self.plain.first(ready, |_| false).unwrap_or_else(|| self.plain.any(ready))
    }
}

/// All of so many, one of them first.
fn beginning_with(first: usize, len: usize) -> Vec<usize> {
    [first].into_iter().chain((0..len).filter(|nth| *nth != first)).collect()
}

impl Chooser for Asked {
    fn question(&mut self, ready: &[Candidate]) -> Option<Question> {
        (ready.len() > 1).then(|| self.comes(beginning_with(self.usual(ready), ready.len())))
    }

    fn next(&mut self, ready: &[Candidate]) -> usize {
        let nth = if ready.len() > 1 { self.taken } else { 0 };
        self.plain.goes(ready[nth].actor);
        nth
    }

    fn alone(&mut self, one: Candidate) {
        self.plain.goes(one.actor);
    }

    fn question_of(&mut self, pick: Pick<'_>) -> Option<Question> {
        let Pick { what, len, by } = pick;
        let usual = self.plain.pick(what, len, by).map_or(0, |(_, usual)| usual);
        self.taken = usual;
        let is_open = matches!(what, For::Wake(_) | For::Arm) && len > 1;
        is_open.then(|| self.comes(beginning_with(usual, len)))
    }

    fn any_of(&mut self, _: Pick<'_>) -> usize {
        self.taken
    }

    /// So that another task can go first, each time that one comes to something that others use.
    fn steps_aside(&mut self, _: ActorId, _: usize) -> bool {
        true
    }

    fn stretched(&mut self, _: ActorId, duration: Duration) -> Duration {
        duration
    }

    fn comes_to(&mut self, actor: ActorId, at: At) {
        self.plain.comes_to(actor, at);
    }

    fn waits(&mut self, actor: ActorId, at: At) {
        self.plain.waits(actor, at);
    }

    fn is_polled(&mut self, task: ActorId) {
        self.plain.is_polled(task);
    }

    fn knows(&mut self, actor: ActorId, who: &Who) {
        self.plain.knows(actor, who);
    }

    fn stands(&self, actor: ActorId) -> Option<At> {
        (actor != CLOCK).then(|| self.plain.calls(actor))?.map(|(here, ..)| here)
    }

    fn may_wait_for_the_clock(&self) -> bool {
        true
    }

    fn interrupts(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["nothing", "3:2", "3:2,17:1"] {
            assert_eq!(text.parse::<Picks>().map(|picks| picks.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "3", "0:1", "3:0", "3:2,3:1", "3:2,", "a:b"] {
            assert!(text.parse::<Picks>().is_err(), "{text}");
        }
    }
}
