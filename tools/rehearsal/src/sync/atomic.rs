//! The mirror of [`std::sync::atomic`]: numbers, flags and pointers that need no lock.
//!
//! ```
//! use rehearsal::{sync::{Arc, atomic::{AtomicU32, Ordering}}, thread};
//!
//! let count = Arc::new(AtomicU32::new(0));
//! let theirs = count.clone();
//! thread::spawn(move || theirs.fetch_add(1, Ordering::Relaxed)).join().unwrap();
//! assert_eq!(count.load(Ordering::Relaxed), 1);
//! ```
//!
//! Under a schedule somebody else may go first before each operation. One thread runs at a time, so each
//! sees what all others have done: what a weaker [`Ordering`] allows beyond that is not played here. Whoever
//! does not act on the stage, as a thread of std's own, uses the real thing and nothing else.
//!
//! An allocator of the program's own has to count with std's atomics: the stage allocates too.

use crate::{
    place::Place,
    stage::{Call, Numbered},
};
use std::{fmt, sync::atomic as real};

pub use std::sync::atomic::{Ordering, compiler_fence, fence};

/// An operation, after others may have gone first.
#[track_caller]
fn turn(thing: &Numbered) -> Option<Call> {
    let call = Call::of_actor("an atomic operation", Place::here())?;
    call.switch_before(thing);
    Some(call)
}

/// The same for one that changes nothing: a loop of such waits for somebody.
#[track_caller]
fn look(thing: &Numbered) {
    if let Some(call) = turn(thing) {
        call.looks();
    }
}

/// What all atomics can. `$one` and `$other` are two values, for the examples.
macro_rules! atomic {
    ([$($generic:ident)?] $name:ident, $value:ty, $shown:literal, $one:literal, $other:literal) => {
        #[doc = concat!("The mirror of [`std::sync::atomic::", stringify!($name), "`](real::", stringify!($name), ").")]
        ///
        /// ```
        #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering};")]
        ///
        #[doc = concat!("let shared: ", $shown, " = ", stringify!($name), "::new(", $one, ");")]
        #[doc = concat!("assert_eq!(shared.load(Ordering::SeqCst), ", $one, ");")]
        /// ```
        pub struct $name$(<$generic>)? {
            real: real::$name$(<$generic>)?,
            thing: Numbered,
        }

        impl$(<$generic>)? $name$(<$generic>)? {
            /// One that holds `value`.
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::", stringify!($name), ";")]
            ///
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(", $one, ").into_inner(), ", $one, ");")]
            /// ```
            pub const fn new(value: $value) -> Self {
                $name { real: real::$name::new(value), thing: Numbered::new() }
            }

            /// The value, for one who has all of it.
            ///
            /// ```
            #[doc = concat!("let mut shared = rehearsal::sync::atomic::", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("*shared.get_mut() = ", $other, ";")]
            #[doc = concat!("assert_eq!(shared.into_inner(), ", $other, ");")]
            /// ```
            pub fn get_mut(&mut self) -> &mut $value {
                self.real.get_mut()
            }

            /// Takes the value out.
            ///
            /// ```
            #[doc = concat!("let shared = rehearsal::sync::atomic::", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(shared.into_inner(), ", $one, ");")]
            /// ```
            pub fn into_inner(self) -> $value {
                self.real.into_inner()
            }

            /// The value as it is now.
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering};")]
            ///
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(", $one, ").load(Ordering::Acquire), ", $one, ");")]
            /// ```
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                look(&self.thing);
                self.real.load(order)
            }

            /// Replaces the value.
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering};")]
            ///
            #[doc = concat!("let shared = ", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("shared.store(", $other, ", Ordering::Release);")]
            #[doc = concat!("assert_eq!(shared.into_inner(), ", $other, ");")]
            /// ```
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                turn(&self.thing);
                self.real.store(value, order);
            }

            /// Replaces the value, and gives the one that was there.
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering};")]
            ///
            #[doc = concat!("let shared = ", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(shared.swap(", $other, ", Ordering::AcqRel), ", $one, ");")]
            /// ```
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                turn(&self.thing);
                self.real.swap(value, order)
            }

            /// Replaces the value if it is `current`. Gives the one that was there, and whether that was so.
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering::SeqCst};")]
            ///
            #[doc = concat!("let shared = ", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(shared.compare_exchange(", $one, ", ", $other, ", SeqCst, SeqCst), Ok(", $one, "));")]
            #[doc = concat!("assert_eq!(shared.compare_exchange(", $one, ", ", $other, ", SeqCst, SeqCst), Err(", $other, "));")]
            /// ```
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let call = turn(&self.thing);
                let done = self.real.compare_exchange(current, new, success, failure);
                if let (Err(_), Some(call)) = (done, call) {
                    call.looks();
                }
                done
            }

            /// The same, which may fail for nothing: under a schedule it does now and then.
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering::SeqCst};")]
            ///
            #[doc = concat!("let shared = ", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("while shared.compare_exchange_weak(", $one, ", ", $other, ", SeqCst, SeqCst).is_err() {}")]
            #[doc = concat!("assert_eq!(shared.into_inner(), ", $other, ");")]
            /// ```
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let call = turn(&self.thing);
                if call.is_some_and(|call| call.comes_to_nothing()) {
                    return Err(self.real.load(failure));
                }
                let done = self.real.compare_exchange_weak(current, new, success, failure);
                if let (Err(_), Some(call)) = (done, call) {
                    call.looks();
                }
                done
            }

            /// Replaces the value by what `change` makes of it, unless that is `None`. Gives the one that
            /// was there. `change` is asked again where somebody else was faster.
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering::SeqCst};")]
            ///
            #[doc = concat!("let shared = ", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(shared.fetch_update(SeqCst, SeqCst, |_| Some(", $other, ")), Ok(", $one, "));")]
            #[doc = concat!("assert_eq!(shared.fetch_update(SeqCst, SeqCst, |_| None), Err(", $other, "));")]
            /// ```
            #[track_caller]
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut change: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut seen = self.load(fetch_order);
                while let Some(next) = change(seen) {
                    match self.compare_exchange_weak(seen, next, set_order, fetch_order) {
                        Ok(before) => return Ok(before),
                        Err(other) => seen = other,
                    }
                }
                Err(seen)
            }

            /// Where the value stands. What is done there by itself is no operation of the rehearsal's.
            ///
            /// ```
            #[doc = concat!("let shared = rehearsal::sync::atomic::", stringify!($name), "::new(", $one, ");")]
            /// assert!(!shared.as_ptr().is_null());
            /// ```
            pub const fn as_ptr(&self) -> *mut $value {
                self.real.as_ptr()
            }
        }

        impl$(<$generic>)? Default for $name$(<$generic>)? {
            fn default() -> Self {
                $name { real: Default::default(), thing: Numbered::new() }
            }
        }

        impl$(<$generic>)? From<$value> for $name$(<$generic>)? {
            fn from(value: $value) -> Self {
                $name::new(value)
            }
        }

        impl$(<$generic>)? fmt::Debug for $name$(<$generic>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.real.fmt(f)
            }
        }
    };
}

/// Operations that change the value by another and give the one that was there.
macro_rules! fetches {
    ($name:ident, $value:ty: $($fetch:ident $says:literal, $one:literal, $other:literal, $after:literal;)*) => {
        impl $name {$(
            #[doc = $says]
            ///
            /// ```
            #[doc = concat!("use rehearsal::sync::atomic::{", stringify!($name), ", Ordering::SeqCst};")]
            ///
            #[doc = concat!("let shared = ", stringify!($name), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(shared.", stringify!($fetch), "(", $other, ", SeqCst), ", $one, ");")]
            #[doc = concat!("assert_eq!(shared.into_inner(), ", $after, ");")]
            /// ```
            #[track_caller]
            pub fn $fetch(&self, value: $value, order: Ordering) -> $value {
                turn(&self.thing);
                self.real.$fetch(value, order)
            }
        )*}
    };
}

macro_rules! integers {
    ($($name:ident $value:ident $shown:literal)*) => {$(
        atomic!([] $name, $value, $shown, "1", "2");
        fetches! { $name, $value:
            fetch_add "Adds to the value, and gives the one that was there. It wraps around.", "5", "3", "8";
            fetch_sub "Subtracts from the value, and gives the one that was there. It wraps around.", "5", "3", "2";
            fetch_and "Keeps the bits that are set in both, and gives the value that was there.", "5", "3", "1";
            fetch_nand "Sets the bits that are not set in both, and gives the value that was there.", "5", "3", "!1";
            fetch_or "Sets the bits that are set in either, and gives the value that was there.", "5", "3", "7";
            fetch_xor "Sets the bits that differ, and gives the value that was there.", "5", "3", "6";
            fetch_max "Keeps the greater one, and gives the value that was there.", "5", "7", "7";
            fetch_min "Keeps the lesser one, and gives the value that was there.", "5", "3", "3";
        }
    )*};
}

integers! {
    AtomicI8 i8 "AtomicI8"
    AtomicI16 i16 "AtomicI16"
    AtomicI32 i32 "AtomicI32"
    AtomicI64 i64 "AtomicI64"
    AtomicIsize isize "AtomicIsize"
    AtomicU8 u8 "AtomicU8"
    AtomicU16 u16 "AtomicU16"
    AtomicU32 u32 "AtomicU32"
    AtomicU64 u64 "AtomicU64"
    AtomicUsize usize "AtomicUsize"
}

atomic!([] AtomicBool, bool, "AtomicBool", "true", "false");
fetches! { AtomicBool, bool:
    fetch_and "Whether both are true, and gives the value that was there.", "true", "false", "false";
    fetch_nand "Whether not both are true, and gives the value that was there.", "true", "true", "false";
    fetch_or "Whether one is true, and gives the value that was there.", "false", "true", "true";
    fetch_xor "Whether they differ, and gives the value that was there.", "true", "true", "false";
}

impl AtomicBool {
    /// Turns the value round, and gives the one that was there.
    ///
    /// ```
    /// use rehearsal::sync::atomic::{AtomicBool, Ordering};
    ///
    /// let light = AtomicBool::new(true);
    /// assert!(light.fetch_not(Ordering::SeqCst));
    /// assert!(!light.into_inner());
    /// ```
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        turn(&self.thing);
        self.real.fetch_not(order)
    }
}

atomic!([T] AtomicPtr, *mut T, "AtomicPtr<u8>", "std::ptr::null_mut::<u8>()", "std::ptr::dangling_mut::<u8>()");

impl<T> fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.real, f)
    }
}
