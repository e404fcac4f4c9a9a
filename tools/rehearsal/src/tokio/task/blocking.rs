//! Calls that block, on threads beside the runtime.

use super::{JoinHandle, announced};
use crate::{
    place::Place,
    stage::{ActorId, Ending, Kind, Stage, ends},
};
use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

/// Makes a call that blocks, on a thread beside the runtime; the mirror of `tokio::task::spawn_blocking`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// use rehearsal::{thread, time::Duration};
///
/// let call = tokio::task::spawn_blocking(|| thread::sleep(Duration::from_millis(5)));
/// call.await.unwrap();
/// # }
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    spawn_blocking_at(f, Place::here())
}

#[track_caller]
pub(in super::super) fn spawn_blocking_at<F, R>(f: F, place: Place) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    Stage::loses_sight();
    match announced(place, Kind::Blocking) {
        Some((stage, actor)) if stage.is_virtual() => {
            let (end, begin) = rehearsed_call(stage, actor, f);
            JoinHandle::new(::tokio::spawn(end), Some(actor), Some(begin))
        }
        actor => {
            let real = ::tokio::task::spawn_blocking(noted_call(actor, f));
            JoinHandle::new(real, actor.map(|(_, actor)| actor), None)
        }
    }
}

/// Is refused: tokio hands the other tasks to a second executor thread meanwhile, and on the rehearsal there
/// is one. `spawn_blocking` makes a call that blocks, and lets the other tasks go on.
///
/// ```compile_fail
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// tokio::task::block_in_place(|| 42);
/// # }
/// ```
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// assert_eq!(tokio::task::spawn_blocking(|| 42).await.unwrap(), 42);
/// # }
/// ```
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
    R: HasASecondExecutor<F>,
{
    f()
}

/// Nothing does.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`block_in_place` is not mirrored: it needs a second executor thread, to which the other tasks could go",
    label = "the rehearsal has one executor thread",
    note = "use `tokio::task::spawn_blocking(…).await`, which lets the other tasks go on as well"
)]
pub trait HasASecondExecutor<F> {}

/// A call on a thread of tokio's own, on the paces `real` and `off`.
pub(super) fn noted_call<R>(
    actor: Option<(&'static Stage, ActorId)>,
    f: impl FnOnce() -> R,
) -> impl FnOnce() -> R {
    move || {
        let Some((stage, actor)) = actor else { return f() };
        // The pool uses its threads again, so the actor leaves before the thread ends.
        stage.act_on_this_thread(actor);
        let result = catch_unwind(AssertUnwindSafe(f));
        stage.leave(actor, if result.is_ok() { Ending::Finished } else { Ending::Panicked });
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Whether a blocking call has begun: before, it can be aborted, and then it never does.
#[derive(Clone, Default)]
pub(super) struct Begin(Arc<AtomicU8>);

impl Begin {
    const OPEN: u8 = 0;
    const BEGUN: u8 = 1;
    pub(super) const ABORTED: u8 = 2;

    /// Whoever comes first decides.
    pub(super) fn decide(&self, what: u8) -> bool {
        self.0.compare_exchange(Begin::OPEN, what, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// Makes a call on a thread that takes its turns with the others on the stage.
///
/// (A call on one of tokio's threads would hold its clock still.)
pub(super) fn rehearsed_call<F, R>(
    stage: &'static Stage,
    actor: ActorId,
    f: F,
) -> (impl Future<Output = R> + Send + 'static, Begin)
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let (tell, result) = ::tokio::sync::oneshot::channel();
    let begin = Begin::default();
    let begun = begin.clone();
    let thread = std::thread::Builder::new().name("blocking".to_owned()).spawn(move || {
        stage.enter(actor);
        if !begun.decide(Begin::BEGUN) {
            drop(f);
            return ends(Ending::Aborted);
        }
        let result = catch_unwind(AssertUnwindSafe(f));
        let ending = if result.is_ok() { Ending::Finished } else { Ending::Panicked };
        // Whoever awaits the call may have gone; then nobody wants to know.
        let _ = tell.send(result);
        ends(ending);
    });
    thread.expect("failed to spawn thread");
    stage.lock().start_thread(actor);
    let end = async move {
        let result: std::thread::Result<R> =
            result.await.expect("a call that has begun comes to its end");
        result.unwrap_or_else(|panic| resume_unwind(panic))
    };
    (end, begin)
}
