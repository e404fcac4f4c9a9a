//! What a test is told of its schedules.

use super::{Part, Played, child::BEGIN, role::Again};
use crate::{
    STUCK,
    settings::{self, Settings},
    shrink::Shrunk,
};
use std::{env, panic::resume_unwind, process::Output};

/// The lines of an output that are shown, from its beginning and up to its end.
const SHOWN: [usize; 2] = [80, 120];

pub(super) const NOTHING: &str = "nothing was explored: no thread, task, lock, atomic or queue of the rehearsal's was seen.\n\
     Look first at the `use` lines, of the test and of what it tests: threads, locks, channels and \
     tokio have to come from `rehearsal::` in each file that names them. A test that needs none of \
     them stays a plain #[test].";

pub(super) const ONE_ORDER: &str =
    "the usual order ends well, and there is no other: nobody acts but the test's own thread";

/// The file for all that happens on the schedule that is asked for.
pub(super) const TAPE: &str = "REHEARSAL_TAPE";

/// How a series ended.
pub(super) enum Verdict {
    /// With what is shown where a test's output is.
    Passed(String),
    /// The one order that was asked for did not fail: that, and what it printed.
    DidNotFail(String, String),
    Failed(String),
}

impl Verdict {
    /// Tells it as tests do: by a panic, if it failed.
    pub(super) fn told(self) {
        match self {
            Verdict::Passed(text) => println!("{text}"),
            Verdict::DidNotFail(line, text) => {
                println!("{text}");
                eprintln!("{line}");
            }
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
            Verdict::DidNotFail(line, text) => format!("did not fail\n{line}\n{text}"),
            Verdict::Failed(text) => format!("failed\n{text}"),
        }
    }

    pub(super) fn read(text: &str) -> Option<Verdict> {
        let (word, text) = text.split_once('\n')?;
        match word {
            "passed" => Some(Verdict::Passed(text.to_owned())),
            "did not fail" => {
                let (line, text) = text.split_once('\n')?;
                Some(Verdict::DidNotFail(line.to_owned(), text.to_owned()))
            }
            "failed" => Some(Verdict::Failed(text.to_owned())),
            _ => None,
        }
    }
}

/// The variables that ask for one order alone.
const SCHEDULE: &str = "REHEARSAL_SCHEDULE";
const HOLD: &str = "REHEARSAL_HOLD";

/// Those that an order depends on.
const LIMIT: &str = "REHEARSAL_LIMIT_S";
const PATIENCE: &str = "REHEARSAL_PATIENCE_S";
const STRETCH: &str = "REHEARSAL_STRETCH";
pub(super) const SEED: &str = "REHEARSAL_SEED";

/// The one order that a variable asks for, if one does.
pub(super) fn asked_for(variables: &Settings) -> Result<Option<Part>, String> {
    let schedule = settings::variable(SCHEDULE);
    let part = match (&variables.hold, &schedule) {
        (Some(_), Some(_)) => {
            return Err(format!("the variables {SCHEDULE} and {HOLD} ask for two orders at once"));
        }
        (Some(_), None) => Part { hold: variables.hold.clone(), ..Part::default() },
        (None, Some(text)) => {
            let variable = format!("the variable {SCHEDULE}");
            Part::of_schedule(settings::schedule_or_usual(text, &variable)?)
        }
        (None, None) if settings::is_set(TAPE) => {
            return Err(format!(
                "the variable {TAPE} needs {SCHEDULE} or {HOLD}: a tape is of one order"
            ));
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(Part { is_told: true, ..part }))
}

/// What a failing schedule needs to fail.
pub(super) enum Needs {
    /// It is no schedule.
    Nothing,
    Shrunk(Shrunk),
    DoesNotReplay,
    TakesTooLong,
}

impl Needs {
    fn told(&self) -> String {
        match self {
            Needs::Nothing => String::new(),
            Needs::Shrunk(shrunk) => shrunk.sentence(),
            Needs::DoesNotReplay => {
                "What it needs to fail is not known: no list of preemptions plays it again."
                    .to_owned()
            }
            Needs::TakesTooLong => {
                "What it needs to fail is not known: to play it again takes too long.".to_owned()
            }
        }
    }
}

pub(super) fn passed(played: u64) -> String {
    match played.saturating_sub(1) {
        0 => "the usual order ends well".to_owned(),
        1 => "the usual order and 1 schedule end well".to_owned(),
        n => format!("the usual order and {n} schedules end well"),
    }
}

/// An order that failed, with its report; `before` says how many ended well before it.
pub(super) fn failed(played: &Played, again: &Again, before: Option<u64>, needs: &Needs) -> String {
    let mut text = format!("{} {}", named(&played.part), played.end().in_a_test());
    if let Some(before) = before.filter(|before| *before > 0) {
        text.push_str(&format!("; {} before it", passed(before)));
    }
    text.push('\n');
    let sentence = needs.told();
    if !sentence.is_empty() {
        text.push_str(&format!("\n{sentence}\n"));
    }
    if matches!(needs, Needs::Shrunk(_)) {
        let name = named(&played.part);
        text.push_str(&format!(
            "Shown below is {name}; that sentence alone may print other values.\n"
        ));
    }
    text.push_str(&transcript(played));
    text.push_str(&format!("\nPlay it again: {}\n", replay(&played.part, again)));
    if let Needs::Shrunk(shrunk) = needs {
        let alone = replay(&Part::held(&shrunk.token()), again);
        text.push_str(&format!("Play that sentence alone: {alone}\n"));
    }
    text
}

/// The place where an order gets its name.
fn named(part: &Part) -> String {
    match part.schedule {
        Some(schedule) => format!("schedule {schedule}"),
        None if part.is_usual() => "the usual order".to_owned(),
        None => format!("the order of {HOLD}"),
    }
}

/// Played again with its report, it did not do the same.
pub(super) fn differs(quiet: &Played, told: &Played, again: &Again) -> String {
    let name = named(&quiet.part);
    format!(
        "{name} {}, and played again it {}: the test does not do the same each time. What is not the \
         rehearsal's (a clock, a random number, a file, a map of std's that is gone through) may differ.\n{}\nPlay it again: {}\n",
        quiet.end().in_a_test(),
        told.end().in_a_test(),
        transcript(quiet),
        replay(&quiet.part, again)
    )
}

/// The order that was asked for did not fail. One that is drawn by counts is another one for each `first`.
pub(super) fn did_not_fail(played: &Played, first: Option<u64>) -> Verdict {
    let mut line = format!("rehearsal: {} did not fail", named(&played.part));
    if let Some(first) = first {
        line.push_str(&format!(
            "; it was drawn by the counts of schedule {first}, which `seed` or the variable {SEED} sets"
        ));
    }
    Verdict::DidNotFail(line, transcript(played))
}

/// What a child printed, and what was told of it.
pub(super) fn transcript(played: &Played) -> String {
    let mut text = String::new();
    let how_to_read = format!("(exit code {STUCK}; how to read");
    let report = |line: &&str| !line.starts_with(&how_to_read);
    let [stdout, stderr] = [&played.stdout, &played.stderr].map(|it| String::from_utf8_lossy(it));
    // What stands before that, the harness has printed.
    let own = stdout.split_once(BEGIN).map_or(&*stdout, |(_, own)| own);
    let stderr: Vec<&str> = stderr.trim().lines().filter(report).collect();
    for (title, lines) in [("it printed", own.lines().collect()), ("it told", stderr)] {
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
fn replay(part: &Part, again: &Again) -> String {
    let order = match (&part.hold, part.schedule) {
        (Some(token), _) => set(HOLD, &token.to_string(), SCHEDULE),
        (None, Some(schedule)) => set(SCHEDULE, &schedule.to_string(), HOLD),
        (None, None) => set(SCHEDULE, "usual", HOLD),
    };
    let set = needed_by(part, again) + &order;
    let Some(test) = again.test() else { return format!("{set}and the command of this run") };
    let package = env::var("CARGO_PKG_NAME").map(|name| format!("-p {name} ")).unwrap_or_default();
    let ignored = if again.is_ignored() { " --include-ignored" } else { "" };
    format!("{set}cargo test {package}-- --exact {test} --nocapture{ignored}")
}

/// The variables of this run that the order needs too.
fn needed_by(part: &Part, again: &Again) -> String {
    let mut needed = vec![LIMIT, PATIENCE];
    if part.schedule.is_some() {
        needed.push(STRETCH);
        needed.extend(again.is_counted().then_some(SEED));
    }
    let given = needed.into_iter().filter_map(|name| Some((name, settings::variable(name)?)));
    given.map(|(name, value)| assigned(name, &value)).collect()
}

/// What goes before a command to set a variable. In PowerShell variables stay, so the one that would contradict
/// it is taken back.
fn set(variable: &str, value: &str, other: &str) -> String {
    let taken_back = if cfg!(windows) { assigned(other, "") } else { String::new() };
    taken_back + &assigned(variable, value)
}

fn assigned(variable: &str, value: &str) -> String {
    let is_plain = value.chars().all(char::is_alphanumeric);
    match cfg!(windows) {
        true => format!("$env:{variable}='{value}'; "),
        false if is_plain => format!("{variable}={value} "),
        false => format!("{variable}='{value}' "),
    }
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
