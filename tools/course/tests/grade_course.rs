//! `cargo course grade` on an exercise of this course, with its own tests.
#![cfg(target_os = "linux")]

mod common;

use common::grading::{document, grade, of, task};
use course::child;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(900);

/// The tasks of 01, and what a program comes to in each.
const TASKS: [&str; 4] = ["alter-0", "alter-1", "fix-1", "fix-2"];

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn given(folder: &str) -> String {
    fs::read_to_string(course().join(folder).join("main.rs")).unwrap()
}

/// A program that prints what the solution prints, and hands over the tape of that run as its own.
fn forger(class: &Path) -> String {
    let tape = class.with_extension("jsonl");
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "sol01-basic", "--", "--pace", "instant"]);
    command.arg("--tape").arg(&tape).current_dir(course());
    let outcome = child::run(&mut command, LIMIT).unwrap();
    assert_eq!(outcome.ended, child::Ended::Code(0), "{outcome:?}");
    format!(
        "fn main() {{\n    let words: Vec<String> = std::env::args().collect();\n    \
         let tape = words.iter().position(|word| word == \"--tape\").unwrap();\n    \
         std::fs::write(&words[tape + 1], {:?}).unwrap();\n    print!(\"{{}}\", {:?});\n}}\n",
        fs::read_to_string(tape).unwrap(),
        outcome.stdout
    )
}

fn statuses<'a>(document: &'a Value, student: &str) -> [&'a str; 4] {
    TASKS.map(|name| task(document, student, name)["status"].as_str().unwrap())
}

#[test]
#[ignore = "builds what exercise 01 stands on once more: `.ci/run grade` does it"]
fn a_class_of_exercise_01_has_named_verdicts() {
    let class = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grade-course");
    let _ = fs::remove_dir_all(&class);
    let hands_in = |student: &str, program: &str| {
        let folder = class.join(student).join("exercises/01-basic/src");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("main.rs"), program).unwrap();
    };
    let solution = given("solutions/01-basic/src");
    let starter = given("exercises/01-basic/src");
    let todo = "    // TODO(alter-0): nobody is told how much room the queue has.\n";
    let done = "    println!(\"Room in the queue: {}\", args.capacity);\n";
    assert!(starter.contains(todo));
    hands_in("right", &solution);
    hands_in("untouched", &starter);
    hands_in("first-task", &starter.replace(todo, done));
    hands_in("without-todos", &starter.replace("TODO(", "("));
    hands_in("hangs", "fn main() { loop { std::hint::spin_loop() } }");
    hands_in("floods", "fn main() { loop { std::println!(\"{}\", \"x\".repeat(99)) } }");
    hands_in("eats", "fn main() { std::println!(\"{}\", vec![1u8; 3 << 30].len()) }");
    hands_in("aborts", "fn main() { std::process::abort() }");
    hands_in(
        "waits",
        "use rehearsal::{clap::Parser, crossbeam_channel::bounded};\n\
         #[derive(Parser)]\nstruct Args {}\nfn main() { let _ = Args::parse();\n\
         let (kept, queue) = bounded::<u8>(1); let _ = queue.recv(); drop(kept) }",
    );
    hands_in("forges", &forger(&class));
    let pages = class.join(".pages");
    let arguments = format!("01 --format json --feedback {}", pages.display());
    let outcome = grade(&course(), &class, &arguments, LIMIT);
    if outcome.stderr.contains("no sandbox works here") {
        return eprintln!("NOT CHECKED: {}", outcome.stderr);
    }
    let told = document(&outcome);
    assert_eq!(statuses(&told, "right"), ["pass"; 4], "{:#}", of(&told, "right"));
    assert_eq!(of(&told, "right")["points"], of(&told, "right")["max"]);
    assert_eq!(statuses(&told, "untouched"), ["not handed in"; 4]);
    let first = ["pass", "not handed in", "not handed in", "not handed in"];
    assert_eq!(statuses(&told, "first-task"), first, "{:#}", of(&told, "first-task"));
    assert_eq!(statuses(&told, "without-todos"), ["fail"; 4]);
    for (student, status) in [
        ("hangs", "timeout"),
        ("floods", "output limit"),
        ("eats", "out of memory"),
        ("aborts", "crashed"),
    ] {
        assert_eq!(statuses(&told, student), [status; 4], "{:#}", of(&told, student));
    }
    assert_eq!(statuses(&told, "waits")[0], "deadlock", "{:#}", of(&told, "waits"));
    let page = fs::read_to_string(pages.join("waits.md")).unwrap();
    assert!(page.contains("![that run, drawn](<waits-01-alter-0.svg>)\n"), "{page}");
    let picture = fs::read_to_string(pages.join("waits-01-alter-0.svg")).unwrap();
    assert!(picture.starts_with("<svg"), "{picture}");
    for (name, status) in TASKS.iter().zip(statuses(&told, "forges")) {
        assert_ne!(status, "pass", "{name}: {:#}", of(&told, "forges"));
    }

    // Whatever is drawn, what is right passes, and what is not does not.
    fs::write(class.join(".words"), "one\n").unwrap();
    let arguments = format!("01 --format json --hidden {}", class.join(".words").display());
    let hidden = document(&grade(&course(), &class, &arguments, LIMIT));
    for student in ["right", "untouched", "first-task", "without-todos", "hangs", "waits"] {
        assert_eq!(statuses(&hidden, student), statuses(&told, student), "{student}");
    }
}
