//! Where no sandbox is known: no program can be shut in, and says so.

use super::bounds::Bounds;
use crate::Error;
use std::ffi::OsString;

pub(crate) fn become_program(_: Bounds, program: &[OsString]) -> Error {
    let name = program.first().map(|name| name.to_string_lossy()).unwrap_or_default();
    Error::Failed(format!("{name} can't be shut in: no sandbox is known for this system"))
}
