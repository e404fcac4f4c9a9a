//! Variants as an author meets them: made, saved, shown, and brought along when the solution changes.

mod common;

use common::{Small, stderr, stdout};
use std::fs;

const SOLUTION: &str = "solutions/01-small/src/main.rs";

/// Runs a command that has to go well, and gives what it printed.
fn good(small: &Small, arguments: &str) -> String {
    let output = small.course(arguments, "");
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

/// Runs a command that has to fail, and gives its exit code and what it complained of.
fn bad(small: &Small, arguments: &str) -> (Option<i32>, String) {
    let output = small.course(arguments, "");
    (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
}

/// The lines of a proof that tell verdicts, without the messages, which hold the number of a thread.
fn verdicts(told: &str) -> Vec<&str> {
    let lines = told.lines().filter(|line| line.contains(": "));
    lines.filter_map(|line| line.split(" (").next()).collect()
}

/// Makes a copy with `new` and edits it.
fn begin(small: &Small, name: &str, from: &str, to: &str, notes: &str) {
    good(small, &format!("variant new 1 {name}"));
    let copy = format!("target/course/edit-01-{}", name.replace('/', "-"));
    small.change(&format!("{copy}/src/main.rs"), from, to);
    small.write(&format!("{copy}/NOTES"), notes);
}

const NOTES: &str = "# It prints a word.\n# refused by: alter-1\n";

#[test]
fn a_variant_is_made_saved_shown_and_opened_again() {
    let small = Small::new("variant-new");
    begin(&small, "wrong/a-word", "{number}", "two", NOTES);
    let again = bad(&small, "variant new 1 wrong/a-word");
    assert_eq!(again.0, Some(2));
    assert!(again.1.contains("holds a copy that is not saved"), "{}", again.1);
    let told = good(&small, "variant save 1 wrong/a-word");
    assert_eq!(told, "solutions/01-small/wrong/a-word.diff: 2 lines differ\n");
    let diff = small.read("solutions/01-small/wrong/a-word.diff");
    assert!(
        diff.starts_with(&format!("{NOTES}--- solution/main.rs\n+++ solution/main.rs\n@@")),
        "{diff}"
    );
    assert!(diff.contains("-    println!(\"{number}\");\n+    println!(\"two\");\n"), "{diff}");

    let shown = good(&small, "variant show 1 wrong/a-word");
    assert!(shown.contains("It prints a word.\n  alter-1\n\nsrc/main.rs\n  @@"), "{shown}");
    assert!(!shown.contains("//! Prints a number.\n\nfn main"), "{shown}");
    let whole = good(&small, "variant show 1 wrong/a-word --whole");
    assert!(whole.contains("src/main.rs\n//! Prints a number.\n\nfn main() {\n"), "{whole}");

    let exists = bad(&small, "variant new 1 wrong/a-word");
    assert!(exists.1.contains("wrong/a-word exists: `cargo course variant open 01 wrong/a-word`"));
    good(&small, "variant open 1 wrong/a-word");
    small.change("target/course/edit-01-wrong-a-word/src/main.rs", "two", "three");
    good(&small, "variant save 1 wrong/a-word");
    let edited = small.read("solutions/01-small/wrong/a-word.diff");
    assert_eq!(edited, diff.replace("two", "three"));
}

#[test]
fn what_is_not_right_yet_is_not_written_and_nothing_is_lost() {
    let small = Small::new("variant-bad");
    for (name, words) in [("wrong/../x", "names no variant"), ("bank/x", "names no variant")] {
        let (code, told) = bad(&small, &format!("variant new 1 {name}"));
        assert_eq!(code, Some(2));
        assert!(told.contains(words), "{told}");
    }
    assert!(bad(&small, "variant save 1 wrong/x").1.contains("there is no copy of wrong/x"));
    assert!(
        bad(&small, "variant show 1 wrong/x").1.contains("has no wrong/x; there are: number-11")
    );

    let copy = "target/course/edit-01-wrong-x";
    for (notes, words) in [
        ("# What.\n# refused by: \n", "'# refused by: …' names the tasks"),
        ("# refused by: alter-1\n", "the first line says what the program is"),
        ("It is.\n", "each line begins with #"),
        ("# It is.\n# refused by: alter-1\n# refusd by: x\n", "begins with none of"),
    ] {
        begin(&small, "wrong/x", "{number}", "two", notes);
        let (code, told) = bad(&small, "variant save 1 wrong/x");
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(words), "{notes}: {told}");
        assert!(small.read(&format!("{copy}/src/main.rs")).contains("two"));
        fs::remove_dir_all(small.root.join(copy)).unwrap();
    }
    good(&small, "variant new 1 wrong/x");
    small.write(&format!("{copy}/NOTES"), NOTES);
    assert!(bad(&small, "variant save 1 wrong/x").1.contains("nothing was edited"));
    assert!(!small.root.join("solutions/01-small/wrong/x.diff").exists());
}

#[test]
fn a_program_of_its_own_design_is_kept_whole() {
    let small = Small::new("variant-whole");
    let notes = "# It prints by itself.\n";
    let body = "\nfn main() {\n    let number = 2;\n    tell(number);\n}\n\n/// Tells a number.\nfn tell(number: u32) {\n    println!(\"{number}\");\n}\n";
    begin(&small, "also-right/alone", body, "\nfn main() {\n    print!(\"2\\n\");\n}\n", notes);
    let told = good(&small, "variant save 1 also-right/alone");
    assert!(told.starts_with("solutions/01-small/also-right/alone.rs: "), "{told}");
    let whole = small.read("solutions/01-small/also-right/alone.rs");
    assert_eq!(whole, "//! It prints by itself.\n\nfn main() {\n    print!(\"2\\n\");\n}\n");
    good(&small, "variant open 1 also-right/alone");
    assert_eq!(small.read("target/course/edit-01-also-right-alone/NOTES"), notes);
}

#[test]
fn a_copy_is_merged_with_what_has_changed_since() {
    let small = Small::new("variant-merge");
    begin(&small, "wrong/late", "{number}", "two", NOTES);
    small.change(SOLUTION, "//! Prints a number.", "//! Prints one number.");
    let told = good(&small, "variant save 1 wrong/late");
    assert!(told.ends_with("2 lines differ, merged with what has changed since\n"), "{told}");

    begin(&small, "wrong/later", "{number}", "two", NOTES);
    small.change(SOLUTION, "println!(\"{number}\")", "print!(\"{number}\\n\")");
    let (code, told) = bad(&small, "variant save 1 wrong/later");
    assert_eq!(code, Some(1));
    assert!(told.contains("the solution has changed at the same place of main.rs"), "{told}");
    assert!(!small.root.join("solutions/01-small/wrong/later.diff").exists());
}

#[test]
fn after_a_rename_in_the_solution_a_rebase_brings_all_along_and_the_proof_holds() {
    let small = Small::new("variant-rebase").with_solution_in_git();
    // One that uses the name in a line of its own.
    begin(&small, "wrong/twice", "tell(number);", "tell(number);\n    tell(number);", NOTES);
    good(&small, "variant save 1 wrong/twice");
    small.commit("Add a wrong program");
    let proof = "proof 1 --fresh --only wrong/,also-right/,solution,banks";
    let before = good(&small, proof);
    assert!(before.contains("wrong/twice: refused by alter-1"), "{before}");

    // The program is longer at its top, and both of its names are new.
    let renamed = small
        .read(SOLUTION)
        .replace("number", "count")
        .replace("Prints a count", "Prints\n//! a count");
    small.write(SOLUTION, &renamed);
    let (code, told) = bad(&small, proof);
    assert_eq!(code, Some(1), "{told}");
    let told = good(&small, "variant rebase 1 --rename number=count");
    assert_eq!(told, "9 written anew, 5 stay as they are, 0 left to you\n");
    let diff = small.read("solutions/01-small/wrong/twice.diff");
    assert!(diff.contains("+    tell(count);"), "{diff}");
    let after = good(&small, proof);
    assert_eq!(verdicts(&after), verdicts(&before));
    for folder in ["target/debug", "target/debug/deps", "target/debug/incremental"] {
        for entry in fs::read_dir(small.root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.contains("variants"), "{folder}/{name} was left behind");
        }
    }

    // Committed or not, and a second time, there is nothing left to do.
    small.commit("Rename");
    let proof = "proof 1 --only wrong/";
    assert!(!good(&small, proof).contains("(as before)"));
    assert_eq!(good(&small, proof).matches("(as before)").count(), 9);
    small.change("exercises/01-small/tests/tasks.rs", "What must hold.", "What has to hold.");
    assert!(!good(&small, proof).contains("(as before)"), "the tests are others now");
    assert_eq!(
        good(&small, "variant rebase 1"),
        "0 written anew, 14 stay as they are, 0 left to you\n"
    );
}

#[test]
fn a_conflict_is_named_and_writes_nothing() {
    let small = Small::new("variant-conflict").with_solution_in_git();
    begin(&small, "wrong/named", "let number = 2", "let one = 1; let number = one", NOTES);
    good(&small, "variant save 1 wrong/named");
    small.commit("Add a wrong program");
    let diff = small.read("solutions/01-small/wrong/named.diff");

    // At other words of the same line, and at the same words.
    small.change(SOLUTION, "let number = 2", "let number: u32 = 2");
    let told = good(&small, "variant rebase 1");
    assert!(told.contains("wrong/named: merged within a line, look at it"), "{told}");
    let merged = small.read("solutions/01-small/wrong/named.diff");
    assert!(merged.contains("+    let one = 1; let number: u32 = one;"), "{merged}");
    small.write("solutions/01-small/wrong/named.diff", &diff);
    small.change(SOLUTION, "let number: u32 = 2", "let two = 2; let number = two");
    let (code, told) = bad(&small, "variant rebase 1");
    assert_eq!(code, Some(1), "{told}");
    let named = "wrong/named: changes the same place of main.rs as the program did";
    assert!(told.contains(named), "{told}");
    assert_eq!(small.read("solutions/01-small/wrong/named.diff"), diff);
}

#[test]
fn a_program_that_does_not_compile_takes_no_other_along() {
    let small = Small::new("variant-broken").with_solution_in_git();
    begin(&small, "wrong/broken", "let number = 2", "let number = two", NOTES);
    good(&small, "variant save 1 wrong/broken");
    let both = ["", " --separately"].map(|flag| {
        let only = "proof 1 --fresh --only wrong/broken,wrong/number-11,also-right/way-1";
        let (code, told) = bad(&small, &format!("{only}{flag}"));
        assert_eq!(code, Some(1), "{told}");
        told
    });
    assert_eq!(verdicts(&both[0]), verdicts(&both[1]));
    let told = &both[0];
    assert!(
        told.contains("wrong/broken: does not compile: src/main.rs:4 cannot find value `two`"),
        "{told}"
    );
    assert!(told.contains("✓ 01 wrong/number-11: refused by alter-1"), "{told}");
    assert!(told.contains("✓ 01 also-right/way-1: accepted"), "{told}");
}
