//! The lines of a run: finding those like a pattern, and the questions how many there are, with which values, and
//! when they were printed.

use super::{Run, cut, listed};
use crate::{
    failure::Failure,
    pattern::{self, Pattern, Values},
    tape::{Actor, Print, What},
};
use similar::TextDiff;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Display,
    sync::Arc,
    time::Duration,
};

/// A line of standard output or, where a program was asked for it, of standard error.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line.
    pub text: String,
    /// When it was printed, and by whom; none for a `println!` that is not the rehearsal's.
    pub told: Option<(Duration, Actor)>,
    /// The how many-th line it is, from 0, of what stands beside it.
    pub place: usize,
    /// Whether it went to standard error.
    pub is_complaint: bool,
    /// The pattern that it was found by.
    pattern: Option<Arc<Pattern>>,
    values: Values,
}

impl Line {
    /// What a placeholder of the pattern stands for in this line.
    #[track_caller]
    pub fn get(&self, placeholder: &str) -> &str {
        let pattern = self.pattern.as_ref();
        pattern
            .and_then(|pattern| pattern.read(&self.text, &self.values, placeholder))
            .unwrap_or_else(|| panic!("the pattern has no placeholder {placeholder}"))
    }

    /// The instant at which it was printed.
    #[track_caller]
    pub fn at(&self) -> Duration {
        self.told.expect("a run that is judged has no line without an instant").0
    }

    /// Who printed it.
    #[track_caller]
    pub fn by(&self) -> Actor {
        self.told.expect("a run that is judged has no line without an instant").1
    }

    /// The same as a number.
    #[track_caller]
    pub fn number(&self, placeholder: &str) -> Option<f64> {
        self.get(placeholder).parse().ok()
    }
}

/// How much of a line that begins like the pattern has to be as in it, for it to be taken for a slip of the pen.
const NEAR: f32 = 0.55;

/// How much of a pattern, placeholders and all, is in a line: 1 is all of it.
fn alike(pattern: &str, line: &Line) -> f32 {
    TextDiff::from_chars(pattern, &line.text).ratio()
}

impl Run {
    /// All lines: of standard output, and of standard error if the program was run [so](crate::Program::with_stderr).
    pub fn all_lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines that match a pattern as a whole: of standard output, and of standard error if the program
    /// was run [so](crate::Program::with_stderr).
    ///
    /// In a pattern, `{name}` stands for any text; `{w}` is who did it, and is masked in a story.
    pub fn lines(&self, pattern: &str) -> Vec<Line> {
        let pattern = Pattern::of(pattern);
        let matched = self.lines.iter().filter_map(|line| {
            let (values, pattern) = (pattern.matched(&line.text)?, Some(Arc::clone(&pattern)));
            Some(Line { text: line.text.clone(), values, pattern, ..*line })
        });
        matched.collect()
    }

    /// Asks for exactly one line like this, and gives it.
    #[track_caller]
    pub fn one(&self, pattern: &str) -> Line {
        let lines = self.lines(pattern);
        let did = match lines.as_slice() {
            [one] => return one.clone(),
            [] => format!("printed no such line{}", self.nearly(pattern)),
            several => format!("printed {} of them", several.len()),
        };
        self.fail(format!("print one line `{pattern}`"), did)
    }

    /// Asks that no line is like this.
    #[track_caller]
    pub fn none(&self, pattern: &str) {
        let lines = self.lines(pattern);
        let did = lines.first().map(|line| format!("printed `{}`", line.text)).unwrap_or_default();
        self.require(lines.is_empty(), format!("print no line `{pattern}`"), did);
    }

    /// Asks for so many lines like this, and gives them.
    #[track_caller]
    pub fn count(&self, pattern: &str, count: usize) -> Vec<Line> {
        let lines = self.lines(pattern);
        let did = format!(
            "printed {}{}",
            lines.len(),
            if lines.is_empty() { self.nearly(pattern) } else { String::new() }
        );
        let holds = lines.len() == count;
        self.require(holds, format!("print {count} lines `{pattern}`"), did);
        lines
    }

    /// Asks that a placeholder takes each of these values once, in any order.
    #[track_caller]
    pub fn each_once<T: Display>(
        &self,
        pattern: &str,
        placeholder: &str,
        expected: impl IntoIterator<Item = T>,
    ) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for line in self.lines(pattern) {
            *seen.entry(line.get(placeholder).to_owned()).or_default() += 1;
        }
        let expected: Vec<String> = expected.into_iter().map(|value| value.to_string()).collect();
        let should = format!("print `{pattern}` once for each of {}", listed(&expected));
        let lost: Vec<String> =
            expected.iter().filter(|value| !seen.contains_key(*value)).cloned().collect();
        let twice: Vec<String> =
            seen.iter().filter(|(_, times)| **times > 1).map(|(value, _)| value.clone()).collect();
        let strange: Vec<String> =
            seen.keys().filter(|value| !expected.contains(value)).cloned().collect();
        let missing = format!(
            "left out {}{}",
            listed(&lost),
            if seen.is_empty() { self.nearly(pattern) } else { String::new() }
        );
        self.require(lost.is_empty(), &should, missing);
        let again = format!("printed several for {}", listed(&twice));
        self.require(twice.is_empty(), &should, again);
        let too = format!("printed it for {} too", listed(&strange));
        self.require(strange.is_empty(), &should, too);
    }

    /// The names that were at work, in order.
    #[track_caller]
    pub fn names(&self, pattern: &str) -> Vec<String> {
        let names: BTreeSet<String> =
            self.lines(pattern).iter().map(|line| line.get("w").to_owned()).collect();
        names.into_iter().collect()
    }

    /// The instant at which a line was printed.
    #[track_caller]
    pub fn at(&self, line: &Line) -> Duration {
        self.told(line).0
    }

    /// The instant at which a line was printed, and who printed it.
    #[track_caller]
    pub(super) fn told(&self, line: &Line) -> (Duration, Actor) {
        line.told.unwrap_or_else(|| self.told_nowhere(line).raise())
    }

    /// A line that was printed past the rehearsal, if there is one. What a panic says on standard error is none.
    pub(crate) fn stray(&self) -> Option<Failure> {
        let panicked = self.tape.events.iter().any(|event| event.what == What::Panic);
        let asked = if panicked { self.stdout.lines().count() } else { self.lines.len() };
        let stray = self.lines.iter().take(asked).find(|line| line.told.is_none());
        stray.map(|line| self.told_nowhere(line))
    }

    fn told_nowhere(&self, line: &Line) -> Failure {
        let did = format!("printed `{}` at no instant", cut(&line.text));
        let advice = "a println! that is not the rehearsal's: `use rehearsal::println;`";
        let failure = self.failure("print on the rehearsal's clock", did);
        Failure { looks_like: Some(advice.to_owned()), ..failure }
    }

    /// A line that begins like the pattern: a slip of the pen is easily overlooked.
    fn nearly(&self, pattern: &str) -> String {
        if self.told_on_stderr(pattern) {
            return ", but such a line went to standard error".to_owned();
        }
        let start = pattern.split('{').next().unwrap_or_default();
        let begins = |line: &&Line| start.len() > 3 && line.text.starts_with(start);
        // One that begins like it and says something else would lead astray.
        let near = self.lines.iter().filter(begins).find(|line| alike(pattern, line) > NEAR);
        near.map(|line| format!(", the nearest is `{}`", cut(&line.text))).unwrap_or_default()
    }

    /// Whether a line went to standard error, where nobody looks for it.
    pub(crate) fn told_on_stderr(&self, pattern: &str) -> bool {
        self.stderr.lines().any(|line| pattern::matches(pattern, line))
    }
}

/// Finds each line of an output on the tape. The tape has the same lines, and in virtual time in the same
/// order; on the pace real, two threads that print at once may come in one order here and in another there.
pub(super) fn timed(output: &str, prints: &[Print], is_complaint: bool) -> Vec<Line> {
    let mut open: VecDeque<&Print> = prints.iter().collect();
    let line = |(nth, text): (usize, &str)| {
        let place = open.iter().position(|print| print.line == text);
        let print = place.and_then(|place| open.remove(place));
        let told = print.map(|print| (print.at, print.actor));
        Line {
            text: text.to_owned(),
            told,
            place: nth,
            is_complaint,
            pattern: None,
            values: Values::new(),
        }
    };
    output.lines().enumerate().map(line).collect()
}
