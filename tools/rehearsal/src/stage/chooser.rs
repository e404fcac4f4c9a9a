//! Who goes next: the one place where the order of a run is decided.
//!
//! | how | is chosen by |
//! |---|---|
//! | the usual order | [`Usual`] |
//! | `--schedule N` | [`chance`]: evenly, with a [`focus`], or by [`ranks`] |
//! | `--schedule N --counts FILE` | [`counted`] |
//! | `--choices FILE` | [`list`], which `--keep-choices` writes |
//!
//! A new way to choose (a person who is asked) is a new implementation of [`Chooser`], and nothing else on
//! the stage has to know of it.

mod chance;
mod counted;
mod focus;
mod list;
mod ranks;

use super::{ActorId, Object};
use crate::{
    dice::Dice,
    settings::{Settings, refuse},
};
use chance::Chance;
use counted::Counted;
use list::{Choice, Given, Kept};
use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

/// One who is ready to act.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) actor: ActorId,
    /// What the next operation uses, as far as that is known.
    pub(crate) uses: Option<Object>,
    /// How often it has asked in vain for what has not come yet.
    pub(crate) vain_tries: u32,
}

impl Candidate {
    /// It waits for somebody else by asking again and again.
    fn is_waiting_busily(&self) -> bool {
        self.vain_tries > 0
    }
}

pub(crate) trait Chooser: Send {
    /// The index, in `ready`, of the one who acts next. There is at least one.
    fn next(&mut self, ready: &[Candidate]) -> usize;

    /// One goes on where nobody else is ready: there is nothing to choose, and a turn is taken all the same.
    fn alone(&mut self, _: Candidate) {}

    /// One of `0..len` things that are equally good: arms of a selection, those who wait for a signal.
    fn any_of(&mut self, len: usize) -> usize;

    /// A duration as this run has it, for one who sleeps or computes.
    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration;

    /// Whether somebody else may go first at any operation, and not only where one would wait.
    fn interrupts(&self) -> bool;
}

/// The chooser of a run on this schedule.
pub(super) fn chosen(settings: &Settings, schedule: Option<u64>) -> Box<dyn Chooser> {
    let chooser: Box<dyn Chooser> = match (&settings.choices, &settings.counts, schedule) {
        (Some(list), ..) => Box::new(Given::new(read(list, "--choices"))),
        (None, Some(list), Some(schedule)) => {
            Box::new(Counted::new(schedule, settings.stretch, &read(list, "--counts")))
        }
        (None, _, Some(schedule)) => Box::new(Chance::new(schedule, settings.stretch)),
        (None, _, None) => Box::new(Usual { fair: Dice::new(0) }),
    };
    let Some(path) = &settings.keep_choices else { return chooser };
    match File::create(path) {
        Ok(file) => Box::new(Kept { chooser, file }),
        Err(error) => refuse_file(path, "--keep-choices", &format!("it can't be written: {error}")),
    }
}

/// The choices in a file that was named after `flag`.
fn read(list: &Path, flag: &str) -> Vec<Choice> {
    let text = fs::read_to_string(list).map_err(|error| format!("it can't be read: {error}"));
    match text.and_then(|text| Choice::all(&text)) {
        Ok(choices) => choices,
        Err(complaint) => refuse_file(list, flag, &complaint),
    }
}

fn refuse_file(path: &Path, flag: &str, complaint: &str) -> ! {
    refuse(&format!("invalid value '{}' for '{flag} <FILE>': {complaint}", path.display()))
}

/// The usual order: whoever has been ready longest.
struct Usual {
    /// For choices that the real library makes at random.
    fair: Dice,
}

impl Chooser for Usual {
    fn next(&mut self, _: &[Candidate]) -> usize {
        0
    }

    fn any_of(&mut self, len: usize) -> usize {
        self.fair.below(len)
    }

    fn stretched(&mut self, _: ActorId, duration: Duration) -> Duration {
        duration
    }

    fn interrupts(&self) -> bool {
        false
    }
}
