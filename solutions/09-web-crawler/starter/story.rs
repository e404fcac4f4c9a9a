//! The live story on standard error and, on a terminal, a bar below it.

use crate::{eprint, eprintln};
use std::io::{IsTerminal, stderr};
use std::sync::Mutex;

/// How much is known, and how much of it is done.
pub(crate) struct Story {
    counts: Mutex<(usize, usize)>,
    has_bar: bool,
}

impl Default for Story {
    fn default() -> Story {
        let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        Story { counts: Mutex::default(), has_bar: stderr().is_terminal() && !is_dumb }
    }
}

impl Story {
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
        // Back to the start of the line, and clear it.
        eprint!("\r\x1b[2K");
        eprintln!("{line}");
        if done < known {
            let filled = 30 * done / known;
            eprint!("[{:=<filled$}{:<2$}] {done} of {known} known pages", "", "", 30 - filled);
        }
    }
}
