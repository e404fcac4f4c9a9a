//! `cargo course house`, on a small checkout.

// On Windows `bash` may be that of another system, which sees other files.
#![cfg(unix)]

mod common;

use common::{Small, stderr, stdout};
use std::process::Command;

const MEMBER: &str = "exercises/01-small/Cargo.toml";

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
    let names = "manifests\ntranscripts/exercises/01-small/README.md\ntranscripts/page.md\n";
    assert_eq!(house(&small, "--list"), (Some(0), names.to_owned()));
    let (code, told) = house(&small, "");
    assert_eq!(code, Some(0), "{told}");
    for words in [
        "+ manifests: 1 members and 0 other crates, Rust 1.88 and later\n",
        "+ transcripts/exercises/01-small/README.md: 1 command prints what is shown\n",
        "+ transcripts/page.md: 1 command prints what is shown\n",
        "3 checks, 0 failed, in ",
    ] {
        assert!(told.contains(words), "{words} is missing in:\n{told}");
    }
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
