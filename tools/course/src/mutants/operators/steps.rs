//! Operators on the steps of a program: their order, and whether they are done.

use super::{Edit, printing};
use crate::mutants::code::{Code, Statement};

/// Two neighbouring steps, swapped.
pub(super) fn swap(code: &Code<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (_, steps) in code.blocks() {
        for pair in steps.windows(2) {
            // The value of a block has to stay its last.
            if pair[1].is_tail && !ends_with_block(code, pair[1]) {
                continue;
            }
            edits.push(vec![
                (code.span_of(pair[0]), code.text_of(pair[1]).to_owned()),
                (code.span_of(pair[1]), code.text_of(pair[0]).to_owned()),
            ]);
        }
    }
    edits
}

/// A step that is no more there.
pub(super) fn left_out(code: &Code<'_>) -> Vec<Edit> {
    let steps = code.blocks().into_iter().flat_map(|(_, steps)| steps);
    let steps = steps.filter(|step| {
        !step.is_tail && code.at(step.first) != "let" && !code.reads(step.first, &["biased", ";"])
    });
    steps.map(|step| vec![(code.span_of(step), String::new())]).collect()
}

/// A line that is printed twice.
pub(super) fn twice(code: &Code<'_>) -> Vec<Edit> {
    let steps = code.blocks().into_iter().flat_map(|(_, steps)| steps);
    let lines = steps.filter(|step| {
        code.at(step.first) != "write" && printing(code, step.first).is_some() && !step.is_tail
    });
    lines
        .map(|step| {
            let (span, text) = (code.span_of(step), code.text_of(step));
            vec![(span.end..span.end, format!(" {text}"))]
        })
        .collect()
}

/// The first step of an inner block, done before the step that holds the block.
pub(super) fn earlier(code: &Code<'_>) -> Vec<Edit> {
    moved(code, |outer, inner| {
        let step = *inner.first()?;
        let before = code.span_of(outer).start;
        Some(vec![
            (before..before, format!("{} ", code.text_of(step))),
            (code.span_of(step), String::new()),
        ])
    })
}

/// The last step of an inner block, done behind the step that holds the block.
pub(super) fn later(code: &Code<'_>) -> Vec<Edit> {
    moved(code, |outer, inner| {
        let step = *inner.last()?;
        let behind = code.span_of(outer).end;
        Some(vec![
            (code.span_of(step), String::new()),
            (behind..behind, format!(" {}", code.text_of(step))),
        ])
    })
}

/// Edits by the steps of a block and the step around it, where a step can be moved at all.
fn moved(code: &Code<'_>, edit: impl Fn(Statement, &[Statement]) -> Option<Edit>) -> Vec<Edit> {
    let blocks = code.blocks();
    let mut edits = Vec::new();
    for (open, inner) in &blocks {
        let around = |step: &&Statement| step.first < *open && code.partner(*open) <= step.last;
        let outer = blocks.iter().flat_map(|(_, steps)| steps).filter(around);
        // The innermost of those around.
        let Some(outer) = outer.max_by_key(|step| step.first) else { continue };
        let can_move = |step: &Statement| {
            !step.is_tail && !["let", "return", "break", "continue"].contains(&code.at(step.first))
        };
        let inner: Vec<Statement> = inner.iter().copied().filter(can_move).collect();
        if outer.is_tail && !ends_with_block(code, *outer) {
            continue;
        }
        edits.extend(edit(*outer, &inner));
    }
    edits
}

/// Whether it is an `if`, a loop or the like, which may have no value.
fn ends_with_block(code: &Code<'_>, step: Statement) -> bool {
    code.at(step.last) == "}"
        && ["for", "while", "loop", "if", "match"].contains(&code.at(step.first))
}
