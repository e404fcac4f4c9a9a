//! Operators on what a program holds, what it waits for, and its clock.

use super::Edit;
use crate::mutants::code::{Code, Statement};
use std::ops::Range;

const SECOND: &str = "(std::time::Duration::from_secs(1))";

/// A lock that is held until the block ends, where it was held for one step.
pub(super) fn wide_lock(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (_, steps) in code.blocks() {
        for step in steps {
            let Some(taken) = lock(code, step) else { continue };
            let start = code.span_of(step).start;
            // Where it is bound already, it is held.
            if code.at(step.first) == "let" && code.text[taken.end..].starts_with(';') {
                continue;
            }
            let text = &code.text[taken.clone()];
            edits.push(vec![
                (start..start, format!("let mut held = {text}; ")),
                (taken, "held".to_owned()),
            ]);
        }
    }
    edits
}

/// A lock that is taken anew for each use.
pub(super) fn narrow_lock(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (open, steps) in code.blocks() {
        for step in steps.into_iter().filter(|step| code.at(step.first) == "let") {
            let Some(taken) = lock(code, step) else { continue };
            if !code.text[taken.end..].starts_with(';') {
                continue;
            }
            let is_mut = usize::from(code.at(step.first + 1) == "mut");
            let name = code.at(step.first + 1 + is_mut);
            let text = format!("({})", &code.text[taken]);
            let uses = (step.last + 1..code.partner(open))
                .filter(|&place| code.at(place) == name && code.at(place - 1) != ".");
            let mut edit: Edit =
                uses.map(|place| (code.span(place, place), text.clone())).collect();
            edit.push((code.span_of(step), String::new()));
            edits.push(edit);
        }
    }
    edits
}

/// What is bound is dropped at once; what is dropped is kept until the block ends.
pub(super) fn early_drop(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (open, steps) in code.blocks() {
        let last = steps.iter().rev().find(|step| !step.is_tail).copied();
        for step in steps {
            let span = code.span_of(step);
            if code.at(step.first) == "let" && !step.is_tail {
                let is_mut = usize::from(code.at(step.first + 1) == "mut");
                let name = code.at(step.first + 1 + is_mut);
                // What is used later can't be dropped, or is a number, of which that is a copy.
                let behind = span.end..code.inside(open).end.max(span.end);
                let is_used = code.text[behind].contains(name);
                if name.starts_with(|c: char| c.is_alphabetic() || c == '_') && !is_used {
                    edits.push(vec![(span.end..span.end, format!(" drop({name});"))]);
                }
            } else if code.reads(step.first, &["drop", "("]) {
                let text = code.text_of(step).to_owned();
                if let Some(last) = last.filter(|last| *last != step) {
                    let end = code.span_of(last).end;
                    edits.push(vec![(span, String::new()), (end..end, format!(" {text}"))]);
                }
            }
        }
    }
    edits
}

/// `Instant` of std in place of the rehearsal's.
pub(super) fn wall_clock(code: &Code<'_>) -> Vec<Edit> {
    let now = |&place: &usize| code.reads(place, &["Instant", "::", "now"]);
    let starts = code.places().filter(now).map(|place| code.span(place, place));
    starts.map(|span| vec![(span, "std::time::Instant".to_owned())]).collect()
}

/// The first two arms of a `select!` in the other order, and a `select!` without `biased;`.
pub(super) fn biased(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for place in code.places().filter(|&place| code.reads(place, &["select", "!", "{"])) {
        let open = place + 2;
        let is_biased = code.reads(open + 1, &["biased", ";"]);
        if is_biased {
            edits.push(vec![(code.span(open + 1, open + 2), String::new())]);
        }
        let arms = arms(code, if is_biased { open + 3 } else { open + 1 }, code.partner(open));
        for pair in arms.windows(2).filter(|pair| code.at(pair[1].0) != "else") {
            let [one, other] = [pair[0], pair[1]].map(|(first, last)| code.span(first, last));
            let [of_one, of_other] = [&one, &other].map(|span| code.text[span.clone()].to_owned());
            edits.push(vec![(one, of_other), (other, of_one)]);
        }
    }
    edits
}

/// The arms of a `select!`, by their first and last tokens.
fn arms(code: &Code<'_>, first: usize, end: usize) -> Vec<(usize, usize)> {
    let (mut arms, mut first, mut place, mut has_arrow) = (Vec::new(), first, first, false);
    while place < end {
        has_arrow |= code.reads(place, &["=", ">"]);
        let last = code.partner(place).max(place);
        // A body in braces needs no comma.
        let is_body = has_arrow && code.at(place) == "{" && code.at(last + 1) != ",";
        if is_body || code.at(place) == "," {
            arms.push((first, last));
            (first, has_arrow) = (last + 1, false);
        }
        place = last + 1;
    }
    arms
}

/// A second of sleep in place of a wait: for a task, a thread, a permit, whatever has no value that is used.
pub(super) fn sleep(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in code.blocks().into_iter().flat_map(|(_, steps)| steps) {
        let text = code.text_of(step);
        let is_step = !step.is_tail
            && !["let", "for", "while", "if", "match", "return", "loop"]
                .contains(&code.at(step.first));
        if !is_step || text.contains("sleep(") {
            continue;
        }
        let path = if text.contains(".await") {
            format!("rehearsal::tokio::time::sleep{SECOND}.await;")
        } else if [".join()", ".wait(", ".recv()"].iter().any(|wait| text.contains(wait)) {
            format!("rehearsal::thread::sleep{SECOND};")
        } else {
            continue;
        };
        edits.push(vec![(code.span_of(step), path)]);
    }
    edits
}

/// Where a step takes a lock: from the name of what is locked to `unwrap()` or `await`.
fn lock(code: &Code<'_>, step: Statement) -> Option<Range<usize>> {
    let at = (step.first..step.last).find(|&place| {
        let is_lock = matches!(code.at(place), "lock" | "write" | "read");
        is_lock && code.at(place - 1) == "." && code.reads(place + 1, &["(", ")", "."])
    })?;
    let last = match code.at(at + 4) {
        "await" => at + 4,
        "unwrap" => at + 6,
        _ => return None,
    };
    let is_path = |text: &str| {
        text == "." || text == "*" || text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    };
    let mut first = at;
    while first > step.first
        && is_path(code.at(first - 1))
        && code.at(first - 1) != "in"
        && code.at(first - 1) != "*"
    {
        first -= 1;
    }
    Some(code.span(first, last))
}
