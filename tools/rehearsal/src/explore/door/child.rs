//! One schedule of a test, played to its end in a process of its own.

use super::{PANICKED, Part, Scratch};
use crate::{
    place::Place,
    report,
    stage::{Call, Stage, Who, exit},
};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    process::{ExitCode, Termination},
    sync::atomic::{AtomicBool, Ordering},
};

/// Set where a body is being played.
static PLAYS: AtomicBool = AtomicBool::new(false);

/// What stands in a child's output before the body's own, where a harness has printed there too.
pub(super) const BEGIN: &str = "\u{2}rehearsal\u{3}\n";

/// What a body may do and end well all the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct May {
    pub(super) leak_threads: bool,
    pub(super) lose_panics: bool,
}

/// Whether this process plays a body already.
pub(super) fn is_playing() -> bool {
    PLAYS.load(Ordering::Relaxed)
}

/// Plays the body, and ends the process.
#[track_caller]
pub(super) fn play<T: Termination>(
    part: Part,
    scratch: &Scratch,
    may: May,
    body: impl FnOnce() -> T,
) -> ! {
    let place = Place::here();
    PLAYS.store(true, Ordering::Relaxed);
    print!("{BEGIN}");
    let is_usual = part.is_usual();
    let stage = Stage::of_part(part);
    let mut code = match catch_unwind(AssertUnwindSafe(|| body().report())) {
        Ok(ended) if ended == ExitCode::SUCCESS => 0,
        Ok(_) => 1,
        Err(_) => PANICKED,
    };
    if code == 0 && !may.leak_threads {
        see_threads_out(place);
    }
    if code == 0 && !may.lose_panics && stage.is_some_and(tells_lost_panics) {
        code = PANICKED;
    }
    if let Some(stage) = stage.filter(|_| is_usual) {
        leave_word(stage, scratch);
    }
    exit(code)
}

/// Leaves word where there is nothing to explore. If it can't be written, the schedules are played.
fn leave_word(stage: &Stage, scratch: &Scratch) {
    if stage.nothing_happened() {
        let _ = fs::write(scratch.idle(), "");
    } else if stage.has_one_order() {
        let _ = fs::write(scratch.single(), "");
    }
}

/// Tells of panics that nobody has heard of; whether there are any.
fn tells_lost_panics(stage: &Stage) -> bool {
    let state = stage.lock();
    let lost: Vec<String> = state.cast().unheard().map(Who::title).collect();
    drop(state);
    if !lost.is_empty() {
        let lost = lost.join(", ");
        report::say(&format!("LOST PANIC of {lost}: nobody has asked for the result."));
    }
    !lost.is_empty()
}

/// Waits until all threads that the body has started have ended. Where one can't, nothing can happen any more,
/// and that is told.
fn see_threads_out(place: Place) {
    let Some(call) = Call::in_turn("explore()", place) else { return };
    loop {
        let open = call.stage().lock().cast().left_behind();
        if open.is_empty() {
            return;
        }
        call.waits_for_last(open);
    }
}
