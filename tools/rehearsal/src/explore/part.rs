//! What one run of a program plays.

use crate::{
    settings::{Settings, refuse},
    shrink::Token,
};
use std::fs::File;

/// What this process is to play.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// None for the usual order.
    pub(crate) schedule: Option<u64>,
    /// The plain order, with a few who are held.
    pub(crate) hold: Option<Token>,
    /// Whether it writes down what differs from the plain order.
    pub(crate) is_kept: bool,
    /// The file for that.
    pub(crate) record: Option<File>,
}

impl Part {
    /// What was asked for.
    pub(crate) fn of(settings: &Settings) -> Part {
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
            is_kept: record.is_some(),
            record,
        }
    }
}
