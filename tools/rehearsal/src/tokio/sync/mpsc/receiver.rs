//! The receiving side of a queue.

use super::{error::TryRecvError, real};
use crate::{
    place::Place,
    stage::At,
    tokio::{
        sync::{Blocking, wire::Wire},
        turn::in_turn,
    },
};
use std::{
    fmt,
    future::Future,
    ops::{Deref, DerefMut},
    task::{Context, Poll},
};

macro_rules! receiver {
    ($receiver:ident, $make:literal, $send:literal) => {
        /// The receiving side of a queue; the mirror of tokio's own type of this name.
        ///
        /// ```
        #[doc = concat!("let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::", $make, ";")]
        #[doc = concat!("queue.", $send, "(1).unwrap();")]
        /// assert_eq!((jobs.len(), jobs.is_empty(), jobs.sender_strong_count()), (1, false, 1));
        /// jobs.close();
        #[doc = concat!("assert!(queue.", $send, "(2).is_err());")]
        /// assert_eq!(jobs.try_recv(), Ok(1));
        /// ```
        pub struct $receiver<T> {
            pub(super) real: real::$receiver<T>,
            pub(super) wire: Wire,
        }

        impl<T> $receiver<T> {
            fn told(&self, messages: usize, place: Place) {
                for _ in 0..messages {
                    self.wire.received(place);
                }
            }

            /// Receives a message, waiting for one; `None` when the queue is empty and closed.
            ///
            /// ```
            /// # use rehearsal::tokio;
            /// # #[tokio::main]
            /// # async fn main() {
            #[doc = concat!("let (queue, mut jobs) = tokio::sync::mpsc::", $make, ";")]
            #[doc = concat!("queue.", $send, "(1).unwrap();")]
            /// drop(queue);
            /// assert_eq!((jobs.recv().await, jobs.recv().await), (Some(1), None));
            /// # }
            /// ```
            #[track_caller]
            pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
                let place = Place::here();
                async move {
                    let message =
                        in_turn(self.wire.thing(), At { call: "recv", place }, self.real.recv())
                            .await;
                    self.told(usize::from(message.is_some()), place);
                    message
                }
            }

            /// Receives up to `limit` messages that are there, waiting for the first; tells how many.
            ///
            /// ```
            /// # use rehearsal::tokio;
            /// # #[tokio::main]
            /// # async fn main() {
            #[doc = concat!("let (queue, mut jobs) = tokio::sync::mpsc::", $make, ";")]
            #[doc = concat!("queue.", $send, "(1).unwrap();")]
            /// let mut batch = Vec::new();
            /// assert_eq!(jobs.recv_many(&mut batch, 10).await, 1);
            /// assert_eq!(batch, [1]);
            /// # }
            /// ```
            #[track_caller]
            pub fn recv_many(
                &mut self,
                buffer: &mut Vec<T>,
                limit: usize,
            ) -> impl Future<Output = usize> {
                let place = Place::here();
                async move {
                    let received = in_turn(
                        self.wire.thing(),
                        At { call: "recv_many", place },
                        self.real.recv_many(buffer, limit),
                    )
                    .await;
                    self.told(received, place);
                    received
                }
            }

            /// Receives a message if there is one now.
            ///
            /// ```
            /// use rehearsal::tokio::sync::mpsc::error::TryRecvError;
            ///
            #[doc = concat!("let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::", $make, ";")]
            /// assert_eq!(jobs.try_recv(), Err(TryRecvError::Empty));
            #[doc = concat!("queue.", $send, "(1).unwrap();")]
            /// drop(queue);
            /// assert_eq!(jobs.try_recv(), Ok(1));
            /// assert_eq!(jobs.try_recv(), Err(TryRecvError::Disconnected));
            /// ```
            #[track_caller]
            pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
                let received = self.real.try_recv();
                self.told(usize::from(received.is_ok()), Place::here());
                received
            }

            /// Receives a message, blocking the thread while there is none. In a task it panics.
            ///
            /// ```
            /// # use rehearsal::tokio;
            /// # #[tokio::main]
            /// # async fn main() {
            #[doc = concat!("let (queue, mut jobs) = tokio::sync::mpsc::", $make, ";")]
            /// let call = tokio::task::spawn_blocking(move || jobs.blocking_recv());
            /// tokio::task::yield_now().await;
            #[doc = concat!("queue.", $send, "(1).unwrap();")]
            /// assert_eq!(call.await.unwrap(), Some(1));
            /// # }
            /// ```
            #[track_caller]
            pub fn blocking_recv(&mut self) -> Option<T> {
                let place = Place::here();
                let message = match Blocking::in_turn("blocking_recv()", place) {
                    Some(blocking) => blocking.until(self.real.recv()),
                    None => self.real.blocking_recv(),
                };
                self.told(usize::from(message.is_some()), place);
                message
            }

            /// Receives up to `limit` messages that are there, blocking the thread while there is none.
            ///
            /// ```
            #[doc = concat!("let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::", $make, ";")]
            #[doc = concat!("queue.", $send, "(1).unwrap();")]
            /// let mut batch = Vec::new();
            /// assert_eq!(jobs.blocking_recv_many(&mut batch, 10), 1);
            /// ```
            #[track_caller]
            pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
                let place = Place::here();
                let received = match Blocking::in_turn("blocking_recv_many()", place) {
                    Some(blocking) => blocking.until(self.real.recv_many(buffer, limit)),
                    None => self.real.blocking_recv_many(buffer, limit),
                };
                self.told(received, place);
                received
            }

            /// Polls for a message.
            ///
            /// ```
            /// # use rehearsal::tokio;
            /// # #[tokio::main]
            /// # async fn main() {
            #[doc = concat!("let (queue, mut jobs) = tokio::sync::mpsc::", $make, ";")]
            #[doc = concat!("queue.", $send, "(1).unwrap();")]
            /// assert_eq!(std::future::poll_fn(|context| jobs.poll_recv(context)).await, Some(1));
            /// # }
            /// ```
            #[track_caller]
            pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
                let polled = self.real.poll_recv(context);
                self.told(usize::from(matches!(polled, Poll::Ready(Some(_)))), Place::here());
                polled
            }

            /// Polls for up to `limit` messages.
            ///
            /// ```
            /// # use rehearsal::tokio;
            /// # #[tokio::main]
            /// # async fn main() {
            #[doc = concat!("let (queue, mut jobs) = tokio::sync::mpsc::", $make, ";")]
            #[doc = concat!("queue.", $send, "(1).unwrap();")]
            /// let mut batch = Vec::new();
            /// let received = std::future::poll_fn(|context| jobs.poll_recv_many(context, &mut batch, 10));
            /// assert_eq!(received.await, 1);
            /// # }
            /// ```
            #[track_caller]
            pub fn poll_recv_many(
                &mut self,
                context: &mut Context<'_>,
                buffer: &mut Vec<T>,
                limit: usize,
            ) -> Poll<usize> {
                let polled = self.real.poll_recv_many(context, buffer, limit);
                if let Poll::Ready(received) = polled {
                    self.told(received, Place::here());
                }
                polled
            }
        }

        impl<T> Deref for $receiver<T> {
            type Target = real::$receiver<T>;

            fn deref(&self) -> &real::$receiver<T> {
                &self.real
            }
        }

        impl<T> DerefMut for $receiver<T> {
            fn deref_mut(&mut self) -> &mut real::$receiver<T> {
                &mut self.real
            }
        }

        impl<T> fmt::Debug for $receiver<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    };
}

receiver!(Receiver, "channel(3)", "try_send");
receiver!(UnboundedReceiver, "unbounded_channel()", "send");
