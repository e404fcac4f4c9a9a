//! A program that leaves the tape that it is told, for those who draw it.

#![allow(dead_code, reason = "each test file uses another part of it")]

use crate::common::Small;

/// Two threads and a queue for two: one waits for the other's end, and that one for an item.
pub(crate) const TAPE: &str = r#"{"at_us":0,"event":"start","format":1,"pace":"instant"}
{"at_us":0,"event":"queue","actor":0,"queue":1,"capacity":2,"place":"src/main.rs:3"}
{"at_us":0,"event":"spawn","actor":1,"kind":"thread","place":"src/main.rs:4","by":0}
{"at_us":0,"event":"wait","actor":1,"on":"recv","queue":1,"place":"src/main.rs:9"}
{"at_us":0,"event":"sleep","actor":0,"for_us":400000,"asked_us":200000,"place":"src/main.rs:5"}
{"at_us":0,"event":"wait","actor":0,"on":"sleep","place":"src/main.rs:5"}
{"at_us":400000,"event":"send","actor":0,"queue":1,"depth":1,"message":1,"place":"src/main.rs:6"}
{"at_us":400000,"event":"send","actor":0,"queue":1,"depth":2,"message":2,"place":"src/main.rs:6"}
{"at_us":400000,"event":"wait","actor":0,"on":"join","place":"src/main.rs:7"}
{"at_us":400000,"event":"recv","actor":1,"queue":1,"depth":1,"message":1,"place":"src/main.rs:9"}
{"at_us":400000,"event":"name","actor":1,"name":"Worker"}
{"at_us":400000,"event":"work","actor":1,"for_us":300000,"asked_us":300000,"place":"src/main.rs:10"}
{"at_us":700000,"event":"print","actor":1,"stream":"stdout","line":"[Worker] did </script><b> 1"}
{"at_us":700000,"event":"recv","actor":1,"queue":1,"depth":0,"message":2,"place":"src/main.rs:9"}
{"at_us":700000,"event":"sleep","actor":1,"for_us":300000,"asked_us":300000,"place":"src/main.rs:10"}
{"at_us":700000,"event":"wait","actor":1,"on":"sleep","place":"src/main.rs:10"}
{"at_us":1000000,"event":"wait","actor":1,"on":"recv","queue":1,"place":"src/main.rs:9"}
{"at_us":1000000,"event":"stands","actor":0,"who":"main","does":"waits","on":"join","of":"Worker","place":"src/main.rs:7"}
{"at_us":1000000,"event":"stands","actor":1,"who":"Worker","does":"waits","on":"recv","call":"recv()","queue":1,"others":1,"place":"src/main.rs:9"}
{"at_us":1000000,"event":"stuck","kind":"deadlock","report":"DEADLOCK at 1.0 s: nothing can happen any more.\n\n  main    waits at src/main.rs:7 for the end of Worker\n  Worker  waits at src/main.rs:9 in recv(): the queue made at line 3 is empty,\n          but 1 sender still exists (made at line 3, last used by main at line 6)","advice":"keeper","says":"Look first at main."}
"#;

/// Leaves the tape that stands beside it, or none.
pub(crate) const MAIN: &str = r##"//! Leaves a tape.

fn value(flag: &str) -> Option<String> {
    std::env::args().skip_while(|arg| arg != flag).nth(1)
}

fn main() {
    match value("--do").as_deref() {
        Some("refuse") => {
            eprintln!("error: --do is bad");
            std::process::exit(2);
        }
        Some("nothing") => return,
        _ => {}
    }
    assert_eq!(value("--pace").as_deref(), Some("instant"));
    let length: usize = value("--lines").map_or(99, |lines| lines.parse().unwrap());
    let tape = std::fs::read_to_string("tape.jsonl").unwrap();
    let cut: Vec<&str> = tape.lines().take(length).collect();
    std::fs::write(value("--tape").unwrap(), cut.join("\n") + "\n").unwrap();
}
"##;

/// A small course with that program.
pub(crate) fn small(test: &str) -> Small {
    let small = Small::new(test);
    small.write("exercises/01-small/src/main.rs", MAIN);
    small.write("tape.jsonl", TAPE);
    small
}
