//! A checkout for students, and how a later version of the course comes into it.

mod common;

use common::{Small, stderr, stdout};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const MAIN: &str = "exercises/01-small/src/main.rs";
const ANSWERS: &str = "exercises/01-small/ANSWERS.md";
const BRIEF: &str = "exercises/01-small/README.md";
const STARTER: &str = "solutions/01-small/starter/main.rs";

/// The small course, which says what it gives to students, and what it has given.
struct Class {
    course: Small,
    student: PathBuf,
}

impl Class {
    fn new(test: &str) -> Class {
        let course = Small::new(test);
        course.change("Cargo.toml", "edition = \"2024\"\n", "edition = \"2024\"\nversion = \"0.1.0\"\n\n[workspace.metadata.student]\ngives = [\"Cargo.toml\", \"*.md\", \"exercises/*\", \"solutions/*/starter\", \"solutions/*/breaks\"]\nwithout = [\"target\", \"src.mine-*\"]\n");
        course.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0\n\n- The first.\n");
        let student = course.root.with_file_name(format!("{test}-student"));
        if student.exists() {
            fs::remove_dir_all(&student).unwrap();
        }
        Class { course, student }
    }

    /// Gives it to a student.
    fn given(self, more: &str) -> Class {
        let done = self.course.course(&format!("student {}{more}", self.student.display()), "");
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        self
    }

    /// Makes the course a later version.
    fn release(&self) {
        self.course.change("Cargo.toml", "version = \"0.1.0\"", "version = \"0.2.0\"");
        self.course.change("CHANGELOG.md", "## 0.1.0", "## 0.2.0\n\n- The second.\n\n## 0.1.0");
    }

    /// Runs `cargo course` where the student works.
    fn course_there(&self, arguments: &str) -> Output {
        let target = self.student.with_extension("target");
        Command::new(env!("CARGO_BIN_EXE_course"))
            .args(arguments.split_whitespace())
            .current_dir(&self.student)
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_OFFLINE", "true")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn update(&self) -> String {
        let done = self.course_there(&format!("update {}", self.course.root.display()));
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        stdout(&done)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.student.join(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.student.join(path), text).unwrap();
    }
}

#[test]
fn students_get_the_starter_and_no_solution() {
    let class = Class::new("student-made");
    // What an author has done here is not given.
    class.course.write(MAIN, "fn main() { /* mine */ }\n");
    class.course.write(".progress.jsonl", "{}\n");
    let form = class.course.read(ANSWERS);
    class.course.write(ANSWERS, &form.replace("> What happens?\n", "> What happens?\n\nAll.\n"));
    class.course.write(
        BRIEF,
        &class.course.read(BRIEF).replace(
            "Print 2.",
            "Print 2, as [the answers](../../solutions/01-small/src/main.rs) do.",
        ),
    );
    let class = class.given("");

    assert_eq!(class.read(MAIN), class.course.read(STARTER));
    assert_eq!(class.read(ANSWERS), form);
    assert!(class.read(BRIEF).contains("Print 2, as the answers do."));
    for path in ["solutions/01-small/src", "solutions/01-small/wrong", ".progress.jsonl"] {
        assert!(!class.student.join(path).exists(), "{path}");
    }
    // It is a course: it checks, it goes back, it plays the Break, and it has nothing to compare with.
    let check = class.course_there("check 1 --ascii");
    assert!(stdout(&check).contains("01-small  "), "{}", stderr(&check));
    class.write(MAIN, "fn main() {\n    println!(\"2\");\n}\n");
    assert!(stdout(&class.course_there("check 1 --ascii")).contains("01-small               +"));
    assert!(stdout(&class.course_there("reset 1")).contains("is the starter again"));
    assert_eq!(class.course_there("diff 1 --spoil").status.code(), Some(1));
    assert!(stdout(&class.course_there("break 1")).contains("a zero"));
}

#[test]
fn a_folder_that_is_used_is_left_alone() {
    let class = Class::new("student-refused");
    let (course, student) = (&class.course, class.student.display());
    let refused = |arguments: &str, why: &str| {
        let done = course.course(arguments, "");
        assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
        assert_eq!(stderr(&done).lines().count(), 1, "{}", stderr(&done));
        assert!(stderr(&done).contains(why), "{}", stderr(&done));
    };
    fs::create_dir_all(&class.student).unwrap();
    class.write("mine", "mine");
    refused(&format!("student {student}"), "is not empty");
    refused(&format!("student {student}/mine"), "can't be used");
    refused(&format!("student {student}/mine/deeper"), "can't be ");
    refused("student exercises/02-copy", "lies in this checkout");
    assert_eq!(class.read("mine"), "mine");
    course.change("Cargo.toml", "[workspace.metadata.student]", "[workspace.metadata.other]");
    refused(&format!("student {student}-2"), "is no course that can be given to students");
    assert!(!Path::new(&format!("{student}-2")).exists());
}

#[test]
fn what_nobody_has_changed_is_as_in_the_new_version() {
    let class = Class::new("update-clean").given("");
    class.course.write("exercises/01-small/notes.md", "new\n");
    fs::remove_file(class.course.root.join("exercises/01-small/hints.md")).unwrap();
    let starter = class.course.read(STARTER);
    class.course.write(STARTER, &starter.replace("println!(\"1\")", "println!(\"7\")"));
    class.course.change(BRIEF, "Print 2.", "Print 3.\n- The exit code is 0.");
    class.release();
    let told = class.update();
    assert_eq!(
        told,
        "From version 0.1.0 to 0.2.0.

## 0.2.0

- The second.

The briefs ask for something else than before:

01, alter 1: another number
  - Print 2.
  + Print 3.
  + The exit code is 0.

Files: 1 new, 5 changed, 1 gone.
"
    );
    assert_eq!(class.read(MAIN), class.course.read(STARTER));
    assert_eq!(class.read("exercises/01-small/notes.md"), "new\n");
    assert!(!class.student.join("exercises/01-small/hints.md").exists());
    assert_eq!(class.update(), "Nothing has changed: this is version 0.2.0.\n");
}

#[test]
fn what_a_learner_has_written_stays() {
    let class = Class::new("update-mine").given("");
    let mine = "fn main() {\n    println!(\"2\");\n}\n";
    class.write(MAIN, mine);
    class.write(&format!("{MAIN}.notes"), "mine too\n");
    assert_eq!(class.course_there("check 1").status.code(), Some(0));
    let (answers, progress) = (class.read(ANSWERS) + "\nBecause.\n", class.read(".progress.jsonl"));
    class.write(ANSWERS, &answers);
    class.write("exercises/01-small/hints.md", "my own hints\n");

    class.course.change(STARTER, "println!(\"1\")", "println!(\"7\")");
    class.course.write(ANSWERS, &(class.course.read(ANSWERS) + "\n## Explain 2: how?\n"));
    class.course.change("exercises/01-small/hints.md", "Which line prints?", "Where?");
    class.course.change(BRIEF, "Print 2.", "Print 3.");
    class.release();
    let told = class.update();
    for words in [
        "  - Print 2.\n  + Print 3.\nYou had passed it. Whether it still holds: cargo course check 01\n",
        "exercises/01-small/src stays as you have made it; its starter has changed:\n\nsrc/main.rs: - the old starter, + the new one\n",
        "  -    println!(\"1\");\n  +    println!(\"7\");\n",
        "The new starter, with yours kept beside it: cargo course reset 01\n",
        "exercises/01-small/ANSWERS.md stays as you have made it; the new one asks besides:\n  Explain 2: how?\n",
        "what you had made of it is in exercises/01-small/hints.md.mine-1.\n",
    ] {
        assert!(told.contains(words), "{words}\nis not in:\n{told}");
    }
    assert_eq!(class.read(MAIN), mine);
    assert_eq!(class.read(&format!("{MAIN}.notes")), "mine too\n");
    assert_eq!(class.read(ANSWERS), answers);
    assert_eq!(class.read(".progress.jsonl"), progress);
    assert_eq!(class.read("exercises/01-small/hints.md.mine-1"), "my own hints\n");
    assert!(class.read("exercises/01-small/hints.md").contains("Where?"));
    // The starter that a reset brings is the new one.
    class.course_there("reset 1");
    assert!(class.read(MAIN).contains("println!(\"7\")"));
    assert_eq!(class.read("exercises/01-small/src.mine-1/main.rs"), mine);
}

#[test]
fn an_update_that_can_not_be_is_told_in_a_line() {
    let class = Class::new("update-refused").given("");
    let refused = |source: &str, why: &str| {
        let done = class.course_there(&format!("update {source}"));
        assert_ne!(done.status.code(), Some(0));
        assert_eq!(stderr(&done).lines().count(), 1, "{}", stderr(&done));
        assert!(stderr(&done).contains(why), "{}", stderr(&done));
    };
    refused("nowhere", "nowhere is neither a folder with the course nor an address for git");
    refused(".", ". is this checkout itself");
    refused("file:///no/such/course.git", "file:///no/such/course.git can't be cloned: ");
    let course = class.course.root.display().to_string();
    class.course.change("Cargo.toml", "version = \"0.1.0\"", "version = \"0.0.9\"");
    refused(&course, "has version 0.0.9, and here is 0.1.0 already");
    class.write(".handout.json", "{");
    refused(&course, "can't be read as what was given");
    fs::remove_file(class.student.join(".handout.json")).unwrap();
    refused(&course, "was not made by `cargo course student`");
}

#[test]
fn a_later_version_comes_from_a_repository() {
    let class = Class::new("update-git").given("");
    class.course.change(STARTER, "println!(\"1\")", "println!(\"7\")");
    class.release();
    class.course.write(".gitignore", "target\n");
    class.course.git(&["init", "--quiet"]);
    class.course.commit("Begin");
    let done = class.course_there(&format!("update file://{}", class.course.root.display()));
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(stdout(&done).starts_with("From version 0.1.0 to 0.2.0.\n"), "{}", stdout(&done));
    assert!(class.read(MAIN).contains("println!(\"7\")"));
    assert!(!class.student.with_extension("target").join("course/update").exists());
}

#[test]
fn crates_that_are_brought_along_are_brought_by_an_update_too() {
    let class = Class::new("update-vendor").given(" --vendor");
    assert!(class.read(".cargo/config.toml").contains("directory = \"vendor\""));
    class.course.write("Cargo.lock", "# Another one.\nversion = 4\n");
    class.course.change("Cargo.toml", "\"*.md\"", "\"*.md\", \"Cargo.lock\"");
    class.release();
    let course = class.course.root.display().to_string();
    let done = class.course_there(&format!("update {course}"));
    assert_eq!(done.status.code(), Some(2), "{}", stdout(&done));
    assert!(
        stderr(&done)
            .contains("has none: it has to be made with: cargo course student FOLDER --vendor")
    );
    assert!(class.read("CHANGELOG.md").ends_with("## 0.1.0\n\n- The first.\n"));
    class.course.write("vendor/some/Cargo.toml", "[package]\n");
    assert!(class.update().starts_with("From version 0.1.0"));
    assert_eq!(class.read("vendor/some/Cargo.toml"), "[package]\n");
    assert!(class.read(".cargo/config.toml").contains("directory = \"vendor\""));
}

/// The course itself, given to students.
fn whole(test: &str, more: &str) -> PathBuf {
    let student = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if student.exists() {
        fs::remove_dir_all(&student).unwrap();
    }
    let done = Command::new(env!("CARGO_BIN_EXE_course"))
        .args(format!("student {}{more}", student.display()).split_whitespace())
        .current_dir(course_root())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", stderr(&done));
    student
}

fn course_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Four lines that follow each other, without what stands around them in a diff or in a quote. What a program
/// uses is told by many.
fn passages(text: &str) -> BTreeSet<String> {
    let lines =
        text.lines().map(|line| line.trim_start_matches(['+', '-', '>', ' ', '\t']).trim_end());
    let lines: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("use ")).collect();
    let joined = lines.windows(4).map(|four| four.join("\n"));
    joined.filter(|passage| passage.len() > 80).collect()
}

#[test]
fn no_passage_of_a_solution_is_in_what_students_get() {
    let student = whole("student-whole", "");
    let all = course::workspace::Workspace::around(course_root()).unwrap().exercises().unwrap();
    let mut secret = BTreeSet::new();
    for exercise in &all {
        let solution = exercise.solution_sources().unwrap();
        secret.extend(solution.values().flat_map(|text| passages(text)));
    }
    for exercise in &all {
        for text in exercise.starter_sources().unwrap().values() {
            let given = passages(text);
            secret.retain(|passage| !given.contains(passage));
        }
    }
    assert!(secret.len() > 500, "{}", secret.len());
    for file in accord::files::files(&student).unwrap() {
        let Ok(text) = fs::read_to_string(student.join(&file)) else { continue };
        let told: Vec<String> =
            passages(&text).into_iter().filter(|it| secret.contains(it)).collect();
        assert!(told.is_empty(), "{file} holds what a solution has:\n{}", told.join("\n\n"));
    }
    // All that cargo reads there fits together: it has nothing to warn of, and Cargo.lock is as it writes that.
    for arguments in
        ["metadata --no-deps --format-version 1", "update --workspace --locked --offline --quiet"]
    {
        let done = cargo(&student, arguments, &[]);
        assert_eq!((done.status.success(), stderr(&done)), (true, String::new()), "{arguments}");
    }
    assert!(
        fs::read_to_string(student.join("solutions/README.md"))
            .unwrap()
            .starts_with("# Solutions\n")
    );
}

#[test]
fn the_changelog_begins_with_the_version_of_the_course() {
    let changelog = fs::read_to_string(course_root().join("CHANGELOG.md")).unwrap();
    let first = changelog.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    let told = Command::new(env!("CARGO_BIN_EXE_course")).arg("--version").output().unwrap();
    assert_eq!(stdout(&told), format!("course {first}\n"));
}

fn cargo(student: &Path, arguments: &str, set: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments.split_whitespace()).current_dir(student).envs(set.iter().copied());
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
#[ignore = "builds for minutes: `.ci/run student` does it"]
fn a_vendored_checkout_builds_tests_and_watches_without_a_network() {
    let student = whole("student-vendored", " --vendor");
    // Whoever has never built anything has an empty folder there.
    let home = student.with_file_name("student-vendored-home");
    let target = student.with_file_name("student-vendored-target");
    for folder in [&home, &target] {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
    }
    let set = [("CARGO_HOME", home.as_path()), ("CARGO_TARGET_DIR", &target)];
    let all_is_well = |arguments: &str| {
        let done = cargo(&student, &format!("{arguments} --ascii"), &set);
        assert!(done.status.success(), "cargo {arguments}\n{}", stderr(&done));
        stdout(&done)
    };
    let start = "--offline --locked run --quiet -p course --";
    assert!(all_is_well(start).contains("next: "));
    let told = all_is_well(&format!("{start} check 01"));
    let row = told.lines().find(|line| line.starts_with("01-basic "));
    assert!(row.is_some_and(|row| row.contains(". . .    . (.)")), "{told}");
    // With nothing to read, it ends with its first verdict.
    let told = all_is_well(&format!("{start} watch 01"));
    assert!(told.contains("\n  .  alter-1 "), "{told}");
    let done = cargo(&student, "--offline --locked test --quiet -p ex01-basic", &set);
    assert!(done.status.success(), "{}", stdout(&done));
    for folder in [&student, &home, &target] {
        fs::remove_dir_all(folder).unwrap();
    }
}
