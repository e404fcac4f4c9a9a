//! What many schedules did, in a few lines.

use super::{Ending, PANICKED, Played};
use crate::STUCK;
use std::{
    collections::{BTreeMap, HashSet, hash_map::DefaultHasher},
    fmt::{self, Display},
    hash::{Hash, Hasher},
};

#[derive(Default)]
pub(super) struct Tally {
    usual: Option<End>,
    ends: BTreeMap<End, Ended>,
    count: usize,
    transcripts: HashSet<u64>,
    sets: HashSet<u64>,
    numbers: Option<(u64, u64)>,
}

/// How a run ended, as far as runs are told apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    how: How,
    panicked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Exit(i32),
    /// With the word that its report would begin with.
    Stuck(&'static str),
    TimeUp,
    TooMuch,
    Signal(i32),
}

struct Ended {
    count: usize,
    first: u64,
}

/// What a report begins with; without it, only its last word.
const STILL: &str = "STILL ";

/// The first words of a report.
const STUCK_IN: [&str; 7] =
    ["DEADLOCK", "TICKING", "SPINNING", "SILENT", "FOREIGN THREAD", "LEFT BEHIND", "TOO LONG"];

impl Tally {
    pub(super) fn add(&mut self, played: &Played) {
        let end = played.end();
        let Some(schedule) = played.part.schedule else {
            self.usual = Some(end);
            return;
        };
        self.count += 1;
        self.transcripts.insert(hash(&played.stdout));
        let mut lines: Vec<&[u8]> = played.stdout.split(|byte| *byte == b'\n').collect();
        lines.sort_unstable();
        self.sets.insert(hash(&lines));
        self.numbers = Some((self.numbers.map_or(schedule, |(first, _)| first), schedule));
        self.ends.entry(end).or_insert(Ended { count: 0, first: schedule }).count += 1;
    }

    /// Whether what was played is wrong, beside the usual order that was played first.
    pub(super) fn is_failure(&self, played: &Played) -> bool {
        played.end().is_failure(self.usual.as_ref())
    }

    /// Whether some schedule ended otherwise than the usual order, or got stuck.
    pub(super) fn has_failed(&self) -> bool {
        self.ends.keys().any(|end| end.is_failure(self.usual.as_ref()))
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.numbers.unwrap_or_default();
        let count = counted(self.count, "schedule");
        let transcripts = counted(self.transcripts.len(), "distinct transcript");
        let sets = counted(self.sets.len(), "distinct set");
        writeln!(f, "{count} ({first} to {last}): {transcripts}, {sets} of lines\n")?;
        if let Some(usual) = &self.usual {
            writeln!(f, "  the usual order  {usual}")?;
        }
        for (end, Ended { count, .. }) in &self.ends {
            writeln!(f, "  {count:>15}  {end}")?;
        }
        let failures = self.ends.iter().filter(|(end, _)| end.is_failure(self.usual.as_ref()));
        match failures.min_by_key(|(_, ended)| ended.first) {
            Some((end, Ended { first, .. })) => writeln!(f, "\nFirst: --schedule {first} {end}"),
            None => writeln!(f, "\nAll end as the usual order does."),
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl End {
    /// Whether it is wrong, beside the end of the usual order.
    pub(super) fn is_failure(&self, usual: Option<&End>) -> bool {
        match self.how {
            How::Exit(PANICKED) if self.panicked => true,
            // A thread may panic and be asked for that, in each order.
            How::Exit(_) => Some(self) != usual,
            _ => true,
        }
    }

    pub(super) fn of(ending: Ending, stderr: &[u8]) -> End {
        let stderr = String::from_utf8_lossy(stderr);
        let begins = |line: &str| {
            let line = line.strip_prefix(STILL).unwrap_or(line);
            STUCK_IN.into_iter().find(|word| line.starts_with(word))
        };
        let word = || stderr.lines().find_map(begins);
        let how = match ending {
            Ending::Exit(STUCK) => How::Stuck(word().unwrap_or("exit code 70")),
            Ending::Exit(code) => How::Exit(code),
            Ending::TimeUp => How::TimeUp,
            Ending::TooMuch => How::TooMuch,
            Ending::Signal(signal) => How::Signal(signal),
        };
        let panicked = stderr
            .lines()
            .any(|line| line.starts_with("thread '") && line.contains(" panicked at "));
        End { how, panicked }
    }

    /// How it ends, in the words of a test.
    pub(super) fn in_a_test(&self) -> String {
        match (self.how, self.panicked) {
            (How::Exit(PANICKED), true) => "panics".to_owned(),
            _ => self.to_string(),
        }
    }

    /// Whether a test that ends so has failed. A panic that the body has caught, or asked a thread for, is no
    /// failure.
    pub(super) fn fails_a_test(&self) -> bool {
        self.how != How::Exit(0)
    }
}

impl Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.how {
            How::Exit(0) => f.write_str("ends well")?,
            How::Exit(code) => write!(f, "ends with exit code {code}")?,
            How::Stuck(word) => write!(f, "is stuck: {word}")?,
            How::TimeUp => f.write_str("was killed: it ran for too long")?,
            How::TooMuch => f.write_str("was killed: it wrote too much")?,
            How::Signal(signal) => write!(f, "was ended by signal {signal}")?,
        }
        if self.panicked { f.write_str(", and something panicked") } else { Ok(()) }
    }
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::Part;
    use std::time::Duration;

    fn played(schedule: Option<u64>, code: i32, stdout: &str, stderr: &str) -> Played {
        let [stdout, stderr] = [stdout, stderr].map(|text| text.as_bytes().to_vec());
        Played {
            part: Part::of_schedule(schedule),
            ending: Ending::Exit(code),
            stdout,
            stderr,
            holds: Vec::new(),
            took: Duration::ZERO,
        }
    }

    fn tally(all: &[Played]) -> Tally {
        let mut tally = Tally::default();
        all.iter().for_each(|played| tally.add(played));
        tally
    }

    #[test]
    fn the_order_of_lines_makes_a_transcript_and_not_a_set() {
        let all = [
            played(None, 0, "a\nb\n", ""),
            played(Some(3), 0, "a\nb\n", ""),
            played(Some(4), 0, "b\na\n", ""),
        ];
        assert_eq!(
            tally(&all).to_string(),
            "2 schedules (3 to 4): 2 distinct transcripts, 1 distinct set of lines\n\n  \
             the usual order  ends well\n                2  ends well\n\n\
             All end as the usual order does.\n"
        );
        assert!(!tally(&all).has_failed());
    }

    #[test]
    fn a_panic_that_the_usual_order_has_too_is_wrong_where_it_ends_the_program() {
        let panic = "thread 'x' (7) panicked at src/main.rs:3:9:\nbad\n";
        let ends = |code| [played(None, code, "", panic), played(Some(0), code, "", panic)];
        assert!(!tally(&ends(0)).has_failed());
        assert!(tally(&ends(PANICKED)).has_failed());
    }

    #[test]
    fn the_first_that_fails_is_named() {
        let panic = "\nthread 'x' (7) panicked at src/main.rs:3:9:\nbad\n";
        let all = [
            played(None, 0, "", ""),
            played(Some(0), 0, "", ""),
            played(Some(1), 0, "", panic),
            played(Some(2), 70, "", "\nDEADLOCK at 0.0 s (…)"),
            played(Some(3), 3, "", ""),
        ];
        let text = tally(&all).to_string();
        for told in [
            "1  is stuck: DEADLOCK\n",
            "1  ends with exit code 3\n",
            "\nFirst: --schedule 1 ends well, and something panicked\n",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(tally(&all).has_failed());
    }
}
