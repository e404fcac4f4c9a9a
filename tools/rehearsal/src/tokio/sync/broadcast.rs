//! The mirror of `tokio::sync::broadcast`: each of many receivers gets each message.
//!
//! ```
//! let (news, mut one) = rehearsal::tokio::sync::broadcast::channel(2);
//! let mut other = news.subscribe();
//! news.send("rain").unwrap();
//! assert_eq!((one.try_recv(), other.try_recv()), (Ok("rain"), Ok("rain")));
//! ```

use super::{
    Blocking,
    wire::{Position, Wire},
};
use crate::{place::Place, stage::At, tokio::turn::in_turn};
use ::tokio::sync::broadcast as real;
use std::{fmt, future::Future, ops::Deref};

use error::{RecvError, SendError, TryRecvError};
pub use real::error;

/// One who sends; the mirror of [`tokio::sync::broadcast::Sender`](real::Sender).
///
/// ```
/// let (news, reader) = rehearsal::tokio::sync::broadcast::channel(2);
/// news.send(1).unwrap();
/// assert_eq!((news.len(), news.receiver_count()), (1, 1));
/// drop(reader);
/// assert!(news.is_empty());
/// ```
pub struct Sender<T> {
    real: real::Sender<T>,
    wire: Wire,
    kept: usize,
}

/// A sender that does not keep the channel open; the mirror of
/// [`tokio::sync::broadcast::WeakSender`](real::WeakSender).
///
/// ```
/// let (news, _reader) = rehearsal::tokio::sync::broadcast::channel::<u32>(2);
/// let weak = news.downgrade();
/// assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
/// ```
pub struct WeakSender<T> {
    real: real::WeakSender<T>,
    wire: Wire,
    kept: usize,
}

/// One who receives; the mirror of [`tokio::sync::broadcast::Receiver`](real::Receiver).
///
/// ```
/// let (news, reader) = rehearsal::tokio::sync::broadcast::channel(2);
/// assert!(reader.is_empty());
/// news.send(1).unwrap();
/// assert_eq!(reader.len(), 1);
/// ```
pub struct Receiver<T> {
    real: real::Receiver<T>,
    wire: Wire,
    /// Where the message stands that it reads next.
    next: Position,
}

/// A channel that keeps up to `capacity` messages, or a few more, for those who have not read them yet.
///
/// ```
/// use rehearsal::tokio::sync::broadcast::{channel, error::TryRecvError};
///
/// let (news, mut reader) = channel(1);
/// news.send(1).unwrap();
/// news.send(2).unwrap();
/// assert_eq!(reader.try_recv(), Err(TryRecvError::Lagged(1)));
/// assert_eq!(reader.try_recv(), Ok(2));
/// ```
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = real::channel(capacity);
    let wire = Wire::new(Some(capacity), Place::here());
    let kept = capacity.next_power_of_two();
    (Sender { real: sender, wire: wire.clone(), kept }, Receiver { real: receiver, wire, next: 0 })
}

impl<T> Sender<T> {
    /// A channel that nobody reads yet.
    ///
    /// ```
    /// let news = rehearsal::tokio::sync::broadcast::Sender::new(2);
    /// assert_eq!(news.send("rain").unwrap_err().0, "rain");
    /// let mut reader = news.subscribe();
    /// news.send("sun").unwrap();
    /// assert_eq!(reader.try_recv(), Ok("sun"));
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Sender<T> {
        let real = real::Sender::new(capacity);
        let wire = Wire::new(Some(capacity), Place::here());
        Sender { real, wire, kept: capacity.next_power_of_two() }
    }

    /// Sends a message to all who read; tells how many. `Err` gives it back when there is nobody.
    ///
    /// ```
    /// let (news, reader) = rehearsal::tokio::sync::broadcast::channel(2);
    /// assert_eq!(news.send(1).unwrap(), 1);
    /// drop(reader);
    /// assert_eq!(news.send(2).unwrap_err().0, 2);
    /// ```
    #[track_caller]
    pub fn send(&self, message: T) -> Result<usize, SendError<T>> {
        let sent = self.real.send(message);
        if sent.is_ok() {
            self.wire.sent_to_many(self.kept, self.real.len(), Place::here());
        }
        sent
    }

    /// One more who reads, from the next message on.
    ///
    /// ```
    /// let (news, _reader) = rehearsal::tokio::sync::broadcast::channel(2);
    /// news.send(1).unwrap();
    /// let mut late = news.subscribe();
    /// news.send(2).unwrap();
    /// assert_eq!(late.try_recv(), Ok(2));
    /// ```
    pub fn subscribe(&self) -> Receiver<T> {
        let real = self.real.subscribe();
        Receiver { real, wire: self.wire.clone(), next: self.wire.next() }
    }

    /// A sender that does not keep the channel open.
    ///
    /// ```
    /// let (news, _reader) = rehearsal::tokio::sync::broadcast::channel::<u32>(2);
    /// let weak = news.downgrade();
    /// drop(news);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { real: self.real.downgrade(), wire: self.wire.clone(), kept: self.kept }
    }
}

impl<T> WeakSender<T> {
    /// A sender, if the channel still has one.
    ///
    /// ```
    /// let (news, mut reader) = rehearsal::tokio::sync::broadcast::channel(2);
    /// news.downgrade().upgrade().unwrap().send(1).unwrap();
    /// assert_eq!(reader.try_recv(), Ok(1));
    /// ```
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let real = self.real.upgrade()?;
        Some(Sender { real, wire: self.wire.clone(), kept: self.kept })
    }
}

/// What was missed, in a receiver's error.
trait Missed {
    fn missed(&self) -> u64;
}

impl Missed for RecvError {
    fn missed(&self) -> u64 {
        if let RecvError::Lagged(n) = self { *n } else { 0 }
    }
}

impl Missed for TryRecvError {
    fn missed(&self) -> u64 {
        if let TryRecvError::Lagged(n) = self { *n } else { 0 }
    }
}

impl<T: Clone> Receiver<T> {
    fn told<E: Missed>(&mut self, received: Result<T, E>, place: Place) -> Result<T, E> {
        match &received {
            Ok(_) => {
                self.wire.read(self.next, self.real.len(), place);
                self.next += 1;
            }
            Err(error) => self.next += error.missed(),
        }
        received
    }

    /// Receives the next message, waiting for it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (news, mut reader) = tokio::sync::broadcast::channel(2);
    /// news.send(1).unwrap();
    /// drop(news);
    /// assert_eq!(reader.recv().await, Ok(1));
    /// assert!(reader.recv().await.is_err());
    /// # }
    /// ```
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = Result<T, RecvError>> {
        let place = Place::here();
        async move {
            let received =
                in_turn(self.wire.thing(), At { call: "recv", place }, self.real.recv()).await;
            self.told(received, place)
        }
    }

    /// Receives the next message if it is there now.
    ///
    /// ```
    /// use rehearsal::tokio::sync::broadcast::{channel, error::TryRecvError};
    ///
    /// let (news, mut reader) = channel(2);
    /// assert_eq!(reader.try_recv(), Err(TryRecvError::Empty));
    /// news.send(1).unwrap();
    /// assert_eq!(reader.try_recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let received = self.real.try_recv();
        self.told(received, Place::here())
    }

    /// Receives the next message, blocking the thread until it is there. In a task it panics.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (news, mut reader) = tokio::sync::broadcast::channel(2);
    /// let call = tokio::task::spawn_blocking(move || reader.blocking_recv());
    /// news.send(1).unwrap();
    /// assert_eq!(call.await.unwrap(), Ok(1));
    /// # }
    /// ```
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        let place = Place::here();
        let received = match Blocking::in_turn("blocking_recv()", place) {
            Some(blocking) => blocking.until(self.real.recv()),
            None => self.real.blocking_recv(),
        };
        self.told(received, place)
    }

    /// One more who reads, from the next message on.
    ///
    /// ```
    /// let (news, reader) = rehearsal::tokio::sync::broadcast::channel(2);
    /// news.send(1).unwrap();
    /// let mut late = reader.resubscribe();
    /// news.send(2).unwrap();
    /// assert_eq!(late.try_recv(), Ok(2));
    /// ```
    pub fn resubscribe(&self) -> Receiver<T> {
        let real = self.real.resubscribe();
        Receiver { real, wire: self.wire.clone(), next: self.wire.next() }
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

        impl<T> fmt::Debug for $handle<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    )* };
}

is_a_handle!(Sender WeakSender Receiver);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        Sender { real: self.real.clone(), wire: self.wire.clone(), kept: self.kept }
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> WeakSender<T> {
        WeakSender { real: self.real.clone(), wire: self.wire.clone(), kept: self.kept }
    }
}
