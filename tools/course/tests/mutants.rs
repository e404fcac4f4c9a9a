//! `cargo course mutants`, on a small course whose tests look at the first line alone.

mod common;

use common::{Small, stderr, stdout};

/// Tests that see the first line, and a referee that sees all of them.
const TESTS: &str = r##"/*
#[task("alter-1", "it prints 2")]
#[task("fix-1", "it reads its flags")]
*/

fn printed_by(variable: &str) -> String {
    let own = option_env!("CARGO_BIN_EXE_01-small").or(option_env!("CARGO_BIN_EXE_sol01-small"));
    let exe = std::env::var(variable).unwrap_or_else(|_| own.unwrap().to_owned());
    String::from_utf8(std::process::Command::new(exe).output().unwrap().stdout).unwrap()
}

mod alter_1 {
    #[test]
    fn it_prints_two() {
        assert!(super::printed_by("HANDOFF_PROGRAM").starts_with("2\n"));
    }
}

mod fix_1 {
    #[test]
    fn it_reads_its_flags() {}
}

#[test]
fn the_referee_accepts() {
    assert!(std::env::var("HANDOFF_SETTINGS").unwrap().ends_with("x0"));
    assert_eq!(printed_by("HANDOFF_PROGRAM"), printed_by("HANDOFF_LIKE"));
}
"##;

const LEDGER: &str = "solutions/01-small/mutants.txt";

fn small(name: &str) -> Small {
    let small = Small::new(name).with_solution_in_git().with_tests(TESTS);
    small.change(
        "solutions/01-small/src/main.rs",
        "    tell(number);\n",
        "    tell(number);\n    println!();\n",
    );
    small
}

fn mutants(small: &Small, arguments: &str) -> (Option<i32>, String) {
    let output = small.course(&format!("mutants --ascii {arguments}"), "");
    (output.status.code(), stdout(&output) + &stderr(&output))
}

/// The numbers in the row of the exercise.
fn row(told: &str) -> Vec<&str> {
    let row = told.lines().find_map(|line| line.strip_prefix("01-small "));
    row.unwrap_or_else(|| panic!("no row in:\n{told}")).split_whitespace().collect()
}

const TWICE: &str = "@ twice main.rs main\n- println!();\n+ println!(); println!();\n";
const NUMBER: &str = "@ twice main.rs tell\n- println!(\"{number}\");\n+ println!(\"{number}\"); println!(\"{number}\");\n";
const NEVER: &str = "@ left-out main.rs main\n- println!();\n";

#[test]
fn what_no_test_refuses_survives_unless_the_file_says_why() {
    let small = small("mutants-survivors");
    let (code, told) = mutants(&small, "1");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains(
            "x 01 src/main.rs:6 survives: a line is printed twice\n@ twice main.rs main\n"
        ),
        "{told}"
    );
    // The first line is seen, and what comes behind it is not.
    let [mutants, refused, _, _, _, survivors, ..] = row(&told)[..] else { panic!("{told}") };
    assert_eq!((survivors, told.matches("survives:").count()), ("3", 3), "{told}");
    assert_eq!(mutants.parse::<usize>().unwrap(), refused.parse::<usize>().unwrap() + 3);

    small.write(LEDGER, &format!("# Why.\n\nalso right: an empty line is\n  as good as two\n{TWICE}{NUMBER}\nnot seen: it prints less\n{NEVER}"));
    let (code, told) = self::mutants(&small, "1");
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(&row(&told)[2..6], ["0", "2", "1", "0"], "{told}");
}

#[test]
fn what_the_file_says_has_to_be_so() {
    let small = small("mutants-file");
    small.write(LEDGER, &format!("equivalent: nobody reads it\n{TWICE}"));
    let (code, told) = mutants(&small, "1 --only twice");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("is called equivalent, and its story is not the solution's"), "{told}");

    // What the tests refuse, and what the solution has not any more.
    small.write(
        LEDGER,
        "also right: x\n@ number main.rs main\n- let number = 2;\n+ let number = 3;\n",
    );
    let (code, told) = mutants(&small, "1 --only number");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("is called also right, and alter-1 refuses it: "), "{told}");
    small.change("solutions/01-small/src/main.rs", "let number = 2", "let number: u32 = 2");
    let (code, told) = mutants(&small, "1 --only number");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("no edit of the solution makes it any more"), "{told}");

    small.write(LEDGER, "It is so.\n");
    let (code, told) = mutants(&small, "1");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("mutants.txt: line 1: 'It is so.' belongs to no entry"), "{told}");
}

#[test]
fn an_equivalent_one_tells_what_the_solution_tells() {
    let small = small("mutants-equivalent");
    // Where a number is printed once, its sign does not matter.
    small.change("solutions/01-small/src/main.rs", "let number = 2;", "let number = 2_u32.max(1);");
    let entry = "equivalent: 2 is more than 1\n@ bound main.rs main\n- let number = 2_u32.max(1);\n+ let number = 2_u32;\n";
    small.write(LEDGER, entry);
    let (code, told) = mutants(&small, "1 --only bound");
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(&row(&told)[..6], ["1", "0", "1", "0", "0", "0"], "{told}");
}

#[test]
fn a_part_can_be_shown_and_drawn() {
    let small = small("mutants-part");
    let list = |arguments: &str| {
        let (code, told) = mutants(&small, &format!("1 --list {arguments}"));
        assert_eq!(code, Some(0), "{told}");
        told
    };
    assert!(list("").matches("\n@ ").count() > 6);
    assert_eq!(list("--sample 3").matches("\n@ ").count(), 3);
    assert_eq!(list("--sample 3"), list("--sample 3"));
    assert_eq!(list("--only twice").matches("\n@ twice main.rs").count(), 2);
    let (code, told) = mutants(&small, "1 --only biased");
    assert_eq!(code, Some(2), "{told}");
    // Without a referee, an exercise is judged only where it is named.
    let (code, told) = mutants(&small, "");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("01-small has no referee: judged only where it is named"), "{told}");
}
