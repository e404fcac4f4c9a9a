//! What a program's source says of it, as far as a reader of single words can tell.
//!
//! It is looked at only where a task is not passed: for what a run can't tell, because the rehearsal does not
//! see it. Nothing is guessed: each of these is so, wherever it stands.

use accord::tokens::{Token, tokens};
use std::{collections::BTreeSet, fs, path::Path};

/// Something in a source that is worth a look, with its line: `src/main.rs:41`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) place: String,
    pub(crate) what: What,
}

/// What is worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A thing that the rehearsal mirrors is taken from elsewhere: from where, and what it is there.
    NotMirrored { taken: String, mirror: &'static str },
    /// A thread or a sleep of std's in a file with async functions: from where.
    StdThread(String),
    /// A lock of std's: right, as long as nobody waits for it.
    StdLock(String),
    /// `let _ = Receipt(…)`.
    DroppedAtOnce(String),
    /// A `select!` of tokio's that does not begin with `biased;`.
    NotBiased,
    /// An async function is called, and its future left alone.
    NotAwaited(String),
}

/// What the rehearsal has in place of a path.
const MIRRORED: [(&str, &str); 8] = [
    ("std::thread", "rehearsal::thread"),
    ("std::sync::mpsc", "rehearsal::crossbeam_channel"),
    ("std::sync::Condvar", "rehearsal::sync::Condvar"),
    ("std::sync::Barrier", "rehearsal::sync::Barrier"),
    ("std::time::Instant", "rehearsal::time::Instant"),
    ("crossbeam_channel", "rehearsal::crossbeam_channel"),
    ("async_channel", "rehearsal::async_channel"),
    ("tokio", "rehearsal::tokio"),
];

const LOCKS: [&str; 2] = ["std::sync::Mutex", "std::sync::RwLock"];

/// What is taken from std without being played: it neither waits nor tells the time.
const HARMLESS: [&str; 3] =
    ["std::thread::available_parallelism", "std::thread::Result", "tokio::sync"];

/// Looks through all files below a folder.
pub(crate) fn sights(folder: &Path) -> Vec<Sight> {
    let mut files = Vec::new();
    collect(folder, "src", &mut files);
    files.sort();
    let sources: Vec<(String, String)> = files
        .into_iter()
        .filter_map(|(name, path)| Some((name, fs::read_to_string(path).ok()?)))
        .collect();
    let read: Vec<(&str, Vec<Token<'_>>)> =
        sources.iter().map(|(name, text)| (name.as_str(), tokens(text))).collect();
    let futures: BTreeSet<&str> =
        read.iter().flat_map(|(_, tokens)| async_functions(tokens)).collect();
    let all = read.iter().flat_map(|(name, tokens)| sights_in(name, tokens, &futures));
    all.collect()
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, std::path::PathBuf)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            collect(&path, &name, files);
        } else if name.ends_with(".rs") {
            files.push((name, path));
        }
    }
}

fn sights_in(file: &str, tokens: &[Token<'_>], futures: &BTreeSet<&str>) -> Vec<Sight> {
    let mut found: Vec<(u32, What)> = Vec::new();
    let (imported, spans) = imports(tokens);
    for path in &imported {
        found.extend(of_path(&path.words, &imported).map(|what| (path.line, what)));
    }
    let mut at = 0;
    while at < tokens.len() {
        if let Some((_, end)) = spans.iter().find(|(start, _)| *start == at) {
            at = *end;
            continue;
        }
        let (path, end) = path_at(tokens, at);
        if path.len() > 1 {
            found.extend(of_path(&path, &imported).map(|what| (tokens[at].line, what)));
        }
        found.extend(not_biased(tokens, &path, end, &imported).map(|what| (tokens[at].line, what)));
        found.extend(dropped_at_once(&tokens[at..]).map(|what| (tokens[at].line, what)));
        found.extend(
            not_awaited(tokens, at, futures, &imported).map(|what| (tokens[at].line, what)),
        );
        at = end.max(at + 1);
    }
    if tokens.iter().any(|token| token.text == "async") {
        found = found.into_iter().map(|(line, what)| (line, of_a_task(what))).collect();
    }
    found.dedup_by(|one, other| one == other);
    let sight = |(line, what)| Sight { place: format!("{file}:{line}"), what };
    found.into_iter().map(sight).collect()
}

/// In a task another thing is mostly meant than on a thread.
fn of_a_task(what: What) -> What {
    match what {
        What::NotMirrored { taken, .. } if taken.starts_with("std::thread") => {
            What::StdThread(taken)
        }
        What::NotMirrored { taken, .. } if taken.starts_with("std::time::Instant") => {
            What::NotMirrored { taken, mirror: "tokio::time::Instant" }
        }
        what => what,
    }
}

/// A name that a `use` brings in.
struct Import {
    words: Vec<String>,
    line: u32,
}

impl Import {
    fn brings(&self, name: &str) -> bool {
        self.words.last().is_some_and(|last| last == name)
    }
}

/// All that is imported, and from which to which token each `use` goes.
fn imports(tokens: &[Token<'_>]) -> (Vec<Import>, Vec<(usize, usize)>) {
    let (mut imports, mut spans) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].text != "use" {
            at += 1;
            continue;
        }
        let end = tokens[at..]
            .iter()
            .position(|token| token.text == ";")
            .map_or(tokens.len(), |n| at + n);
        tree(&tokens[at + 1..end], &mut Vec::new(), &mut imports);
        spans.push((at, end));
        at = end;
    }
    (imports, spans)
}

/// Reads `a::{b, c::d as e}`; tells how many tokens that takes.
fn tree(tokens: &[Token<'_>], before: &mut Vec<String>, imports: &mut Vec<Import>) -> usize {
    let depth = before.len();
    let mut at = 0;
    let mut ends_in_a_name = false;
    let mut line = 0;
    while let Some(token) = tokens.get(at) {
        match token.text {
            "::" => {}
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    at += tree(&tokens[at..], before, imports).max(1);
                    if tokens.get(at).is_some_and(|token| token.text == ",") {
                        at += 1;
                    }
                }
                ends_in_a_name = false;
            }
            "as" => at += 1,
            "," | "}" => break,
            // `use a::{self}` brings in `a` itself.
            "self" if depth > 0 => (ends_in_a_name, line) = (true, token.line),
            name => {
                before.push(name.to_owned());
                (ends_in_a_name, line) = (true, token.line);
            }
        }
        at += 1;
    }
    if ends_in_a_name {
        imports.push(Import { words: before.clone(), line });
    }
    before.truncate(depth);
    at
}

/// The path `a::b::c` that begins at a token, and where it ends.
fn path_at(tokens: &[Token<'_>], at: usize) -> (Vec<String>, usize) {
    let is_name =
        |token: &Token<'_>| token.text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut end = at;
    // What follows a dot or `::` was looked at already, or is no path of its own.
    if tokens[at].text == "::" {
        end += 1;
    } else if at > 0 && matches!(tokens[at - 1].text, "::" | "." | "fn" | "mod") {
        return (Vec::new(), at + 1);
    }
    let mut path = Vec::new();
    while tokens.get(end).is_some_and(is_name) {
        path.push(tokens[end].text.to_owned());
        if tokens.get(end + 1).is_none_or(|token| token.text != "::") {
            return (path, end + 1);
        }
        end += 2;
    }
    (path, end)
}

/// What is to be said of a path, if something is.
fn of_path(path: &[String], imports: &[Import]) -> Option<What> {
    let whole = path.join("::");
    let begins = |head: &str| whole == head || whole.starts_with(&format!("{head}::"));
    if HARMLESS.iter().any(|harmless| begins(harmless)) {
        return None;
    }
    // `tokio::spawn` is the rehearsal's where `use rehearsal::tokio` stands, or that of another module.
    let first = path.first()?;
    let is_mirrored = imports.iter().any(|import| import.brings(first) && import.words.len() > 1);
    if is_mirrored && first != "std" {
        return None;
    }
    if let Some(lock) = LOCKS.iter().find(|lock| begins(lock)) {
        return Some(What::StdLock((*lock).to_owned()));
    }
    let (_, mirror) = MIRRORED.iter().find(|(taken, _)| begins(taken))?;
    Some(What::NotMirrored { taken: whole, mirror })
}

/// A `select!` that chooses its first branch by itself. That of crossbeam has no `biased;`.
fn not_biased(
    tokens: &[Token<'_>],
    path: &[String],
    after: usize,
    imports: &[Import],
) -> Option<What> {
    let is_tokios = |words: &[String]| {
        words.last().is_some_and(|last| last == "select")
            && words.iter().any(|word| word == "tokio")
    };
    let is_select = is_tokios(path)
        || (path.len() == 1
            && path[0] == "select"
            && imports.iter().any(|import| is_tokios(&import.words)));
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    (is_select && text(after) == "!" && text(after + 2) != "biased").then_some(What::NotBiased)
}

/// `let _ = Receipt(…)`, and the same of a guard.
fn dropped_at_once(tokens: &[Token<'_>]) -> Option<What> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    if (text(0), text(1), text(2)) != ("let", "_", "=") {
        return None;
    }
    let end = tokens.iter().position(|token| token.text == ";")?;
    let (path, after) = path_at(&tokens[3..], 0);
    let made = path.iter().find(|word| word.starts_with(|c: char| c.is_uppercase()));
    let is_made = made.is_some() && matches!(text(3 + after), "(" | "{");
    let guards = ["lock", "acquire", "acquire_owned"];
    let guard = tokens[3..end]
        .windows(2)
        .find(|pair| pair[0].text == "." && guards.contains(&pair[1].text));
    match (is_made, guard) {
        (true, _) => Some(What::DroppedAtOnce(format!("{}(…)", path.join("::")))),
        (_, Some(pair)) => Some(What::DroppedAtOnce(format!("….{}()", pair[1].text))),
        _ => None,
    }
}

fn async_functions<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let functions =
        tokens.windows(3).filter(|three| three[0].text == "async" && three[1].text == "fn");
    functions.map(|three| three[2].text).collect()
}

/// A statement that is nothing but the call of an async function: its future is dropped, and does nothing.
fn not_awaited(
    tokens: &[Token<'_>],
    at: usize,
    futures: &BTreeSet<&str>,
    imports: &[Import],
) -> Option<What> {
    let begins = at > 0 && matches!(tokens[at - 1].text, ";" | "{" | "}");
    let (path, after) = path_at(tokens, at);
    // `thread::sleep` has a name in common with tokio's.
    let is_tokio = |path: &[String]| path.ends_with(&["time".to_owned(), "sleep".to_owned()]);
    let brings_tokios = |import: &Import| path.len() == 1 && is_tokio(&import.words);
    let is_sleep = path.last().is_some_and(|name| name == "sleep")
        && (is_tokio(&path) || imports.iter().any(brings_tokios));
    let is_future = |name: &&String| is_sleep || futures.contains(name.as_str());
    let name = path.last().filter(|name| begins && is_future(name))?;
    let mut depth = 0;
    for (nth, token) in tokens[after..].iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let next = tokens.get(after + nth + 1).map_or("", |token| token.text);
            return (nth > 0 && next == ";").then(|| What::NotAwaited(format!("{name}(…)")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(u32, What)> {
        let read = tokens(text);
        let futures = async_functions(&read).into_iter().collect();
        let sights = sights_in("src/main.rs", &read, &futures);
        let line = |place: &str| place.rsplit(':').next().unwrap().parse().unwrap();
        sights.into_iter().map(|sight| (line(&sight.place), sight.what)).collect()
    }

    fn not_mirrored(line: u32, taken: &str, mirror: &'static str) -> (u32, What) {
        (line, What::NotMirrored { taken: taken.to_owned(), mirror })
    }

    #[test]
    fn real_tokio_is_seen_where_no_use_brings_the_rehearsals() {
        let real = "use rehearsal::println;\nuse tokio::time::sleep;\n#[tokio::main]\nasync fn main() {}\n";
        assert_eq!(
            seen(real),
            [
                not_mirrored(2, "tokio::time::sleep", "rehearsal::tokio"),
                not_mirrored(3, "tokio::main", "rehearsal::tokio")
            ]
        );
        for mirrored in [
            "use rehearsal::{println, tokio};",
            "use crate::tokio;",
            "use rehearsal::outside::tokio;",
        ] {
            assert_eq!(seen(&format!("{mirrored}\n{real}")), [], "{mirrored}");
        }
        assert_eq!(seen("use tokio::sync::mpsc;\n"), [], "it is the same in both");
    }

    #[test]
    fn what_is_taken_from_std_is_seen_in_any_form_of_use() {
        let text = "use std::{env, sync::{Arc, Mutex}, thread};\nfn main() {\n    std::time::Instant::now();\n    \
                    thread::spawn(f);\n    // std::thread::sleep(x)\n    let s = \"std::thread::sleep\";\n}\n";
        assert_eq!(
            seen(text),
            [
                (1, What::StdLock("std::sync::Mutex".to_owned())),
                not_mirrored(1, "std::thread", "rehearsal::thread"),
                not_mirrored(3, "std::time::Instant::now", "rehearsal::time::Instant"),
            ]
        );
        assert_eq!(
            seen("use rehearsal::{thread, time::Instant};\nfn f() { thread::spawn(g) }\n"),
            []
        );
        assert_eq!(seen("use std::time::Duration;\nuse std::sync::atomic::AtomicU32;\n"), []);
        assert_eq!(
            seen("use crossbeam_channel::{bounded, Sender};\n")[0],
            not_mirrored(1, "crossbeam_channel::bounded", "rehearsal::crossbeam_channel")
        );
    }

    #[test]
    fn a_sleep_of_std_in_async_code_is_seen_as_one() {
        let text = "use std::thread;\nasync fn f() {\n    std::thread::sleep(TIME);\n}\n";
        let thread = |taken: &str| What::StdThread(taken.to_owned());
        assert_eq!(seen(text), [(1, thread("std::thread")), (3, thread("std::thread::sleep"))]);
        let clock = "use std::time::Instant;\nasync fn f() {}\n";
        assert_eq!(seen(clock), [not_mirrored(1, "std::time::Instant", "tokio::time::Instant")]);
        let text = text.replace("async ", "");
        assert_eq!(seen(&text)[1], not_mirrored(3, "std::thread::sleep", "rehearsal::thread"));
    }

    #[test]
    fn what_is_dropped_at_once_is_seen_and_a_result_that_is_thrown_away_is_not() {
        let text = "fn f() {\n    let _ = Receipt(count.clone());\n    let _ = queue.send(1);\n    \
                    let _ = room.acquire().await.unwrap();\n    let _receipt = Receipt(1);\n    \
                    let _ = Ticket::new(7);\n}\n";
        assert_eq!(
            seen(text),
            [
                (2, What::DroppedAtOnce("Receipt(…)".to_owned())),
                (4, What::DroppedAtOnce("….acquire()".to_owned())),
                (6, What::DroppedAtOnce("Ticket::new(…)".to_owned())),
            ]
        );
    }

    #[test]
    fn a_select_that_begins_anywhere_is_seen() {
        let select = |head: &str, first: &str| {
            format!(
                "{head}\nasync fn f() {{\n    select! {{\n        {first}\n        x = a => b,\n    }}\n}}\n"
            )
        };
        assert_eq!(seen(&select("use rehearsal::tokio::select;", "")), [(3, What::NotBiased)]);
        assert_eq!(seen(&select("use rehearsal::tokio::select;", "biased;")), []);
        assert_eq!(seen(&select("use rehearsal::crossbeam_channel::select;", "")), []);
        let path = "use rehearsal::tokio;\nfn f() { tokio::select! { x = a => b } }\n";
        assert_eq!(seen(path), [(2, What::NotBiased)]);
    }

    #[test]
    fn an_async_function_that_nobody_awaits_is_seen() {
        let text = "async fn work(id: u32) {}\nasync fn main() {\n    work(1).await;\n    work(2);\n    \
                    let task = work(f(3));\n    spawn(work(4));\n    work(5)\n}\n";
        assert_eq!(seen(text), [(4, What::NotAwaited("work(…)".to_owned()))]);
        let sleeps = "use rehearsal::{thread, tokio};\nuse tokio::time::{Instant, sleep};\nasync fn f() {\n    \
                      sleep(TIME);\n    sleep(TIME).await;\n    tokio::time::sleep(TIME);\n    thread::sleep(TIME);\n}\n";
        let sleep = || What::NotAwaited("sleep(…)".to_owned());
        assert_eq!(seen(sleeps), [(4, sleep()), (6, sleep())]);
    }
}
