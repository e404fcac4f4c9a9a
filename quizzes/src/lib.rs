//! The questions of the course: read, asked, kept count of, exported.
//!
//! A quiz is a TOML file in the format of [mdbook-quiz](https://docs.rs/mdbook-quiz-schema), so that it can
//! also be shown in a book. A few keys more, which mdbook-quiz passes over, are told in the README.

pub mod ask;
pub mod export;
pub mod progress;
pub mod question;
pub mod shuffle;

pub use question::{Question, Quiz};
