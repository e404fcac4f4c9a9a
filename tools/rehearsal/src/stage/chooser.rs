//! Who goes next: the one place where the order of a run is decided.
//!
//! | how | is chosen by |
//! |---|---|
//! | the usual order | [`Usual`] |
//! | `--schedule N` | [`chance`]: evenly, with a [`focus`], or by [`ranks`] |
//! | `--schedule N --counts FILE` | [`counted`] |
//! | `--choices FILE` | [`list`], which `--keep-choices` writes |
//! | `--held TEXT` | [`held`]: the [`plain`] order, but for a few who are held |
//! | `--choose LIST` | [`asked`]: the [`plain`] order, but at the choices that the list names |
//!
//! [`log`] writes down, for `--keep-holds`, where any of them differs from the plain order.
//!
//! A new way to choose is a new implementation of [`Chooser`], and nothing else on the stage has to know of it.

mod asked;
mod chance;
mod counted;
mod focus;
mod held;
mod list;
mod log;
mod plain;
mod ranks;

use super::{ActorId, Object, Who};
use crate::{
    dice::Dice,
    explore::Part,
    place::Place,
    settings::{Settings, refuse},
};
use asked::Asked;
pub(crate) use asked::Picks;
use chance::Chance;
use counted::Counted;
use held::Held;
use list::{Choice, Given, Kept};
use log::{Compared, Log};
use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

/// Who goes on where nobody does, so that time passes.
pub(crate) const CLOCK: ActorId = ActorId::MAX;

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

/// A call of the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) call: &'static str,
    pub(crate) place: Place,
}

/// One of `0..len` is to be picked, for somebody who acts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick<'a> {
    pub(crate) what: For<'a>,
    pub(crate) len: usize,
    pub(crate) by: ActorId,
}

/// What is picked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum For<'a> {
    /// Who is woken, of these.
    Wake(&'a [ActorId]),
    /// The arm of a selection that goes first.
    Arm,
    /// 0 has an operation come to nothing that may do so at any time.
    Nothing,
    /// 0 has a future dropped where it waits.
    Drop,
    /// 0 has a task let others go first.
    Turn,
}

/// A choice that is about to be made.
pub(crate) struct Question {
    /// Its number, from 1 on.
    pub(crate) nth: u64,
    /// What could be taken, the usual first.
    pub(crate) order: Vec<usize>,
    /// Somebody is asked: the program ends here.
    pub(crate) is_asked: bool,
}

/// Something for the tape: that an actor is held, or what else `--held` does.
pub(crate) struct News {
    pub(crate) actor: ActorId,
    pub(crate) place: Place,
    pub(crate) hold: String,
}

pub(crate) trait Chooser: Send {
    /// The index, in `ready`, of the one who acts next. There is at least one.
    fn next(&mut self, ready: &[Candidate]) -> usize;

    /// One goes on where nobody else is ready: there is nothing to choose, and a turn is taken all the same.
    fn alone(&mut self, _: Candidate) {}

    /// One of several things that are equally good: arms of a selection, those who wait for a signal.
    fn any_of(&mut self, pick: Pick<'_>) -> usize;

    /// Whether a task lets others go first, where it would not have to wait. One in so many does.
    fn steps_aside(&mut self, task: ActorId, one_in: usize) -> bool {
        self.any_of(Pick { what: For::Turn, len: one_in, by: task }) == 0
    }

    /// A duration as this run has it, for one who sleeps or computes.
    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration;

    /// An actor is about to make a call. What follows here is for those who choose by where actors stand.
    fn comes_to(&mut self, _: ActorId, _: At) {}

    /// It waits there, and will be woken.
    fn waits(&mut self, _: ActorId, _: At) {}

    /// The runtime turns to a task.
    fn is_polled(&mut self, _: ActorId) {}

    /// An actor comes, or has told its name.
    fn knows(&mut self, _: ActorId, _: &Who) {}

    /// Something for the tape.
    fn news(&mut self) -> Option<News> {
        None
    }

    /// Who goes next is about to be chosen: the number of that choice, for those who count them.
    fn question(&mut self, _: &[Candidate]) -> Option<Question> {
        None
    }

    /// The same for what is picked.
    fn question_of(&mut self, _: Pick<'_>) -> Option<Question> {
        None
    }

    /// The call by which an actor stands, for those who know.
    fn stands(&self, _: ActorId) -> Option<At> {
        None
    }

    /// Whether time may pass though somebody is ready: then the clock is one of those who may go next.
    fn may_wait_for_the_clock(&self) -> bool {
        false
    }

    /// Whether somebody else may go first at any operation, and not only where one would wait.
    fn interrupts(&self) -> bool;
}

/// The chooser of a run on this schedule.
pub(super) fn chosen(settings: &Settings, part: Part) -> Box<dyn Chooser> {
    let Part { schedule, hold, record, .. } = part;
    let log = Log::to(record);
    if let Some(token) = hold {
        return kept(settings, Box::new(Held::new(token, log)));
    }
    if let Some(picks) = &settings.choose {
        let asked: Box<dyn Chooser> = Box::new(Asked::new(picks.clone(), settings.ask));
        return if log.is_kept() { Box::new(Compared::new(asked, log)) } else { asked };
    }
    let chooser: Box<dyn Chooser> = match (&settings.choices, &settings.counts, schedule) {
        (Some(list), ..) => Box::new(Given::new(read(list, "--choices"))),
        (None, Some(list), Some(schedule)) => {
            Box::new(Counted::new(schedule, settings.stretch, &read(list, "--counts")))
        }
        (None, _, Some(schedule)) => Box::new(Chance::new(schedule, settings.stretch)),
        (None, _, None) => Box::new(Usual { fair: Dice::new(0) }),
    };
    if !log.is_kept() {
        return kept(settings, chooser);
    }
    kept(settings, Box::new(Compared::new(chooser, log)))
}

/// A chooser whose choices are kept, where that was asked for.
fn kept(settings: &Settings, chooser: Box<dyn Chooser>) -> Box<dyn Chooser> {
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

/// The methods of a chooser that tells another one all that it hears.
macro_rules! forwarded {
    () => {
        fn comes_to(&mut self, actor: ActorId, at: At) {
            self.chooser.comes_to(actor, at);
        }

        fn waits(&mut self, actor: ActorId, at: At) {
            self.chooser.waits(actor, at);
        }

        fn is_polled(&mut self, task: ActorId) {
            self.chooser.is_polled(task);
        }

        fn news(&mut self) -> Option<News> {
            self.chooser.news()
        }

        fn knows(&mut self, actor: ActorId, who: &Who) {
            self.chooser.knows(actor, who);
        }

        fn may_wait_for_the_clock(&self) -> bool {
            self.chooser.may_wait_for_the_clock()
        }
    };
}
use forwarded;

/// The usual order: whoever has been ready longest.
struct Usual {
    /// For choices that the real library makes at random.
    fair: Dice,
}

impl Chooser for Usual {
    fn next(&mut self, _: &[Candidate]) -> usize {
        0
    }

    fn any_of(&mut self, pick: Pick<'_>) -> usize {
        self.fair.below(pick.len)
    }

    fn stretched(&mut self, _: ActorId, duration: Duration) -> Duration {
        duration
    }

    fn interrupts(&self) -> bool {
        false
    }
}
