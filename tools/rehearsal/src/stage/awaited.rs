//! Futures that nobody awaits: without a poll they do nothing, and nobody is told.

use super::{Stage, whoami};
use crate::place::Place;
use std::sync::{Mutex, PoisonError};

/// Whether a future was polled. If it is dropped before, and no other that was made at its place ever was,
/// the tape is told.
///
/// One alone says little: an arm of a `select!` is dropped unpolled where an earlier arm was ready.
pub(crate) struct Awaited {
    call: &'static str,
    place: Place,
    polled: bool,
}

/// What is known of the futures that were made at a place.
struct Known {
    place: Place,
    polled: bool,
}

static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());

impl Awaited {
    pub(crate) fn not_yet(call: &'static str, place: Place) -> Awaited {
        Awaited { call, place, polled: false }
    }

    /// Notes a poll, as cheaply as can be: there is one for each step of a future.
    pub(crate) fn is_polled(&mut self) {
        if !std::mem::replace(&mut self.polled, true) && self.is_news() {
            self.tell("awaited");
        }
    }

    /// Keeps whether it was polled; tells whether that differs from what was known of its place.
    fn is_news(&self) -> bool {
        if Stage::get().is_none() {
            return false;
        }
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        match known.iter_mut().find(|known| known.place == self.place) {
            Some(known) => self.polled && !std::mem::replace(&mut known.polled, true),
            None => {
                known.push(Known { place: self.place, polled: self.polled });
                !self.polled
            }
        }
    }

    fn tell(&self, event: &str) {
        if let (Some(stage), Some(me)) = (Stage::get(), whoami::me()) {
            stage.lock().tell(event, me, |line| {
                line.text("call", self.call).place(self.place);
            });
        }
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if !self.polled && self.is_news() {
            self.tell("not awaited");
        }
    }
}
