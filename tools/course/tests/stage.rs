//! `cargo course stage`: in a terminal and in a pipe, on the first exercise; and its challenges, on a program that
//! tells of choices as the rehearsal does.

#![cfg(target_os = "linux")]

mod common;
#[path = "common/terminal.rs"]
mod terminal;

use common::{Small, stderr, stdout};
use std::{
    path::PathBuf,
    process::{Command, Output, Stdio},
};
use terminal::Terminal;

/// The starter, of which no learner's edit is in the way.
const STARTER: &str = "stage 01 --on starter";

fn root() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

fn course(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.args(arguments.split_whitespace()).current_dir(root());
    command.env("CARGO_NET_OFFLINE", "true").env_remove("COLUMNS");
    command
}

fn piped(arguments: &str) -> Output {
    course(arguments).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn in_a_pipe_it_shows_a_choice() {
    let shown = piped(&format!("{STARTER} --choose 2:2 -- --items 2"));
    let text = stdout(&shown);
    assert!(shown.status.success(), "{text}{}", stderr(&shown));
    for wanted in [
        "choice 3 | 0.000 s | changed: 2:2 | cargo 01 --items 2\n",
        "  AC>  15      let consumer = thread::spawn(",
        "1) ",
        " (as usual)\n",
        "2) ",
        "queue of line 13  0 of 3\n",
        "| --- One producer, one consumer ---\n",
        "\n\nGo on with --choose 2:2,3:1, which is as usual, up to 3:3\n",
    ] {
        assert!(text.contains(wanted), "{wanted:?} is missing:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let plain = stdout(&piped(&format!("--ascii {STARTER} --choose 2:2 -- --items 2")));
    assert!(plain.is_ascii(), "{plain}");
}

#[test]
fn who_is_to_join_and_who_has_waited_are_told_apart() {
    for (at, wanted) in [
        (3, "A main: calls join(), line 17"),
        (7, "queue of line 13  1 of 3: 1st message\n"),
        (9, "A main: goes on after join(), line 17"),
        (9, ", holds the 1st message"),
    ] {
        let text = stdout(&piped(&format!("{STARTER} --at {at} -- --items 1")));
        assert!(text.contains(wanted), "{wanted:?} is missing at choice {at}:\n{text}");
    }
}

#[test]
fn behind_the_last_choice_it_tells_how_it_ended() {
    let text = stdout(&piped(&format!("{STARTER} --at 9999 -- --items 2 --leave-after 1")));
    assert!(text.starts_with("the end | ") && text.contains("It has ended well."), "{text}");
}

#[test]
fn what_can_not_be_played_is_refused_in_a_line() {
    for (arguments, wanted) in [
        (format!("{STARTER} --choose 3"), "'3' is no list of choices"),
        (
            format!("{STARTER} --choose 2:9 -- --items 2"),
            "2:9 can't be chosen: there are 3 at choice 2",
        ),
        (
            format!("{STARTER} --choose 999:2 -- --items 2"),
            "999:2 can't be chosen: there is no such choice",
        ),
        (format!("{STARTER} -- --schedule 3"), "without --schedule"),
        (format!("{STARTER} -- --items x"), "can't be played"),
        ("stage 01 --challenge none-of-them".to_owned(), "has no challenge none-of-them"),
        (
            "stage 01 --challenge no-room -- --items 1".to_owned(),
            "no-room has its program and its flags",
        ),
        (
            "stage 01 --challenge no-room --on mine".to_owned(),
            "no-room has its program and its flags",
        ),
        ("stage 01 --challenge no-room --search 0".to_owned(), "a number from 1 on"),
        ("stage 01 --on other".to_owned(), "'other' is no program here"),
        ("stage 09 --on starter".to_owned(), "With --stub it does not"),
        ("stage 10 --on starter".to_owned(), "its commands are processes of their own"),
    ] {
        let refused = piped(&arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments}: {}", stdout(&refused));
        assert!(stderr(&refused).contains(wanted), "{arguments}: {}", stderr(&refused));
    }
}

#[test]
fn in_a_terminal_somebody_chooses_and_steps_back() {
    let mut terminal = Terminal::running(&course(&format!("{STARTER} -- --items 2 --capacity 1")));
    terminal.until(&["choice 1 |", "1) A main: goes on after spawn()", "q quit"]);
    terminal.types("2");
    terminal.until(&["choice 2 |", "changed: 1:2"]);
    terminal.types("b");
    terminal
        .until_it(|window| window.contains("choice 1 |") && !window.contains("changed"))
        .unwrap();
    terminal.types("B");
    terminal.until(&["choice 2 |", "changed: 1:2"]);
    terminal.types("Z");
    terminal.until(&["Z can't go on here."]);
    terminal.types("A0");
    terminal
        .until_it(|window| window.contains("choice 1 |") && !window.contains("changed"))
        .unwrap();
    terminal.types("n");
    terminal.until(&["takes the next from the queue of line 13"]);
    terminal.types("7");
    terminal.until(&["There are "]);
    terminal.types("e");
    terminal.until(&["the end |", "It has ended well."]);
    terminal.types("\r");
    terminal.until(&["It is over. b takes a choice back."]);
    terminal.types("w");
    terminal.until(&["No special order is needed: the program does this by itself."]);
    terminal.types("?");
    terminal.until(&["Any key goes back."]);
    terminal.types("x");
    terminal.until(&["the end |"]);
    for (columns, rows) in [(60, 20), (140, 40)] {
        terminal.resize(columns, rows);
        let shown = terminal.until_it(|window| {
            let widest = window.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            let is_wide = window.lines().any(|line| line.contains("  It has ended well."));
            window.contains("the end |")
                && widest <= usize::from(columns)
                && is_wide == (columns == 140)
        });
        shown.unwrap_or_else(|window| panic!("not fit for {columns}:\n{window}"));
    }
    terminal.types("q");
    assert!(terminal.ends().success());
    assert!(terminal.is_as_before());
}

/// Has two choices. It panics where the second is made otherwise than usual, and tells of choices as the rehearsal
/// does.
const MAIN: &str = r##"//! Tells of choices.

use std::fmt::Write as _;

fn value(flag: &str) -> Option<String> {
    std::env::args().skip_while(|arg| arg != flag).nth(1)
}

fn main() {
    let held = value("--held").unwrap_or_default();
    let choose = value("--choose").unwrap_or_default();
    let ask: u32 = value("--ask").map_or(99, |ask| ask.parse().unwrap());
    let is_safe = std::env::args().any(|arg| arg == "--safe");
    let mut tape = "{\"at_us\":0,\"event\":\"start\",\"format\":1,\"pace\":\"instant\"}\n".to_owned();
    for nth in 1..=2 {
        let state = format!("{nth} {}", if nth == 2 && choose.contains("1:2") { 1 } else { 0 });
        let line = "\"event\":\"choice\",\"actor\":0,\"of\":\"goes\",\"who\":\"0 1\"";
        writeln!(tape, "{{\"at_us\":0,{line},\"nth\":{nth},\"state\":\"{state}\"}}").unwrap();
        if nth == ask {
            for (nth, actor) in [(1, 0), (2, 1)] {
                let line = "\"event\":\"option\",\"call\":\"send\",\"place\":\"src/main.rs:1\"";
                writeln!(tape, "{{\"at_us\":0,{line},\"nth\":{nth},\"actor\":{actor}}}").unwrap();
            }
            std::fs::write(value("--tape").unwrap(), tape).unwrap();
            std::process::exit(75);
        }
    }
    std::fs::write(value("--tape").unwrap(), tape).unwrap();
    let is_bad = choose.contains("2:2") || held.contains("1@send#1");
    if is_bad {
        let cause = "cause\t1@send#1\tsend\tsrc/main.rs:1\t\t\t\n";
        std::fs::write(value("--keep-holds").unwrap(), cause).unwrap();
    }
    assert!(is_safe || !is_bad, "it is bad");
    println!("done");
}
"##;

const CHALLENGES: &str = r#"
[make-it-panic]
says = "Make it panic."
on = "mine"
ends = "panicked"

[on-the-starter]
says = "Make the starter panic."
on = "starter"
ends = "panicked"
most = "1"

[never]
says = "Make the starter panic though it is safe."
on = "starter"
flags = "--safe"
ends = "panicked"
"#;

fn small(test: &str) -> Small {
    let small = Small::new(test);
    small.write("exercises/01-small/src/main.rs", MAIN);
    small.write("solutions/01-small/starter/main.rs", MAIN);
    small.write("exercises/01-small/challenges.toml", CHALLENGES);
    small
}

fn said(output: &Output) -> String {
    format!("{}{}", stdout(output), stderr(output))
}

#[test]
fn a_challenge_is_solved_by_choosing() {
    let small = small("stage-solved");
    let listed = stdout(&small.course("stage 1 --challenges", ""));
    assert!(listed.contains("· on-the-starter: Make the starter panic."), "{listed}");
    let not_yet = small.course("stage 1 --challenge on-the-starter --choose 1:2", "");
    assert_eq!(not_yet.status.code(), Some(1), "{}", said(&not_yet));
    let mut terminal = Terminal::course(&small, "stage 1 --challenge on-the-starter");
    terminal
        .until(&["Make the starter panic. Depart from the usual order at most once", "choice 1"]);
    terminal.types("12");
    terminal.until(&["Solved."]);
    terminal.types("q");
    assert!(terminal.ends().success());
    // It is read by another thread, which may be behind.
    terminal.until_behind(0, &["To replay it: --held '1@send#1'"]);
    let noted = small.read(".progress.jsonl");
    assert!(
        noted.contains(r#""event":"challenge""#) && noted.contains(r#""order":"2:2""#),
        "{noted}"
    );
    let listed = stdout(&small.course("stage 1 --challenges", ""));
    assert!(listed.contains("✓ solved on-the-starter"), "{listed}");
}

#[test]
fn who_breaks_their_own_program_gets_a_test() {
    let small = small("stage-mine");
    let found = small.course("stage 1 --challenge make-it-panic --search", "");
    let text = said(&found);
    assert_eq!(found.status.code(), Some(1), "{text}");
    for wanted in [
        "Order 3 of those that were played does it: 2:2",
        "So your program is wrong.",
        "fn the_order_that_broke_it() {\n    let run = program().flags(\"--held 1@send#1\").run();\n    assert_eq!(run.stderr(), \"\");\n}",
        "Step through it: cargo course stage 01 --challenge make-it-panic --choose 2:2 --at 1",
    ] {
        assert!(text.contains(wanted), "{wanted:?} is missing:\n{text}");
    }
    assert!(!small.root.join(".progress.jsonl").exists(), "nothing is solved");
}

#[test]
fn what_can_not_be_done_is_found_out() {
    let small = small("stage-never");
    let found = small.course("stage 1 --challenge never --search", "");
    assert!(found.status.success(), "{}", said(&found));
    let text = stdout(&found);
    assert!(text.contains("Impossible: all orders were seen, in 4 plays."), "{text}");
    let cut = small.course("stage 1 --challenge never --search 2", "");
    assert!(
        stdout(&cut).contains("Not in 2 orders. There are more. It counts from 2,000 orders on."),
        "{}",
        said(&cut)
    );
    assert!(small.read(".progress.jsonl").contains(r#""name":"never""#));
    let listed = stdout(&small.course("stage 1 --challenges", ""));
    assert!(listed.contains("✓ impossible never: "), "{listed}");
}
