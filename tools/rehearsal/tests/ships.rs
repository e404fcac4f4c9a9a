//! What ships costs nothing: without a stage, a program on the mirrors is the program on the real crates.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Real time after which a build is killed: crossbeam and tokio are built once.
const LIMIT: Duration = Duration::from_secs(300);

/// Calls cargo on the package that ships, in a folder for what it builds.
#[track_caller]
fn cargo(args: &[&str], on: &str, folder: &Path) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ships");
    fs::create_dir_all(folder).unwrap();
    let said = folder.join("said");
    let mut child = Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(args)
        .current_dir(package)
        .env("CARGO_TARGET_DIR", folder)
        .env("SHIPS_ON", on)
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&said).unwrap())
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
            panic!("cargo {args:?} did not end within {LIMIT:?}");
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "cargo {args:?}: {}", fs::read_to_string(said).unwrap());
}

/// The versions that the workspace has, so that nothing is looked up or built in another version.
fn lock() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let whole = here.join("../../Cargo.lock");
    fs::copy(whole, here.join("tests/ships/Cargo.lock")).expect("the workspace has a Cargo.lock");
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The assembly of the program.
fn assembly(on: &str) -> String {
    let folder = folder("ships");
    cargo(
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
    lock();
    let (real, mirrored) = (assembly("the real crates"), assembly("the mirrors"));
    assert!(real.lines().count() > 1_000, "it is a whole program");
    for (number, (one, other)) in real.lines().zip(mirrored.lines()).enumerate() {
        assert_eq!(one, other, "line {}", number + 1);
    }
    assert!(real == mirrored, "one has more lines than the other");
}

#[test]
fn a_mirror_is_the_real_thing() {
    lock();
    cargo(&["check", "--offline", "--lib"], "the mirrors", &folder("ships-check"));
}
