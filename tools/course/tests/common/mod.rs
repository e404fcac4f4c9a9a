//! A small course to try things on: one exercise without dependencies, and its solution.

#![allow(dead_code, reason = "each test file uses another part of it")]

pub(crate) mod grading;

use course::workspace::{Exercise, Workspace};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The exercise's name.
pub(crate) const NAME: &str = "01-small";

/// A program that can be told to fail: its output is what the tests look at.
const STARTER: &str = r#"//! Prints a number.

use std::env;

fn main() {
    // TODO(alter-1): it prints the wrong number.
    println!("1");
    // TODO(fix-1): it ignores its flags.
    let _ = env::args();
}
"#;

/// The line of a real.rs that its program has not.
pub(crate) const ALLOW: &str =
    "#![allow(clippy::disallowed_methods, reason = \"here the real crates are meant\")]";

const BRIEF: &str = "# 01 · Small

## Focus
## Why this exists
## Run
## Expected output

```text
1
```

## Alter it

`cargo course check 01` says whether it holds.

### Alter 1: another number (10 min)

Print 2.

```sh
cargo 01
```

## Break it

### Break 1: a zero (5 min)

Print 0. What happens?

## Fix it

### ★ Fix 1: the flags (15 min)

Read them.

```sh
cargo 01
```

## Explain it

1. Why?

## Mastery check
## Related concepts
## Next
";

const HINTS: &str = "# Hints for 01-small

## alter-1

1. Which line prints?
2. It is a `println!`.
   What stands in it?
3. Print 2 in `main`.
";

const TESTS: &str = r#"//! What must hold.

/*
#[task("alter-1", "it prints 2")]
#[task("fix-1", "it reads its flags")]
*/

fn printed() -> String {
    let own = option_env!("CARGO_BIN_EXE_01-small").or(option_env!("CARGO_BIN_EXE_sol01-small"));
    let exe = std::env::var("HANDOFF_PROGRAM").unwrap_or_else(|_| own.unwrap().to_owned());
    String::from_utf8(std::process::Command::new(exe).output().unwrap().stdout).unwrap()
}

mod alter_1 {
    #[test]
    #[cfg_attr(alter_1_is_open, ignore = "not handed in")]
    fn it_prints_two() {
        assert_eq!(super::printed(), "2\n");
    }
}

mod fix_1 {
    #[test]
    #[ignore = "not handed in"]
    fn it_reads_its_flags() {}
}
"#;

const EDIT: &str = r#"# run: --quietly
# exit: 3
# explain: It prints 0 and ends with 3.
--- starter/main.rs
+++ starter/main.rs
@@ -4,7 +4,8 @@
 
 fn main() {
     // TODO(alter-1): it prints the wrong number.
-    println!("1");
+    println!("0");
+    std::process::exit(3);
     // TODO(fix-1): it ignores its flags.
     let _ = env::args();
 }
"#;

/// The program with every task done.
pub(crate) const SOLUTION: &str = "//! Prints a number.

fn main() {
    let number = 2;
    tell(number);
}

/// Tells a number.
fn tell(number: u32) {
    println!(\"{number}\");
}
";

/// An edit of it that prints another number.
pub(crate) fn wrong(number: u32) -> String {
    format!(
        "# Prints {number}.
# refused by: alter-1
# says: assertion
--- solution/main.rs
+++ solution/main.rs
@@ -1,7 +1,7 @@
 //! Prints a number.

 fn main() {{
-    let number = 2;
+    let number = {number};
     tell(number);
 }}

"
    )
}

/// The course, in a folder of its own.
pub(crate) struct Small {
    pub(crate) root: PathBuf,
}

impl Small {
    /// Writes it anew, for the test of this name.
    pub(crate) fn new(test: &str) -> Small {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        let small = Small { root };
        small.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/*\"]\n\n[workspace.package]\nedition = \"2024\"\n\n[profile.dev]\ndebug = false\nincremental = false\n");
        small.write("exercises/01-small/Cargo.toml", "[package]\nname = \"ex01-small\"\nversion = \"0.1.0\"\nedition.workspace = true\n\n[[bin]]\nname = \"01-small\"\npath = \"src/main.rs\"\ntest = false\n\n[[test]]\nname = \"01-tasks\"\npath = \"tests/tasks.rs\"\n");
        small.write("exercises/01-small/README.md", BRIEF);
        small.write("exercises/01-small/hints.md", HINTS);
        course::hints::looked_over(&small.exercise()).unwrap();
        small.write(
            "exercises/01-small/ANSWERS.md",
            "# Answers\n\n## Break 1: a zero\n\n> What happens?\n\n## Explain 1: why?\n",
        );
        small.write("exercises/01-small/src/main.rs", STARTER);
        small.write(
            "exercises/01-small/examples/real.rs",
            &STARTER.replacen('\n', &format!("\n{ALLOW}\n"), 1),
        );
        small.write("exercises/01-small/tests/tasks.rs", TESTS);
        small.write("exercises/01-small/tests/snapshots/as_given.snap", "---\nsource: x\n---\n1\n");
        small.write("solutions/01-small/starter/main.rs", STARTER);
        small.write("solutions/01-small/src/main.rs", SOLUTION);
        small.write("solutions/01-small/breaks/1-zero.diff", EDIT);
        small.write(
            "solutions/01-small/breaks/1-zero.out",
            "$ cargo 01 --quietly\n0\n(exit code 3)\n",
        );
        for number in 11..=18 {
            small.write(&format!("solutions/01-small/wrong/number-{number}.diff"), &wrong(number));
        }
        for number in 1..=4 {
            let path = format!("solutions/01-small/also-right/way-{number}.rs");
            let program =
                "//! Prints in another way.\n\nfn main() {\n    println!(\"{}\", 1 + 1);\n}\n";
            small.write(&path, program);
        }
        small
    }

    /// Makes the solution a package, so that its tests can judge programs, and keeps all of it in git.
    pub(crate) fn with_solution_in_git(self) -> Small {
        self.change("Cargo.toml", "[\"exercises/*\"]", "[\"exercises/*\", \"solutions/*\"]");
        let manifest = self.read("exercises/01-small/Cargo.toml");
        let manifest = manifest
            .replace("01-small\"", "sol01-small\"")
            .replace("exsol01", "sol01")
            .replace("\"01-tasks\"", "\"sol01-tasks\"")
            .replace("\"tests/tasks.rs\"", "\"../../exercises/01-small/tests/tasks.rs\"");
        self.write("solutions/01-small/Cargo.toml", &manifest);
        // In the solution all is handed in.
        let tests = self.read("exercises/01-small/tests/tasks.rs");
        self.write("exercises/01-small/tests/tasks.rs", &without_ignores(&tests));
        self.write(".gitignore", "target\n");
        self.git(&["init", "--quiet"]);
        self.commit("Begin");
        self
    }

    /// Commits all that is there.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        let who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
        self.git(&[&who[..], &["commit", "--quiet", "-m", message]].concat());
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let done = Command::new("git").arg("-C").arg(&self.root).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// The exercise in it.
    pub(crate) fn exercise(&self) -> Exercise {
        Workspace::around(&self.root).unwrap().exercise("1").unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Puts these tests in place of its own.
    pub(crate) fn with_tests(self, tests: &str) -> Small {
        self.write("exercises/01-small/tests/tasks.rs", tests);
        self
    }

    /// Changes a file, which has to hold what is replaced.
    pub(crate) fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not hold {from}");
        self.write(path, &text.replace(from, to));
    }

    /// Runs `cargo course` in it, and types this.
    pub(crate) fn course(&self, arguments: &str, typed: &str) -> Output {
        self.course_in(&[], arguments, typed)
    }

    /// The same with these settings.
    pub(crate) fn course_in(&self, set: &[(&str, &str)], arguments: &str, typed: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_course"))
            .envs(set.iter().copied())
            .args(arguments.split_whitespace())
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("CARGO_NET_OFFLINE", "true")
            // There a proof remembers nothing.
            .env_remove("CI")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }
}

fn without_ignores(tests: &str) -> String {
    let is_kept = |line: &&str| !line.contains("ignore = ");
    tests.lines().filter(is_kept).map(|line| format!("{line}\n")).collect()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
