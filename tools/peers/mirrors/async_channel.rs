//! Stands for async-channel in its own tests.

pub use rehearsal::async_channel::*;
