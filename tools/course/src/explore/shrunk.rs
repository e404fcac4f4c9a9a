//! What a schedule needs to go wrong, as the program itself finds out.

use super::Trip;
use crate::{
    Result,
    child::{self, Ended},
};
use accord::settings::on_its_own;
use serde_json::Value;
use std::{fs, path::Path, process::Command};

/// The sentence that tells it, and what `--held` takes to play that alone.
pub(super) struct Shrunk {
    pub(super) sentence: String,
    pub(super) hold: String,
}

/// So many times the limit of one run is given to all of the replays.
const RUNS: u32 = 6;

/// Has a schedule shrunk. Nothing where the program can't tell, or takes too long.
pub(super) fn shrunk(program: &Path, trip: &Trip, schedule: u64) -> Result<Option<Shrunk>> {
    let list = std::env::temp_dir().join(format!("handoff-shrunk-{}.jsonl", std::process::id()));
    let mut started = Command::new(program);
    started.args(&trip.flags).args(["--shrink", &schedule.to_string(), "--explored"]).arg(&list);
    on_its_own(started.env("RUST_BACKTRACE", "0"));
    let limit = child::time_limit()?.saturating_mul(RUNS);
    let outcome = child::run(&mut started, limit)?;
    let text = fs::read_to_string(&list).unwrap_or_default();
    // It may not be there: a program that is killed writes none.
    let _ = fs::remove_file(&list);
    let line = text.lines().next().filter(|_| outcome.ended == Ended::Code(1));
    let line = line.and_then(|line| serde_json::from_str::<Value>(line).ok());
    let part = |name: &str| Some(line.as_ref()?[name].as_str()?.to_owned());
    Ok(part("sentence").zip(part("hold")).map(|(sentence, hold)| Shrunk { sentence, hold }))
}
