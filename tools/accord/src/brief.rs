//! How a brief, an exercise's README.md, is built.

use crate::task::{self, Kind};

/// The section that shows what the program prints as it is given.
pub const EXPECTED_OUTPUT: &str = "Expected output";

/// The section that asks questions, as a numbered list.
pub const EXPLAIN: &str = "Explain it";

/// What the answer to such a question is called, before its number: `Explain 1`.
pub const QUESTION: &str = "Explain";

/// The sections that every brief has, in this order. Those of the tasks stand in the order in which they can
/// be done: Breaks that look at the program as it was given come before what alters it.
pub const SECTIONS: [&str; 11] = [
    "Focus",
    "Why this exists",
    "Run",
    EXPECTED_OUTPUT,
    Kind::Alter.section(),
    Kind::Break.section(),
    Kind::Fix.section(),
    EXPLAIN,
    "Mastery check",
    "Related concepts",
    "Next",
];

const SECTION: &str = "## ";
const TASK: &str = "### ";

/// The heading of a task: `### ★ Fix 2: the producer stalls (15 min)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading<'a> {
    /// What the task asks one to do.
    pub kind: Kind,
    /// Its number among those of its kind, from 1.
    pub number: u32,
    /// What it is about.
    pub title: &'a str,
    /// How long it takes.
    pub minutes: Option<u32>,
    /// Marked with ★: not counted.
    pub extra: bool,
}

impl<'a> Heading<'a> {
    /// Reads a line, if it is the heading of a task.
    #[must_use]
    pub fn read(line: &'a str) -> Option<Heading<'a>> {
        let heading = line.strip_prefix(TASK)?;
        let extra = heading.contains('★');
        let (name, title) = heading.trim_start_matches(['★', ' ']).split_once(':')?;
        let (kind, number) = name.trim().split_once(' ')?;
        let (title, minutes) = match title.rsplit_once('(') {
            Some((title, minutes)) => (title, minutes.trim_end().strip_suffix("min)")),
            None => (title, None),
        };
        Some(Heading {
            kind: Kind::named(kind)?,
            number: number.trim().parse().ok()?,
            title: title.trim(),
            minutes: minutes.and_then(|minutes| minutes.trim().parse().ok()),
            extra,
        })
    }

    /// The name of its task: `fix-2`.
    #[must_use]
    pub fn name(&self) -> String {
        task::name(self.kind.word(), self.number)
    }
}

/// The section that begins with this line: `## Fix it` is `Fix it`.
#[must_use]
pub fn section_in(line: &str) -> Option<&str> {
    line.strip_prefix(SECTION).map(str::trim)
}

/// Whether a section or a task begins with this line.
#[must_use]
pub fn is_heading(line: &str) -> bool {
    line.starts_with(SECTION) || line.starts_with(TASK)
}

/// The page that a line leads to: `Read [How big?](../../concepts/how-big.md) before you go on.` In a brief such a
/// line says where the page is read, and nothing else does.
#[must_use]
pub fn page_in(line: &str) -> Option<&str> {
    let (_, page) = line.strip_prefix("Read [")?.split_once("concepts/")?;
    page.split(')').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_leads_to_a_page() {
        let line = "Read [How big?](../../concepts/how-big.md) before you go on.";
        assert_eq!(page_in(line), Some("how-big.md"));
        assert_eq!(page_in(&format!("- {line}")), None);
        assert_eq!(page_in("Read [main](src/main.rs) from top to bottom."), None);
    }

    #[test]
    fn the_heading_of_a_task_is_read() {
        let heading = Heading::read("### ★ Fix 2: it (really) stalls (15 min)").unwrap();
        assert_eq!((heading.name().as_str(), heading.title), ("fix-2", "it (really) stalls"));
        assert_eq!((heading.minutes, heading.extra), (Some(15), true));
        let heading = Heading::read("### Break 1: a second sender").unwrap();
        assert_eq!((heading.kind, heading.minutes, heading.extra), (Kind::Break, None, false));
    }

    #[test]
    fn other_lines_are_no_headings_of_tasks() {
        for line in ["### Hints", "### Bake 1: x", "### Fix x: y", "## Fix 1: x", "Fix 1: x"] {
            assert_eq!(Heading::read(line), None, "{line}");
        }
        assert_eq!(section_in("## Fix it "), Some("Fix it"));
        assert!(is_heading("## x") && is_heading("### x") && !is_heading("# x"));
    }
}
