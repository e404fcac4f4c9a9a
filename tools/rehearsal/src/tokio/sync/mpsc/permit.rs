//! Room for messages that is kept.

use super::{Sender, real};
use crate::{place::Place, tokio::sync::wire::Wire};
use std::{fmt, iter::FusedIterator};

/// Room for one message; the mirror of [`tokio::sync::mpsc::Permit`](real::Permit).
///
/// ```
/// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(1);
/// let permit = queue.try_reserve().unwrap();
/// assert_eq!(queue.capacity(), 0);
/// drop(permit);
/// assert_eq!(queue.capacity(), 1);
/// ```
pub struct Permit<'a, T> {
    pub(super) real: real::Permit<'a, T>,
    pub(super) wire: Wire,
}

/// Room for several messages; the mirror of [`tokio::sync::mpsc::PermitIterator`](real::PermitIterator).
///
/// ```
/// let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::channel(2);
/// let mut permits = queue.try_reserve_many(2).unwrap();
/// permits.next().unwrap().send(1);
/// drop(permits);
/// assert_eq!((queue.capacity(), jobs.try_recv()), (1, Ok(1)));
/// ```
pub struct PermitIterator<'a, T> {
    pub(super) real: real::PermitIterator<'a, T>,
    pub(super) wire: Wire,
}

/// Room for one message, and the sender; the mirror of [`tokio::sync::mpsc::OwnedPermit`](real::OwnedPermit).
///
/// ```
/// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(2);
/// let permit = queue.clone().try_reserve_owned().unwrap();
/// let other = queue.clone().try_reserve_owned().unwrap();
/// assert!(permit.same_channel(&other) && permit.same_channel_as_sender(&queue));
/// ```
pub struct OwnedPermit<T> {
    pub(super) real: real::OwnedPermit<T>,
    pub(super) wire: Wire,
}

impl<T> Permit<'_, T> {
    /// Sends a message where there is room for it.
    ///
    /// ```
    /// let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::channel(1);
    /// queue.try_reserve().unwrap().send(1);
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn send(self, message: T) {
        self.real.send(message);
        self.wire.sent(Place::here());
    }
}

impl<T> OwnedPermit<T> {
    /// Sends a message where there is room for it, and gives the sender back.
    ///
    /// ```
    /// let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::channel(1);
    /// let queue = queue.try_reserve_owned().unwrap().send(1);
    /// assert!(queue.try_send(2).is_err());
    /// assert_eq!(jobs.try_recv(), Ok(1));
    /// ```
    #[track_caller]
    pub fn send(self, message: T) -> Sender<T> {
        let real = self.real.send(message);
        self.wire.sent(Place::here());
        Sender { real, wire: self.wire }
    }

    /// Gives the sender back without sending.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(1);
    /// let queue = queue.try_reserve_owned().unwrap().release();
    /// assert_eq!(queue.capacity(), 1);
    /// ```
    pub fn release(self) -> Sender<T> {
        Sender { real: self.real.release(), wire: self.wire }
    }

    /// Whether both belong to the same queue.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(2);
    /// let permit = queue.clone().try_reserve_owned().unwrap();
    /// assert!(permit.same_channel(&queue.try_reserve_owned().unwrap()));
    /// ```
    pub fn same_channel(&self, other: &OwnedPermit<T>) -> bool {
        self.real.same_channel(&other.real)
    }

    /// Whether it belongs to the same queue as a sender.
    ///
    /// ```
    /// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(1);
    /// let permit = queue.clone().try_reserve_owned().unwrap();
    /// assert!(permit.same_channel_as_sender(&queue));
    /// ```
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.real.same_channel_as_sender(&sender.real)
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        Some(Permit { real: self.real.next()?, wire: self.wire.clone() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.real.size_hint()
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.real.fmt(f)
    }
}
