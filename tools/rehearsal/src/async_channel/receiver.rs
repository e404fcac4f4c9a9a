//! The receiving side of a queue.

use super::{
    Recv, RecvError, TryRecvError, WeakReceiver, call, fruitless, looks, moved, real, touches,
    wake_all,
};
use crate::{
    place::Place,
    stage::{Awaited, Noted, QueueCall, Seat},
    tokio::{trace::told, turn::Turn},
};
use futures_core::Stream;
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

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
    pub(super) real: Pin<Box<real::Receiver<T>>>,
    pub(super) seat: Option<Seat>,
    /// The wait of the receiver as a stream.
    pub(super) noted: Option<Noted>,
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
        let place = Place::here();
        Recv {
            real: self.real.recv(),
            receiver: self,
            called: place,
            awaited: Awaited::not_yet("recv()", place),
            turn: Turn::default(),
            noted: None,
        }
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
        let Some(call) = call(self.seat.as_ref(), "recv_blocking()", Place::here()) else {
            return self.real.recv_blocking();
        };
        let received = if call.is_virtual() {
            self.recv_in_turn(&call)
        } else {
            let _noted = call.noted();
            self.real.recv_blocking()
        };
        if received.is_ok() {
            moved(Some(call), self.real.len());
        }
        received
    }

    fn recv_in_turn(&self, call: &QueueCall<'_>) -> Result<T, RecvError> {
        loop {
            match self.real.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Closed) => return Err(RecvError),
                Err(TryRecvError::Empty) => call.wait(None),
            };
        }
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
        let call = call(self.seat.as_ref(), "try_recv()", Place::here());
        let received = self.real.try_recv();
        match &received {
            Ok(_) => moved(call, self.real.len()),
            Err(TryRecvError::Empty) => fruitless(call),
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
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        looks(self.seat.as_ref(), "is_closed()");
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
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        looks(self.seat.as_ref(), "is_empty()");
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
    #[track_caller]
    pub fn is_full(&self) -> bool {
        looks(self.seat.as_ref(), "is_full()");
        self.real.is_full()
    }

    /// The number of messages in the queue.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(2);
    /// queue.try_send(1).unwrap();
    /// assert_eq!(jobs.len(), 1);
    /// ```
    #[track_caller]
    pub fn len(&self) -> usize {
        looks(self.seat.as_ref(), "len()");
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
        touches(self.seat.as_ref().map(Seat::queue));
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
        touches(self.seat.as_ref().map(Seat::queue));
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

impl<T> Clone for Receiver<T> {
    #[track_caller]
    fn clone(&self) -> Receiver<T> {
        let place = Place::here();
        let real = Box::pin(real::Receiver::clone(&self.real));
        Receiver { real, seat: self.seat.as_ref().map(|seat| seat.cloned(place)), noted: None }
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
        let call = call(this.seat.as_ref(), "poll_next()", place);
        let polled = told(place, || this.real.as_mut().poll_next(context));
        match (&polled, call) {
            (Poll::Ready(next), call) => {
                this.noted = None;
                if next.is_some() {
                    moved(call, this.real.len());
                }
            }
            (Poll::Pending, Some(call)) => call.keep_noted(&mut this.noted),
            (Poll::Pending, None) => {}
        }
        polled
    }
}
