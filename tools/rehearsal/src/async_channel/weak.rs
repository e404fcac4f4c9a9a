//! Handles that do not keep a queue open.

use super::{Receiver, Sender, real, touches};
use crate::{
    place::Place,
    stage::{QueueId, Seat, Side},
};
use std::fmt;

/// A sender that does not keep the queue open; the mirror of [`async_channel::WeakSender`](real::WeakSender).
///
/// ```
/// let (queue, _jobs) = rehearsal::async_channel::bounded::<u32>(1);
/// let weak = queue.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(queue);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakSender<T> {
    real: real::WeakSender<T>,
    queue: Option<QueueId>,
}

/// A receiver that does not keep the queue open; the mirror of
/// [`async_channel::WeakReceiver`](real::WeakReceiver).
///
/// ```
/// let (_queue, jobs) = rehearsal::async_channel::bounded::<u32>(1);
/// let weak = jobs.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(jobs);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakReceiver<T> {
    real: real::WeakReceiver<T>,
    queue: Option<QueueId>,
}

impl<T> WeakSender<T> {
    pub(super) fn of(sender: &Sender<T>) -> WeakSender<T> {
        let queue = sender.seat.as_ref().map(Seat::queue);
        WeakSender { real: sender.real.downgrade(), queue }
    }

    /// A sender, if the queue is still open.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// let weak = queue.downgrade();
    /// weak.upgrade().unwrap().try_send(1).unwrap();
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let place = Place::here();
        touches(self.queue);
        let real = self.real.upgrade()?;
        let seat = self.queue.map(|queue| Seat::joining(queue, Side::Sending, place));
        Some(Sender { real, seat })
    }
}

impl<T> WeakReceiver<T> {
    pub(super) fn of(receiver: &Receiver<T>) -> WeakReceiver<T> {
        let queue = receiver.seat.as_ref().map(Seat::queue);
        WeakReceiver { real: receiver.real.downgrade(), queue }
    }

    /// A receiver, if the queue is still open.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::async_channel::bounded(1);
    /// let weak = jobs.downgrade();
    /// queue.try_send(1).unwrap();
    /// assert_eq!(weak.upgrade().unwrap().try_recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn upgrade(&self) -> Option<Receiver<T>> {
        let place = Place::here();
        touches(self.queue);
        let real = Box::pin(self.real.upgrade()?);
        let seat = self.queue.map(|queue| Seat::joining(queue, Side::Receiving, place));
        Some(Receiver { real, seat, noted: None })
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> WeakSender<T> {
        WeakSender { real: self.real.clone(), queue: self.queue }
    }
}

impl<T> Clone for WeakReceiver<T> {
    fn clone(&self) -> WeakReceiver<T> {
        WeakReceiver { real: self.real.clone(), queue: self.queue }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T> fmt::Debug for WeakReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
