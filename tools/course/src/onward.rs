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
    /// The page that is read before this exercise.
    pub page: Option<String>,
    /// The page that is read before the next one.
    pub next_page: Option<String>,
    /// The brief of the next exercise.
    pub next_brief: Option<String>,
}

impl Onward {
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
            page: page_before(exercise),
            next_page: next.and_then(page_before),
            next_brief: next.map(Exercise::brief_path),
        })
    }
}

/// The exercise after this one.
fn following(exercise: &Exercise) -> Result<Option<Exercise>> {
    let all = Workspace { root: exercise.root().to_path_buf() }.exercises()?;
    Ok(all.into_iter().skip_while(|other| other.name != exercise.name).nth(1))
}

/// The first page, in the order of the reading, that names the exercise at its top.
fn page_before(exercise: &Exercise) -> Option<String> {
    const TOP: usize = 4;
    let page = |name: &str| read(&exercise.root().join("concepts").join(name)).ok();
    let link = format!("{}/", exercise::folder(&exercise.name));
    let summary = page("SUMMARY.md")?;
    let names = summary.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    let mut before = names.filter(|name| {
        page(name).is_some_and(|text| text.lines().take(TOP).any(|line| line.contains(&link)))
    });
    before.next().map(|name| format!("concepts/{name}"))
}
