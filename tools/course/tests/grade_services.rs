//! The scripts of `tools/course/grading`, run as the services would run them, on a stage that looks like theirs.
#![cfg(target_os = "linux")]

mod common;

use common::grading::is_without_sandbox;
use course::child::{self, Ended};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(1800);

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn grading(file: &str) -> PathBuf {
    course().join("tools/course/grading").join(file)
}

/// A student's folder with the solution of 01 in it, below an empty folder.
fn stage(name: &str, submission: &str) -> PathBuf {
    let stage = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&stage);
    let folder = stage.join(submission).join("exercises/01-basic/src");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(course().join("solutions/01-basic/src/main.rs"), folder.join("main.rs")).unwrap();
    stage
}

/// One grading runs in a checkout at a time.
static CHECKOUT: Mutex<()> = Mutex::new(());

fn run(command: &mut Command) {
    let _turn = CHECKOUT.lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = child::run(command.env("CARGO_NET_OFFLINE", "true"), LIMIT).unwrap();
    assert_eq!(outcome.ended, Ended::Code(0), "{outcome:?}");
}

fn result(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
#[ignore = "builds what exercise 01 stands on once more: `.ci/run grade` does it"]
fn gradescope_finds_its_results() {
    if is_without_sandbox() {
        return;
    }
    let stage = stage("gradescope", "submission");
    let source = stage.join("source");
    fs::create_dir_all(&source).unwrap();
    fs::create_dir_all(stage.join("results")).unwrap();
    let settings = "EXERCISES=\"01\"\nHANDOFF_GRADE=\"--show-expected never\"\n";
    fs::write(source.join("settings.sh"), settings).unwrap();
    std::os::unix::fs::symlink(course(), stage.join("course")).unwrap();
    run(Command::new(grading("gradescope/run_autograder")).env("AUTOGRADER", &stage));
    let result = result(&stage.join("results/results.json"));
    let tests = result["tests"].as_array().unwrap();
    let most = |test: &Value| test["max_score"].as_u64().unwrap();
    let reached = |test: &Value| test["score"].as_u64().unwrap();
    assert!(tests.iter().all(|test| reached(test) >= most(test)), "{result:#}");
    assert_eq!(result["score"].as_u64().unwrap(), tests.iter().map(reached).sum::<u64>());
    assert_eq!(tests[0]["status"], "passed");
}

#[test]
#[ignore = "builds what exercise 01 stands on once more: `.ci/run grade` does it"]
fn classroom_50_finds_its_result() {
    if is_without_sandbox() {
        return;
    }
    let stage = stage("classroom50", "checkout");
    let mut command = Command::new(grading("classroom50/autograder.py"));
    command.current_dir(stage.join("checkout")).env("HANDOFF_COURSE", course());
    command.env("HANDOFF_EXERCISES", "01").env("ASSIGNMENT", "basic").env("CLASSROOM", "rust");
    run(&mut command);
    let result = result(&stage.join("checkout/result.json"));
    let named = |key: &str| result[key].as_str().unwrap().to_owned();
    assert_eq!(
        (named("schema"), named("assignment")),
        ("classroom50/result/v1".into(), "basic".into())
    );
    assert!(result["score"].as_u64() >= result["max-score"].as_u64(), "{result:#}");
}

#[test]
#[ignore = "builds what exercise 01 stands on once more: `.ci/run grade` does it"]
fn exercism_finds_its_results() {
    if is_without_sandbox() {
        return;
    }
    let stage = stage("exercism", "whole");
    let output = stage.join("output");
    fs::create_dir_all(&output).unwrap();
    for input in ["whole", "whole/exercises/01-basic"] {
        let mut command = Command::new(grading("exercism/run.sh"));
        command.arg("01").arg(format!("{}/", stage.join(input).display()));
        command.arg(format!("{}/", output.display()));
        run(&mut command);
        let result = result(&output.join("results.json"));
        assert_eq!(
            (&result["version"], &result["status"]),
            (&2.into(), &"pass".into()),
            "{result:#}"
        );
        fs::remove_file(output.join("results.json")).unwrap();
    }
}
