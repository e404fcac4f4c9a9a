//! What one run plays.

use crate::{
    settings::{Settings, refuse},
    shrink::Token,
};
use std::fs::File;

/// What this process is to play, or one of its children.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// None for the usual order.
    pub(crate) schedule: Option<u64>,
    /// The plain order, with a few who are held.
    pub(crate) hold: Option<Token>,
    /// Somebody reads its report.
    pub(crate) is_told: bool,
    /// Whether it writes down what differs from the plain order.
    pub(crate) is_kept: bool,
    /// The file for that.
    pub(crate) record: Option<File>,
}

impl Part {
    /// One run of many: nobody reads its report.
    pub(super) fn of_schedule(schedule: Option<u64>) -> Part {
        Part { schedule, ..Part::default() }
    }

    /// The same, which writes down what its schedule changes.
    pub(super) fn kept(schedule: u64) -> Part {
        Part { schedule: Some(schedule), is_kept: true, ..Part::default() }
    }

    /// What is left of a schedule, which writes down what comes of it.
    pub(super) fn held(token: &Token) -> Part {
        Part { hold: Some(token.clone()), is_kept: true, ..Part::default() }
    }

    /// Whether it is the usual order.
    pub(super) fn is_usual(&self) -> bool {
        self.schedule.is_none() && self.hold.is_none()
    }

    /// What was asked for.
    pub(super) fn of(settings: &Settings) -> Part {
        let record = settings.keep_holds.as_ref().map(|path| {
            File::create(path).unwrap_or_else(|error| {
                let shown = path.display();
                refuse(&format!(
                    "invalid value '{shown}' for '--keep-holds <FILE>': it can't be written: {error}"
                ))
            })
        });
        Part {
            schedule: settings.schedule,
            hold: settings.hold.clone(),
            is_told: true,
            is_kept: record.is_some(),
            record,
        }
    }
}
