//! `examples/real.rs`, made from the starter of a small exercise.

mod common;

use common::{ALLOW, Small, stderr, stdout};
use course::real::{Difference, Real};

const STARTER: &str = "solutions/01-small/starter";
const SOLUTION: &str = "solutions/01-small/src";
const EXAMPLES: &str = "exercises/01-small/examples";

const MAIN: &str = "//! Prints a number.

mod pool;
mod story;

use rehearsal::{println, thread::{self, sleep}, tokio};
use pool::Pool;

fn main() {}
";

const POOL: &str = "use rehearsal::{crossbeam_channel::Sender, println};

pub(crate) struct Pool;
";

/// A small exercise whose program has two modules, with all that belongs to it.
fn small(test: &str) -> Small {
    let small = Small::new(test);
    for folder in [STARTER, SOLUTION] {
        small.write(&format!("{folder}/main.rs"), MAIN);
        small.write(&format!("{folder}/pool.rs"), POOL);
        small.write(&format!("{folder}/story.rs"), "pub(crate) fn tell() {}\n");
    }
    small
}

fn told(small: &Small, arguments: &str) -> (Option<i32>, String) {
    let output = small.course(arguments, "");
    (output.status.code(), stdout(&output) + &stderr(&output))
}

#[test]
fn it_is_written_and_then_nothing_differs() {
    let small = small("real-written");
    let (code, told_first) = told(&small, "real 1 --ascii");
    assert_eq!(code, Some(1), "{told_first}");
    for words in [
        "x exercises/01-small/examples/pool.rs: is missing\n",
        "x exercises/01-small/examples/real.rs: differs from the starter\n",
        "\n  --- examples/real.rs\n  +++ the starter on the real crates\n",
        "\n  +use std::thread::{self, sleep};\n",
    ] {
        assert!(told_first.contains(words), "{words} is missing in:\n{told_first}");
    }
    assert_eq!(
        told(&small, "real 1 --write"),
        (Some(0), format!("written: {EXAMPLES}/pool.rs\nwritten: {EXAMPLES}/real.rs\n"))
    );
    assert_eq!(
        small.read(&format!("{EXAMPLES}/real.rs")),
        format!(
            "//! Prints a number.\n{ALLOW}\n\nmod pool;\n#[path = \"../src/story.rs\"]\nmod story;\n\n\
             use pool::Pool;\nuse std::thread::{{self, sleep}};\n\nfn main() {{}}\n"
        )
    );
    assert_eq!(
        small.read(&format!("{EXAMPLES}/pool.rs")),
        "use crossbeam_channel::Sender;\n\npub(crate) struct Pool;\n"
    );
    let done = format!("+ {EXAMPLES} is the starter on the real crates\n");
    assert_eq!(told(&small, "real 1 --ascii"), (Some(0), done.clone()));
    assert_eq!(told(&small, "real --ascii --write"), (Some(0), done));
}

#[test]
fn what_a_student_does_changes_nothing() {
    let small = small("real-student");
    let before = Real::of(&small.exercise()).unwrap();
    small.write("exercises/01-small/src/main.rs", "use rehearsal::Pace;\nfn main() { no }\n");
    small.write("exercises/01-small/src/pool.rs", "mine");
    assert_eq!(Real::of(&small.exercise()).unwrap(), before);
}

#[test]
fn a_module_that_tasks_change_is_no_longer_shared() {
    let small = small("real-shared");
    let is_shared = || Real::of(&small.exercise()).unwrap().shared.contains("story.rs");
    small.write(&format!("{SOLUTION}/story.rs"), "pub(crate) fn tell(all: bool) {}\n");
    // Nothing else had to change for it, so the others fit it.
    assert!(is_shared());
    small.write(&format!("{SOLUTION}/main.rs"), "fn main() {}\n");
    assert!(!is_shared());
    small.write(&format!("{SOLUTION}/story.rs"), "pub(crate) fn tell() {}\n");
    assert!(is_shared());
}

#[test]
fn a_copy_of_what_is_shared_is_too_much() {
    let small = small("real-copy");
    let exercise = small.exercise();
    let real = Real::of(&exercise).unwrap();
    real.write(&exercise).unwrap();
    let path = format!("{EXAMPLES}/story.rs");
    small.write(&path, "pub(crate) fn tell() {}\n");
    small.write(&format!("{EXAMPLES}/sheets/main.rs"), "an example of its own");
    let differences = real.differences(&exercise).unwrap();
    let [Difference { file, what, .. }] = &differences[..] else { panic!("{differences:?}") };
    assert_eq!(file, "story.rs");
    assert!(what.starts_with("is too much"), "{what}");
    assert_eq!(told(&small, "real --write"), (Some(0), format!("removed: {path}\n")));
    assert!(!small.root.join(path).exists());
    assert!(small.root.join(EXAMPLES).join("sheets/main.rs").exists());
}

#[test]
fn what_has_no_counterpart_writes_no_file() {
    for (file, from, to, words) in [
        (
            "main.rs",
            "use rehearsal::{println,",
            "use rehearsal::{Pace,",
            "starter/main.rs: line 6: nothing is known to stand for rehearsal::Pace on the real crates",
        ),
        (
            "pool.rs",
            "println",
            "work",
            "starter/pool.rs: line 1: nothing stands for rehearsal::work",
        ),
        (
            "main.rs",
            "fn main() {}",
            "fn main() { rehearsal::println!(); }",
            "starter/main.rs: 'fn main() { rehearsal::println!(); }' names the rehearsal",
        ),
        ("main.rs", "fn main() {}", "fn main( {}", "examples/real.rs can't be formatted: "),
    ] {
        let small = small("real-unknown");
        small.change(&format!("{STARTER}/{file}"), from, to);
        let before = small.read(&format!("{EXAMPLES}/real.rs"));
        let (code, told) = told(&small, "real 1 --write");
        assert_eq!(code, Some(1), "{told}");
        assert!(told.starts_with("error: ") && told.contains(words), "{told}");
        assert_eq!(small.read(&format!("{EXAMPLES}/real.rs")), before);
        assert!(!small.root.join(EXAMPLES).join("pool.rs").exists());
    }
}
