//! The live story on standard error and, on a terminal, a bar below it.

use crate::flags::Args;
use crate::{eprint, eprintln};
use std::io::{IsTerminal, stderr};
use std::sync::Mutex;

pub(crate) struct Story {
    /// How many pages are known, and how many of them are done.
    counts: Mutex<(usize, usize)>,
    has_bar: bool,
}

impl Story {
    pub(crate) fn of(args: &Args) -> Story {
        Story { counts: Mutex::default(), has_bar: has_bar(args) }
    }

    /// One page more is known.
    pub(crate) fn knows_one_more(&self) {
        self.counts.lock().unwrap().0 += 1;
    }

    /// One page more is done, and this is what was found.
    pub(crate) fn tell(&self, line: String) {
        let mut counts = self.counts.lock().unwrap();
        counts.1 += 1;
        let (known, done) = *counts;
        if !self.has_bar {
            eprintln!("{line}");
            return;
        }
        eprint!("{CLEAR}");
        eprintln!("{line}");
        let filled = 30 * done / known.max(1);
        eprint!("[{:=<filled$}{:<2$}] {done} of {known} pages", "", "", 30 - filled);
    }
}

/// Tells what happened beside the pages. The bar comes back with the next page.
pub(crate) fn tell_aside(args: &Args, line: &str) {
    let clear = if has_bar(args) { CLEAR } else { "" };
    eprintln!("{clear}{line}");
}

/// Makes room for a line where the bar is.
pub(crate) fn clear_bar(args: &Args) {
    if has_bar(args) {
        eprint!("{CLEAR}");
    }
}

/// To the start of the line, and clear it.
const CLEAR: &str = "\r\x1b[2K";

/// The network that is made up tells each request, and leaves no line for a bar.
fn has_bar(args: &Args) -> bool {
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    stderr().is_terminal() && !is_dumb && !args.stub
}
