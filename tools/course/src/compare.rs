//! `cargo course diff`: a learner's program against the solution, when its tasks pass.

use crate::{
    Error, Result,
    brief::Brief,
    hints,
    look::{Look, Tone},
    progress::{self, Progress},
    source,
    source::Sources,
    workspace::Exercise,
};
use accord::exercise;
use diffy::{DiffOptions, Line};
use std::collections::BTreeSet;

/// From this width on, two programs stand side by side.
pub const WIDE: usize = 130;

/// The differences, as wide as the window is. Where a core task does not pass, it tells nothing of the solution.
pub fn told(
    exercise: &Exercise,
    spoil: bool,
    columns: Option<usize>,
    look: Look,
) -> Result<String> {
    let folder = exercise.solution().join("src");
    if !folder.is_dir() {
        let solution = exercise::solution(&exercise.name);
        return Err(Error::Failed(format!(
            "{solution} is missing, so there is nothing to compare with"
        )));
    }
    let open = if spoil { Vec::new() } else { not_passed(exercise)? };
    if !open.is_empty() {
        let short = exercise.short();
        return Err(Error::Failed(format!(
            "{} of {short} did not pass in the last check of what stands there now, and the solution would tell too much: cargo course watch {short}; or, to see it all the same: cargo course diff {short} --spoil",
            open.join(", ")
        )));
    }
    let (mine, theirs) =
        (source::sources(&exercise.folder().join("src"))?, source::sources(&folder)?);
    let columns = columns.filter(|columns| *columns >= WIDE);
    let text = differences(&mine, &theirs, ["yours", "the solution"], columns, look);
    Ok(if text.is_empty() {
        "Your program is the solution, word for word.\n".to_owned()
    } else {
        text
    })
}

/// The core tasks that the last check did not find passed, in these very sources.
fn not_passed(exercise: &Exercise) -> Result<Vec<String>> {
    let brief = Brief::read(&exercise.brief_text()?);
    let progress = Progress::of(exercise.root())?;
    let todos = exercise.todos()?;
    let is_checked =
        progress.checked(&exercise.name) == Some(progress::sum_of(&exercise.folder()).as_str());
    let names = hints::hinted(&brief).map(crate::brief::Task::name);
    let passes = |name: &String| {
        is_checked
            && progress.verdict(&exercise.name, name) == Some(true)
            && !todos.iter().any(|todo| todo.task == *name)
    };
    Ok(names.filter(|name| !passes(name)).collect())
}

/// The differences between two programs, which are called by these names.
pub(crate) fn differences(
    mine: &Sources,
    theirs: &Sources,
    [one, other]: [&str; 2],
    columns: Option<usize>,
    look: Look,
) -> String {
    let files: BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    let mut text = String::new();
    for file in files {
        let of = |sources: &Sources| sources.get(file).cloned().unwrap_or_default();
        let (mine, theirs) = (of(mine), of(theirs));
        let patch = DiffOptions::new().set_context_len(3).create_patch(&mine, &theirs);
        if patch.hunks().is_empty() {
            continue;
        }
        let heading = format!("src/{file}: - {one}, + {other}");
        text.push_str(&format!("{}\n\n", look.paint(Tone::Mind, &heading)));
        for hunk in patch.hunks() {
            text.push_str(&match columns {
                Some(columns) => side_by_side(hunk.lines(), columns, look),
                None => below(hunk.lines(), look),
            });
            text.push('\n');
        }
    }
    text
}

fn below(lines: &[Line<'_, str>], look: Look) -> String {
    let line = |line: &Line<'_, str>| match line {
        Line::Context(text) => format!(" {}", text.trim_end()),
        Line::Delete(text) => format!("-{}", text.trim_end()),
        Line::Insert(text) => format!("+{}", text.trim_end()),
    };
    let lines: Vec<String> = lines.iter().map(line).collect();
    look.diff(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Yours at the left, the solution at the right. What is too long for its half is cut.
fn side_by_side(lines: &[Line<'_, str>], columns: usize, look: Look) -> String {
    let half = (columns - 3) / 2;
    let mut rows: Vec<(String, String, bool)> = Vec::new();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let flush = |left: &mut Vec<String>, right: &mut Vec<String>, rows: &mut Vec<_>| {
        for index in 0..left.len().max(right.len()) {
            let of = |side: &Vec<String>| side.get(index).cloned().unwrap_or_default();
            rows.push((of(left), of(right), true));
        }
        left.clear();
        right.clear();
    };
    for line in lines {
        match line {
            Line::Delete(text) => left.push(text.trim_end().to_owned()),
            Line::Insert(text) => right.push(text.trim_end().to_owned()),
            Line::Context(text) => {
                flush(&mut left, &mut right, &mut rows);
                rows.push((text.trim_end().to_owned(), text.trim_end().to_owned(), false));
            }
        }
    }
    flush(&mut left, &mut right, &mut rows);
    let cut = |text: &str| -> String { text.chars().take(half).collect() };
    let row = |(left, right, differs): &(String, String, bool)| {
        let (left, right) = (format!("{:half$}", cut(left)), cut(right));
        let (left, right, between) = if *differs {
            (look.paint(Tone::Bad, &left), look.paint(Tone::Good, &right), "|")
        } else {
            (left, right, " ")
        };
        format!("{left} {between} {right}").trim_end().to_owned() + "\n"
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [&str; 2] = ["yours", "the solution"];

    fn sources(text: &str) -> Sources {
        [("main.rs".to_owned(), text.to_owned())].into()
    }

    #[test]
    fn two_programs_stand_side_by_side_or_below_each_other() {
        let (mine, theirs) = (sources("a\nb\nc\n"), sources("a\nx\ny\nc\n"));
        let below = differences(&mine, &theirs, SIDES, None, Look::default());
        assert_eq!(
            below,
            "src/main.rs: - yours, + the solution\n\n   a\n  -b\n  +x\n  +y\n   c\n\n"
        );
        let beside = differences(&mine, &theirs, SIDES, Some(23), Look::default());
        let rows: Vec<&str> = beside.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["a            a", "b          | x", "           | y", "c            c", ""]
        );
    }
}
