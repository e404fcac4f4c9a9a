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
//! - `clap`, with the feature `flags`, has a `Parser` that adds the shared flags: `--pace`, `--schedule`,
//!   `--explore`, `--tape`, `--cores` and `--max-threads`.
//! - [`explore`](fn@explore) and [`#[rehearsal::test]`](macro@test) play a test on many schedules.
//!
//! Without the feature `stage`, which is on unless it is turned off, every mirror is the real crate,
//! re-exported, and nothing is rehearsed: so a program ships as it is.
//!
//! What is mirrored behaves as the real thing does; what is not mirrored does not compile.
//! The README tells what it promises, and where its promises end.
#![cfg_attr(
    not(all(feature = "threads", feature = "tokio")),
    allow(
        dead_code,
        unused_imports,
        reason = "the stage serves both worlds, and one of them is not built"
    )
)]

#[cfg(feature = "stage")]
mod diagnosis;
#[cfg(feature = "stage")]
mod dice;
#[cfg(feature = "stage")]
mod explore;
#[cfg(all(feature = "stage", feature = "flags"))]
mod flags;
pub mod future;
#[cfg(feature = "stage")]
mod iterators;
pub mod outside;
mod pace;
#[cfg(feature = "stage")]
mod place;
#[cfg(feature = "stage")]
#[doc(hidden)]
pub mod print;
#[cfg(not(feature = "stage"))]
mod real;
#[cfg(feature = "stage")]
mod report;
#[cfg(feature = "stage")]
mod settings;
#[cfg(feature = "stage")]
pub mod shrink;
#[cfg(feature = "stage")]
mod stage;
#[cfg(feature = "stage")]
pub mod sync;
#[cfg(feature = "stage")]
mod tape;
#[cfg(feature = "stage")]
#[expect(
    unreachable_pub,
    reason = "the tools of the course take the file too, and there it is public"
)]
#[allow(dead_code, reason = "accord has it too, and needs more of it")]
mod text;
#[cfg(feature = "stage")]
pub mod thread;
#[cfg(feature = "stage")]
pub mod time;
mod work;

#[cfg(all(feature = "stage", feature = "tokio"))]
pub mod async_channel;
#[cfg(feature = "tokio")]
pub mod cancel;
#[cfg(all(feature = "stage", feature = "threads"))]
pub mod crossbeam_channel;
#[cfg(all(feature = "stage", feature = "tokio"))]
pub mod tokio;

#[cfg(feature = "stage")]
pub use explore::{Explorer, Sampler, explore};
#[cfg(all(feature = "stage", feature = "flags"))]
pub use flags::clap;
pub use pace::Pace;
#[cfg(not(feature = "stage"))]
pub use real::*;
/// Plays a `fn` or an `async fn` as a test, in the usual order and on many schedules.
///
/// What stands in brackets are methods of [`Explorer`], `schedules = 200` for `.schedules(200)`; what a failure
/// is stands at [`Explorer::explore`]. `#[should_panic]`, `#[ignore]` and a `Result` mean what they mean on other
/// tests. An `async fn` needs the feature `tokio`.
///
/// ```
/// use rehearsal::{sync::{Arc, Mutex}, thread};
///
/// #[rehearsal::test(schedules = 200, seed = 1_000)]
/// fn both_are_counted() {
///     let count = Arc::new(Mutex::new(0));
///     let theirs = count.clone();
///     let worker = thread::spawn(move || *theirs.lock().unwrap() += 1);
///     *count.lock().unwrap() += 1;
///     worker.join().unwrap();
///     assert_eq!(*count.lock().unwrap(), 2);
/// }
/// ```
///
/// ```compile_fail
/// #[rehearsal::test(schedule = 200)]
/// fn an_option_that_it_does_not_have() {}
/// # fn main() { an_option_that_it_does_not_have() }
/// ```
#[cfg(feature = "stage")]
pub use rehearsal_macros::explored_test as test;
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
