//! `cargo course grade` on whole classes, which take minutes. TEACHING.md has the commands, and what they told.
#![cfg(target_os = "linux")]

mod common;

use common::grading::{document, of};
use course::{
    child::{self, Ended, Outcome},
    variant::{Shelf, Variant},
    workspace::{Exercise, Workspace},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// A class of thirty on a busy machine takes less.
const LIMIT: Duration = Duration::from_secs(3 * 3600);

fn course() -> Workspace {
    Workspace::around(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A setting of a test, or what holds without it.
fn set(name: &str, otherwise: &str) -> String {
    env::var(name).unwrap_or_else(|_| otherwise.to_owned())
}

/// An empty folder for a class.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

type Files = BTreeMap<String, String>;

fn hand_in(class: &Path, student: &str, exercise: &Exercise, files: &Files) {
    let folder = class.join(student).join("exercises").join(&exercise.name).join("src");
    for (file, text) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn grade(class: &Path, exercises: &str, arguments: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.arg("grade").args(exercises.split_whitespace()).arg("--class").arg(class);
    command.args(arguments.split_whitespace()).current_dir(course().root);
    child::run(&mut command, LIMIT).unwrap()
}

/// A student, what is handed in, and the tasks that have to fail; all of them, if that is not said.
type Student = (String, Files, Option<Vec<String>>);

/// How many of a class no task of which passes, with the one that is empty.
const OTHERS: usize = 8;

/// All of a class of thirty but the one that is empty: right ones and wrong ones of the banks, and others of which no
/// task passes.
fn thirty(exercise: &Exercise) -> Vec<Student> {
    let solution = Shelf::Wrong.base().sources(exercise).unwrap();
    let mut class: Vec<Student> = vec![("right".to_owned(), solution.clone(), Some(Vec::new()))];
    for (shelf, until) in [(Shelf::AlsoRight, 10), (Shelf::Wrong, 30 - OTHERS)] {
        // Whoever prints what the machine's clock says prints something else each time.
        let is_steady = |variant: &Variant| {
            let program = variant.program(&solution).unwrap();
            let mut lines = program.values().flat_map(|text| text.lines());
            let asks_clock = |line: &str| {
                let clocks = ["Instant", "SystemTime"];
                line.contains("std::time::") && clocks.iter().any(|clock| line.contains(clock))
            };
            !lines.any(asks_clock)
        };
        let all = Variant::all(exercise, shelf).unwrap();
        let all: Vec<Variant> = all.into_iter().filter(is_steady).collect();
        let wanted = (until - class.len()).min(all.len());
        for number in 0..wanted {
            let variant = &all[number * all.len() / wanted];
            let program = variant.program(&solution).unwrap();
            let refused = Some(variant.notes.refused_by.clone());
            class.push((variant.path().replace('/', "-"), program, refused));
        }
    }
    for (student, main) in [
        ("hangs", "loop { std::hint::spin_loop() }"),
        ("floods", "loop { std::println!(\"{}\", \"x\".repeat(99)) }"),
        ("eats", "std::println!(\"{}\", vec![1u8; 3 << 30].len())"),
        ("exits", "std::process::exit(0)"),
        ("claims", "std::println!(\"test fix_1::it ... ok\\n\\ntest result: ok.\")"),
        (
            "forks",
            "for _ in 0..50 { std::process::Command::new(\"sleep\").arg(\"600\").spawn().unwrap(); }",
        ),
        ("broken", "no rust"),
    ] {
        let text = format!("fn main() {{ {main} }}\n");
        class.push((student.to_owned(), [("main.rs".to_owned(), text)].into(), None));
    }
    class
}

/// What stands in a folder.
fn pages(folder: &Path) -> BTreeMap<PathBuf, String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn statuses<'a>(told: &'a Value, student: &str) -> Vec<(&'a str, &'a str)> {
    let tasks = of(told, student)["tasks"].as_array().unwrap().iter();
    let graded = tasks.filter(|task| !task["task"].as_str().unwrap().starts_with("break"));
    graded.map(|task| (task["task"].as_str().unwrap(), task["status"].as_str().unwrap())).collect()
}

#[test]
#[ignore = "takes minutes: HANDOFF_EXERCISES=\"01 02\" names the exercises"]
fn a_class_of_thirty_has_the_same_marks_twice() {
    for short in set("HANDOFF_EXERCISES", "01").split_whitespace() {
        let exercise = course().exercise(short).unwrap();
        let place = place(&format!("class-of-thirty-{short}"));
        let (class, start) = (place.join("class"), Instant::now());
        let students = thirty(&exercise);
        for (student, files, _) in &students {
            hand_in(&class, student, &exercise, files);
        }
        fs::create_dir_all(class.join("empty")).unwrap();
        let late = "student,due,time,handed in\n*,9999-12-31,,\nright,2026-03-08,,2026-03-09\n";
        fs::write(place.join("roster.csv"), late).unwrap();
        let arguments = |pages: &str| {
            let (roster, pages) = (place.join("roster.csv"), place.join(pages));
            format!("--format json --roster {} --feedback {}", roster.display(), pages.display())
        };
        let first = grade(&class, short, &arguments("first"));
        if first.stderr.contains("no sandbox works here") {
            return eprintln!("NOT CHECKED: {}", first.stderr);
        }
        let second = grade(&class, short, &arguments("second"));
        assert_eq!(first.ended, Ended::Code(0), "{first:?}");
        assert!(first.stdout == second.stdout, "two gradings say the same: {}", place.display());
        let (one, other) = (pages(&place.join("first")), pages(&place.join("second")));
        assert!(one.values().eq(other.values()), "and so do their pages");

        let told = document(&first);
        for (student, _, refused) in &students {
            for (task, status) in statuses(&told, student) {
                let has_to_fail =
                    refused.as_ref().is_none_or(|tasks| tasks.iter().any(|name| name == task));
                assert!(!has_to_fail || status != "pass", "{student}: {task} passes");
                let is_right = refused.as_ref().is_some_and(Vec::is_empty);
                assert!(!is_right || status == "pass", "{student}: {task} is {status}");
            }
        }
        for student in told["students"].as_array().unwrap() {
            for task in student["tasks"].as_array().unwrap() {
                let is_told = ["pass", "not handed in"].contains(&task["status"].as_str().unwrap());
                assert!(
                    is_told || task["message"].as_str().is_some_and(|text| !text.trim().is_empty()),
                    "{task:#}"
                );
            }
        }
        assert_eq!(of(&told, "right")["late_s"], 86_400);
        assert_eq!(of(&told, "empty")["points"], 0);
        let line = first.stderr.lines().find(|line| line.starts_with("Graded ")).unwrap();
        eprintln!("{short}: {line} Twice the same bytes, {} s in all.", start.elapsed().as_secs());
    }
}

/// The numbers in the line that tells what a grading took: seconds, workers, programs, seconds of building and of
/// testing.
fn numbers(line: &str) -> Vec<f64> {
    let words = line.split_whitespace().skip(3);
    words.filter_map(|word| word.trim_end_matches('.').parse().ok()).collect()
}

/// Runs plain `cargo test` in checkouts that have the solution, each with what it builds of its own.
fn plainly(checkouts: usize, exercises: &[Exercise]) -> Vec<f64> {
    let place = place("plain-checkout");
    let is_all = exercises.len() == course().exercises().unwrap().len();
    (0..checkouts)
        .map(|number| {
            let checkout = place.join(number.to_string());
            fs::create_dir_all(&checkout).unwrap();
            let copy = format!("git archive HEAD | tar -x -C '{}'", checkout.display());
            let mut command = Command::new("sh");
            command.args(["-c", &copy]).current_dir(course().root);
            assert_eq!(child::run(&mut command, LIMIT).unwrap().ended, Ended::Code(0));
            for exercise in exercises {
                let files = Shelf::Wrong.base().sources(exercise).unwrap();
                let source = checkout.join("exercises").join(&exercise.name).join("src");
                for (file, text) in files {
                    fs::write(source.join(file), text).unwrap();
                }
            }
            let start = Instant::now();
            let mut command = Command::new("cargo");
            command.args(["test", "--quiet", "--offline", "--no-fail-fast"]).current_dir(&checkout);
            for exercise in exercises.iter().filter(|_| !is_all) {
                command.args(["--package", &exercise.package()]);
            }
            command.env("CARGO_TARGET_DIR", checkout.join("target"));
            let outcome = child::run(&mut command, LIMIT).unwrap();
            assert_eq!(outcome.ended, Ended::Code(0), "{outcome:?}");
            let took = start.elapsed().as_secs_f64();
            fs::remove_dir_all(&checkout).unwrap();
            took
        })
        .collect()
}

#[test]
#[ignore = "measures: HANDOFF_COPIES=100 and HANDOFF_CHECKOUTS=5 say of how many"]
fn seconds_for_each_submission() {
    let copies: usize = set("HANDOFF_COPIES", "6").parse().unwrap();
    let checkouts: usize = set("HANDOFF_CHECKOUTS", "1").parse().unwrap();
    let named = set("HANDOFF_EXERCISES", "");
    let names: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    let exercises = course().chosen(&names).unwrap();
    let place = place("copies");
    for copy in 0..copies {
        for exercise in &exercises {
            let files = Shelf::Wrong.base().sources(exercise).unwrap();
            hand_in(&place, &format!("copy-{copy:03}"), exercise, &files);
        }
    }
    let outcome = grade(&place, &named, "--format json");
    if outcome.stderr.contains("no sandbox works here") {
        return eprintln!("NOT CHECKED: {}", outcome.stderr);
    }
    let told = document(&outcome);
    let students = told["students"].as_array().unwrap();
    assert!(students.iter().all(|student| student["points"] == student["max"]), "{told:#}");
    let line = outcome.stderr.lines().find(|line| line.starts_with("Graded ")).unwrap();
    let [took, workers, _, building, _] = numbers(line)[..] else { panic!("{line}") };
    let each = took / copies as f64;
    eprintln!("{line}\n{each:.1} s for a submission of {} exercises", exercises.len());
    eprintln!("{:.2} times the time of building alone", took * workers / building);
    let plain = plainly(checkouts, &exercises);
    if let Some(mean) =
        Some(plain.iter().sum::<f64>() / plain.len() as f64).filter(|mean| *mean > 0.0)
    {
        eprintln!("plain `cargo test`: {plain:.0?} s, {:.1} times as long", mean / each);
    }
}

#[test]
fn the_line_that_tells_the_times_is_read() {
    let line = "Graded 6 submissions in 12.5 s with 2 at once: 60 programs, 20.0 s of building and 4.0 s of testing.";
    assert_eq!(numbers(line), [12.5, 2.0, 60.0, 20.0, 4.0]);
}
