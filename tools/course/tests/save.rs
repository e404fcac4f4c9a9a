//! How long it takes from a save to the verdict, beside what cargo takes to build the program alone.
//!
//!     cargo test -p course --test save -- --ignored --nocapture
//!
//! `RUSTLINGS=path/to/rustlings` measures that one in the same run. Only the ratios say something about another
//! machine, and those only where nobody else works on it.

#![cfg(target_os = "linux")]

mod common;
#[path = "common/terminal.rs"]
mod terminal;

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use terminal::Terminal;

const TIMES: usize = 10;

/// A checkout for students, in which programs are finished, and built in a place of their own.
struct Desk {
    root: PathBuf,
    target: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("save");
        let desk = Desk { root: folder.join("course"), target: folder.join("target") };
        let _ = fs::remove_dir_all(&desk.root);
        let mut make = Command::new(env!("CARGO_BIN_EXE_course"));
        make.current_dir(env!("CARGO_MANIFEST_DIR")).arg("student").arg(&desk.root);
        assert!(make.status().unwrap().success());
        desk
    }

    fn course(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course"));
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Puts the solution's program in the place of the exercise's.
    fn finish(&self, name: &str) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../solutions").join(name);
        for file in accord::files::files(&from.join("src")).unwrap() {
            let to = self.root.join("exercises").join(name).join("src").join(&file);
            fs::copy(from.join("src").join(&file), to).unwrap();
        }
    }

    fn build(&self, name: &str) {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--bin", name]).current_dir(&self.root);
        assert!(cargo.env("CARGO_TARGET_DIR", &self.target).status().unwrap().success());
    }
}

/// Writes a line into a program, below its first one: so each place behind it is another.
fn edit(file: &Path, number: usize) {
    let text = fs::read_to_string(file).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let rest = rest.split_once("// edit\n").map_or(rest, |(_, rest)| rest);
    let edits = format!("//\n// {number}\n// edit\n");
    fs::write(file, format!("{first}\n{edits}{rest}")).unwrap();
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    let middle = times.len() / 2;
    (times[middle - 1] + times[middle]).as_secs_f64() / 2.0
}

/// How long a window is looked at in which nothing happens.
const IDLE: Duration = Duration::from_secs(10);

/// How many milliseconds of a core it takes meanwhile.
fn idle(window: &Terminal) -> u128 {
    let before = window.computed();
    std::thread::sleep(IDLE);
    (window.computed() - before).as_millis()
}

/// The medians of a program: cargo alone, the first line of the verdict, and all of it; and what it costs to wait.
fn course(desk: &Desk, name: &str) -> ([f64; 3], u128) {
    desk.finish(name);
    let main = desk.root.join("exercises").join(name).join("src/main.rs");
    let mut builds = Vec::new();
    let mut build = |number: usize| {
        edit(&main, number);
        let start = Instant::now();
        desk.build(name);
        builds.push(start.elapsed());
    };
    desk.build(name);
    // One half before and one behind the others, because a machine is not the same all the time.
    (0..TIMES / 2).for_each(&mut build);

    let mut watch = desk.course();
    watch.args(["watch", &name[..2]]);
    let mut window = Terminal::running(&watch);
    window.until(&["h hint", "✓  "]);
    // The first of these builds the tests of this program.
    edit(&main, 50);
    window.until_behind(window.all().len(), &["h hint"]);
    let (mut firsts, mut wholes) = (Vec::new(), Vec::new());
    for number in 100..100 + TIMES {
        let before = window.all().len();
        let start = Instant::now();
        edit(&main, number);
        window.until_behind(before, &["✓ ", "✗ "]);
        firsts.push(start.elapsed());
        window.until_behind(before, &["h hint"]);
        wholes.push(start.elapsed());
    }
    let idle = idle(&window);
    window.types("q");
    window.ends();
    (TIMES / 2..TIMES).for_each(&mut build);
    ([median(builds), median(firsts), median(wholes)], idle)
}

/// Does what an exercise of rustlings asks for. What is done already is left alone.
fn solve(file: &Path) {
    const LAST: &str = "    // - additional variables\n";
    const ONE: &str = "    thread::spawn(move || {\n        for val in q.first_half";
    const OTHER: &str = "    thread::spawn(move || {\n        for val in q.second_half";
    let text = fs::read_to_string(file).unwrap();
    if text.contains("if a > b") || text.contains("tx.clone()") {
        return;
    }
    let text = text
        .replace(LAST, &format!("{LAST}    if a > b {{ a }} else {{ b }}\n"))
        .replace(ONE, &format!("    let other = tx.clone();\n{ONE}"))
        .replace(OTHER, &format!("    let tx = other;\n{OTHER}"));
    fs::write(file, text).unwrap();
}

/// The median of an exercise of rustlings, from a save to its verdict, and what it costs to wait.
fn rustlings(program: &Path, exercise: &str) -> (f64, u128) {
    // Inside a workspace it would make itself a member of that.
    let folder = env::temp_dir().join("handoff-save");
    fs::create_dir_all(&folder).unwrap();
    let desk = folder.join("rustlings");
    if !desk.exists() {
        let mut init = Command::new(program)
            .arg("init")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        init.stdin.take().unwrap().write_all(b"\n").unwrap();
        assert!(init.wait().unwrap().success());
    }
    let state = format!("DON'T EDIT THIS FILE!\n\n{exercise}\n\n");
    fs::write(desk.join(".rustlings-state.txt"), state).unwrap();
    let files = accord::files::files(&desk.join("exercises")).unwrap();
    let file = files.iter().find(|file| file.ends_with(&format!("/{exercise}.rs"))).unwrap();
    let file = desk.join("exercises").join(file);
    solve(&file);
    let mut watch = Command::new(program);
    let mut window = Terminal::running(watch.current_dir(&desk));
    window.until(&["Progress"]);
    let mut times = Vec::new();
    for number in 0..=TIMES {
        let before = window.all().len();
        let start = Instant::now();
        edit(&file, number);
        window.until_behind(before, &["Exercise done"]);
        times.push(start.elapsed());
        // It takes no notice of what is saved before it is ready again.
        window.until_behind(before, &["Progress"]);
    }
    let idle = idle(&window);
    window.types("q");
    window.ends();
    // The first one builds what the others find.
    (median(times.split_off(1)), idle)
}

#[test]
#[ignore = "measures, for some minutes"]
fn from_a_save_to_the_verdict() {
    let desk = Desk::new();
    println!(
        "\nmedians of {TIMES}, in seconds; behind them milliseconds of a core in {IDLE:?} without a save"
    );
    for name in ["01-basic", "04-producer-consumer", "07-async-vs-threads"] {
        let ([build, first, whole], idle) = course(&desk, name);
        println!(
            "{name:22}  cargo build {build:.2}   first line {first:.2}   whole verdict {whole:.2}   idle {idle}"
        );
        println!(
            "{:22}  aimed at              {:.2}                 {:.2}",
            "",
            build * 1.3 + 0.3,
            build * 1.3 + 2.3
        );
    }
    match env::var_os("RUSTLINGS").map(PathBuf::from) {
        None => println!("rustlings was not measured: RUSTLINGS names none"),
        Some(program) => {
            for exercise in ["if1", "threads3"] {
                let (verdict, idle) = rustlings(&program, exercise);
                println!("rustlings {exercise:12}  verdict {verdict:.2}   idle {idle}");
            }
        }
    }
}
