//! The futures of a queue: each notes what it waits for, and where.

use super::{Receiver, Sender, call, moved, real, touches};
use crate::{
    place::Place,
    stage::{At, Awaited, Noted, On, QueueCall, QueueId, Seat, Uses},
    tokio::{trace::told, turn::Turn},
};
use ::async_channel::{RecvError, SendError};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The future of a send.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use rehearsal::async_channel::{Send, bounded};
    ///
    /// let (queue, jobs) = bounded(1);
    /// let sending: Send<u32> = queue.send(1);
    /// sending.await.unwrap();
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// # }
    /// ```
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Send<'a, T> {
        #[pin]
        pub(super) real: real::Send<'a, T>,
        pub(super) sender: &'a Sender<T>,
        pub(super) called: Place,
        pub(super) awaited: Awaited,
        pub(super) turn: Turn,
        pub(super) noted: Option<Noted>,
    }
}

pin_project! {
    /// The future of a receive.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use rehearsal::async_channel::{Recv, bounded};
    ///
    /// let (queue, jobs) = bounded(1);
    /// let receiving: Recv<u32> = jobs.recv();
    /// queue.try_send(1).unwrap();
    /// assert_eq!(receiving.await, Ok(1));
    /// # }
    /// ```
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Recv<'a, T> {
        #[pin]
        pub(super) real: real::Recv<'a, T>,
        pub(super) receiver: &'a Receiver<T>,
        pub(super) called: Place,
        pub(super) awaited: Awaited,
        pub(super) turn: Turn,
        pub(super) noted: Option<Noted>,
    }
}

pin_project! {
    /// The future of a queue's end.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use rehearsal::async_channel::{Closed, bounded};
    ///
    /// let (queue, jobs) = bounded::<u32>(1);
    /// let closed: Closed<u32> = queue.closed();
    /// drop(jobs);
    /// closed.await;
    /// assert!(queue.is_closed());
    /// # }
    /// ```
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Closed<'a, T> {
        #[pin]
        pub(super) real: real::Closed<'a, T>,
        pub(super) queue: Option<QueueId>,
        pub(super) called: Place,
        pub(super) noted: Option<Noted>,
    }
}

// `.await` calls `poll` at its own line, so the caller of `poll` is the line that waits. Within `join!`,
// `timeout` and the like it is a line of tokio's; then the line that made the future is the next best.

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = Place::here();
        let this = self.project();
        let place = place.in_program_or(*this.called);
        this.awaited.is_polled();
        ready!(this.turn.poll(
            uses(this.sender.seat.as_ref()),
            At { call: "send", place },
            context
        ));
        let call = call(this.sender.seat.as_ref(), "send()", place);
        let polled = told(place, || this.real.poll(context));
        match &polled {
            Poll::Ready(Ok(())) => moved(call, this.sender.real.len()),
            Poll::Ready(Err(_)) => finds_the_end(call),
            Poll::Pending => {}
        }
        note(this.noted, call, polled.is_pending());
        polled
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = Place::here();
        let this = self.project();
        let place = place.in_program_or(*this.called);
        this.awaited.is_polled();
        ready!(this.turn.poll(
            uses(this.receiver.seat.as_ref()),
            At { call: "recv", place },
            context
        ));
        let call = call(this.receiver.seat.as_ref(), "recv()", place);
        let polled = told(place, || this.real.poll(context));
        match &polled {
            Poll::Ready(Ok(_)) => moved(call, this.receiver.real.len()),
            Poll::Ready(Err(_)) => finds_the_end(call),
            Poll::Pending => {}
        }
        note(this.noted, call, polled.is_pending());
        polled
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let place = Place::here();
        let this = self.project();
        let place = place.in_program_or(*this.called);
        touches(*this.queue);
        let polled = told(place, || this.real.poll(context));
        if polled.is_ready() {
            *this.noted = None;
        } else if let Some(queue) = *this.queue {
            Noted::keep(this.noted, place, || On::Closed(queue));
        }
        polled
    }
}

/// The queue, as the chooser knows it.
fn uses(seat: Option<&Seat>) -> Uses<'static> {
    seat.map_or(Uses::Unknown, |seat| Uses::Queue(seat.queue()))
}

/// Keeps a wait noted as long as the future is pending.
fn note(noted: &mut Option<Noted>, call: Option<QueueCall<'_>>, is_pending: bool) {
    match call {
        Some(call) if is_pending => call.keep_noted(noted),
        _ => *noted = None,
    }
}

/// Notes a call that came to nothing for good. A loop that goes on all the same never waits any more.
fn finds_the_end(call: Option<QueueCall<'_>>) {
    if let Some(call) = call.filter(|call| call.is_virtual()) {
        call.finds_the_end();
    }
}
