//! The plain order: an actor goes on until it has to wait, and then whoever has been ready longest.
//!
//! It is what a schedule is compared with, to be told in few words: only where somebody who would go next
//! is not let, there is something to tell. It knows by which call each actor stands, and how often it has
//! come there; that is how a stop is found again in another run.

use super::{At, CLOCK, Candidate, For, Who};
use crate::{dice::Dice, place::Place, shrink::Stop, stage::ActorId};
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Plain {
    last: Option<ActorId>,
    turns: u64,
    known: HashMap<ActorId, Known>,
}

/// An actor, and where it stands.
struct Known {
    title: String,
    /// The runtime turns to it: this holds of main, too.
    is_task: bool,
    here: At,
    after: Option<At>,
    nth: u32,
    nth_at_line: u32,
    woken: u32,
    /// The turn that it had last.
    acted: u64,
    calls: HashMap<&'static str, u32>,
    lines: HashMap<Place, u32>,
}

/// The name of a call, as a stop has it: `recv()`, and the first word of `an atomic operation`.
fn word(call: &'static str) -> &'static str {
    let call = call.strip_prefix("an ").or(call.strip_prefix("the ")).unwrap_or(call);
    call.split([' ', '(']).next().unwrap_or(call)
}

impl Known {
    fn new(who: &Who) -> Known {
        let start = At { call: "start", place: who.spawned };
        Known {
            title: who.title(),
            is_task: false,
            here: start,
            after: None,
            nth: 1,
            nth_at_line: 1,
            woken: 0,
            acted: 0,
            calls: HashMap::new(),
            lines: HashMap::new(),
        }
    }

    fn count(&mut self, call: &'static str) -> u32 {
        let count = self.calls.entry(call).or_default();
        *count += 1;
        *count
    }

    fn comes_to(&mut self, at: At) {
        let at = At { call: word(at.call), ..at };
        self.after = (self.here.call != "start").then_some(self.here);
        self.here = at;
        self.nth = self.count(at.call);
        let line = self.lines.entry(at.place).or_default();
        // That it has a lock is the second half of one call.
        *line += u32::from(at.call != "locked");
        (self.nth_at_line, self.woken) = (*line, 0);
    }
}

impl Plain {
    pub(super) fn knows(&mut self, actor: ActorId, who: &Who) {
        match self.known.get_mut(&actor) {
            Some(known) => known.title = who.title(),
            None => {
                self.known.insert(actor, Known::new(who));
            }
        }
    }

    pub(super) fn comes_to(&mut self, actor: ActorId, at: At) {
        if let Some(known) = self.known.get_mut(&actor) {
            known.comes_to(at);
        }
    }

    pub(super) fn waits(&mut self, actor: ActorId, at: At) {
        let Some(known) = self.known.get_mut(&actor) else { return };
        if known.here.place != at.place {
            known.comes_to(at);
        }
        known.woken += 1;
    }

    /// Whatever it waits for from here on, it has to be woken.
    pub(super) fn is_polled(&mut self, task: ActorId) {
        if let Some(known) = self.known.get_mut(&task) {
            known.woken += 1;
            known.is_task = true;
        }
    }

    /// It is this one's turn.
    pub(super) fn goes(&mut self, actor: ActorId) {
        self.turns += 1;
        self.last = Some(actor);
        if let Some(known) = self.known.get_mut(&actor) {
            known.acted = self.turns;
        }
    }

    /// The index of the one whose turn it would be, of those who are not held.
    pub(super) fn first(
        &self,
        ready: &[Candidate],
        is_held: impl Fn(ActorId) -> bool,
    ) -> Option<usize> {
        let known = |nth: usize| self.known.get(&ready[nth].actor);
        let open = || (0..ready.len()).filter(|nth| !is_held(ready[*nth].actor));
        let gets_on = |nth: &usize| !ready[*nth].is_waiting_busily();
        let is_next = |nth: &usize| {
            let has_waited = known(*nth).is_none_or(|known| known.woken > 0);
            // A task that steps aside is here only because of that.
            let is_here = gets_on(nth) || known(*nth).is_some_and(|known| known.is_task);
            Some(ready[*nth].actor) == self.last && !has_waited && is_here
        };
        // Threads line up as they become ready. Tasks don't, so it is whoever has not acted for longest.
        let longest =
            |nth: &usize| known(*nth).filter(|known| known.is_task).map(|known| known.acted);
        open().find(is_next).or_else(|| open().filter(gets_on).min_by_key(longest))
    }

    /// The same where all of them ask again and again: in turn.
    pub(super) fn any(&self, ready: &[Candidate]) -> usize {
        let acted = |nth: &usize| self.known.get(&ready[*nth].actor).map_or(0, |known| known.acted);
        let acts = |nth: &usize| ready[*nth].actor != CLOCK;
        (0..ready.len()).filter(acts).min_by_key(acted).unwrap_or(0)
    }

    pub(super) fn stands_at(&self, stop: &Stop) -> bool {
        self.known.get(&stop.actor).is_some_and(|known| {
            known.woken == stop.woken
                && ((known.here.call == stop.call && known.nth == stop.nth)
                    || (known.nth_at_line == stop.nth
                        && stop.call.parse() == Ok(known.here.place.line())))
        })
    }

    /// Where an actor stands.
    pub(super) fn stop(&self, actor: ActorId) -> Option<Stop> {
        let known = self.known.get(&actor)?;
        let (call, nth) = (known.here.call.to_owned(), known.nth);
        Some(Stop { actor, call, nth, woken: known.woken })
    }

    /// The call that it makes, the one before, and how often it has come to its line.
    pub(super) fn calls(&self, actor: ActorId) -> Option<(At, Option<At>, u64)> {
        let known = self.known.get(&actor)?;
        Some((known.here, known.after, known.nth_at_line.into()))
    }

    pub(super) fn title(&self, actor: ActorId) -> &str {
        self.known.get(&actor).map_or("", |known| &known.title)
    }

    /// The stop of a choice that somebody is about to make, and what is picked in the plain order.
    pub(super) fn pick(&mut self, what: For<'_>, len: usize, by: ActorId) -> Option<(Stop, usize)> {
        let call = match what {
            For::Wake(_) => "wake",
            For::Arm => "arm",
            For::Nothing => "nothing",
            For::Drop => "drop",
            For::Turn => return None,
        };
        let nth = self.known.get_mut(&by)?.count(call);
        let usual = match what {
            // A loop around a selection may count on each arm having its turn.
            For::Arm => {
                (Dice::mixed(by << 32 | u64::from(nth), 0xA63) % len.max(1) as u64) as usize
            }
            For::Nothing | For::Drop => len.saturating_sub(1),
            For::Wake(_) | For::Turn => 0,
        };
        Some((Stop { actor: by, call: call.to_owned(), nth, woken: 0 }, usual))
    }
}
