//! How results look: symbols or plain letters, with colours or without.

use accord::text;
use std::{env, io::IsTerminal};

/// The symbols and colours to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Only letters that every terminal has.
    pub ascii: bool,
    /// With colours.
    pub colour: bool,
    /// How wide a line may be; nothing where none is broken.
    pub width: Option<usize>,
}

/// Set for a command whose output another one shows, on a terminal that has colours.
pub(crate) const COLOURS: &str = "HANDOFF_COLOURS";

/// What a piece of text means, and so its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Right.
    Good,
    /// Wrong.
    Bad,
    /// Open, or an aside.
    Quiet,
    /// Wants a look.
    Mind,
}

impl Look {
    /// Colours only on a terminal that has them, and not where NO_COLOR is set.
    #[must_use]
    pub fn of_terminal(ascii: bool) -> Look {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_seen = std::io::stdout().is_terminal() || set(COLOURS);
        let colour = is_seen && !set("NO_COLOR") && !dumb;
        Look { ascii, colour, width: text::width_on(&std::io::stdout()) }
    }

    /// The sign for passed.
    #[must_use]
    pub fn passed(self) -> &'static str {
        if self.ascii { "+" } else { "✓" }
    }

    /// The sign for failed.
    #[must_use]
    pub fn failed(self) -> &'static str {
        if self.ascii { "x" } else { "✗" }
    }

    /// The sign for not handed in.
    #[must_use]
    pub fn open(self) -> &'static str {
        if self.ascii { "." } else { "·" }
    }

    /// A text in the colour of its meaning.
    #[must_use]
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => 32,
            Tone::Bad => 31,
            Tone::Quiet => 2,
            Tone::Mind => 33,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A text whose lines are broken where they are too long. A command stays in one line, so that it can be pasted.
    #[must_use]
    pub fn fit(self, text: &str) -> String {
        if self.width.is_none() {
            return text.to_owned();
        }
        text::wrapped(&with_whole_commands(text), self.width).replace(HELD, " ")
    }

    /// The lines of a diff, set in, in the colours of what they do.
    #[must_use]
    pub fn diff(self, lines: &[&str]) -> String {
        let mut text = String::new();
        for line in lines {
            let line = match line.chars().next() {
                Some('+') => self.paint(Tone::Good, line),
                Some('-') => self.paint(Tone::Bad, line),
                Some('@') => self.paint(Tone::Quiet, line),
                _ => (*line).to_owned(),
            };
            text.push_str("  ");
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// Words of our own, without the signs that an old terminal lacks.
    #[must_use]
    pub fn words(self, text: &str) -> String {
        if !self.ascii {
            return text.to_owned();
        }
        text.replace('✓', "+")
            .replace('✗', "x")
            .replace('·', "-")
            .replace(['“', '”'], "\"")
            .replace('…', "...")
            .replace('’', "'")
            .replace(['–', '—'], "-")
            .replace('★', "*")
    }
}

/// A blank that no line is broken at.
const HELD: char = '\u{a0}';

/// A text whose commands have no blank: they stand behind a colon.
fn with_whole_commands(text: &str) -> String {
    const BEGINS: &str = ": cargo ";
    let mut told = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEGINS) {
        let (before, behind) = rest.split_at(at + 2);
        let (command, after) =
            behind.split_at(behind.find([')', ';', '\n']).unwrap_or(behind.len()));
        told.push_str(before);
        told.push_str(&command.replace(' ', &HELD.to_string()));
        rest = after;
    }
    told + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_in_one_line() {
        let narrow = Look { width: Some(40), ..Look::default() };
        let text =
            "next: concepts/a.md, then 01, break 2 (5 min): cargo course break 01 2\none two\n";
        let told = "next: concepts/a.md, then 01, break 2 (5\n      min): cargo course break 01 2\none two\n";
        assert_eq!(narrow.fit(text), told);
        let aside = "? 01: it failed and said so (more: cargo course check 01)";
        assert!(narrow.fit(aside).contains("cargo course check 01)"), "{}", narrow.fit(aside));
        assert_eq!(Look::default().fit(text), text);
    }
}
