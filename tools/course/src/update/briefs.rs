//! What a brief promises otherwise than before, sentence by sentence.

use crate::{
    Result,
    brief::{Brief, Task},
    handout::Handout,
    look::{Look, Tone},
    progress::Progress,
    workspace::Workspace,
};
use accord::exercise;
use diffy::{DiffOptions, Line};
use std::fmt::Write as _;

/// All of it. Nothing where the briefs ask for the same as before.
pub(super) fn told(
    workspace: &Workspace,
    handout: &Handout,
    progress: &Progress,
    look: Look,
) -> Result<String> {
    let mut text = String::new();
    for exercise in workspace.exercises()? {
        let path = exercise::brief(&exercise.name);
        let Some(new) = handout.text(&path) else { continue };
        let (old, new) = (Brief::read(&exercise.brief_text()?), Brief::read(&new));
        for change in changes(&old, &new) {
            let heading = format!("{}, {}", exercise.short(), change.what);
            let _ = write!(text, "\n{}\n", look.paint(Tone::Mind, &look.words(&heading)));
            let lines: Vec<&str> = change.lines.iter().map(String::as_str).collect();
            text.push_str(&look.diff(&lines));
            let had_passed = progress.verdict(&exercise.name, &change.task) == Some(true);
            if had_passed && !change.lines.is_empty() {
                let short = exercise.short();
                let again = format!(
                    "You had passed it. Whether it still holds: cargo course check {short}\n"
                );
                text.push_str(&look.fit(&again));
            }
        }
    }
    if text.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("\n{}\n{text}", look.fit("The briefs ask for something else than before:")))
}

/// What has changed of a task.
struct Change {
    task: String,
    what: String,
    lines: Vec<String>,
}

fn changes(old: &Brief, new: &Brief) -> Vec<Change> {
    let mut found = Vec::new();
    let same = |task: &Task, brief: &Brief| {
        brief.tasks.iter().find(|other| other.name() == task.name()).cloned()
    };
    for task in &new.tasks {
        let change = |what: String, lines| Change { task: task.name(), what, lines };
        match same(task, old) {
            None => found.push(change(format!("{task} is new: {}", task.title), Vec::new())),
            Some(before) => {
                let lines = sentences(&before, task);
                if !lines.is_empty() {
                    found.push(change(format!("{task}: {}", task.title), lines));
                }
            }
        }
    }
    for task in old.tasks.iter().filter(|task| same(task, new).is_none()) {
        let what = format!("{task} is gone: {}", task.title);
        found.push(Change { task: task.name(), what, lines: Vec::new() });
    }
    found
}

/// The sentences that went and those that came. A brief has one in each line.
fn sentences(old: &Task, new: &Task) -> Vec<String> {
    let text = |task: &Task| -> String {
        let lines = task.text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        std::iter::once(task.title.as_str()).chain(lines).map(|line| format!("{line}\n")).collect()
    };
    let (old, new) = (text(old), text(new));
    let patch = DiffOptions::new().set_context_len(0).create_patch(&old, &new);
    // The sign of a list would be taken for that of the difference.
    let plain = |text: &str| text.trim().trim_start_matches("- ").to_owned();
    let lines = patch.hunks().iter().flat_map(diffy::Hunk::lines).filter_map(|line| match line {
        Line::Context(_) => None,
        Line::Delete(text) => Some(format!("- {}", plain(text))),
        Line::Insert(text) => Some(format!("+ {}", plain(text))),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_went_and_came_are_told() {
        let brief = |text: &str| Brief::read(&format!("## Fix it\n\n{text}"));
        let old = brief(
            "### Fix 1: it stops (5 min)\n\nIt ends.\nThe exit code is 3.\n\n### Fix 2: x (5 min)\n\nWords.\n",
        );
        let new = brief(
            "### Fix 1: it stops (9 min)\n\nIt ends.\n\nThe exit code is 4.\n\n### Fix 3: y (5 min)\n\nMore.\n",
        );
        let told: Vec<(String, Vec<String>)> =
            changes(&old, &new).into_iter().map(|it| (it.what, it.lines)).collect();
        let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
        assert_eq!(
            told,
            [
                (
                    "fix 1: it stops".to_owned(),
                    lines(&["- The exit code is 3.", "+ The exit code is 4."])
                ),
                ("fix 3 is new: y".to_owned(), lines(&[])),
                ("fix 2 is gone: x".to_owned(), lines(&[])),
            ]
        );
    }
}
