//! ANSWERS.md: the student's predictions and answers, kept below a heading each.

use crate::{Error, Result, read};
use accord::{brief, task::Kind};
use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// What is answered below a heading: a question, and what an Alter or a Fix asks beside its program.
const ANSWERED: [&str; 3] = [brief::QUESTION, Kind::Alter.title(), Kind::Fix.title()];

/// How the line begins that stands above a prediction.
const PREDICTED: &str = "*Predicted on";

/// The file, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    lines: Vec<String>,
}

impl Answers {
    /// Reads a form. One that does not exist is empty.
    pub(crate) fn read(path: &Path) -> Result<Answers> {
        if !path.exists() {
            return Ok(Answers::default());
        }
        Ok(Answers::of(&read(path)?))
    }

    /// Reads the text of a form.
    #[must_use]
    pub(crate) fn of(text: &str) -> Answers {
        Answers { lines: text.lines().map(str::to_owned).collect() }
    }

    /// Writes the form back, whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let draft = path.with_extension("md.new");
        let text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path));
        written.map_err(|error| Error::about(path, &error))
    }

    /// Whether there is a heading for `Break 1` or `Explain 2`.
    #[must_use]
    pub(crate) fn has(&self, kind: &str, number: u32) -> bool {
        self.section(kind, number).is_some()
    }

    /// What was written below a heading; nothing if it holds only what the form itself says.
    ///
    /// The form's own words are quotes (`> …`), comments (`<!-- … -->`) and labels (`Prediction:`).
    #[must_use]
    pub(crate) fn written(&self, kind: &str, number: u32) -> Option<String> {
        let (start, end) = self.section(kind, number)?;
        let text = without_comments(&self.lines[start + 1..end].join("\n"));
        let own: Vec<&str> = text.lines().filter(|line| !is_form(line)).collect();
        let own = own.join("\n").trim().to_owned();
        (!own.is_empty()).then_some(own)
    }

    /// The answers that the form asks for and nobody wrote, as their headings call them: `Explain 1`. A
    /// prediction is no answer.
    #[must_use]
    pub(crate) fn open(&self) -> Vec<String> {
        let mut open = Vec::new();
        for line in self.headings() {
            let words = words(heading_text(&self.lines[line]).unwrap_or_default());
            let (Some(kind), Some(number)) = (words.first(), words.get(1)) else { continue };
            let is_asked = ANSWERED.iter().any(|word| kind.eq_ignore_ascii_case(word));
            let Some(number) = number.parse().ok().filter(|_| is_asked) else { continue };
            if self.written(kind, number).is_none() {
                open.push(format!("{kind} {number}"));
            }
        }
        open
    }

    /// The form as it was given: what stands above its first section, the headings, and the form's own words.
    #[must_use]
    pub(crate) fn blank(&self) -> String {
        let headings = self.headings();
        let first = headings.iter().find(|&&line| self.lines[line].starts_with("##"));
        let mut is_comment = false;
        let mut kept: Vec<&str> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            is_comment |= line.contains("<!--");
            let is_own = !is_form(line) || line.starts_with(PREDICTED);
            let is_kept = first.is_none_or(|&first| at < first)
                || headings.contains(&at)
                || is_comment
                || !is_own;
            is_comment &= !line.contains("-->");
            let is_second_gap = line.is_empty() && kept.last().is_none_or(|last| last.is_empty());
            if is_kept && !is_second_gap {
                kept.push(line);
            }
        }
        kept.join("\n").trim_end().to_owned() + "\n"
    }

    /// The headings that another form has and this one has not.
    pub(crate) fn missing(&self, other: &Answers) -> Vec<String> {
        let texts = |form: &Answers| -> Vec<String> {
            let lines = form.headings().into_iter();
            lines.filter_map(|line| heading_text(&form.lines[line]).map(str::to_owned)).collect()
        };
        let own = texts(self);
        texts(other).into_iter().filter(|heading| !own.contains(heading)).collect()
    }

    /// Adds a prediction below its heading, behind all that is there. A heading that is missing is made.
    pub(crate) fn add(&mut self, kind: &str, number: u32, title: &str, date: &str, text: &str) {
        if !self.has(kind, number) {
            if self.lines.last().is_some_and(|line| !line.is_empty()) {
                self.lines.push(String::new());
            }
            self.lines.push(format!("## {kind} {number}: {title}"));
        }
        let Some((start, end)) = self.section(kind, number) else { return };
        let last = (start..end).rev().find(|&line| !self.lines[line].trim().is_empty());
        let behind = last.map_or(start, |last| last) + 1;
        let mut entry = vec![String::new(), format!("{PREDICTED} {date}:*")];
        entry.extend(text.lines().map(plain));
        if behind < self.lines.len() && end < self.lines.len() {
            entry.push(String::new());
        }
        self.lines.splice(behind..end, entry);
    }

    /// The lines from a heading up to the next one.
    fn section(&self, kind: &str, number: u32) -> Option<(usize, usize)> {
        let headings = self.headings();
        let at = headings.iter().position(|&line| names(&self.lines[line], kind, number))?;
        let end = headings.get(at + 1).copied().unwrap_or(self.lines.len());
        Some((headings[at], end))
    }

    /// Lines that are headings, and not inside a block of code.
    fn headings(&self) -> Vec<usize> {
        let mut fenced = false;
        let mut found = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            if !fenced && heading_text(line).is_some() {
                found.push(index);
            }
        }
        found
    }
}

/// What a heading says: `## x` is `x`.
fn heading_text(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len() && text.starts_with(' ')).then(|| text.trim())
}

/// Whether a heading is that of `Break 1`, however it goes on.
fn names(line: &str, kind: &str, number: u32) -> bool {
    let words = words(heading_text(line).unwrap_or_default());
    words.first().is_some_and(|word| word.eq_ignore_ascii_case(kind))
        && words.get(1) == Some(&number.to_string().as_str())
}

fn words(heading: &str) -> Vec<&str> {
    let words = heading.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect()
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept + rest
}

/// Whether a line is the form's and not the student's: empty, a quote, or a label without an answer.
fn is_form(line: &str) -> bool {
    let line = line.trim().trim_matches(['*', '_', '`']).trim();
    line.is_empty()
        || line.starts_with('>')
        || line.ends_with(':')
        || line.chars().all(|c| "….-_".contains(c))
}

/// A line that can't be taken for a heading, a fence or the begin of a comment.
fn plain(line: &str) -> String {
    let line = line.replace("<!--", "< !--");
    if line.starts_with('#') || line.trim_start().starts_with("```") {
        format!("\\{}", line.trim_start())
    } else {
        line
    }
}

/// Today's date in UTC, `2026-11-21`.
#[must_use]
pub(crate) fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    date(since.as_secs() / 86_400)
}

/// Now in UTC, to the second: `2026-11-21T08:09:10Z`.
#[must_use]
pub(crate) fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{}T{hour:02}:{minute:02}:{:02}Z", date(seconds / 86_400), seconds % 60)
}

/// The date so many days after 1970-01-01, in the calendar of today.
fn date(days: u64) -> String {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let (mut year, mut rest) = (1970, days);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if rest < length {
            break;
        }
        rest -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "# Answers\n\n## Break it\n\n### Break 1: no sentinels\n\n> Who waits?\n\n<!-- write\nhere -->\n\n**Prediction:**\n\n### Break 2: one\n\nIt is slower.\n\n### ★ Break 12: x\n\n## Explain 1\n";

    #[test]
    fn a_blank_form_is_the_one_that_was_given() {
        let mut form = Answers::of(FORM);
        assert_eq!(form.blank(), FORM.replace("It is slower.\n\n", ""));
        form.add("Break", 1, "no sentinels", "2026-11-21", "They wait.\n\nFor ever.");
        form.add("Explain", 1, "", "2026-11-21", "So.");
        assert_eq!(form.blank(), FORM.replace("It is slower.\n\n", ""));
        let other = Answers::of("# Answers\n\n### Break 3: new\n\n## Explain 1\n");
        assert_eq!(form.missing(&other), ["Break 3: new"]);
    }

    #[test]
    fn the_words_of_the_form_are_no_prediction() {
        let answers = Answers::of(FORM);
        assert_eq!(answers.written("Break", 1), None);
        assert_eq!(answers.written("Break", 2).as_deref(), Some("It is slower."));
        assert!(answers.has("break", 12) && answers.has("Explain", 1));
        assert!(!answers.has("Break", 3) && !answers.has("Explain", 2));
        assert_eq!(answers.open(), ["Explain 1"]);
    }

    #[test]
    fn a_prediction_is_added_behind_what_is_there() {
        let mut answers = Answers::of(FORM);
        answers.add("Break", 2, "one", "2026-11-21", "# They wait.\nLong.");
        let text = answers.lines.join("\n");
        assert!(text.contains("It is slower.\n\n*Predicted on 2026-11-21:*\n\\# They wait.\nLong.\n\n### ★ Break 12"), "{text}");
        answers.add("Break", 2, "one", "2026-11-22", "Again.");
        let written = answers.written("Break", 2).unwrap();
        assert!(written.starts_with("It is slower.") && written.ends_with("Again."), "{written}");
    }

    #[test]
    fn a_heading_that_is_missing_is_made() {
        let mut answers = Answers::of("");
        answers.add("Break", 3, "a panic", "2026-11-21", "x");
        assert_eq!(
            answers.lines.join("\n"),
            "## Break 3: a panic\n\n*Predicted on 2026-11-21:*\nx"
        );
        assert_eq!(answers.written("Break", 3).as_deref(), Some("x"));
    }

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(20_778), "2026-11-21");
    }
}
