//! A future of the program, as it is played: under its own name, in its turn, and with its end noted.

use super::{gate, trace, turn::Polling};
use crate::stage::{ActorId, Ending, Stage, act_as, enter_runtime};
use std::{
    cell::Cell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread,
};

pub(super) struct Performance<F: Future> {
    future: Option<Pin<Box<F>>>,
    stage: &'static Stage,
    actor: ActorId,
    /// A task ends with its future; the thread behind `#[tokio::main]` lives on.
    is_task: bool,
    /// It is polled within the turn of another, which plays its set.
    is_local: bool,
    bell: Option<Bell>,
}

impl<F: Future> Performance<F> {
    pub(super) fn of_main(future: F, stage: &'static Stage, actor: ActorId) -> Performance<F> {
        let future = Some(Box::pin(future));
        Performance { future, stage, actor, is_task: false, is_local: false, bell: None }
    }

    pub(super) fn of_task(future: F, stage: &'static Stage, actor: ActorId) -> Performance<F> {
        let future = Some(Box::pin(future));
        Performance { future, stage, actor, is_task: true, is_local: false, bell: None }
    }

    /// A task of a `LocalSet`.
    pub(super) fn of_local(future: F, stage: &'static Stage, actor: ActorId) -> Performance<F> {
        let mut task = Performance::of_task(future, stage, actor);
        task.is_local = true;
        task
    }

    /// Drops the future under its own name, then notes the end: what the task held is gone by then.
    fn end(&mut self, ending: Ending) {
        let Some(future) = self.future.take() else { return };
        let dropped = {
            let _acting = Acting::start(self.actor);
            catch_unwind(AssertUnwindSafe(|| drop(future)))
        };
        gate::forget(self.actor);
        if self.is_task {
            let ending = if dropped.is_ok() { ending } else { Ending::Panicked };
            self.stage.lock().end_actor(self.actor, ending);
        }
        if let Err(panic) = dropped
            && !thread::panicking()
        {
            resume_unwind(panic)
        }
    }

    /// Polls the future once more, for a report: it says where it waits, and that is all it may do.
    fn review(&mut self, waker: &Waker) {
        let Some(future) = &mut self.future else { return };
        let before = {
            let mut state = self.stage.lock();
            state.begin_review_of(self.actor);
            state.progress_so_far()
        };
        let tracer = trace::Tracer::new(self.actor, waker.clone());
        let polled = {
            let _acting = Acting::start(self.actor);
            catch_unwind(AssertUnwindSafe(|| {
                trace::with_waker(&tracer, |waker| {
                    future.as_mut().poll(&mut Context::from_waker(waker))
                })
            }))
        };
        let mut state = self.stage.lock();
        if !matches!(polled, Ok(Poll::Pending)) || state.progress_so_far() != before {
            state.has_lost_its_waker(self.actor);
        }
        drop(state);
        if !matches!(polled, Ok(Poll::Pending)) {
            // It must not be polled again, and its end is not to be seen.
            std::mem::forget(self.future.take());
        }
    }
}

impl<F: Future> Future for Performance<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let (stage, actor) = (self.stage, self.actor);
        if trace::is_on() {
            self.review(context.waker());
            return Poll::Pending;
        }
        if !self.is_local && gate::is_closed() && !gate::lets_in(actor, context.waker()) {
            return Poll::Pending;
        }
        stage.count_step();
        stage.lock().is_polled(actor, context.waker());
        let bell = Bell::at(&mut self.bell, stage, actor, context.waker());
        let future = self.future.as_mut().expect("a future is not polled after its end");
        let polling = Polling::start(&bell);
        let polled = {
            let _acting = Acting::start(actor);
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(&bell))))
        };
        let rests = Polling::rests();
        drop(polling);
        match polled {
            Ok(Poll::Pending) => {
                if !rests && !::tokio::task::coop::has_budget_remaining() {
                    // It did not wait: tokio has stopped it, to let others go on.
                    stage.lock().has_used_up_its_budget(actor);
                }
                Poll::Pending
            }
            Ok(Poll::Ready(output)) => {
                self.end(Ending::Finished);
                Poll::Ready(output)
            }
            Err(panic) => {
                self.end(Ending::Panicked);
                resume_unwind(panic)
            }
        }
    }
}

impl<F: Future> Drop for Performance<F> {
    fn drop(&mut self) {
        self.end(Ending::Aborted);
    }
}

thread_local! {
    /// Whether the runtime itself is at work on this thread, and none of its tasks.
    static BETWEEN_TASKS: Cell<bool> = const { Cell::new(false) };
}

/// From here on, and until this is dropped, it is the runtime that acts on this thread.
pub(super) struct Conducting {
    between_tasks: bool,
    in_runtime: bool,
}

impl Conducting {
    pub(super) fn start() -> Conducting {
        Conducting { between_tasks: BETWEEN_TASKS.replace(true), in_runtime: enter_runtime(true) }
    }
}

impl Drop for Conducting {
    fn drop(&mut self) {
        BETWEEN_TASKS.set(self.between_tasks);
        enter_runtime(self.in_runtime);
    }
}

/// Until this is dropped, an actor acts on this thread.
struct Acting {
    before: Option<ActorId>,
    between_tasks: bool,
}

impl Acting {
    fn start(actor: ActorId) -> Acting {
        Acting { before: act_as(Some(actor)), between_tasks: BETWEEN_TASKS.replace(false) }
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        act_as(self.before);
        BETWEEN_TASKS.set(self.between_tasks);
    }
}

/// The waker that a future of the program gets. It tells whether somebody rings it, or only the clock.
///
/// Without it, tasks that work quietly over tokio's own channels would be taken for ticking: the
/// rehearsal hears nothing of those.
struct Bell {
    /// What [`waker`](Bell::waker) rings in the end.
    rung: Waker,
    waker: Waker,
}

impl Bell {
    /// The bell of a future, made anew where the runtime's own waker has changed.
    fn at(bell: &mut Option<Bell>, stage: &'static Stage, of: ActorId, waker: &Waker) -> Waker {
        if let Some(bell) = bell
            && bell.rung.will_wake(waker)
        {
            return bell.waker.clone();
        }
        let rung = waker.clone();
        let waker = Waker::from(Arc::new(Rope { stage, of, rung: rung.clone() }));
        bell.insert(Bell { rung, waker }).waker.clone()
    }
}

/// What is pulled to ring a [`Bell`].
struct Rope {
    stage: &'static Stage,
    of: ActorId,
    rung: Waker,
}

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !BETWEEN_TASKS.get() && !self.stage.acts(self.of) {
            self.stage.lock().stirred();
        }
        self.rung.wake_by_ref();
    }
}
