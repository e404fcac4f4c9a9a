//! Shrinks a failing schedule of each bug, and keeps what came of it.

use crate::{
    bug::Bug,
    measure::{explored, of_child},
};
use serde_json::Value;
use std::process::Command;

/// What is left of a failing schedule.
pub(crate) struct Shrunk {
    pub(crate) name: &'static str,
    pub(crate) schedule: u64,
    pub(crate) before: u64,
    /// None where only the number of the schedule plays it again.
    pub(crate) left: Option<Left>,
}

pub(crate) struct Left {
    pub(crate) preemptions: u64,
    pub(crate) causes: u64,
    pub(crate) replays: u64,
    pub(crate) hold: String,
    pub(crate) sentence: String,
}

/// The first schedule that fails, of each bug of which one does.
pub(crate) fn of(set: &str, bugs: &[Bug], from: u64, schedules: usize) -> Vec<Shrunk> {
    let shrunk = bugs.iter().filter_map(|bug| {
        let range = format!("{from}..{}", from + schedules as u64);
        let ends = explored(play(set, bug).args(["--explore", &range]), bug.name);
        let failed = ends.iter().skip(1).find(|end| end["exit"] != 0)?;
        let schedule = failed["schedule"].as_u64().expect("it has a number");
        let told = explored(play(set, bug).args(["--shrink", &schedule.to_string()]), bug.name);
        Some(read(bug.name, schedule, told.first().expect("it has failed, so there is a line")))
    });
    shrunk.collect()
}

fn play(set: &str, bug: &Bug) -> Command {
    let mut command = of_child();
    command.args(["play", set, bug.name]);
    command
}

fn read(name: &'static str, schedule: u64, line: &Value) -> Shrunk {
    let number = |key: &str| line[key].as_u64();
    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let left = number("replays").map(|replays| Left {
        preemptions: number("preemptions").unwrap_or_default(),
        causes: number("causes").unwrap_or_default(),
        replays,
        hold: text("hold"),
        sentence: text("sentence"),
    });
    Shrunk { name, schedule, before: number("preemptions_before").unwrap_or_default(), left }
}
