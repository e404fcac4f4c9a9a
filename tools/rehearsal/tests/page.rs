//! What the page on programs shows is what happens.

mod common;

use common::{STUCK, run};
use std::{fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there")
}

#[test]
fn the_program_on_the_page_is_run_and_prints_what_stands_there() {
    let source = read("examples/forgotten_drop.rs");
    let (_title, program) = source.split_once("\n\n").expect("a title goes before the program");
    let page = read("docs/programs.md");
    assert!(page.contains(&format!("```rust,no_run\n{program}```")), "the page shows the program");

    let run = run("forgotten_drop", "", "instant");
    assert_eq!(run.code, Some(STUCK));
    // The page's program begins two lines further up, in a file of its own.
    let report = run.stderr.replace("examples/forgotten_drop.rs", "src/main.rs");
    let report = report.lines().map(|line| shifted(line, 2)).collect::<Vec<_>>().join("\n");
    let (report, _how_to_read) =
        report.rsplit_once("\n(exit code").expect("it ends with the exit code");
    let transcript = format!("{}{report}", run.stdout);
    assert!(
        page.contains(&format!("```text\n{transcript}\n```")),
        "the page shows this:\n{transcript}"
    );
}

/// Moves each line number (after `main.rs:` or `line `) up by so many lines.
fn shifted(text: &str, lines: usize) -> String {
    let mut moved = String::new();
    let mut rest = text;
    while let Some(at) =
        ["main.rs:", "line "].iter().filter_map(|mark| Some(rest.find(mark)? + mark.len())).min()
    {
        let digits = rest[at..].chars().take_while(char::is_ascii_digit).count();
        moved.push_str(&rest[..at]);
        match rest[at..at + digits].parse::<usize>() {
            Ok(number) => moved.push_str(&(number - lines).to_string()),
            Err(_) => moved.push_str(&rest[at..at + digits]),
        }
        rest = &rest[at + digits..];
    }
    moved + rest
}
