//! Every program that is to be traced is built and run, and does what its answer says.
//!
//! It is built twice: as it stands, and on the rehearsal, where a deadlock is told at once and where other
//! schedules show whether the answer is the only one.

use accord::{settings::on_its_own, stuck};
use course::{
    child::{self, Ended, Outcome},
    programs::{Ground, Part, Programs, Sources, Wanted},
};
use quizzes::question::{self, Effect, Ends, Kind};
use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// A program that orders its lines by chance, or by sleeping, shows it in one of these.
const SCHEDULES: u64 = 20;

/// The exit code of a panic.
const PANIC: i32 = 101;

/// What a program may use. With `outside` tokio has the features that it has in the workspace.
const MEMBER: &str = r#"
[dependencies]
async-channel.workspace = true
crossbeam-channel.workspace = true
rand.workspace = true
rehearsal = { workspace = true, features = ["threads", "outside"] }
tokio.workspace = true
"#;

struct Traced {
    id: String,
    quiz: String,
    program: String,
    effect: Effect,
}

#[test]
fn every_traced_program_does_what_its_answer_says() {
    let traced = all();
    let built = build_all(&traced);
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
fn build_all(traced: &[Traced]) -> Programs {
    let no_base = Sources::new();
    let part = |text: &str| {
        let files = Sources::from([("main.rs".to_owned(), text.trim_start().to_owned())]);
        Part { base: "base", base_files: &no_base, files }
    };
    let mut wanted = Wanted::default();
    for one in traced {
        if !one.effect.does_compile {
            wanted.apart.insert(real(one), part(&one.program));
            continue;
        }
        wanted.together.insert(real(one), part(&one.program));
        if can_be_rehearsed(&one.program) {
            wanted.together.insert(staged(one), part(&rehearsed(&one.program)));
        }
    }
    let root = question::home().join("..").canonicalize();
    let root = root.expect("a workspace is around this package");
    let ground = Ground { root, name: "traced".to_owned(), member: MEMBER.to_owned() };
    Programs::build(ground, "traced", wanted, false).expect("cargo can be run")
}

/// In what a program differs from its answer.
fn differs(one: &Traced, built: &Programs) -> Option<String> {
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
        let path = built.get(name).ok()?;
        let mut command = Command::new(path);
        on_its_own(command.args(arguments).env("RUST_BACKTRACE", "0"));
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
            // Where a program has a time limit, what takes a twentieth of it keeps it; so nobody is slower than that.
            arguments.extend(["--schedule", &number, "--stretch", "5"]);
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
