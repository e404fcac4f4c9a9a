//! Iterators over the messages of a queue. They know the line of the loop that they are in.

use super::Receiver;
use crate::place::Place;
use std::fmt;

const CALL: &str = "the loop over the queue";

/// Receives until all senders are gone; made by [`Receiver::iter`].
///
/// ```
/// use rehearsal::sync::mpsc::{Iter, channel};
///
/// let (queue, items) = channel();
/// queue.send(7).unwrap();
/// drop(queue);
/// let mut all: Iter<u32> = items.iter();
/// assert_eq!((all.next(), all.next()), (Some(7), None));
/// ```
pub struct Iter<'a, T> {
    pub(super) receiver: &'a Receiver<T>,
    pub(super) place: Place,
}

/// Receives what is there now; made by [`Receiver::try_iter`].
///
/// ```
/// use rehearsal::sync::mpsc::{TryIter, channel};
///
/// let (queue, items) = channel();
/// queue.send(7).unwrap();
/// let mut present: TryIter<u32> = items.try_iter();
/// assert_eq!((present.next(), present.next()), (Some(7), None));
/// ```
pub struct TryIter<'a, T> {
    pub(super) receiver: &'a Receiver<T>,
}

/// Receives until all senders are gone, and owns the receiver.
///
/// ```
/// use rehearsal::sync::mpsc::{IntoIter, channel};
///
/// let (queue, items) = channel();
/// queue.send(7).unwrap();
/// drop(queue);
/// let all: IntoIter<u32> = items.into_iter();
/// assert_eq!(all.collect::<Vec<_>>(), [7]);
/// ```
pub struct IntoIter<T> {
    receiver: Receiver<T>,
    place: Place,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(CALL, self.place).ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(CALL, self.place).ok()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self, place: Place::here() }
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Iter { .. }")
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("TryIter { .. }")
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("IntoIter { .. }")
    }
}
