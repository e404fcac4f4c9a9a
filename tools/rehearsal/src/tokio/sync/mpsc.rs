//! The mirror of `tokio::sync::mpsc`: queues with many senders and one receiver.
//!
//! ```
//! # use rehearsal::tokio;
//! # #[tokio::main]
//! # async fn main() {
//! use tokio::sync::mpsc;
//!
//! let (queue, mut jobs) = mpsc::channel(2);
//! tokio::spawn(async move { queue.send("a job").await.unwrap() });
//! assert_eq!(jobs.recv().await, Some("a job"));
//! assert_eq!(jobs.recv().await, None);
//! # }
//! ```

mod permit;
mod receiver;
mod sender;
mod weak;

use super::wire::Wire;
use crate::place::Place;
use ::tokio::sync::mpsc as real;

pub use permit::{OwnedPermit, Permit, PermitIterator};
pub use real::error;
pub use receiver::{Receiver, UnboundedReceiver};
pub use sender::{Sender, UnboundedSender};
pub use weak::{WeakSender, WeakUnboundedSender};

/// A queue that holds up to `buffer` messages. A buffer of 0 panics.
///
/// ```
/// use rehearsal::tokio::sync::mpsc::{channel, error::TrySendError};
///
/// let (queue, mut jobs) = channel(1);
/// queue.try_send(1).unwrap();
/// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
/// assert_eq!(jobs.try_recv(), Ok(1));
/// ```
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = real::channel(buffer);
    let wire = Wire::new(Some(buffer), Place::here());
    (Sender { real: sender, wire: wire.clone() }, Receiver { real: receiver, wire })
}

/// A queue that holds any number of messages.
///
/// ```
/// let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::unbounded_channel();
/// queue.send("a job").unwrap();
/// assert_eq!(jobs.try_recv(), Ok("a job"));
/// ```
#[track_caller]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (sender, receiver) = real::unbounded_channel();
    let wire = Wire::new(None, Place::here());
    (
        UnboundedSender { real: sender, wire: wire.clone() },
        UnboundedReceiver { real: receiver, wire },
    )
}
