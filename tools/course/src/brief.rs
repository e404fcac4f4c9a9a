//! The brief of an exercise, as far as a program needs to understand it.

use accord::{
    brief::{self, EXPECTED_OUTPUT, EXPLAIN, Heading},
    task::{self, KINDS},
};
use std::fmt;

pub(crate) use accord::task::Kind;

/// A task of the brief: `### ★ Fix 2: the producer stalls (15 min)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What it asks one to do.
    pub kind: Kind,
    /// Its number among those of its kind, from 1.
    pub number: u32,
    /// What it is about.
    pub title: String,
    /// How long it takes.
    pub minutes: Option<u32>,
    /// Marked with ★: not counted.
    pub extra: bool,
    /// What stands below the heading.
    pub text: String,
}

impl Task {
    /// The name that TODOs and tests use: `fix-2`.
    #[must_use]
    pub fn name(&self) -> String {
        task::name(self.kind.word(), self.number)
    }

    /// A task whose text is still to be read.
    fn headed(heading: Heading<'_>) -> Task {
        let Heading { kind, number, title, minutes, extra } = heading;
        Task { kind, number, title: title.to_owned(), minutes, extra, text: String::new() }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.number)
    }
}

/// A brief, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brief {
    /// The headings of its sections, in their order.
    pub sections: Vec<String>,
    /// Its tasks, in their order.
    pub tasks: Vec<Task>,
    /// The first block below *Expected output*.
    pub expected_output: Option<String>,
    /// How many questions *Explain it* asks.
    pub questions: u32,
}

impl Brief {
    /// Reads a brief. What it does not know it leaves out.
    #[must_use]
    pub(crate) fn read(text: &str) -> Brief {
        let mut brief = Brief::default();
        let mut fenced: Option<Vec<&str>> = None;
        for line in text.lines() {
            let fence = line.starts_with("```");
            match (&mut fenced, fence) {
                (Some(block), true) => {
                    brief.block(block);
                    fenced = None;
                }
                (Some(block), false) => block.push(line),
                (None, true) => fenced = Some(Vec::new()),
                (None, false) => brief.line(line),
            }
            brief.keep(line);
        }
        for task in &mut brief.tasks {
            task.text = task.text.trim().to_owned();
        }
        brief
    }

    /// The tasks of a kind, in their order.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(move |task| task.kind == kind)
    }

    fn section(&self) -> &str {
        self.sections.last().map_or("", String::as_str)
    }

    fn line(&mut self, line: &str) {
        if let Some(section) = brief::section_in(line) {
            self.sections.push(section.to_owned());
        } else if let Some(heading) = Heading::read(line) {
            self.tasks.push(Task::headed(heading));
        } else if self.section() == EXPLAIN && starts_with_number(line) {
            self.questions += 1;
        }
    }

    fn block(&mut self, block: &[&str]) {
        if self.section() == EXPECTED_OUTPUT && self.expected_output.is_none() {
            self.expected_output = Some(block.iter().map(|line| format!("{line}\n")).collect());
        }
    }

    /// Adds a line to the text of the task that it stands below.
    fn keep(&mut self, line: &str) {
        if brief::is_heading(line) {
            return;
        }
        let kind = KINDS.into_iter().find(|kind| kind.section() == self.section());
        if let Some(task) = self.tasks.last_mut().filter(|task| Some(task.kind) == kind) {
            task.text.push_str(line);
            task.text.push('\n');
        }
    }
}

fn starts_with_number(line: &str) -> bool {
    line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIEF: &str = "# 01 · Basic\n\n## Focus\n\n- x\n\n## Expected output\n\n```text\n## not a heading\nb\n```\n
Words.\n\n## Break it\n\nAll.\n\n### Break 1: a second sender (5 min)\n\nIn `main`:\n\n```rust\nlet x;\n```\n\n## Fix it\n
### ★ Fix 2: it (really) stalls (15 min)\n\nText.\n\n## Explain it\n\n1. Why?\n   Since?\n2. How?\n";

    #[test]
    fn a_brief_is_read() {
        let brief = Brief::read(BRIEF);
        assert_eq!(
            brief.sections,
            ["Focus", "Expected output", "Break it", "Fix it", "Explain it"]
        );
        assert_eq!(brief.expected_output.as_deref(), Some("## not a heading\nb\n"));
        assert_eq!(brief.questions, 2);
        let [first, fix] = brief.tasks.as_slice() else { panic!("{:?}", brief.tasks) };
        assert_eq!((first.name().as_str(), fix.name().as_str()), ("break-1", "fix-2"));
        assert_eq!(
            (fix.title.as_str(), fix.minutes, fix.extra),
            ("it (really) stalls", Some(15), true)
        );
        assert_eq!(first.text, "In `main`:\n\n```rust\nlet x;\n```");
        assert_eq!(
            (first.minutes, first.extra, first.to_string().as_str()),
            (Some(5), false, "break 1")
        );
    }
}
