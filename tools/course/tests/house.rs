//! `cargo course house`, on a small checkout.

// On Windows `bash` may be that of another system, which sees other files.
#![cfg(unix)]

mod common;

use common::{Small, stderr, stdout};
use std::process::Command;

const BRIEF: &str = "exercises/01-small/README.md";
const MEMBER: &str = "exercises/01-small/Cargo.toml";

/// It leads to a task, to a Break, and to what is next.
const README: &str = "# Small\n
Do [Alter 1](exercises/01-small/README.md#alter-1-another-number-10-min), and this:\n
```sh\ncargo course break 01 1\n```\n\n```sh\ncargo course check 01\n```\n";

/// A checkout with two pages that show something, and a lock file.
fn small(test: &str) -> Small {
    let small = Small::new(test);
    small.change(
        "Cargo.toml",
        "edition = \"2024\"\n",
        "edition = \"2024\"\nlicense = \"MIT\"\nrust-version = \"1.88\"\npublish = false\n\n[workspace.lints]\n",
    );
    let taken = "edition.workspace = true\nlicense.workspace = true\nrust-version.workspace = true\npublish.workspace = true\n";
    small.change(MEMBER, "edition.workspace = true\n", taken);
    let manifest = small.read(MEMBER);
    small.write(MEMBER, &format!("{manifest}\n[lints]\nworkspace = true\n"));
    small.write(
        "page.md",
        "# A page\n\n```console\n$ echo $REHEARSAL; echo aside >&2\ninstant\naside\n```\n",
    );
    small.write("no-page.md", "```sh\n$ exit 1\n```\n");
    small.write("README.md", README);
    small.change(
        BRIEF,
        "Print 2.\n",
        "Print 2.\n\nRead [A page](../../concepts/a-page.md) before you go on.\n",
    );
    small.write("concepts/a-page.md", "# A page\n\nOne two three.\n");
    for arguments in [&["init", "--quiet"][..], &["add", "--all"]] {
        assert!(
            Command::new("git")
                .args(arguments)
                .current_dir(&small.root)
                .status()
                .unwrap()
                .success()
        );
    }
    let mut lock = Command::new(env!("CARGO"));
    let lock = lock.args(["generate-lockfile", "--offline", "--quiet"]).current_dir(&small.root);
    assert!(lock.status().unwrap().success());
    small
}

fn house(small: &Small, arguments: &str) -> (Option<i32>, String) {
    let output = small.course(&format!("house --ascii {arguments}"), "");
    (output.status.code(), stdout(&output) + &stderr(&output))
}

#[test]
fn a_good_house_has_no_fault() {
    let small = small("house-good");
    let names =
        "manifests\nflags\nwords\ntranscripts/exercises/01-small/README.md\ntranscripts/page.md\n";
    assert_eq!(house(&small, "--list"), (Some(0), names.to_owned()));
    let (code, told) = house(&small, "");
    assert_eq!(code, Some(0), "{told}");
    for words in [
        "+ manifests: 1 members and 0 other crates, Rust 1.88 and later\n",
        "+ flags: 1 program has none of the shared ones\n",
        "+ transcripts/exercises/01-small/README.md: 1 command prints what is shown\n",
        "+ transcripts/page.md: 1 command prints what is shown\n",
        "+ words: 44 before the first task is green, at most 51 between two doings\n",
        "5 checks, 0 failed, in ",
    ] {
        assert!(told.contains(words), "{words} is missing in:\n{told}");
    }
}

#[test]
fn the_words_are_told_in_a_table() {
    let small = small("house-words");
    let output = small.course("words", "");
    assert_eq!(output.status.code(), Some(0));
    let table = "Words before the first task is green: 44 (at most 600)

step                      words  done  longest
README.md                    44     3       24  from the beginning to `cargo 01`
01-small                     93     7       51  from `cargo course check 01` to `cargo 01`

At most 1500 between two things that are done.
";
    assert_eq!(stdout(&output), table);
}

#[test]
fn each_fault_is_found_by_its_check() {
    for (path, from, to, words) in [
        (
            MEMBER,
            "[lints]\nworkspace = true\n",
            "",
            "x manifests: exercises/01-small/Cargo.toml: [lints] workspace = true is missing",
        ),
        (
            MEMBER,
            "publish.workspace = true\n",
            "",
            "exercises/01-small/Cargo.toml: publish.workspace = true is missing",
        ),
        (
            "README.md",
            "cargo course check 01",
            "cargo 01",
            "x words: README.md leads to no task and no `cargo course check`",
        ),
        (
            "README.md",
            "and this:",
            &format!("and {} this:", "word ".repeat(600)),
            " words are read before a task is green, at most 600 are wanted",
        ),
        (
            "README.md",
            "# Small\n",
            &format!("# Small\n{}", "\n".repeat(50)),
            "x words: README.md comes to `cargo course check` after 59 lines, at most 50 fit a screen",
        ),
        (
            "concepts/a-page.md",
            "two",
            &"two ".repeat(1_500),
            "words between `cargo course check 01` and `cargo 01`, at most 1500 are wanted",
        ),
        (
            "page.md",
            "\ninstant\n",
            "\nlive\n",
            "x transcripts/page.md: page.md:4: $ echo $REHEARSAL; echo aside >&2\n",
        ),
        (
            "exercises/01-small/src/main.rs",
            "println!(\"1\")",
            "println!(\"7\")",
            "x transcripts/exercises/01-small/README.md: exercises/01-small/README.md:8: $ cargo run --quiet --locked --bin 01-small\n",
        ),
    ] {
        let small = small("house-faults");
        small.change(path, from, to);
        let (code, told) = house(&small, "");
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains(words), "{words} is missing in:\n{told}");
    }
}

#[test]
fn what_can_not_be_checked_is_an_error() {
    let small = small("house-errors");
    let (code, told) = house(&small, "--only nothing");
    assert_eq!(code, Some(2));
    assert_eq!(told, "error: no check has nothing in its name; --list tells the names\n");
    std::fs::remove_file(small.root.join("page.md")).unwrap();
    small.change("exercises/01-small/README.md", "## Expected output", "## Output");
    let (code, told) = house(&small, "");
    assert_eq!(code, Some(1));
    assert!(told.contains("no Markdown file shows a transcript"), "{told}");
}
