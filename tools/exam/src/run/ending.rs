//! How a run ended: the question after its exit code, and why a run that is stuck or was killed can't be looked at.
//! What a panic said belongs here too.

use super::{Run, cut};
use crate::{failure::Failure, running};
use accord::{
    failure::{BY_SIGNAL, PANIC as PANICKED},
    stuck,
};
use std::time::Duration;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself; `None` if a signal ended it.
    Exit(Option<i32>),
    /// It was killed when its time was up.
    TimeUp { limit: Duration, computes: Option<bool> },
    /// It was killed because it printed too much.
    Flood,
}

/// More output than this, and the program is killed.
pub(crate) const MOST_OUTPUT: usize = 256 * 1024;

/// The exit code of a panic.
const PANIC: i32 = 101;

impl Run {
    /// The exit code.
    pub fn code(&self) -> Option<i32> {
        match self.ended {
            Ended::Exit(code) => code,
            _ => None,
        }
    }

    /// Asks for an exit code.
    pub fn exits(&self, code: i32) {
        let did = match self.code() {
            Some(PANIC) => format!("panicked (exit code {PANIC})"),
            Some(other) => format!("ended with exit code {other}"),
            None => BY_SIGNAL.to_owned(),
        };
        if self.code() != Some(code) {
            let looks_like = self.crash();
            let mut failure = self.failure(format!("end with exit code {code}"), did);
            let last = self.stderr.lines().rfind(|line| !line.trim().is_empty());
            // Of a signal the clues have told it.
            let is_new = looks_like.is_none() && self.code().is_some();
            if let Some(last) = last.filter(|_| is_new) {
                failure.clues.push(format!("its last line on standard error: {}", cut(last)));
            }
            Failure { looks_like, printed: self.printed_last(), ..failure }.raise();
        }
    }

    /// Why the run can't be looked at, if it did not end by itself.
    pub(crate) fn stuck(&self) -> Option<Failure> {
        let (did, looks_like, seen) = match self.ended {
            Ended::Exit(Some(stuck::EXIT_CODE)) => (self.report(), self.advice(), None),
            Ended::Exit(_) => return None,
            Ended::TimeUp { limit, computes } => {
                let did = format!("still ran after {} seconds and was killed", limit.as_secs());
                let how = computes.map(|computes| match computes {
                    true => "it computed all the time until then",
                    // In real time nothing is rehearsed, and a long sleep is one too.
                    false if self.program.pace == "real" => "it waited until then",
                    false => "it waited until then, for something that the rehearsal can't see",
                });
                (did, None, how.map(str::to_owned))
            }
            Ended::Flood => {
                (format!("printed more than {} KiB and was killed", MOST_OUTPUT / 1024), None, None)
            }
        };
        let failure = self.failure("end by itself", did);
        let clues = seen.into_iter().chain(failure.clues).collect();
        Some(Failure { looks_like, clues, printed: self.printed_last(), ..failure })
    }

    /// Why a test does not go on after this run.
    pub(crate) fn spins_on(&self) -> Option<Failure> {
        self.spins_away(running::spent(), running::time_limit())
    }

    /// Why a test does not go on after this run, which came to its end: it spins, and the runs up to now took
    /// so long that many more would take minutes.
    pub(crate) fn spins_away(&self, spent: Duration, limit: Duration) -> Option<Failure> {
        let place = self.tape.spins.first().filter(|_| running::is_long(spent, limit))?;
        let times = self.tape.spins.len();
        let did = format!(
            "asked again and again at {place}, at {times} instants: it has run for {} seconds by now, \
             and was not run any more",
            spent.as_secs()
        );
        Some(self.failure("wait where there is nothing to do", did))
    }

    /// What the rehearsal found out. A program that only looks as if it was stuck has no such thing.
    fn report(&self) -> String {
        match &self.tape.stuck {
            Some(stuck) => stuck.report.clone(),
            None => self.stderr.trim().to_owned(),
        }
    }

    /// What the rehearsal says to look at first.
    fn advice(&self) -> Option<String> {
        let advice = self.tape.stuck.as_ref()?.advice.as_ref()?;
        Some(format!("a program that is stuck. {advice}"))
    }

    fn printed_last(&self) -> Option<String> {
        let last: Vec<&str> = self.stdout.lines().rev().take(3).collect();
        (!last.is_empty()).then(|| last.into_iter().rev().map(cut).collect::<Vec<_>>().join("\n"))
    }

    /// What a program that crashed said.
    pub(crate) fn crash(&self) -> Option<String> {
        // A program that goes on after a panic may have been asked to.
        if self.ended != Ended::Exit(Some(PANIC)) {
            return None;
        }
        let mut lines = self.stderr.lines().skip_while(|line| !line.contains("panicked at"));
        let place = lines.next()?;
        let place = place
            .split_once("panicked at ")
            .map_or(place, |(_, place)| place.trim_end_matches(':'));
        let place =
            place.split_once("/src/").map_or(place.to_owned(), |(_, file)| format!("src/{file}"));
        let message = lines.next().unwrap_or_default();
        Some(format!("{PANICKED}{place}: {}", cut(message)))
    }
}
