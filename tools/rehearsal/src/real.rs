//! What a program is made of that ships: the real crates, re-exported under the names of their mirrors.
//!
//! Each is the real crate itself, so there is nothing that could cost anything. [`explore`] and the attribute `test`
//! have nothing to explore here, and are left out: a test that wants them turns the feature `stage` on.
//!
//! [`explore`]: https://docs.rs/rehearsal/latest/rehearsal/fn.explore.html

pub use std::{dbg, eprint, eprintln, print, println, sync, thread, time};

#[cfg(feature = "tokio")]
pub use ::async_channel;
#[cfg(feature = "flags")]
pub use ::clap;
#[cfg(feature = "threads")]
pub use ::crossbeam_channel;
#[cfg(feature = "tokio")]
pub use ::tokio;
