//! Many programs in one binary, so that an exercise's variants are compiled and linked once.
//!
//! Each program becomes a module of its own, and the binary plays the one that it is called by: it is linked
//! under the name of each. So nothing of a program's flags, environment or file names changes, and a report
//! still names `src/main.rs:41`. Where a module of the base is untouched and stands on nothing that a
//! program changes, all programs share it.

use crate::{rust, source::Sources};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// A program, and what it differs from.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The word for its base, which its shared modules stand below.
    pub base: &'a str,
    /// The base's files.
    pub base_files: &'a Sources,
    /// Its own files.
    pub files: Sources,
}

/// The function by which a program is entered, at the end of its `main.rs`.
const ENTRY: &str = "enter_from_the_joint_program";

/// The folder of a part below that of the binary.
#[must_use]
pub(crate) fn folder(name: &str) -> String {
    format!("programs/{name}")
}

/// The files of a binary that is all of these programs, by their names: `main.rs` and all that it needs.
#[must_use]
pub(crate) fn files(parts: &BTreeMap<String, Part<'_>>) -> Sources {
    let mut files = Sources::new();
    let mut shared: BTreeMap<&str, (&Sources, BTreeSet<String>)> = BTreeMap::new();
    for (name, part) in parts {
        let common = common(part);
        let module = module(name);
        for (file, text) in part.files.iter().filter(|(file, _)| !common.contains(*file)) {
            let mut text = rust::with_crate(text, &format!("crate::{module}"));
            if file == "main.rs" {
                text = with_shared(&text, part.base, &common);
                // On a line of its own, as the last one may be a comment.
                let _ = writeln!(
                    text,
                    "\npub(crate) fn {ENTRY}() -> ::std::process::ExitCode {{\n    \
                     ::std::process::Termination::report(main())\n}}"
                );
            }
            files.insert(format!("{}/src/{file}", folder(name)), text);
        }
        shared.entry(part.base).or_insert((part.base_files, BTreeSet::new())).1.extend(common);
    }
    for (base, (sources, names)) in &shared {
        for name in names {
            let text = rust::with_crate(&sources[name], &format!("crate::{base}"));
            files.insert(format!("{base}/src/{name}"), text);
        }
    }
    files.insert("main.rs".to_owned(), entrance(parts, &shared));
    files
}

/// The modules that a program has in common with its base: it changes neither them nor what they stand on.
fn common(part: &Part<'_>) -> BTreeSet<String> {
    let is_own = |name: &String| part.files.get(name) != part.base_files.get(name);
    let mut common: BTreeSet<String> = part
        .base_files
        .iter()
        .filter(|(name, text)| {
            *name != "main.rs" && !name.contains('/') && !is_own(name) && stands_alone(text)
        })
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let own = part.files.iter().filter(|(name, _)| !common.contains(*name));
        let implemented: BTreeSet<&str> =
            own.flat_map(|(_, text)| rust::implemented(text)).collect();
        let stands_on_own = |name: &&String| {
            let text = &part.base_files[*name];
            let needed = rust::crate_paths(text);
            needed.iter().any(|needed| !common.contains(&format!("{needed}.rs")))
                // A type can be given a function, or a trait, once.
                || rust::types(text).any(|name| implemented.contains(name))
        };
        let not_common: Vec<String> = common.iter().filter(stands_on_own).cloned().collect();
        if not_common.is_empty() {
            return common;
        }
        common.retain(|name| !not_common.contains(name));
    }
}

/// Whether a module says nothing that another place in the tree of modules would change.
fn stands_alone(text: &str) -> bool {
    ![
        "super::",
        "pub(super)",
        "pub(in ",
        "macro_rules!",
        "\nmod ",
        "\npub(crate) mod ",
        "\npub mod ",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

/// A `main.rs` that takes these modules from its base. Each line stays where it is.
fn with_shared(text: &str, base: &str, common: &BTreeSet<String>) -> String {
    let mut changed = String::new();
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_suffix(';').and_then(|line| line.rsplit_once("mod "));
        match name.filter(|(visible, name)| {
            (visible.is_empty() || *visible == "pub ") && common.contains(&format!("{name}.rs"))
        }) {
            Some((visible, name)) => {
                let _ = writeln!(changed, "{visible}use crate::{base}::{name};");
            }
            None => changed.push_str(line),
        }
    }
    changed
}

/// The binary's own `main.rs`.
fn entrance(
    parts: &BTreeMap<String, Part<'_>>,
    shared: &BTreeMap<&str, (&Sources, BTreeSet<String>)>,
) -> String {
    let mut text = String::from("// Written by `cargo course`.\n#![allow(warnings)]\n\n");
    for (base, (_, names)) in shared.iter().filter(|(_, (_, names))| !names.is_empty()) {
        let _ = writeln!(text, "mod {base} {{");
        for name in names {
            let module = name.trim_end_matches(".rs");
            let _ = writeln!(text, "    #[path = \"src/{name}\"]\n    pub(crate) mod {module};");
        }
        text.push_str("}\n");
    }
    for name in parts.keys() {
        let (folder, module) = (folder(name), module(name));
        let _ = writeln!(text, "#[path = \"{folder}/src/main.rs\"]\nmod {module};");
    }
    text.push_str(
        "\nfn main() -> std::process::ExitCode {\n    \
         let called = std::env::args_os().next().unwrap_or_default();\n    \
         let called = std::path::Path::new(&called).file_stem().unwrap_or_default();\n    \
         match called.to_str().unwrap_or_default() {\n",
    );
    for name in parts.keys() {
        let _ = writeln!(text, "        {name:?} => {}::{ENTRY}(),", module(name));
    }
    text.push_str(
        "        other => panic!(\"{other} is none of the programs in here\"),\n    }\n}\n",
    );
    text
}

/// The module of a program: `04-wrong-hang` is `p04_wrong_hang`.
fn module(name: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    format!("p{}", name.chars().map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Sources {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn joint(base: &Sources, programs: &[(&str, &[(&str, &str)])]) -> Sources {
        let part = |own: &[(&str, &str)]| {
            let mut files = base.clone();
            files.extend(sources(own));
            Part { base: "solution", base_files: base, files }
        };
        let parts = programs.iter().map(|(name, own)| ((*name).to_owned(), part(own))).collect();
        files(&parts)
    }

    #[test]
    fn a_module_that_nobody_changes_is_shared() {
        let base = sources(&[
            ("main.rs", "mod flags;\nmod pool;\n\nuse flags::Args;\nfn main() {}\n"),
            ("flags.rs", "pub(crate) struct Args;\n"),
            ("pool.rs", "use crate::flags::Args;\n"),
        ]);
        let made =
            joint(&base, &[("04-wrong-a", &[("pool.rs", "use crate::flags;\n")]), ("04-b", &[])]);
        assert_eq!(
            made.keys().collect::<Vec<_>>(),
            [
                "main.rs",
                "programs/04-b/src/main.rs",
                "programs/04-wrong-a/src/main.rs",
                "programs/04-wrong-a/src/pool.rs",
                "solution/src/flags.rs",
                "solution/src/pool.rs"
            ]
        );
        assert_eq!(made["programs/04-wrong-a/src/pool.rs"], "use crate::p04_wrong_a::flags;\n");
        assert_eq!(made["solution/src/pool.rs"], "use crate::solution::flags::Args;\n");
        let main = &made["programs/04-wrong-a/src/main.rs"];
        assert!(
            main.starts_with("use crate::solution::flags;\nmod pool;\n\nuse flags::Args;\n"),
            "{main}"
        );
        assert!(made["main.rs"].contains("\"04-b\" => p04_b::"));
    }

    #[test]
    fn a_type_that_a_program_gives_functions_is_not_shared() {
        let base = sources(&[
            ("main.rs", "mod job;\nmod time;\nfn main() {}\nimpl Ord for Job {}\n"),
            ("job.rs", "#[derive(Debug)]\npub(crate) struct Job {\n"),
            ("time.rs", "pub(crate) fn work() {}\n"),
        ]);
        let made = joint(&base, &[("x", &[])]);
        assert!(made.contains_key("solution/src/time.rs"));
        assert!(!made.contains_key("solution/src/job.rs"));
    }

    #[test]
    fn a_module_that_stands_on_what_changes_is_not_shared() {
        let base = sources(&[
            ("main.rs", "mod a;\nmod b;\nmod c;\nfn main() {}\nstruct Item;\n"),
            ("a.rs", "use crate::Item;\n"),
            ("b.rs", "use crate::{c, a::X};\n"),
            ("c.rs", "pub(super) fn x() {}\n"),
        ]);
        let made = joint(&base, &[("x", &[])]);
        assert!(!made.keys().any(|name| name.starts_with("solution/")), "{:?}", made.keys());
    }
}
