//! The tape: everything that happens in a run, one JSON object a line.
//!
//! The format is documented for readers in the crate's `TAPE.md`. It is written by hand because
//! numbers, names and one escaped string are all it holds.

use crate::{place::Place, shrink::Token, stage::ActorId};
use std::{
    fmt::{self, Display, Write as _},
    fs::File,
    io::Write as _,
    path::Path,
    time::Duration,
};

pub(crate) struct Tape {
    /// None where no tape was asked for.
    file: Option<File>,
}

/// The number in the first line of each tape. It grows when a reader of tapes has to change.
const FORMAT: u32 = 1;

impl Tape {
    pub(crate) fn create(
        path: &Path,
        pace: &str,
        schedule: Option<u64>,
        hold: Option<Token>,
    ) -> std::io::Result<Tape> {
        let mut tape = Tape { file: Some(File::create(path)?) };
        let mut line = Line::new(Duration::ZERO, "start");
        line.number("format", FORMAT).text("pace", pace);
        if let Some(schedule) = schedule {
            line.number("schedule", schedule);
        }
        if let Some(hold) = hold {
            line.text("hold", hold);
        }
        tape.write(line);
        Ok(tape)
    }

    pub(crate) fn none() -> Tape {
        Tape { file: None }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.file.is_some()
    }

    /// One line is one write, so that a program that is killed leaves whole lines.
    pub(crate) fn write(&mut self, line: Line) {
        let Some(file) = &mut self.file else { return };
        // A full disk must not change what the program does.
        let _ = file.write_all(line.ended().as_bytes());
    }
}

/// One event, under construction.
pub(crate) struct Line(String);

impl Line {
    pub(crate) fn new(at: Duration, event: &str) -> Line {
        Line(format!(r#"{{"at_us":{},"event":"{event}""#, at.as_micros()))
    }

    /// An object that begins with something else than an instant.
    pub(crate) fn beginning(key: &str, value: impl Display) -> Line {
        Line(format!(r#"{{"{key}":{value}"#))
    }

    /// The whole line.
    pub(crate) fn ended(self) -> String {
        self.0 + "}\n"
    }

    pub(crate) fn number(&mut self, key: &str, value: impl Display) -> &mut Line {
        let _ = write!(self.0, r#","{key}":{value}"#);
        self
    }

    pub(crate) fn actor(&mut self, actor: ActorId) -> &mut Line {
        self.number("actor", actor)
    }

    pub(crate) fn duration(&mut self, key: &str, value: Duration) -> &mut Line {
        self.number(key, value.as_micros())
    }

    pub(crate) fn place(&mut self, place: Place) -> &mut Line {
        self.text("place", place)
    }

    pub(crate) fn text(&mut self, key: &str, value: impl Display) -> &mut Line {
        let _ = write!(self.0, r#","{key}":""#);
        let _ = write!(Escaped(&mut self.0), "{value}");
        self.0.push('"');
        self
    }
}

/// Writes a string's inside as JSON wants it.
struct Escaped<'a>(&'a mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Nearly all texts: they are taken as a whole.
        if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.0.push_str(text);
            return Ok(());
        }
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                c if u32::from(c) < 0x20 => write!(self.0, "\\u{:04x}", u32::from(c))?,
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let mut line = Line::new(Duration::from_millis(2), "print");
        line.actor(3).text("line", "say \"a\\b\"\n\u{1} ü");
        assert_eq!(
            line.0,
            r#"{"at_us":2000,"event":"print","actor":3,"line":"say \"a\\b\"\n\u0001 ü""#
        );
    }
}
