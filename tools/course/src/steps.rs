//! The course as a list of steps: the pages, tasks, answers and quizzes in their order, and which of them are done.
//!
//! Nothing is built or run for it. What a task came to is what the last check found.

use crate::{
    Result,
    answers::Answers,
    brief::{Brief, Kind, Task},
    onward::Onward,
    progress::{self, Progress},
    read,
    workspace::{Exercise, Workspace},
};
use accord::brief::{EXPLAIN, section_in};
use serde_json::Value;
use std::path::Path;

/// Where the quizzes keep what was answered.
const ANSWERED: &str = "quizzes/.progress.json";

/// All steps of the course.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) exercises: Vec<OfExercise>,
}

/// An exercise, and the steps that belong to it.
#[derive(Debug)]
pub(crate) struct OfExercise {
    pub(crate) exercise: Exercise,
    pub(crate) steps: Vec<Step>,
    /// Whether its sources have changed since they were checked.
    pub(crate) has_changed: bool,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) deed: Deed,
    pub(crate) minutes: u32,
    pub(crate) sign: Sign,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// A page of the reading, by its path and its title.
    Page { path: String, title: String },
    /// A task of the brief.
    Task(Task),
    /// The answers that are not written.
    Answers(Vec<String>),
    /// The quiz: how many questions there are, how many were answered, and how many of those rightly.
    Quiz { all: usize, answered: usize, right: usize },
}

/// How it stands with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Open,
    Done,
    Failed,
    /// Handed in, and not checked.
    Unchecked,
}

impl Course {
    /// Looks where a learner is.
    pub(crate) fn of(workspace: &Workspace, progress: &Progress) -> Result<Course> {
        let answered = answered(&workspace.root);
        let exercises = workspace.exercises()?;
        let steps = exercises.into_iter().map(|it| OfExercise::of(it, progress, &answered));
        Ok(Course { exercises: steps.collect::<Result<_>>()? })
    }

    /// The first step that is still to be done.
    pub(crate) fn next(&self) -> Option<(&Exercise, &Step)> {
        self.exercises.iter().find_map(OfExercise::next)
    }

    /// The first step of one exercise that is still to be done, or of all.
    pub(crate) fn next_of(&self, of: Option<&Exercise>) -> Option<(&Exercise, &Step)> {
        let is_meant = |own: &&OfExercise| of.is_none_or(|exercise| own.exercise == *exercise);
        self.exercises.iter().filter(is_meant).find_map(OfExercise::next)
    }

    /// How long all takes that is still to be done.
    pub(crate) fn minutes_left(&self) -> u32 {
        let steps = self.exercises.iter().flat_map(|it| &it.steps);
        steps.filter(|step| step.is_due()).map(|step| step.minutes).sum()
    }
}

impl OfExercise {
    fn of(exercise: Exercise, progress: &Progress, answered: &Value) -> Result<OfExercise> {
        let text = exercise.brief_text()?;
        let answers = Answers::read(&exercise.answers())?;
        let todos = exercise.todos().unwrap_or_default();
        let onward = Onward::of(&exercise)?;
        let sign = |task: &Task| {
            let name = task.name();
            if task.kind == Kind::Break {
                let is_written = answers.written(task.kind.title(), task.number).is_some();
                return if is_written { Sign::Done } else { Sign::Open };
            }
            match progress.verdict(&exercise.name, &name) {
                _ if todos.iter().any(|todo| todo.task == name) => Sign::Open,
                Some(true) => Sign::Done,
                Some(false) => Sign::Failed,
                None => Sign::Unchecked,
            }
        };
        let tasks: Vec<Step> = in_order(Brief::read(&text))
            .into_iter()
            .map(|task| Step {
                sign: sign(&task),
                minutes: task.minutes.unwrap_or(0),
                deed: Deed::Task(task),
            })
            .collect();
        let mut steps = Vec::new();
        // What the README leads to first says nothing of the page that comes after it.
        let (first, tasks): (Vec<Step>, Vec<Step>) =
            tasks.into_iter().partition(|step| step.place_in(&onward.first).is_some());
        let is_begun = tasks.iter().any(|step| step.sign != Sign::Open);
        let page = |task: Option<&str>, is_past: bool| {
            let path = onward.page(task)?;
            Some(page(exercise.root(), path, is_past || progress.has_read(path)))
        };
        steps.extend(first);
        steps.sort_by_key(|step: &Step| step.place_in(&onward.first));
        steps.extend(page(None, is_begun));
        for step in tasks {
            let Deed::Task(task) = &step.deed else { continue };
            steps.extend(page(Some(&task.name()), step.sign != Sign::Open));
            steps.push(step);
        }
        let open = answers.open();
        let sign = if open.is_empty() { Sign::Done } else { Sign::Open };
        let minutes = minutes_below(&text, EXPLAIN);
        steps.push(Step { deed: Deed::Answers(open), minutes, sign });
        steps.extend(quiz(&exercise, &text, answered));
        let has_changed = progress
            .checked(&exercise.name)
            .is_some_and(|sum| sum != progress::sum_of(&exercise.folder()));
        Ok(OfExercise { exercise, steps, has_changed })
    }

    /// The first step of it that is still to be done. What failed comes first.
    pub(crate) fn next(&self) -> Option<(&Exercise, &Step)> {
        let failed = self.steps.iter().find(|step| step.sign == Sign::Failed);
        let step = failed.or_else(|| self.steps.iter().find(|step| step.is_due()))?;
        Some((&self.exercise, step))
    }

    /// The score of its quiz: right answers, and all questions. Nothing if none was answered.
    pub(crate) fn score(&self) -> Option<(usize, usize)> {
        self.steps.iter().find_map(|step| match step.deed {
            Deed::Quiz { all, answered, right } if answered > 0 => Some((right, all)),
            _ => None,
        })
    }
}

impl Step {
    /// Where its task stands among these.
    fn place_in(&self, tasks: &[String]) -> Option<usize> {
        let Deed::Task(task) = &self.deed else { return None };
        tasks.iter().position(|name| *name == task.name())
    }

    /// Whether it is still to be done. An extra task may be left open, but not wrong.
    fn is_due(&self) -> bool {
        match &self.deed {
            Deed::Task(task) if task.extra => self.sign == Sign::Failed,
            _ => self.sign != Sign::Done,
        }
    }
}

/// The tasks as they stand in the brief: its sections come in any order.
fn in_order(brief: Brief) -> Vec<Task> {
    let place = |kind: Kind| brief.sections.iter().position(|section| section == kind.section());
    let mut tasks = brief.tasks.clone();
    tasks.sort_by_key(|task| place(task.kind));
    tasks
}

fn page(root: &Path, path: &str, is_read: bool) -> Step {
    let text = read(&root.join(path)).unwrap_or_default();
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(path).to_owned();
    // At its top: `About 6 minutes. Before Alter 1 of …`.
    let minutes = text
        .lines()
        .find_map(|line| line.strip_prefix("About ")?.split_once(" minute")?.0.parse().ok());
    let sign = if is_read { Sign::Done } else { Sign::Open };
    Step { deed: Deed::Page { path: path.to_owned(), title }, minutes: minutes.unwrap_or(0), sign }
}

/// The quiz of an exercise. Where there is none, there is no step.
fn quiz(exercise: &Exercise, brief: &str, answered: &Value) -> Option<Step> {
    let path = format!("quizzes/exercises/{}.toml", exercise.name);
    let text = read(&exercise.root().join(path)).ok()?;
    let ids = text.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
    let answers: Vec<Option<bool>> = ids.map(|id| answered["answers"][id].as_bool()).collect();
    let count = |wanted: &[Option<bool>]| answers.iter().filter(|it| wanted.contains(it)).count();
    let (all, right) = (answers.len(), count(&[Some(true)]));
    let answered = count(&[Some(true), Some(false)]);
    let sign = if answered == all { Sign::Done } else { Sign::Open };
    let minutes = minutes_below(brief, "Next");
    Some(Step { deed: Deed::Quiz { all, answered, right }, minutes, sign })
}

/// What the quizzes keep. Without it, or where it can't be read, nothing was answered: they say that themselves.
fn answered(root: &Path) -> Value {
    let text = read(&root.join(ANSWERED)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The minutes that a section of a brief names first: `Answer in … (5 min).`
fn minutes_below(brief: &str, section: &str) -> u32 {
    let below = brief.lines().skip_while(|line| section_in(line) != Some(section)).skip(1);
    let mut own = below.take_while(|line| section_in(line).is_none());
    let minutes = own.find_map(|line| line.split_once(" min)")?.0.rsplit_once('(')?.1.parse().ok());
    minutes.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_names_its_minutes() {
        let brief = "## Explain it\n\nAnswer in two sentences each (5 min).\n\n1. Why?\n\n## Next\n\nNothing.\n";
        assert_eq!(minutes_below(brief, EXPLAIN), 5);
        assert_eq!(minutes_below(brief, "Next"), 0);
    }
}
