//! Where tasks wait that the rehearsal does not mirror: a tokio `Mutex`, a `Notify`, any future at all.
//!
//! When a report is due, each task is polled once more with a waker that notes where it is cloned.
//! Whatever the task waits for clones the waker to keep it, so the line of each wait comes to light.

mod call;
mod frames;

use super::gate;
use crate::{
    place::Place,
    stage::{ActorId, Stage},
};
use frames::Frames;
use std::{
    backtrace::Backtrace,
    cell::{Cell, RefCell},
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    task::{RawWaker, RawWakerVTable, Waker},
};

static REVIEWING: AtomicBool = AtomicBool::new(false);

/// Reading debug information takes time: so many tasks are traced, the others are listed without.
const MOST_TRACED: usize = 20;

thread_local! {
    static TASKS: RefCell<BTreeSet<ActorId>> = RefCell::default();
    /// Whether what is polled tells its own wait.
    static IS_TOLD: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn is_on() -> bool {
    REVIEWING.load(Ordering::Relaxed)
}

/// Has every task polled once more, and notes where it waits. The program does not go on from here.
pub(super) async fn all_tasks(stage: &'static Stage) {
    let wakers = stage.lock().task_wakers();
    gate::open();
    stage.set_review(true);
    REVIEWING.store(true, Ordering::Relaxed);
    for waker in wakers {
        waker.wake();
    }
    // All that were woken stand before us in tokio's queue.
    for _ in 0..3 {
        ::tokio::task::yield_now().await;
    }
    stage.set_review(false);
}

/// Polls what a mirrored future is made of: the mirror tells of its wait, and better. Where it is not the
/// program itself that polls, the line has to be found all the same.
pub(crate) fn told<R>(place: Place, poll: impl FnOnce() -> R) -> R {
    let is_told = is_on() && place.is_of_the_program();
    let before = IS_TOLD.replace(is_told);
    let polled = poll();
    IS_TOLD.set(before);
    polled
}

/// A waker that notes, for `task`, where it is cloned.
pub(super) struct Tracer {
    task: ActorId,
    inner: Waker,
}

impl Tracer {
    pub(super) fn new(task: ActorId, inner: Waker) -> Tracer {
        Tracer { task, inner }
    }

    fn is_among_the_first(&self) -> bool {
        TASKS.with_borrow_mut(|tasks| {
            tasks.contains(&self.task) || (tasks.len() < MOST_TRACED && tasks.insert(self.task))
        })
    }

    fn note_clone(&self) {
        let Some(stage) = Stage::get() else { return };
        if IS_TOLD.get() || !self.is_among_the_first() {
            return;
        }
        let text = Backtrace::force_capture().to_string();
        let frames = Frames::of(&text);
        let mut state = stage.lock();
        let Some(actor) = state.cast_mut().get_mut(self.task) else { return };
        let place = match frames.waiting_line() {
            Ok(Some((file, line))) => Place::found(file, line),
            // A task that is a library's future and nothing else has no line but that of its start.
            Ok(None) => actor.who.spawned,
            Err(()) => return,
        };
        if frames.are_mirrored() {
            // It tells its own wait, and does not know its line.
            state.found_line(place);
            return;
        }
        let wait = format!("at {place}{}", frames.call());
        if !actor.unmirrored.contains(&wait) {
            actor.unmirrored.push(wait);
        }
    }
}

/// The only hook on the cloning of a waker is the table of functions behind it, which is unsafe by nature.
#[expect(unsafe_code, reason = "std has no safe way to see a waker being cloned")]
mod table {
    use super::{RawWaker, RawWakerVTable, Tracer, Waker};
    use std::mem::ManuallyDrop;

    // SAFETY (of all four): the data pointer is that of a `Tracer`, which `with_waker` keeps borrowed
    // for as long as the waker with this table exists. A clone leaves this table: it is a waker of the
    // runtime. So `wake` and `drop`, which would end an owned waker, have nothing to free.
    static TABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            let tracer = unsafe { &*data.cast::<Tracer>() };
            tracer.note_clone();
            let clone = ManuallyDrop::new(tracer.inner.clone());
            RawWaker::new(clone.data(), clone.vtable())
        },
        |data| unsafe { &*data.cast::<Tracer>() }.inner.wake_by_ref(),
        |data| unsafe { &*data.cast::<Tracer>() }.inner.wake_by_ref(),
        |_| {},
    );

    /// Calls `f` with a waker that notes its clones.
    pub(in super::super) fn with_waker<R>(tracer: &Tracer, f: impl FnOnce(&Waker) -> R) -> R {
        // SAFETY: the table fits the pointer, see above; the waker does not outlive this call.
        let waker = unsafe { Waker::new(std::ptr::from_ref(tracer).cast(), &TABLE) };
        f(&waker)
    }
}
pub(super) use table::with_waker;
