//! A run as a whole: its story without names, its whole output and its transcript, and comparing them with what
//! is pinned.

use super::{Run, cut};
use crate::{failure::Failure, pattern::Pattern, snapshot};
use accord::exercise;
use std::{sync::Arc, time::Duration};

impl Run {
    /// Compares the story with its snapshot.
    #[track_caller]
    pub fn tells(&self, snapshot: &str, patterns: &[&str]) {
        let story = format!("$ {}\n{}", self.program.command(), self.story(patterns));
        let Some(expected) = snapshot::differing(&self.program, snapshot, &story) else {
            return;
        };
        let (should, did) = snapshot::difference(&expected, &story);
        let seen = self.stray_prints().or_else(|| unlike(&expected, &story));
        let failure = self.failure(should, did);
        let clues = seen.into_iter().chain(failure.clues).collect();
        Failure { looks_like: self.crash(), clues, ..failure }.raise();
    }

    /// The anonymous story of the run: the lines like these with their instants, `{w}` masked, and the
    /// lines of one instant as a set. Right programs differ in who does what, and in nothing of this.
    #[track_caller]
    pub fn story(&self, patterns: &[&str]) -> String {
        let patterns: Vec<_> = patterns.iter().map(|pattern| Pattern::of(pattern)).collect();
        let mut told: Vec<(Duration, String)> = Vec::new();
        for line in &self.lines {
            let anonymous = |pattern: &Arc<Pattern>| {
                Some(pattern.anonymous(&line.text, &pattern.matched(&line.text)?))
            };
            if let Some(anonymous) = patterns.iter().find_map(anonymous) {
                told.push((self.told(line).0, anonymous));
            }
        }
        told.sort();
        told.iter().map(|(at, line)| format!("{:>9.3} {line}\n", at.as_secs_f64())).collect()
    }

    /// Compares the whole output with its snapshot.
    pub(crate) fn prints(&self, snapshot: &str) {
        let Some(expected) = snapshot::differing(&self.program, snapshot, &self.stdout) else {
            return;
        };
        let (should, did) = snapshot::difference(&expected, &self.stdout);
        self.fail(should, did);
    }

    /// What a reader sees of it: the command, all that it printed, and how it ended unless that was well.
    pub(crate) fn transcript(&self, flags: &str) -> String {
        let short = exercise::short(&self.program.exercise);
        let ending = match self.code() {
            Some(0) => String::new(),
            Some(code) => format!("(exit code {code})\n"),
            None => "(ended by a signal)\n".to_owned(),
        };
        format!("$ cargo {short} {flags}\n{}{}{ending}", self.stdout, self.stderr)
    }

    /// The same run with something else for what it printed: what several runs printed, say.
    pub(crate) fn having_printed(mut self, stdout: String) -> Run {
        self.stdout = stdout;
        self
    }

    fn stray_prints(&self) -> Option<String> {
        let stray = self.lines.iter().find(|line| line.told.is_none())?;
        Some(format!(
            "`{}` was printed by a println! that is not the rehearsal's",
            cut(&stray.text)
        ))
    }
}

/// How a story differs from the one that was to be told, if a word can be said for it: the right lines at other
/// moments, a line too many, or one that is missing.
fn unlike(expected: &str, story: &str) -> Option<String> {
    let mut missing = lines_of(expected);
    let mut added = lines_of(story);
    missing.retain(|line| match added.iter().position(|other| other == line) {
        Some(place) => {
            added.remove(place);
            false
        }
        None => true,
    });
    let (first_missing, first_added) = (missing.first().cloned(), added.first().cloned());
    // The same words at another instant, whichever comes first.
    let moved = missing.iter().find_map(|(at, text)| {
        let (other, _) = added.iter().find(|(_, other)| other == text)?;
        Some((*at, *other, *text))
    });
    match (first_missing, first_added, moved) {
        (None, None, _) => None,
        (_, _, Some((at, other, text))) => {
            let late = if other > at { "late" } else { "early" };
            Some(format!(
                "the right line at another moment: `{text}` comes {:.3} s too {late}",
                (other - at).abs()
            ))
        }
        (Some((at, text)), None, _) => {
            Some(format!("a line that is missing: `{text}` at {at:.3} s"))
        }
        (None, Some((at, text)), _) => Some(format!("a line too many: `{text}` at {at:.3} s")),
        (Some((_, due)), Some((at, text)), _) => Some(format!(
            "a line that says something else: `{text}` at {at:.3} s, where `{due}` is due"
        )),
    }
}

/// The lines of a story, each with its instant in seconds.
fn lines_of(story: &str) -> Vec<(f64, &str)> {
    let lines = story.lines().filter_map(|line| {
        let (at, text) = line.trim_start().split_once(' ')?;
        Some((at.parse().ok()?, text))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::unlike;

    const STORY: &str = "$ cargo 01\n    0.101 added 1\n    0.202 added 2\n";

    #[test]
    fn a_story_that_differs_is_told_by_its_first_difference() {
        let told = |story: &str| unlike(STORY, story).unwrap_or_default();
        assert_eq!(told(STORY), "");
        assert_eq!(
            told("    0.101 added 1\n    0.302 added 2\n"),
            "the right line at another moment: `added 2` comes 0.100 s too late"
        );
        assert_eq!(told("    0.101 added 1\n"), "a line that is missing: `added 2` at 0.202 s");
        let more = format!("{STORY}    0.300 added 3\n");
        assert_eq!(told(&more), "a line too many: `added 3` at 0.300 s");
        assert_eq!(
            told("    0.101 added 1\n    0.202 added two\n"),
            "a line that says something else: `added two` at 0.202 s, where `added 2` is due"
        );
    }
}
