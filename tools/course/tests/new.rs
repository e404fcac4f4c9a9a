//! A new exercise, made in a copy of the checkout.

use course::{
    new::{Form, Name, make},
    proof::{Wish, facts},
    workspace::Workspace,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A copy of the checkout that a test can change.
struct Checkout {
    root: PathBuf,
}

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

impl Checkout {
    /// Copies what belongs to the course, for the test of this name.
    fn new(test: &str) -> Checkout {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        copy(Path::new(TOP), &root);
        Checkout { root }
    }

    fn make(&self, name: &str, form: Form) -> course::Result<()> {
        make(&Workspace::around(&self.root)?, &Name::parse(name)?, form)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// All its files, with what they hold.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for path in walk(&self.root) {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
        files
    }

    /// What a command prints, and whether it went well.
    fn run(&self, program: &str, arguments: &str) -> (bool, String) {
        let output = Command::new(program)
            .args(arguments.split_whitespace())
            .current_dir(&self.root)
            // What others wrote is built for the checkout itself, and is not built once more.
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join(".."))
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("CARGO_MANIFEST_DIR")
            .env("CI", "true")
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.success(), told.concat())
    }
}

/// Copies a folder without what was built, what is hidden (but for cargo's settings), and the banks of others.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let is_hidden = name.starts_with('.') && name != ".cargo";
        let is_bank = ["wrong", "also-right"].contains(&name.as_str())
            && from.parent().is_some_and(|parent| parent.ends_with("solutions"));
        if is_hidden || is_bank || name == "target" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

const FORMS: [(&str, Form); 2] = [("98-threads", Form::Threads), ("99-async", Form::Async)];

#[test]
fn the_files_of_a_new_exercise_agree_but_for_the_size_of_its_banks() {
    let checkout = Checkout::new("new-facts");
    for (name, form) in FORMS {
        checkout.make(name, form).unwrap();
        let exercise = Workspace::around(&checkout.root).unwrap().exercise(name).unwrap();
        let mut untrue = facts::all(&exercise, &Wish::default());
        untrue.retain(|fact| !fact.holds);
        let [banks] = &untrue[..] else { panic!("{untrue:?}") };
        // Nothing else is wrong with them.
        assert_eq!(
            banks.detail,
            "wrong/ holds 2 programs, at least 8 are wanted; \
             also-right/ holds 1 programs, at least 4 are wanted"
        );
        let number = exercise.short();
        let alias = format!("\n{number} = \"start ex{name} --\"\n");
        assert!(checkout.read(".cargo/config.toml").contains(&alias));
        let row =
            format!("| {number} | | [{name}](exercises/{name}/README.md) 40 | `{number}` 10 |");
        assert!(checkout.read("README.md").contains(&row));
        let profile = format!("\nsol{name}.incremental = false\n");
        assert!(checkout.read("Cargo.toml").contains(&profile));
        assert!(checkout.read("Cargo.lock").contains(&format!("name = \"sol{name}\"")));
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let checkout = Checkout::new("new-taken");
    checkout.write("solutions/97-left-over/README.md", "mine");
    checkout.write("quizzes/exercises/96-asked.toml", "mine");
    let before = checkout.files();
    let mut told = Vec::new();
    for name in ["01-other", "97-left-over", "96-asked", "97_form", "nothing"] {
        let error = checkout.make(name, Form::Threads).unwrap_err();
        assert_eq!(error.code(), 2, "{error}");
        told.push(error.to_string());
    }
    assert_eq!(told[0], "the number 01 is taken by 01-basic");
    assert_eq!(told[1], "solutions/97-left-over is there already");
    assert_eq!(told[2], "quizzes/exercises/96-asked.toml is there already");
    assert!(checkout.files() == before, "something was changed");
}

#[test]
fn what_fails_halfway_leaves_nothing_behind() {
    let checkout = Checkout::new("new-halfway");
    // cargo can't read the checkout, which shows when all files are written.
    checkout.write("exercises/01-basic/Cargo.toml", "[package");
    let before = checkout.files();
    let error = checkout.make("98-threads", Form::Threads).unwrap_err();
    assert!(error.to_string().starts_with("Cargo.lock can't be brought up to date"), "{error}");
    assert_eq!(error.code(), 1);
    assert!(checkout.files() == before, "something was left behind");
    assert!(!checkout.root.join("exercises/98-threads").exists());
    assert!(!checkout.root.join("solutions/98-threads").exists());
}

#[test]
#[ignore = "builds for a minute: `.ci/run skeleton` does it"]
fn a_new_exercise_builds_passes_and_can_be_proved() {
    let checkout = Checkout::new("new-whole");
    for (name, form) in FORMS {
        checkout.make(name, form).unwrap();
        let packages = format!("-p ex{name} -p sol{name}");
        let all_is_well = |arguments: &str| {
            let (is_good, told) = checkout.run("cargo", arguments);
            assert!(is_good, "cargo {arguments}\n{told}");
            told
        };
        all_is_well("fmt --all --check");
        all_is_well(&format!("clippy --locked --quiet --all-targets {packages} -- -D warnings"));
        let told = all_is_well(&format!("test --locked {packages}"));
        let count = |words: &str| told.lines().filter(|line| line.contains(words)).count();
        let shown = "test result: ok. ";
        assert_eq!(count(&format!("{shown}1 passed; 0 failed; 2 ignored")), 1, "{told}");
        assert_eq!(count(&format!("{shown}3 passed; 0 failed; 0 ignored")), 1, "{told}");

        let (_, told) =
            checkout.run(env!("CARGO_BIN_EXE_course"), &format!("proof {name} --ascii"));
        let failed: Vec<&str> = told.lines().filter(|line| line.starts_with("x ")).collect();
        let [banks] = failed[..] else { panic!("{told}") };
        assert!(banks.contains(" banks: wrong/ holds 2 programs"), "{told}");
        assert!(told.contains(" checks, 1 failed, in "), "{told}");
    }
    // Programs and tests are large, and nobody else needs them.
    let built = FORMS.map(|(name, _)| format!("-p ex{name} -p sol{name}")).join(" ");
    checkout.run("cargo", &format!("clean --quiet {built}"));
    let (is_good, told) =
        checkout.run("cargo", "test --locked --quiet -p quizzes --test questions");
    assert!(is_good, "{told}");
}
