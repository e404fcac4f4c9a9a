//! Who acts on this thread, and what each thread of the operating system keeps for the stage.

use super::{ActorId, Ending, Stage};
use std::{
    cell::{Cell, RefCell},
    sync::{Arc, Condvar},
};

thread_local! {
    /// Who acts on this thread: the thread itself, or the task that is being polled on it.
    static ME: Cell<Option<ActorId>> = const { Cell::new(None) };
    static ON_EXECUTOR: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread is within tokio's runtime, so that tokio's clock is the stage's here.
    #[cfg(feature = "tokio")]
    static IN_RUNTIME: Cell<bool> = const { Cell::new(false) };
    #[cfg(feature = "tokio")]
    static WAY_OUT: WayOut = const { WayOut };
    static PARKER: RefCell<Arc<Condvar>> = RefCell::default();
    static EXIT: RefCell<Option<Exit>> = const { RefCell::new(None) };
    /// Set on the main thread, on the pace `live`.
    static CURTAIN: RefCell<Option<Curtain>> = const { RefCell::new(None) };
}

/// Who acts on this thread; nobody, on a thread that the rehearsal did not start.
pub(crate) fn me() -> Option<ActorId> {
    ME.get()
}

/// Takes the place of whoever acts on this thread; returns who did.
pub(crate) fn act_as(actor: Option<ActorId>) -> Option<ActorId> {
    ME.replace(actor)
}

/// Whether this thread is the one that the runtime polls its tasks on.
pub(super) fn on_executor() -> bool {
    ON_EXECUTOR.get()
}

#[cfg(feature = "tokio")]
pub(super) fn set_on_executor(on: bool) {
    ON_EXECUTOR.set(on);
}

#[cfg(feature = "tokio")]
pub(super) fn in_runtime() -> bool {
    IN_RUNTIME.get()
}

/// Notes whether this thread is within tokio's runtime; returns whether it was.
#[cfg(feature = "tokio")]
pub(crate) fn enter_runtime(inside: bool) -> bool {
    let _ = WAY_OUT.try_with(|_| ());
    IN_RUNTIME.replace(inside)
}

/// A call of `process::exit` in a task takes the thread's values down within the runtime. This one is made
/// after tokio's own, so it goes first, and nobody asks tokio from then on.
#[cfg(feature = "tokio")]
struct WayOut;

#[cfg(feature = "tokio")]
impl Drop for WayOut {
    fn drop(&mut self) {
        IN_RUNTIME.set(false);
    }
}

/// What this thread waits at for its turn.
pub(super) fn parker() -> Arc<Condvar> {
    // A thread that is being taken down may have lost its own.
    PARKER.try_with(|parker| parker.borrow().clone()).unwrap_or_default()
}

/// Takes a thread off the stage when its last thread-local value is gone.
///
/// Those may hold senders, or send as they are dropped. So the thread keeps its turn until then: std drops
/// first what was made last, and this is made before the program's own.
struct Exit {
    actor: ActorId,
    /// None until the thread has come to its end. A call of `process::exit` drops its values before.
    ending: Option<Ending>,
}

impl Drop for Exit {
    fn drop(&mut self) {
        if let (Some(stage), Some(ending)) = (Stage::get(), self.ending) {
            stage.leave(self.actor, ending);
        }
    }
}

/// Has this thread leave the stage as `actor` at its very end.
pub(super) fn prepare_exit(actor: ActorId) {
    // The exit needs it to the last.
    drop(parker());
    EXIT.set(Some(Exit { actor, ending: None }));
}

/// Says how the actor of this thread ended. It still acts, until the thread's own values are gone.
pub(crate) fn ends(ending: Ending) {
    EXIT.with_borrow_mut(|exit| {
        if let Some(exit) = exit {
            exit.ending = Some(ending);
        }
    });
}

/// Keeps a program that ends with a sleep from ending before its time.
struct Curtain;

impl Drop for Curtain {
    fn drop(&mut self) {
        if let Some(stage) = Stage::get() {
            stage.catch_up_at_the_end();
        }
    }
}

/// This thread is the main one of a program that plays at its natural speed.
pub(super) fn hang_curtain() {
    CURTAIN.set(Some(Curtain));
}
