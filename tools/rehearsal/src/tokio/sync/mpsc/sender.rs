//! The sending side of a queue.

use super::{
    OwnedPermit, Permit, PermitIterator, WeakSender, WeakUnboundedSender,
    error::{SendError, SendTimeoutError, TrySendError},
    real,
};
use crate::{
    place::Place,
    stage::At,
    tokio::{
        sync::{Blocking, wire::Wire},
        turn::in_turn,
    },
};
use std::{fmt, future::Future, ops::Deref, time::Duration};

/// The sending side of a queue; the mirror of [`tokio::sync::mpsc::Sender`](real::Sender).
///
/// ```
/// use rehearsal::tokio::sync::mpsc::{Sender, channel};
///
/// let (queue, mut jobs) = channel(2);
/// let other: Sender<u32> = queue.clone();
/// other.try_send(1).unwrap();
/// assert_eq!((queue.capacity(), queue.max_capacity()), (1, 2));
/// assert_eq!(jobs.try_recv(), Ok(1));
/// ```
pub struct Sender<T> {
    pub(super) real: real::Sender<T>,
    pub(super) wire: Wire,
}

/// The sending side of a queue without a limit; the mirror of
/// [`tokio::sync::mpsc::UnboundedSender`](real::UnboundedSender).
///
/// ```
/// use rehearsal::tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
///
/// let (queue, mut jobs) = unbounded_channel();
/// let other: UnboundedSender<u32> = queue.clone();
/// other.send(1).unwrap();
/// assert!(queue.same_channel(&other) && !queue.is_closed());
/// assert_eq!(jobs.try_recv(), Ok(1));
/// ```
pub struct UnboundedSender<T> {
    pub(super) real: real::UnboundedSender<T>,
    pub(super) wire: Wire,
}

impl<T> Sender<T> {
    fn told<E>(&self, sent: Result<(), E>, place: Place) -> Result<(), E> {
        if sent.is_ok() {
            self.wire.sent(place);
        }
        sent
    }

    /// Sends a message, waiting for room. `Err` gives it back when the queue is closed.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, jobs) = tokio::sync::mpsc::channel(1);
    /// queue.send(1).await.unwrap();
    /// drop(jobs);
    /// assert_eq!(queue.send(2).await.unwrap_err().0, 2);
    /// # }
    /// ```
    #[track_caller]
    pub fn send(&self, message: T) -> impl Future<Output = Result<(), SendError<T>>> {
        let place = Place::here();
        async move {
            let sent =
                in_turn(self.wire.thing(), At { call: "send", place }, self.real.send(message))
                    .await;
            self.told(sent, place)
        }
    }

    /// Sends a message, waiting for room no longer than `timeout`.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use rehearsal::time::Duration;
    ///
    /// let (queue, _jobs) = tokio::sync::mpsc::channel(1);
    /// queue.send_timeout(1, Duration::from_millis(1)).await.unwrap();
    /// assert!(queue.send_timeout(2, Duration::from_millis(1)).await.is_err());
    /// # }
    /// ```
    #[track_caller]
    pub fn send_timeout(
        &self,
        message: T,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), SendTimeoutError<T>>> {
        let place = Place::here();
        async move {
            let sending = self.real.send_timeout(message, timeout);
            self.told(
                in_turn(self.wire.thing(), At { call: "send_timeout", place }, sending).await,
                place,
            )
        }
    }

    /// Sends a message if there is room now.
    ///
    /// ```
    /// use rehearsal::tokio::sync::mpsc::error::TrySendError;
    ///
    /// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel(1);
    /// queue.try_send(1).unwrap();
    /// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
    /// ```
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.told(self.real.try_send(message), Place::here())
    }

    /// Sends a message, blocking the thread while there is no room. In a task it panics.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, mut jobs) = tokio::sync::mpsc::channel(1);
    /// let call = tokio::task::spawn_blocking(move || {
    ///     queue.blocking_send(1).unwrap();
    ///     queue.blocking_send(2).unwrap();
    /// });
    /// assert_eq!((jobs.recv().await, jobs.recv().await), (Some(1), Some(2)));
    /// call.await.unwrap();
    /// # }
    /// ```
    #[track_caller]
    pub fn blocking_send(&self, message: T) -> Result<(), SendError<T>> {
        let place = Place::here();
        let sent = match Blocking::in_turn("blocking_send()", place) {
            Some(blocking) => blocking.until(self.real.send(message)),
            None => self.real.blocking_send(message),
        };
        self.told(sent, place)
    }

    fn permit<'a>(&self, real: real::Permit<'a, T>) -> Permit<'a, T> {
        Permit { real, wire: self.wire.clone() }
    }

    /// Waits for room, and keeps it for one message.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, mut jobs) = tokio::sync::mpsc::channel(1);
    /// let permit = queue.reserve().await.unwrap();
    /// assert!(queue.try_send(2).is_err());
    /// permit.send(1);
    /// assert_eq!(jobs.recv().await, Some(1));
    /// # }
    /// ```
    #[track_caller]
    pub fn reserve(&self) -> impl Future<Output = Result<Permit<'_, T>, SendError<()>>> {
        let at = At { call: "reserve", place: Place::here() };
        async move {
            let real = in_turn(self.wire.thing(), at, self.real.reserve()).await;
            real.map(|real| self.permit(real))
        }
    }

    /// Waits for room, and keeps it for `n` messages.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, mut jobs) = tokio::sync::mpsc::channel(2);
    /// for (permit, job) in queue.reserve_many(2).await.unwrap().zip([1, 2]) {
    ///     permit.send(job);
    /// }
    /// assert_eq!((jobs.recv().await, jobs.recv().await), (Some(1), Some(2)));
    /// # }
    /// ```
    #[track_caller]
    pub fn reserve_many(
        &self,
        n: usize,
    ) -> impl Future<Output = Result<PermitIterator<'_, T>, SendError<()>>> {
        let at = At { call: "reserve_many", place: Place::here() };
        async move {
            let real = in_turn(self.wire.thing(), at, self.real.reserve_many(n)).await?;
            Ok(PermitIterator { real, wire: self.wire.clone() })
        }
    }

    /// Waits for room, and keeps it together with the sender.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (queue, mut jobs) = tokio::sync::mpsc::channel(1);
    /// let permit = queue.reserve_owned().await.unwrap();
    /// let _queue = permit.send(1);
    /// assert_eq!(jobs.recv().await, Some(1));
    /// # }
    /// ```
    #[track_caller]
    pub fn reserve_owned(self) -> impl Future<Output = Result<OwnedPermit<T>, SendError<()>>> {
        let at = At { call: "reserve_owned", place: Place::here() };
        async move {
            let Sender { real, wire } = self;
            let real = in_turn(wire.thing(), at, real.reserve_owned()).await;
            real.map(|real| OwnedPermit { real, wire })
        }
    }

    /// Keeps room for one message, if there is any now.
    ///
    /// ```
    /// let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::channel(1);
    /// let permit = queue.try_reserve().unwrap();
    /// assert!(queue.try_reserve().is_err());
    /// permit.send(1);
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// ```
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.real.try_reserve().map(|real| self.permit(real))
    }

    /// Keeps room for `n` messages, if there is so much now.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(2);
    /// assert!(queue.try_reserve_many(3).is_err());
    /// assert_eq!(queue.try_reserve_many(2).unwrap().len(), 2);
    /// ```
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        let real = self.real.try_reserve_many(n)?;
        Ok(PermitIterator { real, wire: self.wire.clone() })
    }

    /// Keeps room for one message together with the sender, if there is any now.
    ///
    /// ```
    /// let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::channel(1);
    /// let permit = queue.clone().try_reserve_owned().unwrap();
    /// assert!(queue.try_reserve_owned().is_err());
    /// permit.send(1);
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// ```
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Sender<T>>> {
        let Sender { real, wire } = self;
        match real.try_reserve_owned() {
            Ok(real) => Ok(OwnedPermit { real, wire }),
            Err(TrySendError::Full(real)) => Err(TrySendError::Full(Sender { real, wire })),
            Err(TrySendError::Closed(real)) => Err(TrySendError::Closed(Sender { real, wire })),
        }
    }

    /// A sender that does not keep the queue open.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(1);
    /// let weak = queue.downgrade();
    /// drop(queue);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { real: self.real.downgrade(), wire: self.wire.clone() }
    }
}

impl<T> UnboundedSender<T> {
    /// Sends a message. `Err` gives it back when the queue is closed.
    ///
    /// ```
    /// let (queue, jobs) = rehearsal::tokio::sync::mpsc::unbounded_channel();
    /// queue.send(1).unwrap();
    /// drop(jobs);
    /// assert_eq!(queue.send(2).unwrap_err().0, 2);
    /// ```
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let sent = self.real.send(message);
        if sent.is_ok() {
            self.wire.sent(Place::here());
        }
        sent
    }

    /// A sender that does not keep the queue open.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::unbounded_channel::<u32>();
    /// let weak = queue.downgrade();
    /// drop(queue);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender { real: self.real.downgrade(), wire: self.wire.clone() }
    }
}

macro_rules! is_a_handle {
    ($($handle:ident)*) => { $(
        impl<T> Clone for $handle<T> {
            fn clone(&self) -> $handle<T> {
                $handle { real: self.real.clone(), wire: self.wire.clone() }
            }
        }

        impl<T> Deref for $handle<T> {
            type Target = real::$handle<T>;

            fn deref(&self) -> &real::$handle<T> {
                &self.real
            }
        }

        impl<T> fmt::Debug for $handle<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    )* };
}

is_a_handle!(Sender UnboundedSender);
