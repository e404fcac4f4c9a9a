//! `cargo course hint`, and the file that keeps what a learner has done.

mod common;

use common::{Small, stderr, stdout};
use serde_json::Value;

const PROGRESS: &str = ".progress.jsonl";

fn hinted(small: &Small, arguments: &str) -> String {
    let output = small.course(&format!("hint {arguments}"), "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

/// What stands in the file, event by event.
fn events(small: &Small) -> Vec<Value> {
    let text = small.read(PROGRESS);
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn each_time_there_is_one_hint_more() {
    let small = Small::new("hints-more");
    let first = "01, alter 1: another number

Hint 1 of 3
Which line prints?

One more: cargo course hint 01 alter-1
";
    assert_eq!(hinted(&small, "1 alter-1"), first);
    let second = hinted(&small, "01-small Alter 1");
    assert!(second.contains("Hint 1 of 3\nWhich line prints?\n\nHint 2 of 3\n"), "{second}");
    assert!(!second.contains("Hint 3"), "{second}");
    // Without a name it is the first task whose TODO stands.
    let third = hinted(&small, "1");
    assert!(
        third.ends_with("Hint 3 of 3\nPrint 2 in `main`.\n\nThat is the last one.\n"),
        "{third}"
    );
    small.write("solutions/01-small/README.md", "# Worked answers\n");
    let again = hinted(&small, "1 alter1");
    assert!(again.contains("Hint 3 of 3"), "{again}");
    assert!(again.ends_with("The worked answer: solutions/01-small/README.md\n"), "{again}");
    let numbers: Vec<Value> = events(&small).iter().map(|it| it["number"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3], "what is shown again is no further hint");
}

#[test]
fn where_there_is_no_hint_it_says_why() {
    let small = Small::new("hints-none");
    for (arguments, words) in [
        ("1 break-1", "cargo course break 01 1"),
        ("1 fix-1", "a ★ task is yours alone"),
        ("1 fix-7", "01 has no task fix-7; there are: alter-1, break-1, fix-1"),
        ("7", "no exercise is called 7"),
    ] {
        let output = small.course(&format!("hint {arguments}"), "");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(words), "{arguments}: {told}");
    }
    small.change("exercises/01-small/src/main.rs", "TODO(alter-1): ", "");
    let told = stderr(&small.course("hint 1", ""));
    assert!(told.contains("name the task, as in: cargo course hint 01 fix-1"), "{told}");
}

#[test]
fn a_check_keeps_what_it_found_when_that_is_new() {
    let small = Small::new("progress-check");
    small.change(
        "exercises/01-small/src/main.rs",
        "    // TODO(alter-1): it prints the wrong number.\n",
        "",
    );
    assert_eq!(small.course("check 1", "").status.code(), Some(1));
    assert_eq!(small.course("check 1", "").status.code(), Some(1));
    let [only] = events(&small).try_into().unwrap();
    let only: Value = only;
    assert_eq!((&only["event"], &only["exercise"]), (&"check".into(), &"01-small".into()));
    assert_eq!(only["failed"], serde_json::json!(["alter-1"]));
    small.change("exercises/01-small/src/main.rs", "println!(\"1\")", "println!(\"2\")");
    assert_eq!(small.course("check 1", "").status.code(), Some(0));
    assert_eq!(events(&small)[1]["passed"], serde_json::json!(["alter-1"]));
    assert!(events(&small)[1]["at"].as_u64().is_some_and(|at| at > 1_700_000_000));
}

#[test]
fn a_line_that_can_not_be_read_is_told_and_nothing_is_lost() {
    let small = Small::new("progress-broken");
    hinted(&small, "1 alter-1");
    let good = small.read(PROGRESS);
    // The last line is cut off, as by a machine that was switched off.
    let broken = format!("no event\n{good}{{\"event\":\"hi");
    small.write(PROGRESS, &broken);
    assert!(hinted(&small, "1 alter-1").contains("Hint 2 of 3"));
    let now = small.read(PROGRESS);
    assert!(now.starts_with(&format!("{broken}\n")), "{now}");
    assert_eq!(events(&small).len(), 2);
    let told = stderr(&small.course("check 1", ""));
    let line = "note: .progress.jsonl:1 (and 1 more) is no event that this course writes; it is passed over and kept";
    assert!(told.contains(line), "{told}");
}
