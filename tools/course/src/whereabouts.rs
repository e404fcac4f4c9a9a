//! `cargo course` alone: where a learner is, what is next, and how long the rest takes.

use crate::{
    Result,
    brief::{Kind, Task},
    look::{Look, Tone},
    open,
    progress::Progress,
    stage,
    steps::{Course, Deed, OfExercise, Sign, Step},
    workspace::{Exercise, Workspace},
};
use accord::{exercise, task::KINDS};
use std::fmt::Write as _;

/// The table, and what stands below it.
pub fn told(workspace: &Workspace, look: Look) -> Result<String> {
    let progress = Progress::of(&workspace.root)?;
    let course = Course::of(workspace, &progress)?;
    let mut text = grid(&course, look);
    text.push('\n');
    let signs = format!(
        "{} passed  {} failed  ? not checked  {} open  ( ) extra\n",
        look.passed(),
        look.failed(),
        look.open()
    );
    text.push_str(&look.fit(&signs));
    for OfExercise { exercise, .. } in course.exercises.iter().filter(|it| it.has_changed) {
        let short = exercise.short();
        let note =
            format!("{short} has changed since its last check: cargo course check {short}\n");
        text.push_str(&look.fit(&note));
    }
    let exercises: Vec<Exercise> =
        course.exercises.iter().map(|row| row.exercise.clone()).collect();
    let stage::Count { solved, all, at } = stage::count(&exercises, &progress)?;
    if let Some(at) = at {
        let note =
            format!("{solved} of {all} challenges solved: cargo course stage {at} --challenges\n");
        text.push_str(&look.fit(&note));
    }
    if let Some(complaint) = progress.complaint() {
        text.push_str(&look.fit(&format!("note: {complaint}\n")));
    }
    text.push('\n');
    match course.next() {
        Some((exercise, step)) => {
            text.push_str(&look.fit(&look.words(&next(exercise, step))));
            let left = hours(course.minutes_left());
            text.push_str(&look.fit(&format!("left: {left}\n")));
        }
        None => text.push_str(&open::done(None)),
    }
    Ok(text)
}

/// The line that says what is next: what, how long, and the command for it.
pub(crate) fn next(exercise: &Exercise, step: &Step) -> String {
    let short = exercise.short();
    let minutes = match step.minutes {
        0 => String::new(),
        minutes => format!(" ({minutes} min)"),
    };
    let what = match &step.deed {
        Deed::Page { title, .. } => format!("read \"{title}\""),
        Deed::Task(task) if step.sign == Sign::Failed => {
            format!("{short}, mend {task}: {}", task.title)
        }
        Deed::Task(task) if step.sign == Sign::Unchecked => {
            format!("{short}, check {task}: {}", task.title)
        }
        Deed::Task(task) => format!("{short}, {task}: {}", task.title),
        Deed::Answers(open) => format!("{short}, write down {}", open.join(", ")),
        Deed::Quiz { .. } => format!("the quiz of {short}"),
    };
    format!("next: {what}{minutes}\n      that is: {}\n", command(exercise, step))
}

/// What to type for a step.
pub(crate) fn command(exercise: &Exercise, step: &Step) -> String {
    let short = exercise.short();
    match &step.deed {
        Deed::Task(Task { kind: Kind::Break, number, .. }) => {
            format!("cargo course break {short} {number}")
        }
        Deed::Task(_) if step.sign != Sign::Open => format!("cargo course watch {short}"),
        Deed::Quiz { .. } => format!("cargo run -p quizzes -- {short}"),
        _ => "cargo course next".to_owned(),
    }
}

/// A line for each exercise: a sign for each task, and the score of its quiz.
fn grid(course: &Course, look: Look) -> String {
    let length = |text: &str| text.chars().count();
    let plain = Look { colour: false, ..look };
    let names = course.exercises.iter().map(|it| length(&it.exercise.name));
    let first = names.max().unwrap_or(0) + 2;
    let widths = KINDS.map(|kind| {
        let cells = course.exercises.iter().map(|it| length(&cell(it, kind, plain)));
        cells.max().unwrap_or(0).max(length(kind.word())) + 2
    });
    let mut text = " ".repeat(first);
    for (kind, width) in KINDS.iter().zip(widths) {
        let _ = write!(text, "{:width$}", kind.word());
    }
    text.push_str("quiz\n");
    for row in &course.exercises {
        let _ = write!(text, "{:first$}", row.exercise.name);
        for (kind, width) in KINDS.into_iter().zip(widths) {
            text.push_str(&cell(row, kind, look));
            text.push_str(&" ".repeat(width - length(&cell(row, kind, plain))));
        }
        let score = row.score().map(|(right, all)| format!("{right}/{all}"));
        text.push_str(&score.unwrap_or_else(|| look.words("–")));
        text.push('\n');
    }
    text
}

fn cell(row: &OfExercise, kind: Kind, look: Look) -> String {
    let signs = row.steps.iter().filter_map(|step| match &step.deed {
        Deed::Task(task) if task.kind == kind => {
            let sign = sign(step.sign, look);
            Some(if task.extra { format!("({sign})") } else { sign })
        }
        _ => None,
    });
    signs.collect::<Vec<_>>().join(" ")
}

pub(crate) fn sign(sign: Sign, look: Look) -> String {
    match sign {
        Sign::Open => look.paint(Tone::Quiet, look.open()),
        Sign::Done => look.paint(Tone::Good, look.passed()),
        Sign::Failed => look.paint(Tone::Bad, look.failed()),
        Sign::Unchecked => look.paint(Tone::Mind, "?"),
    }
}

/// `20 hours 35 minutes`.
fn hours(minutes: u32) -> String {
    let count = |number: u32, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{number} {word}s")),
    };
    let parts = [count(minutes / 60, "hour"), count(minutes % 60, "minute")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Where a learner reads about a step: a page, the brief, the form for answers.
pub(crate) fn place(exercise: &Exercise, step: &Step) -> String {
    match &step.deed {
        Deed::Page { path, .. } => path.clone(),
        Deed::Answers(_) => exercise::answers(&exercise.name),
        Deed::Task(_) | Deed::Quiz { .. } => exercise.brief_path(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_told_in_hours() {
        assert_eq!(hours(65), "1 hour 5 minutes");
        assert_eq!(hours(120), "2 hours");
        assert_eq!(hours(1), "1 minute");
    }
}
