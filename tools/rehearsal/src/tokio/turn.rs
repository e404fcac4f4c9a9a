//! A turn before an operation of a task's that might not have to wait.
//!
//! Tokio switches tasks where one is pending, and nowhere else. So a task that finds each lock free and each
//! queue full is seen as one step, and what others could do in between is not. Under a schedule, then, some
//! operations first let others go: the task comes to the [`gate`](super::gate) once more before it goes on.
//!
//! A poll in which a turn was taken counts for nothing: what is asked later in it waits too, as where
//! tokio's own budget is used up. Otherwise a `select!` with `biased;` would find its first branch pending
//! for no reason, and take another.

use super::trace;
use crate::stage::{At, Numbered, Stage, Uses, current};
use pin_project_lite::pin_project;
use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

/// Of so many operations, one lets others go first.
const ONE_IN: usize = 2;

thread_local! {
    /// A turn was taken in this poll of a task.
    static RESTS: Cell<bool> = const { Cell::new(false) };
    /// What the task is polled with. Whoever polls with something else only wants to have a look.
    static BELL: RefCell<Option<Waker>> = const { RefCell::new(None) };
}

/// Until this is dropped, a task is polled.
pub(super) struct Polling {
    rested: bool,
    bell: Option<Waker>,
}

impl Polling {
    pub(super) fn start(bell: &Waker) -> Polling {
        Polling { rested: RESTS.replace(false), bell: BELL.replace(Some(bell.clone())) }
    }

    /// Whether the task is ready to go on, and rests only because of a turn.
    pub(super) fn rests() -> bool {
        RESTS.get()
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        RESTS.set(self.rested);
        BELL.set(self.bell.take());
    }
}

/// The turn before one operation.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    was_asked: bool,
}

impl Turn {
    /// Ready when the operation may be done.
    pub(crate) fn poll(&mut self, uses: Uses<'_>, at: At, context: &mut Context<'_>) -> Poll<()> {
        let Some(stage) = Stage::get() else { return Poll::Ready(()) };
        stage.note_use(uses);
        if !stage.has_schedule() {
            return Poll::Ready(());
        }
        if trace::is_on() {
            return Poll::Ready(());
        }
        let is_first = !std::mem::replace(&mut self.was_asked, true);
        if RESTS.get() {
            self.was_asked = !is_first;
        } else if !is_first || !self.is_taken(stage, uses, at, context) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_taken(
        &self,
        stage: &'static Stage,
        uses: Uses<'_>,
        at: At,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(me) = current() else { return false };
        if !stage.plays_tasks_here() {
            stage.switch_point(me, uses, at);
            return false;
        }
        let is_the_tasks = |bell: &Option<Waker>| {
            bell.as_ref().is_some_and(|bell| bell.will_wake(context.waker()))
        };
        let taken =
            BELL.with_borrow(is_the_tasks) && stage.lock().steps_aside(me, uses, at, ONE_IN);
        if taken {
            RESTS.set(true);
            use_up_the_budget(context);
        }
        taken
    }
}

/// What is tokio's own waits from here on, too.
fn use_up_the_budget(context: &mut Context<'_>) {
    while let Poll::Ready(budget) = ::tokio::task::coop::poll_proceed(context) {
        budget.made_progress();
        if !::tokio::task::coop::has_budget_remaining() {
            break;
        }
    }
}

pin_project! {
    /// An operation of tokio's, with the turn before it.
    pub(super) struct InTurn<'a, F> {
        thing: &'a Numbered,
        at: At,
        turn: Turn,
        #[pin]
        operation: F,
    }
}

/// An operation on a thing, with the turn before it.
pub(super) fn in_turn<F: Future>(thing: &Numbered, at: At, operation: F) -> InTurn<'_, F> {
    InTurn { thing, at, turn: Turn::default(), operation }
}

impl<F: Future> Future for InTurn<'_, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        Stage::loses_sight();
        ready!(this.turn.poll(Uses::Thing(this.thing), *this.at, context));
        this.operation.poll(context)
    }
}
