//! The mirror of [crossbeam-channel](https://docs.rs/crossbeam-channel): the same channels, on the
//! rehearsal's clock.
//!
//! The messages go through the real channels. Before a call would block, the thread says what it waits
//! for and passes the baton on, and it comes back when the call can go through.
//!
//! ```
//! use rehearsal::{crossbeam_channel as channel, thread};
//!
//! let (queue, items) = channel::bounded(2);
//! let producer = thread::spawn(move || (1..=5).for_each(|item| queue.send(item).unwrap()));
//! assert_eq!(items.iter().sum::<i32>(), 15);
//! producer.join().unwrap();
//! ```

mod iter;
mod macros;
mod operation;
mod receiver;
mod select;
mod selected;
mod sender;
mod timer;

use crate::{
    place::Place,
    stage::{Seat, Stage},
};
use ::crossbeam_channel as real;

pub use crate::{select, select_biased};
pub use iter::{IntoIter, Iter, TryIter};
pub use real::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError,
    SendTimeoutError, TryReadyError, TryRecvError, TrySelectError, TrySendError,
};
pub use receiver::Receiver;
use receiver::Source;
pub use select::Select;
#[doc(hidden)]
pub use select::go;
pub use selected::SelectedOperation;
pub use sender::Sender;
pub use timer::{after, at, never, tick};

/// A queue that holds up to `capacity` messages. With 0, each send waits for its receive.
///
/// ```
/// use rehearsal::crossbeam_channel::{TrySendError, bounded};
///
/// let (queue, items) = bounded(1);
/// queue.send(1).unwrap();
/// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
/// assert_eq!(items.recv(), Ok(1));
/// ```
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    mirrored(real::bounded(capacity), Some(capacity), Place::here())
}

/// A queue that holds any number of messages.
///
/// ```
/// let (queue, items) = rehearsal::crossbeam_channel::unbounded();
/// queue.send("here").unwrap();
/// drop(queue);
/// assert_eq!(items.iter().collect::<Vec<_>>(), ["here"]);
/// ```
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    mirrored(real::unbounded(), None, Place::here())
}

fn mirrored<T>(
    (sender, receiver): (real::Sender<T>, real::Receiver<T>),
    capacity: Option<usize>,
    made: Place,
) -> (Sender<T>, Receiver<T>) {
    let (sending, receiving) = Stage::get().map(|stage| Seat::pair(stage, capacity, made)).unzip();
    (
        Sender { real: sender, seat: sending },
        Receiver { source: Source::Queue(receiver), seat: receiving },
    )
}
