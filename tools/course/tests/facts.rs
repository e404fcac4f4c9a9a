//! The checks themselves: they let a good exercise through, and find each fault.

mod common;

use common::Small;
use course::proof::{Fact, Wish, facts};

fn untrue(small: &Small) -> Vec<Fact> {
    let mut facts = facts::all(&small.exercise(), &Wish::default());
    assert_eq!(facts.len(), facts::NAMES.len());
    facts.retain(|fact| !fact.holds);
    facts
}

#[test]
fn a_good_exercise_has_no_fault() {
    assert_eq!(untrue(&Small::new("facts-good")), []);
}

/// Breaks look at the program as it was given, so they may come first; and a task for warming up is number 0.
#[test]
fn the_sections_of_the_tasks_stand_in_any_order() {
    let small = Small::new("facts-order");
    let brief = small.read(README);
    let (before, rest) = brief.split_once("## Alter it").unwrap();
    let (alter, rest) = rest.split_once("## Break it").unwrap();
    let (breaks, rest) = rest.split_once("## Fix it").unwrap();
    let turned = format!("{before}## Break it{breaks}## Alter it{alter}## Fix it{rest}");
    small.write(README, &turned);
    assert_eq!(untrue(&small), []);
    // Its test and its TODO have another number.
    small.write(README, &turned.replace("Alter 1", "Alter 0"));
    small.change(HINTS, "alter-1", "alter-0");
    course::hints::looked_over(&small.exercise()).unwrap();
    let names: Vec<String> = untrue(&small).into_iter().map(|fact| fact.name).collect();
    assert_eq!(names, ["todos"]);
}

const README: &str = "exercises/01-small/README.md";
const HINTS: &str = "exercises/01-small/hints.md";
const TASKS: &str = "exercises/01-small/tests/tasks.rs";
const STARTER: &str = "solutions/01-small/starter/main.rs";
const SOLUTION: &str = "solutions/01-small/src/main.rs";
const WRONG: &str = "solutions/01-small/wrong/number-13.diff";
const RIGHT: &str = "solutions/01-small/also-right/way-2.rs";
/// What is changed in which file, and the check that has to find it, with words of what it says.
const FAULTS: &[(&str, &str, &str, &str, &str)] = &[
    (README, "## Focus\n", "", "sections", "no section 'Focus'"),
    (README, "## Run\n", "## Playing\n", "sections", "'Playing' is no section"),
    (
        README,
        "## Focus\n## Why this exists\n",
        "## Why this exists\n## Focus\n",
        "sections",
        "in this order",
    ),
    (README, " (10 min)", "", "tasks", "alter 1 does not say its minutes"),
    (README, "Alter 1", "Alter 2", "tasks", "not numbered from 1"),
    (README, "Print 2.\n\n```sh\ncargo 01\n```\n", "", "tasks", "alter 1 says nothing below"),
    (README, "```sh\ncargo 01", "```text\ncargo 01", "tasks", "alter 1 names no command to try"),
    (README, "course check 01", "course check", "tasks", "`cargo course check 01`, which"),
    (README, "## Fix it\n", "## Extra\n## Fix it\n", "sections", "'Extra' is no section"),
    (README, "1. Why?", "Why?", "tasks", "asks nothing"),
    (README, "text\n1\n", "text\n2\n", "expected-output", "line 1 is '2' in the README and '1'"),
    (README, "### ★ Fix 1", "### ★ Fixed 1", "todos", "fix-1 has no heading in the README"),
    (TASKS, "#[task(\"fix-1\"", "#[tusk(\"fix-1\"", "todos", "fix-1 has no test"),
    (STARTER, "TODO(fix-1)", "Todo", "todos", "fix-1 has no TODO in the starter"),
    (STARTER, "println!(\"1\")", "println!(\"7\")", "breaks", "does not apply"),
    (STARTER, "use std::env;", "use std::{env};", "starter", "differ"),
    (SOLUTION, "    println!", "    // todo (fix 1)\n    println!", "solution-todos", "main.rs:10"),
    (
        "solutions/01-small/breaks/1-zero.diff",
        "# explain",
        "# tells",
        "breaks",
        "'tells: It prints",
    ),
    (README, "### Break 1", "### Break 2", "breaks", "belongs to no Break"),
    (WRONG, "refused by: alter-1", "refused by: alter-9", "banks", "names alter-9"),
    (WRONG, "# refused by: alter-1\n", "", "banks", "does not say 'refused by: …'"),
    (WRONG, "# says: assertion", "# says assertion", "banks", "begins with none of"),
    (WRONG, "+    let number = 13;", "+    let number = 2;", "banks", "number-13 changes nothing"),
    (WRONG, "@@ -1,7 +1,7 @@", "@@ -3,7 +3,7 @@", "banks", "at other lines than it says"),
    (SOLUTION, "let number = 2;", "let number = 1 + 1;", "banks", "does not apply to main.rs"),
    (RIGHT, "//! Prints", "// Prints", "banks", "way-2 does not say"),
    (HINTS, "3. Print", "Print", "hints", "alter-1 has 2 hints, 3 are wanted"),
    (HINTS, "## alter-1", "## fix-1", "hints", "alter-1 has no hints; 'fix-1' is no core task"),
    (
        HINTS,
        "`main`",
        "`main_loop`",
        "hints",
        "hint 3 of alter-1 names `main_loop`, which is nowhere",
    ),
    (HINTS, "`main`", "`--quiet`", "hints", "hint 3 of alter-1 names `--quiet`, which is nowhere"),
    (
        HINTS,
        "Print 2 in",
        "Say `let number\n   = 2;`",
        "hints",
        "a line of the solution: letnumber=2;",
    ),
    (README, "Print 2.", "Print 2 again.", "hints", "`cargo course hint 01 --looked-over`"),
    ("exercises/01-small/ANSWERS.md", "## Explain 1", "## Explain 2", "answers", "'Explain 1'"),
    (
        "exercises/01-small/examples/real.rs",
        "println!(\"1\")",
        "println!(\"2\")",
        "real",
        "examples/real.rs differs from the starter, first in '-    println!(\"2\");'; cargo course real 01",
    ),
];

#[test]
fn each_fault_is_found_by_its_check() {
    for (path, from, to, check, words) in FAULTS {
        let small = Small::new("facts-faults");
        small.change(path, from, to);
        let found = untrue(&small);
        let fact = found.iter().find(|fact| fact.name == *check);
        let detail = &fact
            .unwrap_or_else(|| panic!("{check} did not find '{to}' in {path}: {found:?}"))
            .detail;
        assert!(detail.contains(words), "{check} says of {path}: {detail}");
    }
}

#[test]
fn a_small_change_is_a_diff_and_a_large_one_a_whole_program() {
    let small = Small::new("facts-size");
    let banks = |path: &str, text: &str| {
        small.write(path, text);
        let found = untrue(&small).into_iter().find(|fact| fact.name == "banks");
        std::fs::remove_file(small.root.join(path)).unwrap();
        found.map(|fact| fact.detail).unwrap_or_default()
    };
    let program = common::SOLUTION.replace("//! Prints a number.", "//! Prints in another way.");
    let whole = program.replace("= 2", "= 1 + 1");
    assert_eq!(
        banks("solutions/01-small/also-right/nearly.rs", &whole),
        "also-right/nearly changes 10 % of its files: below 15 % it is kept as a diff"
    );
    let removed: String =
        common::SOLUTION.lines().take(10).map(|line| format!("-{line}\n")).collect();
    let diff = format!(
        "# Nothing.\n# refused by: alter-1\n--- solution/main.rs\n+++ solution/main.rs\n@@ -1,11 +1 @@\n{removed} }}\n"
    );
    assert_eq!(
        banks("solutions/01-small/wrong/nothing.diff", &diff),
        "wrong/nothing changes 81 % of its files: above 40 % it is kept as a whole program"
    );
}

#[test]
fn a_file_that_is_missing_is_a_fault_and_no_crash() {
    let small = Small::new("facts-missing");
    std::fs::remove_dir_all(small.root.join("solutions/01-small")).unwrap();
    std::fs::remove_dir_all(small.root.join("exercises/01-small/tests")).unwrap();
    let names: Vec<String> = untrue(&small).into_iter().map(|fact| fact.name).collect();
    for name in [
        "expected-output",
        "hints",
        "todos",
        "solution-todos",
        "breaks",
        "banks",
        "starter",
        "real",
    ] {
        assert!(names.contains(&name.to_owned()), "{name} holds without its files");
    }
}

#[test]
fn each_part_of_a_break_is_asked_for() {
    let small = Small::new("facts-parts");
    let edit = small.read("solutions/01-small/breaks/1-zero.diff");
    small.write("solutions/01-small/breaks/1b-zero.diff", &edit);
    small.write("solutions/01-small/breaks/1b-zero.out", "");
    let found = untrue(&small);
    let [breaks] = found.as_slice() else { panic!("{found:?}") };
    assert!(
        breaks.detail.contains("2 edits for break 1, and the README asks 1 times"),
        "{}",
        breaks.detail
    );
    small.change(README, "Print 0. What happens?\n", "Print 0. What happens?\n\nThen again.\n");
    assert!(untrue(&small).is_empty());
}
