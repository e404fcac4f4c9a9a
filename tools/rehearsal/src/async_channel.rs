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

use crate::{
    place::Place,
    stage::{Noted, On, QueueId, Seat, Stage},
};
use ::async_channel as real;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

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
    (Sender { real: sender, seat: sending }, Receiver { real: Box::pin(receiver), seat: receiving })
}

/// The sending side of a queue; the mirror of [`async_channel::Sender`](real::Sender).
pub struct Sender<T> {
    real: real::Sender<T>,
    seat: Option<Seat>,
}

/// The receiving side of a queue; the mirror of [`async_channel::Receiver`](real::Receiver).
pub struct Receiver<T> {
    real: Pin<Box<real::Receiver<T>>>,
    seat: Option<Seat>,
}

/// Notes that a message went through a handle.
fn moved(seat: Option<&Seat>, depth: usize, place: Place) {
    if let (Some(stage), Some(seat)) = (Stage::get(), seat) {
        seat.moved(stage, depth, stage.me(), place);
    }
}

/// Notes that a handle is used.
fn used(seat: Option<&Seat>, place: Place) {
    if let (Some(stage), Some(seat)) = (Stage::get(), seat) {
        seat.used(stage, stage.me(), place);
    }
}

fn fruitless(place: Place, call: &'static str) {
    if let Some(stage) = Stage::get() {
        stage.fruitless(stage.me(), place, call);
    }
}

impl<T> Sender<T> {
    /// Sends a message, waiting for room. `Err` gives it back when the queue is closed.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// drop(jobs);
    /// assert_eq!(queue.send(1).await.unwrap_err().into_inner(), 1);
    /// # }
    /// ```
    pub fn send(&self, message: T) -> Send<'_, T> {
        Send { real: self.real.send(message), sender: self, noted: None }
    }

    /// Sends a message if there is room now.
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let place = Place::here();
        used(self.seat.as_ref(), place);
        let sent = self.real.try_send(message);
        match &sent {
            Ok(()) => moved(self.seat.as_ref(), self.real.len(), place),
            Err(TrySendError::Full(_)) => fruitless(place, "try_send()"),
            Err(TrySendError::Closed(_)) => {}
        }
        sent
    }

    /// Sends a message and, where there is no room, gives back the oldest to make some.
    #[track_caller]
    pub fn force_send(&self, message: T) -> Result<Option<T>, SendError<T>> {
        let place = Place::here();
        used(self.seat.as_ref(), place);
        let sent = self.real.force_send(message);
        if sent.is_ok() {
            moved(self.seat.as_ref(), self.real.len(), place);
        }
        sent
    }

    /// Waits until the queue is closed or all receivers are gone.
    pub fn closed(&self) -> Closed<'_, T> {
        Closed {
            real: self.real.closed(),
            queue: self.seat.as_ref().map(|seat| seat.queue),
            noted: None,
        }
    }

    /// Closes the queue: what is in it can still be received. Tells whether it was open.
    pub fn close(&self) -> bool {
        self.real.close()
    }

    /// Whether the queue is closed.
    pub fn is_closed(&self) -> bool {
        self.real.is_closed()
    }

    /// Whether the queue holds no message.
    pub fn is_empty(&self) -> bool {
        self.real.is_empty()
    }

    /// Whether the queue has no room.
    pub fn is_full(&self) -> bool {
        self.real.is_full()
    }

    /// The number of messages in the queue.
    pub fn len(&self) -> usize {
        self.real.len()
    }

    /// How many messages the queue may hold; `None` if any number.
    pub fn capacity(&self) -> Option<usize> {
        self.real.capacity()
    }

    /// The number of receivers.
    pub fn receiver_count(&self) -> usize {
        self.real.receiver_count()
    }

    /// The number of senders.
    pub fn sender_count(&self) -> usize {
        self.real.sender_count()
    }

    /// Whether both senders belong to the same queue.
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        self.real.same_channel(&other.real)
    }
}

impl<T> Receiver<T> {
    /// Receives a message, waiting for one. `Err` when the queue is empty and closed.
    pub fn recv(&self) -> Recv<'_, T> {
        Recv { real: self.real.recv(), receiver: self, noted: None }
    }

    /// Receives a message if there is one now.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let place = Place::here();
        used(self.seat.as_ref(), place);
        let received = self.real.try_recv();
        match &received {
            Ok(_) => moved(self.seat.as_ref(), self.real.len(), place),
            Err(TryRecvError::Empty) => fruitless(place, "try_recv()"),
            Err(TryRecvError::Closed) => {}
        }
        received
    }

    /// Closes the queue: what is in it can still be received. Tells whether it was open.
    pub fn close(&self) -> bool {
        self.real.close()
    }

    /// Whether the queue is closed.
    pub fn is_closed(&self) -> bool {
        self.real.is_closed()
    }

    /// Whether the queue holds no message.
    pub fn is_empty(&self) -> bool {
        self.real.is_empty()
    }

    /// Whether the queue has no room.
    pub fn is_full(&self) -> bool {
        self.real.is_full()
    }

    /// The number of messages in the queue.
    pub fn len(&self) -> usize {
        self.real.len()
    }

    /// How many messages the queue may hold; `None` if any number.
    pub fn capacity(&self) -> Option<usize> {
        self.real.capacity()
    }

    /// The number of receivers.
    pub fn receiver_count(&self) -> usize {
        self.real.receiver_count()
    }

    /// The number of senders.
    pub fn sender_count(&self) -> usize {
        self.real.sender_count()
    }

    /// Whether both receivers belong to the same queue.
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        self.real.same_channel(&other.real)
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Sender<T> {
        let place = Place::here();
        Sender { real: self.real.clone(), seat: self.seat.as_ref().map(|seat| seat.cloned(place)) }
    }
}

impl<T> Clone for Receiver<T> {
    #[track_caller]
    fn clone(&self) -> Receiver<T> {
        let place = Place::here();
        let real = Box::pin(real::Receiver::clone(&self.real));
        Receiver { real, seat: self.seat.as_ref().map(|seat| seat.cloned(place)) }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    #[track_caller]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let place = Place::here();
        let polled = self.real.as_mut().poll_next(context);
        if let Poll::Ready(Some(_)) = &polled {
            moved(self.seat.as_ref(), self.real.len(), place);
        }
        polled
    }
}

pin_project! {
    /// The future of a send.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Send<'a, T> {
        #[pin]
        real: real::Send<'a, T>,
        sender: &'a Sender<T>,
        noted: Option<Noted>,
    }
}

pin_project! {
    /// The future of a receive.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Recv<'a, T> {
        #[pin]
        real: real::Recv<'a, T>,
        receiver: &'a Receiver<T>,
        noted: Option<Noted>,
    }
}

pin_project! {
    /// The future of a queue's end.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Closed<'a, T> {
        #[pin]
        real: real::Closed<'a, T>,
        queue: Option<QueueId>,
        noted: Option<Noted>,
    }
}

// `.await` calls `poll` at its own line, so the caller of `poll` is the line that waits.

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = Place::here();
        let this = self.project();
        let seat = this.sender.seat.as_ref();
        used(seat, place);
        match this.real.poll(context) {
            Poll::Ready(sent) => {
                *this.noted = None;
                if sent.is_ok() {
                    moved(seat, this.sender.real.len(), place);
                }
                Poll::Ready(sent)
            }
            Poll::Pending => {
                if let Some(seat) = seat {
                    Noted::keep(this.noted, place, || On::Send {
                        queue: seat.queue,
                        call: "send()",
                    });
                }
                Poll::Pending
            }
        }
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = Place::here();
        let this = self.project();
        let seat = this.receiver.seat.as_ref();
        used(seat, place);
        match this.real.poll(context) {
            Poll::Ready(received) => {
                *this.noted = None;
                if received.is_ok() {
                    moved(seat, this.receiver.real.len(), place);
                }
                Poll::Ready(received)
            }
            Poll::Pending => {
                if let Some(seat) = seat {
                    Noted::keep(this.noted, place, || On::Receive {
                        queue: seat.queue,
                        call: "recv()",
                    });
                }
                Poll::Pending
            }
        }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let place = Place::here();
        let this = self.project();
        let polled = this.real.poll(context);
        if polled.is_ready() {
            *this.noted = None;
        } else if let Some(queue) = *this.queue {
            Noted::keep(this.noted, place, || On::Closed(queue));
        }
        polled
    }
}
