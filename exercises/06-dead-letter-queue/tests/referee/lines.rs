//! What the program says, line by line.

use super::plan::Ending;
use exam::{Line, Run};

pub(super) const ADDED: &str = "[Producer] Added: item_{item}";
pub(super) const RETRYING: &str = "[Worker-{w}] Retrying: item_{item} (attempt {n} at {s} s)";
pub(super) const PROCESSED: &str = "[Worker-{w}] Processed: item_{item} (attempt {n} at {s} s)";
pub(super) const FAILED: &str = "[Worker-{w}] Failed: item_{item} (attempt {n} at {s} s: {reason})";
pub(super) const LETTER: &str =
    "Dead letter: item_{item} ({reason}; attempts: {n}; failed at {times} s)";
pub(super) const BARE_LETTER: &str = "Dead letter: item_{item}";
pub(super) const REDRIVEN: &str = "Redriven: item_{item} {fate}";
pub(super) const FULL: &str = "Dead-letter queue is full: item_{item}";
pub(super) const SUMMARY: &str = "Processed {jobs} jobs in {s} seconds, dead letters: {dead}";

/// The lines that the program may print.
pub(super) const LINES: &[&str] = &[
    "--- Retries and a dead-letter queue ---",
    ADDED,
    RETRYING,
    PROCESSED,
    FAILED,
    LETTER,
    BARE_LETTER,
    REDRIVEN,
    FULL,
    SUMMARY,
];

/// The lines by what they say.
pub(crate) struct Lines {
    pub(super) all: Vec<Line>,
    pub(super) added: Vec<Line>,
    pub(super) retrying: Vec<Line>,
    pub(super) ends: Vec<(Ending, Line)>,
    /// A "Failed" line for no known reason.
    pub(super) unknown: Vec<Line>,
    /// The dead letters in the order of their lines, with what they tell.
    pub(super) letters: Vec<(u64, Line)>,
    pub(super) stories: Vec<Line>,
    pub(super) redriven: Vec<Line>,
    pub(super) full: Vec<Line>,
    pub(super) summary: Vec<Line>,
}

impl Lines {
    pub(super) fn of(run: &Run) -> Lines {
        let failed = |ending, reason: &str| {
            let lines = run.lines(FAILED).into_iter();
            lines.filter(|line| line.get("reason") == reason).map(|line| (ending, line)).collect()
        };
        let timed_out: Vec<(Ending, Line)> = failed(Ending::TimedOut, "timed out");
        let malformed: Vec<(Ending, Line)> = failed(Ending::Malformed, "malformed");
        let unknown = run.lines(FAILED).into_iter();
        let unknown =
            unknown.filter(|line| !["timed out", "malformed"].contains(&line.get("reason")));
        let processed = run.lines(PROCESSED).into_iter().map(|line| (Ending::Processed, line));
        let mut ends: Vec<(Ending, Line)> = processed.chain(timed_out).chain(malformed).collect();
        ends.sort_by_key(|(_, line)| line.place);
        let stories = run.lines(LETTER);
        let bare = run.lines(BARE_LETTER).into_iter();
        let mut letters: Vec<(u64, Line)> = bare
            .chain(stories.clone())
            .filter_map(|line| Some((line.get("item").parse().ok()?, line)))
            .collect();
        letters.sort_by_key(|(_, line)| line.place);
        Lines {
            all: run.all_lines().to_vec(),
            added: run.lines(ADDED),
            retrying: run.lines(RETRYING),
            ends,
            unknown: unknown.collect(),
            letters,
            stories,
            redriven: run.lines(REDRIVEN),
            full: run.lines(FULL),
            summary: run.lines(SUMMARY),
        }
    }

    pub(super) fn is_begin(&self, line: &Line) -> bool {
        self.retrying.iter().any(|begin| begin.place == line.place)
    }
}

/// A whole number in a line; 0, which is nobody's, if it is none.
pub(super) fn number(line: &Line, place: &str) -> u64 {
    line.get(place).parse().unwrap_or(0)
}
