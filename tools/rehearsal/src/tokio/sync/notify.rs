//! A signal without a value.

use super::{shelf::Shelf, wire::Tag};
use crate::{
    place::Place,
    stage::{At, Uses},
    tokio::turn::Turn,
};
use ::tokio::sync::{self as real, futures as real_futures};
use pin_project_lite::pin_project;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

/// Wakes those who wait; the mirror of [`tokio::sync::Notify`](real::Notify).
///
/// ```
/// # use rehearsal::tokio;
/// # #[tokio::main]
/// # async fn main() {
/// let bell = tokio::sync::Notify::new();
/// bell.notify_one();
/// bell.notified().await;
/// # }
/// ```
pub struct Notify {
    real: Shelf<real::Notify, ()>,
    tag: Tag,
}

impl Notify {
    /// A signal that nobody has given yet.
    ///
    /// ```
    /// rehearsal::tokio::sync::Notify::new().notify_waiters();
    /// ```
    pub fn new() -> Notify {
        Notify::const_new()
    }

    /// The same, for a constant.
    ///
    /// ```
    /// use rehearsal::tokio::sync::Notify;
    ///
    /// static BELL: Notify = Notify::const_new();
    /// BELL.notify_one();
    /// ```
    pub const fn const_new() -> Notify {
        Notify { real: Shelf::new((), |()| real::Notify::new()), tag: Tag::new() }
    }

    fn told(&self, place: Place) {
        self.tag.tell("notify", |line| {
            line.place(place);
        });
    }

    /// Wakes the one that has waited longest, or the next that comes.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let bell = tokio::sync::Notify::new();
    /// bell.notify_one();
    /// bell.notify_one();
    /// bell.notified().await;
    /// # }
    /// ```
    #[track_caller]
    pub fn notify_one(&self) {
        self.told(Place::here());
        self.real.lock().notify_one();
    }

    /// Wakes the one that came last, or the next that comes.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let bell = tokio::sync::Notify::new();
    /// bell.notify_last();
    /// bell.notified().await;
    /// # }
    /// ```
    #[track_caller]
    pub fn notify_last(&self) {
        self.told(Place::here());
        self.real.lock().notify_last();
    }

    /// Wakes all who wait now.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let bell = tokio::sync::Notify::new();
    /// let waiting = bell.notified();
    /// bell.notify_waiters();
    /// waiting.await;
    /// # }
    /// ```
    #[track_caller]
    pub fn notify_waiters(&self) {
        self.told(Place::here());
        self.real.lock().notify_waiters();
    }

    /// Waits for the signal.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let bell = std::sync::Arc::new(tokio::sync::Notify::new());
    /// let theirs = bell.clone();
    /// tokio::spawn(async move { theirs.notify_one() });
    /// bell.notified().await;
    /// # }
    /// ```
    #[track_caller]
    pub fn notified(&self) -> Notified<'_> {
        let real = self.real.lock().notified();
        Notified { real, tag: &self.tag, called: Place::here(), turn: Turn::default() }
    }

    /// The same, with a share of the signal.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let bell = std::sync::Arc::new(tokio::sync::Notify::new());
    /// let waiting = tokio::spawn(bell.clone().notified_owned());
    /// bell.notify_one();
    /// waiting.await.unwrap();
    /// # }
    /// ```
    #[track_caller]
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        let real = self.real.lock().clone().notified_owned();
        OwnedNotified { real, notify: self, called: Place::here(), turn: Turn::default() }
    }
}

impl Default for Notify {
    fn default() -> Notify {
        Notify::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

pin_project! {
    /// The future of a signal; the mirror of [`tokio::sync::futures::Notified`](real_futures::Notified).
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use tokio::sync::{Notify, futures::Notified};
    ///
    /// let bell = Notify::new();
    /// let waiting: Notified<'_> = bell.notified();
    /// bell.notify_waiters();
    /// waiting.await;
    /// # }
    /// ```
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct Notified<'a> {
        #[pin]
        real: real_futures::Notified<'a>,
        tag: &'a Tag,
        called: Place,
        turn: Turn,
    }
}

pin_project! {
    /// The future of a signal that it has a share of; the mirror of
    /// [`tokio::sync::futures::OwnedNotified`](real_futures::OwnedNotified).
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// use tokio::sync::{Notify, futures::OwnedNotified};
    ///
    /// let bell = std::sync::Arc::new(Notify::new());
    /// let waiting: OwnedNotified = bell.clone().notified_owned();
    /// bell.notify_waiters();
    /// waiting.await;
    /// # }
    /// ```
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct OwnedNotified {
        #[pin]
        real: real_futures::OwnedNotified,
        notify: Arc<Notify>,
        called: Place,
        turn: Turn,
    }
}

fn tell_notified(tag: &Tag, place: Place) {
    tag.tell("notified", |line| {
        line.place(place);
    });
}

impl Notified<'_> {
    /// Joins those who wait before the first `.await`; tells whether the signal is there already.
    ///
    /// ```
    /// let bell = rehearsal::tokio::sync::Notify::new();
    /// let mut waiting = std::pin::pin!(bell.notified());
    /// assert!(!waiting.as_mut().enable());
    /// bell.notify_one();
    /// assert!(waiting.as_mut().enable());
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().real.enable()
    }
}

impl OwnedNotified {
    /// Joins those who wait before the first `.await`; tells whether the signal is there already.
    ///
    /// ```
    /// let bell = std::sync::Arc::new(rehearsal::tokio::sync::Notify::new());
    /// let mut waiting = std::pin::pin!(bell.clone().notified_owned());
    /// assert!(!waiting.as_mut().enable());
    /// bell.notify_one();
    /// assert!(waiting.as_mut().enable());
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.project().real.enable()
    }
}

fn notified_at(place: Place) -> At {
    At { call: "notified", place }
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        ready!(this.turn.poll(Uses::Thing(this.tag.thing()), notified_at(*this.called), context));
        let polled = this.real.poll(context);
        if polled.is_ready() {
            tell_notified(this.tag, *this.called);
        }
        polled
    }
}

impl Future for OwnedNotified {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        ready!(this.turn.poll(
            Uses::Thing(this.notify.tag.thing()),
            notified_at(*this.called),
            context
        ));
        let polled = this.real.poll(context);
        if polled.is_ready() {
            tell_notified(&this.notify.tag, *this.called);
        }
        polled
    }
}
