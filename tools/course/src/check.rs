//! Runs the tests of each exercise, package by package, so that one that does not compile hides no other.

use crate::{
    Result,
    answers::Answers,
    brief::{Brief, Kind, Task},
    build::Remark,
    libtest::Verdict,
    onward::Onward,
    source::Todo,
    suite::{Sitting, Suite},
    workspace::Exercise,
};
use accord::{exercise, failure, snapshot::WHOLE_OUTPUT, task::of_test};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its test passes, or its prediction is written.
    Passed,
    /// Its test fails.
    Failed,
    /// Its TODO stands, or its prediction is not written.
    NotHandedIn,
    /// Its test passes, and its TODO still stands.
    PassesWithTodo,
    /// There is no result where there should be one: no test, or a test that did not end.
    NoResult,
    /// The program does not compile, so nobody knows.
    NotBuilt,
}

impl State {
    /// Whether it makes the whole check fail.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self, State::Failed | State::NoResult | State::NotBuilt)
    }

    /// The word for it in the JSON document.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            State::Passed => "passed",
            State::Failed => "failed",
            State::NotHandedIn => "not_handed_in",
            State::PassesWithTodo => "passes_with_todo",
            State::NoResult => "no_result",
            State::NotBuilt => "not_built",
        }
    }
}

/// A task, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The task.
    pub task: Task,
    /// What came of it.
    pub state: State,
    /// What its test says, if it failed.
    pub message: Option<String>,
    /// Where its TODO stands: `exercises/04-producer-consumer/src/main.rs:33`.
    pub todo: Option<String>,
}

/// An exercise, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its name.
    pub exercise: String,
    /// Where its brief is.
    pub brief: String,
    /// Its tasks, in the order of the brief.
    pub rows: Vec<Row>,
    /// Why none of its tests ran: `does not compile: src/main.rs:41 mismatched types`.
    pub problem: Option<String>,
    /// What the compiler says of it, if it is the compiler who refuses.
    pub refusal: Option<String>,
    /// What else went wrong, in words.
    pub faults: Vec<String>,
    /// What the compiler warns of.
    pub warnings: Vec<Remark>,
    /// The answers that are not written: `Explain 1`.
    pub answers: Vec<String>,
    /// What it leads to.
    pub onward: Onward,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Whether nothing failed and everything compiled.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problem.is_none()
            && self.faults.is_empty()
            && !self.rows.iter().any(|row| row.state.is_bad())
    }
}

/// Checks one exercise. What is wrong with it stands in the report, so that the others are checked too.
#[must_use]
pub fn check(exercise: &Exercise, include_ignored: bool) -> Report {
    let start = Instant::now();
    let mut report = Report {
        exercise: exercise.name.clone(),
        brief: exercise.brief_path(),
        rows: Vec::new(),
        problem: None,
        refusal: None,
        faults: Vec::new(),
        warnings: Vec::new(),
        answers: Vec::new(),
        onward: Onward::default(),
        took: Duration::ZERO,
    };
    if let Err(error) = fill(&mut report, exercise, include_ignored) {
        let root = format!("{}/", exercise.root().display());
        report.problem =
            Some(format!("can't be checked: {}", error.to_string().replace(&root, "")));
    }
    if report.problem.is_some() {
        for row in report.rows.iter_mut().filter(|row| row.task.kind != Kind::Break) {
            row.state = State::NotBuilt;
        }
    }
    report.took = start.elapsed();
    report
}

fn fill(report: &mut Report, exercise: &Exercise, include_ignored: bool) -> Result<()> {
    let answers = Answers::read(&exercise.answers())?;
    report.rows = tasks(exercise, &answers)?;
    report.answers = answers.open();
    report.onward = Onward::of(exercise)?;
    if report.rows.is_empty() {
        // Nothing to do is not the same as everything done.
        report.problem = Some("can't be checked: its README names no task".to_owned());
        return Ok(());
    }
    match Suite::build(exercise, &exercise.package())? {
        Ok(suite) => {
            report.warnings.clone_from(&suite.warnings);
            judge(exercise, &suite, report, include_ignored)
        }
        Err(not_built) => {
            report.problem = Some(not_built.why);
            report.refusal = not_built.told;
            Ok(())
        }
    }
}

/// The tasks of the brief, with what can be known without running anything.
fn tasks(exercise: &Exercise, answers: &Answers) -> Result<Vec<Row>> {
    let brief = Brief::read(&exercise.brief_text()?);
    let todos = exercise.todos().unwrap_or_default();
    let row = |task: Task| {
        let predicted =
            task.kind == Kind::Break && answers.written(task.kind.title(), task.number).is_some();
        Row {
            state: if predicted { State::Passed } else { State::NotHandedIn },
            message: None,
            todo: place(exercise, &todos, &task.name()),
            task,
        }
    };
    Ok(brief.tasks.into_iter().map(row).collect())
}

fn place(exercise: &Exercise, todos: &[Todo], task: &str) -> Option<String> {
    let todo = todos.iter().find(|todo| todo.task == task)?;
    Some(format!("{}/src/{}:{}", exercise::folder(&exercise.name), todo.file, todo.line))
}

/// Runs the tests, and gives each row its state.
fn judge(
    exercise: &Exercise,
    suite: &Suite,
    report: &mut Report,
    include_ignored: bool,
) -> Result<()> {
    let Report { rows, faults, .. } = report;
    let tests = &suite.tests;
    let ignored = suite.ignored()?;
    // The pinned output is that of the program as given, so it counts as long as that is what runs.
    let is_skipped =
        |test: &&String| WHOLE_OUTPUT.contains(&test.as_str()) && ignored.contains(*test);
    let mut chosen: Vec<&String> = tests.iter().filter(|test| !is_skipped(test)).collect();
    // Whoever waits hears first of what is handed in.
    chosen.sort_by_key(|test| ignored.contains(*test));
    let sitting = suite.run_each(&chosen, &ignored)?;
    for row in rows.iter_mut().filter(|row| row.task.kind != Kind::Break) {
        let own = of_task(tests, &row.task.name());
        let open = !own.is_empty() && own.iter().all(|test| ignored.contains(*test));
        (row.state, row.message) = state(&sitting, &own);
        if open && !include_ignored {
            row.state = match row.state {
                State::Passed => State::PassesWithTodo,
                // That it is not right yet, or does not even end, is what the open TODO says.
                _ => State::NotHandedIn,
            };
            row.message = None;
        }
    }
    for test in chosen {
        let known =
            of_test(test).is_some_and(|task| rows.iter().any(|row| row.task.name() == task));
        let more = format!("more: cargo test -p {} {test}", exercise.package());
        match sitting.told.verdicts.get(test) {
            // The row of its task tells it.
            _ if known => {}
            Some(Verdict::Failed) => faults.push(format!("the test {test} failed; {more}")),
            None => faults.push(format!("the test {test}: {}; {more}", sitting.why_lost(test))),
            Some(Verdict::Passed | Verdict::Ignored) => {}
        }
    }
    Ok(())
}

/// The tests of a task.
#[must_use]
pub fn of_task<'a>(tests: &'a BTreeSet<String>, task: &str) -> Vec<&'a String> {
    tests.iter().filter(|test| of_test(test).as_deref() == Some(task)).collect()
}

/// What the tests of one task came to, and what they said. No test is no pass.
#[must_use]
pub fn state(sitting: &Sitting, tests: &[&String]) -> (State, Option<String>) {
    if tests.is_empty() {
        return (State::NoResult, Some("there is no test for it".to_owned()));
    }
    for test in tests {
        match sitting.told.verdicts.get(*test) {
            Some(Verdict::Passed) => {}
            Some(Verdict::Failed) => {
                return (State::Failed, sitting.told.messages.get(*test).cloned());
            }
            Some(Verdict::Ignored) | None => {
                let why = sitting.why_lost(test);
                return (State::NoResult, Some(format!("its test {test}: {why}")));
            }
        }
    }
    (State::Passed, None)
}

/// The line of a failure that says the most: what the program did, else the first one.
#[must_use]
pub fn gist(message: &str) -> String {
    const LONGEST: usize = 100;
    let is_told = |line: &&str| !line.trim().is_empty();
    let mut lines = message.lines();
    let mut text = match lines.find_map(what_it_did) {
        Some(did) => did.to_owned(),
        None => message.lines().find(is_told).unwrap_or("it failed").trim().to_owned(),
    };
    // A line that announces says less than the one that it announces.
    if text.ends_with(':') {
        text.extend([" ", lines.find(is_told).unwrap_or_default().trim()]);
    }
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Reads `it did   ended with exit code 0`.
fn what_it_did(line: &str) -> Option<&str> {
    line.trim().strip_prefix(failure::DID)?.strip_prefix(' ').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libtest;

    #[test]
    fn a_test_without_a_result_is_no_pass() {
        let sitting = Sitting {
            told: libtest::told("test fix_1::a ... ok\ntest fix_2::b ... "),
            trouble: Some("the tests did not come to their end (signal 6)".to_owned()),
            ..Sitting::default()
        };
        let tests = ["fix_1::a", "fix_2::b", "fix_12::c"].map(str::to_owned).into();
        assert_eq!(state(&sitting, &of_task(&tests, "fix-1")).0, State::Passed);
        let (lost, why) = state(&sitting, &of_task(&tests, "fix-2"));
        assert_eq!((lost, why.unwrap().contains("signal 6")), (State::NoResult, true));
        assert_eq!(state(&sitting, &of_task(&tests, "fix-3")).0, State::NoResult);
    }

    #[test]
    fn the_gist_of_a_failure_is_what_the_program_did() {
        let message = "\nfix-1 · it stops   FAILED\n\n  it should         end\n  it did            deadlock at 1.1 s\n";
        assert_eq!(gist(message), "deadlock at 1.1 s");
        assert_eq!(gist("\nboom\n"), "boom");
        assert_eq!(
            gist("  it did   printed instead:\n             1.1 x\n"),
            "printed instead: 1.1 x"
        );
        assert_eq!(gist(&"é".repeat(200)), format!("{}…", "é".repeat(100)));
    }
}
