//! `cargo course diff`: a learner's program against the solution, when its tasks pass.

use crate::{
    Error, Result,
    beside::Columns,
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
                Some(columns) => side_by_side(hunk.lines(), Columns::within(columns, look)),
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

/// Yours at the left, the solution at the right. Lines that differ are marked.
fn side_by_side(lines: &[Line<'_, str>], columns: Columns) -> String {
    let mut text = String::new();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let flush = |left: &mut Vec<&str>, right: &mut Vec<&str>, text: &mut String| {
        for index in 0..left.len().max(right.len()) {
            let sides = [&*left, &*right].map(|side| side.get(index).copied().unwrap_or_default());
            text.push_str(&columns.row(">", sides, Some([Tone::Bad, Tone::Good])));
        }
        left.clear();
        right.clear();
    };
    for line in lines {
        match line {
            Line::Delete(line) => left.push(line.trim_end()),
            Line::Insert(line) => right.push(line.trim_end()),
            Line::Context(line) => {
                flush(&mut left, &mut right, &mut text);
                text.push_str(&columns.row(" ", [line.trim_end(); 2], None));
            }
        }
    }
    flush(&mut left, &mut right, &mut text);
    text
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
        let beside = differences(&mine, &theirs, SIDES, Some(25), Look::default());
        let rows: Vec<&str> = beside.lines().skip(2).collect();
        assert_eq!(
            rows,
            ["  a          | a", "> b          | x", ">            | y", "  c          | c", ""]
        );
    }
}
