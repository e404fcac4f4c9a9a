//! The watchdog: tells of what the stage can't see, because whoever holds the baton never comes back.
//!
//! A bare loop, a lock or a channel of `std`, a read from the terminal: the stage hears nothing of them.
//! So a thread looks on in real time, and names the one who holds the baton and its last known line.

use super::{ActorId, MAIN, Stage, State, baton::Turn};
use crate::{
    diagnosis::Stuck,
    report,
    settings::{Pace, settings},
};
use std::{thread, time::Duration};

const LOOKS_EVERY: Duration = Duration::from_millis(250);

/// What the operating system says of a silent thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    Computing,
    Blocked,
    Unknown,
}

pub(super) fn start() {
    let watch = thread::Builder::new().name("rehearsal-watchdog".to_owned()).spawn(watch);
    // Without a watchdog the program plays all the same.
    drop(watch);
}

fn watch() {
    let Some(stage) = Stage::get() else { return };
    let patience = settings().patience;
    let (mut calls, mut silent, mut told) = (0, Duration::ZERO, false);
    loop {
        thread::sleep(LOOKS_EVERY);
        // Not `Stage::lock`: looking must not count as a sign of life.
        let state = stage.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if state.progress.calls != calls || state.progress.keeping_time {
            calls = state.progress.calls;
            (silent, told) = (Duration::ZERO, false);
            continue;
        }
        silent += LOOKS_EVERY;
        if silent < patience || told {
            continue;
        }
        told = true;
        match stage.pace {
            Pace::Real => report::note_standstill(state, silent),
            _ => {
                let who = state.holder();
                let activity = state
                    .cast
                    .get(who)
                    .map_or(Activity::Unknown, |actor| activity(actor.os_thread));
                let kind = Stuck::Silent { who, activity, silent };
                if stage.pace == Pace::Live {
                    // Somebody may be thinking at the keyboard, so a person decides.
                    report::note(state, kind);
                } else {
                    report::stop(state, kind);
                }
            }
        }
    }
}

impl State {
    /// Who holds the baton: a thread, or the task that the executor polls.
    fn holder(&self) -> ActorId {
        match self.baton.turn() {
            Turn::Actor(id) => id,
            Turn::Executor => self.executor.polled(),
        }
    }
}

impl State {
    /// The threads of this process that are neither ours nor on the stage, where the system tells them.
    pub(crate) fn foreign_threads(&self) -> usize {
        let mut foreign = self.unknown_threads();
        // A thread that begins has no name yet, and one that has left the stage takes a moment to end.
        for _ in 0..5 {
            if foreign == 0 {
                break;
            }
            thread::sleep(Duration::from_millis(10));
            foreign = foreign.min(self.unknown_threads());
        }
        foreign
    }

    /// Whether a test harness has the first thread of this process, where the system tells it.
    pub(crate) fn main_is_a_harness(&self) -> bool {
        let of_main = self.cast.get(MAIN).and_then(|main| main.os_thread);
        of_main.is_some_and(|thread| thread != std::process::id())
    }

    fn unknown_threads(&self) -> usize {
        let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0 };
        let name = |thread: &std::fs::DirEntry| {
            thread.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
        };
        let is_watchdog = |id: u32| {
            std::fs::read_to_string(format!("/proc/self/task/{id}/comm"))
                .is_ok_and(|name| name.starts_with("rehearsal"))
        };
        let known: Vec<u32> =
            self.cast.everybody().filter_map(|(_, actor)| actor.os_thread).collect();
        let threads = threads.flatten().filter_map(|thread| name(&thread));
        // Where a test harness plays the program on a thread of its own, the process's first thread waits.
        let first = std::process::id();
        let is_ours = |id: &u32| known.contains(id) || *id == first || is_watchdog(*id);
        threads.filter(|id| !is_ours(id)).count()
    }
}

/// The number of this thread, where the system tells it.
pub(super) fn this_thread() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

/// Whether a thread computes or is blocked: looked up several times, because one look can be chance.
fn activity(os_thread: Option<u32>) -> Activity {
    let Some(id) = os_thread else { return Activity::Unknown };
    let mut computing = 0;
    for _ in 0..10 {
        let Ok(stat) = std::fs::read_to_string(format!("/proc/self/task/{id}/stat")) else {
            return Activity::Unknown;
        };
        // "pid (name) state …": the name may hold anything, so from its end.
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        if state == Some('R') {
            computing += 1;
        }
        thread::sleep(Duration::from_millis(5));
    }
    if computing > 5 { Activity::Computing } else { Activity::Blocked }
}
