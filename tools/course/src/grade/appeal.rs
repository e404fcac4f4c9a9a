//! Holds verdicts that were asked for again against those of a report.

use super::merged::FORMAT;
use super::report::{Graded, Marked};
use crate::{Error, Result, read};
use serde_json::Value;
use std::{fmt::Write as _, path::Path};

/// A report that was made with `--format json`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Appeal(Value);

impl Appeal {
    /// Reads it. What can't be compared is told before anything is built.
    pub(super) fn of(path: &Path, students: &[String], is_hidden: bool) -> Result<Appeal> {
        let fault = |what: &str| Error::Input(format!("{}: {what}", path.display()));
        let report: Value = serde_json::from_str(&read(path)?).unwrap_or_default();
        if report["format"] != FORMAT {
            return Err(fault("is no report that --format json has printed"));
        }
        if report["hidden"] != is_hidden {
            return Err(fault(if is_hidden {
                "was made without --hidden"
            } else {
                "was made with --hidden: name the same words"
            }));
        }
        let appeal = Appeal(report);
        if let Some(missing) = students.iter().find(|student| appeal.student(student).is_none()) {
            return Err(fault(&format!("does not tell of {missing}")));
        }
        Ok(appeal)
    }

    fn student(&self, name: &str) -> Option<&Value> {
        self.0["students"].as_array()?.iter().find(|student| student["student"] == name)
    }

    /// Tells the verdicts on these tasks; on all, if none is named. The other part says whether they are those of the
    /// report, in the same words.
    pub(super) fn told(
        &self,
        students: &[Marked],
        course: &str,
        tasks: &[String],
    ) -> Result<(String, bool)> {
        let (mut text, mut is_same, mut count) = (String::new(), true, 0);
        if self.0["course"] != course {
            text.push_str("The course is not as it was when the report was made.\n");
        }
        for marked in students {
            let before = self.student(&marked.student).unwrap_or(&Value::Null);
            if before["submission"] != *marked.submission {
                let _ = writeln!(
                    text,
                    "{}: the submission is not the one of the report.",
                    marked.student
                );
            }
            let is_meant =
                |graded: &&Graded| tasks.is_empty() || tasks.contains(&graded.task.name());
            for graded in marked.tasks.iter().filter(is_meant) {
                let (told, same) = verdict(&marked.student, graded, before);
                text.push_str(&told);
                is_same &= same;
                count += 1;
            }
        }
        if count == 0 {
            return Err(Error::Input(format!(
                "no exercise that is named has a task {}",
                tasks.join(", ")
            )));
        }
        Ok((text, is_same))
    }
}

/// What came of a task, and whether it is as before.
fn verdict(student: &str, graded: &Graded, before: &Value) -> (String, bool) {
    let is_it =
        |task: &&Value| task["exercise"] == *graded.exercise && task["task"] == *graded.task.name();
    let before = before["tasks"].as_array().and_then(|tasks| tasks.iter().find(is_it));
    let (name, is) = (graded.name(), graded.status.word());
    let Some(before) = before else {
        return (
            format!("{student}, {name}: is {is}, and the report does not tell of it\n"),
            false,
        );
    };
    let was = before["status"].as_str().unwrap_or_default();
    let message = graded.message.as_deref();
    let is_same = was == is && before["message"].as_str() == message;
    let how = match (was == is, is_same) {
        (_, true) => format!("{is}, as the report says"),
        (true, _) => format!("{is}, in other words than those of the report"),
        _ => format!("was {was}, is {is}"),
    };
    let message = message.map(|message| format!("\n{}\n\n", message.trim_matches('\n')));
    (format!("{student}, {name}: {how}\n{}", message.unwrap_or_default()), is_same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{brief::Brief, grade::report::Status};
    use serde_json::json;

    #[test]
    fn a_verdict_is_held_against_that_of_the_report() {
        let [task] = <[_; 1]>::try_from(Brief::read("### Fix 1: it (5 min)\n").tasks).unwrap();
        let message = Some("it did nothing".to_owned());
        let graded = Graded::new("01-x", &task, Status::Fail, message);
        let before = |status: &str, message: &str| json!({ "tasks": [{ "exercise": "01-x", "task": "fix-1", "status": status, "message": message }] });
        let told = |before: Value| verdict("ann", &graded, &before);
        let (text, is_same) = told(before("fail", "it did nothing"));
        assert!(is_same);
        assert_eq!(text, "ann, 01 fix-1: fail, as the report says\n\nit did nothing\n\n");
        for (before, how) in [
            (before("fail", "it did more"), "fail, in other words than those of the report"),
            (before("pass", ""), "was pass, is fail"),
            (json!({}), "is fail, and the report does not tell of it"),
        ] {
            let (text, is_same) = told(before);
            assert!(!is_same && text.starts_with(&format!("ann, 01 fix-1: {how}\n")), "{text}");
        }
    }
}
