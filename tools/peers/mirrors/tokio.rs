//! Stands for tokio in its own tests.

pub use rehearsal::tokio::*;
