//! A run as a whole: its story without names, its whole output and its transcript, and comparing them with what
//! is pinned.

use super::{Run, cut};
use crate::{pattern, snapshot};
use accord::exercise;
use std::time::Duration;

impl Run {
    /// Compares the story with its snapshot.
    #[track_caller]
    pub fn tells(&self, snapshot: &str, patterns: &[&str]) {
        let story = format!("$ {}\n{}", self.program.command(), self.story(patterns));
        let Some(expected) = snapshot::differing(&self.program, snapshot, &story) else {
            return;
        };
        let (should, did) = snapshot::difference(&expected, &story);
        self.fail(should, did, self.stray_prints());
    }

    /// The anonymous story of the run: the lines like these with their instants, `{w}` masked, and the
    /// lines of one instant as a set. Right programs differ in who does what, and in nothing of this.
    #[track_caller]
    pub fn story(&self, patterns: &[&str]) -> String {
        let mut told: Vec<(Duration, String)> = Vec::new();
        for line in &self.lines {
            let matched = patterns
                .iter()
                .find_map(|pattern| Some((pattern, pattern::matched(pattern, &line.text)?)));
            if let Some((pattern, values)) = matched {
                told.push((self.told(line).0, pattern::anonymous(pattern, &values)));
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
        self.fail(should, did, None);
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
