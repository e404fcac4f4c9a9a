//! The sending sides of a queue.

use super::{Len, SendError, TrySendError, real};
use crate::{
    place::Place,
    stage::{QueueCall, Seat},
};
use std::fmt;

/// The sending side of a queue without a limit; the mirror of [`std::sync::mpsc::Sender`].
///
/// ```
/// use rehearsal::sync::mpsc::{Sender, channel};
///
/// let (queue, items) = channel();
/// let other: Sender<u32> = queue.clone();
/// other.send(1).unwrap();
/// assert_eq!(items.recv(), Ok(1));
/// ```
pub struct Sender<T> {
    // Dropped in this order: the seat wakes those who wait for the real sender to be gone.
    pub(super) real: real::Sender<T>,
    pub(super) seat: Option<Seat>,
    pub(super) len: Len,
}

/// The sending side of a queue with a limit; the mirror of [`std::sync::mpsc::SyncSender`].
///
/// ```
/// use rehearsal::sync::mpsc::{SyncSender, sync_channel};
///
/// let (queue, items) = sync_channel(2);
/// let other: SyncSender<u32> = queue.clone();
/// other.send(1).unwrap();
/// assert_eq!(items.recv(), Ok(1));
/// ```
pub struct SyncSender<T> {
    pub(super) real: real::SyncSender<T>,
    pub(super) seat: Option<Seat>,
    pub(super) len: Len,
    pub(super) capacity: usize,
}

impl<T> Sender<T> {
    /// Sends a message. `Err` gives it back when the receiver is gone.
    ///
    /// ```
    /// let (queue, items) = rehearsal::sync::mpsc::channel();
    /// drop(items);
    /// assert_eq!(queue.send(1).unwrap_err().0, 1);
    /// ```
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let call = QueueCall::on_stage(self.seat.as_ref(), "send()", Place::here());
        if let Some(call) = call.filter(|call| call.is_virtual()) {
            call.switch_point();
        }
        let sent = self.real.send(message);
        match (&sent, call) {
            (Ok(()), Some(call)) => tell_sent(&call, &self.len),
            (Err(_), Some(call)) if call.is_virtual() => call.finds_the_end(),
            _ => {}
        }
        sent
    }
}

fn tell_sent(call: &QueueCall<'_>, len: &Len) {
    let depth = len.grow();
    call.wake_other_side();
    call.moved(depth);
}

impl<T> SyncSender<T> {
    /// Sends a message, waiting for room. `Err` gives it back when the receiver is gone.
    ///
    /// ```
    /// let (queue, items) = rehearsal::sync::mpsc::sync_channel(1);
    /// queue.send(1).unwrap();
    /// drop(items);
    /// assert_eq!(queue.send(2).unwrap_err().0, 2);
    /// ```
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let place = Place::here();
        let Some(call) = QueueCall::on_stage(self.seat.as_ref(), "send()", place) else {
            return self.real.send(message);
        };
        if !call.is_virtual() {
            let noted = call.noted();
            let sent = self.real.send(message);
            drop(noted);
            if sent.is_ok() {
                tell_sent(&call, &self.len);
            }
            return sent;
        }
        let mut unsent = Some(message);
        let sent = call.try_until(None, |meeting| {
            let message = unsent.take()?;
            if let Some(meeting) = meeting {
                return Some(call.met(meeting, || self.real.send(message)));
            }
            match self.send_now(&call, message) {
                Ok(()) => Some(Ok(())),
                Err(TrySendError::Disconnected(message)) => Some(Err(SendError(message))),
                Err(TrySendError::Full(message)) => {
                    unsent = Some(message);
                    None
                }
            }
        });
        sent.expect("a wait without a limit ends with a result")
    }

    /// Sends without waiting: into the buffer, or to a receiver that stands waiting.
    fn send_now(&self, call: &QueueCall<'_>, message: T) -> Result<(), TrySendError<T>> {
        if self.capacity == 0
            && let Some(meeting) = call.engage()
        {
            return Ok(call.meet(meeting, || self.real.send(message))?);
        }
        if !self.is_open(call) {
            return Err(TrySendError::Full(message));
        }
        let sent = self.real.try_send(message);
        match &sent {
            Ok(()) => tell_sent(call, &self.len),
            Err(_) => call.finds_the_end(),
        }
        sent
    }

    /// Whether a send would not wait: there is room, or the receiver is gone.
    fn is_open(&self, call: &QueueCall<'_>) -> bool {
        self.len.get() < self.capacity || call.seat().is_deserted(&call.stage().lock())
    }

    /// Sends a message if there is room now.
    ///
    /// ```
    /// use rehearsal::sync::mpsc::{TrySendError, sync_channel};
    ///
    /// let (queue, items) = sync_channel(1);
    /// assert_eq!(queue.try_send(1), Ok(()));
    /// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
    /// drop(items);
    /// assert_eq!(queue.try_send(3), Err(TrySendError::Disconnected(3)));
    /// ```
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let place = Place::here();
        let Some(call) = QueueCall::on_stage(self.seat.as_ref(), "try_send()", place) else {
            return self.real.try_send(message);
        };
        if !call.is_virtual() {
            let sent = self.real.try_send(message);
            if sent.is_ok() {
                tell_sent(&call, &self.len);
            }
            return sent;
        }
        call.switch_point();
        let sent = self.send_now(&call, message);
        if let Err(TrySendError::Full(_)) = sent {
            call.fruitless();
        }
        sent
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Sender<T> {
        let place = Place::here();
        Sender {
            real: self.real.clone(),
            seat: self.seat.as_ref().map(|seat| seat.cloned(place)),
            len: self.len.clone(),
        }
    }
}

impl<T> Clone for SyncSender<T> {
    #[track_caller]
    fn clone(&self) -> SyncSender<T> {
        let place = Place::here();
        SyncSender {
            real: self.real.clone(),
            seat: self.seat.as_ref().map(|seat| seat.cloned(place)),
            len: self.len.clone(),
            capacity: self.capacity,
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
