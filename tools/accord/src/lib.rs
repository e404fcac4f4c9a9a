//! What the tests, the tools and the exercises have agreed on: one home for each fact that several of them need.
//!
//! - [`brief`]: the sections of a brief, and the headings of its tasks.
//! - [`exercise`]: the names and places that follow from an exercise's name.
//! - [`failure`]: the words of a failed task that others look for.
//! - [`files`]: which files make a program.
//! - [`settings`]: what the environment sets.
//! - [`snapshot`]: the names of the pinned outputs, and how their files are built.
//! - [`stuck`]: how a program ends that the rehearsal found stuck.
//! - [`task`]: the names of tasks, wherever they stand.
//! - [`text`]: how text fits a terminal.
//! - [`mod@tokens`]: a source as words and signs.
//! - [`mod@todo`]: the comments that keep a task from being graded.
//!
//! A fact that one crate alone needs stays there. The rehearsal can be used without the course, so it has its own
//! word on how a stuck program ends; the tests of `exam` hold the two together.

pub mod brief;
pub mod exercise;
pub mod failure;
pub mod files;
pub mod referee;
pub mod settings;
pub mod snapshot;
pub mod stuck;
pub mod task;
// The rehearsal stands on nothing else here, and breaks its reports in the same way: so it has the file.
#[path = "../../rehearsal/src/text.rs"]
pub mod text;
pub mod todo;
pub mod tokens;
