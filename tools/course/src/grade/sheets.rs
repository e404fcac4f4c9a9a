//! The answers to *Explain it*, for marking by hand: a page for each question, with the worked answer on top.

use super::{intake::Submission, judge::Subject};
use crate::{Error, Result, answers::Answers, brief::Brief, read, workspace::Exercise};
use accord::brief::{EXPLAIN, QUESTION};
use std::{fmt::Write as _, fs, path::Path};

/// Writes a page for each question of these exercises into a folder.
pub(super) fn write(folder: &Path, subjects: &[Subject], submissions: &[Submission]) -> Result<()> {
    for Subject { exercise, .. } in subjects {
        let questions = Brief::read(&exercise.brief_text()?).questions;
        let worked = worked(exercise)?;
        for number in 1..=questions {
            let name = format!("{}-explain-{number}.md", exercise.short());
            let path = folder.join(name);
            let page = page(exercise, number, &item(&worked, number), submissions);
            fs::write(&path, page).map_err(|error| Error::about(&path, &error))?;
        }
    }
    Ok(())
}

fn page(exercise: &Exercise, number: u32, worked: &str, submissions: &[Submission]) -> String {
    let mut text = format!("# {}, {QUESTION} {number}\n\n{worked}\n", exercise.short());
    for submission in submissions {
        let form = submission.answers.get(&exercise.name).map_or("", String::as_str);
        let answer = Answers::of(form).written(QUESTION, number);
        let answer = answer.unwrap_or_else(|| "(no answer)".to_owned());
        // Quoted, so that no answer makes a heading of its own.
        let quoted: Vec<String> =
            answer.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
        let student = submission.student.replace(char::is_control, "?");
        let _ = writeln!(text, "\n## {student}\n\n{}", quoted.join("\n"));
    }
    text
}

/// The worked answers of an exercise; nothing where there are none.
fn worked(exercise: &Exercise) -> Result<String> {
    let path = exercise.solution().join("README.md");
    if !path.exists() {
        return Ok(String::new());
    }
    let text = read(&path)?;
    let begins = format!("## {EXPLAIN}");
    let section = text.lines().skip_while(|line| *line != begins).skip(1);
    Ok(section
        .take_while(|line| !line.starts_with("## "))
        .map(|line| format!("{line}\n"))
        .collect())
}

/// One item of a numbered list.
fn item(list: &str, number: u32) -> String {
    let (begins, ends) = (format!("{number}. "), format!("{}. ", number + 1));
    let lines = list.lines().skip_while(|line| !line.starts_with(&begins));
    let item: Vec<&str> = lines.take_while(|line| !line.starts_with(&ends)).collect();
    item.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_goes_to_the_next_one() {
        let list = "1. What?\n   This.\n   - 2 points: this\n\n2. Why?\n   So.\n";
        assert_eq!(item(list, 1), "1. What?\n   This.\n   - 2 points: this");
        assert_eq!(item(list, 2), "2. Why?\n   So.");
        assert_eq!(item(list, 3), "");
    }
}
