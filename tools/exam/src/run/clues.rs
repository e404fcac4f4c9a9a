//! What else was seen of a run that is not passed: facts from its tape and its source, for whoever looks for the
//! fault. Each is so, and each names a line of the program. Which of them matters, a reader decides.

use super::{Ended, Run, cut};
use crate::source::{Sight, What, sights};
use crate::traces::Asked;
use accord::{exercise, failure, stuck};
use std::collections::BTreeSet;

/// More than these would hide the failure itself.
const MOST: usize = 4;

/// So many calls in vain, in a row, are a loop.
const A_LOOP: u64 = 1_000;

impl Run {
    /// What was seen, the most telling first.
    pub(crate) fn clues(&self) -> Vec<String> {
        let sights = self.own_sights();
        let mut clues: Vec<String> = self.by_signal().into_iter().collect();
        clues.extend(self.never_awaited(&sights));
        clues.extend(sights.iter().filter_map(|sight| self.of_sight(sight)));
        // Of a stuck program its report tells who waits, and of one that was killed nobody came to an end.
        if self.ended_by_itself() {
            clues.extend(self.panicked());
            clues.extend(self.cut_off());
            clues.extend(self.left_lying());
        }
        if !matches!(self.ended, Ended::Exit(Some(stuck::EXIT_CODE))) {
            clues.extend(self.loops());
        }
        clues.truncate(MOST);
        clues
    }

    /// A program that a signal has ended did not come to what it is asked for: it ran out of memory, say.
    fn by_signal(&self) -> Option<String> {
        if self.ended != Ended::Exit(None) {
            return None;
        }
        let says = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: ");
        let last = self.stderr.lines().rfind(says);
        let last = last.map(|line| format!(", and its last line on standard error: {}", cut(line)));
        Some(format!("it {}{}", failure::BY_SIGNAL, last.unwrap_or_default()))
    }

    fn ended_by_itself(&self) -> bool {
        matches!(self.ended, Ended::Exit(Some(code)) if code != stuck::EXIT_CODE)
    }

    /// What is seen in the source, but for what was there already when the program was given.
    fn own_sights(&self) -> Vec<Sight> {
        let folder = self.program.source();
        let given = self.program.root.join(exercise::starter(&self.program.exercise));
        let given: Vec<Sight> = sights(&given);
        let is_own = |sight: &Sight| !given.iter().any(|other| other.what == sight.what);
        sights(&folder).into_iter().filter(is_own).collect()
    }

    fn of_sight(&self, sight: &Sight) -> Option<String> {
        let place = &sight.place;
        match &sight.what {
            What::NotMirrored { taken, mirror } => {
                // In real time nothing is played, and a thread of std's is as good as another.
                (self.program.pace == "instant").then(|| {
                    format!("{place} takes `{taken}`, which the rehearsal can't see: `use {mirror};`")
                })
            }
            What::StdThread(taken) => (self.program.pace == "instant").then(|| {
                format!(
                    "{place} takes `{taken}`, which the rehearsal can't see: a task waits with \
                     `tokio::time::sleep(…).await`, a thread with `use rehearsal::thread;`"
                )
            }),
            What::StdLock(lock) => (!self.ended_by_itself()).then(|| {
                let mirror = lock.replace("std::", "rehearsal::");
                format!("{place} takes `{lock}`: the rehearsal can't see who waits for it; `use {mirror};`")
            }),
            What::DroppedAtOnce(what) => Some(format!(
                "{place} drops `{what}` at once: `let _ = …` keeps nothing, `let _it = …` keeps it to the end of the block"
            )),
            What::NotBiased => Some(format!(
                "{place} has a `select!` without `biased;`: it begins with a branch of its own choice"
            )),
            // `never_awaited` tells it.
            What::NotAwaited(_) => None,
        }
    }

    fn never_awaited(&self, sights: &[Sight]) -> Vec<String> {
        let calls = self.tape.traces.not_awaited().into_iter().map(|(call, place)| (place, call));
        let functions = sights.iter().filter_map(|sight| match &sight.what {
            What::NotAwaited(call) => Some((sight.place.clone(), call.clone())),
            _ => None,
        });
        let all: BTreeSet<(String, String)> = calls.chain(functions).collect();
        all.into_iter()
            .map(|(place, call)| {
                format!("{call} at {place} was never awaited: without `.await` it does nothing")
            })
            .collect()
    }

    fn cut_off(&self) -> Option<String> {
        let cut_off = self.tape.traces.cut_off();
        let (name, place) = cut_off.first()?;
        let who = match cut_off.len() {
            1 => name.clone(),
            more => format!("{name} and {} more", more - 1),
        };
        Some(format!(
            "the program ended in the middle of what {who} did at {place}: nobody waited for that"
        ))
    }

    fn left_lying(&self) -> Option<String> {
        let left = self.tape.traces.left_lying();
        let (count, place) = left.first()?;
        let messages =
            if *count == 1 { "1 message was" } else { &format!("{count} messages were") };
        Some(format!("{messages} still in the queue made at {place} when the program ended"))
    }

    /// Of a program that crashed its own words are told.
    fn panicked(&self) -> Option<String> {
        let panics = self.tape.traces.panics();
        let (who, place) = panics.first().filter(|_| self.crash().is_none())?;
        Some(format!("{who} panicked at {place}"))
    }

    /// Loops that went round in calls that do not wait.
    pub(super) fn loops(&self) -> Vec<String> {
        let asked = self.tape.traces.asked().into_iter();
        asked.filter(|asked| asked.in_a_row >= A_LOOP).map(|asked| in_a_loop(&asked)).collect()
    }

    /// Where loops went round in calls that do not wait, and nothing else happened.
    pub fn places_of_loops(&self) -> impl Iterator<Item = String> {
        let asked = self.tape.traces.asked().into_iter();
        asked.filter(|asked| asked.in_a_row >= A_LOOP).map(|asked| asked.place)
    }

    /// Asks that whoever wants something from a queue waits there. So many calls may come to nothing: a program
    /// may look first, and then wait.
    #[track_caller]
    pub fn waits_at_the_queue(&self, may_ask: u64) {
        let tries = ["try_recv()", "try_send()"];
        let asked = self.tape.traces.asked().into_iter();
        let often = asked.filter(|asked| tries.contains(&asked.call.as_str()));
        if let Some(asked) =
            often.max_by_key(|asked| asked.times).filter(|asked| asked.times > may_ask)
        {
            let Asked { call, place, times, .. } = asked;
            let waits = call.trim_start_matches("try_");
            self.require(
                false,
                format!("wait at the queue, as {waits} does"),
                format!("asked at least {times} times for nothing, with {call} at {place}"),
            );
        }
    }
}

fn in_a_loop(asked: &Asked) -> String {
    let Asked { call, place, in_a_row, .. } = asked;
    format!(
        "{call} at {place} was called at least {in_a_row} times in a row, and nothing else happened: a loop that does not wait"
    )
}
