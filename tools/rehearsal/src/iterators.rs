//! Iterators over the messages of a queue: those of crossbeam-channel and of std are alike.

/// The iterators of a module's `Receiver`, which know the line of the loop that they are in.
///
/// For the examples: the module, and its function that makes a queue without a limit.
macro_rules! iterators {
    ($module:literal, $make:literal) => {
        use super::Receiver;
        use crate::place::Place;
        use std::fmt;

        const CALL: &str = "the loop over the queue";

        /// Receives until all senders are gone; made by [`Receiver::iter`].
        ///
        /// ```
        #[doc = concat!("use rehearsal::", $module, "::{Iter, ", $make, "};")]
        ///
        #[doc = concat!("let (queue, items) = ", $make, "();")]
        /// queue.send(7).unwrap();
        /// drop(queue);
        /// let mut all: Iter<u32> = items.iter();
        /// assert_eq!((all.next(), all.next()), (Some(7), None));
        /// ```
        pub struct Iter<'a, T> {
            receiver: &'a Receiver<T>,
            place: Place,
        }

        /// Receives what is there now; made by [`Receiver::try_iter`].
        ///
        /// ```
        #[doc = concat!("use rehearsal::", $module, "::{TryIter, ", $make, "};")]
        ///
        #[doc = concat!("let (queue, items) = ", $make, "();")]
        /// queue.send(7).unwrap();
        /// let mut present: TryIter<u32> = items.try_iter();
        /// assert_eq!((present.next(), present.next()), (Some(7), None));
        /// ```
        pub struct TryIter<'a, T> {
            receiver: &'a Receiver<T>,
        }

        /// Receives until all senders are gone, and owns the receiver.
        ///
        /// ```
        #[doc = concat!("use rehearsal::", $module, "::{IntoIter, ", $make, "};")]
        ///
        #[doc = concat!("let (queue, items) = ", $make, "();")]
        /// queue.send(7).unwrap();
        /// drop(queue);
        /// let all: IntoIter<u32> = items.into_iter();
        /// assert_eq!(all.collect::<Vec<_>>(), [7]);
        /// ```
        pub struct IntoIter<T> {
            receiver: Receiver<T>,
            place: Place,
        }

        impl<T> Receiver<T> {
            /// An iterator that waits for each message and ends when all senders are gone.
            ///
            /// ```
            #[doc = concat!("let (queue, items) = rehearsal::", $module, "::", $make, "();")]
            /// queue.send(1).unwrap();
            /// queue.send(2).unwrap();
            /// drop(queue);
            /// assert_eq!(items.iter().sum::<i32>(), 3);
            /// ```
            #[track_caller]
            pub fn iter(&self) -> Iter<'_, T> {
                Iter { receiver: self, place: Place::here() }
            }

            /// An iterator over the messages that are there now.
            ///
            /// ```
            #[doc = concat!("let (queue, items) = rehearsal::", $module, "::", $make, "();")]
            /// queue.send(1).unwrap();
            /// assert_eq!(items.try_iter().count(), 1);
            /// ```
            pub fn try_iter(&self) -> TryIter<'_, T> {
                TryIter { receiver: self }
            }
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
    };
}
pub(crate) use iterators;
