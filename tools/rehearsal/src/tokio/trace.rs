//! Where tasks wait that the rehearsal does not mirror: a tokio `Mutex`, a `Notify`, any future at all.
//!
//! When a report is due, each task is polled once more with a waker that notes where it is cloned.
//! Whatever the task waits for clones the waker to keep it, so the line of each wait comes to light.

use super::gate;
use crate::{
    place::within_package,
    stage::{ActorId, Stage},
};
use std::{
    backtrace::Backtrace,
    sync::atomic::{AtomicBool, Ordering},
    task::{RawWaker, RawWakerVTable, Waker},
};

static TRACING: AtomicBool = AtomicBool::new(false);

/// Reading debug information takes time: so many tasks are looked at, the others are listed without.
const TASKS: usize = 20;

pub(super) fn is_on() -> bool {
    TRACING.load(Ordering::Relaxed)
}

/// Has every task polled once more, and notes where it waits.
pub(super) async fn all_tasks(stage: &'static Stage) {
    let wakers = stage.lock().task_wakers(TASKS);
    gate::open();
    stage.look_again();
    TRACING.store(true, Ordering::Relaxed);
    for waker in wakers {
        waker.wake();
    }
    // All that were woken stand before us in tokio's queue.
    for _ in 0..3 {
        ::tokio::task::yield_now().await;
    }
    TRACING.store(false, Ordering::Relaxed);
    stage.drop_stale_waits();
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

    fn note_clone(&self) {
        let Some(wait) = waiting_line(&Backtrace::force_capture().to_string()) else { return };
        let Some(stage) = Stage::get() else { return };
        if let Some(actor) = stage.lock().actors.get_mut(&self.task)
            && !actor.traced.contains(&wait)
        {
            actor.traced.push(wait);
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

/// Finds in a backtrace the line of the program that waits, and what it calls there:
/// `at src/main.rs:31 in Mutex::lock()`.
///
/// The text of a backtrace is a list of `N: function` lines, each with `at file:line:column` below it
/// where the function has debug information: the program has, the libraries have not.
fn waiting_line(backtrace: &str) -> Option<String> {
    let mut called = None;
    let mut function = "";
    for line in backtrace.lines().map(str::trim) {
        let Some(place) = line.strip_prefix("at ") else {
            let Some((_, name)) = line.split_once(": ") else { continue };
            // What the rehearsal mirrors tells its own waits, and better.
            if name.contains("rehearsal::async_channel")
                || name.contains("rehearsal::tokio::task::JoinHandle")
            {
                return None;
            }
            if is_of_a_library(name) {
                called = Some(name);
            }
            function = name;
            continue;
        };
        let outside =
            place.contains("/rustc/") || place.contains(".cargo") || place.contains("/library/");
        if outside || is_machinery(function) {
            continue;
        }
        let (file, line) = file_and_line(place)?;
        let call = called.map(|name| format!(" in {}", short(name))).unwrap_or_default();
        return Some(format!("at {}:{line}{call}", within_package(file)));
    }
    None
}

fn is_machinery(function: &str) -> bool {
    ["rehearsal::", "<rehearsal::", "std::", "core::", "<core::", "alloc::", "<alloc::"]
        .iter()
        .any(|prefix| function.starts_with(prefix))
}

/// Whether a frame may be the call that waits: not std's, not ours, and not the plumbing of wakers.
fn is_of_a_library(function: &str) -> bool {
    let plumbing =
        ["Waker", "waker", "clone", "coop", "event_listener", "PollFn", "poll_fn", "MaybeDone"];
    function.contains("::")
        && !is_machinery(function)
        && !plumbing.iter().any(|word| function.contains(word))
}

fn file_and_line(place: &str) -> Option<(&str, &str)> {
    let (rest, _column) = place.rsplit_once(':')?;
    rest.rsplit_once(':')
}

/// `tokio::sync::mutex::Mutex<T>::lock::{{closure}}` is `Mutex::lock()` to a reader.
fn short(function: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    let function = match function.strip_prefix('<').and_then(|rest| rest.split_once(" as ")) {
        // `<tokio::sync::notify::Notified as core::future::future::Future>::poll`
        Some((implementor, _)) => implementor.to_owned(),
        None => function.to_owned(),
    };
    for c in function
        .replace("::{{closure}}", "")
        .replace("::{async_fn#0}", "")
        .replace("::{async_fn_env#0}", "")
        .chars()
    {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let words: Vec<&str> = plain.split("::").filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [.., kind, "poll"] => (*kind).to_owned(),
        [.., kind, method] if kind.starts_with(char::is_uppercase) => format!("{kind}::{method}()"),
        [.., last] if last.starts_with(char::is_uppercase) => (*last).to_owned(),
        [.., last] => format!("{last}()"),
        [] => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_what_a_reader_knows() {
        for (function, name) in [
            ("tokio::sync::mutex::Mutex<T>::lock::{{closure}}", "Mutex::lock()"),
            ("<tokio::sync::notify::Notified as core::future::future::Future>::poll", "Notified"),
            ("tokio::sync::mpsc::bounded::Receiver<T>::recv::{{closure}}", "Receiver::recv()"),
            ("<flume::async::SendFut<T> as core::future::future::Future>::poll", "SendFut"),
        ] {
            assert_eq!(short(function), name);
        }
    }

    #[test]
    fn the_waiting_line_is_the_first_of_the_program() {
        let backtrace = "   0: std::backtrace::Backtrace::create\n   \
                         1: rehearsal::tokio::trace::Tracer::note_clone\n             at ./tools/rehearsal/src/tokio/trace.rs:60:9\n   \
                         2: <core::task::wake::Waker as core::clone::Clone>::clone\n   \
                         3: tokio::sync::batch_semaphore::Semaphore::poll_acquire\n   \
                         4: tokio::sync::mutex::Mutex<T>::lock::{{closure}}\n   \
                         5: ex::main::{{closure}}\n             at ./exercises/04-x/src/main.rs:31:22\n   \
                         6: rehearsal::tokio::task::Performance<F>::poll\n";
        assert_eq!(waiting_line(backtrace).as_deref(), Some("at src/main.rs:31 in Mutex::lock()"));
    }
}
