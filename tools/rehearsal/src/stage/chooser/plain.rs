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
    who: Who,
    /// Others were spawned at the same line.
    siblings: bool,
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
    /// How often it has gone from one call to another.
    ways: HashMap<[(&'static str, Place); 2], u32>,
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
            who: who.clone(),
            siblings: who.nth > 1,
            is_task: false,
            here: start,
            after: None,
            nth: 1,
            nth_at_line: 1,
            woken: 0,
            acted: 0,
            calls: HashMap::new(),
            lines: HashMap::new(),
            ways: HashMap::new(),
        }
    }

    fn is_sibling_of(&self, who: &Who) -> bool {
        (self.who.kind, self.who.spawned) == (who.kind, who.spawned)
    }

    fn count(&mut self, call: &'static str) -> u32 {
        let count = self.calls.entry(call).or_default();
        *count += 1;
        *count
    }

    fn comes_to(&mut self, at: At) {
        let at = At { call: word(at.call), ..at };
        let way = [(self.here.call, self.here.place), (at.call, at.place)];
        *self.ways.entry(way).or_default() += 1;
        self.after = (self.here.call != "start").then_some(self.here);
        self.here = at;
        self.nth = self.count(at.call);
        let line = self.lines.entry(at.place).or_default();
        // That it has a lock is the second half of one call.
        *line += u32::from(at.call != "locked");
        (self.nth_at_line, self.woken) = (*line, 0);
    }

    /// How often it was where it is now, as that is told: between two calls, or else at the line of one.
    fn times(&self) -> u32 {
        let Some(after) = self.after.filter(|_| self.woken == 0 && self.here.call != "locked")
        else {
            return self.nth_at_line;
        };
        let way = [(after.call, after.place), (self.here.call, self.here.place)];
        self.ways.get(&way).copied().unwrap_or(1)
    }
}

impl Plain {
    /// An actor comes, or has told its name. The first of those from its line, if that was the only one so far:
    /// it is called otherwise now.
    pub(super) fn knows(&mut self, actor: ActorId, who: &Who) -> Option<ActorId> {
        if let Some(known) = self.known.get_mut(&actor) {
            known.who = who.clone();
            return None;
        }
        let is_first = |known: &Known| who.nth == 2 && known.is_sibling_of(who);
        let first = self.known.iter_mut().find(|(_, known)| is_first(known));
        let first = first.map(|(first, known)| {
            known.siblings = true;
            *first
        });
        self.known.insert(actor, Known::new(who));
        first
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

    /// The call that it makes, the one before, and how often it was there.
    pub(super) fn calls(&self, actor: ActorId) -> Option<(At, Option<At>, u64)> {
        let known = self.known.get(&actor)?;
        Some((known.here, known.after, known.times().into()))
    }

    pub(super) fn title(&self, actor: ActorId) -> String {
        self.known
            .get(&actor)
            .map_or_else(String::new, |known| known.who.title_among(known.siblings))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::Kind;

    fn who(nth: usize, spawned: Place) -> Who {
        Who { name: None, kind: Kind::Thread, spawned, nth }
    }

    #[test]
    fn the_only_one_of_a_line_is_no_first() {
        let one = Place::here();
        let other = Place::here();
        let mut plain = Plain::default();
        assert_eq!(plain.knows(1, &who(1, one)), None);
        assert_eq!(plain.knows(2, &who(1, other)), None);
        assert!(plain.title(1).starts_with("thread spawned at "), "{}", plain.title(1));
        assert_eq!(plain.knows(3, &who(2, one)), Some(1));
        assert_eq!(plain.knows(4, &who(3, one)), None);
        for (actor, start) in [(1, "1st thread "), (2, "thread "), (3, "2nd "), (4, "3rd ")] {
            assert!(plain.title(actor).starts_with(start), "{}", plain.title(actor));
        }
    }

    #[test]
    fn the_way_between_two_calls_is_counted_and_not_where_it_ends() {
        let [lock, send, join] = ["lock()", "send()", "join"];
        let one = Place::here();
        let other = Place::here();
        let mut plain = Plain::default();
        plain.knows(1, &who(1, one));
        let mut times = |call, place| {
            plain.comes_to(1, At { call, place });
            plain.calls(1).expect("it is known").2
        };
        times(lock, one);
        assert_eq!(times(send, other), 1);
        assert_eq!(times(join, one), 1);
        // Here for the second time, and from there for the first.
        assert_eq!(times(send, other), 1);
        times(lock, one);
        assert_eq!(times(send, other), 2);
    }
}
