//! Ranks: the first of those who are ready goes, and at a few steps the first becomes the last.
//!
//! It finds each order that needs so few changes, however long somebody has to be held for it.

use super::Candidate;
use crate::{dice::Dice, stage::ActorId};
use std::{cmp::Reverse, collections::BTreeMap};

pub(super) struct Ranks {
    /// Who has no rank yet gets one above all that have been sent down.
    ranks: BTreeMap<ActorId, i64>,
    /// The steps at which the first becomes the last.
    changes: Vec<u64>,
    steps: u64,
    /// How often the first has gone on in a row while others were ready.
    in_a_row: u32,
    first: Option<ActorId>,
}

/// How often the first may go on while others are ready. A bound, because it may wait for one of them.
const LONG: u32 = 10_000;

/// After so many tries in vain somebody else goes first, whatever the ranks: only another can help.
const PATIENCE: u32 = 20;

/// Up to which power of two the steps of changes are drawn, where nobody knows how long the program is.
const FAR: usize = 9;

/// The most changes that a schedule has, and one.
const DEPTHS: usize = 4;

impl Ranks {
    pub(super) fn changing_at(changes: Vec<u64>) -> Ranks {
        Ranks { ranks: BTreeMap::new(), changes, steps: 0, in_a_row: 0, first: None }
    }

    /// Ranks for a program of unknown length: half as likely to change twice as far.
    pub(super) fn drawn(dice: &mut Dice) -> Ranks {
        let step = |dice: &mut Dice| {
            let far = 1 + dice.below(FAR);
            1 + dice.below(1 << far) as u64
        };
        let depth = dice.below(DEPTHS);
        Ranks::changing_at((0..depth).map(|_| step(dice)).collect())
    }

    /// One goes on alone, which is a step, too.
    pub(super) fn alone(&mut self) {
        self.steps += 1;
    }

    /// The index of the one who acts next.
    pub(super) fn next(&mut self, dice: &mut Dice, ready: &[Candidate]) -> usize {
        for one in ready {
            self.ranks.entry(one.actor).or_insert_with(|| 1 + dice.below(1 << 30) as i64);
        }
        self.steps += 1;
        if self.changes.contains(&self.steps) || self.in_a_row >= LONG {
            let sent_down = ready[self.first_of(ready)].actor;
            self.ranks.insert(sent_down, -(self.steps as i64));
        }
        let nth = self.first_of(ready);
        let first = Some(ready[nth].actor);
        self.in_a_row = if first == self.first { self.in_a_row + 1 } else { 0 };
        self.first = first;
        nth
    }

    fn first_of(&self, ready: &[Candidate]) -> usize {
        let order = |nth: &usize| {
            let one = &ready[*nth];
            (one.vain_tries < PATIENCE, self.ranks[&one.actor], Reverse(*nth))
        };
        (0..ready.len()).max_by_key(order).expect("somebody is ready")
    }
}
