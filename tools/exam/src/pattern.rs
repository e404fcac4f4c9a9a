//! Lines with placeholders: `[Worker-{w}] Processed: {item} (took {s}s)`.

use std::collections::BTreeMap;

/// What the placeholders of a pattern stand for in a line.
pub(crate) type Values = BTreeMap<String, String>;

/// A placeholder of this name stands for whoever it was, and is masked in a story.
const WHO: &str = "w";

enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some((text, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a placeholder of a pattern is closed");
        pieces.push(Piece::Text(text));
        pieces.push(Piece::Place(name));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The names of a pattern's placeholders.
pub(crate) fn places(pattern: &str) -> impl Iterator<Item = &str> {
    pieces(pattern).into_iter().filter_map(|piece| match piece {
        Piece::Place(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// Matches a whole line. A placeholder stands for as little as possible, and never for nothing.
pub(crate) fn matched(pattern: &str, line: &str) -> Option<Values> {
    let mut values = Values::new();
    let mut rest = line;
    let mut open: Option<&str> = None;
    let pieces = pieces(pattern);
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Place(name) => open = Some(name),
            Piece::Text(text) => {
                let is_last = index == pieces.len() - 1;
                let at = match open {
                    None => rest.starts_with(text).then_some(0)?,
                    Some(_) if is_last && text.is_empty() => rest.len(),
                    Some(_) if is_last => {
                        rest.len().checked_sub(text.len()).filter(|_| rest.ends_with(text))?
                    }
                    Some(_) => rest.find(text)?,
                };
                if let Some(name) = open.take() {
                    let value = rest.get(..at).filter(|value| !value.is_empty())?;
                    values.insert(name.to_owned(), value.to_owned());
                }
                rest = &rest[at + text.len()..];
            }
        }
    }
    rest.is_empty().then_some(values)
}

/// The line with `{w}` masked: who did it may differ from one right program to the next.
pub(crate) fn anonymous(pattern: &str, values: &Values) -> String {
    let mut line = String::new();
    for piece in pieces(pattern) {
        match piece {
            Piece::Text(text) => line.push_str(text),
            Piece::Place(WHO) => line.push('*'),
            Piece::Place(name) => line.push_str(&values[name]),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESSED: &str = "[Worker-{w}] Processed: {item} (took {s}s)";

    #[test]
    fn placeholders_take_their_values() {
        let values =
            matched(PROCESSED, "[Worker-12] Processed: process_item_3 (took 0.5s)").unwrap();
        assert_eq!(values["w"], "12");
        assert_eq!(values["item"], "process_item_3");
        assert_eq!(values["s"], "0.5");
        assert_eq!(
            anonymous(PROCESSED, &values),
            "[Worker-*] Processed: process_item_3 (took 0.5s)"
        );
    }

    #[test]
    fn a_line_matches_as_a_whole() {
        assert!(matched("all done", "all done").is_some());
        assert!(matched("all done", "all done.").is_none());
        assert!(matched("{n} left", " left").is_none());
        assert!(matched("lost: {item} ({who} panicked)", "lost: a (Worker-1 panicked)").is_some());
        assert!(
            matched("lost: {item} ({who} panicked)", "lost: a (Worker-1 panicked) twice").is_none()
        );
        assert_eq!(matched("in {s} seconds", "in 1.5 seconds").unwrap()["s"], "1.5");
        assert_eq!(matched("left: {n}", "left: 6").unwrap()["n"], "6");
    }
}
