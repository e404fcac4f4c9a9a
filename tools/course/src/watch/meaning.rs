//! What an error of the compiler means here: for the mistakes that this course provokes, in a line.

/// The line for an error, as the compiler tells it; nothing where there is nothing to add.
#[must_use]
pub(super) fn of(refusal: &str) -> Option<String> {
    let code = refusal.strip_prefix("error[").and_then(|rest| rest.split(']').next());
    let first = refusal.lines().next().unwrap_or_default();
    let name = first.split('`').nth(1).unwrap_or_default();
    match code {
        Some("E0432" | "E0433") => library(first),
        Some("E0382") if refusal.contains("Sender<") => Some(format!(
            "`{name}` was moved, and a sender has one owner. Who else needs one gets a `clone` that is made before the move; the queue stays open until the last of them is dropped."
        )),
        Some("E0382") => Some(format!(
            "`{name}` was moved to somebody else, who owns it now. Clone it before the move, or give it away later."
        )),
        Some("E0373") => Some(
            "A thread or a task may live longer than this function, so it has to own what it uses: `move` in front of the closure.".to_owned(),
        ),
        Some("E0728") => Some("Only an `async fn` or an `async` block can wait with `.await`.".to_owned()),
        _ if first.contains("cannot be sent between threads safely") => Some(guard(refusal)),
        _ => None,
    }
}

/// A library that the rehearsal stands in for.
fn library(first: &str) -> Option<String> {
    const MIRRORED: [&str; 4] = ["tokio", "async_channel", "crossbeam_channel", "clap"];
    let mut words = first.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let name = words.rfind(|word| MIRRORED.contains(word))?;
    Some(format!(
        "The exercises take `{name}` from the rehearsal: `use rehearsal::{name};`, and the rest as in the library itself."
    ))
}

fn guard(refusal: &str) -> String {
    if refusal.contains("MutexGuard") {
        "A lock is held over an `.await`: let its guard be dropped before, at the end of a block or by `drop`.".to_owned()
    } else {
        "What a task or a thread takes along has to be one that may go to another thread: `Arc` in place of `Rc`, a `Mutex` in place of a `RefCell`.".to_owned()
    }
}

/// What a program uses past the rehearsal, which compiles, and is not on its clock.
#[must_use]
pub(super) fn past_the_rehearsal(sources: &crate::source::Sources) -> Option<String> {
    let code = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.map(|line| format!("{line}\n")).collect()
    };
    for (file, text) in sources {
        let text = code(text);
        if text.contains("std::thread") {
            return Some(format!(
                "src/{file} names `std::thread`: the exercises take threads from the rehearsal, `use rehearsal::thread;`."
            ));
        }
        let imports = text.contains("rehearsal::println")
            || imported(&text).any(|item| item == "println")
            || text.contains("crate::println");
        if text.contains("println!(") && text.contains("rehearsal::") && !imports {
            return Some(format!(
                "src/{file} prints with std's `println!`, which knows nothing of the program's clock: `use rehearsal::println;`."
            ));
        }
    }
    None
}

/// The names in `use rehearsal::{…}`.
fn imported(text: &str) -> impl Iterator<Item = &str> {
    let lists = text.split("use rehearsal::{").skip(1);
    let lists = lists.map(|list| list.split(';').next().unwrap_or_default());
    lists.flat_map(|list| list.split([',', '{', '}', '\n'])).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mistakes_of_this_course_are_explained() {
        for (refusal, words) in [
            ("error[E0432]: unresolved import `tokio`", "`use rehearsal::tokio;`"),
            (
                "error[E0433]: failed to resolve: use of unresolved module or unlinked crate `async_channel`",
                "`use rehearsal::async_channel;`",
            ),
            (
                "error[E0382]: use of moved value: `queue`\n move occurs because `queue` has type `Sender<u32>`",
                "`queue` was moved, and a sender has one owner",
            ),
            (
                "error[E0382]: borrow of moved value: `items`\n has type `Vec<u32>`",
                "Clone it before the move",
            ),
            (
                "error: future cannot be sent between threads safely\n `std::sync::MutexGuard<'_, u32>`",
                "A lock is held over an `.await`",
            ),
        ] {
            assert!(
                of(refusal).is_some_and(|told| told.contains(words)),
                "{refusal}: {:?}",
                of(refusal)
            );
        }
        assert_eq!(of("error[E0308]: mismatched types"), None);
        assert_eq!(of("error[E0432]: unresolved import `serde`"), None);
    }

    #[test]
    fn what_goes_past_the_rehearsal_is_found() {
        let told =
            |text: &str| past_the_rehearsal(&[("main.rs".to_owned(), text.to_owned())].into());
        let missing = told("use rehearsal::{tokio};\nfn main() { println!(\"x\"); }");
        assert!(missing.is_some_and(|told| told.contains("`use rehearsal::println;`")));
        assert_eq!(
            told("use rehearsal::{\n    println, tokio};\nfn main() { println!(\"x\"); }"),
            None
        );
        assert_eq!(
            told("use crate::println;\nuse rehearsal::tokio;\nfn f() { println!(\"x\"); }"),
            None
        );
        assert!(
            told("use std::thread;\n")
                .is_some_and(|told| told.contains("`use rehearsal::thread;`"))
        );
        assert_eq!(told("// not std::thread\n"), None);
    }
}
