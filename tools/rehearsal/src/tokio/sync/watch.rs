//! The mirror of `tokio::sync::watch`: one value that many look at, and that changes.
//!
//! ```
//! # use rehearsal::tokio;
//! # #[tokio::main]
//! # async fn main() {
//! let (state, mut seen) = tokio::sync::watch::channel("starting");
//! state.send("running").unwrap();
//! seen.changed().await.unwrap();
//! assert_eq!(*seen.borrow(), "running");
//! # }
//! ```

use super::wire::Wire;
use crate::{place::Place, stage::At, tokio::turn::in_turn};
use ::tokio::{
    sync::{Notify, watch as real},
    task::coop::cooperative,
};
use std::{
    fmt,
    future::{Future, ready},
    ops::{Deref, DerefMut},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

pub use real::{Ref, error};

/// The one who changes the value; the mirror of [`tokio::sync::watch::Sender`](real::Sender).
///
/// ```
/// let (state, seen) = rehearsal::tokio::sync::watch::channel(1);
/// assert_eq!((*state.borrow(), state.receiver_count()), (1, 1));
/// drop(seen);
/// assert!(state.is_closed());
/// ```
pub struct Sender<T> {
    real: real::Sender<T>,
    bell: Bell,
    wire: Wire,
}

/// One who looks at the value; the mirror of [`tokio::sync::watch::Receiver`](real::Receiver).
///
/// ```
/// let (state, mut seen) = rehearsal::tokio::sync::watch::channel(1);
/// assert!(!seen.has_changed().unwrap());
/// seen.mark_changed();
/// assert!(seen.has_changed().unwrap());
/// drop(state);
/// assert!(seen.has_changed().is_err());
/// ```
pub struct Receiver<T> {
    real: real::Receiver<T>,
    bell: Bell,
    wire: Wire,
}

/// Wakes those who wait for a change in the order in which they came. tokio's own watch spreads them over eight
/// lists by chance, and each run would wake them in another order.
type Bell = Arc<Notify>;

/// A value that begins with `init`.
///
/// ```
/// let (_state, seen) = rehearsal::tokio::sync::watch::channel("starting");
/// assert_eq!(*seen.borrow(), "starting");
/// ```
#[track_caller]
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = real::channel(init);
    let (bell, wire) = (Bell::default(), Wire::new(Some(1), Place::here()));
    (
        Sender { real: sender, bell: bell.clone(), wire: wire.clone() },
        Receiver { real: receiver, bell, wire },
    )
}

impl<T> Sender<T> {
    /// A value that nobody looks at yet.
    ///
    /// ```
    /// let state = rehearsal::tokio::sync::watch::Sender::new(1);
    /// assert_eq!(*state.subscribe().borrow(), 1);
    /// ```
    #[track_caller]
    pub fn new(init: T) -> Sender<T> {
        Sender {
            real: real::Sender::new(init),
            bell: Bell::default(),
            wire: Wire::new(Some(1), Place::here()),
        }
    }

    /// Changes the value. `Err` gives it back when nobody looks any more.
    ///
    /// ```
    /// let (state, seen) = rehearsal::tokio::sync::watch::channel(1);
    /// state.send(2).unwrap();
    /// assert_eq!(*seen.borrow(), 2);
    /// drop(seen);
    /// assert_eq!(state.send(3).unwrap_err().0, 3);
    /// ```
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), error::SendError<T>> {
        let sent = self.real.send(value);
        if sent.is_ok() {
            self.ring(Place::here());
        }
        sent
    }

    /// Changes the value where it stands.
    ///
    /// ```
    /// let (state, seen) = rehearsal::tokio::sync::watch::channel(1);
    /// state.send_modify(|n| *n += 1);
    /// assert_eq!(*seen.borrow(), 2);
    /// ```
    #[track_caller]
    pub fn send_modify(&self, modify: impl FnOnce(&mut T)) {
        self.real.send_modify(modify);
        self.ring(Place::here());
    }

    /// The same; it counts as a change only if `modify` says so.
    ///
    /// ```
    /// let (state, seen) = rehearsal::tokio::sync::watch::channel(1);
    /// assert!(!state.send_if_modified(|_| false));
    /// assert!(!seen.has_changed().unwrap());
    /// ```
    #[track_caller]
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let is_modified = self.real.send_if_modified(modify);
        if is_modified {
            self.ring(Place::here());
        }
        is_modified
    }

    /// Changes the value, also if nobody looks, and gives the last one back.
    ///
    /// ```
    /// let state = rehearsal::tokio::sync::watch::Sender::new(1);
    /// assert_eq!(state.send_replace(2), 1);
    /// ```
    #[track_caller]
    pub fn send_replace(&self, value: T) -> T {
        let before = self.real.send_replace(value);
        self.ring(Place::here());
        before
    }

    /// One more who looks.
    ///
    /// ```
    /// let (state, seen) = rehearsal::tokio::sync::watch::channel(1);
    /// assert!(state.subscribe().same_channel(&seen));
    /// ```
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver { real: self.real.subscribe(), bell: self.bell.clone(), wire: self.wire.clone() }
    }

    fn ring(&self, place: Place) {
        self.wire.replaced(place);
        self.bell.notify_waiters();
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.real.sender_count() == 1 {
            self.bell.notify_waiters();
        }
    }
}

impl<T> Receiver<T> {
    /// Looks at the value, and takes note of it.
    ///
    /// ```
    /// let (state, mut seen) = rehearsal::tokio::sync::watch::channel(1);
    /// state.send(2).unwrap();
    /// assert_eq!(*seen.borrow_and_update(), 2);
    /// assert!(!seen.has_changed().unwrap());
    /// ```
    #[track_caller]
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let place = Place::here();
        let value = self.real.borrow_and_update();
        if value.has_changed() {
            self.wire.seen(place);
        }
        value
    }

    /// Waits until the value is another than the one that was taken note of, and takes note of it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (state, mut seen) = tokio::sync::watch::channel(1);
    /// state.send(2).unwrap();
    /// assert!(seen.changed().await.is_ok());
    /// drop(state);
    /// assert!(seen.changed().await.is_err());
    /// # }
    /// ```
    #[track_caller]
    pub fn changed(&mut self) -> impl Future<Output = Result<(), error::RecvError>> {
        let place = Place::here();
        // As the real one does: a task that always finds a change lets others go on now and then.
        cooperative(async move {
            in_turn(self.wire.thing(), At { call: "changed", place }, ready(())).await;
            let changed = loop {
                let mut rung = pin!(self.bell.notified());
                rung.as_mut().enable();
                if let Some(changed) = at_once(self.real.changed()) {
                    break changed;
                }
                rung.await;
            };
            if changed.is_ok() {
                self.wire.seen(place);
            }
            changed
        })
    }

    /// Waits until the value is as wanted, and takes note of it.
    ///
    /// ```
    /// # use rehearsal::tokio;
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (state, mut seen) = tokio::sync::watch::channel(1);
    /// tokio::spawn(async move { state.send(7) });
    /// assert_eq!(*seen.wait_for(|n| *n > 5).await.unwrap(), 7);
    /// # }
    /// ```
    #[track_caller]
    pub fn wait_for(
        &mut self,
        mut is_wanted: impl FnMut(&T) -> bool,
    ) -> impl Future<Output = Result<Ref<'_, T>, error::RecvError>> {
        let place = Place::here();
        async move {
            in_turn(self.wire.thing(), At { call: "wait_for", place }, ready(())).await;
            let is_here = loop {
                let mut rung = pin!(self.bell.notified());
                rung.as_mut().enable();
                if is_wanted(&self.real.borrow()) {
                    break true;
                }
                if self.real.has_changed().is_err() {
                    break false;
                }
                self.real.mark_unchanged();
                rung.await;
            };
            // It has been asked: this takes note of it, or tells that it never comes.
            let value = self.real.wait_for(|_| is_here).await;
            if value.as_ref().is_ok_and(Ref::has_changed) {
                self.wire.seen(place);
            }
            value
        }
    }
}

/// What a future is ready with now. Whoever is out of tokio's budget is told too: nobody would ask again.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    let future = pin!(::tokio::task::unconstrained(future));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

macro_rules! is_a_handle {
    ($($handle:ident)*) => { $(
        impl<T> Clone for $handle<T> {
            fn clone(&self) -> $handle<T> {
                $handle {
                    real: self.real.clone(),
                    bell: self.bell.clone(),
                    wire: self.wire.clone(),
                }
            }
        }

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

impl<T: Default> Default for Sender<T> {
    #[track_caller]
    fn default() -> Sender<T> {
        Sender::new(T::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::tokio::{runtime::Builder, task::yield_now};
    use std::sync::Mutex;

    const WAITING: usize = 20;

    /// Who is woken by a change, in this order.
    fn woken(change: impl FnOnce(Sender<i32>)) -> Vec<usize> {
        let woken = Arc::new(Mutex::new(Vec::new()));
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (state, seen) = channel(0);
            let waiting: Vec<_> = (0..WAITING)
                .map(|id| {
                    let (mut seen, woken) = (seen.clone(), Arc::clone(&woken));
                    ::tokio::spawn(async move {
                        let result = if id % 2 == 0 {
                            seen.changed().await
                        } else {
                            seen.wait_for(|n| *n > 0).await.map(drop)
                        };
                        woken.lock().unwrap().push(id);
                        result
                    })
                })
                .collect();
            yield_now().await;
            change(state);
            for task in waiting {
                let _ = task.await.unwrap();
            }
        });
        Arc::into_inner(woken).unwrap().into_inner().unwrap()
    }

    #[test]
    fn those_who_wait_are_woken_in_the_order_in_which_they_came() {
        let in_order: Vec<usize> = (0..WAITING).collect();
        for _ in 0..5 {
            assert_eq!(woken(|state| state.send(1).unwrap()), in_order);
            assert_eq!(woken(drop), in_order);
        }
    }

    #[test]
    fn a_task_that_always_finds_a_change_lets_others_go_on() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (state, mut seen) = channel(1);
            let rounds = async {
                loop {
                    state.send(2).unwrap();
                    seen.changed().await.unwrap();
                }
            };
            ::tokio::select! {
                biased;
                () = rounds => {}
                () = yield_now() => {}
            }
        });
    }

    #[test]
    fn a_change_before_the_end_is_seen_first() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (state, mut seen) = channel(1);
            state.send(2).unwrap();
            drop(state);
            assert!(seen.changed().await.is_ok());
            assert!(seen.changed().await.is_err());
            assert_eq!(*seen.wait_for(|n| *n == 2).await.unwrap(), 2);
            assert!(seen.wait_for(|n| *n == 3).await.is_err());
        });
    }
}
