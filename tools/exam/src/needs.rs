//! What a schedule needs to go wrong, in one sentence.

use crate::{
    program::{Program, TapeFile},
    running::{is_long, spent, time_limit},
};
use rehearsal::shrink::{MOST_REPLAYS, Record, Shrunk, shrink};
use std::fs;

/// What is left of a program's schedule, when all is dropped that it does not need to fail. `fails` plays a program,
/// and tells whether it goes wrong in the same way; the first that it is given is this one, and the others have
/// no schedule. Nothing where that can't be told, or takes too long.
pub(crate) fn shrunk(program: &Program, fails: impl Fn(&Program) -> bool) -> Option<Shrunk> {
    let failed = record(program, &fails)?;
    shrink(&failed, MOST_REPLAYS, |token| {
        if is_long(spent(), time_limit()) {
            return None;
        }
        record(&program.held(token.to_string()), &fails)
    })
}

/// What a failing run has written down of itself.
fn record(program: &Program, fails: impl Fn(&Program) -> bool) -> Option<Record> {
    let file = TapeFile::new();
    if !fails(&program.keeps_holds(file.path())) {
        return None;
    }
    Record::read(&fs::read_to_string(file.path()).ok()?).ok()
}
