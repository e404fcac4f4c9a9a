//! Whether the stage sees all that a program's actors share. Only then may a search take two orders for one.
//!
//! What the rehearsal mirrors is seen, and so is what safe Rust moves from one actor to another. Not seen are
//! std's locks and atomics, files, the clock on the wall, and what other crates keep. So a list says what a program
//! may name; one that names anything else is played in every order.

use crate::{
    Result, read,
    real::{paths, words},
    source::Sources,
    workspace::Exercise,
};

/// Crates in which nothing is shared, or whose mirrors the stage sees.
const CRATES: [&str; 7] =
    ["async-channel", "clap", "crossbeam-channel", "rand", "rehearsal", "tokio", "uuid"];

/// Those of them that are to come from the rehearsal.
const MIRRORED: [&str; 3] = ["async_channel", "crossbeam_channel", "tokio"];

/// Modules of std in which nothing is shared.
const MODULES: [&str; 29] = [
    "any",
    "array",
    "ascii",
    "borrow",
    "boxed",
    "char",
    "clone",
    "cmp",
    "collections",
    "convert",
    "default",
    "error",
    "f32",
    "f64",
    "fmt",
    "future",
    "hash",
    "iter",
    "marker",
    "mem",
    "num",
    "ops",
    "option",
    "panic",
    "pin",
    "result",
    "str",
    "string",
    "vec",
];

/// What may be named of its other modules.
const ITEMS: [[&str; 2]; 4] =
    [["sync", "Arc"], ["time", "Duration"], ["process", "ExitCode"], ["process", "exit"]];

/// What an `Arc` may be asked: nothing that tells how many others have it.
const OF_ARC: [&str; 5] = ["new", "clone", "from", "default", "pin"];

/// Words behind which anything may stand.
const BLIND: [&str; 14] = [
    "unsafe",
    "extern",
    "include",
    "thread_local",
    "asm",
    "global_asm",
    "OnceCell",
    "SetOnce",
    "strong_count",
    "weak_count",
    "try_unwrap",
    "set_hook",
    "take_hook",
    "path",
];

/// Whether it does, of a program with these sources in an exercise's place.
pub(super) fn sees_all(exercise: &Exercise, sources: &Sources) -> Result<bool> {
    let manifest = read(&exercise.folder().join("Cargo.toml"))?;
    Ok(knows_crates(&manifest) && sources.values().all(|text| sees_all_of(text)))
}

fn knows_crates(manifest: &str) -> bool {
    let is_other = |line: &&str| line.starts_with("[dependencies.") || line.starts_with("[target");
    let lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[dependencies]");
    let ours = lines.skip(1).take_while(|line| !line.starts_with('['));
    let mut names = ours
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split(['.', '=', ' ']).next().unwrap_or_default());
    !manifest.lines().any(|line| is_other(&line.trim())) && names.all(|name| CRATES.contains(&name))
}

fn sees_all_of(source: &str) -> bool {
    let paths = paths(source);
    let brings = |name: &str| {
        paths.iter().any(|path| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            matches!(path[..], ["rehearsal" | "crate" | "super", last] | ["rehearsal", last, "self"] if last == name)
        })
    };
    let is_known = |path: &Vec<String>| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let asks_arc = path.iter().position(|word| *word == "Arc").and_then(|at| path.get(at + 1));
        asks_arc.is_none_or(|asked| OF_ARC.contains(asked))
            && match path[..] {
                ["" | "core" | "alloc", ..] => false,
                ["std", module, ..] if MODULES.contains(&module) => true,
                ["std", module, item, ..] => ITEMS.contains(&[module, item]),
                ["std", ..] => false,
                ["rehearsal", "outside", ..] => false,
                [first, ..] => !MIRRORED.contains(&first) || brings(first),
                [] => true,
            }
    };
    let words = words(source);
    let has_module_inside = words.windows(3).any(|three| three[0] == "mod" && three[2] == "{");
    !has_module_inside
        && words.iter().all(|word| !BLIND.contains(word))
        && paths.iter().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_mirrors_have_is_seen() {
        for source in [
            "use rehearsal::{println, tokio, async_channel::{self, Receiver}};\nuse tokio::time::sleep;\n\
             async fn f() { async_channel::bounded::<u8>(1); tokio::spawn(async {}); }",
            "use rehearsal::crossbeam_channel as channel;\nuse std::{fmt, sync::Arc, time::Duration};\n\
             fn f() { let all = Vec::<u8>::new(); std::process::exit(2); Arc::new(1); }",
            "use std::fmt::{self, Display}; // std::sync::Mutex\nfn f() -> &'static str { \"std::fs\" }",
        ] {
            assert!(sees_all_of(source), "{source}");
        }
    }

    #[test]
    fn what_may_be_shared_unseen_is_known() {
        for source in [
            "use std::sync::Mutex;",
            "use std::sync::{Arc, atomic::AtomicU8};",
            "use std::sync::*;",
            "use std::sync;",
            "fn f() { std::fs::read(\"a\"); }",
            "use std::{fmt, cell::Cell};",
            "use ::std::fmt;",
            "use core::cell::Cell;",
            "fn f(all: &Arc<u8>) -> usize { Arc::strong_count(all) }",
            "use tokio::sync::watch;",
            "use rehearsal::tokio as other;\nfn f() { tokio::spawn(g()); }",
            "use rehearsal::outside::tokio;",
            "fn f() { unsafe { g() } }",
            "mod inner { use tokio::sync::Mutex; }",
            "#[path = \"../other.rs\"]\nmod other;",
            "use std::time::Instant;",
        ] {
            assert!(!sees_all_of(source), "{source}");
        }
    }

    #[test]
    fn a_crate_that_nobody_knows_may_share_anything() {
        let known = "[package]\nname = \"a\"\n[dependencies]\n# Why.\nclap.workspace = true\nrehearsal = { a = 1 }\n\n[lints]\nb = 1\n";
        assert!(knows_crates(known));
        assert!(!knows_crates(&known.replace("clap", "dashmap")));
        assert!(!knows_crates(&known.replace("[lints]", "[dependencies.dashmap]")));
    }
}
