//! Plays concurrent programs the same way every time, and tells a deadlock with its lines.
//!
//! A program about concurrency prints its lines in another order every time, and one that waits for
//! ever says nothing at all. `rehearsal` mends both without hiding the real libraries: a program
//! that runs on it differs from one that does not in its `use` lines alone.
//!
//! ```
//! use rehearsal::{println, thread, time::Duration};
//!
//! let worker = thread::spawn(|| {
//!     thread::sleep(Duration::from_millis(20));
//!     println!("[Worker] done");
//! });
//! worker.join().unwrap();
//! println!("all done");
//! ```
//!
//! - [`thread`], [`sync`], [`time`], [`println!`] and [`work`] are always there.
#![cfg_attr(feature = "threads", doc = "- [`crossbeam_channel`] comes with the feature `threads`.")]
#![cfg_attr(
    not(feature = "threads"),
    doc = "- `crossbeam_channel` comes with the feature `threads`."
)]
#![cfg_attr(
    feature = "tokio",
    doc = "- [`tokio`] and [`async_channel`] come with the feature `tokio`."
)]
#![cfg_attr(
    not(feature = "tokio"),
    doc = "- `tokio` and `async_channel` come with the feature `tokio`."
)]
//! - [`outside`] is for programs that talk to sockets, files and other processes.
//! - [`clap`] has a `Parser` that adds the shared flags: `--pace`, `--schedule`, `--explore`, `--shrink`, `--hold`,
//!   `--tape`, `--cores`, `--max-threads` and a few more.
//! - [`shrink`] tells a failing schedule in one sentence.
//!
//! What is mirrored behaves as the real thing does; what is not mirrored does not compile.
//! The README tells how it works, what it promises, and where its promises end.
#![cfg_attr(
    not(all(feature = "threads", feature = "tokio")),
    allow(
        dead_code,
        unused_imports,
        reason = "the stage serves both worlds, and one of them is not built"
    )
)]

mod diagnosis;
mod dice;
mod explore;
mod flags;
pub mod future;
mod iterators;
pub mod outside;
mod place;
#[doc(hidden)]
pub mod print;
mod report;
mod settings;
pub mod shrink;
mod stage;
pub mod sync;
mod tape;
#[expect(
    unreachable_pub,
    reason = "the tools of the course take the file too, and there it is public"
)]
#[allow(dead_code, reason = "accord has it too, and needs more of it")]
mod text;
pub mod thread;
pub mod time;
mod work;

#[cfg(feature = "tokio")]
pub mod async_channel;
#[cfg(feature = "tokio")]
pub mod cancel;
#[cfg(feature = "threads")]
pub mod crossbeam_channel;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use flags::clap;
pub use settings::Pace;
pub use work::work;

/// The exit code of a program that the rehearsal ends because it is stuck.
///
/// It differs from that of a panic (101) and of bad input (2).
///
/// ```
/// let ended = Some(70);
/// assert!(ended == Some(rehearsal::STUCK), "the program is stuck: its report tells at which line");
/// ```
pub const STUCK: i32 = 70;
