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
//! turn. `tokio::sync` and the rest is tokio's own. Sockets, files, signals and processes are not
//! here: a paused clock would jump over them.

mod gate;
mod runtime;
pub mod task;
pub mod time;
mod trace;

#[doc(hidden)]
pub use runtime::run;

pub use ::tokio::{join, pin, select, sync, try_join};
pub use rehearsal_macros::main;
pub use task::spawn;
