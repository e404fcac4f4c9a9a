//! Senders that do not keep a queue open.

use super::{Sender, UnboundedSender, real};
use crate::tokio::sync::wire::Wire;
use std::{fmt, ops::Deref};

/// A sender that does not keep the queue open; the mirror of [`tokio::sync::mpsc::WeakSender`](real::WeakSender).
///
/// ```
/// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::channel::<u32>(1);
/// let weak = queue.downgrade();
/// assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
/// ```
pub struct WeakSender<T> {
    pub(super) real: real::WeakSender<T>,
    pub(super) wire: Wire,
}

/// The same for a queue without a limit; the mirror of
/// [`tokio::sync::mpsc::WeakUnboundedSender`](real::WeakUnboundedSender).
///
/// ```
/// let (queue, _jobs) = rehearsal::tokio::sync::mpsc::unbounded_channel::<u32>();
/// let weak = queue.downgrade();
/// assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
/// ```
pub struct WeakUnboundedSender<T> {
    pub(super) real: real::WeakUnboundedSender<T>,
    pub(super) wire: Wire,
}

macro_rules! is_weak {
    ($($weak:ident $strong:ident $make:literal)*) => { $(
        impl<T> $weak<T> {
            /// A sender, if the queue still has one.
            ///
            /// ```
            #[doc = concat!("let (queue, mut jobs) = rehearsal::tokio::sync::mpsc::", $make, ";")]
            /// let weak = queue.downgrade();
            /// let other = weak.upgrade().unwrap();
            /// drop((queue, other));
            /// assert!(weak.upgrade().is_none());
            /// assert!(jobs.try_recv().is_err());
            /// ```
            pub fn upgrade(&self) -> Option<$strong<T>> {
                Some($strong { real: self.real.upgrade()?, wire: self.wire.clone() })
            }
        }

        impl<T> Clone for $weak<T> {
            fn clone(&self) -> $weak<T> {
                $weak { real: self.real.clone(), wire: self.wire.clone() }
            }
        }

        impl<T> Deref for $weak<T> {
            type Target = real::$weak<T>;

            fn deref(&self) -> &real::$weak<T> {
                &self.real
            }
        }

        impl<T> fmt::Debug for $weak<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    )* };
}

is_weak!(
    WeakSender Sender "channel::<u32>(1)"
    WeakUnboundedSender UnboundedSender "unbounded_channel::<u32>()"
);
