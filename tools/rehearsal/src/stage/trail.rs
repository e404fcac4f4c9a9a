//! Which orders come to the same.
//!
//! Two steps of two actors that touch nothing in common may change places, and nobody can tell. So each step is
//! known by a sum: of its actor's step before, and of the last step that touched each of what it touches. The sum
//! of all steps so far is the same in all orders that differ by such changes alone, and they lead to the same
//! state. Whoever searches the orders needs to go on from one of them only.
//!
//! What is not known to touch little touches everything. A task's step goes up to where it waits or lets others
//! go first, and touches what it has asked the stage for; from where tasks may share something that the stage does
//! not see (a lock of tokio's, say), each of their steps touches everything.
//!
//! What the program shares behind the stage's back (a lock of std's, a file) is not seen at all. Whoever compares
//! sums has to know that there is nothing of that.

use super::{ActorId, Object, On, QueueId, State, Uses};
#[cfg(feature = "tokio")]
use super::{CLOCK, Stage};
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

/// What a step touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Touch {
    Object(Object),
    /// A lock, by its number for the tape.
    Lock(u64),
    /// What time it is.
    Clock,
    /// The numbers of those who come.
    Cast,
    /// That somebody has ended.
    End(ActorId),
    Everything,
}

/// The steps so far.
#[derive(Default)]
pub(super) struct Trail {
    /// Somebody asks for it.
    is_on: bool,
    /// The step that is being made.
    by: ActorId,
    touched: BTreeSet<Touch>,
    /// Those whom it has started, or woken from a sleep.
    stirred: Vec<ActorId>,
    /// What was picked in it.
    picked: Vec<usize>,
    /// Tasks may share what is not seen.
    has_lost_sight: bool,
    last_of: BTreeMap<ActorId, u64>,
    last_at: BTreeMap<Touch, u64>,
    sum: u64,
}

impl Trail {
    pub(super) fn asked_for(is_on: bool) -> Trail {
        Trail { is_on, ..Trail::default() }
    }

    /// The step that is being made touches this.
    pub(super) fn touches(&mut self, what: Touch) {
        if self.is_on {
            self.touched.insert(what);
        }
    }

    /// In the step that is being made, one of several is picked.
    pub(super) fn picks(&mut self, nth: usize) {
        if self.is_on {
            self.touches(Touch::Everything);
            self.picked.push(nth);
        }
    }

    /// The step that is being made starts somebody, or ends a sleep.
    pub(super) fn stirs(&mut self, actor: ActorId) {
        if self.is_on {
            self.stirred.push(actor);
        }
    }

    /// A step begins.
    pub(super) fn goes(&mut self, actor: ActorId) {
        if !self.is_on {
            return;
        }
        self.ends();
        self.by = actor;
    }

    /// The sum of all steps, with the one that is being made.
    pub(super) fn sum(&self) -> u64 {
        self.sum.wrapping_add(self.step())
    }

    fn ends(&mut self) {
        let step = self.step();
        self.picked.clear();
        self.last_of.insert(self.by, step);
        for actor in std::mem::take(&mut self.stirred) {
            let mut both = DefaultHasher::new();
            (step, self.last_of.get(&actor)).hash(&mut both);
            self.last_of.insert(actor, both.finish());
        }
        for what in std::mem::take(&mut self.touched) {
            self.last_at.insert(what, step);
        }
        self.sum = self.sum.wrapping_add(step);
    }

    /// The step that is being made.
    fn step(&self) -> u64 {
        let mut step = DefaultHasher::new();
        (self.by, self.last_of.get(&self.by), self.last_at.get(&Touch::Everything)).hash(&mut step);
        self.picked.hash(&mut step);
        for what in &self.touched {
            match what {
                // It comes behind all that was.
                Touch::Everything => self.sum.hash(&mut step),
                one => (one, self.last_at.get(one)).hash(&mut step),
            }
        }
        step.finish()
    }
}

impl State {
    /// What an actor touches with the operation that it may do now.
    pub(super) fn touches_what_it_uses(&mut self, uses: Uses<'_>, object: Option<Object>) {
        match (uses, object) {
            // The order of lines is not looked at by those who compare states.
            (Uses::Output | Uses::Nothing, _) => {}
            (_, Some(object)) => self.trail.touches(Touch::Object(object)),
            (..) => self.trail.touches(Touch::Everything),
        }
    }

    /// The same of one who has waited. Whoever has slept touches nothing by that.
    pub(super) fn touches_what_it_waited_for(&mut self, actor: ActorId) {
        let known = self.cast.one(actor);
        match (known.uses, known.waits.first().map(|(_, wait)| &wait.on)) {
            (Some(object), _) => self.trail.touches(Touch::Object(object)),
            (None, Some(On::Sleep)) => {}
            (None, Some(On::Join(other))) => self.trail.touches(Touch::End(*other)),
            (None, _) => self.trail.touches(Touch::Everything),
        }
    }

    pub(crate) fn touches_queue(&mut self, queue: QueueId) {
        // What nobody asks for gets no number.
        if self.trail.is_on {
            let object = self.object(Uses::Queue(queue));
            self.trail.touches(object.map_or(Touch::Everything, Touch::Object));
        }
    }

    /// What a task uses without letting others go first.
    pub(super) fn touches_at_once(&mut self, uses: Uses<'_>) {
        // What nobody asks for gets no number.
        if self.trail.is_on {
            let object = self.object(uses);
            self.touches_what_it_uses(uses, object);
        }
    }

    pub(super) fn touches_lock(&mut self, address: usize) {
        if self.trail.is_on {
            let number = self.locks.number(address);
            self.trail.touches(Touch::Lock(number));
        }
    }
}

#[cfg(feature = "tokio")]
impl State {
    /// It is a task's turn.
    pub(crate) fn task_goes(&mut self) {
        if self.trail.has_lost_sight {
            self.trail.touches(Touch::Everything);
        }
    }

    /// All tasks wait, or what they do takes time: whatever comes next comes behind all that was.
    pub(super) fn tasks_let_time_pass(&mut self) {
        self.trail.goes(CLOCK);
        self.trail.touches(Touch::Everything);
    }

    /// Whether somebody has ended is looked at.
    pub(crate) fn touches_end(&mut self, actor: ActorId) {
        self.trail.touches(Touch::End(actor));
    }

    /// From here on tasks may share what is not seen.
    pub(crate) fn loses_sight(&mut self) {
        self.trail.touches(Touch::Everything);
        self.trail.has_lost_sight = true;
    }
}

#[cfg(feature = "tokio")]
impl Stage {
    /// The same, where there is a stage.
    pub(crate) fn loses_sight() {
        if let Some(stage) = Stage::get() {
            stage.lock().loses_sight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(steps: &[(ActorId, &[Touch])]) -> u64 {
        let mut trail = Trail::asked_for(true);
        for (actor, touched) in steps {
            trail.goes(*actor);
            touched.iter().for_each(|what| trail.touches(*what));
        }
        trail.sum()
    }

    #[test]
    fn only_steps_that_touch_the_same_have_an_order() {
        let (a, b) = ([Touch::Object(1)], [Touch::Object(2)]);
        assert_eq!(sum(&[(1, &a), (2, &b)]), sum(&[(2, &b), (1, &a)]));
        assert_ne!(sum(&[(1, &a), (2, &a)]), sum(&[(2, &a), (1, &a)]));
        let all = [Touch::Everything];
        assert_ne!(sum(&[(1, &a), (2, &all)]), sum(&[(2, &all), (1, &a)]));
        assert_eq!(
            sum(&[(1, &a), (2, &b), (3, &all), (1, &a)]),
            sum(&[(2, &b), (1, &a), (3, &all), (1, &a)])
        );
        assert_ne!(sum(&[(1, &a), (1, &b)]), sum(&[(1, &b), (1, &a)]));
    }
}
