//! What is to be done next: one thing, and the command or the file that it begins with.

use crate::check::{Report, Row, State};
use accord::{
    exercise::{self, short},
    task::Kind,
};

/// The first thing that is still to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// The exercise can't be judged.
    Mend(&'a Report, &'a str),
    /// A task is open, or failed.
    Task(&'a Report, &'a Row),
    /// Something else is wrong with the exercise.
    Fault(&'a Report),
    /// Answers are not written.
    Answer(&'a Report),
    /// All is done, here or everywhere.
    Done(Option<&'a Report>),
}

impl<'a> Next<'a> {
    /// Looks at one exercise after another: what is wrong or open in one comes before the next one.
    #[must_use]
    pub fn of(reports: &'a [Report]) -> Next<'a> {
        let done = if let [only] = reports { Some(only) } else { None };
        reports.iter().find_map(in_one).unwrap_or(Next::Done(done))
    }

    /// The line that a check ends with, or the lines. A command stands at the end of one.
    #[must_use]
    pub fn told(self) -> String {
        match self {
            Next::Mend(report, problem) => format!("next: {} {problem}", short(&report.exercise)),
            Next::Task(report, row) => to_do(report, row),
            Next::Fault(report) => {
                format!("next: {}, what is told above", short(&report.exercise))
            }
            Next::Answer(report) => to_answer(report),
            Next::Done(Some(report)) => onward(report),
            Next::Done(None) => {
                "next: all is done; the quizzes ask what stayed: cargo run -p quizzes".to_owned()
            }
        }
    }
}

fn in_one(report: &Report) -> Option<Next<'_>> {
    if let Some(problem) = &report.problem {
        return Some(Next::Mend(report, problem));
    }
    let rows = &report.rows;
    let is_open = |row: &Row| !row.task.extra && row.state == State::NotHandedIn;
    // Who has handed in what does not hold mends it first. An extra task may be left open, but not wrong.
    let failed = rows.iter().find(|row| row.state.is_bad());
    let first = report.onward.first.iter();
    let first = first.filter_map(|name| rows.iter().find(|row| row.task.name() == *name));
    let mut open = first.chain(rows).filter(|row| is_open(row));
    if let Some(row) = failed.or_else(|| open.next()) {
        return Some(Next::Task(report, row));
    }
    if !report.faults.is_empty() {
        return Some(Next::Fault(report));
    }
    (!report.answers.is_empty()).then_some(Next::Answer(report))
}

fn to_do(report: &Report, row: &Row) -> String {
    let short = short(&report.exercise);
    let minutes = row.task.minutes.map(|minutes| format!(" ({minutes} min)")).unwrap_or_default();
    let begin = if row.task.kind == Kind::Break {
        format!("cargo course break {short} {}", row.task.number)
    } else {
        report.brief.clone()
    };
    let task = format!("{short}, {}{minutes}: {begin}", row.task);
    // Who begins an exercise or a task reads first.
    let is_open = |row: &Row| row.state == State::NotHandedIn;
    let is_first = |row: &Row| report.onward.first.contains(&row.task.name());
    let is_new = !is_first(row) && report.rows.iter().all(|row| is_open(row) || is_first(row));
    let before_task = report.onward.page(Some(&row.task.name())).filter(|_| is_open(row));
    let before_all = report.onward.page(None).filter(|_| is_new);
    match before_all.or(before_task) {
        Some(page) => format!("next: {page}, then {task}"),
        None => format!("next: {task}"),
    }
}

fn to_answer(report: &Report) -> String {
    let (short, form) = (short(&report.exercise), exercise::answers(&report.exercise));
    format!("next: {short}, write down {}: {form}", listed(&report.answers))
}

/// What follows an exercise that is done. What there is not is left out.
fn onward(report: &Report) -> String {
    let to = &report.onward;
    let mut steps = Vec::new();
    if let Some(quiz) = &to.quiz {
        steps.push(format!("its quiz: {quiz}"));
    }
    if let Some(worked) = &to.worked {
        steps.push(format!("compare your answers: {worked}"));
    }
    if let Some(page) = &to.next_page {
        steps.push(format!("read on: {page}"));
    }
    if let Some(brief) = &to.next_brief {
        steps.push(format!("the next exercise: {brief}"));
    }
    let all_done = format!("next: {} is done", short(&report.exercise));
    steps.iter().fold(all_done, |told, step| format!("{told}\n      {step}"))
}

/// `Alter 1, Explain 1, 2, 3`, from `Alter 1`, `Explain 1`, `Explain 2` and so on.
fn listed(answers: &[String]) -> String {
    let mut told = String::new();
    let mut kind = "";
    for answer in answers {
        let (word, number) = answer.split_once(' ').unwrap_or((answer, ""));
        let gap = if told.is_empty() { "" } else { ", " };
        told.push_str(gap);
        told.push_str(if word == kind { number } else { answer });
        kind = word;
    }
    told
}
