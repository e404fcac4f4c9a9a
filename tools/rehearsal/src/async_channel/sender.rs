//! The sending side of a queue.

use super::{
    Closed, Send, SendError, TrySendError, WeakSender, call, fruitless, looks, moved, real,
    touches, wake_all,
};
use crate::{
    place::Place,
    stage::{Awaited, QueueCall, Seat},
    tokio::turn::Turn,
};
use std::fmt;

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
    pub(super) real: real::Sender<T>,
    pub(super) seat: Option<Seat>,
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
        let place = Place::here();
        Send {
            real: self.real.send(message),
            sender: self,
            called: place,
            awaited: Awaited::not_yet("send()", place),
            turn: Turn::default(),
            noted: None,
        }
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
        let call = call(self.seat.as_ref(), "try_send()", Place::here());
        let sent = self.real.try_send(message);
        match &sent {
            Ok(()) => moved(call, self.real.len()),
            Err(TrySendError::Full(_)) => fruitless(call),
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
        let call = call(self.seat.as_ref(), "force_send()", Place::here());
        let sent = self.real.force_send(message);
        match (&sent, call) {
            (Ok(None), call) => moved(call, self.real.len()),
            (Ok(Some(_)), Some(call)) => call.displaced(self.real.len()),
            _ => {}
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
        let Some(call) = call(self.seat.as_ref(), "send_blocking()", Place::here()) else {
            return self.real.send_blocking(message);
        };
        let sent = if call.is_virtual() {
            self.send_in_turn(&call, message)
        } else {
            let _noted = call.noted();
            self.real.send_blocking(message)
        };
        if sent.is_ok() {
            moved(Some(call), self.real.len());
        }
        sent
    }

    fn send_in_turn(&self, call: &QueueCall<'_>, message: T) -> Result<(), SendError<T>> {
        let mut unsent = message;
        loop {
            match self.real.try_send(unsent) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(message)) => return Err(SendError(message)),
                Err(TrySendError::Full(message)) => unsent = message,
            }
            call.wait(None);
        }
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
            queue: self.seat.as_ref().map(Seat::queue),
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
    #[track_caller]
    pub fn is_closed(&self) -> bool {
        looks(self.seat.as_ref(), "is_closed()");
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
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        looks(self.seat.as_ref(), "is_empty()");
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
    #[track_caller]
    pub fn is_full(&self) -> bool {
        looks(self.seat.as_ref(), "is_full()");
        self.real.is_full()
    }

    /// The number of messages in the queue.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::async_channel::bounded(2);
    /// queue.try_send(1).unwrap();
    /// assert_eq!(queue.len(), 1);
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
        touches(self.seat.as_ref().map(Seat::queue));
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
        touches(self.seat.as_ref().map(Seat::queue));
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

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Sender<T> {
        let place = Place::here();
        Sender { real: self.real.clone(), seat: self.seat.as_ref().map(|seat| seat.cloned(place)) }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
