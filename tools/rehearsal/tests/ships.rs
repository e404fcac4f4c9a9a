//! What ships costs nothing: without a stage, a program on the mirrors is the program on the real crates.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Real time after which a build is killed: crossbeam and tokio are built once.
const LIMIT: Duration = Duration::from_secs(300);

/// Calls a program in the package that ships, with a folder for what cargo builds; returns whether it ended
/// well, and what it said.
#[track_caller]
fn call(command: &mut Command, on: &str, folder: &Path) -> (bool, String) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ships");
    fs::create_dir_all(folder).unwrap();
    let said = folder.join("said");
    let file = fs::File::create(&said).unwrap();
    let mut child = command
        .current_dir(package)
        .env("CARGO_TARGET_DIR", folder)
        .env("SHIPS_ON", on)
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{command:?} did not end within {LIMIT:?}");
        }
        thread::sleep(Duration::from_millis(20));
    };
    (status.success(), fs::read_to_string(said).unwrap())
}

fn cargo(args: &[&str]) -> Command {
    let mut cargo = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(args);
    cargo
}

/// The same for a call that has to end well.
#[track_caller]
fn builds(args: &[&str], on: &str, folder: &Path) {
    let (well, said) = call(&mut cargo(args), on, folder);
    assert!(well, "cargo {args:?}: {said}");
}

/// Lets one test at a time have the package, with the versions that the workspace has: nothing is looked up then,
/// or built in another version. Cargo writes what it needs of them into the same file.
fn alone() -> MutexGuard<'static, ()> {
    static PACKAGE: Mutex<()> = Mutex::new(());
    let alone = PACKAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let whole = here.join("../../Cargo.lock");
    fs::copy(whole, here.join("tests/ships/Cargo.lock")).expect("the workspace has a Cargo.lock");
    alone
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The assembly of the program.
fn assembly(on: &str) -> String {
    let folder = folder("ships");
    builds(
        &["rustc", "--release", "--offline", "--bin", "ships", "--", "--emit", "asm"],
        on,
        &folder,
    );
    let files = fs::read_dir(folder.join("release/deps")).unwrap().flatten();
    let is_assembly = |path: &PathBuf| path.extension().is_some_and(|end| end == "s");
    let path = files.map(|file| file.path()).find(is_assembly).expect("assembly was asked for");
    let text = fs::read_to_string(&path).unwrap();
    // The next build must not be taken for this one.
    fs::remove_file(path).unwrap();
    text
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "what stands in assembly beside the code differs elsewhere"
)]
fn the_machine_code_is_that_of_the_real_crates() {
    let _alone = alone();
    let (real, mirrored) = (assembly("the real crates"), assembly("the mirrors"));
    assert!(real.lines().count() > 1_000, "it is a whole program");
    for (number, (one, other)) in real.lines().zip(mirrored.lines()).enumerate() {
        assert_eq!(one, other, "line {}", number + 1);
    }
    assert!(real == mirrored, "one has more lines than the other");
}

#[test]
fn a_mirror_is_the_real_thing() {
    let _alone = alone();
    builds(&["check", "--offline", "--lib"], "both", &folder("ships-check"));
}

/// What is told can be pasted, and the stage is there for the tests alone.
#[cfg(unix)]
#[test]
fn its_tests_are_rehearsed_and_what_fails_replays() {
    let _alone = alone();
    let folder = folder("ships-tests");
    let args = ["test", "--offline", "--test", "rehearsed"];
    let (well, said) = call(&mut cargo(&args), "the mirrors", &folder);
    assert!(!well && said.contains("1 passed; 1 failed"), "{said}");
    assert!(said.contains("test an_hour_is_over_at_once ... ok"), "{said}");
    for (told, names) in [
        ("Play it again: ", "schedule "),
        ("Play that sentence alone: ", "the order of REHEARSAL_HOLD "),
    ] {
        let (_, command) = said.split_once(told).unwrap_or_else(|| panic!("{said}"));
        let command = command.lines().next().expect("a command is told");
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env("CARGO_NET_OFFLINE", "true");
        let (well, again) = call(&mut shell, "the mirrors", &folder);
        assert!(!well && again.contains("0 passed; 1 failed"), "{command}\n{again}");
        assert!(again.contains(names) && again.contains("panics"), "{command}\n{again}");
        assert!(again.contains(command), "it tells the same command: {command}\n{again}");
    }
}
