//! The runtime: real tokio, conducted.
//!
//! Beside the program's tasks, three of our own run on it. The *lender* gives the baton to threads that
//! are ready. The *guard* sleeps for twenty years: when it wakes, nothing else was left that could wake,
//! and that is a deadlock. The *usher* (in `gate.rs`) grants turns under a schedule.

use super::{
    gate,
    performance::{Conducting, Performance},
    trace,
};
use crate::{
    diagnosis::Stuck,
    explore,
    place::Place,
    report,
    settings::{Pace, settings},
    stage::{ActorId, Key, Kind, On, Stage, Wait},
};
use ::tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
    time::{Instant, sleep},
};
use std::{
    future::{Future, poll_fn},
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::pin,
    task::Poll,
    thread,
    time::Duration,
};

/// Longer than anything sleeps that wakes again. (Tokio's own "for ever" is thirty years.)
pub(super) const FOR_EVER: Duration = Duration::from_secs(20 * 365 * 24 * 60 * 60);

/// Runs the body of `#[tokio::main]`.
///
/// `worker_threads` is what the attribute said: none for tokio's default, 0 for the current thread.
#[doc(hidden)]
#[track_caller]
pub fn run<F: Future>(worker_threads: Option<usize>, future: F) -> F::Output {
    match Stage::get() {
        None => built(&mut multi_thread(worker_threads)).block_on(future),
        Some(stage) if settings().pace == Pace::Real => {
            let main = Performance::of_main(future, stage, stage.me());
            built(Builder::new_current_thread().enable_all()).block_on(main)
        }
        Some(stage) => rehearse(stage, future, Place::here()),
    }
}

/// Runs the body of `#[tokio::test]`: on the current thread, unless the attribute says otherwise.
#[doc(hidden)]
#[track_caller]
pub fn run_test<F: Future>(worker_threads: Option<usize>, future: F) -> F::Output {
    run(worker_threads.or(Some(0)), future)
}

/// The same, with the clock paused also on the pace `off`.
#[doc(hidden)]
#[track_caller]
pub fn run_paused<F: Future>(worker_threads: Option<usize>, future: F) -> F::Output {
    if Stage::get().is_some() {
        return run_test(worker_threads, future);
    }
    built(Builder::new_current_thread().enable_all().start_paused(true)).block_on(future)
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

#[track_caller]
fn rehearse<F: Future>(stage: &'static Stage, future: F, place: Place) -> F::Output {
    let conducted = Conducted::new(stage).expect("failed building the Runtime");
    let (me, kind, output) = conducted.play(future);
    // As tokio does, after a panic too: tasks end where they stand, and blocking calls are waited for.
    conducted.end(me, kind, place);
    output.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Real tokio, on this stage.
pub(super) struct Conducted {
    stage: &'static Stage,
    pub(super) runtime: Runtime,
    /// When it was made.
    start: Duration,
}

impl Conducted {
    pub(super) fn new(stage: &'static Stage) -> io::Result<Conducted> {
        let start = stage.now();
        let mut builder = Builder::new_current_thread();
        builder
            .enable_time()
            .start_paused(true)
            .on_thread_park(move || stage.fill_millisecond(start));
        Ok(Conducted { stage, runtime: builder.build()?, start })
    }

    /// Plays a future and all tasks beside it, until the future ends. Then the baton is still the
    /// executor's.
    #[track_caller]
    fn play<F: Future>(&self, future: F) -> (ActorId, Kind, thread::Result<F::Output>) {
        let stage = self.stage;
        // Tokio's words, for what it refuses too; of two runtimes side by side, the rehearsal plays one only.
        assert!(
            !stage.has_executor(),
            "Cannot start a runtime from within a runtime. (The rehearsal plays one at a time.)"
        );
        let me = stage.me();
        // While it plays, this thread waits as a task does.
        let kind = std::mem::replace(&mut stage.lock().cast_mut().one(me).who.kind, Kind::Task);
        let output = catch_unwind(AssertUnwindSafe(|| {
            self.runtime.block_on(async {
                stage.open_executor();
                let _conducting = Conducting::start();
                let usher = gate::is_closed().then(|| ::tokio::spawn(gate::usher()));
                let conductors =
                    [::tokio::spawn(lend(stage, self.start)), ::tokio::spawn(guard(stage))];
                let output = Performance::of_main(future, stage, me).await;
                conductors.iter().chain(&usher).for_each(JoinHandle::abort);
                output
            })
        }));
        (me, kind, output)
    }

    /// Ends all tasks where they stand, and gives the baton back to the thread that played them.
    fn end(self, me: ActorId, kind: Kind, place: Place) {
        let stage = self.stage;
        drop(self.runtime);
        stage.close_executor(me);
        stage.lock().cast_mut().one(me).who.kind = kind;
        stage.see_blocking_calls_out(me, place);
        stage.catch_up();
    }

    /// Plays a future, and lets the tasks stand where they are when it has ended.
    #[track_caller]
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        let (me, kind, output) = self.play(future);
        self.stage.close_executor(me);
        self.stage.lock().cast_mut().one(me).who.kind = kind;
        self.stage.catch_up();
        output.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Ends all tasks that stand somewhere.
    pub(super) fn shut_down(self, wait: bool, place: Place) {
        let stage = self.stage;
        if !wait {
            return self.runtime.shutdown_background();
        }
        // Real tokio panics here where a runtime must not be dropped.
        drop(self.runtime);
        stage.see_blocking_calls_out(stage.me_at(place), place);
    }
}

/// Gives the baton to threads, now and whenever one of them is due.
async fn lend(stage: &'static Stage, start: Duration) {
    let first = Instant::now() - stage.now().saturating_sub(start);
    let mut due = pin!(sleep(FOR_EVER));
    poll_fn(|context| -> Poll<()> {
        if let Some(next) = stage.lend_baton(context.waker()) {
            // Tokio takes the clock to the last whole millisecond before; from there `fill_millisecond` does.
            let whole = first + whole_millis(next.saturating_sub(start).min(2 * FOR_EVER));
            if whole > Instant::now() {
                due.as_mut().reset(whole);
                let _ = due.as_mut().poll(context);
            }
        }
        Poll::Pending
    })
    .await;
}

fn whole_millis(duration: Duration) -> Duration {
    duration - Duration::from_nanos(u64::from(duration.subsec_nanos()) % 1_000_000)
}

/// Wakes up when nobody else does, or when the stage rings because nothing gets done.
async fn guard(stage: &'static Stage) {
    let mut nothing_left = pin!(sleep(FOR_EVER));
    let kind = poll_fn(|context| {
        if stage.alarm(context.waker()) {
            return Poll::Ready(Stuck::Ticking);
        }
        while nothing_left.as_mut().poll(context).is_ready() {
            let quiet = stage.quiet_for();
            let is_over = quiet >= FOR_EVER;
            if is_over && !gate::ends_the_pause() {
                return Poll::Ready(Stuck::Deadlock);
            }
            let left = if is_over { FOR_EVER } else { FOR_EVER - quiet };
            nothing_left.as_mut().reset(Instant::now() + left);
        }
        Poll::Pending
    })
    .await;
    // That takes longer than the run, and is for the report alone.
    if !explore::is_unread() {
        trace::all_tasks(stage).await;
    }
    report::stop(stage.lock(), kind)
}

impl Stage {
    /// Moves the clock within a millisecond, when no task can go on.
    ///
    /// Tokio's timers know whole milliseconds, from `start` on; those who sleep on threads may wake in
    /// between. And from a broken millisecond tokio would wake its own too late.
    fn fill_millisecond(&self, start: Duration) {
        let mut state = self.lock();
        state.is_idle();
        let now = state.now();
        let whole = start + whole_millis(now.saturating_sub(start));
        let next_whole = whole + Duration::from_millis(1);
        match state.next_due() {
            Some(due) if due < next_whole => state.lend_at(due),
            _ if now > whole => state.advance_to(next_whole),
            _ => {}
        }
    }

    /// Waits for the calls that `spawn_blocking` has started.
    fn see_blocking_calls_out(&self, me: ActorId, place: Place) {
        let open = self.lock().cast().blocking_calls();
        for id in open {
            while !self.lock().cast().has_ended(id) {
                self.wait(me, &[Key::Ended(id)], None, Wait { on: On::Join(id), place });
            }
        }
    }
}
