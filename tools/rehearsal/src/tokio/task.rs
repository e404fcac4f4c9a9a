//! The mirror of `tokio::task`: tasks with a name, a place and a turn.

mod blocking;
mod handle;
mod local;
mod set;

use super::{performance::Performance, runtime::is_entered};
use crate::{
    place::Place,
    stage::{ActorId, Call, Kind, Stage},
};
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

pub use ::tokio::task::{
    Id, JoinError, LocalKey, Unconstrained, coop, coop::consume_budget, futures, id, try_id,
    unconstrained,
};
pub(super) use blocking::spawn_blocking_at;
pub use blocking::{block_in_place, spawn_blocking};
pub use handle::{AbortHandle, JoinHandle};
pub use local::{LocalEnterGuard, LocalSet, spawn_local};
pub use set::JoinSet;

/// Panics on a thread that is none of the runtime's, as tokio does, and in its words; unless that would mislead.
#[track_caller]
pub(super) fn demand_runtime() {
    let inside = Stage::get().is_none_or(Stage::is_in_runtime) || is_entered();
    assert!(
        inside || ::tokio::runtime::Handle::try_current().is_err(),
        "this is a runtime of real tokio, which the rehearsal does not play: `use rehearsal::tokio;` has to \
         stand in each file that names tokio"
    );
    assert!(
        inside,
        "there is no reactor running, must be called from the context of a Tokio 1.x runtime"
    );
}

/// Announces a task.
#[track_caller]
fn announced(place: Place, kind: Kind) -> Option<(&'static Stage, ActorId)> {
    demand_runtime();
    announce(place, kind)
}

/// The same, where tokio itself asks for the right place.
#[track_caller]
fn announce(place: Place, kind: Kind) -> Option<(&'static Stage, ActorId)> {
    let stage = Stage::get()?;
    let me = stage.me_at(place);
    let actor = stage.lock().add_actor(kind, None, place, Some(me));
    Some((stage, actor))
}

/// Starts a task; the mirror of `tokio::spawn`.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let worker = tokio::spawn(async { 42 });
/// assert_eq!(worker.await.unwrap(), 42);
/// # }
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_at(future, Place::here())
}

#[track_caller]
pub(super) fn spawn_at<F>(future: F, place: Place) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match announced(place, Kind::Task) {
        None => JoinHandle::new(::tokio::spawn(future), None, None),
        Some((stage, actor)) => {
            let real = ::tokio::spawn(Performance::of_task(future, stage, actor));
            JoinHandle::new(real, Some(actor), None)
        }
    }
}

/// Lets the other tasks that are ready go first.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// tokio::task::yield_now().await;
/// # }
/// ```
pub fn yield_now() -> impl Future<Output = ()> {
    YieldNow(Box::pin(::tokio::task::yield_now()), false)
}

struct YieldNow<F>(Pin<Box<F>>, bool);

impl<F: Future<Output = ()>> Future for YieldNow<F> {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let place = Place::here();
        if !std::mem::replace(&mut self.1, true)
            && let Some(call) = Call::on_stage("yield_now()", place)
        {
            call.fruitless();
        }
        self.0.as_mut().poll(context)
    }
}
