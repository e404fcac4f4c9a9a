//! `cargo course watch`, in a terminal and in a pipe, on a small course.

#![cfg(target_os = "linux")]

mod common;
#[path = "common/terminal.rs"]
mod terminal;

use common::Small;
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use terminal::{Terminal, until_nobody_works_in, who_works_in};

const MAIN: &str = "exercises/01-small/src/main.rs";
const TODO: &str = "    // TODO(alter-1): it prints the wrong number.\n";
const RIGHT: &str = "fn main() {\n    println!(\"2\");\n}\n";
const ENDLESS: &str = "fn main() {\n    loop {\n        std::thread::sleep(std::time::Duration::from_secs(1));\n    }\n}\n";

/// A window that shows its first verdict: the task fails.
fn watched(test: &str) -> (Small, Terminal) {
    let small = Small::new(test);
    let terminal = Terminal::course(&small, "watch 1");
    terminal.until(&["✗  alter-1   another number", "q quit"]);
    (small, terminal)
}

/// Waits until the program that never ends is at work.
fn until_it_runs(small: &Small) {
    let start = Instant::now();
    while !who_works_in(&small.root).iter().any(|line| line.contains("debug/01-small")) {
        assert!(start.elapsed() < Duration::from_secs(240), "the program does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_save_brings_the_verdict() {
    let (small, mut terminal) = watched("watch-save");
    let first = terminal.until(&["assertion"]);
    assert!(
        first.contains("01-small\n  ✗  alter-1   another number\n  ·  break-1   a zero\n"),
        "{first}"
    );
    small.write(MAIN, RIGHT);
    let green = terminal.until(&["✓  alter-1"]);
    assert!(!green.contains("assertion"), "{green}");

    // An editor that writes beside the file, and renames.
    small.write("exercises/01-small/beside.rs", &RIGHT.replace('2', "3"));
    fs::rename(small.root.join("exercises/01-small/beside.rs"), small.root.join(MAIN)).unwrap();
    terminal.until(&["✗  alter-1"]);

    terminal.types("h");
    let hint = terminal.until(&["Hint 1 of 3", "v verdict"]);
    assert!(hint.contains("Which line prints?"), "{hint}");
    terminal.types("n");
    terminal.until(&["01, alter 1: another number (10 min)", "Print 2."]);
    terminal.types("v");
    terminal.until(&["✗  alter-1"]);

    terminal.types("q");
    assert!(terminal.ends().success());
    assert!(terminal.is_as_before());
    // The cursor is shown again.
    terminal.until_behind(0, &["\x1b[?25h"]);
    until_nobody_works_in(&small.root);
}

#[test]
fn what_does_not_compile_is_shown_as_the_compiler_tells_it() {
    let (small, terminal) = watched("watch-compile");
    small.write(MAIN, "use tokio::task;\n\nfn main() {\n    println!(\"2\");\n}\n");
    let red = terminal.until(&["error[E0432]: unresolved import `tokio`", "?  alter-1"]);
    assert!(red.contains("01-small/src/main.rs:1:5"), "{red}");
    assert!(
        red.contains(
            "here: The exercises take `tokio` from the rehearsal: `use rehearsal::tokio;`"
        ),
        "{red}"
    );
    small.write(MAIN, RIGHT);
    terminal.until(&["✓  alter-1"]);
    // A file that is gone, and is there again.
    fs::remove_file(small.root.join(MAIN)).unwrap();
    terminal.until(&["?  alter-1"]);
    small.write(MAIN, RIGHT);
    terminal.until(&["✓  alter-1"]);
}

#[test]
fn a_program_that_never_ends_holds_nobody_up() {
    let (small, mut terminal) = watched("watch-endless");
    small.write(MAIN, ENDLESS);
    until_it_runs(&small);
    // A save while it runs begins anew.
    small.write(MAIN, RIGHT);
    terminal.until(&["✓  alter-1"]);
    small.write(MAIN, ENDLESS);
    until_it_runs(&small);
    let asked = Instant::now();
    terminal.types("q");
    assert!(terminal.ends().success());
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(terminal.is_as_before());
    until_nobody_works_in(&small.root);
}

#[test]
fn of_two_saves_in_quick_succession_the_last_one_counts() {
    let (small, terminal) = watched("watch-quick");
    small.write(MAIN, ENDLESS);
    small.write(MAIN, &RIGHT.replace('2', "4"));
    terminal.until(&["✗  alter-1", "\"4\\n\""]);
    small.write(MAIN, ENDLESS);
    until_it_runs(&small);
    small.write(MAIN, "fn main() {}\n");
    small.write(MAIN, RIGHT);
    terminal.until(&["✓  alter-1"]);
}

#[test]
fn a_program_that_floods_is_shown_and_ended() {
    let (small, mut terminal) = watched("watch-flood");
    small.write(MAIN, "fn main() {\n    let flooding = std::env::args().len();\n    loop {\n        println!(\"flood {flooding}\");\n    }\n}\n");
    terminal.until(&["building"]);
    terminal.types("r");
    terminal.until(&["flood 1\n", "Esc ends it"]);
    terminal.types("\x1b");
    // The check that it had ended begins anew, and floods as well.
    terminal.until_it(|window| !window.contains("flood 1\n")).unwrap();
    terminal.types("q");
    assert!(terminal.ends().success());
    until_nobody_works_in(&small.root);
}

#[test]
fn the_window_is_drawn_as_wide_as_it_is() {
    let (_small, mut narrow) = watched("watch-size");
    narrow.types("n");
    narrow.until(&["a hint:", "q quit"]);
    let longest = |window: &str| window.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let is_whole = |window: &str| window.contains("Print 2.") && window.ends_with("q quit");
    assert!(narrow.until_it(|window| is_whole(window) && longest(window) > 60).is_ok());
    narrow.resize(60, 20);
    narrow.until_it(|window| is_whole(window) && longest(window) <= 60).unwrap();
    narrow.resize(100, 30);
    // A key that comes with the news of the size is read with the next one alone: so does crossterm.
    narrow.until_it(|window| is_whole(window) && longest(window) > 60).unwrap();
    narrow.types("v");
    narrow.until(&["✗  alter-1"]);
    narrow.types("q");
    assert!(narrow.ends().success());
}

#[test]
fn a_closed_terminal_leaves_no_process_behind() {
    let (small, mut terminal) = watched("watch-closed");
    small.write(MAIN, ENDLESS);
    until_it_runs(&small);
    terminal.close();
    terminal.ends();
    until_nobody_works_in(&small.root);
}

#[test]
fn whoever_is_killed_takes_along_what_runs() {
    let (small, mut terminal) = watched("watch-killed");
    small.write(MAIN, ENDLESS);
    until_it_runs(&small);
    terminal.signal(rustix::process::Signal::KILL);
    terminal.ends();
    until_nobody_works_in(&small.root);
}

#[test]
fn a_signal_to_end_leaves_the_terminal_as_it_was() {
    let (_small, mut terminal) = watched("watch-signal");
    terminal.signal(rustix::process::Signal::TERM);
    assert!(terminal.ends().success());
    assert!(terminal.is_as_before());
}

#[test]
fn a_break_is_played_in_the_window_and_enter_goes_back() {
    let (small, mut terminal) = watched("watch-break");
    small.change(MAIN, TODO, "");
    small.change(MAIN, "println!(\"1\")", "println!(\"2\")");
    terminal.until(&["✓  alter-1"]);
    terminal.types("n");
    terminal.until(&["Print 0. What happens?", "What do you expect?"]);
    terminal.types("It stops.\n\n");
    terminal.until(&["exit code 3", "(Enter goes back to the verdict)"]);
    terminal.types("\n");
    terminal.until(&["✓  alter-1", "q quit"]);
    assert!(small.read("exercises/01-small/ANSWERS.md").contains("It stops."));
    terminal.types("q");
    assert!(terminal.ends().success());
}

#[test]
fn ctrl_z_goes_back_to_the_shell_and_fg_to_the_window() {
    let small = Small::new("watch-pause");
    let mut shell = Command::new("bash");
    shell.args(["--norc", "--noprofile", "-i"]).current_dir(&small.root).env("PS1", "$ ");
    shell.env("CARGO_TARGET_DIR", small.root.join("target")).env("CARGO_NET_OFFLINE", "true");
    let mut terminal = Terminal::running(&shell);
    terminal.types(&format!("{} watch 1\n", env!("CARGO_BIN_EXE_course")));
    terminal.until(&["✗  alter-1", "q quit"]);
    terminal.types("\x1a");
    terminal.until(&["Stopped"]);
    let before = terminal.all().len();
    terminal.types("echo $((40 + 2)); fg\n");
    terminal.until_behind(before, &["q quit"]);
    assert!(terminal.all().contains("42"), "{}", terminal.all());
    let before = terminal.all().len();
    terminal.types("q");
    terminal.until_behind(before, &["$ "]);
    terminal.types("exit\n");
    assert!(terminal.ends().success());
    until_nobody_works_in(&small.root);
}

/// `cargo course watch 1` in a pipe.
fn piped(small: &Small) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_course"))
        .args(["watch", "1", "--ascii"])
        .current_dir(&small.root)
        .env("CARGO_TARGET_DIR", small.root.join("target"))
        .env("CARGO_NET_OFFLINE", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn in_a_pipe_each_line_is_a_key() {
    let small = Small::new("watch-pipe");
    let mut child = piped(&small);
    let mut typed = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "01-small: checking ...");
    assert!(lines.any(|line| line.starts_with("  x  alter-1   another number")));
    typed.write_all(b"h\n").unwrap();
    assert!(lines.any(|line| line == "Hint 1 of 3"));
    small.change(MAIN, TODO, "");
    small.change(MAIN, "println!(\"1\")", "println!(\"2\")");
    assert!(lines.any(|line| line.starts_with("  +  alter-1   another number")));
    typed.write_all(b"q\n").unwrap();
    assert!(child.wait().unwrap().success());
    // Nothing in it moves a cursor or sets a colour.
    assert!(lines.all(|line| !line.contains('\x1b')));
}

#[test]
fn where_nothing_more_is_typed_it_ends_with_its_first_verdict() {
    let small = Small::new("watch-once");
    let mut child = piped(&small);
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(common::stdout(&output).contains("  x  alter-1   another number\n"));
}

#[test]
fn the_editor_opens_where_it_goes_on() {
    let small = Small::new("watch-editor");
    let mut child = Command::new(env!("CARGO_BIN_EXE_course"))
        .args(["watch", "1", "--edit-cmd", "touch {file}-{line}"])
        .current_dir(&small.root)
        .env("CARGO_TARGET_DIR", small.root.join("target"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typed = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    small.write(MAIN, "fn main() {\n    let number: u32 = \"x\";\n}\n");
    assert!(lines.any(|line| line.starts_with("error[E0308]")));
    assert!(lines.any(|line| line.contains("alter-1")));
    typed.write_all(b"o\n").unwrap();
    let opened = small.root.join(format!("{MAIN}-2"));
    let start = Instant::now();
    while !opened.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing was opened");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(typed);
    lines.for_each(drop);
    assert!(child.wait().unwrap().success());
}

/// What a check tells whoever holds it, and its document, when it is given the tests of an earlier one.
fn held_check(small: &Small, tests: Option<&Value>) -> (Value, Value) {
    let lines = told_while_held(small, tests);
    let built = lines.iter().find(|line| line["tests"].is_object());
    (built.map(|it| it["tests"].clone()).unwrap_or_default(), lines.last().unwrap().clone())
}

fn told_while_held(small: &Small, tests: Option<&Value>) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.args(["check", "1", "--json"]).current_dir(&small.root).process_group(0);
    command.env("CARGO_TARGET_DIR", small.root.join("target")).env("CARGO_NET_OFFLINE", "true");
    command.env("HANDOFF_HELD", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(tests) = tests {
        command.env("HANDOFF_TESTS", tests.to_string());
    }
    let mut child = command.spawn().unwrap();
    // It ends with the one who holds this.
    let leash = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(leash);
    let told = common::stdout(&output);
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn that_what_the_brief_names_holds_is_told_before_the_rest() {
    let small = Small::new("watch-named");
    let tests = "exercises/01-small/tests/tasks.rs";
    small.change(
        tests,
        "assert_eq!(super::printed(), \"2\\n\");",
        "assert_eq!(super::printed(), \"2\\n\");
        std::fs::write(std::env::var(\"HANDOFF_NAMED_HOLD\").unwrap(), \"\").unwrap();",
    );
    let of_alter = |lines: &[Value]| -> Vec<Value> {
        let own = lines.iter().filter(|line| line["test"] == "alter_1::it_prints_two");
        own.map(|line| json!([line["named"], line["passed"], line["open"]])).collect()
    };
    assert_eq!(of_alter(&told_while_held(&small, None)), [json!([null, false, false])]);
    small.change(MAIN, "println!(\"1\")", "println!(\"2\")");
    let told = of_alter(&told_while_held(&small, None));
    assert_eq!(told, [json!([true, null, null]), json!([null, true, false])]);
}

#[test]
fn tests_are_built_anew_only_where_something_of_theirs_has_changed() {
    let small = Small::new("watch-ready");
    // As those of an exercise, they are built from the program too.
    let tests = "exercises/01-small/tests/tasks.rs";
    let text = small.read(tests) + "\nconst _: &[u8] = include_bytes!(\"../src/main.rs\");\n";
    small.write(tests, &text);
    small.change(MAIN, "println!(\"1\")", "println!(\"3\")");
    let (first, document) = held_check(&small, None);
    assert_eq!(document["exercises"][0]["tasks"][0]["state"], "failed", "{document}");

    // The same ones judge another program.
    small.change(MAIN, "println!(\"3\")", "println!(\"2\")");
    let (again, document) = held_check(&small, Some(&first));
    assert_eq!(document["exercises"][0]["tasks"][0]["state"], "passed", "{document}");
    assert_eq!(again, first);
    small.change(MAIN, "println!(\"2\")", "print!(2)");
    let (_, document) = held_check(&small, Some(&first));
    let problem = document["exercises"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("src/main.rs:7"), "{problem}");

    small.change(MAIN, "print!(2)", "println!(\"2\")");
    let written = |given: Option<&Value>| held_check(&small, given).0["written"].clone();
    let mut another = first.clone();
    another["written"] = "1".into();
    let second = written(Some(&another));
    assert_ne!(second, first["written"], "what somebody else has built is not taken");
    let given = held_check(&small, None).0;
    assert_eq!(given["written"], second);
    small.change(MAIN, TODO, "");
    let third = written(Some(&given));
    assert_ne!(third, second, "a TODO is gone");
    let given = held_check(&small, None).0;
    small.write(tests, &text);
    assert_ne!(written(Some(&given)), third, "its own file was written");
}
