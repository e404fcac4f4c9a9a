//! Turns among tasks, under a schedule.
//!
//! Tokio polls ready tasks in a fixed order. So a task that is ready first comes to the gate; when all
//! that are ready have come, the usher lets one of them in, chosen at random. (Random yields, which
//! are simpler, found no other order in 600 trials.)

use super::conduct::FOR_EVER;
use crate::stage::{ActorId, Next, Stage};
use ::tokio::time::{Sleep, sleep};
use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Poll, Waker},
};

#[derive(Default)]
struct Gate {
    waiting: Vec<(ActorId, Waker)>,
    let_in: Option<ActorId>,
    usher: Option<Waker>,
    /// Time is to pass until somebody comes to those who wait.
    until_more_than: usize,
    open: bool,
}

thread_local!(static GATE: RefCell<Gate> = RefCell::default());

/// Whether tasks have to come to the gate: only under a schedule.
pub(super) fn is_closed() -> bool {
    Stage::get().is_some_and(Stage::has_schedule)
}

/// Lets everybody through from now on: for the last look at all tasks.
pub(super) fn open() {
    GATE.with_borrow_mut(|gate| gate.open = true);
}

/// Whether a task that is ready may go in. If not, it will be woken when it may.
pub(super) fn lets_in(task: ActorId, waker: &Waker) -> bool {
    GATE.with_borrow_mut(|gate| {
        if gate.open {
            return true;
        }
        if gate.let_in == Some(task) {
            gate.let_in = None;
            return true;
        }
        match gate.waiting.iter_mut().find(|(other, _)| *other == task) {
            Some((_, known)) => {
                known.clone_from(waker);
                // What else it waits for has come in time that was to pass: a limit of its own.
                gate.until_more_than = 0;
            }
            None => gate.waiting.push((task, waker.clone())),
        }
        gate.call_usher();
        false
    })
}

/// Nobody comes any more while time passes: those who wait go on. Tells whether there are any.
pub(super) fn ends_the_pause() -> bool {
    GATE.with_borrow_mut(|gate| {
        gate.until_more_than = 0;
        gate.call_usher();
        gate.let_in.is_some() || !gate.waiting.is_empty()
    })
}

/// A task that ends does not go in any more.
pub(super) fn forget(task: ActorId) {
    // The thread's own storage may be gone already when the runtime is dropped.
    let _ = GATE.try_with(|gate| {
        let Ok(mut gate) = gate.try_borrow_mut() else { return };
        gate.waiting.retain(|(other, _)| *other != task);
        if gate.let_in == Some(task) {
            gate.let_in = None;
            gate.call_usher();
        }
    });
}

impl Gate {
    fn call_usher(&mut self) {
        if let Some(usher) = self.usher.take() {
            usher.wake();
        }
    }
}

/// Lets one task in at a time.
pub(super) async fn usher() {
    let mut pause: Option<Pin<Box<Sleep>>> = None;
    loop {
        poll_fn(|context| {
            let is_over = |pause: &mut Pin<Box<Sleep>>| pause.as_mut().poll(context).is_ready();
            let is_over = pause.as_mut().is_some_and(is_over);
            GATE.with_borrow_mut(|gate| {
                if is_over {
                    // Whoever was to wake then may have gone.
                    (pause, gate.until_more_than) = (None, 0);
                }
                let is_time_to_pass = gate.waiting.len() <= gate.until_more_than;
                if is_time_to_pass || gate.let_in.is_some() {
                    gate.usher = Some(context.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(())
            })
        })
        .await;
        // After two rounds, all that are ready stand at the gate.
        ::tokio::task::yield_now().await;
        ::tokio::task::yield_now().await;
        let chosen = GATE.with_borrow_mut(|gate| {
            if gate.waiting.is_empty() {
                return None;
            }
            // The same number has to replay the same order, so theirs must not depend on arrival.
            gate.waiting.sort_by_key(|(task, _)| *task);
            pause = None;
            let mut state = Stage::get()?.lock();
            let timed = state.timed_until();
            let index = match state.next_of(gate.waiting.iter().map(|(task, _)| *task), timed) {
                Next::Actor(index) => index,
                Next::Clock => {
                    gate.until_more_than = gate.waiting.len();
                    let left = timed.unwrap_or_default().saturating_sub(state.now());
                    pause = (left < FOR_EVER).then(|| Box::pin(sleep(left)));
                    return None;
                }
            };
            state.task_goes();
            drop(state);
            gate.until_more_than = 0;
            let (task, waker) = gate.waiting.swap_remove(index);
            gate.let_in = Some(task);
            Some(waker)
        });
        if let Some(waker) = chosen {
            waker.wake();
        }
        ::tokio::task::yield_now().await;
    }
}
