//! What a learner has done, in a file that git does not know: `.progress.jsonl`, below the checkout's top folder.
//!
//! A line is an event, and lines are only ever added: so two commands at once lose nothing, nor does a line that
//! can't be read. The README tells the format. Nothing of it leaves the machine.

use crate::{
    Error, Result,
    check::{Report, State},
    sum,
};
use accord::{files, task::Kind};
use serde_json::{Value, json};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// The file's name.
pub const FILE: &str = ".progress.jsonl";

/// All that is known.
#[derive(Clone, Debug)]
pub struct Progress {
    path: PathBuf,
    events: Vec<Value>,
    /// The numbers of the lines that can't be read.
    broken: Vec<usize>,
    /// Whether the last line is cut off, so that another one has to begin anew.
    is_cut: bool,
}

impl Progress {
    /// Reads what there is. Without the file there is nothing yet.
    pub fn of(root: &Path) -> Result<Progress> {
        let path = root.join(FILE);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::about(&path, &error)),
            Ok(bytes) => bytes,
        };
        let text = String::from_utf8_lossy(&bytes);
        let (mut events, mut broken) = (Vec::new(), Vec::new());
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match serde_json::from_str::<Value>(line) {
                Ok(event) if event["event"].is_string() => events.push(event),
                _ => broken.push(index + 1),
            }
        }
        let is_cut = !text.is_empty() && !text.ends_with('\n');
        Ok(Progress { path, events, broken, is_cut })
    }

    /// What is to be said of lines that can't be read.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let first = self.broken.first()?;
        let more = match self.broken.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Some(format!(
            "{FILE}:{first}{more} is no event that this course writes; it is passed over and kept: mend it, or delete that line"
        ))
    }

    /// How many hints of a task were shown.
    #[must_use]
    pub fn hints_used(&self, exercise: &str, task: &str) -> usize {
        let of_task = self.of_exercise("hint", exercise).filter(|event| event["task"] == task);
        let numbers = of_task.filter_map(|event| usize::try_from(event["number"].as_u64()?).ok());
        numbers.max().unwrap_or(0)
    }

    /// Keeps that a hint was shown; once, however often it is shown again.
    pub fn note_hint(&mut self, exercise: &str, task: &str, number: usize) -> Result<()> {
        if self.hints_used(exercise, task) >= number {
            return Ok(());
        }
        self.add(json!({ "event": "hint", "exercise": exercise, "task": task, "number": number }))
    }

    /// Whether a page was opened.
    #[must_use]
    pub fn has_read(&self, page: &str) -> bool {
        self.events.iter().any(|event| event["event"] == "read" && event["page"] == page)
    }

    /// Keeps that a page was opened.
    pub fn note_read(&mut self, page: &str) -> Result<()> {
        if self.has_read(page) {
            Ok(())
        } else {
            self.add(json!({ "event": "read", "page": page }))
        }
    }

    /// Whether a challenge is solved.
    #[must_use]
    pub fn has_solved(&self, exercise: &str, challenge: &str) -> bool {
        self.solved_by(exercise, challenge).is_some()
    }

    /// What solved a challenge: choices, `none`, or `not in 2000`.
    #[must_use]
    pub fn solved_by<'a>(&'a self, exercise: &'a str, challenge: &str) -> Option<&'a str> {
        let event = self.of_exercise("challenge", exercise).find(|it| it["name"] == challenge)?;
        Some(event["order"].as_str().unwrap_or_default())
    }

    /// Keeps that a challenge is solved, and by which order; once, however often it is.
    pub fn note_challenge(&mut self, exercise: &str, challenge: &str, order: &str) -> Result<()> {
        if self.has_solved(exercise, challenge) {
            return Ok(());
        }
        let event = "challenge";
        self.add(json!({ "event": event, "exercise": exercise, "name": challenge, "order": order }))
    }

    /// What the last check found of a task, if there was one: whether it passed.
    #[must_use]
    pub fn verdict(&self, exercise: &str, task: &str) -> Option<bool> {
        let check = self.of_exercise("check", exercise).last()?;
        let holds = |list: &str| {
            check[list].as_array().is_some_and(|names| names.iter().any(|name| name == task))
        };
        if holds("passed") { Some(true) } else { holds("failed").then_some(false) }
    }

    /// The sum of the sources that an exercise was last checked with.
    #[must_use]
    pub fn checked<'a>(&'a self, exercise: &'a str) -> Option<&'a str> {
        self.of_exercise("check", exercise).last()?["sum"].as_str()
    }

    /// Keeps what a check found. One that finds nothing new is no further attempt.
    pub fn note_check(&mut self, report: &Report, folder: &Path) -> Result<()> {
        let names = |is_meant: fn(&State) -> bool| -> Vec<String> {
            let rows = report.rows.iter().filter(|row| row.task.kind != Kind::Break);
            rows.filter(|row| is_meant(&row.state)).map(|row| row.task.name()).collect()
        };
        let found = json!({
            "event": "check",
            "exercise": report.exercise,
            "sum": sum_of(folder),
            "compiles": report.problem.is_none(),
            "passed": names(|state| *state == State::Passed),
            "failed": names(|state| matches!(state, State::Failed | State::NoResult)),
        });
        let last = self.of_exercise("check", &report.exercise).last();
        let is_new = last.is_none_or(|last| {
            ["sum", "compiles", "passed", "failed"].iter().any(|key| last[key] != found[key])
        });
        if is_new { self.add(found) } else { Ok(()) }
    }

    fn of_exercise<'a>(
        &'a self,
        kind: &'a str,
        exercise: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Value> {
        self.events
            .iter()
            .filter(move |event| event["event"] == kind && event["exercise"] == exercise)
    }

    /// Adds an event to the file, in one piece.
    fn add(&mut self, mut event: Value) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        event["at"] = now.as_secs().into();
        let start = if std::mem::take(&mut self.is_cut) { "\n" } else { "" };
        let line = format!("{start}{event}\n");
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|error| Error::about(&self.path, &error))?;
        self.events.push(event);
        Ok(())
    }
}

/// The sum of a program's sources.
#[must_use]
pub fn sum_of(folder: &Path) -> String {
    let sources = files::sources(&folder.join("src")).unwrap_or_default();
    sum::of(sources.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]))
}

/// Keeps what a check found. A learner's check never fails for it: what can't be kept is told, and that is all.
pub fn note(root: &Path, reports: &[Report]) {
    let noted = Progress::of(root).and_then(|mut progress| {
        if let Some(complaint) = progress.complaint() {
            eprintln!("note: {complaint}");
        }
        let folder = |report: &Report| root.join(accord::exercise::folder(&report.exercise));
        reports.iter().try_for_each(|report| progress.note_check(report, &folder(report)))
    });
    if let Err(error) = noted {
        eprintln!("note: what was found can't be kept: {error}");
    }
}
