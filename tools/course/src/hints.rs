//! The hints of an exercise: three for each core task, from a nudge to nearly the answer.
//!
//! They stand in its `hints.md`, one section for each task. Below each section stands a sum over what the brief
//! says of the task: where the brief has changed since, the hints are due for a look.

use crate::{
    Error, Result,
    brief::{Brief, Kind, Task},
    look::{Look, Tone},
    progress::Progress,
    prose, read, sum,
    workspace::Exercise,
    write_if_new,
};
use accord::exercise;

/// How many hints a task has.
pub const EACH: usize = 3;

const SECTION: &str = "## ";
const LOOKED_OVER: &str = "<!-- looked over: ";

/// All hints of an exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// In the order of the file.
    pub sections: Vec<Section>,
}

/// The hints of one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The task's name: `fix-1`.
    pub task: String,
    /// The hints, as Markdown.
    pub hints: Vec<String>,
    /// The sum of the task's brief when somebody last looked whether they fit.
    pub looked_over: Option<String>,
}

impl Hints {
    /// Those of an exercise. Without the file there are none.
    pub fn of(exercise: &Exercise) -> Result<Hints> {
        let path = exercise.root().join(exercise::hints(&exercise.name));
        if path.is_file() { Ok(Hints::parse(&read(&path)?)) } else { Ok(Hints::default()) }
    }

    /// Reads the file: a section for each task, in it a numbered list.
    #[must_use]
    pub fn parse(text: &str) -> Hints {
        let mut hints = Hints::default();
        for line in text.lines() {
            if let Some(task) = line.strip_prefix(SECTION) {
                hints.sections.push(Section { task: task.trim().to_owned(), ..Section::default() });
            } else if let Some(section) = hints.sections.last_mut() {
                section.take(line);
            }
        }
        hints
    }

    /// The hints of a task.
    #[must_use]
    pub fn for_task(&self, task: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.task == task)
    }
}

impl Section {
    fn take(&mut self, line: &str) {
        let next = format!("{}. ", self.hints.len() + 1);
        if let Some(sum) = line.strip_prefix(LOOKED_OVER) {
            self.looked_over = sum.split_whitespace().next().map(str::to_owned);
        } else if let Some(first) = line.strip_prefix(&next) {
            self.hints.push(first.to_owned());
        } else if let (Some(hint), false) = (self.hints.last_mut(), line.trim().is_empty()) {
            hint.push('\n');
            hint.push_str(line.trim());
        }
    }
}

/// The tasks that have hints: the core ones that are graded. What a Break shows is told when it is played.
pub(crate) fn hinted(brief: &Brief) -> impl Iterator<Item = &Task> {
    brief.tasks.iter().filter(|task| !task.extra && task.kind != Kind::Break)
}

/// The sum of all that the brief says of a task.
pub(crate) fn sum_of(task: &Task) -> String {
    sum::of([task.title.as_str(), task.text.as_str()])
}

/// Writes below each section that its hints fit the brief as it is now. Tells the tasks that were due.
pub fn looked_over(exercise: &Exercise) -> Result<Vec<String>> {
    let path = exercise.root().join(exercise::hints(&exercise.name));
    let brief = Brief::read(&exercise.brief_text()?);
    let text = read(&path)?;
    let mut due = Vec::new();
    let mut renewed: Vec<String> = Vec::new();
    for part in text.split_inclusive('\n').collect::<String>().split("\n## ") {
        let kept: Vec<&str> = part.lines().filter(|line| !line.starts_with(LOOKED_OVER)).collect();
        let mut section = kept.join("\n").trim_end().to_owned();
        let name = section.lines().next().unwrap_or_default().trim().to_owned();
        if let Some(task) = brief.tasks.iter().find(|task| task.name() == name) {
            let sum = sum_of(task);
            if !part.contains(&format!("{LOOKED_OVER}{sum} ")) {
                due.push(name);
            }
            section.push_str(&format!("\n\n{LOOKED_OVER}{sum} -->"));
        }
        renewed.push(section);
    }
    write_if_new(&path, &(renewed.join("\n\n## ") + "\n"))?;
    Ok(due)
}

/// Shows the hints of a task that were shown before, and one more. Keeps how many there were.
pub fn ask(exercise: &Exercise, task: Option<&str>, look: Look) -> Result<String> {
    let brief = Brief::read(&exercise.brief_text()?);
    let task = match task {
        Some(name) => named(exercise, &brief, name)?,
        None => first_open(exercise, &brief)?,
    };
    let short = exercise.short();
    let name = task.name();
    if task.kind == Kind::Break {
        let number = task.number;
        return Err(Error::Input(format!(
            "{task} of {short} has no hints: any prediction is right, and the Break itself tells the rest: cargo course break {short} {number}"
        )));
    }
    let hints = Hints::of(exercise)?;
    let Some(section) = hints.for_task(&name).filter(|section| !section.hints.is_empty()) else {
        let star = if task.extra { ": a ★ task is yours alone" } else { "" };
        return Err(Error::Input(format!("there are no hints for {name} of {short}{star}")));
    };
    let mut progress = Progress::of(exercise.root())?;
    let all = section.hints.len();
    let shown = (progress.hints_used(&exercise.name, &name) + 1).min(all);
    progress.note_hint(&exercise.name, &name, shown)?;
    Ok(told(exercise, task, &section.hints[..shown], all, look))
}

fn told(exercise: &Exercise, task: &Task, hints: &[String], all: usize, look: Look) -> String {
    let (short, name) = (exercise.short(), task.name());
    let mut text = look.words(&format!("{short}, {task}: {}\n", task.title));
    for (index, hint) in hints.iter().enumerate() {
        let heading = look.paint(Tone::Mind, &format!("Hint {} of {all}", index + 1));
        text.push_str(&format!("\n{heading}\n{}\n", prose::shown(hint, look)));
    }
    let worked = format!("{}/README.md", exercise::solution(&exercise.name));
    let last = if hints.len() < all {
        format!("\nOne more: cargo course hint {short} {name}\n")
    } else if exercise.root().join(&worked).is_file() {
        format!("\nThat is the last one. The worked answer: {worked}\n")
    } else {
        "\nThat is the last one.\n".to_owned()
    };
    text + &look.fit(&last)
}

/// The task that is meant by `fix-1`, `fix1`, `Fix 1`.
fn named<'a>(exercise: &Exercise, brief: &'a Brief, name: &str) -> Result<&'a Task> {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
    };
    brief.tasks.iter().find(|task| plain(&task.name()) == plain(name)).ok_or_else(|| {
        let names: Vec<String> = brief.tasks.iter().map(Task::name).collect();
        Error::Input(format!(
            "{} has no task {name}; there are: {}",
            exercise.short(),
            names.join(", ")
        ))
    })
}

/// The first core task whose TODO stands.
fn first_open<'a>(exercise: &Exercise, brief: &'a Brief) -> Result<&'a Task> {
    let todos = exercise.todos()?;
    let is_open = |task: &&Task| todos.iter().any(|todo| todo.task == task.name());
    hinted(brief).find(is_open).ok_or_else(|| {
        let short = exercise.short();
        Error::Input(format!(
            "no TODO of a core task stands in {short}: name the task, as in: cargo course hint {short} fix-1"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Hints\n\nWords.\n\n## fix-1\n\n1. Where?\n   There.\n2. How?\n3. So.\n\n<!-- looked over: 12ab -->\n\n## fix-2\n\n1. One.\n";

    #[test]
    fn the_file_is_read() {
        let hints = Hints::parse(TEXT);
        let first = hints.for_task("fix-1").unwrap();
        assert_eq!(first.hints, ["Where?\nThere.", "How?", "So."]);
        assert_eq!(first.looked_over.as_deref(), Some("12ab"));
        let other = hints.for_task("fix-2").unwrap();
        assert_eq!((other.hints.len(), &other.looked_over), (1, &None));
        assert_eq!(hints.for_task("alter-1"), None);
    }
}
