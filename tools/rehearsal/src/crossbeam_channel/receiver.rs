//! The receiving side of a queue, or of a timer.

use super::{RecvError, RecvTimeoutError, TryRecvError, real, timer::Timer};
use crate::{
    place::Place,
    stage::{Call, QueueCall, Seat, Stage},
    time::{Duration, Instant, now},
};
use std::fmt;

/// The receiving side of a queue; the mirror of [`crossbeam_channel::Receiver`](real::Receiver).
///
/// ```
/// use rehearsal::crossbeam_channel::{Receiver, bounded};
///
/// let (queue, items) = bounded(2);
/// let other: Receiver<u32> = items.clone();
/// queue.send(1).unwrap();
/// assert_eq!(other.recv(), Ok(1));
/// assert!(items.is_empty());
/// ```
pub struct Receiver<T> {
    pub(super) source: Source<T>,
    pub(super) seat: Option<Seat>,
}

/// Where a receiver's messages come from.
pub(super) enum Source<T> {
    Queue(real::Receiver<T>),
    /// The rehearsal's own clock. `T` is `Instant`; the function says so where the types can't.
    Timer(Timer, fn(Instant) -> T),
    /// The real clock, on the paces `real` and `off`.
    RealTimer(real::Receiver<std::time::Instant>, fn(Instant) -> T),
}

impl<T> Receiver<T> {
    /// Receives a message, waiting for one. `Err` when the queue is empty and all senders are gone.
    ///
    /// ```
    /// let (queue, items) = rehearsal::crossbeam_channel::bounded(1);
    /// queue.send(1).unwrap();
    /// drop(queue);
    /// assert_eq!(items.recv(), Ok(1));
    /// assert!(items.recv().is_err());
    /// ```
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at("recv()", Place::here())
    }

    pub(super) fn recv_at(&self, call: &'static str, place: Place) -> Result<T, RecvError> {
        self.recv_until(None, call, place).map_err(|_| RecvError)
    }

    /// Receives a message, waiting for it no longer than `timeout`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{RecvTimeoutError, bounded}, time::Duration};
    ///
    /// let (queue, items) = bounded(1);
    /// let millisecond = Duration::from_millis(1);
    /// assert_eq!(items.recv_timeout(millisecond), Err(RecvTimeoutError::Timeout));
    /// queue.send(1).unwrap();
    /// assert_eq!(items.recv_timeout(millisecond), Ok(1));
    /// ```
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(Some(now().saturating_add(timeout)), "recv_timeout()", Place::here())
    }

    /// Receives a message, waiting for it no longer than until `deadline`.
    ///
    /// ```
    /// use rehearsal::{crossbeam_channel::{RecvTimeoutError, bounded}, time::{Duration, Instant}};
    ///
    /// let (queue, items) = bounded(1);
    /// let soon = Instant::now() + Duration::from_millis(1);
    /// queue.send(1).unwrap();
    /// assert_eq!(items.recv_deadline(soon), Ok(1));
    /// assert_eq!(items.recv_deadline(soon), Err(RecvTimeoutError::Timeout));
    /// ```
    #[track_caller]
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(Some(deadline.0), "recv_deadline()", Place::here())
    }

    fn recv_until(
        &self,
        until: Option<Duration>,
        name: &'static str,
        place: Place,
    ) -> Result<T, RecvTimeoutError> {
        match &self.source {
            Source::Timer(timer, deliver) => timer.recv(until, name, place).map(deliver),
            Source::RealTimer(real, deliver) => {
                really_recv(real, until).map(|instant| deliver(Instant::of_real(instant)))
            }
            Source::Queue(real) => {
                let Some(call) = QueueCall::on_stage(self.seat.as_ref(), name, place) else {
                    return really_recv(real, until);
                };
                if call.is_virtual() {
                    return recv_in_turn(real, &call, until);
                }
                let noted = call.noted();
                let received = really_recv(real, until);
                drop(noted);
                if received.is_ok() {
                    call.moved(real.len());
                }
                received
            }
        }
    }

    /// Receives a message if there is one now.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{TryRecvError, bounded};
    ///
    /// let (queue, items) = bounded(1);
    /// assert_eq!(items.try_recv(), Err(TryRecvError::Empty));
    /// queue.send(1).unwrap();
    /// assert_eq!(items.try_recv(), Ok(1));
    /// drop(queue);
    /// assert_eq!(items.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let place = Place::here();
        let received = match &self.source {
            Source::Timer(timer, deliver) => timer.try_recv().map(deliver),
            Source::RealTimer(real, deliver) => {
                return real.try_recv().map(|instant| deliver(Instant::of_real(instant)));
            }
            Source::Queue(real) => {
                let call = QueueCall::in_turn(self.seat.as_ref(), "try_recv()", place);
                let Some(call) = call else { return self.really_try_recv(real, place) };
                call.switch_point();
                recv_now(real, &call)
            }
        };
        if let (Err(TryRecvError::Empty), Some(call)) =
            (&received, Call::in_turn("try_recv()", place))
        {
            call.fruitless();
        }
        received
    }

    fn really_try_recv(&self, real: &real::Receiver<T>, place: Place) -> Result<T, TryRecvError> {
        let received = real.try_recv();
        if received.is_ok()
            && let Some(call) = QueueCall::on_stage(self.seat.as_ref(), "try_recv()", place)
        {
            call.moved(real.len());
        }
        received
    }

    #[track_caller]
    fn look(&self, name: &'static str) {
        if let Some((call, seat)) = Call::in_turn(name, Place::here()).zip(self.seat.as_ref()) {
            call.switch_before_queue(seat);
            call.looks();
        }
    }

    /// Whether there is no message now.
    ///
    /// ```
    /// let (queue, items) = rehearsal::crossbeam_channel::bounded(1);
    /// assert!(items.is_empty());
    /// queue.send(1).unwrap();
    /// assert!(!items.is_empty());
    /// ```
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.length("is_empty()") == 0
    }

    /// Whether the queue has no room.
    ///
    /// ```
    /// let (queue, items) = rehearsal::crossbeam_channel::bounded(1);
    /// assert!(!items.is_full());
    /// queue.send(1).unwrap();
    /// assert!(items.is_full());
    /// ```
    #[track_caller]
    pub fn is_full(&self) -> bool {
        self.capacity() == Some(self.length("is_full()"))
    }

    /// The number of messages in the queue.
    ///
    /// ```
    /// let (queue, items) = rehearsal::crossbeam_channel::bounded(2);
    /// queue.send(1).unwrap();
    /// assert_eq!(items.len(), 1);
    /// ```
    #[track_caller]
    pub fn len(&self) -> usize {
        self.length("len()")
    }

    #[track_caller]
    fn length(&self, call: &'static str) -> usize {
        self.look(call);
        match &self.source {
            Source::Queue(real) => real.len(),
            Source::Timer(timer, _) => usize::from(timer.is_due()),
            Source::RealTimer(real, _) => real.len(),
        }
    }

    /// How many messages the queue may hold; `None` if any number.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::{bounded, unbounded};
    ///
    /// assert_eq!(bounded::<u32>(2).1.capacity(), Some(2));
    /// assert_eq!(unbounded::<u32>().1.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        match &self.source {
            Source::Queue(real) => real.capacity(),
            Source::Timer(timer, _) => timer.capacity(),
            Source::RealTimer(real, _) => real.capacity(),
        }
    }

    /// Whether both receivers belong to the same queue.
    ///
    /// ```
    /// use rehearsal::crossbeam_channel::unbounded;
    ///
    /// let (_queue, items) = unbounded::<u32>();
    /// assert!(items.same_channel(&items.clone()));
    /// assert!(!items.same_channel(&unbounded().1));
    /// ```
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        match (&self.source, &other.source) {
            (Source::Queue(one), Source::Queue(other)) => one.same_channel(other),
            (Source::Timer(one, _), Source::Timer(other, _)) => one.is_same(other),
            (Source::RealTimer(one, _), Source::RealTimer(other, _)) => one.same_channel(other),
            _ => false,
        }
    }
}

fn really_recv<T>(
    real: &real::Receiver<T>,
    until: Option<Duration>,
) -> Result<T, RecvTimeoutError> {
    match until {
        None => real.recv().map_err(RecvTimeoutError::from),
        Some(until) => real.recv_timeout(until.saturating_sub(now())),
    }
}

fn recv_in_turn<T>(
    real: &real::Receiver<T>,
    call: &QueueCall<'_>,
    until: Option<Duration>,
) -> Result<T, RecvTimeoutError> {
    let received = call.try_until(until, |meeting| match meeting {
        Some(meeting) => Some(call.met(meeting, || real.recv()).map_err(RecvTimeoutError::from)),
        None => match recv_now(real, call) {
            Ok(message) => Some(Ok(message)),
            Err(TryRecvError::Disconnected) => Some(Err(RecvTimeoutError::Disconnected)),
            Err(TryRecvError::Empty) => None,
        },
    });
    received.unwrap_or(Err(RecvTimeoutError::Timeout))
}

/// Receives without waiting: from the buffer, or from a sender that stands waiting.
pub(super) fn recv_now<T>(
    real: &real::Receiver<T>,
    call: &QueueCall<'_>,
) -> Result<T, TryRecvError> {
    if real.capacity() == Some(0)
        && let Some(meeting) = call.engage()
    {
        return Ok(call.meet(meeting, || real.recv())?);
    }
    if let Err(error) = look(real, call.stage(), call.seat()) {
        if error == TryRecvError::Disconnected {
            call.finds_the_end();
        }
        return Err(error);
    }
    let message = real.try_recv()?;
    call.wake_other_side();
    call.moved(real.len());
    Ok(message)
}

/// Whether a message is there that no selection has claimed.
pub(super) fn look<T>(
    real: &real::Receiver<T>,
    stage: &Stage,
    seat: &Seat,
) -> Result<(), TryRecvError> {
    let state = stage.lock();
    if real.len() > seat.claims(&state) {
        Ok(())
    } else if seat.is_deserted(&state) {
        Err(TryRecvError::Disconnected)
    } else {
        Err(TryRecvError::Empty)
    }
}

impl<T> Clone for Receiver<T> {
    #[track_caller]
    fn clone(&self) -> Receiver<T> {
        let place = Place::here();
        let source = match &self.source {
            Source::Queue(real) => Source::Queue(real.clone()),
            Source::Timer(timer, deliver) => Source::Timer(timer.clone(), *deliver),
            Source::RealTimer(real, deliver) => Source::RealTimer(real.clone(), *deliver),
        };
        Receiver { source, seat: self.seat.as_ref().map(|seat| seat.cloned(place)) }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}
