//! The runtime: real tokio, conducted.
//!
//! Beside the program's tasks, three of our own run on it. The *lender* gives the baton to threads that
//! are ready. The *guard* sleeps for a year: when it wakes, nothing else was left that could wake, and
//! that is a deadlock. The *usher* (in `gate.rs`) grants turns under a schedule.

use super::{gate, task::Performance, trace};
use crate::{
    report::{self, Stuck},
    settings::{Pace, settings},
    stage::{Clock, Key, MAIN, Stage},
};
use ::tokio::{
    runtime::{Builder, Runtime},
    time::{Instant, sleep, sleep_until},
};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

/// Longer than anything sleeps.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Runs the body of `#[tokio::main]`.
///
/// `worker_threads` is what the attribute said: none for tokio's default, 0 for the current thread.
#[doc(hidden)]
pub fn run<F: Future>(worker_threads: Option<usize>, future: F) -> F::Output {
    match Stage::get() {
        None => built(&mut multi_thread(worker_threads)).block_on(future),
        Some(stage) if settings().pace == Pace::Real => {
            let main = Performance::new(future, stage, MAIN);
            built(Builder::new_current_thread().enable_all()).block_on(main)
        }
        Some(stage) => rehearse(stage, future),
    }
}

fn multi_thread(worker_threads: Option<usize>) -> Builder {
    let mut builder = match worker_threads {
        Some(0) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if let Some(threads @ 1..) = worker_threads {
        builder.worker_threads(threads);
    }
    builder.enable_all();
    builder
}

fn built(builder: &mut Builder) -> Runtime {
    builder.build().expect("failed building the Runtime")
}

fn rehearse<F: Future>(stage: &'static Stage, future: F) -> F::Output {
    let runtime = built(Builder::new_current_thread().enable_time().start_paused(true));
    let start = stage.now();
    let output = runtime.block_on(async {
        stage.open_executor(Clock::of_tokio(start));
        ::tokio::spawn(lend(stage));
        ::tokio::spawn(guard(stage));
        if gate::is_closed() {
            ::tokio::spawn(gate::usher());
        }
        Performance::new(future, stage, MAIN).await
    });
    // As tokio does: tasks end where they stand, and blocking calls are waited for.
    drop(runtime);
    stage.close_executor();
    stage.see_blocking_calls_out();
    stage.catch_up();
    output
}

/// Gives the baton to threads, now and whenever one of them is due.
async fn lend(stage: &'static Stage) {
    let zero = Instant::now() - stage.now();
    let mut due = pin!(sleep(A_YEAR));
    poll_fn(|context| -> Poll<()> {
        while let Some(next) = stage.lend_baton(context.waker()) {
            due.as_mut().reset(zero + next);
            if due.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
        Poll::Pending
    })
    .await;
}

/// Wakes up when nobody else does, or when the stage rings because nothing gets done.
async fn guard(stage: &'static Stage) {
    let mut nothing_left = pin!(sleep_until(Instant::now() + A_YEAR));
    let kind = poll_fn(|context| {
        if stage.alarm(context.waker()) {
            return Poll::Ready(Stuck::Ticking);
        }
        nothing_left.as_mut().poll(context).map(|()| Stuck::Deadlock)
    })
    .await;
    trace::all_tasks(stage).await;
    report::stop(stage.lock(), kind)
}

impl Stage {
    /// Waits for the calls that `spawn_blocking` has started.
    fn see_blocking_calls_out(&self) {
        let open = self.lock().blocking_calls();
        for id in open {
            let wait = crate::stage::Wait {
                on: crate::stage::On::Join(id),
                place: crate::place::Place::here(),
            };
            drop(self.wait_for(&[Key::Ended(id)], wait, |state| state.has_ended(id)));
        }
    }
}
