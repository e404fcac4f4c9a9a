//! The checks that play a program, on a small one that can be told to break its word.

mod common;

use common::{ALLOW, Small, stderr, stdout};

/// Prints the same whatever the pace, until a test changes a line of it.
const MAIN: &str = "//! Prints a number.

fn main() {
    let pace = std::env::args().skip_while(|flag| flag != \"--pace\").nth(1).unwrap_or_default();
    // TODO(alter-1): x. TODO(fix-1): x.
    match pace.as_str() {
        \"instant\" => println!(\"[Worker-1] did it in 1.5 seconds\"),
        \"live\" => println!(\"[Worker-1] did it in 1.5 seconds\"),
        _ => println!(\"[Worker-2] did it in 1.7 seconds\"),
    }
    println!(\"1 of 1 items done\");
}
";

/// Writes the program, with one line in another form.
fn small(test: &str, from: &str, to: &str) -> Small {
    let small = Small::new(test);
    assert!(MAIN.contains(from), "{from}");
    let main = MAIN.replacen(from, to, 1);
    for file in ["solutions/01-small/starter/main.rs", "exercises/01-small/src/main.rs"] {
        small.write(file, &main);
    }
    // The real one keeps its word.
    let real = MAIN.replacen('\n', &format!("\n{ALLOW}\n"), 1);
    small.write("exercises/01-small/examples/real.rs", &real);
    let manifest = small.read("exercises/01-small/Cargo.toml");
    let example = "\n[[example]]\nname = \"01-real\"\npath = \"examples/real.rs\"\n";
    small.write("exercises/01-small/Cargo.toml", &format!("{manifest}{example}"));
    small
}

fn proof(small: &Small, only: &str) -> (Option<i32>, String) {
    let output = small.course(&format!("proof --ascii --only {only}"), "");
    (output.status.code(), stdout(&output) + &stderr(&output))
}

const QUICK: &str = "play/real-crates,play/live,play/off";

#[test]
fn a_program_that_keeps_its_word_passes() {
    let small = small("plays-good", "", "");
    let (code, told) = proof(&small, QUICK);
    assert_eq!(code, Some(0), "{told}");
    for words in [
        "+ 01 play/real-crates: they tell the same 2 lines\n",
        "+ 01 play/live: it prints what the pace instant prints\n",
        "+ 01 play/off: 20 runs end with '1 of 1 items done'\n",
        "3 checks, 0 failed",
    ] {
        assert!(told.contains(words), "{words} is missing in:\n{told}");
    }
    // It is the starter that is played, whatever a student has made of it.
    small.write("exercises/01-small/src/main.rs", "fn main() { println!(\"mine\"); }\n");
    let (code, told) = proof(&small, QUICK);
    assert_eq!(code, Some(0), "{told}");
    small.write("exercises/01-small/src/main.rs", "fn main() { no }\n");
    let (code, told) = proof(&small, "play/live");
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn each_broken_word_is_found_by_its_check() {
    for (from, to, only, words) in [
        (
            "\"live\" => println!(\"[Worker-1]",
            "\"live\" => println!(\"[Worker-2]",
            "play/live",
            "x 01 play/live: it prints '[Worker-2] did it in 1.5 seconds' where the pace instant prints \
             '[Worker-1] did it in 1.5 seconds'",
        ),
        (
            "\"instant\" => println!(\"[Worker-1] did it",
            "\"instant\" => println!(\"[Worker-1] did that",
            "play/real-crates",
            "told by the rehearsal alone: [Worker-N] did that in N seconds\n      told by the real crates alone: \
             [Worker-N] did it in N seconds",
        ),
        (
            "println!(\"1 of 1 items done\")",
            "println!(\"{} of 1 items done\", u8::from(pace != \"off\"))",
            "play/off",
            "x 01 play/off: its last line is '0 of 1 items done', not '1 of 1 items done'",
        ),
        (
            "println!(\"1 of 1 items done\")",
            "println!(\"{} of 1 items done\", std::process::id())",
            "play/same-every-time",
            "did not all print the same: 31 transcripts",
        ),
        (
            "println!(\"1 of 1 items done\")",
            "std::process::exit(3)",
            "play/off",
            "x 01 play/off: 01-small --pace instant ended with exit code 3",
        ),
        (
            "fn main() {",
            "fn main() { no",
            "play/live",
            "x 01 play/live: does not compile: exercises/01-small/src/main.rs:3",
        ),
    ] {
        let small = small("plays-broken", from, to);
        let (code, told) = proof(&small, only);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains(words), "{words} is missing in:\n{told}");
    }
}

#[test]
fn one_program_can_be_tried_by_hand() {
    let small = small("plays-same", "", "");
    let told = |arguments: &str| {
        let output = small.course(arguments, "");
        (output.status.code(), stdout(&output) + &stderr(&output))
    };
    let (code, same) = told("same 1 --ascii --runs 20 --busy -- --workers 3");
    assert_eq!(code, Some(0), "{same}");
    assert!(
        same.starts_with("+ 01 --workers 3 --pace instant: 20 runs, the second half beside "),
        "{same}"
    );
    let (code, other) = told("same 1 --ascii --runs 20 --exit-code 7 -- --pace off");
    assert_eq!(code, Some(1), "{other}");
    assert!(
        other.starts_with("x 01 --pace off: run 1 ended with exit code 0, not with exit code 7"),
        "{other}"
    );
    let (code, one) = told("same 1 --runs 1");
    assert_eq!(
        (code, one.as_str()),
        (Some(2), "error: one run has nothing to be compared with: 2 runs or more are wanted\n")
    );
}
