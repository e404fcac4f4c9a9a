//! What a grading told.

use super::Small;
use course::child::{self, Outcome};
use serde_json::Value;
use std::{path::Path, process::Command, sync::OnceLock, time::Duration};

/// Longer than all of it takes on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

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

/// The course with a class, which is a folder beside it.
pub(crate) struct Class(pub(crate) Small);

impl Class {
    pub(crate) fn new(test: &str) -> Class {
        Class(Small::new(test).with_solution_in_git())
    }

    /// Hands in a program with this in its `main`, and the first task done or not.
    pub(crate) fn hands_in(&self, student: &str, main: &str) -> &Class {
        self.writes(
            student,
            "src/main.rs",
            &format!("// TODO(fix-1): flags\nfn main() {{\n{main}\n}}\n"),
        )
    }

    /// Hands in a file of the exercise.
    pub(crate) fn writes(&self, student: &str, file: &str, text: &str) -> &Class {
        self.0.write(&format!("class/{student}/exercises/01-small/{file}"), text);
        self
    }

    pub(crate) fn grade(&self, arguments: &str) -> Outcome {
        grade(&self.0.root, Path::new("class"), arguments, LIMIT)
    }

    pub(crate) fn document(&self) -> Value {
        document(&self.grade("--format json"))
    }

    /// What is told within each sandbox that works here. Of one that does not, standard error says so.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let told = ["landlock", "bubblewrap"].map(|sandbox| {
            let outcome = self.grade(&format!("--format json --sandbox {sandbox}"));
            let is_missing = outcome.stderr.contains("does not work here");
            if is_missing {
                eprintln!("NOT CHECKED within {sandbox}: {}", outcome.stderr);
            }
            (!is_missing).then(|| document(&outcome))
        });
        told.into_iter().flatten().collect()
    }
}

/// What alter-1 came to.
pub(crate) fn alter_1<'a>(document: &'a Value, student: &str) -> &'a Value {
    task(document, student, "alter-1")
}

pub(crate) fn assert_status(document: &Value, student: &str, status: &str) {
    assert_eq!(alter_1(document, student)["status"], status, "{:#}", of(document, student));
}

/// Whether no sandbox works here: then nothing is graded within one, and standard error says why.
pub(crate) fn is_without_sandbox() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let told = Class::new("grade-probe").grade("").stderr;
        let is_without = told.contains("no sandbox works here");
        if is_without {
            eprintln!("NOT CHECKED: {told}");
        }
        is_without
    })
}
