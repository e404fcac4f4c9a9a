//! Who goes next: the one place where the order of a run is decided.
//!
//! A new way to choose (a person who is asked) is a new implementation of [`Chooser`], and nothing else on
//! the stage has to know of it.

mod chance;
mod focus;

use super::{ActorId, Object};
use crate::dice::Dice;
use chance::Chance;
use std::time::Duration;

/// One who is ready to act.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) actor: ActorId,
    /// What the next operation uses, as far as that is known.
    pub(crate) uses: Option<Object>,
    /// It asks again and again for what has not come yet.
    pub(crate) is_waiting_busily: bool,
}

pub(crate) trait Chooser: Send {
    /// The index, in `ready`, of the one who acts next. There is at least one.
    fn next(&mut self, ready: &[Candidate]) -> usize;

    /// One of `0..len` things that are equally good: arms of a selection, those who wait for a signal.
    fn any_of(&mut self, len: usize) -> usize;

    /// A duration as this run has it, for one who sleeps or computes.
    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration;

    /// Whether somebody else may go first at any operation, and not only where one would wait.
    fn interrupts(&self) -> bool;
}

/// The chooser of a run.
pub(super) fn chosen(schedule: Option<u64>, stretch: Option<u32>) -> Box<dyn Chooser> {
    match schedule {
        Some(schedule) => Box::new(Chance::new(schedule, stretch)),
        None => Box::new(Usual { fair: Dice::new(0) }),
    }
}

/// The usual order: whoever has been ready longest.
struct Usual {
    /// For choices that the real library makes at random.
    fair: Dice,
}

impl Chooser for Usual {
    fn next(&mut self, _: &[Candidate]) -> usize {
        0
    }

    fn any_of(&mut self, len: usize) -> usize {
        self.fair.below(len)
    }

    fn stretched(&mut self, _: ActorId, duration: Duration) -> Duration {
        duration
    }

    fn interrupts(&self) -> bool {
        false
    }
}
