//! Lines with placeholders: `[Worker-{w}] Processed: {item} (took {s}s)`.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What the placeholders of a pattern stand for in a line: parts of its text.
pub(crate) type Values = Vec<Range<usize>>;

/// A placeholder of this name stands for whoever it was, and is masked in a story.
const WHO: &str = "w";

/// A pattern, taken apart: a text, then a placeholder and a text, again and again.
#[derive(Debug)]
pub(crate) struct Pattern {
    first: String,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    name: String,
    /// The text behind it, up to the next placeholder.
    behind: String,
    /// Whether anybody has asked for its value.
    was_read: AtomicBool,
}

/// Each pattern that was asked for: it is taken apart once.
static KNOWN: Mutex<BTreeMap<String, Arc<Pattern>>> = Mutex::new(BTreeMap::new());

/// The pattern and the placeholder of everything that was read: a referee finds out what its rules leave out.
pub(crate) fn read_places() -> BTreeSet<(String, String)> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let read = |(text, pattern): (&String, &Arc<Pattern>)| {
        let places = pattern.places.iter().filter(|place| place.was_read.load(Ordering::Relaxed));
        places.map(|place| (text.clone(), place.name.clone())).collect::<Vec<_>>()
    };
    known.iter().flat_map(read).collect()
}

impl Pattern {
    pub(crate) fn of(text: &str) -> Arc<Pattern> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pattern) = known.get(text) {
            return Arc::clone(pattern);
        }
        let pattern = Arc::new(Pattern::new(text));
        known.insert(text.to_owned(), Arc::clone(&pattern));
        pattern
    }

    fn new(text: &str) -> Pattern {
        let mut parts = text.split('{');
        let first = parts.next().unwrap_or_default().to_owned();
        let place = |part: &str| {
            let (name, behind) =
                part.split_once('}').expect("a placeholder of a pattern is closed");
            let (name, behind) = (name.to_owned(), behind.to_owned());
            Place { name, behind, was_read: AtomicBool::new(false) }
        };
        Pattern { first, places: parts.map(place).collect() }
    }

    /// The names of the placeholders.
    pub(crate) fn places(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| place.name.as_str())
    }

    /// Matches a whole line. A placeholder stands for as little as possible, and never for nothing.
    pub(crate) fn matched(&self, line: &str) -> Option<Values> {
        let Some((last, others)) = self.places.split_last() else {
            return (line == self.first).then(Values::new);
        };
        // Most lines are of another kind, and differ at once.
        if !line.starts_with(self.first.as_str()) || !line.ends_with(last.behind.as_str()) {
            return None;
        }
        let mut values = Values::with_capacity(self.places.len());
        let mut at = self.first.len();
        for place in others {
            let end = at + line[at..].find(place.behind.as_str()).filter(|length| *length > 0)?;
            values.push(at..end);
            at = end + place.behind.len();
        }
        let end = line.len() - last.behind.len();
        values.push((at < end).then_some(at..end)?);
        Some(values)
    }

    /// What a placeholder stands for in a line that matches. It counts as read.
    pub(crate) fn read<'a>(&self, line: &'a str, values: &Values, name: &str) -> Option<&'a str> {
        let nth = self.places.iter().rposition(|place| place.name == name)?;
        self.places[nth].was_read.store(true, Ordering::Relaxed);
        Some(&line[values.get(nth)?.clone()])
    }

    /// The line with `{w}` masked: who did it may differ from one right program to the next.
    pub(crate) fn anonymous(&self, line: &str, values: &Values) -> String {
        let mut told = self.first.clone();
        for (place, value) in self.places.iter().zip(values) {
            told.push_str(if place.name == WHO { "*" } else { &line[value.clone()] });
            told.push_str(&place.behind);
        }
        told
    }
}

/// Whether a line is like this pattern.
pub(crate) fn matches(pattern: &str, line: &str) -> bool {
    Pattern::of(pattern).matched(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESSED: &str = "[Worker-{w}] Processed: {item} (took {s}s)";

    /// The values of a line, if it matches.
    fn values(pattern: &str, line: &str) -> Option<Vec<String>> {
        let values = Pattern::of(pattern).matched(line)?;
        Some(values.into_iter().map(|value| line[value].to_owned()).collect())
    }

    #[test]
    fn placeholders_take_their_values() {
        let line = "[Worker-12] Processed: process_item_3 (took 0.5s)";
        assert_eq!(values(PROCESSED, line).unwrap(), ["12", "process_item_3", "0.5"]);
        let pattern = Pattern::of(PROCESSED);
        let values = pattern.matched(line).unwrap();
        assert_eq!(pattern.read(line, &values, "item"), Some("process_item_3"));
        assert_eq!(pattern.read(line, &values, "nothing"), None);
        let masked = "[Worker-*] Processed: process_item_3 (took 0.5s)";
        assert_eq!(pattern.anonymous(line, &values), masked);
    }

    #[test]
    fn what_is_read_is_known() {
        let text = "the {first} of {all}";
        let (pattern, line) = (Pattern::of(text), "the 1 of 2");
        pattern.read(line, &pattern.matched(line).unwrap(), "all");
        let known = |place: &str| read_places().contains(&(text.to_owned(), place.to_owned()));
        assert!(known("all") && !known("first"));
    }

    #[test]
    fn a_line_matches_as_a_whole() {
        assert!(values("all done", "all done").is_some());
        assert!(values("all done", "all done.").is_none());
        assert!(values("{n} left", " left").is_none());
        assert!(values("{n} left", "left").is_none());
        assert!(values("a{n}a", "a").is_none());
        assert!(values("{n}, {m}", ", 2").is_none());
        assert!(values("lost: {item} ({who} panicked)", "lost: a (Worker-1 panicked)").is_some());
        assert!(
            values("lost: {item} ({who} panicked)", "lost: a (Worker-1 panicked) twice").is_none()
        );
        assert_eq!(values("in {s} seconds", "in 1.5 seconds").unwrap(), ["1.5"]);
        assert_eq!(values("left: {n}", "left: 6").unwrap(), ["6"]);
    }
}
