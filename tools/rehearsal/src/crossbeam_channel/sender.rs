//! The sending side of a queue.

use super::{SendError, SendTimeoutError, TrySendError, real};
use crate::{
    place::Place,
    stage::{Call, QueueCall, Seat, Stage},
    time::{Duration, Instant, now},
};
use std::fmt;

/// The sending side of a queue; the mirror of [`crossbeam_channel::Sender`](real::Sender).
///
/// ```
/// use rehearsal::crossbeam_channel::{Sender, bounded};
///
/// let (queue, items) = bounded(2);
/// let other: Sender<u32> = queue.clone();
/// other.send(1).unwrap();
/// assert_eq!(items.recv(), Ok(1));
/// ```
pub struct Sender<T> {
    // Dropped in this order: the seat wakes those who wait for the real sender to be gone.
    pub(super) real: real::Sender<T>,
    pub(super) seat: Option<Seat>,
}

impl<T> Sender<T> {
    /// A call where the baton is in force.
    fn in_turn(&self, name: &'static str, place: Place) -> Option<QueueCall<'_>> {
        QueueCall::in_turn(self.seat.as_ref(), name, place)
    }

    /// Makes a real call on the paces `real` and `off`, and notes it in the first case.
    fn really<E>(
        &self,
        name: &'static str,
        place: Place,
        send: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(call) = QueueCall::on_stage(self.seat.as_ref(), name, place) else {
            return send();
        };
        let noted = call.noted();
        let sent = send();
        drop(noted);
        if sent.is_ok() {
            call.moved(self.real.len());
        }
        sent
    }

    /// Sends a message, waiting for room. `Err` gives it back when all receivers are gone.
    ///
    /// ```
    /// let (queue, items) = rehearsal::crossbeam_channel::bounded(1);
    /// drop(items);
    /// assert_eq!(queue.send(1).unwrap_err().into_inner(), 1);
    /// ```
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let place = Place::here();
        let Some(call) = self.in_turn("send()", place) else {
            return self.really("send()", place, || self.real.send(message));
        };
        self.send_until(&call, message, None).map_err(|error| SendError(error.into_inner()))
    }

    /// Sends a message, waiting for room no longer than `timeout`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{SendTimeoutError, bounded}, time::Duration};
    ///
    /// let (queue, _items) = bounded(1);
    /// let millisecond = Duration::from_millis(1);
    /// assert_eq!(queue.send_timeout(1, millisecond), Ok(()));
    /// assert_eq!(queue.send_timeout(2, millisecond), Err(SendTimeoutError::Timeout(2)));
    /// ```
    #[track_caller]
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        let place = Place::here();
        match self.in_turn("send_timeout()", place) {
            None => {
                self.really("send_timeout()", place, || self.real.send_timeout(message, timeout))
            }
            Some(call) => self.send_until(&call, message, Some(now().saturating_add(timeout))),
        }
    }

    /// Sends a message, waiting for room no longer than until `deadline`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{SendTimeoutError, bounded}, time::{Duration, Instant}};
    ///
    /// let (queue, _items) = bounded(1);
    /// let soon = Instant::now() + Duration::from_millis(1);
    /// assert_eq!(queue.send_deadline(1, soon), Ok(()));
    /// assert_eq!(queue.send_deadline(2, soon), Err(SendTimeoutError::Timeout(2)));
    /// ```
    #[track_caller]
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        let place = Place::here();
        match self.in_turn("send_deadline()", place) {
            None => self.really("send_deadline()", place, || {
                self.real.send_deadline(message, deadline.real())
            }),
            Some(call) => self.send_until(&call, message, Some(deadline.0)),
        }
    }

    fn send_until(
        &self,
        call: &QueueCall<'_>,
        message: T,
        until: Option<Duration>,
    ) -> Result<(), SendTimeoutError<T>> {
        let mut unsent = Some(message);
        let sent = call.try_until(until, |meeting| {
            let message = unsent.take()?;
            if let Some(meeting) = meeting {
                let sent = call.met(meeting, || self.real.send(message));
                return Some(sent.map_err(SendTimeoutError::from));
            }
            match self.send_now(call, message) {
                Ok(()) => Some(Ok(())),
                Err(TrySendError::Disconnected(message)) => {
                    Some(Err(SendTimeoutError::Disconnected(message)))
                }
                Err(TrySendError::Full(message)) => {
                    unsent = Some(message);
                    None
                }
            }
        });
        let kept = "a message that could not be sent is still there";
        sent.unwrap_or_else(|| Err(SendTimeoutError::Timeout(unsent.expect(kept))))
    }

    /// Sends without waiting: into the buffer, or to a receiver that stands waiting.
    pub(super) fn send_now(&self, call: &QueueCall<'_>, message: T) -> Result<(), TrySendError<T>> {
        if self.real.capacity() == Some(0)
            && let Some(meeting) = call.engage()
        {
            return Ok(call.meet(meeting, || self.real.send(message))?);
        }
        if !self.is_open(call.stage()) {
            return Err(TrySendError::Full(message));
        }
        let sent = self.real.try_send(message);
        match &sent {
            Ok(()) => {
                call.wake_other_side();
                call.moved(self.real.len());
            }
            Err(_) => call.finds_the_end(),
        }
        sent
    }

    /// Whether a send would not wait: there is room that no selection has claimed, or all receivers are gone.
    pub(super) fn is_open(&self, stage: &Stage) -> bool {
        let Some(seat) = &self.seat else { return false };
        let state = stage.lock();
        let taken = self.real.len() + seat.claims(&state);
        self.real.capacity().is_none_or(|capacity| taken < capacity) || seat.is_deserted(&state)
    }

    /// Sends a message if there is room now.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{TrySendError, bounded};
    ///
    /// let (queue, items) = bounded(1);
    /// assert_eq!(queue.try_send(1), Ok(()));
    /// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
    /// drop(items);
    /// assert_eq!(queue.try_send(3), Err(TrySendError::Disconnected(3)));
    /// ```
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let place = Place::here();
        let Some(call) = self.in_turn("try_send()", place) else {
            let sent = self.real.try_send(message);
            if sent.is_ok()
                && let Some(call) = QueueCall::on_stage(self.seat.as_ref(), "try_send()", place)
            {
                call.moved(self.real.len());
            }
            return sent;
        };
        call.switch_point();
        let sent = self.send_now(&call, message);
        if let Err(TrySendError::Full(_)) = sent {
            call.fruitless();
        }
        sent
    }

    #[track_caller]
    fn look(&self, name: &'static str) {
        if let Some(call) = Call::in_turn(name, Place::here()) {
            match &self.seat {
                Some(seat) => call.switch_before_queue(seat),
                None => call.switch_point(),
            }
            call.looks();
        }
    }

    /// Whether the queue holds no message.
    ///
    /// ```
    /// let (queue, _items) = rehearsal::crossbeam_channel::bounded(1);
    /// assert!(queue.is_empty());
    /// queue.send(1).unwrap();
    /// assert!(!queue.is_empty());
    /// ```
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.look("is_empty()");
        self.real.is_empty()
    }

    /// Whether the queue has no room.
    ///
    /// ```
    /// let (queue, _items) = rehearsal::crossbeam_channel::bounded(1);
    /// assert!(!queue.is_full());
    /// queue.send(1).unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[track_caller]
    pub fn is_full(&self) -> bool {
        self.look("is_full()");
        self.real.is_full()
    }

    /// The number of messages in the queue.
    ///
    /// ```
    /// let (queue, _items) = rehearsal::crossbeam_channel::bounded(2);
    /// queue.send(1).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[track_caller]
    pub fn len(&self) -> usize {
        self.look("len()");
        self.real.len()
    }

    /// How many messages the queue may hold; `None` if any number.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{bounded, unbounded};
    ///
    /// assert_eq!(bounded::<u32>(2).0.capacity(), Some(2));
    /// assert_eq!(unbounded::<u32>().0.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        self.real.capacity()
    }

    /// Whether both senders belong to the same queue.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::unbounded;
    ///
    /// let (queue, _items) = unbounded::<u32>();
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
        f.pad("Sender { .. }")
    }
}
