//! The commands, as they are typed, on a small course.

mod common;

use common::{NAME, Small, stderr, stdout};
use course::{
    Error,
    reset::{Done, reset},
};
use std::fs;

#[test]
fn an_exercise_that_does_not_exist_is_told_with_those_that_do() {
    let small = Small::new("unknown");
    for arguments in ["check 7", "break 7 1", "reset 7", "proof 7"] {
        let output = small.course(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert_eq!(stderr(&output), "error: no exercise is called 7; there are: 01-small\n");
    }
    let output = small.course("break 1 4", "");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "error: 01-small has no Break 4; there are: 1\n");
    let output = small.course("break 1", "");
    assert_eq!(stdout(&output), "cargo course break 01 1  a zero (5 min)\n");
}

#[test]
fn a_reset_keeps_what_was_there() {
    let small = Small::new("reset");
    let exercise = small.exercise();
    assert_eq!(reset(&exercise).unwrap(), Done::Nothing);

    for (number, text) in [(1, "fn main() {}\n"), (2, "fn main() { /* better */ }\n")] {
        small.write("exercises/01-small/src/main.rs", text);
        small.write("exercises/01-small/src/pool/mod.rs", "// mine\n");
        let beside = exercise.folder().join(format!("src.mine-{number}"));
        assert_eq!(reset(&exercise).unwrap(), Done::Kept(Some(beside.clone())));
        assert_eq!(fs::read_to_string(beside.join("main.rs")).unwrap(), text);
        assert_eq!(fs::read_to_string(beside.join("pool/mod.rs")).unwrap(), "// mine\n");
        assert_eq!(
            small.read("exercises/01-small/src/main.rs"),
            small.read("solutions/01-small/starter/main.rs")
        );
        assert!(!exercise.folder().join("src/pool").exists());
    }

    fs::remove_dir_all(exercise.folder().join("src")).unwrap();
    assert_eq!(reset(&exercise).unwrap(), Done::Kept(None));
    fs::remove_dir_all(exercise.starter()).unwrap();
    small.write("exercises/01-small/src/main.rs", "mine");
    assert!(
        matches!(reset(&exercise), Err(Error::Failed(why)) if why.contains("starter is missing"))
    );
    assert_eq!(small.read("exercises/01-small/src/main.rs"), "mine");
}

#[test]
fn a_reset_names_the_way_back() {
    let small = Small::new("reset-back");
    let (mine, source) = ("fn main() { /* mine */ }\n", "exercises/01-small/src/main.rs");
    small.write(source, mine);
    let told = stdout(&small.course("reset 1", ""));
    let way_back = "\nTo take it back: cargo course reset 01 --to src.mine-1\n";
    assert!(told.ends_with(way_back), "{told}");

    let told = stdout(&small.course("reset 01 --to src.mine-1", ""));
    assert_eq!(told, "exercises/01-small/src is that version again.\n");
    assert_eq!(small.read(source), mine);
    // Neither the starter nor the version that is back is kept.
    assert!(!small.root.join("exercises/01-small/src.mine-1").exists());
    assert!(!small.root.join("exercises/01-small/src.mine-2").exists());

    small.course("reset 1", "");
    small.write(source, "fn main() { /* other */ }\n");
    let told = stdout(&small.course("reset 01 --to 1", ""));
    assert!(told.contains("your version is in exercises/01-small/src.mine-2"), "{told}");
    assert_eq!(small.read(source), mine);
    let output = small.course("reset 01 --to 1", "");
    assert_eq!(output.status.code(), Some(2));
    let missing = "error: exercises/01-small has kept no src.mine-1; there are: src.mine-2\n";
    assert_eq!(stderr(&output), missing);
}

#[test]
fn a_slip_of_the_finger_is_told_with_what_may_be_meant() {
    let small = Small::new("slips");
    for (typed, meant) in [
        ("chack", "a similar subcommand exists: 'check'"),
        ("check --jsn", "a similar argument exists: '--json'"),
        ("break 01 1 --pace liv", "a similar value exists: 'live'"),
    ] {
        let output = small.course(typed, "");
        assert_eq!(output.status.code(), Some(2), "{typed}");
        assert!(stderr(&output).contains(&format!("tip: {meant}")), "{}", stderr(&output));
    }
}

#[test]
fn a_break_keeps_the_prediction_and_leaves_the_program_alone() {
    let small = Small::new("break");
    // The student's own program does not matter, not even whether it compiles.
    small.write("exercises/01-small/src/main.rs", "fn main() { no }\n");
    let output = small.course("break 01 1 --pace instant", "It stops.\nAt once.\n\n");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", stderr(&output));
    let order = [
        "01-small, Break 1: a zero",
        "Print 0. What happens?",
        "What do you expect?",
        "Kept in exercises/01-small/ANSWERS.md.",
        "The edit, in src/main.rs:",
        "+    println!(\"0\");",
        "$ cargo 01 --quietly\n0\n(exit code 3)",
        "You expected:\n\n  It stops.\n  At once.\n",
        "What was to be seen:\n\n  It prints 0 and ends with 3.\n",
        "What is next: cargo course next\n",
    ];
    let mut rest = told.as_str();
    for part in order {
        rest = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part} is not in its place:\n{told}"))
            .1;
    }
    assert_eq!(small.read("exercises/01-small/src/main.rs"), "fn main() { no }\n");

    // Without a prediction it asks once more, and plays all the same; the earlier one stays.
    let before = small.read("exercises/01-small/ANSWERS.md");
    assert!(before.contains("\nIt stops.\nAt once.\n"), "{before}");
    let output = small.course("break 01 1", "");
    assert!(stdout(&output).contains("No prediction is kept."), "{}", stdout(&output));
    assert!(stdout(&output).contains("(exit code 3)"));
    assert!(!stdout(&output).contains("You expected"), "{}", stdout(&output));
    assert_eq!(small.read("exercises/01-small/ANSWERS.md"), before);
}

#[test]
fn a_break_of_two_parts_asks_for_each_and_is_shortened() {
    let small = Small::new("break-parts");
    let brief = "exercises/01-small/README.md";
    small.change(
        brief,
        "Print 0. What happens?\n",
        "Print 0. What happens?\n\nThen print 40 lines.\n",
    );
    let edit = small.read("solutions/01-small/breaks/1-zero.diff");
    let stuck = "for line in 1..=40 { println!(\"line {line}\") }\n+    \
                 eprintln!(\"(exit code 70; told)\");";
    let edit = edit.replace("println!(\"0\");", stuck).replace("exit(3)", "exit(70)");
    let edit = edit.replace("+4,8 @@", "+4,9 @@").replace("# exit: 3", "# exit: 70");
    small.write("solutions/01-small/breaks/1b-many.diff", &edit);
    let output = small.course("break 01 1", "first\n\nsecond\n\n");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", stderr(&output));
    let (one, two) = told.split_once("--- part 2 of 2 ---").unwrap();
    assert!(one.contains("Print 0. What happens?") && !one.contains("Then print"), "{told}");
    assert!(one.contains("You expected:\n\n  first\n"), "{told}");
    assert!(
        two.contains("Then print 40 lines.") && two.contains("You expected:\n\n  second\n"),
        "{told}"
    );
    assert!(two.contains("line 8\n… 20 lines more …\nline 29\n"), "{told}");
    assert!(two.contains(
        "20 lines are left out.\n  all, at once   cargo course break 01 1 --pace instant\n"
    ));
    // Below the edit, which has it too.
    let run = two.split_once("$ cargo 01").unwrap().1;
    assert_eq!(run.matches("exit code 70").count(), 1, "{told}");

    let output = small.course("break 01 1 --pace live", "");
    let told = stdout(&output);
    assert!(told.contains("line 9\n") && !told.contains("left out"), "{told}");
}

#[test]
fn a_proof_tells_a_line_for_each_check_and_a_count() {
    let small = Small::new("proof");
    let files = "proof 1 --ascii --only sections,tasks,todos,banks,answers,starter";
    let output = small.course(files, "");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", stderr(&output));
    assert!(told.starts_with("+ 01 sections: all 11 in their order\n+ 01 tasks"), "{told}");
    assert!(told.contains("7 checks, 0 failed"), "{told}");

    // An edit that can't be read does not stop the other checks.
    small.change("solutions/01-small/breaks/1-zero.diff", "# exit: 3", "# exit: soon");
    let output = small.course("proof", "");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{told}{}", stderr(&output));
    assert!(told.contains("✗ 01 breaks: solutions/01-small/breaks/1-zero: 'exit: soon'"), "{told}");
    assert!(told.contains("✗ 01 all programs: "), "{told}");

    let output = small.course("proof --only nothing", "");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no check has nothing in its name"));
}

#[test]
fn a_check_tells_every_state() {
    let small = Small::new("check");
    for (name, change) in [
        ("02-done", ("println!(\"1\")", "println!(\"2\")")),
        ("03-lost", ("fn main() {", "fn main() { let x: u8 = \"\"; ")),
    ] {
        let number = &name[..2];
        for file in ["Cargo.toml", "README.md", "src/main.rs", "tests/tasks.rs"] {
            let text = small.read(&format!("exercises/{NAME}/{file}")).replace(NAME, name);
            small.write(
                &format!("exercises/{name}/{file}"),
                &text
                    .replace("ex01", &format!("ex{number}"))
                    .replace("01-tasks", &format!("{number}-tasks")),
            );
        }
        small.change(&format!("exercises/{name}/src/main.rs"), change.0, change.1);
    }
    // A test that takes all others along, and no test at all for a task.
    let crash = "mod fix_1 {\n    #[test]\n    fn dies() { std::process::abort() }\n}\n";
    for file in ["Cargo.toml", "README.md", "src/main.rs"] {
        let text = small.read(&format!("exercises/{NAME}/{file}"));
        small.write(
            &format!("exercises/04-dead/{file}"),
            &text.replace(NAME, "04-dead").replace("ex01-small", "ex04-dead"),
        );
    }
    small.write("exercises/04-dead/tests/tasks.rs", crash);
    let edited = small.read("exercises/04-dead/Cargo.toml").replace("01-tasks", "04-tasks");
    small.write("exercises/04-dead/Cargo.toml", &edited);

    let output = small.course("check --ascii", "");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{told}{}", stderr(&output));
    let row = |name: &str| {
        told.lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(row(NAME), "01-small x . (+*)", "{told}");
    assert_eq!(row("02-done"), "02-done + . (+*)", "{told}");
    assert_eq!(
        row("03-lost"),
        "03-lost does not compile: src/main.rs:5 mismatched types",
        "{told}"
    );
    assert_eq!(row("04-dead"), "04-dead ? . (?)", "{told}");
    assert!(told.contains("04, alter 1: there is no test for it"), "{told}");
    assert!(told.contains("04, fix 1: its test fix_1::dies: it did not come to its end"), "{told}");
    assert!(told.contains("next: 01, alter 1 (10 min): exercises/01-small/README.md"), "{told}");
    assert!(
        told.contains("TODO(fix-1) still stands at exercises/01-small/src/main.rs:8: delete it"),
        "{told}"
    );

    let output = small.course("check 2 --json", "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["format"], &document["version"]), (&"handoff-check".into(), &1.into()));
    let tasks = &document["exercises"][0]["tasks"];
    assert_eq!((&tasks[0]["task"], &tasks[0]["state"]), (&"alter-1".into(), &"passed".into()));
    assert_eq!(
        (&tasks[1]["task"], &tasks[1]["state"]),
        (&"break-1".into(), &"not_handed_in".into())
    );
    assert_eq!(
        (&tasks[2]["state"], &tasks[2]["extra"]),
        (&"passes_with_todo".into(), &true.into())
    );
    assert_eq!(document["next"]["task"], "break-1");
}

/// What bash completes the last of these words with. All but `cargo course` is left to who did it before.
#[cfg(unix)]
fn completed(small: &Small, words: &str) -> String {
    let script = format!(
        "_before() {{ COMPREPLY=(before); }}; complete -F _before cargo; source ./script; source ./script
         COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
         _cargo_or_course cargo \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"
         echo \"${{COMPREPLY[*]}}\""
    );
    let output = std::process::Command::new("bash")
        .args(["--noprofile", "--norc", "-c", &script])
        .current_dir(&small.root)
        .output()
        .unwrap();
    assert_eq!(stderr(&output), "");
    stdout(&output).trim().to_owned()
}

#[test]
#[cfg(unix)]
fn bash_completes_the_commands_and_their_flags() {
    let small = Small::new("completions");
    small.write("script", &stdout(&small.course("completions bash", "")));
    assert_eq!(completed(&small, "cargo course wa"), "watch");
    assert_eq!(completed(&small, "cargo course watch --ed"), "--edit-cmd");
    assert_eq!(completed(&small, "cargo course completions z"), "zsh");
    assert_eq!(completed(&small, "cargo course he"), "");
    for others in ["cargo bu", "cargo course", "cargo build --rel"] {
        assert_eq!(completed(&small, others), "before");
    }
    for shell in ["zsh", "fish"] {
        let script = stdout(&small.course(&format!("completions {shell}"), ""));
        assert!(
            script.contains("edit-cmd") && !script.contains("Run a command for another"),
            "{script}"
        );
    }
}
