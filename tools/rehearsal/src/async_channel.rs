//! The mirror of [async-channel](https://docs.rs/async-channel): its own channels, which here know where
//! they were made, who can still send, and who waits at which line.
//!
//! ```
//! # use rehearsal::tokio;
//! # #[tokio::main]
//! # async fn main() {
//! use rehearsal::async_channel;
//!
//! let (queue, jobs) = async_channel::bounded(2);
//! queue.send("a job").await.unwrap();
//! drop(queue);
//! assert_eq!(jobs.recv().await, Ok("a job"));
//! assert!(jobs.recv().await.is_err());
//! # }
//! ```

mod futures;
mod receiver;
mod sender;
mod weak;

use crate::{
    place::Place,
    stage::{Call, QueueCall, QueueId, Seat, Stage},
};
use ::async_channel as real;

pub use futures::{Closed, Recv, Send};
pub use receiver::Receiver;
pub use sender::Sender;
pub use weak::{WeakReceiver, WeakSender};

pub use real::{RecvError, SendError, TryRecvError, TrySendError};

/// A queue that holds up to `capacity` messages. A capacity of 0 panics.
///
/// ```
/// use rehearsal::async_channel::{TrySendError, bounded};
///
/// let (queue, jobs) = bounded(1);
/// queue.try_send(1).unwrap();
/// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
/// assert_eq!(jobs.try_recv(), Ok(1));
/// ```
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let place = Place::here();
    mirrored(real::bounded(capacity), Some(capacity), place)
}

/// A queue that holds any number of messages.
///
/// ```
/// let (queue, jobs) = rehearsal::async_channel::unbounded();
/// queue.try_send("a job").unwrap();
/// assert_eq!(jobs.len(), 1);
/// ```
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let place = Place::here();
    mirrored(real::unbounded(), None, place)
}

fn mirrored<T>(
    (sender, receiver): (real::Sender<T>, real::Receiver<T>),
    capacity: Option<usize>,
    made: Place,
) -> (Sender<T>, Receiver<T>) {
    let (sending, receiving) = Stage::get().map(|stage| Seat::pair(stage, capacity, made)).unzip();
    (
        Sender { real: sender, seat: sending },
        Receiver { real: Box::pin(receiver), seat: receiving, noted: None },
    )
}

/// A call on a queue, on any pace that has a stage.
fn call<'a>(seat: Option<&'a Seat>, name: &'static str, place: Place) -> Option<QueueCall<'a>> {
    touches(seat.map(Seat::queue));
    QueueCall::on_stage(seat, name, place)
}

/// Notes that a queue is looked at, or changed.
fn touches(queue: Option<QueueId>) {
    if let (Some(stage), Some(queue)) = (Stage::get(), queue) {
        stage.lock().touches_queue(queue);
    }
}

/// Notes that a message went in or out, and wakes a thread that waits on the other side.
fn moved(call: Option<QueueCall<'_>>, depth: usize) {
    if let Some(call) = call {
        call.moved(depth);
        call.wake_other_side();
    }
}

/// Notes a look at a queue: a loop may wait for what it sees there.
#[track_caller]
fn looks(seat: Option<&Seat>, name: &'static str) {
    touches(seat.map(Seat::queue));
    if seat.is_some()
        && let Some(call) = Call::in_turn(name, Place::here())
    {
        call.looks();
    }
}

fn fruitless(call: Option<QueueCall<'_>>) {
    if let Some(call) = call {
        call.fruitless();
    }
}

/// Wakes all threads that wait at a queue.
fn wake_all(seat: Option<&Seat>) {
    touches(seat.map(Seat::queue));
    if let (Some(stage), Some(seat)) = (Stage::get(), seat) {
        for key in [seat.key(), seat.other_key()] {
            stage.wake(key, usize::MAX);
        }
    }
}
