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
        let colour = std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb;
        Look { ascii, colour, width: text::width() }
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

    /// A text whose lines are broken where they are too long.
    #[must_use]
    pub fn fit(self, text: &str) -> String {
        text::wrapped(text, self.width)
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
