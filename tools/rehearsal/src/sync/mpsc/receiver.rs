//! The receiving side of a queue.

use super::{Len, RecvError, RecvTimeoutError, TryRecvError, real};
use crate::{
    place::Place,
    stage::{QueueCall, Seat},
    time::{Duration, now},
};
use std::fmt;

/// The receiving side of a queue; the mirror of [`std::sync::mpsc::Receiver`].
///
/// ```
/// use rehearsal::sync::mpsc::{Receiver, channel};
///
/// let (queue, items): (_, Receiver<u32>) = channel();
/// queue.send(1).unwrap();
/// assert_eq!(items.recv(), Ok(1));
/// ```
pub struct Receiver<T> {
    pub(super) real: real::Receiver<T>,
    pub(super) seat: Option<Seat>,
    pub(super) len: Len,
    pub(super) capacity: Option<usize>,
}

impl<T> Receiver<T> {
    /// Receives a message, waiting for one. `Err` when the queue is empty and all senders are gone.
    ///
    /// ```
    /// let (queue, items) = rehearsal::sync::mpsc::channel();
    /// queue.send(1).unwrap();
    /// drop(queue);
    /// assert_eq!(items.recv(), Ok(1));
    /// assert!(items.recv().is_err());
    /// ```
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at("recv()", Place::here())
    }

    pub(super) fn recv_at(&self, name: &'static str, place: Place) -> Result<T, RecvError> {
        self.recv_until(None, name, place).map_err(|_| RecvError)
    }

    /// Receives a message, waiting for one no longer than `timeout`.
    ///
    /// ```
    /// use rehearsal::{sync::mpsc::{RecvTimeoutError, channel}, time::Duration};
    ///
    /// let (queue, items) = channel::<u32>();
    /// let millisecond = Duration::from_millis(1);
    /// assert_eq!(items.recv_timeout(millisecond), Err(RecvTimeoutError::Timeout));
    /// drop(queue);
    /// assert_eq!(items.recv_timeout(millisecond), Err(RecvTimeoutError::Disconnected));
    /// ```
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(Some(now().saturating_add(timeout)), "recv_timeout()", Place::here())
    }

    fn recv_until(
        &self,
        until: Option<Duration>,
        name: &'static str,
        place: Place,
    ) -> Result<T, RecvTimeoutError> {
        let call = QueueCall::on_stage(self.seat.as_ref(), name, place);
        let Some(call) = call else { return self.really_recv(until) };
        if !call.is_virtual() {
            let noted = call.noted();
            let received = self.really_recv(until);
            drop(noted);
            if received.is_ok() {
                call.moved(self.len.shrink());
            }
            return received;
        }
        let received = call.try_until(until, |meeting| match meeting {
            Some(meeting) => {
                Some(call.met(meeting, || self.real.recv()).map_err(RecvTimeoutError::from))
            }
            None => match self.recv_now(&call) {
                Ok(message) => Some(Ok(message)),
                Err(TryRecvError::Disconnected) => Some(Err(RecvTimeoutError::Disconnected)),
                Err(TryRecvError::Empty) => None,
            },
        });
        received.unwrap_or(Err(RecvTimeoutError::Timeout))
    }

    fn really_recv(&self, until: Option<Duration>) -> Result<T, RecvTimeoutError> {
        match until {
            None => self.real.recv().map_err(RecvTimeoutError::from),
            Some(until) => self.real.recv_timeout(until.saturating_sub(now())),
        }
    }

    /// Receives without waiting: from the buffer, or from a sender that stands waiting.
    fn recv_now(&self, call: &QueueCall<'_>) -> Result<T, TryRecvError> {
        if self.capacity == Some(0)
            && let Some(meeting) = call.engage()
        {
            return Ok(call.meet(meeting, || self.real.recv())?);
        }
        if self.len.get() == 0 {
            if !call.seat().is_deserted(&call.stage().lock()) {
                return Err(TryRecvError::Empty);
            }
            call.finds_the_end();
            return Err(TryRecvError::Disconnected);
        }
        let message = self.real.try_recv()?;
        let depth = self.len.shrink();
        call.wake_other_side();
        call.moved(depth);
        Ok(message)
    }

    /// Receives a message if there is one now.
    ///
    /// ```
    /// use rehearsal::sync::mpsc::{TryRecvError, channel};
    ///
    /// let (queue, items) = channel();
    /// assert_eq!(items.try_recv(), Err(TryRecvError::Empty));
    /// queue.send(1).unwrap();
    /// assert_eq!(items.try_recv(), Ok(1));
    /// drop(queue);
    /// assert_eq!(items.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let call = QueueCall::on_stage(self.seat.as_ref(), "try_recv()", Place::here());
        let Some(call) = call else { return self.real.try_recv() };
        if !call.is_virtual() {
            let received = self.real.try_recv();
            if received.is_ok() {
                call.moved(self.len.shrink());
            }
            return received;
        }
        call.switch_point();
        let received = self.recv_now(&call);
        if let Err(TryRecvError::Empty) = received {
            call.fruitless();
        }
        received
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
