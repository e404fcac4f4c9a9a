//! What an exercise leads to: the worked answers, its quiz, and what is read and done after it.

use crate::{
    Result, read,
    variant::{Shelf, Variant},
    workspace::{Exercise, Workspace},
};
use accord::exercise;

/// What there is for whoever has done an exercise. What a checkout does not have is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Onward {
    /// The worked answers: `solutions/01-basic/README.md`.
    pub worked: Option<String>,
    /// The folder of the other right programs, and their names.
    pub others: Option<(String, Vec<String>)>,
    /// What asks its quiz: `cargo run -p quizzes -- 01`.
    pub quiz: Option<String>,
    /// The tasks that a newcomer does before all else, in their order: those at the top of the course's README.
    pub first: Vec<String>,
    /// The pages that are read on the way, in their order.
    pub pages: Vec<Page>,
    /// The page that is read before the next exercise.
    pub next_page: Option<String>,
    /// The brief of the next exercise.
    pub next_brief: Option<String>,
}

/// A page of the reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where it is: `concepts/how-big.md`.
    pub path: String,
    /// The task before which it is read, `fix-1`; nothing if that is the exercise as a whole.
    pub task: Option<String>,
}

impl Onward {
    /// The page that is read before a task; without one, before the exercise.
    pub(crate) fn page(&self, task: Option<&str>) -> Option<&str> {
        let page = self.pages.iter().find(|page| page.task.as_deref() == task);
        page.map(|page| page.path.as_str())
    }

    /// Looks what there is.
    pub(crate) fn of(exercise: &Exercise) -> Result<Onward> {
        let there = |path: String| exercise.root().join(&path).is_file().then_some(path);
        let solution = exercise::solution(&exercise.name);
        let names = Variant::names(exercise, Shelf::AlsoRight)?;
        let others = format!("{solution}/{}", Shelf::AlsoRight.folder());
        let quiz = there(format!("quizzes/exercises/{}.toml", exercise.name));
        let next = following(exercise)?;
        let next = next.as_ref();
        Ok(Onward {
            worked: there(format!("{solution}/README.md")),
            others: (!names.is_empty()).then_some((others, names)),
            quiz: quiz.map(|_| format!("cargo run -p quizzes -- {}", exercise.short())),
            first: first(exercise),
            pages: pages(exercise),
            next_page: next.and_then(|next| {
                pages(next).into_iter().find(|page| page.task.is_none()).map(|page| page.path)
            }),
            next_brief: next.map(Exercise::brief_path),
        })
    }
}

/// The exercise after this one.
fn following(exercise: &Exercise) -> Result<Option<Exercise>> {
    let all = Workspace { root: exercise.root().to_path_buf() }.exercises()?;
    Ok(all.into_iter().skip_while(|other| other.name != exercise.name).nth(1))
}

/// The pages that say at their top that they are read before the exercise, or before a task of it:
/// `Before exercise [01-basic](…)`, `Before Fix 1 of exercise [01-basic](…)`.
fn pages(exercise: &Exercise) -> Vec<Page> {
    let text = |name: &str| read(&exercise.root().join("concepts").join(name)).unwrap_or_default();
    let link = format!("{}/", exercise::folder(&exercise.name));
    let summary = text("SUMMARY.md");
    let names = summary.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    let page = |name: &str| {
        let text = text(name);
        let line = text.lines().take(TOP).find(|line| line.contains(&link))?;
        Some(Page { path: format!("concepts/{name}"), task: before(line)? })
    };
    names.filter_map(page).collect()
}

/// The tasks of it that the first section of the README leads to: `cargo course break 01 1`, and links to a heading
/// of its brief.
fn first(exercise: &Exercise) -> Vec<String> {
    let text = read(&exercise.root().join("README.md")).unwrap_or_default();
    tasks_in(first_section(&text), exercise)
}

/// What stands below the first heading of the second level.
fn first_section(text: &str) -> &str {
    let (_, below) = text.split_once("\n## ").unwrap_or_default();
    below.split("\n## ").next().unwrap_or_default()
}

fn tasks_in(text: &str, exercise: &Exercise) -> Vec<String> {
    let command = format!("cargo course break {} ", exercise.short());
    let link = format!("]({}#", exercise.brief_path());
    let task = |line: &str| {
        if let Some(number) = line.strip_prefix(&command) {
            return Some(format!("break-{}", number.trim()));
        }
        let (_, heading) = line.split_once(&link)?;
        let mut words = heading.trim_start_matches('-').split(['-', ')']);
        Some(format!("{}-{}", words.next()?, words.next()?))
    };
    text.lines().filter_map(task).collect()
}

/// In how many lines a page says what it is read before.
const TOP: usize = 4;

/// The task in such a line; the inner nothing is the exercise as a whole.
fn before(line: &str) -> Option<Option<String>> {
    let (what, _) = line.split_once("Before ")?.1.split_once("exercise [")?;
    let Some(task) = what.trim().strip_suffix(" of") else { return Some(None) };
    Some(Some(task.to_lowercase().replace(' ', "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_before_what_it_is_read() {
        assert_eq!(before("About 6 minutes. Before exercise [01-basic](x)."), Some(None));
        let task = before("About 6 minutes. Before Fix 1 of exercise [01-basic](x).");
        assert_eq!(task, Some(Some("fix-1".to_owned())));
        assert_eq!(before("See exercise [01-basic](x)."), None);
    }
}
