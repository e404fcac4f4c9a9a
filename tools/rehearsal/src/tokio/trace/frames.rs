//! The frames of a backtrace, from the cloning of a waker out to the poll of the task.

use super::call;
use crate::place::{Origin, file_and_line};

/// One function on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) function: &'a str,
    /// The line that calls the next inner frame, where there is debug information.
    pub(super) place: Option<(&'a str, u32)>,
}

impl<'a> Frame<'a> {
    pub(super) fn origin(&self) -> Origin {
        if let Some((file, _)) = self.place {
            return Origin::of(file);
        }
        let name = self.function.trim_start_matches(['<', '&']);
        match name.split_once("::").map_or("", |(head, _)| head) {
            "std" | "core" | "alloc" => Origin::Std,
            "rehearsal" => Origin::Rehearsal,
            _ => Origin::Library,
        }
    }

    /// Whether it polls a task for a report: what is further out is the runtime's.
    fn is_the_end(&self) -> bool {
        self.is_of("tokio/performance.rs", "rehearsal::tokio::performance")
    }

    /// Whether it only tells the tape of what is tokio's own, or lets others go before it.
    fn is_thin(&self) -> bool {
        self.is_of("tokio/sync/", "rehearsal::tokio::sync")
            || self.is_of("tokio/turn.rs", "rehearsal::tokio::turn")
    }

    /// Whether it waits in a way of its own, and bears the name of tokio's call.
    pub(super) fn is_tokios_in_name(&self) -> bool {
        self.is_of("tokio/sync/watch.rs", "rehearsal::tokio::sync::watch")
    }

    fn is_of(&self, file: &str, module: &str) -> bool {
        let place = self.place.map_or("", |(file, _)| file).replace('\\', "/");
        self.origin() == Origin::Rehearsal
            && (place.contains(file) || self.function.contains(module))
    }
}

/// What a task polls, from the innermost frame outwards.
pub(super) struct Frames<'a> {
    frames: Vec<Frame<'a>>,
    /// Whether there is debug information of the program.
    program_is_known: bool,
}

impl<'a> Frames<'a> {
    /// Reads the text of a backtrace: `N: function` lines, each with `at file:line:column` below it where
    /// that is known. (A function that was inlined has no number.)
    pub(super) fn of(backtrace: &'a str) -> Frames<'a> {
        let mut frames: Vec<Frame<'a>> = Vec::new();
        for line in backtrace.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(place) = line.strip_prefix("at ") {
                if let Some(frame) = frames.last_mut() {
                    frame.place = file_and_line(place);
                }
                continue;
            }
            let function = match line.split_once(": ") {
                Some((number, function)) if number.parse::<u32>().is_ok() => function,
                _ => line,
            };
            frames.push(Frame { function, place: None });
        }
        let program_is_known = frames.iter().any(|frame| frame.origin() == Origin::Program);
        let is_cloning =
            |frame: &Frame<'_>| matches!(frame.origin(), Origin::Rehearsal | Origin::Std);
        let frames = frames.into_iter().skip_while(is_cloning);
        let frames = frames.take_while(|frame| !frame.is_the_end()).collect();
        Frames { frames, program_is_known }
    }

    /// What the program's innermost function calls, with all that this calls in turn.
    fn called(&self) -> &[Frame<'a>] {
        let program = self.frames.iter().position(|frame| frame.origin() == Origin::Program);
        &self.frames[..program.unwrap_or(self.frames.len())]
    }

    /// The line of the program that waits; `Ok(None)` where the task is nothing but a library's future,
    /// `Err` where it can't be known.
    pub(super) fn waiting_line(&self) -> Result<Option<(&'a str, u32)>, ()> {
        match self.frames.get(self.called().len()) {
            Some(frame) => Ok(frame.place),
            None if self.program_is_known => Ok(None),
            None => Err(()),
        }
    }

    /// Whether the rehearsal mirrors what waits, so that it tells its own wait.
    pub(super) fn are_mirrored(&self) -> bool {
        let mirrored = |frame: &Frame<'_>| frame.origin() == Origin::Rehearsal && !frame.is_thin();
        self.called().iter().any(mirrored)
    }

    /// What is called at that line, in the words of the program: ` in Mutex::lock()`.
    pub(super) fn call(&self) -> String {
        call::name(self.called()).map(|name| format!(" in {name}")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "   0: rehearsal::tokio::trace::Tracer::note_clone\n             at ./tools/rehearsal/src/tokio/trace.rs:60:9\n   \
                         1: <core::task::wake::Waker as core::clone::Clone>::clone\n";
    const END: &str = "  20: {closure#0}<ex::main::{async_block#0}>\n             at ./tools/rehearsal/src/tokio/performance.rs:60:37\n  \
                       21: ex::main\n             at ./exercises/04-x/src/main.rs:9:1\n";

    fn waits(between: &str) -> (Option<u32>, String, bool) {
        let text = format!("{START}{between}{END}");
        let frames = Frames::of(&text);
        let line = frames.waiting_line().unwrap().map(|(_, line)| line);
        (line, frames.call(), frames.are_mirrored())
    }

    #[test]
    fn the_waiting_line_is_the_innermost_of_the_program() {
        let between = "   3: tokio::sync::batch_semaphore::Semaphore::poll_acquire\n   \
                       4: tokio::sync::mutex::Mutex<T>::lock::{{closure}}\n   \
                       5: ex::helper::{{closure}}\n             at ./exercises/04-x/src/main.rs:31:22\n   \
                       6: ex::main::{{closure}}\n             at ./exercises/04-x/src/main.rs:12:9\n";
        assert_eq!(waits(between), (Some(31), " in Mutex::lock()".to_owned(), false));
    }

    #[test]
    fn a_mirrored_future_tells_its_own_wait() {
        let between = "   3: async_channel::Recv<T>::poll\n   \
                       4: poll<u32>\n             at ./tools/rehearsal/src/async_channel.rs:400:9\n   \
                       5: ex::main::{{closure}}\n             at ./exercises/04-x/src/main.rs:31:22\n";
        let (line, _, mirrored) = waits(between);
        assert_eq!((line, mirrored), (Some(31), true));
    }

    #[test]
    fn a_task_that_is_a_foreign_future_has_no_line() {
        let between =
            "   3: <tokio::sync::notify::Notified as core::future::future::Future>::poll\n";
        assert_eq!(waits(between), (None, " in Notify::notified()".to_owned(), false));
    }

    #[test]
    fn without_debug_information_nothing_is_said() {
        let text = "   0: rehearsal::tokio::trace::Tracer::note_clone\n   \
                    1: tokio::sync::mutex::Mutex<T>::lock::{{closure}}\n   2: ex::main::{{closure}}\n   \
                    3: <rehearsal::tokio::performance::Performance<F>>::look_again\n";
        assert!(Frames::of(text).waiting_line().is_err());
    }
}
