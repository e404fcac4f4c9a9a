//! The mirror of `tokio::sync::oneshot`: one message, from one to one.
//!
//! ```
//! # use rehearsal::tokio;
//! # #[tokio::main]
//! # async fn main() {
//! let (reply, answer) = tokio::sync::oneshot::channel();
//! tokio::spawn(async move { reply.send(42).unwrap() });
//! assert_eq!(answer.await, Ok(42));
//! # }
//! ```

use super::{Blocking, wire::Wire};
use crate::{
    place::Place,
    stage::{At, Uses},
    tokio::turn::Turn,
};
use ::tokio::sync::oneshot as real;
use std::{
    fmt,
    future::Future,
    ops::{Deref, DerefMut},
    pin::Pin,
    task::{Context, Poll, ready},
};

pub use real::error;

/// The one who sends the message; the mirror of [`tokio::sync::oneshot::Sender`](real::Sender).
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let (mut reply, answer) = tokio::sync::oneshot::channel::<u32>();
/// drop(answer);
/// reply.closed().await;
/// assert!(reply.is_closed());
/// # }
/// ```
pub struct Sender<T> {
    real: real::Sender<T>,
    wire: Wire,
}

/// The one who waits for the message; the mirror of [`tokio::sync::oneshot::Receiver`](real::Receiver).
///
/// ```
/// let (reply, mut answer) = rehearsal::tokio::sync::oneshot::channel();
/// assert!(answer.is_empty());
/// answer.close();
/// assert_eq!(reply.send(1), Err(1));
/// ```
pub struct Receiver<T> {
    real: real::Receiver<T>,
    wire: Wire,
    turn: Turn,
}

/// A sender and a receiver for one message.
///
/// ```
/// let (reply, mut answer) = rehearsal::tokio::sync::oneshot::channel();
/// reply.send(1).unwrap();
/// assert_eq!(answer.try_recv(), Ok(1));
/// ```
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = real::channel();
    let wire = Wire::new(Some(1), Place::here());
    (
        Sender { real: sender, wire: wire.clone() },
        Receiver { real: receiver, wire, turn: Turn::default() },
    )
}

impl<T> Sender<T> {
    /// Sends the message. `Err` gives it back when nobody waits for it any more.
    ///
    /// ```
    /// let (reply, answer) = rehearsal::tokio::sync::oneshot::channel();
    /// drop(answer);
    /// assert_eq!(reply.send(1), Err(1));
    /// ```
    #[track_caller]
    pub fn send(self, message: T) -> Result<(), T> {
        let sent = self.real.send(message);
        if sent.is_ok() {
            self.wire.sent(Place::here());
        }
        sent
    }
}

impl<T> Receiver<T> {
    fn told<E>(&self, received: Result<T, E>, place: Place) -> Result<T, E> {
        if received.is_ok() {
            self.wire.received(place);
        }
        received
    }

    /// Receives the message if it is there now.
    ///
    /// ```
    /// use rehearsal::tokio::sync::oneshot::{channel, error::TryRecvError};
    ///
    /// let (reply, mut answer) = channel::<u32>();
    /// assert_eq!(answer.try_recv(), Err(TryRecvError::Empty));
    /// drop(reply);
    /// assert_eq!(answer.try_recv(), Err(TryRecvError::Closed));
    /// ```
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, error::TryRecvError> {
        let received = self.real.try_recv();
        self.told(received, Place::here())
    }

    /// Receives the message, blocking the thread until it is there. In a task it panics.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (reply, answer) = tokio::sync::oneshot::channel();
    /// let call = tokio::task::spawn_blocking(move || answer.blocking_recv());
    /// reply.send(1).unwrap();
    /// assert_eq!(call.await.unwrap(), Ok(1));
    /// # }
    /// ```
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, error::RecvError> {
        let place = Place::here();
        let Receiver { real, wire, .. } = self;
        let received = match Blocking::in_turn("blocking_recv()", place) {
            Some(blocking) => blocking.until(real),
            None => real.blocking_recv(),
        };
        if received.is_ok() {
            wire.received(place);
        }
        received
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, error::RecvError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = Place::here();
        let Receiver { wire, turn, .. } = &mut *self;
        ready!(turn.poll(Uses::Thing(wire.thing()), At { call: "recv", place }, context));
        let polled = Pin::new(&mut self.real).poll(context);
        polled.map(|received| self.told(received, place))
    }
}

macro_rules! is_a_handle {
    ($($handle:ident)*) => { $(
        impl<T> Deref for $handle<T> {
            type Target = real::$handle<T>;

            fn deref(&self) -> &real::$handle<T> {
                &self.real
            }
        }

        impl<T> DerefMut for $handle<T> {
            fn deref_mut(&mut self) -> &mut real::$handle<T> {
                &mut self.real
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $handle<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    )* };
}

is_a_handle!(Sender Receiver);
