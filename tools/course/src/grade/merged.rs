//! Reports that were printed as JSON, read again: one of several that each tell of a part of a class.

use super::report::{Graded, Late, Marked, Report, Status};
use crate::{Error, Result, brief::Task, read};
use accord::task::{self, Kind};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// What the `format` of a report says.
pub(super) const FORMAT: &str = "handoff-grade";

/// One report of all of these. They have to be about the same tasks of the same course.
pub(super) fn merged(paths: &[PathBuf]) -> Result<Report> {
    let mut all: Option<Report> = None;
    let mut whose: BTreeMap<String, &Path> = BTreeMap::new();
    for path in paths {
        let fault = |what: &str| Error::Input(format!("{}: {what}", path.display()));
        let value: Value = serde_json::from_str(&read(path)?).unwrap_or_default();
        let part =
            report(&value).ok_or_else(|| fault("is no report that --format json has printed"))?;
        for marked in &part.students {
            if let Some(other) = whose.insert(marked.student.clone(), path) {
                let (student, other) = (&marked.student, other.display());
                return Err(fault(&format!("tells of {student}, and so does {other}")));
            }
        }
        match &mut all {
            None => all = Some(part),
            Some(all) => all.add(part).map_err(|why| fault(&why))?,
        }
    }
    let mut all = all.ok_or_else(|| Error::Input("no report is named".to_owned()))?;
    all.students.sort_by(|one, other| one.student.cmp(&other.student));
    Ok(all)
}

impl Report {
    fn add(&mut self, part: Report) -> std::result::Result<(), String> {
        let tasks = |report: &Report| -> Option<Vec<String>> {
            report.students.first().map(|marked| marked.tasks.iter().map(Graded::name).collect())
        };
        if (&self.course, self.is_hidden) != (&part.course, part.is_hidden) {
            return Err("was made with another state of the course than the first one".to_owned());
        }
        // A part of a small class may have no submission.
        let differ = tasks(self).zip(tasks(&part)).is_some_and(|(own, other)| own != other);
        if differ {
            return Err("is about other tasks than the first one".to_owned());
        }
        if !self.sandbox.split("; and ").any(|sandbox| sandbox == part.sandbox) {
            self.sandbox = format!("{}; and {}", self.sandbox, part.sandbox);
        }
        self.is_sandboxed &= part.is_sandboxed;
        self.students.extend(part.students);
        Ok(())
    }
}

fn report(value: &Value) -> Option<Report> {
    let is_one = value["format"] == FORMAT && value["version"] == super::form::VERSION;
    let students = value["students"].as_array().filter(|_| is_one)?.iter();
    Some(Report {
        sandbox: value["sandbox"].as_str()?.to_owned(),
        is_sandboxed: value["sandboxed"].as_bool()?,
        is_hidden: value["hidden"].as_bool()?,
        course: value["course"].as_str()?.to_owned(),
        students: students.map(student).collect::<Option<_>>()?,
    })
}

/// A student's part of a report.
pub(super) fn student(value: &Value) -> Option<Marked> {
    let lines = |key: &str| -> Option<Vec<String>> {
        value[key].as_array()?.iter().map(|line| line.as_str().map(str::to_owned)).collect()
    };
    let late = value["late_s"].as_u64().map(|by_s| {
        Some(Late { by_s, percent: u32::try_from(value["late_percent"].as_u64()?).ok()? })
    });
    let late = late.map_or(Some(None), |late| late.map(Some))?;
    let percent = late.map_or(100, |late| late.percent);
    let graded = |told: &Value| {
        Some(Graded {
            exercise: told["exercise"].as_str()?.to_owned(),
            task: task(told)?,
            status: Status::read(told["status"].as_str()?)?,
            most: u32::try_from(told["max"].as_u64()?).ok()?,
            percent,
            message: told["message"].as_str().map(str::to_owned),
            picture: None,
        })
    };
    Some(Marked {
        student: value["student"].as_str()?.to_owned(),
        problem: value["problem"].as_str().map(str::to_owned),
        tasks: value["tasks"].as_array()?.iter().map(graded).collect::<Option<_>>()?,
        refused: lines("refused")?,
        unused: lines("changed_not_used")?,
        submission: value["submission"].as_str()?.to_owned(),
        late,
    })
}

/// A task as far as a report tells of it.
fn task(told: &Value) -> Option<Task> {
    let (kind, number) = task::parts(told["task"].as_str()?)?;
    Some(Task {
        kind: Kind::named(kind)?,
        number: number.parse().ok()?,
        title: told["title"].as_str()?.to_owned(),
        minutes: None,
        extra: told["extra"].as_bool()?,
        text: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{brief::Brief, grade::form::Form};

    fn report_of(student: &str) -> Report {
        let [task] = <[_; 1]>::try_from(Brief::read("### ★ Fix 1: it (5 min)\n").tasks).unwrap();
        let mut graded = Graded::new("01-x", &task, Status::Pass, None);
        (graded.most, graded.percent) = (10, 50);
        let late = Some(Late { by_s: 60, percent: 50 });
        let marked =
            Marked { student: student.to_owned(), tasks: vec![graded], late, ..Marked::default() };
        Report {
            sandbox: "one".to_owned(),
            is_sandboxed: true,
            is_hidden: false,
            course: "c".to_owned(),
            students: vec![marked],
        }
    }

    #[test]
    fn a_report_is_read_as_it_was_printed() {
        let text = Form::Json.told(&report_of("ann"));
        let again = report(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(Form::Json.told(&again), text);
        assert_eq!(report(&Value::Null), None);
    }

    #[test]
    fn parts_become_one_where_they_fit() {
        let mut all = report_of("bob");
        let other = Report { sandbox: "two".to_owned(), is_sandboxed: false, ..report_of("ann") };
        all.add(other).unwrap();
        assert_eq!((all.students.len(), all.sandbox.as_str()), (2, "one; and two"));
        assert!(!all.is_sandboxed);
        let other = Report { course: "d".to_owned(), ..report_of("cy") };
        assert!(all.add(other).unwrap_err().contains("another state"));
        let mut other = report_of("cy");
        other.students[0].tasks.clear();
        assert!(all.add(other).unwrap_err().contains("other tasks"));
    }
}
