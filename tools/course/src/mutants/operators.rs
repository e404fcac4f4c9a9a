//! The operators: what goes wrong in a program about concurrency, as edits of a right one.
//!
//! An edit need not compile, and need not change anything that is seen: both are found out later.

mod counts;
mod steps;
mod waits;

use super::code::Code;
use std::ops::Range;

/// What makes mutants.
pub(super) struct Operator {
    /// Its name.
    pub(super) name: &'static str,
    /// What it does, in words.
    pub(super) what: &'static str,
    edits: fn(&Code<'_>) -> Vec<Edit>,
}

/// What is written in place of what.
pub(super) type Change = (Range<usize>, String);

/// The changes that make one mutant.
pub(super) type Edit = Vec<Change>;

/// All of them.
pub(super) const OPERATORS: &[Operator] = &[
    Operator {
        name: "capacity",
        what: "a queue holds one more, one less, ten times as much, or no end of it",
        edits: counts::capacity,
    },
    Operator {
        name: "from-a-flag",
        what: "a number that is printed comes from a flag, and not from the work",
        edits: counts::from_a_flag,
    },
    Operator {
        name: "printed-number",
        what: "a number that is printed is one too large",
        edits: counts::printed_number,
    },
    Operator {
        name: "number",
        what: "a number of the source is one larger or smaller",
        edits: counts::number,
    },
    Operator {
        name: "one-less",
        what: "a loop begins one later or ends one earlier",
        edits: counts::one_less,
    },
    Operator {
        name: "bound",
        what: "a limit, a part or an order is left out",
        edits: counts::bound,
    },
    Operator { name: "exit-code", what: "the exit code is another", edits: counts::exit_code },
    Operator {
        name: "condition",
        what: "a condition is turned round, an `&&` is an `||`, a `<` a `<=`",
        edits: counts::condition,
    },
    Operator { name: "swap", what: "two neighbouring steps are swapped", edits: steps::swap },
    Operator { name: "left-out", what: "a step is left out", edits: steps::left_out },
    Operator { name: "twice", what: "a line is printed twice", edits: steps::twice },
    Operator {
        name: "earlier",
        what: "the first step of a block is done before it is known that the block is entered",
        edits: steps::earlier,
    },
    Operator {
        name: "later",
        what: "the last step of a block is done behind it",
        edits: steps::later,
    },
    Operator {
        name: "wide-lock",
        what: "a lock is held until its block ends",
        edits: waits::wide_lock,
    },
    Operator {
        name: "narrow-lock",
        what: "a lock is taken for each use, and not for all",
        edits: waits::narrow_lock,
    },
    Operator {
        name: "early-drop",
        what: "what is held is dropped as soon as it is there, or kept until the block ends",
        edits: waits::early_drop,
    },
    Operator {
        name: "wall-clock",
        what: "the time is the wall's, and not the program's",
        edits: waits::wall_clock,
    },
    Operator {
        name: "biased",
        what: "a `select!` asks in another order, or in any",
        edits: waits::biased,
    },
    Operator { name: "sleep", what: "a second of sleep in place of a wait", edits: waits::sleep },
    Operator {
        name: "other-word",
        what: "first for last, one for all, true for false",
        edits: counts::other_word,
    },
];

impl Operator {
    /// The texts that it makes of a source, each with where it begins to differ.
    pub(super) fn texts(&self, code: &Code<'_>) -> Vec<(usize, String)> {
        let edits = (self.edits)(code).into_iter();
        edits
            .filter_map(|edit| {
                let first = edit.iter().map(|(range, _)| range.start).min()?;
                Some((first, applied(code.text, edit)))
            })
            .filter(|(_, text)| text != code.text)
            .collect()
    }
}

/// A text with these changes, of which no two meet.
fn applied(text: &str, mut edit: Edit) -> String {
    edit.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut changed, mut done) = (String::new(), 0);
    for (range, put) in edit {
        changed.push_str(&text[done..range.start.max(done)]);
        changed.push_str(&put);
        done = range.end.max(done);
    }
    changed + &text[done..]
}

/// A macro that prints or writes, called at this place: the place of its bracket.
fn printing(code: &Code<'_>, place: usize) -> Option<usize> {
    let is_known = matches!(
        code.at(place),
        "println" | "eprintln" | "print" | "eprint" | "format" | "write" | "writeln"
    );
    (is_known && code.reads(place + 1, &["!", "("])).then_some(place + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the lines that an operator has changed.
    fn made(name: &str, text: &str) -> Vec<String> {
        let code = Code::of(text);
        let operator = OPERATORS.iter().find(|operator| operator.name == name).unwrap();
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let texts = operator.texts(&code).into_iter();
        texts.map(|(_, text)| squeezed(&text).replace("fn f() { ", "")).collect()
    }

    #[test]
    fn each_operator_makes_what_it_says() {
        for (name, text, wanted) in [
            ("capacity", "fn f() { bounded(n.into()) }", "bounded(usize::from(n) * 10) }"),
            ("capacity", "fn f() { bounded(3) }", "bounded((3).max(2) - 1) }"),
            ("number", "fn f() { g(0, t.0, 0.5) }", "g(1, t.0, 0.5) }"),
            ("one-less", "fn f() { for x in 1..=n {} }", "for x in 1..n {} }"),
            ("one-less", "fn f() { for x in all {} }", "for x in (all).into_iter().skip(1) {} }"),
            ("bound", "fn f() { a.min(b).c() }", "a.c() }"),
            ("exit-code", "fn f() { exit(1) }", "exit((1) + 1) }"),
            ("exit-code", "fn f() { ExitCode::FAILURE }", "ExitCode::SUCCESS }"),
            ("condition", "fn f() { if a < b {} }", "if !(a < b) {} }"),
            ("condition", "fn f() { g(a < b) }", "g(a <= b) }"),
            ("condition", "fn f() { g(a && b) }", "g(a || b) }"),
            ("swap", "fn f() { a(); b(); }", "b(); a(); }"),
            ("left-out", "fn f() { a(); b() }", "b() }"),
            ("twice", "fn f() { println!(); }", "println!(); println!(); }"),
            ("earlier", "fn f() { if a { b(); c(); } }", "b(); if a { c(); } }"),
            ("later", "fn f() { if a { b(); c(); } }", "if a { b(); } c(); }"),
            (
                "sleep",
                "fn f() { h.join().unwrap(); }",
                "rehearsal::thread::sleep(std::time::Duration::from_secs(1)); }",
            ),
            (
                "wall-clock",
                "fn f() { let s = Instant::now(); }",
                "let s = std::time::Instant::now(); }",
            ),
            (
                "biased",
                "fn f() { select! { biased; a = b() => c, d = e() => g, } }",
                "select! { biased; d = e() => g, a = b() => c, } }",
            ),
            (
                "biased",
                "fn f() { select! { biased; a = b() => c, } }",
                "select! { a = b() => c, } }",
            ),
            (
                "wide-lock",
                "fn f() { a.b.lock().unwrap().c(); d(); }",
                "let mut held = a.b.lock().unwrap(); held.c(); d(); }",
            ),
            (
                "narrow-lock",
                "fn f() { let mut g = a.lock().unwrap(); g.b(); h(g.c); }",
                "(a.lock().unwrap()).b(); h((a.lock().unwrap()).c); }",
            ),
            ("early-drop", "fn f() { let _a = b(); c(); }", "let _a = b(); drop(_a); c(); }"),
            ("early-drop", "fn f() { drop(a); b(); c(); }", "b(); c(); drop(a); }"),
            ("other-word", "fn f() { a.first() }", "a.last() }"),
            (
                "printed-number",
                "fn f() { println!(\"{a:.1} {}\", b) }",
                "println!(\"{a:.1} {}\", b, a = a + 1.0) }",
            ),
            (
                "printed-number",
                "fn f() { println!(\"{a} {}\", b) }",
                "println!(\"{a} {}\", b + 1) }",
            ),
            (
                "from-a-flag",
                "struct Args { n: u32, }\nfn f() { args.n; println!(\"{a}\") }",
                "struct Args { n: u32, } args.n; println!(\"{a}\", a = args.n) }",
            ),
        ] {
            let made = made(name, text);
            assert!(made.iter().any(|made| made == wanted), "{name}: {wanted} is not in {made:#?}");
        }
    }

    #[test]
    fn the_readme_tells_of_each_operator() {
        let readme = include_str!("../../README.md");
        for operator in OPERATORS {
            assert!(readme.contains(&format!("`{}`", operator.name)), "{}", operator.name);
        }
    }

    #[test]
    fn nothing_that_is_no_code_is_changed() {
        let still = "use a::b::{c, d};\n#[arg(default = 3)]\nstruct S {\n    a: u32,\n}\n\n/// 1 < 2\n#[cfg(test)]\nmod tests {\n    fn f() {\n        g(1);\n        h();\n    }\n}\n";
        for operator in OPERATORS {
            assert!(operator.texts(&Code::of(still)).is_empty(), "{}", operator.name);
        }
    }
}
