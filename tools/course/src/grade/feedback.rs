//! A page for a student: what each task came to, and of one that failed all that its test says.

use super::report::{Graded, Marked, Status};
use crate::{Error, Result};
use std::{fmt::Write as _, fs, path::Path};

/// Writes the page of a student into a folder.
pub(super) fn write(folder: &Path, marked: &Marked, is_sandboxed: bool) -> Result<()> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| Error::about(&path, &error))
    };
    for graded in &marked.tasks {
        if let Some(picture) = &graded.picture {
            write(&picture_name(&marked.student, graded), picture)?;
        }
    }
    write(&format!("{}.md", file_name(&marked.student)), &page(marked, is_sandboxed))
}

/// The file of the drawing of a task's run: `ann-01-fix-1.svg`.
fn picture_name(student: &str, graded: &Graded) -> String {
    format!("{}-{}.svg", file_name(student), graded.name().replace(' ', "-"))
}

/// A name that leads nowhere else.
pub(super) fn file_name(student: &str) -> String {
    student.replace(|c: char| c.is_control() || "/\\:<>".contains(c), "_")
}

fn page(marked: &Marked, is_sandboxed: bool) -> String {
    let mut text = format!("# {}\n\n", marked.student.replace(char::is_control, "?"));
    if let Some(problem) = &marked.problem {
        let _ = writeln!(text, "Nothing could be graded: the submission {problem}.");
        return text;
    }
    let sum = marked.sum();
    let _ = writeln!(
        text,
        "{} of {} points, and {} for extra tasks.\n",
        sum.points, sum.most, sum.bonus
    );
    if let Some(late) = marked.late {
        let _ = writeln!(text, "It was {late}.\n");
    }
    text.push_str("| exercise | task | | points |\n|---|---|---|---|\n");
    for graded in &marked.tasks {
        let extra = if graded.task.extra { "★ " } else { "" };
        let (points, most) = (graded.points(), graded.most);
        let _ = writeln!(
            text,
            "| {} | {extra}{} | {} | {points} of {most} |",
            graded.exercise,
            graded.task.name(),
            graded.status.word()
        );
    }
    for graded in &marked.tasks {
        let Some(message) = &graded.message else { continue };
        if graded.status == Status::Pass {
            continue;
        }
        let _ = writeln!(text, "\n## {}: {}\n", graded.name(), graded.status.word());
        let fence = fence(message);
        let _ = writeln!(text, "{fence}text\n{}\n{fence}", message.trim_matches('\n'));
        if graded.picture.is_some() {
            // A name may have blanks and brackets, which a link takes between these.
            let file = picture_name(&marked.student, graded);
            let _ = writeln!(text, "\n![that run, drawn](<{file}>)");
        }
    }
    for (title, lines) in [("Refused", &marked.refused), ("Changed, not used", &marked.unused)] {
        if !lines.is_empty() {
            let lines: Vec<String> = lines.iter().map(|line| format!("    {line}\n")).collect();
            let _ = write!(text, "\n## {title}\n\n{}", lines.concat());
        }
    }
    if !is_sandboxed {
        text.push_str("\nThis was graded without a sandbox.\n");
    }
    text
}

/// A fence that the text does not hold.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_in_its_folder_and_a_message_in_its_block() {
        assert_eq!(file_name("../ann/b c"), ".._ann_b c");
        assert_eq!(fence("a ```` b"), "`````");
        assert_eq!(fence("plain"), "```");
    }

    #[test]
    fn a_submission_that_can_not_be_graded_is_told_why() {
        let problem = Some("has no folder exercises/".to_owned());
        let marked = Marked { student: "ann".to_owned(), problem, ..Marked::default() };
        let told = "# ann\n\nNothing could be graded: the submission has no folder exercises/.\n";
        assert_eq!(page(&marked, true), told);
    }
}
