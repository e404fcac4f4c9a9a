//! The report for programs. Each form holds the same verdicts.

use super::merged::FORMAT;
use super::report::{Graded, Marked, Report, Status};
use crate::{Error, Result, answers::now};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::{env, fmt::Write as _};

/// Counts up when a field of the JSON document changes its meaning or goes.
pub(super) const VERSION: u32 = 1;

/// A form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// All of it
    Json,
    /// A row for each student
    Csv,
    /// Test results in XML
    Junit,
    /// Gradescope's results.json, of one student
    Gradescope,
    /// Classroom 50's result.json, of one student
    Classroom50,
    /// The results.json of an Exercism test runner, of one student
    Exercism,
}

impl Form {
    /// Whether so many students can be told in this form.
    pub(super) fn fits(self, students: usize) -> Result<()> {
        if matches!(self, Form::Gradescope | Form::Classroom50 | Form::Exercism) && students != 1 {
            return Err(Error::Input(format!(
                "this form tells of one student, and there are {students} submissions"
            )));
        }
        Ok(())
    }

    pub(super) fn told(self, report: &Report) -> String {
        let pretty = |value: Value| format!("{value:#}\n");
        let first = report.students.first();
        match self {
            Form::Json => pretty(document(report)),
            Form::Csv => csv(report),
            Form::Junit => junit(report),
            Form::Gradescope => {
                first.map(|marked| pretty(gradescope(report, marked))).unwrap_or_default()
            }
            Form::Classroom50 => {
                first.map(|marked| pretty(classroom50(marked))).unwrap_or_default()
            }
            Form::Exercism => first.map(|marked| pretty(exercism(marked))).unwrap_or_default(),
        }
    }
}

/// The document. Its fields are told in the README.
fn document(report: &Report) -> Value {
    json!({
        "format": FORMAT,
        "version": VERSION,
        "sandbox": report.sandbox,
        "sandboxed": report.is_sandboxed,
        "hidden": report.is_hidden,
        "course": report.course,
        "students": report.students.iter().map(student).collect::<Vec<_>>(),
    })
}

pub(super) fn student(marked: &Marked) -> Value {
    let sum = marked.sum();
    json!({
        "student": marked.student,
        "submission": marked.submission,
        "problem": marked.problem,
        "points": sum.points,
        "max": sum.most,
        "bonus": sum.bonus,
        "late_s": marked.late.map(|late| late.by_s),
        "late_percent": marked.late.map(|late| late.percent),
        "refused": marked.refused,
        "changed_not_used": marked.unused,
        "tasks": marked.tasks.iter().map(task).collect::<Vec<_>>(),
    })
}

fn task(graded: &Graded) -> Value {
    json!({
        "exercise": graded.exercise,
        "task": graded.task.name(),
        "title": graded.task.title,
        "extra": graded.task.extra,
        "status": graded.status.word(),
        "points": graded.points(),
        "max": graded.most,
        "message": graded.message,
    })
}

/// A row for each student: the sums, and the points of each task.
fn csv(report: &Report) -> String {
    let head = report.students.first().map_or(&[][..], |marked| &marked.tasks);
    let mut text = "student,points,max,bonus,late_s,problem".to_owned();
    for graded in head {
        let _ = write!(text, ",{}", field(&graded.name()));
    }
    text.push('\n');
    for marked in &report.students {
        let sum = marked.sum();
        let problem = marked.problem.as_deref().unwrap_or_default();
        let _ = write!(
            text,
            "{},{},{},{},{},{}",
            field(&marked.student),
            sum.points,
            sum.most,
            sum.bonus,
            marked.late.map(|late| late.by_s.to_string()).unwrap_or_default(),
            field(problem)
        );
        for graded in &marked.tasks {
            let _ = write!(text, ",{}", graded.points());
        }
        text.push('\n');
    }
    text
}

/// A field as every reader of CSV takes it. One that a table would compute is a text.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A suite for each student, and in it a case for each task.
fn junit(report: &Report) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for marked in &report.students {
        let count =
            |is: fn(Status) -> bool| marked.tasks.iter().filter(|graded| is(graded.status)).count();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            xml(&marked.student),
            marked.tasks.len(),
            count(is_failure),
            count(|status| status == Status::GraderError),
            count(|status| status == Status::NotHandedIn),
        );
        for graded in &marked.tasks {
            text.push_str(&case(graded));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn is_failure(status: Status) -> bool {
    !matches!(status, Status::Pass | Status::NotHandedIn | Status::GraderError)
}

fn case(graded: &Graded) -> String {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\"",
        xml(&graded.exercise),
        xml(&graded.task.name())
    );
    let tag = match graded.status {
        Status::Pass => return format!("{head}/>\n"),
        Status::NotHandedIn => {
            return format!("{head}><skipped message=\"not handed in\"/></testcase>\n");
        }
        Status::GraderError => "error",
        _ => "failure",
    };
    let message = xml(graded.message.as_deref().unwrap_or_default());
    format!("{head}><{tag} type=\"{}\">{message}</{tag}></testcase>\n", graded.status.word())
}

/// A text as XML takes it; what XML has no sign for is left out.
fn xml(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(letter),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

fn gradescope(report: &Report, marked: &Marked) -> Value {
    let sum = marked.sum();
    let test = |graded: &Graded| {
        json!({
            "name": graded.name(),
            "score": graded.points(),
            "max_score": if graded.task.extra { 0 } else { graded.most },
            "status": if graded.status == Status::Pass { "passed" } else { "failed" },
            "output": format!("{}\n{}", graded.status.word(), graded.message.as_deref().unwrap_or_default()),
            "output_format": "text",
        })
    };
    // What has no points there would look like a failure.
    let graded = marked.tasks.iter().filter(|graded| graded.most > 0);
    let late = marked.late.map(|late| format!("\nIt was {late}."));
    json!({
        "score": sum.points + sum.bonus,
        "output": format!("Sandbox: {}{}", report.sandbox, late.unwrap_or_default()),
        "output_format": "text",
        "tests": graded.map(test).collect::<Vec<_>>(),
    })
}

fn classroom50(marked: &Marked) -> Value {
    let set = |name: &str| env::var(name).unwrap_or_default();
    let test = |graded: &Graded| {
        json!({
            "test-name": graded.name(),
            "passed": graded.status == Status::Pass,
            "score": graded.points(),
            "max-score": if graded.task.extra { 0 } else { graded.most },
            "status": graded.status.word(),
            "message": graded.message,
        })
    };
    let sum = marked.sum();
    json!({
        "schema": "classroom50/result/v1",
        "classroom": set("CLASSROOM"),
        "assignment": set("ASSIGNMENT"),
        "submission": set("SUBMISSION_TAG"),
        "commit": set("COMMIT_URL"),
        "release": set("RELEASE_URL"),
        "review": set("REVIEW_URL"),
        "datetime": now(),
        "score": sum.points + sum.bonus,
        "max-score": sum.most,
        "tests": marked.tasks.iter().map(test).collect::<Vec<_>>(),
    })
}

/// Version 2 of the test runners' interface. Tasks that nobody has to do are left out while they are open.
fn exercism(marked: &Marked) -> Value {
    const LONGEST: usize = 16_000;
    let is_told = |graded: &&Graded| {
        let is_core = graded.most > 0 && !graded.task.extra;
        is_core || graded.status != Status::NotHandedIn
    };
    let told: Vec<&Graded> = marked.tasks.iter().filter(is_told).collect();
    let is_error =
        |graded: &&&Graded| matches!(graded.status, Status::BuildError | Status::GraderError);
    if let Some(problem) = &marked.problem {
        let message = format!("the submission {problem}");
        return json!({ "version": 2, "status": "error", "message": message, "tests": [] });
    }
    let test = |graded: &&Graded| {
        let status = match graded.status {
            Status::Pass => "pass",
            _ if is_error(&graded) => "error",
            _ => "fail",
        };
        let message = graded.message.as_deref().unwrap_or(graded.status.word());
        let message = (status != "pass").then_some(message);
        json!({ "name": graded.task.title, "status": status, "message": message })
    };
    let broken = told.iter().find(is_error).filter(|_| told.iter().all(|graded| is_error(&graded)));
    let message = broken.and_then(|graded| graded.message.as_deref());
    let message = message.map(|text| text.chars().take(LONGEST).collect::<String>());
    let status = match broken {
        Some(_) => "error",
        None if told.iter().all(|graded| graded.status == Status::Pass) => "pass",
        None => "fail",
    };
    json!({
        "version": 2,
        "status": status,
        "message": message,
        "tests": told.iter().map(test).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brief::Brief;

    fn report() -> Report {
        let brief = "## Fix it\n\n### Fix 1: it <stops> (15 min)\n\n### ★ Fix 2: more (5 min)\n";
        let [core, extra] = <[_; 2]>::try_from(Brief::read(brief).tasks).unwrap();
        let graded = |task, status, most| Graded {
            exercise: "01-x".to_owned(),
            task,
            status,
            most,
            percent: 100,
            picture: None,
            message: Some("it did \"<1>\"\u{1b}[0m".to_owned()),
        };
        let tasks = vec![graded(core, Status::Timeout, 15), graded(extra, Status::Pass, 5)];
        let student = "=ann, \"x\"".to_owned();
        let marked = Marked { student, tasks, ..Marked::default() };
        Report {
            sandbox: "none".to_owned(),
            is_sandboxed: false,
            is_hidden: false,
            course: String::new(),
            students: vec![marked],
        }
    }

    #[test]
    fn the_document_tells_statuses_and_points() {
        let document = document(&report());
        let student = &document["students"][0];
        assert_eq!(
            (&student["points"], &student["max"], &student["bonus"]),
            (&json!(0), &json!(15), &json!(5))
        );
        assert_eq!(student["tasks"][0]["status"], "timeout");
        assert_eq!(document["sandboxed"], false);
    }

    #[test]
    fn a_row_can_not_break_its_table() {
        let told = csv(&report());
        let rows: Vec<&str> = told.lines().collect();
        assert_eq!(rows[0], "student,points,max,bonus,late_s,problem,01 fix-1,01 fix-2");
        assert_eq!(rows[1], "\"'=ann, \"\"x\"\"\",0,15,5,,,0,5");
    }

    #[test]
    fn what_a_program_printed_can_not_break_the_xml() {
        let told = junit(&report());
        assert!(told.contains("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\""), "{told}");
        assert!(
            told.contains("<failure type=\"timeout\">it did &quot;&lt;1&gt;&quot;[0m</failure>"),
            "{told}"
        );
    }

    #[test]
    fn a_form_of_one_student_refuses_a_class() {
        assert!(Form::Gradescope.fits(2).is_err() && Form::Gradescope.fits(1).is_ok());
        assert!(Form::Json.fits(0).is_ok());
        let report = report();
        let result = gradescope(&report, &report.students[0]);
        assert_eq!((&result["score"], &result["tests"][0]["max_score"]), (&json!(5), &json!(15)));
        assert_eq!(classroom50(&report.students[0])["max-score"], 15);
    }

    #[test]
    fn exercism_is_told_an_error_where_nothing_was_tested() {
        let mut report = report();
        let told = exercism(&report.students[0]);
        assert_eq!((&told["version"], &told["status"]), (&json!(2), &json!("fail")));
        let test = &told["tests"][0];
        assert_eq!((&test["status"], &test["name"]), (&json!("fail"), &json!("it <stops>")));
        assert_eq!(told["tests"][1]["message"], Value::Null);
        for graded in &mut report.students[0].tasks {
            graded.status = Status::BuildError;
        }
        let told = exercism(&report.students[0]);
        assert_eq!(told["status"], "error");
        assert!(told["message"].as_str().unwrap().starts_with("it did"));
        let open = Marked { problem: Some("is no archive".to_owned()), ..Marked::default() };
        assert_eq!(exercism(&open)["message"], "the submission is no archive");
    }
}
