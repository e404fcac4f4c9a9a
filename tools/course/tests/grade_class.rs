//! `cargo course grade`: workers, deadlines, and verdicts that are asked for again.
#![cfg(target_os = "linux")]

mod common;

use common::{
    SOLUTION,
    grading::{Class, LIMIT, alter_1, assert_status, document, is_without_sandbox, of, task},
};
use course::child::{self, Ended, Outcome};
use serde_json::Value;
use std::{
    fs::File,
    process::Command,
    time::{Duration, SystemTime},
};

/// 2026-03-08T18:00Z.
const DUE: Duration = Duration::from_secs(1_772_992_800);

/// A class of two: ann's program is right, bob's is wrong.
fn two(test: &str) -> Class {
    let class = Class::new(test);
    class.writes("ann", "src/main.rs", SOLUTION).hands_in("bob", "println!(\"3\");");
    class
}

/// Writes down when a program was handed in.
fn hand_in_at(class: &Class, student: &str, at: Duration) {
    let path = format!("class/{student}/exercises/01-small/src/main.rs");
    let file = File::options().write(true).open(class.0.root.join(path)).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + at).unwrap();
}

#[test]
fn many_workers_say_what_one_says() {
    if is_without_sandbox() {
        return;
    }
    let class = two("grade-workers");
    class.hands_in("cy", "std::process::abort()").hands_in("dan", "no rust");
    // Whoever is killed leaves another behind, which is ended by that worker alone.
    class.hands_in(
        "eve",
        "let mut sleep = std::process::Command::new(\"setsid\");\n\
         sleep.args([\"sleep\", \"600\"]).spawn().unwrap();\nprintln!(\"2\");",
    );
    let by = |workers: u32| class.grade(&format!("--format json --jobs {workers}"));
    let (one, three) = (by(1), by(3));
    assert!(three.stderr.contains(" with 3 at once: 5 programs, "), "{three:?}");
    assert_eq!(one.stdout, three.stdout);
    assert_status(&document(&three), "ann", "pass");
    assert_status(&document(&three), "dan", "build error");
    let none = class.grade("--jobs 0");
    assert_eq!(none.ended, Ended::Code(2), "{none:?}");
}

#[test]
fn who_is_late_loses_what_the_instructor_says() {
    if is_without_sandbox() {
        return;
    }
    let class = two("grade-late");
    class.writes("cy", "src/main.rs", SOLUTION).writes("eve", "src/main.rs", SOLUTION);
    for (student, late_s) in [("ann", 0), ("bob", 60), ("cy", 90_000), ("eve", 0)] {
        hand_in_at(&class, student, DUE + Duration::from_secs(late_s));
    }
    class.0.write("tools/course/points.txt", "01 alter-1 7\nlate 1h 100\nlate 2d 50\n");
    class.0.write(
        "roster.csv",
        "student,due,time,handed in\n*,2026-03-08T18:00Z,,\nann,2026-03-07T18:00Z,,2026-03-07T18:00:01Z\n\
         bob,,2,\ncy,,,\ndan,,,\n",
    );
    let outcome = class.grade("--format json --roster roster.csv --feedback pages");
    let told = document(&outcome);
    let of = |student: &str, key: &str| of(&told, student)[key].clone();
    assert_eq!((of("ann", "late_s"), of("ann", "points")), (1.into(), 7.into()));
    assert_eq!(of("bob", "late_s"), 60);
    assert_eq!((of("cy", "late_s"), of("cy", "late_percent")), (90_000.into(), 50.into()));
    assert_eq!(
        (of("cy", "points"), of("cy", "bonus"), of("cy", "max")),
        (4.into(), 8.into(), 7.into())
    );
    assert_eq!((of("eve", "late_s"), of("eve", "points")), (Value::Null, 7.into()));
    assert_eq!(of("dan", "problem"), "was not handed in");
    let page = class.0.read("pages/cy.md");
    assert!(page.contains("\nIt was handed in 1 d 1 h late: 50 % of the points.\n"), "{page}");
    assert!(class.0.read("pages/dan.md").contains("the submission was not handed in."));

    class.0.write("roster.csv", "student,due,time,handed in\nann\ncy\nbob\n");
    let told = class.grade("--roster roster.csv").stderr;
    assert!(told.contains("Not on the roster: eve.\n"), "{told}");
    class.0.write("roster.csv", "student,due,time,handed in\nann,soon\n");
    let told = class.grade("--roster roster.csv");
    assert_eq!(told.ended, Ended::Code(2), "{told:?}");
    assert!(told.stderr.starts_with("error: roster.csv:2: 'soon' is no time"), "{told:?}");
}

#[test]
fn a_student_may_have_more_time() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-time");
    let told = "println!(\"{}\", 2); loop { std::thread::park(); }";
    class.hands_in("usual", told).hands_in("more", told);
    class.0.write("roster.csv", "student,due,time,handed in\nmore,,2,\nusual,,,\n");
    let tests = class.0.read("exercises/01-small/tests/tasks.rs");
    let asks = tests.replace(
        "super::printed()",
        "{ super::printed(); format!(\"limit {:?}\", std::env::var(\"HANDOFF_TIME_LIMIT_S\")) }",
    );
    class.0.write("exercises/01-small/tests/tasks.rs", &asks);
    class.hands_in("usual", "println!(\"3\");").hands_in("more", "println!(\"3\");");
    let told = document(&class.grade("--format json --roster roster.csv"));
    for (student, limit) in [("usual", 2), ("more", 4)] {
        let message = alter_1(&told, student)["message"].as_str().unwrap();
        assert!(message.contains(&format!("limit Ok(\\\"{limit}\\\")")), "{message}");
    }
}

#[test]
fn a_verdict_is_played_again_from_its_report() {
    if is_without_sandbox() {
        return;
    }
    let class = two("grade-appeal");
    let report = class.grade("--format json");
    class.0.write("report.json", &report.stdout);
    let appeal = |arguments: &str| class.grade(&format!("--appeal report.json {arguments}"));
    let same = appeal("--student bob --task alter-1");
    assert_eq!(same.ended, Ended::Code(0), "{same:?}");
    let message = alter_1(&document(&report), "bob")["message"].as_str().unwrap().to_owned();
    let head = "bob, 01 alter-1: fail, as the report says\n\n";
    assert_eq!(same.stdout, format!("{head}{}\n\n", message.trim_matches('\n')));

    class.hands_in("bob", "println!(\"2\");");
    let other = appeal("--student bob --task alter-1");
    assert_eq!(other.ended, Ended::Code(1), "{other:?}");
    let told =
        "bob: the submission is not the one of the report.\nbob, 01 alter-1: was fail, is pass\n";
    assert_eq!(other.stdout, told);

    class.0.write("words", "nobody knows\n");
    let refused = |outcome: Outcome, why: &str| {
        assert_eq!(outcome.ended, Ended::Code(2), "{outcome:?}");
        assert!(outcome.stderr.contains(why), "{outcome:?}");
    };
    refused(appeal("--student bob --hidden words"), "report.json: was made without --hidden");
    refused(appeal("--student bob --task fix-9"), "no exercise that is named has a task fix-9");
    refused(class.grade("--appeal words --student bob"), "words: is no report that --format json");
    class.hands_in("cy", "");
    refused(appeal("--student cy"), "report.json: does not tell of cy");
}

#[test]
fn what_was_expected_is_told_when_the_instructor_says() {
    if is_without_sandbox() {
        return;
    }
    let class = two("grade-expected");
    class.0.write("roster.csv", "student,due,time,handed in\n*,2026-03-08,,\nann,9999-12-31,,\n");
    class.hands_in("ann", "println!(\"3\");");
    let told = |arguments: &str| {
        document(&class.grade(&format!("--format json --roster roster.csv {arguments}")))
    };
    let hides = |document: &Value, student: &str| {
        let message = alter_1(document, student)["message"].as_str().unwrap();
        assert_eq!(message.contains("right: \"2"), !message.contains("is not shown"), "{message}");
        message.contains("is not shown")
    };
    let open = class.grade("--show-expected after-deadline");
    assert_eq!(open.ended, Ended::Code(2), "{open:?}");
    assert!(open.stderr.contains("needs --roster"), "{open:?}");
    for (arguments, ann, bob) in [
        ("", false, false),
        ("--show-expected never", true, true),
        ("--show-expected after-deadline", true, false),
    ] {
        let told = told(arguments);
        assert_eq!((hides(&told, "ann"), hides(&told, "bob")), (ann, bob), "{arguments}");
    }
}

#[test]
fn ten_thousand_files_and_bytes_that_are_no_text_stop_nobody() {
    if is_without_sandbox() {
        return;
    }
    let class = two("grade-many");
    let folder = class.0.root.join("class/many/exercises/01-small/src");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..10_000 {
        File::create(folder.join(format!("f{number}.rs"))).unwrap();
    }
    class.writes("latin", "README.md", "");
    let folder = class.0.root.join("class/latin/exercises/01-small/src");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.rs"), [b'/', b'/', 0xe9]).unwrap();
    let told = document(&class.grade("--format json"));
    assert_status(&told, "ann", "pass");
    assert_status(&told, "many", "build error");
    let refused = of(&told, "many")["refused"].as_array().unwrap();
    assert!(refused.iter().any(|line| line.as_str().unwrap().ends_with("more than 200 files")));
    assert_eq!(of(&told, "latin")["refused"][0], "exercises/01-small/src/main.rs: is not in UTF-8");
}

#[test]
fn the_parts_of_a_class_make_the_report_of_all() {
    if is_without_sandbox() {
        return;
    }
    let class = two("grade-merge");
    class.hands_in("cy", "println!(\"3\");");
    let whole = class.grade("--format json");
    for part in 1..=2 {
        let told = class.grade(&format!("--format json --part {part}/2"));
        class.0.write(&format!("part{part}.json"), &told.stdout);
    }
    let merge = |arguments: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
        command.args(["grade", "--merge"]).args(arguments.split_whitespace());
        child::run(command.current_dir(&class.0.root), LIMIT).unwrap()
    };
    let merged = merge("part2.json part1.json --format json");
    assert_eq!(merged.stdout, whole.stdout, "{merged:?}");
    let pages = merge("part1.json part2.json --format csv --feedback pages");
    assert_eq!(pages.stdout.lines().count(), 4, "{pages:?}");
    assert!(class.0.read("pages/bob.md").starts_with("# bob\n"));
    let twice = merge("part1.json part1.json");
    assert_eq!(twice.ended, Ended::Code(2), "{twice:?}");
    assert!(twice.stderr.contains("part1.json: tells of ann, and so does part1.json"), "{twice:?}");
}

#[test]
fn programs_are_laid_out_for_jplag() {
    if is_without_sandbox() {
        return;
    }
    let class = two("grade-jplag");
    class.0.write("class/cy/exercises/README.md", "");
    let outcome = class.grade("--jplag similar");
    assert_eq!(outcome.ended, Ended::Code(0), "{outcome:?}");
    assert_eq!(class.0.read("similar/01/submissions/ann/main.rs"), SOLUTION);
    assert!(class.0.read("similar/01/base/main.rs").contains("TODO(alter-1)"));
    assert!(!class.0.root.join("similar/01/submissions/cy").exists());
}

#[test]
fn a_worker_that_is_killed_costs_one_mark_and_no_other() {
    let class = two("grade-killed");
    // Without a sandbox a program can do that to whoever has started its test.
    class.hands_in(
        "aaa",
        "let parent = std::os::unix::process::parent_id();\n\
         let stat = std::fs::read_to_string(format!(\"/proc/{parent}/stat\")).unwrap();\n\
         let worker = stat.rsplit_once(\") \").unwrap().1.split(' ').nth(1).unwrap();\n\
         std::process::Command::new(\"/bin/sh\").args([\"-c\", &format!(\"kill -9 {worker}\")]).status().unwrap();",
    );
    let outcome = class.grade("--format json --unsandboxed --jobs 1");
    assert_eq!(outcome.ended, Ended::Code(1), "{outcome:?}");
    let told = document(&outcome);
    assert_status(&told, "aaa", "grader error");
    assert_eq!(alter_1(&told, "aaa")["message"], "its worker ended: signal 9");
    assert_status(&told, "ann", "pass");
    assert_status(&told, "bob", "fail");
}

#[test]
fn each_test_has_a_folder_that_its_program_knows() {
    if is_without_sandbox() {
        return;
    }
    let class = Class::new("grade-folders");
    let main = "fn main() { println!(\"{}\", std::env::temp_dir().display()); }\n";
    class.writes("asks", "src/main.rs", main);
    let tests = class.0.read("exercises/01-small/tests/tasks.rs");
    let asks = "let own = std::env::temp_dir().display().to_string();\n\
                assert_eq!(super::printed().trim(), own); panic!(\"in {own}\");";
    let tests = tests.replace("assert_eq!(super::printed(), \"2\\n\");", asks);
    let tests = tests
        .replace("fn it_reads_its_flags() {}", &format!("fn it_reads_its_flags() {{ {asks} }}"));
    class.0.write("exercises/01-small/tests/tasks.rs", &tests);
    for told in class.documents() {
        let message =
            |name: &str| task(&told, "asks", name)["message"].as_str().unwrap().to_owned();
        assert!(message("alter-1").contains("\nin tmp/0\n"), "{}", message("alter-1"));
        assert!(message("fix-1").contains("\nin tmp/1\n"), "{}", message("fix-1"));
    }
}
