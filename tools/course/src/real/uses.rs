//! Rewrites the `use` lines of one file: what names the rehearsal names the real crates instead.

use super::{
    mirror::{self, Real},
    tokens::{Kind, Token, tokens},
};
use std::{collections::BTreeSet, ops::Range};

/// What has to be known of the whole program to rewrite one of its files.
pub(super) struct Program<'a> {
    /// Names that one file takes from another, as in `crate::println`: their `use` has to stay, even where
    /// the real thing is known without one.
    pub(super) shared_names: &'a BTreeSet<String>,
    /// Where the program's own function of a name is, as this file calls it.
    pub(super) own: &'a dyn Fn(&str) -> Result<Vec<String>, String>,
}

/// The file on the real crates. The error names its line.
pub(super) fn rewritten(source: &str, program: &Program<'_>) -> Result<String, String> {
    let tokens = tokens(source);
    let mut text = source.to_owned();
    // From the end, so that the places before stay true.
    for line in use_lines(source, &tokens).into_iter().rev() {
        if !line.leaves.iter().any(Leaf::is_rehearsal) {
            continue;
        }
        let number = source[..line.place.start].matches('\n').count() + 1;
        let at_line = |problem: String| format!("line {number}: {problem}");
        if line.has_comment {
            return Err(at_line(
                "the comment inside this `use` would be lost: write it above".to_owned(),
            ));
        }
        let news = real_lines(&line, program).map_err(at_line)?;
        let place =
            if news.is_empty() { whole_lines(source, &line.place) } else { line.place.clone() };
        text.replace_range(place, &news.join("\n"));
    }
    Ok(text)
}

/// The names that a file takes from another one, or from its own top: `println` in `crate::println!()`
/// and in `use super::{println, x}`.
pub(super) fn taken_names(source: &str) -> BTreeSet<String> {
    let tokens: Vec<Token<'_>> =
        tokens(source).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let mut names = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_root = ["crate", "self", "super"].iter().any(|root| token.is(root));
        if !is_root || !tokens.get(index + 1).is_some_and(|next| next.is("::")) {
            continue;
        }
        let mut leaves = Vec::new();
        // In an expression more may follow than a path, which is no concern here.
        tree(&tokens, index + 2, &[], &mut leaves);
        names.extend(leaves.into_iter().filter_map(|leaf| leaf.path.into_iter().next()));
    }
    names
}

/// Every path of a file, in `use` lines and elsewhere: `std::fmt::Display` as three words. One that begins with
/// `::` has an empty word first.
pub(crate) fn paths(source: &str) -> Vec<Vec<String>> {
    let tokens: Vec<Token<'_>> =
        tokens(source).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let is_sign = |index: usize| tokens.get(index).is_some_and(|token| token.is("::"));
    let mut all = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &tokens[before]);
        let goes_on = before.is_some_and(|before| {
            before.place.end == token.place.start && (before.kind == Kind::Word || before.is(">"))
        });
        let is_rooted = token.is("::") && !goes_on;
        let is_first = before.is_none_or(|before| !before.is("::"));
        let begins = token.kind == Kind::Word && is_sign(index + 1) && is_first;
        if !begins && !is_rooted {
            continue;
        }
        let mut leaves = Vec::new();
        if tree(&tokens, index, &[], &mut leaves).is_none() {
            // What follows is no path any more: `Vec::<u8>::new()`.
            let words = tokens[index..].chunks(2).take_while(|pair| {
                pair[0].kind == Kind::Word && pair.get(1).is_none_or(|sign| sign.is("::"))
            });
            let path = words.map(|pair| pair[0].text.to_owned()).collect();
            leaves.push(Leaf { path, rename: None });
        }
        // A name of its own is not told from another one.
        all.extend(leaves.into_iter().map(|mut leaf| {
            leaf.path.extend(leaf.rename);
            leaf.path
        }));
    }
    all
}

/// The words and signs of a file.
pub(crate) fn words(source: &str) -> Vec<&str> {
    let is_code = |token: &Token<'_>| matches!(token.kind, Kind::Word | Kind::Sign);
    tokens(source).into_iter().filter(is_code).map(|token| token.text).collect()
}

/// One `use …;` of a file.
struct UseLine {
    /// With the attributes and the `pub` before it.
    place: Range<usize>,
    /// The attributes and the `pub` before it, with the white space behind them.
    before: String,
    is_public: bool,
    has_comment: bool,
    leaves: Vec<Leaf>,
}

/// One name that it brings: a whole path, whose last word may be `self` or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Leaf {
    path: Vec<String>,
    rename: Option<String>,
}

impl Leaf {
    fn is_rehearsal(&self) -> bool {
        self.path.iter().find(|word| !word.is_empty()).is_some_and(|word| word == "rehearsal")
    }
}

fn use_lines(source: &str, tokens: &[Token<'_>]) -> Vec<UseLine> {
    let is_use = |index: &usize| tokens[*index].is("use");
    (0..tokens.len()).filter(is_use).filter_map(|index| use_line(source, tokens, index)).collect()
}

/// None for what is no such line: `impl Trait + use<'a>`.
fn use_line(source: &str, tokens: &[Token<'_>], index: usize) -> Option<UseLine> {
    let length = tokens[index..].iter().position(|token| token.is(";"))?;
    let inside = &tokens[index + 1..index + length];
    let code: Vec<Token<'_>> =
        inside.iter().filter(|token| token.kind != Kind::Comment).cloned().collect();
    let mut leaves = Vec::new();
    if tree(&code, 0, &[], &mut leaves) != Some(code.len()) {
        return None;
    }
    let public = start_of_visibility(tokens, index);
    let first = start_of_attributes(tokens, public);
    let start = tokens[first].place.start;
    Some(UseLine {
        place: start..tokens[index + length].place.end,
        before: source[start..tokens[index].place.start].to_owned(),
        is_public: public < index,
        has_comment: code.len() < inside.len(),
        leaves,
    })
}

/// Reads a path with all that it branches into, and tells where it ends. None if it is no path.
fn tree(
    tokens: &[Token<'_>],
    mut at: usize,
    before: &[String],
    leaves: &mut Vec<Leaf>,
) -> Option<usize> {
    let mut path = before.to_vec();
    if tokens.get(at)?.is("::") && before.is_empty() {
        path.push(String::new());
        at += 1;
    }
    loop {
        let token = tokens.get(at)?;
        if token.is("{") {
            return group(tokens, at + 1, &path, leaves);
        }
        if token.kind != Kind::Word && !token.is("*") {
            return None;
        }
        path.push(token.text.to_owned());
        at += 1;
        if !tokens.get(at).is_some_and(|next| next.is("::")) {
            break;
        }
        at += 1;
    }
    let rename = tokens.get(at).filter(|token| token.is("as")).and_then(|_| tokens.get(at + 1));
    let end = if rename.is_some() { at + 2 } else { at };
    leaves.push(Leaf { path, rename: rename.map(|token| token.text.to_owned()) });
    Some(end)
}

/// Reads what stands between `{` and `}`.
fn group(
    tokens: &[Token<'_>],
    mut at: usize,
    path: &[String],
    leaves: &mut Vec<Leaf>,
) -> Option<usize> {
    while !tokens.get(at)?.is("}") {
        at = tree(tokens, at, path, leaves)?;
        if tokens.get(at)?.is(",") {
            at += 1;
        } else if !tokens[at].is("}") {
            return None;
        }
    }
    Some(at + 1)
}

/// `pub`, `pub(crate)` and `pub(in a::b)`, before the word at `index`.
pub(super) fn start_of_visibility(tokens: &[Token<'_>], index: usize) -> usize {
    let Some(last) = index.checked_sub(1) else { return index };
    let start = if tokens[last].is(")") {
        tokens[..last].iter().rposition(|token| token.is("(")).and_then(|open| open.checked_sub(1))
    } else {
        Some(last)
    };
    start.filter(|&start| tokens[start].is("pub")).unwrap_or(index)
}

/// The attributes right before the word at `index`: `#[cfg(unix)]`.
pub(super) fn start_of_attributes(tokens: &[Token<'_>], mut index: usize) -> usize {
    while let Some(start) = attribute_before(tokens, index) {
        index = start;
    }
    index
}

fn attribute_before(tokens: &[Token<'_>], index: usize) -> Option<usize> {
    let last = index.checked_sub(1).filter(|&last| tokens[last].is("]"))?;
    let mut depth = 0_usize;
    let open = tokens[..=last].iter().rposition(|token| {
        depth += usize::from(token.is("]"));
        depth -= usize::from(token.is("["));
        depth == 0
    })?;
    // `#![…]` belongs to the file, and not to what follows.
    open.checked_sub(1).filter(|&sign| tokens[sign].is("#"))
}

/// The `use` lines that bring the same from the real crates.
fn real_lines(line: &UseLine, program: &Program<'_>) -> Result<Vec<String>, String> {
    let mut leaves: Vec<Leaf> =
        line.leaves.iter().filter(|leaf| !leaf.is_rehearsal()).cloned().collect();
    for leaf in line.leaves.iter().filter(|leaf| leaf.is_rehearsal()) {
        let path: Vec<String> = leaf.path.iter().filter(|word| !word.is_empty()).cloned().collect();
        let rename = leaf.rename.clone();
        match mirror::real(&path)? {
            Real::Path(path) => leaves.push(Leaf { path, rename }),
            Real::Own(name) => leaves.push(Leaf { path: (program.own)(&name)?, rename }),
            Real::Known(path) => {
                let name = path.iter().rfind(|word| *word != "self");
                let is_taken = name.is_some_and(|name| program.shared_names.contains(name));
                if rename.is_some() || is_taken || line.is_public {
                    leaves.push(Leaf { path, rename });
                }
            }
        }
    }
    Ok(grouped(leaves).into_iter().map(|path| format!("{}use {path};", line.before)).collect())
}

/// Paths with all that one module gives in one pair of braces.
fn grouped(leaves: Vec<Leaf>) -> Vec<String> {
    let mut modules: Vec<(Vec<String>, Vec<Leaf>)> = Vec::new();
    for leaf in leaves {
        let module = leaf.path[..leaf.path.len() - 1].to_vec();
        match modules.iter_mut().find(|(other, _)| *other == module && !module.is_empty()) {
            Some((_, leaves)) => leaves.push(leaf),
            None => modules.push((module, vec![leaf])),
        }
    }
    modules.into_iter().map(|(module, leaves)| branch(&module, &leaves)).collect()
}

fn branch(module: &[String], leaves: &[Leaf]) -> String {
    let name = |leaf: &Leaf, word: &str| match &leaf.rename {
        Some(rename) => format!("{word} as {rename}"),
        None => word.to_owned(),
    };
    let last = |leaf: &Leaf| leaf.path.last().cloned().unwrap_or_default();
    match leaves {
        // `a::{self}` is `a`. A crate as a whole begins with `::`, or clippy takes the line for a slip.
        [leaf] if last(leaf) == "self" && module.len() == 1 => {
            name(leaf, &format!("::{}", module.join("::")))
        }
        [leaf] if last(leaf) == "self" => name(leaf, &module.join("::")),
        [leaf] => name(leaf, &leaf.path.join("::")),
        _ => {
            let names: Vec<String> = leaves.iter().map(|leaf| name(leaf, &last(leaf))).collect();
            format!("{}::{{{}}}", module.join("::"), names.join(", "))
        }
    }
}

/// A place with the rest of its lines, if nothing else stands there.
fn whole_lines(source: &str, place: &Range<usize>) -> Range<usize> {
    let start = source[..place.start].rfind('\n').map_or(0, |at| at + 1);
    let end = source[place.end..].find('\n').map_or(source.len(), |at| place.end + at + 1);
    let is_alone =
        source[start..place.start].trim().is_empty() && source[place.end..end].trim().is_empty();
    if is_alone { start..end } else { place.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real_with(source: &str, shared: &[&str]) -> Result<String, String> {
        let shared_names = shared.iter().map(|&name| name.to_owned()).collect();
        let own = |name: &str| Ok(vec!["measure".to_owned(), name.to_owned()]);
        rewritten(source, &Program { shared_names: &shared_names, own: &own })
    }

    fn real(source: &str) -> String {
        real_with(source, &[]).unwrap()
    }

    #[test]
    fn each_path_becomes_that_of_the_real_crate() {
        assert_eq!(real("use rehearsal::clap::Parser;\n"), "use clap::Parser;\n");
        assert_eq!(real("use ::rehearsal::thread;\n"), "use std::thread;\n");
        assert_eq!(
            real("use rehearsal::time::{Duration, Instant};\n"),
            "use std::time::{Duration, Instant};\n"
        );
        assert_eq!(real("use rehearsal::crossbeam_channel::*;\n"), "use crossbeam_channel::*;\n");
        assert_eq!(real("use rehearsal::{println, thread};\n"), "use std::thread;\n");
        assert_eq!(real("use rehearsal::work;\n"), "use measure::work;\n");
    }

    #[test]
    fn what_needs_no_use_has_none() {
        assert_eq!(real("use a;\nuse rehearsal::{println, tokio};\nuse b;\n"), "use a;\nuse b;\n");
        assert_eq!(
            real("use rehearsal::async_channel::{self, Sender};\n"),
            "use async_channel::Sender;\n"
        );
        assert_eq!(
            real("fn f() {\n    use rehearsal::print;\n    g();\n}\n"),
            "fn f() {\n    g();\n}\n"
        );
        assert_eq!(real("fn f() { use rehearsal::print; g(); }\n"), "fn f() {  g(); }\n");
        assert_eq!(real("#[cfg(unix)]\n#[x]\nuse rehearsal::print;\nuse a;\n"), "use a;\n");
    }

    #[test]
    fn what_others_take_from_here_stays() {
        let shared = ["tokio", "println", "say"];
        assert_eq!(
            real_with("use rehearsal::{async_channel, println, tokio};\n", &shared).unwrap(),
            "use std::println;\nuse ::tokio;\n"
        );
        assert_eq!(
            real_with("use rehearsal::{eprintln, print as say, println};\n", &shared).unwrap(),
            "use std::{print as say, println};\n"
        );
        assert_eq!(
            real("pub(crate) use rehearsal::{println, tokio};\n"),
            "pub(crate) use std::println;\npub(crate) use ::tokio;\n"
        );
        assert_eq!(real("pub use rehearsal::thread;\n"), "pub use std::thread;\n");
    }

    #[test]
    fn a_renamed_one_keeps_its_name() {
        assert_eq!(real("use rehearsal::thread as t;\n"), "use std::thread as t;\n");
        assert_eq!(real("use rehearsal::println as say;\n"), "use std::println as say;\n");
        assert_eq!(
            real("use rehearsal::crossbeam_channel::{self as channel, Sender as S};\n"),
            "use crossbeam_channel::{self as channel, Sender as S};\n"
        );
        assert_eq!(real("use rehearsal::tokio as rt;\n"), "use ::tokio as rt;\n");
        assert_eq!(real("use rehearsal::clap::Parser as _;\n"), "use clap::Parser as _;\n");
        assert_eq!(real("use rehearsal::thread::{self as t};\n"), "use std::thread as t;\n");
    }

    #[test]
    fn groups_may_be_nested_and_of_several_lines() {
        let source = "use rehearsal::{\n    outside::{clap::Parser, tokio::{self, net}},\n    sync::{Arc, Mutex,},\n    thread::{self, JoinHandle},\n    println,\n};\n";
        assert_eq!(
            real(source),
            "use clap::Parser;\nuse tokio::net;\nuse std::sync::{Arc, Mutex};\nuse std::thread::{self, JoinHandle};\n"
        );
    }

    #[test]
    fn of_a_group_only_a_part_may_be_the_rehearsals() {
        assert_eq!(
            real("use {rehearsal::{println, thread}, std::{fs, io::{self, Read}}, x as y};\n"),
            "use std::{fs, thread};\nuse std::io::{self, Read};\nuse x as y;\n"
        );
        assert_eq!(real("use {::rehearsal::print, std::fs};\n"), "use std::fs;\n");
    }

    #[test]
    fn attributes_stay_with_each_line() {
        assert_eq!(
            real("#![a]\n#[cfg(x = \"]\")]\npub use rehearsal::{thread, time::Instant};\n"),
            "#![a]\n#[cfg(x = \"]\")]\npub use std::thread;\n#[cfg(x = \"]\")]\npub use std::time::Instant;\n"
        );
    }

    #[test]
    fn what_is_not_the_rehearsals_stays_byte_for_byte() {
        for source in [
            "use  std::{ fs , io };\nuse crate::rehearsal::x;\n",
            "// use rehearsal::thread;\n/* use rehearsal::thread; */\n",
            "const A: &str = \"use rehearsal::thread;\";\nconst B: &str = r#\"\nuse rehearsal::print;\n\"#;\n",
            "fn f<'a>() -> impl Sized + use<'a> { 1 }\nuse a; // kept\n",
            "use rehearsals::x;\n",
        ] {
            assert_eq!(real(source), source);
        }
    }

    #[test]
    fn what_cannot_be_rewritten_is_told_with_its_line() {
        for (source, words) in [
            (
                "use a;\nuse rehearsal::Pace;\n",
                "line 2: nothing is known to stand for rehearsal::Pace",
            ),
            ("use rehearsal;\n", "line 1: nothing is known to stand for rehearsal "),
            (
                "use {\n    a,\n    rehearsal::{println, Stage},\n};\n",
                "line 1: nothing is known to stand for rehearsal::Stage",
            ),
            ("\n\nuse rehearsal::{\n    thread, // why\n};\n", "line 3: the comment inside"),
        ] {
            let error = real_with(source, &[]).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn names_that_come_from_another_file_are_found() {
        let source = "use crate::{Args, self, a::b, tokio as t};\nuse super::super::print;\nfn f() { crate::println!(\"crate::no\"); self::g(); self.h(); }\npub(crate) fn i() {} // crate::j\n";
        let names = ["Args", "a", "g", "print", "println", "self", "super", "tokio"];
        assert_eq!(taken_names(source), names.map(str::to_owned).into());
    }
}
