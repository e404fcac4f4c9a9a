//! Schedules by counts: who acts how often is known from an earlier run, so orders can be drawn more evenly.
//!
//! Three ways take turns, by the schedule's number:
//!
//! - *PCT*: everybody has a rank, and the first that is ready goes; at a few steps, drawn beforehand, the
//!   one who would go next becomes the last. It finds each order that needs so few changes with a chance
//!   that can be told (Burckhardt and others, 2010).
//! - *URW*: whoever has more steps left goes more often, so that each order of the steps is as likely.
//! - *SURW*: the same at one object alone, and all else by chance (Zhao and others, 2025).

use super::{Candidate, Chooser, Pick, chance::Chance, list::Choice, ranks::Ranks};
use crate::{
    dice::Dice,
    stage::{ActorId, Object},
};
use std::{collections::BTreeMap, time::Duration};

/// How often each actor chose to act, of all and at one object.
type Counts = BTreeMap<ActorId, u64>;

pub(super) struct Counted {
    way: Way,
    dice: Dice,
    /// Sleeps, and what is equally good.
    chance: Chance,
}

enum Way {
    Ranks(Ranks),
    Evenly { left: Counts },
    EvenlyAt { object: Object, left: Counts, intended: Option<ActorId> },
}

/// The most changes of rank that a schedule has, and one.
const DEPTHS: u64 = 3;

impl Counted {
    pub(super) fn new(schedule: u64, stretch: Option<u32>, first: &[Choice]) -> Counted {
        let mut dice = Dice::new(schedule);
        let (mut all, mut at) = (Counts::new(), BTreeMap::<Object, Counts>::new());
        for choice in first {
            if let Choice::Next { actor, uses } | Choice::Alone { actor, uses } = choice {
                *all.entry(*actor).or_default() += 1;
                if let Some(object) = uses {
                    *at.entry(*object).or_default().entry(*actor).or_default() += 1;
                }
            }
        }
        // Where one alone uses it, no order matters.
        at.retain(|_, counts| counts.len() > 1);
        let way = match schedule % 3 {
            0 => {
                let steps = all.values().sum::<u64>().max(1);
                let depth = schedule / 3 % DEPTHS;
                let changes = (0..depth).map(|_| dice.below(steps as usize) as u64).collect();
                Way::Ranks(Ranks::changing_at(changes))
            }
            2 if !at.is_empty() => {
                let nth = dice.below(at.len());
                let (object, left) = at.into_iter().nth(nth).expect("one of them");
                Way::EvenlyAt { object, left, intended: None }
            }
            _ => Way::Evenly { left: all },
        };
        Counted { way, dice, chance: Chance::new(schedule, stretch) }
    }
}

/// One of those who are ready, by how much is left to do for each.
fn by_what_is_left(dice: &mut Dice, left: &Counts, ready: &[(usize, ActorId)]) -> usize {
    let weight = |actor: &ActorId| left.get(actor).copied().unwrap_or(0).max(1);
    let sum: u64 = ready.iter().map(|(_, actor)| weight(actor)).sum();
    let mut drawn = dice.below(sum as usize) as u64;
    for (nth, actor) in ready {
        if drawn < weight(actor) {
            return *nth;
        }
        drawn -= weight(actor);
    }
    ready[0].0
}

fn is_done(left: &mut Counts, actor: ActorId) {
    if let Some(left) = left.get_mut(&actor) {
        *left = left.saturating_sub(1);
    }
}

impl Way {
    fn alone(&mut self, one: Candidate) {
        match self {
            Way::Ranks(ranks) => ranks.alone(),
            Way::Evenly { left } => is_done(left, one.actor),
            Way::EvenlyAt { object, left, .. } if one.uses == Some(*object) => {
                is_done(left, one.actor);
            }
            Way::EvenlyAt { .. } => {}
        }
    }

    fn next(&mut self, dice: &mut Dice, ready: &[Candidate]) -> usize {
        let numbered = ready.iter().enumerate();
        let busy = |(_, one): &(usize, &Candidate)| !one.is_waiting_busily();
        let mut open: Vec<(usize, ActorId)> =
            numbered.clone().filter(busy).map(|(nth, one)| (nth, one.actor)).collect();
        if open.is_empty() {
            open = numbered.map(|(nth, one)| (nth, one.actor)).collect();
        }
        match self {
            Way::Ranks(ranks) => ranks.next(dice, ready),
            Way::Evenly { left } => {
                let nth = by_what_is_left(dice, left, &open);
                is_done(left, ready[nth].actor);
                nth
            }
            Way::EvenlyAt { object, left, intended } => {
                let is_at = |nth: usize| ready[nth].uses == Some(*object);
                if intended.is_none() {
                    // Also one that has not been spawned yet.
                    let to_come = left.iter().filter(|(_, left)| **left > 0);
                    let to_come: Vec<_> =
                        to_come.map(|(actor, _)| (*actor as usize, *actor)).collect();
                    if !to_come.is_empty() {
                        *intended = Some(by_what_is_left(dice, left, &to_come) as ActorId);
                    }
                }
                // Who asks again and again may wait for somebody who is held.
                let is_free = |(nth, actor): &&(usize, ActorId)| {
                    !ready[*nth].is_waiting_busily() && (!is_at(*nth) || *intended == Some(*actor))
                };
                let mut free: Vec<(usize, ActorId)> =
                    open.iter().filter(is_free).copied().collect();
                if free.is_empty() {
                    let held: Vec<_> = (0..ready.len())
                        .filter(|nth| is_at(*nth))
                        .map(|n| (n, ready[n].actor))
                        .collect();
                    let of = if held.is_empty() { open } else { held };
                    let nth = by_what_is_left(dice, left, &of);
                    free = vec![(nth, ready[nth].actor)];
                }
                let (nth, actor) = free[dice.below(free.len())];
                if is_at(nth) {
                    *intended = None;
                    is_done(left, actor);
                }
                nth
            }
        }
    }
}

impl Chooser for Counted {
    fn next(&mut self, ready: &[Candidate]) -> usize {
        self.way.next(&mut self.dice, ready)
    }

    fn alone(&mut self, one: Candidate) {
        self.way.alone(one);
    }

    fn any_of(&mut self, pick: Pick<'_>) -> usize {
        self.chance.any_of(pick)
    }

    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration {
        self.chance.stretched(actor, duration)
    }

    fn interrupts(&self) -> bool {
        true
    }
}
