//! The name of a library's call, as the reader of a program knows it: `Mutex::lock()`.
//!
//! A frame's name is one of two. Without debug information of the library it is whole,
//! `tokio::sync::mutex::Mutex<T>::lock::{{closure}}`. With it, it may be cut to `{async_fn#0}<i32>`; then
//! the file and the line are known, and the library's own source says which function that is.

use super::frames::Frame;
use crate::place::Origin;
use std::fs;

/// What is called by the program: the outermost of these frames that means something to a reader.
pub(super) fn name(frames: &[Frame<'_>]) -> Option<String> {
    let mut in_timeout = false;
    for path in frames.iter().rev().filter_map(Path::of) {
        let words: Vec<&str> = path.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["tokio", "time", "timeout", ..] => in_timeout = true,
            ["tokio", "time", "sleep", ..] if in_timeout => return Some("timeout()".to_owned()),
            words if is_plumbing(words) => {}
            words if path.is_whole => return Some(spoken(words)),
            words => return Some(words.join("::")),
        }
    }
    None
}

/// What stands between the program and what it waits for without being either.
fn is_plumbing(words: &[&str]) -> bool {
    let plumbing = ["maybe_done", "try_maybe_done", "coop", "loom", "atomic_waker"];
    words.len() < 2 || words.iter().any(|word| plumbing.contains(word))
}

/// The path of a function: crate, modules, type, function.
struct Path {
    words: Vec<String>,
    /// Without type and function where those could not be found out.
    is_whole: bool,
}

impl Path {
    fn of(frame: &Frame<'_>) -> Option<Path> {
        if frame.origin() != Origin::Library && !frame.is_tokios_in_name() {
            return None;
        }
        let of_name = words_of_name(frame.function);
        let Some((file, line)) = frame.place else {
            return Some(Path { words: of_name, is_whole: true });
        };
        let of_file = words_of_file(file);
        if of_file.iter().any(|word| word == "macros") {
            // A macro's expansion bears the program's names beside the library's lines.
            return None;
        }
        if of_name.len() > 1 && of_name.first() == of_file.first() {
            return Some(Path { words: of_name, is_whole: true });
        }
        let source = fs::read_to_string(file).ok();
        let found = source.and_then(|source| around(&source, line));
        let is_whole = found.is_some();
        let (kind, function) = found.unzip();
        let words = of_file.into_iter().chain(kind.flatten()).chain(function).collect();
        Some(Path { words, is_whole })
    }
}

/// `<tokio::sync::oneshot::Receiver<T> as core::future::Future>::poll` is
/// tokio, sync, oneshot, Receiver, poll.
fn words_of_name(function: &str) -> Vec<String> {
    let function = function.replace("->", "");
    let (implementor, rest) = match function.strip_prefix('<') {
        Some(inner) => {
            let end = closing(inner);
            let implementor = inner[..end].split(" as ").next().unwrap_or_default();
            (implementor, inner.get(end + 1..).unwrap_or_default())
        }
        None => ("", function.as_str()),
    };
    let plain = format!("{}::{}", without_generics(implementor), without_generics(rest));
    let words = plain.split("::").map(|word| word.trim_start_matches('&'));
    words.filter(|word| !word.is_empty() && !word.starts_with('{')).map(str::to_owned).collect()
}

/// Where the `<` before this text is closed.
fn closing(text: &str) -> usize {
    let mut depth = 1_usize;
    for (index, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    text.len()
}

fn without_generics(text: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// `…/tokio-1.54.1/src/sync/mutex.rs` is tokio, sync, mutex.
fn words_of_file(file: &str) -> Vec<String> {
    let file = file.replace('\\', "/");
    let Some((package, path)) = file.rsplit_once("/src/") else { return Vec::new() };
    let package = package.rsplit('/').next().unwrap_or_default();
    let version = package
        .match_indices('-')
        .find(|(index, _)| package[index + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let name = version.map_or(package, |(index, _)| &package[..index]).replace('-', "_");
    let modules = path.trim_end_matches(".rs").split('/');
    let modules = modules.filter(|word| !["mod", "lib"].contains(word)).map(str::to_owned);
    std::iter::once(name).chain(modules).collect()
}

/// The type and the function around a line of source that is laid out as rustfmt does it.
fn around(source: &str, line: u32) -> Option<(Option<String>, String)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = source.lines().take(usize::try_from(line).ok()?).collect();
    let mut depth = indent(lines.last()?) + 1;
    let mut function = None;
    for line in lines.iter().rev().filter(|line| !line.trim().is_empty()) {
        if indent(line) >= depth {
            continue;
        }
        let line = (indent(line), line.trim_start());
        match &function {
            None => {
                if let Some(name) = function_of(line.1) {
                    depth = line.0;
                    function = Some(name);
                }
            }
            Some(name) => {
                if let Some(kind) = type_of(line.1) {
                    return Some((Some(kind), name.clone()));
                }
            }
        }
    }
    Some((None, function?))
}

/// `pub async fn lock(&self) -> …` is `lock`.
fn function_of(line: &str) -> Option<String> {
    let (before, after) = line.split_once("fn ")?;
    let is_head = before.split(' ').all(|word| {
        word.is_empty()
            || ["async", "unsafe", "const"].contains(&word)
            || word.starts_with("pub")
            || word.starts_with("extern")
    });
    let end = after.find(['(', '<'])?;
    is_head.then(|| after[..end].to_owned())
}

/// `impl<T: ?Sized> Mutex<T> {` is `Mutex`, and `impl<T> Future for Receiver<T> {` is `Receiver`.
fn type_of(line: &str) -> Option<String> {
    let header = line.strip_prefix("unsafe ").unwrap_or(line).strip_prefix("impl")?;
    let header = match header.strip_prefix('<') {
        Some(inner) => inner.get(closing(inner) + 1..)?,
        None => header,
    };
    let header = without_generics(header);
    let kind = header.split_once(" for ").map_or(header.as_str(), |(_, kind)| kind);
    let kind = kind.split(" where").next()?.trim_matches([' ', '{', '&']);
    Some(kind.rsplit("::").next()?.to_owned())
}

/// A path in the words of the program.
fn spoken(words: &[&str]) -> String {
    let is_type = |word: &str| word.starts_with(char::is_uppercase);
    // Several modules have a Sender and a Receiver: say whose it is.
    let told = |kind: &str| {
        let modules = words.iter().filter(|word| !is_type(word));
        let mut modules = modules.filter(|word| !["bounded", "unbounded", "chan"].contains(word));
        match modules.rfind(|module| words.last() != Some(module)) {
            Some(module) if kind.ends_with("Sender") || kind.ends_with("Receiver") => {
                format!("{module} {kind}")
            }
            _ => kind.to_owned(),
        }
    };
    match words {
        // Futures that a call makes, and that nobody writes down.
        [.., "Notified", "poll"] => "Notify::notified()".to_owned(),
        [.., "Acquire", "poll"] => "Semaphore::acquire()".to_owned(),
        [.., "Sleep", "poll"] => "sleep()".to_owned(),
        [.., kind, "poll"] if is_type(kind) => told(kind),
        [.., kind, method] if is_type(kind) => format!("{}::{method}()", told(kind)),
        [.., last] if is_type(last) => told(last),
        [.., last] => format!("{last}()"),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_what_a_reader_knows() {
        for (function, name) in [
            ("tokio::sync::mutex::Mutex<T>::lock::{{closure}}", "Mutex::lock()"),
            ("<tokio::sync::mutex::Mutex<fn() -> i32>>::lock::{closure#0}", "Mutex::lock()"),
            (
                "<tokio::sync::notify::Notified as core::future::future::Future>::poll",
                "Notify::notified()",
            ),
            ("tokio::sync::mpsc::bounded::Receiver<T>::recv::{{closure}}", "mpsc Receiver::recv()"),
            (
                "<tokio::sync::oneshot::Receiver<T> as core::future::future::Future>::poll",
                "oneshot Receiver",
            ),
            ("tokio::sync::watch::Receiver<T>::changed::{{closure}}", "watch Receiver::changed()"),
            ("<flume::async::SendFut<T> as core::future::future::Future>::poll", "SendFut"),
            ("tokio::time::sleep::sleep", "sleep()"),
        ] {
            let words = words_of_name(function);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(spoken(&words), name);
        }
    }

    /// The name of a call through these functions, the innermost first.
    fn named(frames: &[(&str, &str)]) -> Option<String> {
        let frames: Vec<Frame<'_>> = frames
            .iter()
            .map(|&(function, file)| Frame { function, place: Some((file, 7)) })
            .collect();
        name(&frames)
    }

    #[test]
    fn what_joins_futures_is_passed_over() {
        let lock = (
            "tokio::sync::mutex::Mutex<T>::lock::{{closure}}",
            "/registry/src/i/tokio-1.54.1/src/sync/mutex.rs",
        );
        let joined = (
            "poll<tokio::sync::Notified>",
            "/registry/src/i/tokio-1.54.1/src/future/maybe_done.rs",
        );
        let join = ("{closure#0}", "/registry/src/i/tokio-1.54.1/src/macros/join.rs");
        let polled = (
            "<core::future::poll_fn::PollFn<F> as core::future::future::Future>::poll",
            "/rustc/5/library/core/src/future/poll_fn.rs",
        );
        assert_eq!(named(&[lock, joined, join, polled]).as_deref(), Some("Mutex::lock()"));

        let sleep = (
            "<tokio::time::sleep::Sleep as core::future::future::Future>::poll",
            "/registry/src/i/tokio-1.54.1/src/time/sleep.rs",
        );
        let timeout = (
            "<tokio::time::timeout::Timeout<T> as core::future::future::Future>::poll",
            "/registry/src/i/tokio-1.54.1/src/time/timeout.rs",
        );
        assert_eq!(named(&[lock, timeout]).as_deref(), Some("Mutex::lock()"));
        assert_eq!(named(&[sleep, timeout]).as_deref(), Some("timeout()"));
        assert_eq!(named(&[sleep]).as_deref(), Some("sleep()"));
    }

    #[test]
    fn where_a_source_is_missing_less_is_said() {
        let lock = ("{async_fn#0}<i32>", "/nowhere/registry/src/i/tokio-1.54.1/src/sync/mutex.rs");
        assert_eq!(named(&[lock]).as_deref(), Some("tokio::sync::mutex"));
        assert_eq!(named(&[]), None);
    }

    #[test]
    fn a_source_tells_the_type_and_the_function_around_a_line() {
        let source = "\
impl<T: ?Sized> Mutex<T> {
    pub fn new(t: T) -> Self {
        Self { t }
    }

    pub async fn lock(
        &self,
    ) -> MutexGuard<'_, T> {
        let acquire = async move {
            self.acquire().await;
        };
        acquire.await
    }
}

impl<T> Future for Receiver<T>
where
    T: Send,
{
    fn poll(self: Pin<&mut Self>) -> Poll<T> {
        self.inner()
    }
}

pub(crate) fn free() {
    wait()
}
";
        for (line, found) in
            [(10, "Mutex lock"), (12, "Mutex lock"), (21, "Receiver poll"), (26, "free")]
        {
            let (kind, function) = around(source, line).unwrap();
            let words: Vec<String> = kind.into_iter().chain([function]).collect();
            assert_eq!(words.join(" "), found, "line {line}");
        }
        assert_eq!(around("", 3), None);
    }
}
