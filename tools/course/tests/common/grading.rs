//! What a grading told.

use course::child::{self, Outcome};
use serde_json::Value;
use std::{path::Path, process::Command, time::Duration};

/// How long a program may run. Its test is waited for some times as long.
const PROGRAM_LIMIT_S: &str = "2";

/// Runs `cargo course grade` in a checkout, on the submissions in this folder.
pub(crate) fn grade(root: &Path, class: &Path, arguments: &str, limit: Duration) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.arg("grade").args(arguments.split_whitespace()).arg("--class").arg(class);
    command.current_dir(root).env("CARGO_NET_OFFLINE", "true");
    command.env("HANDOFF_TIME_LIMIT_S", PROGRAM_LIMIT_S);
    if root.join("target").is_dir() || root.starts_with(env!("CARGO_TARGET_TMPDIR")) {
        command.env("CARGO_TARGET_DIR", root.join("target"));
    }
    child::run(&mut command, limit).unwrap()
}

pub(crate) fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

/// A student's part of the document.
pub(crate) fn of<'a>(document: &'a Value, student: &str) -> &'a Value {
    let students = document["students"].as_array().unwrap();
    students.iter().find(|one| one["student"] == student).unwrap_or_else(|| panic!("{student}"))
}

/// What a task came to.
pub(crate) fn task<'a>(document: &'a Value, student: &str, task: &str) -> &'a Value {
    let tasks = of(document, student)["tasks"].as_array().unwrap();
    tasks.iter().find(|one| one["task"] == task).unwrap()
}
