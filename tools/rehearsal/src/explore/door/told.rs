//! What a test is told of its schedules.

use super::{Scratch, child::Part, role::Again, series::Played};
use crate::{STUCK, settings};
use std::{env, fs, panic::resume_unwind, process::Output};

/// The lines of an output that are shown, from its beginning and up to its end.
const SHOWN: [usize; 2] = [80, 120];

pub(super) const NOTHING: &str = "nothing was explored: no thread, no task and no queue of the rehearsal's was seen.\n\
     Look first at the `use` lines, of the test and of what it tests: threads, locks, channels and \
     tokio have to come from `rehearsal::` in each file that names them.";

/// The file for all that happens on the schedule that is asked for.
pub(super) const TAPE: &str = "REHEARSAL_TAPE";

/// How a series ended.
pub(super) enum Verdict {
    /// With what is shown where a test's output is.
    Passed(String),
    Failed(String),
}

impl Verdict {
    /// Tells it as tests do: by a panic, if it failed.
    pub(super) fn told(self) {
        match self {
            Verdict::Passed(text) => println!("{text}"),
            Verdict::Failed(text) => {
                // The place of this line, and what led here, would stand in the way of what is told.
                eprintln!("{text}");
                resume_unwind(Box::new(text))
            }
        }
    }

    pub(super) fn as_text(&self) -> String {
        match self {
            Verdict::Passed(text) => format!("passed\n{text}"),
            Verdict::Failed(text) => format!("failed\n{text}"),
        }
    }

    pub(super) fn read(text: &str) -> Option<Verdict> {
        let (word, text) = text.split_once('\n')?;
        match word {
            "passed" => Some(Verdict::Passed(text.to_owned())),
            "failed" => Some(Verdict::Failed(text.to_owned())),
            _ => None,
        }
    }
}

/// The one schedule that the variable asks for, if it does: `None` within is the usual order.
pub(super) fn asked_for() -> Result<Option<Option<u64>>, String> {
    let Some(text) = settings::variable("REHEARSAL_SCHEDULE") else {
        return match settings::is_set(TAPE) {
            true => Err(format!(
                "the variable {TAPE} needs REHEARSAL_SCHEDULE: a tape is of one schedule"
            )),
            false => Ok(None),
        };
    };
    settings::schedule_or_usual(&text, "the variable REHEARSAL_SCHEDULE").map(Some)
}

pub(super) fn passed(played: u64) -> String {
    match played.saturating_sub(1) {
        0 => "the usual order ends well".to_owned(),
        1 => "the usual order and 1 schedule end well".to_owned(),
        n => format!("the usual order and {n} schedules end well"),
    }
}

/// A schedule that failed, with its report; `before` says how many ended well before it.
pub(super) fn failed(
    played: &Played,
    scratch: &Scratch,
    again: &Again,
    before: Option<u64>,
) -> String {
    let choices = fs::read_to_string(scratch.choices()).unwrap_or_default();
    let mut text = format!("{} {}", named(played.part.schedule, &choices), played.end.in_a_test());
    if let Some(before) = before.filter(|before| *before > 0) {
        text.push_str(&format!("; {} before it", passed(before)));
    }
    text.push('\n');
    text.push_str(&transcript(played));
    text.push_str(&replay(played.part, again));
    text
}

/// The place where a failing schedule gets its name: its number, and how much it chose.
fn named(schedule: Option<u64>, choices: &str) -> String {
    let Some(schedule) = schedule else { return "the usual order".to_owned() };
    let turns = choices.lines().filter(|line| line.starts_with("next ")).count();
    let (turns, s) = (turns, if turns == 1 { "" } else { "s" });
    format!("schedule {schedule} ({turns} choice{s} of who goes next)")
}

/// Played again with its report, it did not do the same.
pub(super) fn differs(quiet: &Played, told: &Played, again: &Again) -> String {
    let name = named(quiet.part.schedule, "");
    format!(
        "{name} {}, and played again it {}: the test does not do the same each time. What is not the \
         rehearsal's (a clock, a random number, a file, a map of std's that is gone through) may differ.\n{}{}",
        quiet.end.in_a_test(),
        told.end.in_a_test(),
        transcript(quiet),
        replay(quiet.part, again)
    )
}

/// What a child printed, and what was told of it.
pub(super) fn transcript(played: &Played) -> String {
    let mut text = String::new();
    let how_to_read = format!("(exit code {STUCK}; how to read");
    let report = |line: &&str| !line.starts_with(&how_to_read);
    let stderr: Vec<&str> = played.stderr.trim().lines().filter(report).collect();
    for (title, lines) in
        [("it printed", played.stdout.lines().collect::<Vec<_>>()), ("it told", stderr)]
    {
        if lines.is_empty() {
            continue;
        }
        text.push_str(&format!("\n--- {title}\n"));
        let [first, last] = SHOWN;
        let left_out = lines.len().saturating_sub(first + last);
        let begins = lines.len().min(first);
        for line in &lines[..begins] {
            text.push_str(&format!("{line}\n"));
        }
        if left_out > 0 {
            text.push_str(&format!("({left_out} lines are left out)\n"));
        }
        for line in &lines[begins + left_out..] {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

/// The command that plays it again.
fn replay(part: Part, again: &Again) -> String {
    let schedule = part.schedule.map_or_else(|| "usual".to_owned(), |number| number.to_string());
    let set = match cfg!(windows) {
        true => format!("$env:REHEARSAL_SCHEDULE='{schedule}'; "),
        false => format!("REHEARSAL_SCHEDULE={schedule} "),
    };
    let Some(test) = again.test() else {
        return format!("\nPlay it again: {set}and the command of this run\n");
    };
    let package = env::var("CARGO_PKG_NAME").map(|name| format!("-p {name} ")).unwrap_or_default();
    let ignored = if again.is_ignored() { " --include-ignored" } else { "" };
    format!("\nPlay it again: {set}cargo test {package}-- --exact {test} --nocapture{ignored}\n")
}

/// The series never came to its call of `explore`.
pub(super) fn never_came(test: &str, ended: &Output) -> Verdict {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Verdict::Failed(format!(
        "the binary was started again for `{test} --exact`, and did not come to this call of explore(): \
         {}\n--- it printed\n{}\n--- it told\n{}",
        ended.status,
        shown(&ended.stdout),
        shown(&ended.stderr)
    ))
}
