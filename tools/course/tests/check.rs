//! What `cargo course check` says of one exercise: why a task failed, and what is next.

mod common;

use common::{Small, stderr, stdout};

/// What a failed task says.
fn report(should: &str, did: &str, looks_like: &str) -> String {
    format!(
        "eprintln!(\"  it should         {should}\\n  it did            {did}\\n  \
         this looks like   {looks_like}\"); std::panic::resume_unwind(Box::new(0))"
    )
}

/// A test file: a test for each of these tasks.
fn tests(tasks: &[(&str, &str)]) -> String {
    let test = |(module, body): &(&str, &str)| {
        format!("mod {module} {{\n    #[test]\n    fn holds() {{ {body} }}\n}}\n")
    };
    tasks.iter().map(test).collect()
}

const PREDICTED: &str = "# Answers\n\n## Break 1: a zero\n\nIt stops.\n\n## Explain 1: why?\n";

/// The whole check, which ends with this exit code.
fn checked(small: &Small, code: i32) -> String {
    let output = small.course("check 1", "");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(code), "{told}{}", stderr(&output));
    told
}

/// The last paragraph but the time that it took.
fn next(told: &str) -> Vec<&str> {
    told.lines().skip_while(|line| !line.starts_with("next: ")).collect()
}

#[test]
fn a_red_extra_task_is_next() {
    let tests = tests(&[("alter_1", ""), ("fix_1", "panic!(\"no flags\")")]);
    let small = Small::new("next-extra").with_tests(&tests);
    small.write("exercises/01-small/ANSWERS.md", PREDICTED);
    assert_eq!(
        next(&checked(&small, 1))[0],
        "next: 01, fix 1 (15 min): exercises/01-small/README.md"
    );
}

#[test]
fn what_failed_is_mended_before_the_next_task_begins() {
    let tests = tests(&[("alter_1", "panic!(\"no flags\")"), ("fix_1", "")]);
    // No prediction is written, and the Break comes first in the brief.
    let small = Small::new("next-failed").with_tests(&tests);
    assert_eq!(
        next(&checked(&small, 1))[0],
        "next: 01, alter 1 (10 min): exercises/01-small/README.md"
    );
}

#[test]
fn a_break_is_next_by_its_command_and_an_answer_by_its_form() {
    let small = Small::new("next-answer").with_tests(&tests(&[("alter_1", ""), ("fix_1", "")]));
    let told = checked(&small, 0);
    assert_eq!(next(&told)[0], "next: 01, break 1 (5 min): cargo course break 01 1");
    assert!(told.contains("\n✓ of a Break: its prediction is written\n"), "{told}");

    let asked = format!("{PREDICTED}\n## Explain 2: how?\n\n## Alter 1: which number?\n");
    small.write("exercises/01-small/ANSWERS.md", &asked);
    let told = checked(&small, 0);
    let form = "exercises/01-small/ANSWERS.md";
    assert_eq!(next(&told)[0], format!("next: 01, write down Explain 1, 2, Alter 1: {form}"));
    let output = small.course("check --json", "");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["next"]["task"], "explain-1");
    assert_eq!(document["next"]["read"], form);
    let open = &document["exercises"][0]["answers_open"];
    assert_eq!(open, &serde_json::json!(["explain-1", "explain-2", "alter-1"]));
}

#[test]
fn who_is_done_is_told_what_follows() {
    let small = Small::new("next-done").with_tests(&tests(&[("alter_1", ""), ("fix_1", "")]));
    small.write("exercises/01-small/ANSWERS.md", &format!("{PREDICTED}\nBecause.\n"));
    assert_eq!(next(&checked(&small, 0))[0], "next: 01 is done");

    small.write("solutions/01-small/README.md", "# Worked answers\n");
    small.write("quizzes/exercises/01-small.toml", "");
    let pages = ["first", "second", "third"].map(|name| format!("- [A page]({name}.md)\n"));
    small.write("concepts/SUMMARY.md", &pages.concat());
    for (name, task, before) in
        [("first", "Alter 1 of ", "01-small"), ("second", "", "02-next"), ("third", "", "02-next")]
    {
        let link = format!("exercise [x](../exercises/{before}/README.md)");
        let top = format!("# {name}\n\nBefore {task}{link}.\n");
        small.write(&format!("concepts/{name}.md"), &top);
    }
    let manifest = small.read("exercises/01-small/Cargo.toml");
    small.write(
        "exercises/02-next/Cargo.toml",
        &manifest.replace("01-small", "02-next").replace("01-tasks", "02-tasks"),
    );
    small.write("exercises/02-next/src/main.rs", "fn main() {}\n");
    small.write("exercises/02-next/tests/tasks.rs", &open_tests());
    let brief = small.read("exercises/01-small/README.md");
    small.write("exercises/02-next/README.md", &brief);
    let told = checked(&small, 0);
    let followed = [
        "next: 01 is done",
        "      its quiz: cargo run -p quizzes -- 01",
        "      compare your answers: solutions/01-small/README.md",
        "      read on: concepts/second.md",
        "      the next exercise: exercises/02-next/README.md",
    ];
    assert_eq!(next(&told)[..5], followed, "{told}");
    let compare = "
✓ alter 1: compare with solutions/01-small/README.md, \"Alter it\" 1
✓ fix 1: compare with solutions/01-small/README.md, \"Fix it\" 1
  other right programs: solutions/01-small/also-right (way-1, way-2, way-3, way-4)
";
    assert!(told.contains(compare), "{told}");

    // Who begins reads first, here before the task and there before the exercise.
    let output = small.course("check", "");
    let page = "next: concepts/second.md, then 02, alter 1 (10 min): exercises/02-next/README.md";
    assert_eq!(next(&stdout(&output))[0], page);
    small.write("exercises/01-small/tests/tasks.rs", &open_tests());
    let page = "next: concepts/first.md, then 01, alter 1 (10 min): exercises/01-small/README.md";
    assert_eq!(next(&checked(&small, 0))[0], page);
}

/// The tests of a fresh exercise.
fn open_tests() -> String {
    let tests = tests(&[("alter_1", "panic!()"), ("fix_1", "panic!()")]);
    tests.replace("#[test]", "#[test]\n    #[ignore = \"not handed in\"]")
}

#[test]
fn one_cause_is_told_once() {
    let stray = report("print on the clock", "printed 1", "a println! of std");
    let again = report("print on the clock", "printed 2", "a println! of std");
    let small =
        Small::new("one-cause").with_tests(&tests(&[("alter_1", &stray), ("fix_1", &again)]));
    let told = checked(&small, 1);
    assert_eq!(told.matches("this looks like").count(), 1, "{told}");
    assert!(told.contains("\nThe same for fix-1.\n"), "{told}");

    // Beside another exercise it is a line.
    small.write("exercises/02-next/Cargo.toml", "[package]\nname = \"ex02-next\"\n");
    small.write("exercises/02-next/src/main.rs", "fn main() {}\n");
    small.write("exercises/02-next/README.md", "## Fix it\n\n### Fix 1: it (5 min)\n");
    let told = stdout(&small.course("check", ""));
    let line = "\n✗ 01, alter 1: printed 1 (the same for fix-1; more: cargo course check 01)\n";
    assert!(told.contains(line), "{told}");
    std::fs::remove_dir_all(small.root.join("exercises/02-next")).unwrap();

    let other = report("print on the clock", "printed 2", "a lost item");
    let small = small.with_tests(&tests(&[("alter_1", &stray), ("fix_1", &other)]));
    let told = checked(&small, 1);
    assert_eq!(told.matches("this looks like").count(), 2, "{told}");
    assert!(!told.contains("The same for"), "{told}");
}

#[test]
fn what_the_compiler_warns_of_stands_below_a_failed_task() {
    let tests = tests(&[("alter_1", "panic!(\"no\")"), ("fix_1", "")]);
    let small = Small::new("warnings").with_tests(&tests);
    small.change(
        "exercises/01-small/src/main.rs",
        "    println!(\"1\");",
        "    wait();\n    println!(\"1\");",
    );
    let source = small.read("exercises/01-small/src/main.rs") + "\nasync fn wait() {}\n";
    small.write("exercises/01-small/src/main.rs", &source);
    let warned = "
The compiler warns:

  src/main.rs:7  unused implementer of `Future` that must be used: futures do nothing unless you `.await` or poll them
";
    for _ in 0..2 {
        let told = checked(&small, 1);
        assert!(told.contains(warned), "{told}");
    }
    // Who passes is not kept up by them.
    let small = small.with_tests(&tests.replace("panic!(\"no\")", ""));
    assert!(!checked(&small, 0).contains("The compiler warns"));
}

#[test]
fn a_test_that_does_not_end_takes_no_other_along() {
    let told = report("print 2", "printed 1", "");
    let small =
        Small::new("no-end").with_tests(&tests(&[("alter_1", &told), ("fix_1", "loop {}")]));
    let output = small.course_in(&[("HANDOFF_TIME_LIMIT_S", "1")], "check 1", "");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("it did            printed 1"), "{told}");
    let lost = "? 01, fix 1: its test fix_1::holds: it did not come to its end (killed after 12 s)";
    assert!(told.contains(lost), "{told}");
}

#[test]
fn what_the_compiler_refuses_is_told_in_its_own_words() {
    let small = Small::new("refused");
    small.change(
        "exercises/01-small/src/main.rs",
        "println!(\"1\");",
        "println!(\"1\"); let x: u8 = \"\";",
    );
    let told = checked(&small, 1);
    let place = "\nerror[E0308]: mismatched types\n --> exercises/01-small/src/main.rs:7:";
    assert!(told.contains(place), "{told}");
    let next_line = "next: 01 does not compile: src/main.rs:7 mismatched types";
    assert_eq!(next(&told)[0], next_line, "{told}");
}

#[test]
#[cfg(unix)]
fn in_a_pipe_a_build_that_takes_long_is_told_in_a_line() {
    use std::os::unix::fs::PermissionsExt;

    let small = Small::new("check-slow");
    let slow = small.root.join("slow");
    std::fs::write(&slow, "#!/bin/sh\nsleep 4\nexec \"$@\"\n").unwrap();
    std::fs::set_permissions(&slow, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = small.course_in(&[("RUSTC_WRAPPER", slow.to_str().unwrap())], "check 1", "");
    assert_eq!(stderr(&output), "building (the first time takes minutes) …\n");
    assert!(stdout(&output).contains("01-small"), "{}", stdout(&output));
}
