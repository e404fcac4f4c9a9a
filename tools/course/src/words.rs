//! How many words a learner reads between two things that they do.
//!
//! The path is the one along which the texts lead: the README of the course, and then each brief from its top to
//! its end. A line that begins with `Read [` leads to a page and back. Behind a task comes its worked answer.
//!
//! Something is *done* where a block of `sh` or `bash` is to be typed, where a question has a folded answer, at
//! the end of each task and of the questions of *Explain it*, and where a quiz is named.
//! Code and transcripts count as words. Folded text counts on pages and in tasks; elsewhere nobody needs it.

use crate::{
    Result,
    brief::{Brief, Kind},
    proof::Fact,
    read,
    variant::{Shelf, Variant},
    workspace::{Exercise, Workspace},
};
use accord::{
    brief::{self, EXPLAIN, Heading, QUESTION},
    exercise,
    task::KINDS,
};
use std::{fmt::Write as _, path::Path};

/// The name of the check.
pub const NAME: &str = "words";

/// So many words are read at most before the first task is green.
const BEFORE_GREEN: usize = 600;

/// So many words are read at most between two things that are done.
const BETWEEN: usize = 1500;

/// So many lines of the README stand at most above the verdict on the first task: a screen.
const SCREEN: usize = 50;

const README: &str = "README.md";
const QUIZ: &str = "cargo run -p quizzes -- ";
const CHECK: &str = "cargo course check";
const BREAK: &str = "cargo course break ";

/// What is read between two things that are done.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gap {
    /// The text that the learner is in: the README of the course, or an exercise.
    step: String,
    words: usize,
    from: String,
    to: String,
}

/// A way through all texts.
#[derive(Debug)]
struct Walk<'a> {
    workspace: &'a Workspace,
    step: String,
    /// Since something was done.
    words: usize,
    from: String,
    gaps: Vec<Gap>,
    /// What was read before the first task was green.
    green: Option<usize>,
}

/// Whether no gap is too long.
pub(crate) fn look(root: &Path) -> Result<Fact> {
    let workspace = Workspace { root: root.to_path_buf() };
    let walk = Walk::all(&workspace)?;
    let mut faults = Vec::new();
    match walk.green {
        None => faults.push(format!("{README} leads to no task and no `{CHECK}`")),
        Some(words) if words > BEFORE_GREEN => faults.push(format!(
            "{words} words are read before a task is green, at most {BEFORE_GREEN} are wanted"
        )),
        Some(_) => {}
    }
    let lines = read(&root.join(README))?.lines().position(|line| line.starts_with(CHECK));
    if let Some(lines) = lines.filter(|&lines| lines > SCREEN) {
        faults.push(format!(
            "{README} comes to `{CHECK}` after {lines} lines, at most {SCREEN} fit a screen"
        ));
    }
    for Gap { step, words, from, to } in walk.gaps.iter().filter(|gap| gap.words > BETWEEN) {
        faults.push(format!(
            "{step}: {words} words between {from} and {to}, at most {BETWEEN} are wanted"
        ));
    }
    let longest = walk.gaps.iter().map(|gap| gap.words).max().unwrap_or_default();
    let green = walk.green.unwrap_or_default();
    let found = if faults.is_empty() {
        Ok(format!("{green} before the first task is green, at most {longest} between two doings"))
    } else {
        Err(format!("{}\nmore: cargo course words", faults.join("\n")))
    };
    Ok(Fact::of(NAME, found))
}

/// A table with the longest gap of each step.
pub fn table(workspace: &Workspace) -> Result<String> {
    let walk = Walk::all(workspace)?;
    let green = walk.green.map_or("none".to_owned(), |words| words.to_string());
    let mut text =
        format!("Words before the first task is green: {green} (at most {BEFORE_GREEN})\n\n");
    let _ = writeln!(text, "{:24} {:>6} {:>5} {:>8}", "step", "words", "done", "longest");
    for gaps in walk.gaps.chunk_by(|one, other| one.step == other.step) {
        let words: usize = gaps.iter().map(|gap| gap.words).sum();
        if let Some(longest) = gaps.iter().max_by_key(|gap| gap.words) {
            let Gap { step, words: most, from, to } = longest;
            let done = gaps.len();
            let _ = writeln!(text, "{step:24} {words:6} {done:5} {most:8}  from {from} to {to}");
        }
    }
    let _ = writeln!(text, "\nAt most {BETWEEN} between two things that are done.");
    Ok(text)
}

impl<'a> Walk<'a> {
    /// Along the README and all briefs.
    fn all(workspace: &'a Workspace) -> Result<Walk<'a>> {
        let mut walk = Walk {
            workspace,
            step: README.to_owned(),
            words: 0,
            from: "the beginning".to_owned(),
            gaps: Vec::new(),
            green: None,
        };
        walk.readme()?;
        for exercise in workspace.exercises()? {
            walk.step.clone_from(&exercise.name);
            walk.brief(&exercise)?;
        }
        // Behind the last thing that is done may come a goodbye.
        walk.does("the end");
        Ok(walk)
    }

    fn reads(&mut self, text: &str) {
        self.words += words(text);
    }

    fn does(&mut self, what: &str) {
        let (step, words) = (self.step.clone(), std::mem::take(&mut self.words));
        let from = std::mem::replace(&mut self.from, what.to_owned());
        self.gaps.push(Gap { step, words, from, to: what.to_owned() });
    }

    fn readme(&mut self) -> Result<()> {
        let text = read(&self.workspace.root.join(README))?;
        for (piece, is_folded) in pieces(&text) {
            match piece {
                Piece::Answer => {}
                _ if is_folded => {}
                Piece::Text(line) => {
                    self.reads(line);
                    self.leads_to_a_task(line)?;
                    self.leads_to_a_page(line)?;
                }
                Piece::Typed(command) => {
                    self.told_by_a_break(command)?;
                    self.does(&format!("`{command}`"));
                    if self.green.is_none() && command.starts_with(CHECK) {
                        self.green = Some(self.gaps.iter().map(|gap| gap.words).sum());
                    }
                }
            }
        }
        Ok(())
    }

    /// A link to a task of a brief, such as `exercises/01-basic/README.md#alter-0-…`: it is read there.
    fn leads_to_a_task(&mut self, line: &str) -> Result<()> {
        for exercise in self.workspace.exercises()? {
            let link = format!("]({}#", exercise.brief_path());
            let Some((_, anchor)) = line.split_once(&link) else { continue };
            let brief = Brief::read(&exercise.brief_text()?);
            let is_meant =
                |kind: Kind, number: u32| anchor.starts_with(&format!("{}-{number}-", kind.word()));
            let mut tasks = brief.tasks.iter();
            if let Some(task) = tasks.find(|task| is_meant(task.kind, task.number)) {
                self.task(&task.text)?;
            }
        }
        Ok(())
    }

    /// `cargo course break 01 1` tells its task, and in the end explains.
    fn told_by_a_break(&mut self, command: &str) -> Result<()> {
        let Some((name, number)) =
            command.strip_prefix(BREAK).and_then(|rest| rest.split_once(' '))
        else {
            return Ok(());
        };
        let exercise = self.workspace.exercise(name)?;
        let brief = Brief::read(&exercise.brief_text()?);
        let number = number.trim().parse().ok();
        for task in brief.of(Kind::Break).filter(|task| Some(task.number) == number) {
            self.task(&task.text)?;
        }
        for edit in Variant::all(&exercise, Shelf::Breaks)? {
            if Some(edit.number()) == number {
                edit.notes.explanation.iter().for_each(|line| self.reads(line));
            }
        }
        Ok(())
    }

    /// The text of a task, and the page that it leads to.
    fn task(&mut self, text: &str) -> Result<()> {
        for (piece, _) in pieces(text) {
            match piece {
                Piece::Answer => {}
                Piece::Text(line) => {
                    self.reads(line);
                    self.leads_to_a_page(line)?;
                }
                Piece::Typed(command) => self.does(&format!("`{command}`")),
            }
        }
        Ok(())
    }

    /// A line such as `Read [How big?](../../concepts/how-big.md) first.`
    fn leads_to_a_page(&mut self, line: &str) -> Result<()> {
        let Some(page) = brief::page_in(line) else { return Ok(()) };
        let text = read(&self.workspace.root.join("concepts").join(page))?;
        for (piece, _) in pieces(&text) {
            match piece {
                Piece::Answer => self.does(&format!("a question of {page}")),
                Piece::Text(line) => {
                    self.reads(line);
                    self.names_a_quiz(line);
                }
                Piece::Typed(command) => self.does(&format!("`{command}`")),
            }
        }
        Ok(())
    }

    fn names_a_quiz(&mut self, line: &str) {
        if let Some((_, name)) = line.split_once(QUIZ) {
            let name = name.split(['`', ' ']).next().unwrap_or_default();
            self.does(&format!("the quiz {name}"));
        }
    }

    fn brief(&mut self, exercise: &Exercise) -> Result<()> {
        let answers = exercise.root().join(exercise::solution(&exercise.name)).join(README);
        let answers = read(&answers).unwrap_or_default();
        let (mut section, mut task) = ("", None::<Heading<'_>>);
        let text = exercise.brief_text()?;
        for (piece, is_folded) in pieces(&text) {
            let of_tasks = KINDS.iter().any(|kind| kind.section() == section);
            match piece {
                Piece::Answer => {}
                Piece::Text(line) if brief::is_heading(line) => {
                    self.comes_to_the_end(section, task.take(), &answers);
                    self.reads(line);
                    section = brief::section_in(line).unwrap_or(section);
                    task = Heading::read(line);
                }
                _ if is_folded && !of_tasks => {}
                Piece::Text(line) => {
                    self.reads(line);
                    self.leads_to_a_page(line)?;
                    self.names_a_quiz(line);
                }
                Piece::Typed(command) => self.does(&format!("`{command}`")),
            }
        }
        self.comes_to_the_end(section, task, &answers);
        Ok(())
    }

    /// What stood above is done now, and then compared with its worked answer.
    fn comes_to_the_end(&mut self, section: &str, task: Option<Heading<'_>>, answers: &str) {
        if let Some(Heading { kind, number, .. }) = task {
            let name = format!("{} {number}", kind.title());
            self.does(&name);
            self.reads(&answer(answers, &name));
        } else if section == EXPLAIN {
            self.does(EXPLAIN);
            self.reads(&answer(answers, QUESTION));
        }
    }
}

/// As `wc -w` counts them: a bar of a table is one, too.
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// What the worked answers say below the headings that begin like this.
fn answer(answers: &str, name: &str) -> String {
    let (mut is_meant, mut text) = (false, String::new());
    for line in answers.lines() {
        if brief::is_heading(line) {
            let heading = line.trim_start_matches(['#', ' ', '★']);
            is_meant = heading
                .strip_prefix(name)
                .is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_digit()));
        } else if is_meant {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// A line that is read, in a block of code too.
    Text(&'a str),
    /// The end of a block of commands, by its first one.
    Typed(&'a str),
    /// A question has been asked, and here its answer is folded.
    Answer,
}

/// The pieces of a Markdown text, and whether they are folded.
fn pieces(text: &str) -> Vec<(Piece<'_>, bool)> {
    let mut pieces = Vec::new();
    let (mut is_folded, mut fence, mut typed) = (false, None::<&str>, None::<&str>);
    for line in text.lines() {
        let fenced = line.trim_start().strip_prefix("```");
        match (fence, fenced) {
            (None, Some(language)) => fence = Some(language),
            (Some(language), Some(_)) => {
                if matches!(language, "sh" | "bash") {
                    let command = typed.map_or("", |typed| typed.split("  ").next().unwrap_or(""));
                    pieces.push((Piece::Typed(command), is_folded));
                }
                (fence, typed) = (None, None);
            }
            (Some(_), None) => {
                typed = typed.or(Some(line.trim()));
                pieces.push((Piece::Text(line), is_folded));
            }
            (None, None) => {
                is_folded |= line.starts_with("<details");
                if line.contains("<summary>Answer") {
                    pieces.push((Piece::Answer, is_folded));
                }
                pieces.push((Piece::Text(line), is_folded));
                is_folded &= !line.starts_with("</details>");
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_others_count_them() {
        assert_eq!(words("| a page | [How big?](how-big.md) 6 |"), 8);
    }

    #[test]
    fn a_text_is_cut_into_what_is_read_and_what_is_done() {
        let text = "Why?\n<details><summary>Answer</summary>\n\nSo.\n</details>\n```sh\ncargo 01   # it\n```\n```rust\nx\n```\n";
        let pieces = pieces(text);
        let kinds: Vec<(Piece<'_>, bool)> = pieces
            .into_iter()
            .filter(|(piece, _)| !matches!(piece, Piece::Text(line) if line.is_empty()))
            .collect();
        assert_eq!(
            kinds,
            [
                (Piece::Text("Why?"), false),
                (Piece::Answer, true),
                (Piece::Text("<details><summary>Answer</summary>"), true),
                (Piece::Text("So."), true),
                (Piece::Text("</details>"), true),
                (Piece::Text("cargo 01   # it"), false),
                (Piece::Typed("cargo 01"), false),
                (Piece::Text("x"), false),
            ]
        );
    }

    #[test]
    fn the_worked_answer_of_a_task_is_found() {
        let answers = "## Alter it\n\n### Alter 1: x\n\none\n\n### ★ Alter 12: y\n\ntwo\n\n## Explain it\n\n### Explain 1: z\n\nthree\n";
        assert_eq!(answer(answers, "Alter 1").trim(), "one");
        assert_eq!(answer(answers, "Alter 12").trim(), "two");
        // All questions are answered together; the heading of the section says nothing.
        assert_eq!(answer(answers, "Explain").trim(), "three");
        assert_eq!(answer(answers, "Fix 1"), "");
    }
}
