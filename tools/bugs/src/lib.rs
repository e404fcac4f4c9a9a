//! What a bug is, and the bugs of threads under shuttle's schedulers.
//!
//! The text of the threads is compiled twice: for shuttle here, and for the rehearsal in the program. A crate takes
//! a file as one module alone, so they are two.

pub mod bug;
#[cfg(feature = "shuttle")]
pub mod on_shuttle;
