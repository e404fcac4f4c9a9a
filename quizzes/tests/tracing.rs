//! Every program that is to be traced is built and run, and does what its answer says.
//!
//! It is built twice: as it stands, and on the rehearsal, where a deadlock is told at once and where other
//! schedules show whether the answer is the only one.

use accord::stuck;
use course::{
    build::{self, Built},
    child::{self, Ended, Outcome},
};
use quizzes::question::{self, Effect, Ends, Kind};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// A program that orders its lines by chance, or by sleeping, shows it in one of these.
const SCHEDULES: u64 = 20;

/// The exit code of a panic.
const PANIC: i32 = 101;

struct Traced {
    id: String,
    quiz: String,
    program: String,
    effect: Effect,
}

#[test]
fn every_traced_program_does_what_its_answer_says() {
    let traced = all();
    let mut sources = BTreeMap::new();
    for one in &traced {
        sources.insert(real(one), one.program.clone());
        if one.effect.does_compile && can_be_rehearsed(&one.program) {
            sources.insert(staged(one), rehearsed(&one.program));
        }
    }
    let built = build_all(&sources);
    assert_eq!(built.trouble, None);
    let wrong = beside_each_other(&traced, |one| {
        Some(format!("{} {}: {}", one.quiz, one.id, differs(one, &built)?))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Asks about each of them, on as many threads as there are cores: the programs wait more than they compute.
fn beside_each_other(
    traced: &[Traced],
    ask: impl Fn(&Traced) -> Option<String> + Sync,
) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let some = || {
        let each = std::iter::from_fn(|| traced.get(next.fetch_add(1, Ordering::Relaxed)));
        each.filter_map(&ask).collect::<Vec<String>>()
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(some)).collect();
        let found = threads.into_iter().map(|thread| thread.join());
        found.flat_map(|found| found.expect("no thread panics")).collect()
    })
}

fn all() -> Vec<Traced> {
    let mut traced = Vec::new();
    for quiz in question::all().expect("the quizzes can be read") {
        for question in quiz.questions {
            if let Kind::Tracing { prompt, answer } = question.kind {
                let (id, quiz) = (question.id, quiz.name.clone());
                traced.push(Traced { id, quiz, program: prompt.program, effect: answer });
            }
        }
    }
    traced
}

fn real(one: &Traced) -> String {
    format!("real-{}", one.id)
}

fn staged(one: &Traced) -> String {
    format!("staged-{}", one.id)
}

/// The rehearsal has no mpsc of std's: crossbeam's channels take its place.
fn can_be_rehearsed(program: &str) -> bool {
    !program.contains("mpsc::")
        || program.contains("tokio::sync::mpsc")
        || program.contains("sync::mpsc::{")
}

/// The same program on the rehearsal: only its `use` lines differ, and no line moves.
fn rehearsed(program: &str) -> String {
    let turned = [
        ("use std::thread", "use rehearsal::thread"),
        ("use std::time", "use rehearsal::time"),
        ("use std::sync", "use rehearsal::sync"),
        ("use crossbeam_channel", "use rehearsal::crossbeam_channel"),
        ("use async_channel", "use rehearsal::async_channel"),
        ("use tokio::", "use rehearsal::tokio::"),
    ];
    let mut text = String::from("#[allow(unused_imports)] use rehearsal::{println, tokio}; ");
    for line in program.trim_start().lines() {
        let turn = turned.iter().find(|(from, _)| line.starts_with(from));
        let line = turn.map_or(line.to_owned(), |(from, to)| line.replacen(from, to, 1));
        text += &format!("{line}\n");
    }
    text
}

/// Builds all programs in a package below the target folder, with the versions of the workspace.
fn build_all(sources: &BTreeMap<String, String>) -> Built {
    let root =
        question::home().join("..").canonicalize().expect("a workspace is around this package");
    let target = build::target_folder(&root).expect("cargo knows its target folder");
    let folder = target.join("quizzes");
    let mut manifest = String::from(
        "[workspace]\n\n[package]\nname = \"traced\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n\n[dependencies]\n",
    );
    manifest += &dependencies(&root);
    for (name, text) in sources {
        let path = format!("programs/{name}/src/main.rs");
        manifest += &format!("\n[[bin]]\nname = \"{name}\"\npath = \"{path}\"\n");
        write_if_new(&folder.join(path), text.trim_start());
    }
    manifest += &profile(&root);
    write_if_new(&folder.join("Cargo.toml"), &manifest);
    if !folder.join("Cargo.lock").exists() {
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("Cargo.lock can be copied");
    }
    let (manifest, target) = (folder.join("Cargo.toml"), target.to_string_lossy().into_owned());
    let manifest = manifest.to_string_lossy().into_owned();
    let arguments =
        ["build", "--keep-going", "--bins", "--manifest-path", &manifest, "--target-dir", &target];
    build::build(&root, &arguments).expect("cargo can be run")
}

/// The profile of the workspace, so that cargo takes what is built already.
fn profile(root: &Path) -> String {
    let text = workspace(root);
    // The packages that have one of their own are not in here.
    let is_taken =
        |table: &&str| table.starts_with("profile.") && !table.starts_with("profile.dev.package]");
    let taken: String =
        text.split("\n[").filter(is_taken).map(|table| format!("\n[{table}\n")).collect();
    // Nobody edits these programs, so what would make the next build of them quick only takes room.
    taken.replace("[profile.dev]\n", "[profile.dev]\nincremental = false\n")
}

fn workspace(root: &Path) -> String {
    fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest")
}

/// What a program may use, as the workspace has it.
fn dependencies(root: &Path) -> String {
    let text = workspace(root);
    let is_used = |line: &&str| {
        let names = ["async-channel", "crossbeam-channel", "rand", "tokio"];
        line.split_once(" = ").is_some_and(|(name, _)| names.contains(&name))
    };
    let lines: Vec<&str> = text.lines().filter(is_used).collect();
    assert_eq!(lines.len(), 4, "a dependency stands on a line of its own: {lines:?}");
    // `outside`, because with it tokio has the features that it has in the workspace.
    let rehearsal = root.join("tools/rehearsal").to_string_lossy().replace('\\', "/");
    let rehearsal =
        format!("rehearsal = {{ path = {rehearsal:?}, features = [\"threads\", \"outside\"] }}\n");
    format!("{}\n{rehearsal}", lines.join("\n"))
}

/// A file whose content stays keeps its time, so that nothing is built twice.
fn write_if_new(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .expect("the target folder can be written");
}

/// In what a program differs from its answer.
fn differs(one: &Traced, built: &Built) -> Option<String> {
    let name = real(one);
    if let Some(error) = built.error(&name) {
        let line = error.place.rsplit(':').next().and_then(|line| line.parse().ok());
        let is_expected = !one.effect.does_compile && line == one.effect.line_number;
        return (!is_expected).then(|| format!("it does not compile: {error}"));
    }
    if !one.effect.does_compile {
        return Some("it compiles".to_owned());
    }
    if let Some(error) = built.error(&staged(one)) {
        return Some(format!("it does not compile on the rehearsal: {error}"));
    }
    let limit = child::time_limit().expect("the limit is a number");
    let play = |name: &str, arguments: &[&str]| {
        let path: &PathBuf = built.programs.get(name)?;
        let mut command = Command::new(path);
        command.args(arguments).env("RUST_BACKTRACE", "0").env_remove("REHEARSAL");
        Some(child::run(&mut command, limit).expect("it can be started"))
    };
    // A deadlock of the real crates would only be seen by waiting.
    let on_its_own = (one.effect.ends != Ends::Deadlock).then(|| play(&name, &[])).flatten();
    if let Some(problem) = on_its_own.and_then(|outcome| problem(&one.effect, &outcome)) {
        return Some(format!("on the real crates {problem}"));
    }
    (0..=SCHEDULES).find_map(|schedule| {
        let number = schedule.to_string();
        let mut arguments = vec!["--pace", "instant"];
        if schedule > 0 {
            arguments.extend(["--schedule", &number]);
        }
        let problem = problem(&one.effect, &play(&staged(one), &arguments)?)?;
        Some(format!("with {} {problem}", arguments.join(" ")))
    })
}

fn problem(effect: &Effect, outcome: &Outcome) -> Option<String> {
    let code = match effect.ends {
        Ends::Well => 0,
        Ends::Deadlock => stuck::EXIT_CODE,
        Ends::Panic => PANIC,
    };
    let is_same = outcome.stdout.trim_end() == effect.stdout.trim_end();
    let ended = outcome.ended;
    (!is_same || ended != Ended::Code(code))
        .then(|| format!("it ends with {ended} and prints:\n{}{}", outcome.stdout, outcome.stderr))
}
