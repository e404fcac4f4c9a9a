//! Iterators over the messages of a queue.

use std::iter::FusedIterator;

crate::iterators::iterators!("crossbeam_channel", "unbounded");

impl<T> FusedIterator for Iter<'_, T> {}
impl<T> FusedIterator for IntoIter<T> {}
