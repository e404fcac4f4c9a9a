//! Who goes next: the one place where the order of a run is decided.
//!
//! A new way to choose (a list of choices, a person who is asked) is a new implementation of [`Chooser`],
//! and nothing else on the stage has to know of it.

use super::ActorId;
use crate::dice::Dice;
use std::{collections::VecDeque, time::Duration};

pub(crate) trait Chooser: Send {
    /// The index, in `ready`, of the one who acts next. There is at least one.
    fn next(&mut self, ready: &VecDeque<ActorId>) -> usize;

    /// One of `0..len` things that are equally good: arms of a selection, tasks at the gate.
    fn any_of(&mut self, len: usize) -> usize;

    /// A duration as this run has it.
    fn stretched(&mut self, duration: Duration) -> Duration;

    /// Whether somebody else may go first at any operation, and not only where one would wait.
    fn interrupts(&self) -> bool;
}

/// The chooser of a run.
pub(super) fn chosen(schedule: Option<u64>, stretch: u32) -> Box<dyn Chooser> {
    match schedule {
        Some(schedule) => Box::new(Chance { dice: Dice::new(schedule), stretch }),
        None => Box::new(Usual { fair: Dice::new(0) }),
    }
}

/// The usual order: whoever has been ready longest.
struct Usual {
    /// For choices that the real library makes at random.
    fair: Dice,
}

impl Chooser for Usual {
    fn next(&mut self, _: &VecDeque<ActorId>) -> usize {
        0
    }

    fn any_of(&mut self, len: usize) -> usize {
        self.fair.below(len)
    }

    fn stretched(&mut self, duration: Duration) -> Duration {
        duration
    }

    fn interrupts(&self) -> bool {
        false
    }
}

/// A schedule: anybody who is ready, by dice that a number replays.
struct Chance {
    dice: Dice,
    /// How many times as long a sleep may become.
    stretch: u32,
}

impl Chooser for Chance {
    fn next(&mut self, ready: &VecDeque<ActorId>) -> usize {
        self.dice.below(ready.len())
    }

    fn any_of(&mut self, len: usize) -> usize {
        self.dice.below(len)
    }

    fn stretched(&mut self, duration: Duration) -> Duration {
        self.dice.jitter(duration, self.stretch)
    }

    fn interrupts(&self) -> bool {
        true
    }
}
