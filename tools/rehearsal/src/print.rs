//! Printing on the rehearsal's clock.

use crate::{
    place::Place,
    stage::{At, Stage, Uses, exit},
};
use std::{
    fmt,
    io::{self, ErrorKind, Write},
};

#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// Prints what the macros of this crate were given.
#[doc(hidden)]
#[track_caller]
pub fn print(stream: Stream, text: fmt::Arguments<'_>, newline: bool) {
    let mut text = text.to_string();
    if newline {
        text.push('\n');
    }
    if let Some(stage) = Stage::get() {
        if stage.is_over() {
            return;
        }
        let me = stage.me();
        let place = Place::here();
        stage.switch_point(me, Uses::Output, At { call: "print", place });
        {
            let mut state = stage.lock();
            let line = text.strip_suffix('\n');
            let (line, goes_on) = (line.unwrap_or(&text), line.is_none());
            state.learn_name(me, line);
            state.made_progress();
            if let Some(actor) = state.cast_mut().get_mut(me) {
                actor.last = Some(place);
            }
            let name = if stream == Stream::Out { "stdout" } else { "stderr" };
            state.tell("print", me, |event| {
                event.text("stream", name).text("line", line);
                if goes_on {
                    event.number("goes_on", 1);
                }
            });
        }
        stage.catch_up();
    }
    let printed = match stream {
        Stream::Out => io::stdout().lock().write_all(text.as_bytes()),
        Stream::Err => io::stderr().lock().write_all(text.as_bytes()),
    };
    match printed {
        // `program | head`: the reader has seen enough. That is no fault of the program's.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        Err(error) if stream == Stream::Out => panic!("failed printing to stdout: {error}"),
        _ => {}
    }
}

/// Prints a line at the present instant of the rehearsal's clock; the mirror of [`std::println!`].
///
/// An actor's first line that begins with `[Name]` names it in reports and on the tape.
/// A closed pipe (`program | head`) ends the program quietly.
///
/// ```
/// use rehearsal::println;
///
/// println!("[Producer] Added job: {}", 1);
/// ```
#[macro_export]
macro_rules! println {
    () => { $crate::print::print($crate::print::Stream::Out, ::core::format_args!(""), true) };
    ($($text:tt)*) => { $crate::print::print($crate::print::Stream::Out, ::core::format_args!($($text)*), true) };
}

/// The mirror of [`std::print!`].
///
/// ```
/// rehearsal::print!("no line ends here");
/// ```
#[macro_export]
macro_rules! print {
    ($($text:tt)*) => { $crate::print::print($crate::print::Stream::Out, ::core::format_args!($($text)*), false) };
}

/// The mirror of [`std::eprintln!`].
///
/// ```
/// rehearsal::eprintln!("undelivered: {}", 3);
/// ```
#[macro_export]
macro_rules! eprintln {
    () => { $crate::print::print($crate::print::Stream::Err, ::core::format_args!(""), true) };
    ($($text:tt)*) => { $crate::print::print($crate::print::Stream::Err, ::core::format_args!($($text)*), true) };
}

/// The mirror of [`std::eprint!`].
///
/// ```
/// rehearsal::eprint!("no line ends here");
/// ```
#[macro_export]
macro_rules! eprint {
    ($($text:tt)*) => { $crate::print::print($crate::print::Stream::Err, ::core::format_args!($($text)*), false) };
}

/// The mirror of [`std::dbg!`].
///
/// ```
/// let doubled = rehearsal::dbg!(21 * 2);
/// assert_eq!(doubled, 42);
/// ```
#[macro_export]
macro_rules! dbg {
    () => { $crate::eprintln!("[{}:{}:{}]", ::core::file!(), ::core::line!(), ::core::column!()) };
    ($value:expr $(,)?) => {
        match $value {
            value => {
                $crate::eprintln!(
                    "[{}:{}:{}] {} = {:#?}",
                    ::core::file!(), ::core::line!(), ::core::column!(), ::core::stringify!($value), &value
                );
                value
            }
        }
    };
    ($($value:expr),+ $(,)?) => { ($($crate::dbg!($value)),+,) };
}
