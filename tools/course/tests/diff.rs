//! `cargo course diff`: it compares with the solution, and not before the tasks pass.

mod common;

use common::{Small, stderr, stdout};

const MAIN: &str = "exercises/01-small/src/main.rs";
const RIGHT: &str = "fn main() {\n    println!(\"2\");\n}\n";

#[test]
fn the_solution_is_shown_when_the_task_passes() {
    let small = Small::new("diff");
    let refused = small.course("diff 1", "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("alter-1 of 01 did not pass"), "{}", stderr(&refused));
    assert!(!stderr(&refused).contains("let number"));
    let spoilt = small.course("diff 1 --spoil", "");
    assert!(stdout(&spoilt).contains("\n  +    let number = 2;\n"), "{}", stdout(&spoilt));

    small.write(MAIN, RIGHT);
    // What is right and was not checked is not known to be right.
    assert_eq!(small.course("diff 1", "").status.code(), Some(1));
    assert_eq!(small.course("check 1", "").status.code(), Some(0));
    let told = stdout(&small.course("diff 1", ""));
    assert!(told.starts_with("src/main.rs: - yours, + the solution\n\n"), "{told}");
    assert!(told.contains("  -    println!(\"2\");\n"), "{told}");
    small.write(MAIN, common::SOLUTION);
    assert_eq!(
        stdout(&small.course("diff 1 --spoil", "")),
        "Your program is the solution, word for word.\n"
    );
}

#[test]
fn without_a_solution_there_is_nothing_to_compare_with() {
    let small = Small::new("diff-none");
    std::fs::remove_dir_all(small.root.join("solutions")).unwrap();
    let output = small.course("diff 1 --spoil", "");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("solutions/01-small is missing"), "{}", stderr(&output));
}
