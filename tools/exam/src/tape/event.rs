//! A line of the tape, taken apart. It is an object of numbers and texts alone, and a tape has many thousands: so it
//! is not read as a tree, and a text is copied only where something in it is escaped.

use std::borrow::Cow;

/// What a line says.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    numbers: Vec<(&'a str, u64)>,
    texts: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Fields<'a> {
    /// The number of this name.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.numbers.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
    }

    /// The text of this name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| *known == name).map(|(_, text)| &**text)
    }

    /// Reads a line, in place of the one before. Tells `false` if it is not whole.
    pub(crate) fn read(&mut self, line: &'a str) -> bool {
        self.numbers.clear();
        self.texts.clear();
        self.take(line).is_some()
    }

    fn take(&mut self, line: &'a str) -> Option<()> {
        let mut rest = line.strip_prefix('{')?.strip_suffix('}')?;
        while !rest.is_empty() {
            let (name, behind) = rest.strip_prefix('"')?.split_once("\":")?;
            rest = match behind.strip_prefix('"') {
                Some(inside) => {
                    let (text, behind) = text(behind, inside)?;
                    self.texts.push((name, text));
                    behind
                }
                None => {
                    let (value, behind) = behind.split_once(',').unwrap_or((behind, ""));
                    // What is no number, a later version has: it is passed over.
                    if let Ok(number) = value.parse() {
                        self.numbers.push((name, number));
                    }
                    rest = behind;
                    continue;
                }
            };
            if !rest.is_empty() {
                rest = rest.strip_prefix(',')?;
            }
        }
        Some(())
    }
}

/// A text, and what comes behind it: `quoted` begins with its quote, and `inside` with what is in it.
fn text<'a>(quoted: &'a str, inside: &'a str) -> Option<(Cow<'a, str>, &'a str)> {
    let mut end = inside.find('"')?;
    if !inside[..end].contains('\\') {
        return Some((Cow::Borrowed(&inside[..end]), &inside[end + 1..]));
    }
    // A quote behind an odd number of backslashes is a part of the text.
    let is_inside = |end: usize| {
        let before = inside[..end].bytes().rev();
        before.take_while(|byte| *byte == b'\\').count() % 2 == 1
    };
    while is_inside(end) {
        end += 1 + inside[end + 1..].find('"')?;
    }
    let text: String = serde_json::from_str(&quoted[..end + 2]).ok()?;
    Some((Cow::Owned(text), &inside[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn numbers_and_texts_are_read() {
        let mut fields = Fields::default();
        assert!(
            fields
                .read(r#"{"at_us":7,"event":"print","line":"say \"a\\\" b\\","empty":"","by":2}"#)
        );
        assert_eq!((fields.number("at_us"), fields.number("by")), (Some(7), Some(2)));
        assert_eq!(fields.text("line"), Some("say \"a\\\" b\\"));
        assert_eq!((fields.text("empty"), fields.text("event")), (Some(""), Some("print")));
        assert_eq!((fields.text("at_us"), fields.number("line")), (None, None));
    }

    #[test]
    fn letters_and_signs_of_all_kinds_are_read() {
        let mut fields = Fields::default();
        assert!(fields.read(r#"{"line":"ü \u0001\n\t — {\"a\": 1, \"b\"}","at_us":1}"#));
        assert_eq!(fields.text("line"), Some("ü \u{1}\n\t — {\"a\": 1, \"b\"}"));
        assert_eq!(fields.number("at_us"), Some(1));
    }

    #[test]
    fn a_line_that_is_cut_off_is_none() {
        let whole = r#"{"at_us":26000,"event":"print","line":"a \" b","by":1}"#;
        let mut fields = Fields::default();
        for end in 0..whole.len() {
            assert!(!fields.read(&whole[..end]), "{}", &whole[..end]);
        }
        assert!(fields.read(whole));
    }

    #[test]
    fn what_a_later_version_says_is_passed_over() {
        let mut fields = Fields::default();
        assert!(fields.read(r#"{"at_us":1,"share":0.5,"is_new":true,"event":"end"}"#));
        assert_eq!((fields.number("share"), fields.text("event")), (None, Some("end")));
    }
}
