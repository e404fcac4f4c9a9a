//! What a bug is to those who measure.

/// A small program that is wrong in one way.
#[derive(Clone, Copy, Debug)]
pub struct Bug {
    /// Its function, with the file: `queues::taken_is_not_done`.
    pub name: &'static str,
    /// What goes wrong in it, in a few words.
    pub kind: &'static str,
    /// Plays it as it is, or without the bug. It panics, or never ends, where the bug shows.
    pub play: fn(right: bool),
}

/// The list of a module's bugs, by kind.
#[macro_export]
macro_rules! bugs {
    (|$play:ident, $right:ident| $how:expr; $($kind:literal: $($file:ident :: $name:ident)+;)+) => {
        /// All of them.
        pub(crate) const BUGS: &[$crate::bug::Bug] = &[$($($crate::bug::Bug {
            name: concat!(stringify!($file), "::", stringify!($name)),
            kind: $kind,
            play: |$right| {
                let $play = $file::$name;
                $how
            },
        },)+)+];
    };
}
pub use crate::bugs;
