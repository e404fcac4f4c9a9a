//! The first test that the README shows: it finds what stands there.

mod common;

use common::{Harness, with_schedule};
use std::fs;

// README: the code
use rehearsal::{crossbeam_channel::unbounded, thread};

/// Squares numbers, on two threads.
pub fn squares(numbers: &[u64]) -> Vec<u64> {
    let (queue, jobs) = unbounded();
    let (results, done) = unbounded();
    for _ in 0..2 {
        let (jobs, results) = (jobs.clone(), results.clone());
        thread::spawn(move || {
            for job in jobs {
                results.send(job * job).unwrap();
            }
        });
    }
    drop((jobs, results));
    for number in numbers {
        queue.send(*number).unwrap();
    }
    drop(queue);
    done.iter().collect()
}
// README: the test
#[rehearsal::test(schedules = 200)]
#[ignore = "another test plays it"]
fn squares_come_in_order() {
    assert_eq!(squares(&[2, 3, 4]), [4, 9, 16]);
}
// README: the end

#[test]
fn what_the_readme_shows_is_what_is_found() {
    let source = fs::read_to_string("tests/first.rs").unwrap();
    let readme = without_lines(&fs::read_to_string("README.md").unwrap());
    let part = |title: &str| {
        let (_, part) = source.split_once(&format!("// README: {title}\n")).unwrap();
        let (part, _) = part.split_once("// README: ").unwrap();
        part.replace("#[ignore = \"another test plays it\"]\n", "")
    };
    for code in [part("the code"), part("the test")] {
        assert!(readme.contains(&format!("{code}```")), "the README shows\n{code}");
    }
    let tested = Harness::of_this_file().test("squares_come_in_order").run();
    tested.fails(1);
    let (_, told) = tested.output.split_once("stdout ----\n").expect("it is told");
    let (told, _) = told.split_once("\n\n\n").expect("it comes to an end");
    // What differs for a stranger: where the test stands, what its package is called, the number of a process.
    let told = told.replace("tools/rehearsal/tests/first.rs", "src/lib.rs");
    let told = told.replace("tests/first.rs", "src/lib.rs");
    let told = told.replace("-p rehearsal", "-p squares").replace(" --include-ignored", "");
    let told = told.replace(&with_schedule("1"), "REHEARSAL_SCHEDULE=1 ");
    let told = told.replace("squares_come_in_order", "tests::squares_come_in_order");
    for line in without_lines(&told).lines().filter(|line| !line.starts_with("thread '")) {
        assert!(readme.contains(&format!("{line}\n")), "the README shows\n{line}\nof\n{told}");
    }
}

/// The test stands on other lines here than at a stranger's.
fn without_lines(text: &str) -> String {
    let mut parts = text.split("src/lib.rs:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "src/lib.rs:LINE" + part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':')
    })
}
