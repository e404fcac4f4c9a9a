//! The focus of a schedule: a few objects at which the order is drawn beforehand.
//!
//! A uniform choice at every operation holds one actor back for n operations of the others with a chance
//! of 2⁻ⁿ, so an order that needs that is hardly ever seen. With a focus, most operations don't matter.
//! Some objects are chosen by the schedule's number, and at those one actor is *intended* to be next.
//! Whoever else comes to one is held until the intended one has gone. How often somebody is intended
//! differs between actors, in some schedules by much. All else stays as chance has it.

use super::Candidate;
use crate::{
    dice::Dice,
    stage::{ActorId, Object},
};

pub(super) struct Focus {
    /// What the objects are chosen by, and the weights.
    salt: u64,
    /// Of so many objects, one is in focus.
    one_in: u64,
    /// Weights differ by up to two to this power.
    spread: u64,
    /// Whether nobody is intended before all have come who can.
    waits_for_all: bool,
    intended: Option<ActorId>,
    /// How often somebody else went on while one was held.
    held_for: u32,
}

/// How often others may go on while somebody is held. A bound, because they may wait for what is held.
const LONG: u32 = 10_000;

/// Of how many objects one is in focus: often of few, since many programs have no more.
const ONE_IN: [u64; 8] = [1, 1, 1, 2, 2, 2, 4, 8];

/// To which power of two weights may differ. Where that is much, few orders are drawn at all; so mostly
/// everybody is intended as often as others.
const SPREAD: [u64; 4] = [0, 0, 4, 8];

impl Focus {
    pub(super) fn of(schedule: u64) -> Focus {
        let salt = Dice::mixed(schedule, 0xF0C5);
        let drawn = |what: u64, of: usize| (Dice::mixed(salt, what) % of as u64) as usize;
        Focus {
            salt,
            one_in: ONE_IN[drawn(1, ONE_IN.len())],
            spread: SPREAD[drawn(2, SPREAD.len())],
            waits_for_all: drawn(3, 2) == 0,
            intended: None,
            held_for: 0,
        }
    }

    /// Of so many objects in a row one is in focus, so that there is one even if there are few.
    fn is_on(&self, object: Object) -> bool {
        let (group, nth) = ((object - 1) / self.one_in, (object - 1) % self.one_in);
        Dice::mixed(self.salt ^ 0x0B1E, group) % self.one_in == nth
    }

    fn weight(&self, actor: ActorId) -> u64 {
        1 << (Dice::mixed(self.salt ^ 0xAC70, actor) % (self.spread + 1))
    }

    fn uses_focus(&self, one: &Candidate) -> bool {
        one.uses.is_some_and(|object| self.is_on(object))
    }

    fn holds(&self, one: &Candidate) -> bool {
        self.intended != Some(one.actor) && self.uses_focus(one)
    }

    pub(super) fn next(&mut self, dice: &mut Dice, ready: &[Candidate]) -> usize {
        if self.intended.is_none() && !self.waits_for_all {
            self.intend(dice, ready.iter());
        }
        let goes_on = |one: &Candidate| !self.holds(one) && !one.is_waiting_busily();
        if self.held_for >= LONG || !ready.iter().any(goes_on) {
            let held: Vec<&Candidate> = ready.iter().filter(|one| self.holds(one)).collect();
            self.intend(dice, held.into_iter());
        }
        let free: Vec<usize> = (0..ready.len()).filter(|nth| !self.holds(&ready[*nth])).collect();
        let nth = free[dice.below(free.len())];
        if self.uses_focus(&ready[nth]) {
            (self.intended, self.held_for) = (None, 0);
        } else if free.len() < ready.len() {
            self.held_for += 1;
        }
        nth
    }

    /// Draws who is to be next in focus, if there is anybody.
    fn intend<'a>(&mut self, dice: &mut Dice, of: impl Iterator<Item = &'a Candidate> + Clone) {
        let sum: u64 = of.clone().map(|one| self.weight(one.actor)).sum();
        if sum == 0 {
            return;
        }
        let mut drawn = dice.below(sum as usize) as u64;
        self.held_for = 0;
        for one in of {
            let weight = self.weight(one.actor);
            if drawn < weight {
                self.intended = Some(one.actor);
                return;
            }
            drawn -= weight;
        }
    }
}
