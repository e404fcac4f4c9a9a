//! The timeline within `cargo course watch`, in a terminal.

#![cfg(target_os = "linux")]

mod common;
#[path = "common/tape.rs"]
mod tape;
#[path = "common/terminal.rs"]
mod terminal;

use common::{Small, stdout};
use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};
use terminal::{Terminal, until_nobody_works_in};

const MAIN: &str = "exercises/01-small/src/main.rs";
const BACK: &str = "any key goes back  q quit";

/// Right where it is judged; with a tape it begins one, prints for ever and never ends.
const FLOODS: &str = r#"fn main() {
    println!("2");
    let mut arguments = std::env::args().skip_while(|argument| argument != "--tape");
    let Some(tape) = arguments.nth(1) else { return };
    std::fs::write(&tape, "{\"at_us\":0,\"event\":\"start\",\"format\":1,\"pace\":\"instant\"}\n").unwrap();
    loop {
        println!("flood");
    }
}
"#;

/// A window on a course, whose temporary files have a folder of their own.
fn watched(small: &Small, sign: &str) -> Terminal {
    fs::create_dir_all(small.root.join("tmp")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
    command.args(["watch", "1"]).current_dir(&small.root).env("TMPDIR", small.root.join("tmp"));
    command.env("CARGO_TARGET_DIR", small.root.join("target")).env("CARGO_NET_OFFLINE", "true");
    let terminal = Terminal::running(&command);
    terminal.until(&[&format!("{sign}  alter-1"), "t timeline"]);
    terminal
}

fn has_tape(small: &Small) -> bool {
    let files = fs::read_dir(small.root.join("tmp")).unwrap().flatten();
    // A compiler that was ended leaves its own.
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("handoff-"))
}

/// Waits until there is a tape, or until there is none.
#[track_caller]
fn until_there_is(tape: bool, small: &Small) {
    let start = Instant::now();
    while has_tape(small) != tape {
        assert!(start.elapsed() < Duration::from_secs(240), "the tape: {}", !tape);
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[track_caller]
fn nothing_is_left(small: &Small) {
    until_nobody_works_in(&small.root);
    assert!(!has_tape(small));
}

#[test]
fn the_timeline_is_drawn_in_the_window_and_any_key_goes_back() {
    let small = tape::small("watch-timeline");
    let mut terminal = watched(&small, "✗");
    terminal.types("t");
    let whole = terminal.until(&["cargo 01, pace instant: 1.000 s", "Look first at main.", BACK]);
    assert!(whole.contains("\nWorker   ····"), "{whole}");
    assert!(terminal.all().contains("\x1b[32m██"), "what works is green");
    terminal.types("h");
    let verdict = terminal.until(&["✗  alter-1", "t timeline"]);
    assert!(!verdict.contains("Hint"), "{verdict}");

    terminal.types("t");
    terminal.until(&["Look first at main.", BACK]);
    terminal.resize(60, 11);
    let small_one = terminal.until(&["… all of it: cargo course timeline 01", BACK]);
    assert_eq!(small_one.lines().count(), 11, "{small_one}");
    let longest = small_one.lines().map(|line| line.chars().count()).max();
    assert!(longest.is_some_and(|longest| longest <= 60), "{small_one}");
    terminal.types("\x1b[A");
    terminal.until(&["✗  alter-1", "t timeline"]);
    terminal.types("q");
    assert!(terminal.ends().success());
    nothing_is_left(&small);
}

#[test]
fn many_actors_share_rows_where_the_window_is_low() {
    let small = tape::small("watch-timeline-many");
    let worker = |number: usize| {
        let spawn = r#"{"at_us":0,"event":"spawn","actor":N,"kind":"thread","place":"src/main.rs:4","by":0}"#;
        spawn.replace('N', &number.to_string()) + "\n"
    };
    let (start, rest) = tape::TAPE.split_once('\n').unwrap();
    let workers: String = (2..22).map(worker).collect();
    small.write("tape.jsonl", &format!("{start}\n{workers}{rest}"));
    let told = |more: &str| stdout(&small.course(&format!("timeline 1 {more}"), ""));
    assert!(told("").contains("\nthread 20 (line 4)"), "{}", told(""));
    let low = told("--lines 16");
    assert!(low.contains("\n21 threads (line 4)") && low.contains("\nqueue 1 "), "{low}");
    assert_eq!(low.lines().count(), 16, "{low}");
    assert_eq!(told("--lines 200"), told(""));
}

#[test]
fn a_program_that_floods_holds_the_window_up_at_no_moment() {
    let small = Small::new("watch-timeline-flood");
    small.write(MAIN, FLOODS);
    let mut terminal = watched(&small, "✓");
    terminal.types("t");
    until_there_is(true, &small);
    terminal.until(&[BACK]);
    terminal.types(" ");
    terminal.until(&["✓  alter-1", "t timeline"]);
    until_there_is(false, &small);

    terminal.types("t");
    until_there_is(true, &small);
    let asked = Instant::now();
    terminal.types("q");
    assert!(terminal.ends().success());
    assert!(asked.elapsed() < Duration::from_secs(60), "{:?}", asked.elapsed());
    assert!(terminal.is_as_before());
    nothing_is_left(&small);

    let mut terminal = watched(&small, "✓");
    terminal.types("t");
    until_there_is(true, &small);
    terminal.signal(rustix::process::Signal::KILL);
    terminal.ends();
    nothing_is_left(&small);
}

#[test]
fn a_check_that_the_timeline_has_ended_begins_anew() {
    let small = Small::new("watch-timeline-anew");
    small.write(MAIN, FLOODS);
    let mut terminal = watched(&small, "✓");
    small.write(MAIN, &FLOODS.replace("\"2\"", "\"3\""));
    terminal.until(&["building"]);
    terminal.types("t");
    until_there_is(true, &small);
    terminal.types("v");
    terminal.until(&["✗  alter-1", "t timeline"]);
    small.write(MAIN, "fn main() {\n    let number: u32 = \"x\";\n}\n");
    terminal.until(&["error[E0308]", "t timeline"]);
    terminal.types("t");
    terminal.until(&["01-small does not compile: ", "src/main.rs:2 mismatched types", BACK]);
    terminal.types("\n");
    terminal.until(&["error[E0308]", "t timeline"]);
    terminal.types("q");
    assert!(terminal.ends().success());
    nothing_is_left(&small);
}
