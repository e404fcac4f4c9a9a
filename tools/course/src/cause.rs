//! One cause fails several tasks, and is told once.

use crate::check::{Row, State};
use accord::failure;

/// The failed rows, each with the later ones that fail of the same cause.
#[must_use]
pub(crate) fn grouped(rows: &[Row]) -> Vec<(&Row, Vec<&Row>)> {
    let mut groups: Vec<(&Row, Vec<&Row>)> = Vec::new();
    for row in rows.iter().filter(|row| row.state == State::Failed) {
        let cause = cause(row);
        let known =
            groups.iter_mut().find(|(first, _)| cause.is_some() && self::cause(first) == cause);
        match known {
            Some((_, others)) => others.push(row),
            None => groups.push((row, Vec::new())),
        }
    }
    groups
}

/// What a failure is recognised by: what was asked for, what it looks like or what else was seen, and the lines that
/// it names.
///
/// A failure of which nothing else is known is one of its own.
fn cause(row: &Row) -> Option<(Option<String>, String, Vec<String>)> {
    let message = row.message.as_deref()?;
    let rows = failure::rows(message);
    let text = |label: &str| {
        let row = rows.iter().find(|(name, _)| *name == label);
        row.map(|(_, lines)| lines.join("\n"))
    };
    let looks_like = text(failure::LOOKS_LIKE).or_else(|| text(failure::SEEN))?;
    let places = places(&text(failure::DID).unwrap_or_default());
    // Where a program panics, it does not matter what was asked of it.
    let asked = text(failure::SHOULD).filter(|_| !looks_like.starts_with(failure::PANIC));
    Some((asked, looks_like, places))
}

/// The places in a text: `src/main.rs:41`.
fn places(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || "(),;`".contains(letter));
    let places = words.filter(|word| word.contains(".rs:"));
    places.map(|place| place.trim_end_matches([':', '.']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brief::{Kind, Task};

    fn row(kind: Kind, should: &str, did: &str, looks_like: &str) -> Row {
        let label = |label: &str, text: &str| format!("  {label:16}  {text}\n");
        let mut message = label("it should", should) + &label(failure::DID, did);
        if !looks_like.is_empty() {
            message += &label(failure::LOOKS_LIKE, looks_like);
        }
        let title = String::new();
        let text = String::new();
        let task = Task { kind, number: 1, title, minutes: None, extra: false, text };
        Row { task, state: State::Failed, message: Some(message), todo: None }
    }

    fn told_once(one: (&str, &str, &str), other: (&str, &str, &str)) -> bool {
        let rows =
            [row(Kind::Alter, one.0, one.1, one.2), row(Kind::Fix, other.0, other.1, other.2)];
        grouped(&rows).len() == 1
    }

    #[test]
    fn one_cause_is_told_once() {
        let stray = "a println! that is not the rehearsal's";
        assert!(told_once(
            ("print on the clock", "printed `a`", stray),
            ("print on the clock", "printed `b`", stray)
        ));
        let panic = "a panic at src/main.rs:40: boom";
        assert!(told_once(
            ("end with exit code 0", "panicked", panic),
            ("print 1", "printed 2", panic)
        ));
    }

    #[test]
    fn what_may_have_another_cause_is_told_by_itself() {
        let lost = "an item that gets lost";
        assert!(!told_once(("print 1", "left out 1", lost), ("print 2", "left out 2", lost)));
        assert!(!told_once(("print 1", "printed 2", ""), ("print 1", "printed 2", "")));
        let silent = "a loop that does not end, after that line";
        assert!(!told_once(
            ("end", "SILENT: last heard of at src/main.rs:1", silent),
            ("end", "SILENT: last heard of at src/main.rs:2", silent)
        ));
    }
}
