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
mod weak;

use crate::{
    place::Place,
    stage::{Key, Noted, On, QueueId, Seat, Side, Stage, Wait},
    tokio::trace::told,
};
use ::async_channel as real;
use futures_core::Stream;
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

pub use futures::{Closed, Recv, Send};
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

/// The sending side of a queue; the mirror of [`async_channel::Sender`](real::Sender).
///
/// ```
/// use rehearsal::async_channel::{Sender, bounded};
///
/// let (queue, jobs) = bounded(2);
/// let other: Sender<u32> = queue.clone();
/// other.try_send(1).unwrap();
/// assert_eq!(jobs.try_recv(), Ok(1));
/// ```
pub struct Sender<T> {
    real: real::Sender<T>,
    seat: Option<Seat>,
}

/// The receiving side of a queue; the mirror of [`async_channel::Receiver`](real::Receiver).
///
/// ```
/// use rehearsal::async_channel::{Receiver, bounded};
///
/// let (queue, jobs) = bounded(2);
/// let other: Receiver<u32> = jobs.clone();
/// queue.try_send(1).unwrap();
/// assert_eq!(other.try_recv(), Ok(1));
/// assert!(jobs.is_empty());
/// ```
pub struct Receiver<T> {
    real: Pin<Box<real::Receiver<T>>>,
    seat: Option<Seat>,
    /// The wait of the receiver as a stream.
    noted: Option<Noted>,
}

/// Notes that a message went in (`Sending`) or out, and wakes a thread that waits on the other side.
fn moved(seat: Option<&Seat>, side: Side, depth: usize, place: Place) {
    if let (Some(stage), Some(seat)) = (Stage::get(), seat) {
        seat.moved(stage, depth, stage.me(), place);
        stage.wake(Key::Queue(seat.queue, side.other()), 1);
    }
}

/// Notes that a handle is used.
fn used(seat: Option<&Seat>, place: Place) {
    if let (Some(stage), Some(seat)) = (Stage::get(), seat) {
        seat.used(stage, stage.me(), place);
    }
}

/// Wakes all threads that wait at a queue.
fn wake_all(seat: Option<&Seat>) {
    if let (Some(stage), Some(seat)) = (Stage::get(), seat) {
        for side in [Side::Sending, Side::Receiving] {
            stage.wake(Key::Queue(seat.queue, side), usize::MAX);
        }
    }
}

/// Where a call that blocks has to take its turn, instead of blocking the thread for real.
fn virtually(seat: Option<&Seat>) -> Option<(&'static Stage, &Seat)> {
    Stage::get().filter(|stage| stage.is_virtual()).zip(seat)
}

/// Notes a wait for as long as a real call takes.
fn noted(seat: Option<&Seat>, wait: impl FnOnce(QueueId) -> Wait) -> Option<Noted> {
    let (stage, seat) = Stage::get().zip(seat)?;
    Some(stage.note_wait(stage.me(), wait(seat.queue)))
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
    #[track_caller]
    pub fn send(&self, message: T) -> Send<'_, T> {
        Send { real: self.real.send(message), sender: self, called: Place::here(), noted: None }
    }

    /// Sends a message if there is room now.
    ///
    /// ```
    /// use rehearsal::async_channel::{TrySendError, bounded};
    ///
    /// let (queue, jobs) = bounded(1);
    /// queue.try_send(1).unwrap();
    /// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
    /// drop(jobs);
    /// assert_eq!(queue.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let place = Place::here();
        used(self.seat.as_ref(), place);
        let sent = self.real.try_send(message);
        match &sent {
            Ok(()) => moved(self.seat.as_ref(), Side::Sending, self.real.len(), place),
            Err(TrySendError::Full(_)) => fruitless(place, "try_send()"),
            Err(TrySendError::Closed(_)) => {}
        }
        sent
    }

    /// Sends a message and, where there is no room, gives back the oldest to make some.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// assert_eq!(queue.force_send(1), Ok(None));
    /// assert_eq!(queue.force_send(2), Ok(Some(1)));
    /// assert_eq!(jobs.try_recv(), Ok(2));
    /// ```
    #[track_caller]
    pub fn force_send(&self, message: T) -> Result<Option<T>, SendError<T>> {
        let place = Place::here();
        used(self.seat.as_ref(), place);
        let sent = self.real.force_send(message);
        if sent.is_ok() {
            moved(self.seat.as_ref(), Side::Sending, self.real.len(), place);
        }
        sent
    }

    /// Sends a message, blocking the thread while there is no room. In a task it holds the runtime up.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// queue.send_blocking(1).unwrap();
    /// assert_eq!(jobs.recv_blocking(), Ok(1));
    /// ```
    #[track_caller]
    pub fn send_blocking(&self, message: T) -> Result<(), SendError<T>> {
        let (place, seat) = (Place::here(), self.seat.as_ref());
        used(seat, place);
        let wait = |queue| Wait { on: On::Send { queue, call: "send_blocking()" }, place };
        let sent = match virtually(seat) {
            None => {
                let _noted = noted(seat, wait);
                self.real.send_blocking(message)
            }
            Some((stage, seat)) => {
                let mut unsent = message;
                loop {
                    match self.real.try_send(unsent) {
                        Ok(()) => break Ok(()),
                        Err(TrySendError::Closed(message)) => break Err(SendError(message)),
                        Err(TrySendError::Full(message)) => unsent = message,
                    }
                    let key = Key::Queue(seat.queue, Side::Sending);
                    stage.wait(stage.me(), &[key], None, wait(seat.queue));
                }
            }
        };
        if sent.is_ok() {
            moved(seat, Side::Sending, self.real.len(), place);
        }
        sent
    }

    /// A sender that does not keep the queue open.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// let weak = queue.downgrade();
    /// drop(queue);
    /// assert!(weak.upgrade().is_none());
    /// assert!(jobs.is_closed());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::of(self)
    }

    /// Waits until the queue is closed or all receivers are gone.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// let worker = tokio::spawn(async move { drop(jobs) });
    /// queue.closed().await;
    /// assert!(queue.is_closed());
    /// worker.await.unwrap();
    /// # }
    /// ```
    #[track_caller]
    pub fn closed(&self) -> Closed<'_, T> {
        Closed {
            real: self.real.closed(),
            queue: self.seat.as_ref().map(|seat| seat.queue),
            called: Place::here(),
            noted: None,
        }
    }

    /// Closes the queue: what is in it can still be received. Tells whether it was open.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// queue.try_send(1).unwrap();
    /// assert!(queue.close());
    /// assert!(!queue.close());
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// ```
    pub fn close(&self) -> bool {
        let closed = self.real.close();
        wake_all(self.seat.as_ref());
        closed
    }

    /// Whether the queue is closed.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// assert!(!queue.is_closed());
    /// drop(jobs);
    /// assert!(queue.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.real.is_closed()
    }

    /// Whether the queue holds no message.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::async_channel::bounded(1);
    /// assert!(queue.is_empty());
    /// queue.try_send(1).unwrap();
    /// assert!(!queue.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.real.is_empty()
    }

    /// Whether the queue has no room.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::async_channel::bounded(1);
    /// assert!(!queue.is_full());
    /// queue.try_send(1).unwrap();
    /// assert!(queue.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.real.is_full()
    }

    /// The number of messages in the queue.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::async_channel::bounded(2);
    /// queue.try_send(1).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.real.len()
    }

    /// How many messages the queue may hold; `None` if any number.
    ///
    /// ```
    /// use rehearsal::async_channel::{bounded, unbounded};
    ///
    /// assert_eq!(bounded::<u32>(2).0.capacity(), Some(2));
    /// assert_eq!(unbounded::<u32>().0.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        self.real.capacity()
    }

    /// The number of receivers.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// let _other = jobs.clone();
    /// assert_eq!(queue.receiver_count(), 2);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.real.receiver_count()
    }

    /// The number of senders.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// let _other = queue.clone();
    /// assert_eq!(queue.sender_count(), 2);
    /// ```
    pub fn sender_count(&self) -> usize {
        self.real.sender_count()
    }

    /// Whether both senders belong to the same queue.
    ///
    /// ```
    /// use rehearsal::async_channel::unbounded;
    ///
    /// let (queue, _jobs) = unbounded::<u32>();
    /// assert!(queue.same_channel(&queue.clone()));
    /// assert!(!queue.same_channel(&unbounded().0));
    /// ```
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        self.real.same_channel(&other.real)
    }
}

impl<T> Receiver<T> {
    /// Receives a message, waiting for one. `Err` when the queue is empty and closed.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// let worker = tokio::spawn(async move { queue.send(1).await.unwrap() });
    /// assert_eq!(jobs.recv().await, Ok(1));
    /// worker.await.unwrap();
    /// assert!(jobs.recv().await.is_err());
    /// # }
    /// ```
    #[track_caller]
    pub fn recv(&self) -> Recv<'_, T> {
        Recv { real: self.real.recv(), receiver: self, called: Place::here(), noted: None }
    }

    /// Receives a message, blocking the thread while there is none. In a task it holds the runtime up.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// drop(queue);
    /// assert!(jobs.recv_blocking().is_err());
    /// ```
    #[track_caller]
    pub fn recv_blocking(&self) -> Result<T, RecvError> {
        let (place, seat) = (Place::here(), self.seat.as_ref());
        used(seat, place);
        let wait = |queue| Wait { on: On::Receive { queue, call: "recv_blocking()" }, place };
        let received = match virtually(seat) {
            None => {
                let _noted = noted(seat, wait);
                self.real.recv_blocking()
            }
            Some((stage, seat)) => loop {
                match self.real.try_recv() {
                    Ok(message) => break Ok(message),
                    Err(TryRecvError::Closed) => break Err(RecvError),
                    Err(TryRecvError::Empty) => {}
                }
                let key = Key::Queue(seat.queue, Side::Receiving);
                stage.wait(stage.me(), &[key], None, wait(seat.queue));
            },
        };
        if received.is_ok() {
            moved(seat, Side::Receiving, self.real.len(), place);
        }
        received
    }

    /// A receiver that does not keep the queue open.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// let weak = jobs.downgrade();
    /// drop(jobs);
    /// assert!(weak.upgrade().is_none());
    /// assert!(queue.is_closed());
    /// ```
    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver::of(self)
    }

    /// Receives a message if there is one now.
    ///
    /// ```
    /// use rehearsal::async_channel::{TryRecvError, bounded};
    ///
    /// let (queue, jobs) = bounded(1);
    /// assert_eq!(jobs.try_recv(), Err(TryRecvError::Empty));
    /// queue.try_send(1).unwrap();
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// drop(queue);
    /// assert_eq!(jobs.try_recv(), Err(TryRecvError::Closed));
    /// ```
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let place = Place::here();
        used(self.seat.as_ref(), place);
        let received = self.real.try_recv();
        match &received {
            Ok(_) => moved(self.seat.as_ref(), Side::Receiving, self.real.len(), place),
            Err(TryRecvError::Empty) => fruitless(place, "try_recv()"),
            Err(TryRecvError::Closed) => {}
        }
        received
    }

    /// Closes the queue: what is in it can still be received. Tells whether it was open.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(2);
    /// queue.try_send(1).unwrap();
    /// assert!(jobs.close());
    /// assert!(queue.try_send(2).is_err());
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// ```
    pub fn close(&self) -> bool {
        let closed = self.real.close();
        wake_all(self.seat.as_ref());
        closed
    }

    /// Whether the queue is closed.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// assert!(!jobs.is_closed());
    /// drop(queue);
    /// assert!(jobs.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.real.is_closed()
    }

    /// Whether the queue holds no message.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// assert!(jobs.is_empty());
    /// queue.try_send(1).unwrap();
    /// assert!(!jobs.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.real.is_empty()
    }

    /// Whether the queue has no room.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// assert!(!jobs.is_full());
    /// queue.try_send(1).unwrap();
    /// assert!(jobs.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.real.is_full()
    }

    /// The number of messages in the queue.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(2);
    /// queue.try_send(1).unwrap();
    /// assert_eq!(jobs.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.real.len()
    }

    /// How many messages the queue may hold; `None` if any number.
    ///
    /// ```
    /// use rehearsal::async_channel::{bounded, unbounded};
    ///
    /// assert_eq!(bounded::<u32>(2).1.capacity(), Some(2));
    /// assert_eq!(unbounded::<u32>().1.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        self.real.capacity()
    }

    /// The number of receivers.
    ///
    /// ```
    /// let (_queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// let _other = jobs.clone();
    /// assert_eq!(jobs.receiver_count(), 2);
    /// ```
    pub fn receiver_count(&self) -> usize {
        self.real.receiver_count()
    }

    /// The number of senders.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
    /// let _other = queue.clone();
    /// assert_eq!(jobs.sender_count(), 2);
    /// ```
    pub fn sender_count(&self) -> usize {
        self.real.sender_count()
    }

    /// Whether both receivers belong to the same queue.
    ///
    /// ```
    /// use rehearsal::async_channel::unbounded;
    ///
    /// let (_queue, jobs) = unbounded::<u32>();
    /// assert!(jobs.same_channel(&jobs.clone()));
    /// assert!(!jobs.same_channel(&unbounded().1));
    /// ```
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
        Receiver { real, seat: self.seat.as_ref().map(|seat| seat.cloned(place)), noted: None }
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
        let this = &mut *self;
        used(this.seat.as_ref(), place);
        let polled = told(place, || this.real.as_mut().poll_next(context));
        match (&polled, &this.seat) {
            (Poll::Ready(next), seat) => {
                this.noted = None;
                if next.is_some() {
                    moved(seat.as_ref(), Side::Receiving, this.real.len(), place);
                }
            }
            (Poll::Pending, Some(seat)) => {
                let queue = seat.queue;
                let wait = || On::Receive { queue, call: "poll_next()" };
                Noted::keep(&mut this.noted, place, wait);
            }
            (Poll::Pending, None) => {}
        }
        polled
    }
}
