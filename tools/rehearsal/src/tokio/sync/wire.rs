//! Numbers for the tape: of tokio's channels and their messages, and of tokio's locks.

use crate::{
    place::Place,
    stage::{Numbered, Stage, State},
    tape::Line,
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A channel, as the tape and the chooser know it. All its handles have the same one.
#[derive(Clone)]
pub(super) struct Wire {
    known: Option<Arc<Known>>,
    numbered: Arc<Numbered>,
}

/// None where no tape is written.
struct Known {
    queue: u64,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    /// The numbers of the messages that are in it, the oldest first.
    messages: VecDeque<u64>,
    /// How many were in it once, and are no more.
    gone: u64,
}

/// Where a message of a channel with many readers stands: the first ever has 0.
pub(super) type Position = u64;

impl Wire {
    pub(super) fn new(capacity: Option<usize>, place: Place) -> Wire {
        Stage::loses_sight();
        let mut known = None;
        if let Some(stage) = Stage::get() {
            stage.tells_tape("queue", |state, line| {
                let queue = state.number_a_queue();
                line.number("queue", queue);
                if let Some(capacity) = capacity {
                    line.number("capacity", capacity);
                }
                line.place(place);
                known = Some(Arc::new(Known { queue, under_way: Mutex::default() }));
            });
        }
        Wire { known, numbered: Arc::default() }
    }

    /// The channel, as the chooser knows it.
    pub(super) fn thing(&self) -> &Numbered {
        &self.numbered
    }

    /// Tells the tape of something that happens here. Where no order is known, messages have no numbers.
    fn tell(
        &self,
        event: &str,
        place: Place,
        fill: impl FnOnce(&mut State, &mut Line, &mut UnderWay),
    ) {
        let Some((known, stage)) = self.known.as_ref().zip(Stage::get()) else { return };
        let mut under_way = known.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        stage.tells_tape(event, |state, line| {
            line.number("queue", known.queue);
            if stage.is_virtual() {
                fill(state, line, &mut under_way);
            }
            line.place(place);
        });
    }

    /// A message went in.
    pub(super) fn sent(&self, place: Place) {
        self.tell("send", place, |state, line, under_way| {
            let message = state.number_a_message();
            under_way.messages.push_back(message);
            line.number("depth", under_way.messages.len()).number("message", message);
        });
    }

    /// A message went out.
    pub(super) fn received(&self, place: Place) {
        self.tell("recv", place, |_, line, under_way| {
            let message = under_way.messages.pop_front();
            line.number("depth", under_way.messages.len());
            tell_message(line, message);
        });
    }

    /// A message went in, in place of the one that was there.
    pub(super) fn replaced(&self, place: Place) {
        self.tell("send", place, |state, line, under_way| {
            let message = state.number_a_message();
            let displaced = under_way.messages.pop_front();
            under_way.messages.push_back(message);
            line.number("depth", 1).number("message", message);
            if let Some(displaced) = displaced {
                line.number("displaced", displaced);
            }
        });
    }

    /// Somebody took note of the message that is there, and it stays.
    pub(super) fn seen(&self, place: Place) {
        self.tell("recv", place, |_, line, under_way| {
            line.number("depth", 1);
            tell_message(line, under_way.messages.front().copied());
        });
    }

    /// A message went in that each of many may read; not more than `most` are kept.
    pub(super) fn sent_to_many(&self, most: usize, depth: usize, place: Place) {
        self.tell("send", place, |state, line, under_way| {
            let message = state.number_a_message();
            under_way.messages.push_back(message);
            line.number("depth", depth).number("message", message);
            if under_way.messages.len() > most {
                under_way.messages.pop_front();
                under_way.gone += 1;
            }
        });
    }

    /// One of many has read a message, and has `depth` more to read.
    pub(super) fn read(&self, position: Position, depth: usize, place: Place) {
        self.tell("recv", place, |_, line, under_way| {
            let index = position.checked_sub(under_way.gone).and_then(|n| usize::try_from(n).ok());
            line.number("depth", depth);
            tell_message(line, index.and_then(|n| under_way.messages.get(n).copied()));
        });
    }

    /// Where the next message will stand.
    pub(super) fn next(&self) -> Position {
        let Some(known) = &self.known else { return 0 };
        let under_way = known.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.gone + under_way.messages.len() as u64
    }
}

fn tell_message(line: &mut Line, message: Option<u64>) {
    if let Some(message) = message {
        line.number("message", message);
    }
}

/// A lock, a semaphore or a signal, as the tape knows it: its number is given with its first line there.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tag {
    number: AtomicU64,
    thing: Numbered,
}

impl Tag {
    pub(super) const fn new() -> Tag {
        Tag { number: AtomicU64::new(0), thing: Numbered::new() }
    }

    /// The same, as the chooser knows it.
    pub(super) fn thing(&self) -> &Numbered {
        &self.thing
    }

    /// Tells the tape what is done with it.
    pub(super) fn tell(&self, event: &str, fill: impl FnOnce(&mut Line)) {
        let Some(stage) = Stage::get() else { return };
        Stage::loses_sight();
        stage.tells_tape(event, |state, line| {
            if self.number.load(Ordering::Relaxed) == 0 {
                self.number.store(state.number_a_lock(), Ordering::Relaxed);
            }
            line.number("lock", self.number.load(Ordering::Relaxed));
            fill(line);
        });
    }
}
