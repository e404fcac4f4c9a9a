//! `cargo course explore`, as it is typed, on a program that plays what it is told.

mod common;

use common::{Small, stderr, stdout};

/// Explores as a program on the rehearsal does, and plays a schedule alone: the fourth is stuck.
const MAIN: &str = r##"//! Prints in one order or another.

fn value(flag: &str) -> Option<String> {
    std::env::args().skip_while(|arg| arg != flag).nth(1)
}

fn main() {
    if std::env::args().any(|arg| arg == "--bad") {
        eprintln!("error: --bad is bad");
        std::process::exit(2);
    }
    if let Some(schedule) = value("--shrink").filter(|_| value("--fails-from").as_deref() == Some("5")) {
        let told = format!("{{\"schedule\":{schedule},\"hold\":\"2@recv#3>1\",\"sentence\":\"It fails when two is held.\"}}\n");
        std::fs::write(value("--explored").unwrap(), told).unwrap();
        std::process::exit(1);
    }
    let fails_from = value("--fails-from").map_or(99, |text| text.parse().unwrap());
    let Some(range) = value("--explore") else {
        eprintln!("\nDEADLOCK at 0.5 s: the whole report\n(exit code 70)");
        std::process::exit(70);
    };
    let (from, to) = range.split_once("..").unwrap();
    let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
    let mut list = r#"{"schedule":null,"exit":0,"stdout":"one\ntwo\n","stderr":"","end":"ends well","fails":false}"#.to_owned() + "\n";
    for schedule in from..to {
        list += &if schedule >= fails_from {
            format!("{{\"schedule\":{schedule},\"exit\":70,\"stdout\":\"one\\n\",\"stderr\":\"\\nDEADLOCK at 0.5 s (its report: x)\\n\",\"end\":\"is stuck: DEADLOCK\",\"fails\":true}}\n")
        } else if schedule % 2 == 1 {
            format!("{{\"schedule\":{schedule},\"exit\":0,\"stdout\":\"two\\none\\n\",\"stderr\":\"\",\"end\":\"ends well\",\"fails\":false}}\n")
        } else {
            format!("{{\"schedule\":{schedule},\"exit\":0,\"stdout\":\"one\\ntwo\\n\",\"stderr\":\"\",\"end\":\"ends well\",\"fails\":false}}\n")
        };
    }
    std::fs::write(value("--explored").unwrap(), list).unwrap();
}
"##;

fn small(test: &str) -> Small {
    let small = Small::new(test);
    small.write("exercises/01-small/src/main.rs", MAIN);
    small
}

#[test]
fn what_goes_wrong_is_shown_beside_the_usual_order() {
    let small = small("explore-stuck");
    let output = small.course("explore 1 --schedules 6 -- --fails-from 4", "");
    assert_eq!(
        stdout(&output),
        format!(
            "\
cargo 01 --fails-from 4: the usual order, and schedules 0 to 5

     3  distinct transcripts
     2  distinct sets of lines, whatever their order
     4  ends well
     2  is stuck: DEADLOCK
        (the usual order ends well)

The first that goes wrong: schedule 4 is stuck: DEADLOCK.

  the usual order{gap} | schedule 4
  {line} | {line}
  one{wide} | one
> two{wide} | (no line)

DEADLOCK at 0.5 s: the whole report
(exit code 70)

Play it again: cargo 01 --fails-from 4 --pace instant --schedule 4
See it drawn: cargo course timeline 01 -- --fails-from 4 --pace instant --schedule 4
",
            gap = " ".repeat(22),
            wide = " ".repeat(34),
            line = "-".repeat(37)
        ),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn where_nothing_goes_wrong_another_order_is_shown() {
    let small = small("explore-well");
    let output = small.course("explore 1 --schedules 4", "");
    let told = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", stderr(&output));
    assert!(
        told.contains("None goes wrong. The first that differs: schedule 1 ends well."),
        "{told}"
    );
    assert!(told.contains("\n> one"), "{told}");
    let told = stdout(&small.course("explore 1 --schedules 1", ""));
    assert!(told.ends_with("\nAll orders print the same, in the same order.\n"), "{told}");
}

#[test]
fn what_cannot_be_explored_is_told() {
    let small = small("explore-refused");
    let output = small.course("explore 1 -- --bad", "");
    assert_eq!(output.status.code(), Some(1));
    let why = "error: cargo 01 --bad --explore 0..100 can't be explored (exit code 2):\nerror: --bad is bad\n";
    assert_eq!(stderr(&output), why);
    assert_eq!(small.course("explore 1 --schedules 0", "").status.code(), Some(2));
    assert_eq!(small.course("explore 7", "").status.code(), Some(2));
}

#[test]
fn the_help_has_an_example() {
    let small = Small::new("explore-help");
    let told = stdout(&small.course("explore --help", ""));
    assert!(told.contains("cargo course explore 04 --schedules 500 -- --workers 5"), "{told}");
}

#[test]
fn what_it_needs_to_go_wrong_is_told_in_a_sentence() {
    let small = small("explore-shrunk");
    let output = small.course("explore 1 --schedules 6 -- --fails-from 5", "");
    let told = "\
Play it again: cargo 01 --fails-from 5 --pace instant --schedule 5
See it drawn: cargo course timeline 01 -- --fails-from 5 --pace instant --schedule 5

It fails when two is held.

Play that alone: cargo 01 --fails-from 5 --pace instant --held '2@recv#3>1'
";
    assert!(stdout(&output).ends_with(told), "{}{}", stdout(&output), stderr(&output));
}
