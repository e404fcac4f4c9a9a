//! The mirror of [tokio](https://docs.rs/tokio): real tokio, on one thread and with its clock paused.
//!
//! ```
//! use rehearsal::{println, tokio};
//! use tokio::time::{Duration, sleep};
//!
//! #[tokio::main]
//! async fn main() {
//!     let worker = tokio::spawn(async {
//!         sleep(Duration::from_millis(20)).await;
//!         println!("[Worker] done");
//!     });
//!     worker.await.unwrap();
//! }
//! ```
//!
//! Tasks are wrapped as they are spawned, so that each has a name, a place and, under a schedule, a
//! turn. What [`sync`] has is tokio's own, and the tape tells of it. Sockets, files, signals and processes are not
//! here: a paused clock would jump over them.
//!
//! `#[tokio::main]` goes before any `async fn`. Of tokio's options it knows `flavor` and `worker_threads`,
//! which matter on the pace `off` alone; with others a program does not compile.
//!
//! ```
//! # use rehearsal::tokio;
//! #[tokio::main(flavor = "multi_thread", worker_threads = 2)]
//! async fn answer(question: &str) -> Result<u32, std::num::ParseIntError> {
//!     let number: u32 = question.parse()?;
//!     Ok(number)
//! }
//! assert_eq!(answer("42"), Ok(42));
//! ```
//!
//! ```compile_fail
//! # use rehearsal::tokio;
//! #[tokio::main(start_paused = true)]
//! async fn main() {}
//! ```
//!
//! ```compile_fail
//! # use rehearsal::tokio;
//! #[tokio::main(flavor = "current_thread", worker_threads = 2)]
//! async fn main() {}
//! ```
//!
//! ```compile_fail
//! # use rehearsal::tokio;
//! #[tokio::main]
//! fn main() {}
//! ```

//! `#[tokio::test]` is mirrored too. A process has one stage, so each such test needs a process of its own:
//! cargo-nextest gives it one, and so does `cargo test -- --exact NAME`. [`#[rehearsal::test]`](macro@crate::test)
//! sees to that by itself, and plays many schedules.
//!
//! ```
//! # use rehearsal::tokio;
//! #[tokio::test(start_paused = true)]
//! async fn an_hour_is_over_at_once() {
//!     tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
//! }
//! ```

mod conduct;
mod gate;
mod performance;
pub mod runtime;
pub mod sync;
pub mod task;
pub mod time;
pub(crate) mod trace;
pub(crate) mod turn;

use crate::stage::{For, Stage};
use std::hash::{BuildHasher as _, RandomState};

#[doc(hidden)]
pub use conduct::{run, run_paused, run_test};

pub use crate::__select_in_order as select;
#[doc(hidden)]
pub use ::tokio::select as select_as_told;
pub use ::tokio::{join, pin, task_local, try_join};
pub use rehearsal_macros::{main, test};
pub use task::spawn;

/// Waits for one of several futures; the mirror of `tokio::select!`.
///
/// With `biased;` it asks its branches in the order in which they are written. Without, tokio begins with
/// one chosen at random; here the stage chooses it, so that each run is like another.
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let first = tokio::select! {
///     biased;
///     one = async { 1 } => one,
///     two = async { 2 } => two,
/// };
/// assert_eq!(first, 1);
/// let any = tokio::select! {
///     one = async { 1 } => one,
///     two = async { 2 } => two,
/// };
/// assert!(any == 1 || any == 2);
/// # }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __select_in_order {
    (biased; $($branches:tt)*) => { $crate::tokio::select_as_told! { biased; $($branches)* } };
    (else $($branches:tt)*) => { $crate::tokio::select_as_told! { else $($branches)* } };
    // What tokio's own macro does, but for who rolls the dice. `BRANCHES` is a constant that it makes.
    ($($branches:tt)*) => {
        $crate::tokio::select_as_told! {
            @{ start = { $crate::tokio::first_branch(BRANCHES) }; () } $($branches)*
        }
    };
}

/// The branch that a selection begins with.
#[doc(hidden)]
pub fn first_branch(branches: u32) -> u32 {
    match Stage::get() {
        Some(stage) if stage.is_virtual() => {
            stage.lock().any_of(For::Arm, branches as usize) as u32
        }
        _ => RandomState::new().hash_one(branches) as u32 % branches.max(1),
    }
}
