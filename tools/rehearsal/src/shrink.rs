//! A failing schedule, told in one sentence.
//!
//! A schedule that fails is a number, and what it does is long: it lets somebody else go first at every
//! other operation. Most of that has nothing to do with the failure. What is left when all of it is dropped
//! that the failure does not need is mostly one *preemption*: an actor that could go on is not let.
//!
//! The run that is left is played in the plain order (an actor goes on until it has to wait), but for a few
//! [causes](Cause), which are written as a short [token](Token). `--held` plays it, and a sentence tells it:
//!
//! ```text
//! It fails when Worker-2 is held between src/main.rs:41 (recv) and src/main.rs:43 (send), while Worker-1 goes on.
//! Play it again: --held 2@send#1
//! ```
//!
//! `--shrink N` does all this for a schedule. Who judges by something else than how a run ends plays the runs
//! by itself, with `--keep-holds FILE`, and calls [`shrink`].

mod cause;
mod record;
mod search;
mod sentence;

pub use cause::{Cause, Stop, Token};
pub use record::Record;
pub(crate) use record::{cause_line, goes_line, name_line};
pub use search::{MOST_REPLAYS, Shrunk, shrink};
pub use sentence::ordinal;
