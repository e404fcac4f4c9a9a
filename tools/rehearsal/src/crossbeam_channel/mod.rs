//! The mirror of [crossbeam-channel](https://docs.rs/crossbeam-channel): the same channels, on the
//! rehearsal's clock.
//!
//! The messages go through the real channels. Before a call would block, the thread says what it waits
//! for and passes the baton on, and it comes back when the call can go through.
//!
//! ```
//! use rehearsal::{crossbeam_channel as channel, thread};
//!
//! let (queue, items) = channel::bounded(2);
//! let producer = thread::spawn(move || (1..=5).for_each(|item| queue.send(item).unwrap()));
//! assert_eq!(items.iter().sum::<i32>(), 15);
//! producer.join().unwrap();
//! ```

mod iter;
mod select;
mod timer;

use crate::{
    place::Place,
    stage::{Key, Meeting, On, Seat, Side, Stage, Wait, Woke},
    time::{Duration, Instant, now},
};
use ::crossbeam_channel as real;
use std::fmt;
use timer::Timer;

pub use crate::{select, select_biased};
pub use iter::{IntoIter, Iter, TryIter};
pub use real::{
    RecvError, RecvTimeoutError, SelectTimeoutError, SendError, SendTimeoutError, TryRecvError,
    TrySelectError, TrySendError,
};
#[doc(hidden)]
pub use select::go;
pub use select::{Select, SelectedOperation};
pub use timer::{after, at, never, tick};

/// A queue that holds up to `capacity` messages. With 0, each send waits for its receive.
///
/// ```
/// use rehearsal::crossbeam_channel::{TrySendError, bounded};
///
/// let (queue, items) = bounded(1);
/// queue.send(1).unwrap();
/// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
/// assert_eq!(items.recv(), Ok(1));
/// ```
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    mirrored(real::bounded(capacity), Some(capacity), Place::here())
}

/// A queue that holds any number of messages.
///
/// ```
/// let (queue, items) = rehearsal::crossbeam_channel::unbounded();
/// queue.send("here").unwrap();
/// drop(queue);
/// assert_eq!(items.iter().collect::<Vec<_>>(), ["here"]);
/// ```
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    mirrored(real::unbounded(), None, Place::here())
}

fn mirrored<T>(
    (sender, receiver): (real::Sender<T>, real::Receiver<T>),
    capacity: Option<usize>,
    made: Place,
) -> (Sender<T>, Receiver<T>) {
    let (sending, receiving) = Stage::get().map(|stage| Seat::pair(stage, capacity, made)).unzip();
    (
        Sender { real: sender, seat: sending },
        Receiver { source: Source::Queue(receiver), seat: receiving },
    )
}

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
    real: real::Sender<T>,
    seat: Option<Seat>,
}

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
    source: Source<T>,
    seat: Option<Seat>,
}

/// Where a receiver's messages come from.
enum Source<T> {
    Queue(real::Receiver<T>),
    /// The rehearsal's own clock. `T` is `Instant`; the function says so where the types can't.
    Timer(Timer, fn(Instant) -> T),
    /// The real clock, on the paces `real` and `off`.
    RealTimer(real::Receiver<std::time::Instant>, fn(Instant) -> T),
}

/// The virtual instant at which a wait that starts now has to be given up.
fn deadline(stage: &Stage, timeout: Duration) -> Duration {
    stage.now().saturating_add(timeout)
}

impl<T> Sender<T> {
    /// The stage and this handle's seat, where the baton is in force.
    fn virtually(&self) -> Option<(&'static Stage, &Seat)> {
        Stage::get().filter(|stage| stage.is_virtual()).zip(self.seat.as_ref())
    }

    /// Makes a real call on the paces `real` and `off`, and notes it in the first case.
    fn really<E>(
        &self,
        call: &'static str,
        place: Place,
        send: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((stage, seat)) = Stage::get().zip(self.seat.as_ref()) else { return send() };
        let me = stage.me_at(place);
        seat.used(stage, me, place);
        let noted = stage.note_wait(me, Wait { on: On::Send { queue: seat.queue, call }, place });
        let sent = send();
        drop(noted);
        if sent.is_ok() {
            seat.moved(stage, self.real.len(), me, place);
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
        if self.virtually().is_none() {
            return self.really("send()", place, || self.real.send(message));
        }
        self.send_until(message, None, "send()", place)
            .map_err(|error| SendError(error.into_inner()))
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
        match self.virtually() {
            None => {
                self.really("send_timeout()", place, || self.real.send_timeout(message, timeout))
            }
            Some((stage, _)) => {
                self.send_until(message, Some(deadline(stage, timeout)), "send_timeout()", place)
            }
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
        match self.virtually() {
            None => self.really("send_deadline()", place, || {
                self.real.send_deadline(message, deadline.real())
            }),
            Some(_) => self.send_until(message, Some(deadline.0), "send_deadline()", place),
        }
    }

    fn send_until(
        &self,
        mut message: T,
        until: Option<Duration>,
        call: &'static str,
        place: Place,
    ) -> Result<(), SendTimeoutError<T>> {
        let (stage, seat) = self.virtually().expect("the caller has looked");
        let me = stage.me_at(place);
        seat.used(stage, me, place);
        stage.switch_point(me);
        let mut time_is_up = false;
        loop {
            message = match self.send_now(stage, seat, message, call, place) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(message)) => {
                    return Err(SendTimeoutError::Disconnected(message));
                }
                Err(TrySendError::Full(message)) if time_is_up => {
                    return Err(SendTimeoutError::Timeout(message));
                }
                Err(TrySendError::Full(message)) => message,
            };
            let wait = Wait { on: On::Send { queue: seat.queue, call }, place };
            match stage.wait(me, &[Key::Queue(seat.queue, Side::Sending)], until, wait) {
                // As the real call does: one more look, in case that there is room at this very instant.
                Woke::TimedOut => time_is_up = true,
                Woke::Paired => {
                    let sent = stage.met(me, || self.real.send(message));
                    return self.sent(stage, seat, sent, place).map_err(SendTimeoutError::from);
                }
                Woke::Event | Woke::Chosen(..) => {}
            }
        }
    }

    /// Sends without waiting: into the buffer, or to a receiver that stands waiting.
    fn send_now(
        &self,
        stage: &Stage,
        seat: &Seat,
        message: T,
        call: &'static str,
        place: Place,
    ) -> Result<(), TrySendError<T>> {
        let receiving = Key::Queue(seat.queue, Side::Receiving);
        if self.real.capacity() == Some(0)
            && let Some(meeting) = stage.engage(receiving)
        {
            return Ok(self.meet(stage, seat, meeting, message, call, place)?);
        }
        if !self.is_open(stage, seat) {
            return Err(TrySendError::Full(message));
        }
        let sent = self.real.try_send(message);
        match &sent {
            Ok(()) => stage.wake(receiving, 1),
            Err(_) => stage.notice_end(stage.me(), place, call),
        }
        self.sent(stage, seat, sent, place)
    }

    /// Whether a send would not wait: there is room that no selection has claimed, or all receivers are gone.
    fn is_open(&self, stage: &Stage, seat: &Seat) -> bool {
        let state = stage.lock();
        let taken = self.real.len() + state.claims(seat.queue, Side::Sending);
        self.real.capacity().is_none_or(|capacity| taken < capacity)
            || state.is_deserted(seat.queue, Side::Receiving)
    }

    /// Our half of a rendezvous.
    fn meet(
        &self,
        stage: &Stage,
        seat: &Seat,
        meeting: Meeting,
        message: T,
        call: &'static str,
        place: Place,
    ) -> Result<(), SendError<T>> {
        let wait = Wait { on: On::Send { queue: seat.queue, call }, place };
        let sent = stage.meet(stage.me(), meeting, wait, || self.real.send(message));
        self.sent(stage, seat, sent, place)
    }

    /// Notes that a message went out, if it did.
    fn sent<E>(
        &self,
        stage: &Stage,
        seat: &Seat,
        sent: Result<(), E>,
        place: Place,
    ) -> Result<(), E> {
        if sent.is_ok() {
            seat.moved(stage, self.real.len(), stage.me(), place);
        }
        sent
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
        let Some((stage, seat)) = self.virtually() else {
            let sent = self.real.try_send(message);
            if let (Some(stage), Some(seat), Ok(())) = (Stage::get(), &self.seat, &sent) {
                seat.moved(stage, self.real.len(), stage.me(), place);
            }
            return sent;
        };
        let me = stage.me();
        seat.used(stage, me, place);
        stage.switch_point(me);
        let sent = self.send_now(stage, seat, message, "try_send()", place);
        if let Err(TrySendError::Full(_)) = sent {
            stage.fruitless(me, place, "try_send()");
        }
        sent
    }

    #[track_caller]
    fn look(&self, call: &'static str) {
        if let Some((stage, _)) = self.virtually() {
            let me = stage.me();
            stage.switch_point(me);
            stage.notice_look(me, Place::here(), call);
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

impl<T> Receiver<T> {
    fn virtually(&self) -> Option<(&'static Stage, &Seat)> {
        Stage::get().filter(|stage| stage.is_virtual()).zip(self.seat.as_ref())
    }

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

    fn recv_at(&self, call: &'static str, place: Place) -> Result<T, RecvError> {
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
        call: &'static str,
        place: Place,
    ) -> Result<T, RecvTimeoutError> {
        match &self.source {
            Source::Timer(timer, deliver) => timer.recv(until, call, place).map(deliver),
            Source::RealTimer(real, deliver) => {
                really_recv(real, until).map(|instant| deliver(Instant::of_real(instant)))
            }
            Source::Queue(real) => match self.virtually() {
                Some((stage, seat)) => self.recv_virtually(real, stage, seat, until, call, place),
                None => self.recv_noted(real, until, call, place),
            },
        }
    }

    /// Makes a real call on the paces `real` and `off`, and notes it in the first case.
    fn recv_noted(
        &self,
        real: &real::Receiver<T>,
        until: Option<Duration>,
        call: &'static str,
        place: Place,
    ) -> Result<T, RecvTimeoutError> {
        let Some((stage, seat)) = Stage::get().zip(self.seat.as_ref()) else {
            return really_recv(real, until);
        };
        let me = stage.me_at(place);
        seat.used(stage, me, place);
        let noted =
            stage.note_wait(me, Wait { on: On::Receive { queue: seat.queue, call }, place });
        let received = really_recv(real, until);
        drop(noted);
        if received.is_ok() {
            seat.moved(stage, real.len(), me, place);
        }
        received
    }

    fn recv_virtually(
        &self,
        real: &real::Receiver<T>,
        stage: &Stage,
        seat: &Seat,
        until: Option<Duration>,
        call: &'static str,
        place: Place,
    ) -> Result<T, RecvTimeoutError> {
        let me = stage.me_at(place);
        seat.used(stage, me, place);
        stage.switch_point(me);
        let mut time_is_up = false;
        loop {
            match recv_now(real, stage, seat, call, place) {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) if time_is_up => return Err(RecvTimeoutError::Timeout),
                Err(TryRecvError::Empty) => {}
            }
            let wait = Wait { on: On::Receive { queue: seat.queue, call }, place };
            match stage.wait(me, &[Key::Queue(seat.queue, Side::Receiving)], until, wait) {
                // As the real call does: one more look, in case that a message came at this very instant.
                Woke::TimedOut => time_is_up = true,
                Woke::Paired => {
                    let received = stage.met(me, || real.recv());
                    return received_by(real, stage, seat, received, place)
                        .map_err(RecvTimeoutError::from);
                }
                Woke::Event | Woke::Chosen(..) => {}
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
                let Some((stage, seat)) = self.virtually() else {
                    let received = real.try_recv();
                    if let (Some(stage), Some(seat), Ok(_)) = (Stage::get(), &self.seat, &received)
                    {
                        seat.moved(stage, real.len(), stage.me(), place);
                    }
                    return received;
                };
                let me = stage.me();
                seat.used(stage, me, place);
                stage.switch_point(me);
                recv_now(real, stage, seat, "try_recv()", place)
            }
        };
        if let (Err(TryRecvError::Empty), Some(stage)) = (&received, Stage::get()) {
            stage.fruitless(stage.me(), place, "try_recv()");
        }
        received
    }

    #[track_caller]
    fn look(&self, call: &'static str) {
        if let Some((stage, _)) = self.virtually() {
            let me = stage.me();
            stage.switch_point(me);
            stage.notice_look(me, Place::here(), call);
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

/// Receives without waiting: from the buffer, or from a sender that stands waiting.
fn recv_now<T>(
    real: &real::Receiver<T>,
    stage: &Stage,
    seat: &Seat,
    call: &'static str,
    place: Place,
) -> Result<T, TryRecvError> {
    let sending = Key::Queue(seat.queue, Side::Sending);
    if real.capacity() == Some(0)
        && let Some(meeting) = stage.engage(sending)
    {
        return Ok(meet(real, stage, seat, meeting, call, place)?);
    }
    if let Err(error) = look(real, stage, seat) {
        if error == TryRecvError::Disconnected {
            stage.notice_end(stage.me(), place, call);
        }
        return Err(error);
    }
    let message = real.try_recv()?;
    stage.wake(sending, 1);
    received_by(real, stage, seat, Ok(message), place)
}

/// Whether a message is there that no selection has claimed.
fn look<T>(real: &real::Receiver<T>, stage: &Stage, seat: &Seat) -> Result<(), TryRecvError> {
    let state = stage.lock();
    if real.len() > state.claims(seat.queue, Side::Receiving) {
        Ok(())
    } else if state.is_deserted(seat.queue, Side::Sending) {
        Err(TryRecvError::Disconnected)
    } else {
        Err(TryRecvError::Empty)
    }
}

/// Our half of a rendezvous.
fn meet<T>(
    real: &real::Receiver<T>,
    stage: &Stage,
    seat: &Seat,
    meeting: Meeting,
    call: &'static str,
    place: Place,
) -> Result<T, RecvError> {
    let wait = Wait { on: On::Receive { queue: seat.queue, call }, place };
    let received = stage.meet(stage.me(), meeting, wait, || real.recv());
    received_by(real, stage, seat, received, place)
}

/// Notes that a message came in, if it did.
fn received_by<T, E>(
    real: &real::Receiver<T>,
    stage: &Stage,
    seat: &Seat,
    received: Result<T, E>,
    place: Place,
) -> Result<T, E> {
    if received.is_ok() {
        seat.moved(stage, real.len(), stage.me(), place);
    }
    received
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
        let source = match &self.source {
            Source::Queue(real) => Source::Queue(real.clone()),
            Source::Timer(timer, deliver) => Source::Timer(timer.clone(), *deliver),
            Source::RealTimer(real, deliver) => Source::RealTimer(real.clone(), *deliver),
        };
        Receiver { source, seat: self.seat.as_ref().map(|seat| seat.cloned(place)) }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}
