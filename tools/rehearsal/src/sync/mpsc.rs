//! The mirror of [`std::sync::mpsc`]: queues with many senders and one receiver.
//!
//! ```
//! use rehearsal::{sync::mpsc, thread};
//!
//! let (queue, items) = mpsc::channel();
//! let producer = thread::spawn(move || (1..=3).for_each(|item| queue.send(item).unwrap()));
//! assert_eq!(items.iter().sum::<i32>(), 6);
//! producer.join().unwrap();
//! ```

mod iter;
mod receiver;
mod sender;

use crate::{
    place::Place,
    stage::{Seat, Stage},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
    mpsc as real,
};

pub use iter::{IntoIter, Iter, TryIter};
pub use real::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
pub use receiver::Receiver;
pub use sender::{Sender, SyncSender};

/// A queue that holds any number of messages.
///
/// ```
/// let (queue, items) = rehearsal::sync::mpsc::channel();
/// queue.send("here").unwrap();
/// drop(queue);
/// assert_eq!(items.iter().collect::<Vec<_>>(), ["here"]);
/// ```
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = real::channel();
    let (sending, receiving, len) = seats(None, Place::here());
    (
        Sender { real: sender, seat: sending, len: len.clone() },
        Receiver { real: receiver, seat: receiving, len, capacity: None },
    )
}

/// A queue that holds up to `bound` messages. With 0, each send waits for its receive.
///
/// ```
/// use rehearsal::sync::mpsc::{TrySendError, sync_channel};
///
/// let (queue, items) = sync_channel(1);
/// queue.send(1).unwrap();
/// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
/// assert_eq!(items.recv(), Ok(1));
/// ```
#[track_caller]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (sender, receiver) = real::sync_channel(bound);
    let (sending, receiving, len) = seats(Some(bound), Place::here());
    (
        SyncSender { real: sender, seat: sending, len: len.clone(), capacity: bound },
        Receiver { real: receiver, seat: receiving, len, capacity: Some(bound) },
    )
}

fn seats(capacity: Option<usize>, made: Place) -> (Option<Seat>, Option<Seat>, Len) {
    let seats = Stage::get().map(|stage| Seat::pair(stage, capacity, made));
    let (sending, receiving) = seats.unzip();
    (sending, receiving, Len::default())
}

/// How many messages a queue holds, which std's own does not tell.
#[derive(Clone, Default)]
struct Len(Arc<AtomicUsize>);

impl Len {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// One more; returns how many there are now.
    fn grow(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// One less. On the pace `real` a message can be received before its sender has counted it.
    fn shrink(&self) -> usize {
        let less = |len: usize| Some(len.saturating_sub(1));
        let before = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        before.map_or(0, |before| before.saturating_sub(1))
    }
}
