//! A tape, read line by line. Its format stands in the rehearsal's `TAPE.md`.

use crate::{Error, Result};
use serde_json::{Map, Value};

/// More events than this are not drawn: a program that never ends writes on and on.
const MOST: usize = 200_000;

/// What a run has left.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    pub(crate) pace: String,
    /// In the order in which they happened, without the first line.
    pub(crate) events: Vec<Event>,
    /// So many came behind these.
    pub(crate) left_out: usize,
}

/// A line of the tape.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) at: u64,
    /// Who did it. Of a `spawn` that is the spawner, and not who is new.
    pub(crate) actor: u64,
    pub(crate) kind: String,
    fields: Map<String, Value>,
}

impl Event {
    fn read(line: &str) -> Option<Event> {
        let fields: Map<String, Value> = serde_json::from_str(line).ok()?;
        let number = |key: &str| fields.get(key).and_then(Value::as_u64);
        let kind = fields.get("event")?.as_str()?.to_owned();
        let actor = number(if kind == "spawn" { "by" } else { "actor" }).unwrap_or(0);
        Some(Event { at: number("at_us")?, actor, kind, fields })
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.fields.get(key)?.as_u64()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// Empty where the line has no such text.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.fields.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it is a word on an actor that goes on waiting, and so ends no wait.
    pub(crate) fn is_of_the_end(&self) -> bool {
        self.is("stands") || self.is("stuck")
    }

    /// Whether with it the actor begins to sleep, to compute or to wait.
    pub(crate) fn is_pause(&self) -> bool {
        matches!(self.kind.as_str(), "sleep" | "work" | "wait")
    }
}

impl Tape {
    /// Reads what there is. A program that was killed leaves whole lines; a broken one is passed over.
    pub(crate) fn read(text: &str) -> Result<Tape> {
        let mut lines = text.lines();
        let start = lines.next().and_then(Event::read).filter(|event| event.is("start"));
        let start = start.ok_or_else(|| Error::Failed("the tape does not begin".to_owned()))?;
        if start.number("format") != Some(1) {
            return Err(Error::Failed("the tape has a format that is not known here".to_owned()));
        }
        let mut events: Vec<Event> = lines.by_ref().take(MOST).filter_map(Event::read).collect();
        let left_out = lines.count();
        // Real threads may tell of an instant a little later than another one that came behind it.
        events.sort_by_key(|event| event.at);
        let pace = start.text("pace").to_owned();
        Ok(Tape { pace, events, left_out })
    }

    /// When the last of it happened.
    pub(crate) fn end(&self) -> u64 {
        self.events.last().map_or(0, |event| event.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole_is_read() {
        let tape = Tape::read(
            r#"{"at_us":0,"event":"start","format":1,"pace":"instant"}
{"at_us":0,"event":"spawn","actor":3,"kind":"task","place":"src/main.rs:3","by":2}
{"at_us":9,"event":"pri"#,
        )
        .unwrap();
        assert_eq!((tape.pace.as_str(), tape.end()), ("instant", 0));
        assert_eq!((tape.events[0].actor, tape.events[0].number("actor")), (2, Some(3)));
    }

    #[test]
    fn of_a_tape_without_end_the_beginning_is_read() {
        let start = r#"{"at_us":0,"event":"start","format":1,"pace":"instant"}"#.to_owned();
        let lines = "\n{\"at_us\":1,\"event\":\"print\"}".repeat(MOST + 3);
        let tape = Tape::read(&(start + &lines)).unwrap();
        assert_eq!((tape.events.len(), tape.left_out), (MOST, 3));
    }

    #[test]
    fn what_is_no_tape_is_refused() {
        for text in ["", "{}", r#"{"at_us":0,"event":"start","format":2}"#] {
            assert!(Tape::read(text).is_err(), "{text}");
        }
    }
}
