//! Plays a program with a tape.

use super::{model::Run, tape::Tape};
use crate::{
    Error, Result,
    child::{self, Ended, Outcome},
    explore, leash, play, status,
    workspace::Exercise,
};
use accord::settings::on_its_own;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a program ends with that refuses its flags.
const BAD_INPUT: i32 = 2;

/// A run that was played, or that was kept.
pub(super) struct Recording {
    pub(super) run: Run,
    /// How the program ended; nothing where only its tape is there.
    pub(super) outcome: Option<Outcome>,
}

impl Recording {
    /// The run of a tape that somebody has kept.
    pub(super) fn kept(path: &Path, marks: &[String]) -> Result<Recording> {
        let about = |why: &dyn std::fmt::Display| {
            Error::Input(format!("{} can't be drawn: {why}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| about(&error))?;
        let tape = Tape::read(&text).map_err(|error| about(&error))?;
        let name = path.file_name().unwrap_or_default().display().to_string();
        Ok(Recording { run: Run::of(&tape, name, marks), outcome: None })
    }
}

/// An exercise's own program, built.
pub(super) struct Player<'a> {
    exercise: &'a Exercise,
    program: PathBuf,
    goes_outside: bool,
}

impl<'a> Player<'a> {
    pub(super) fn built(exercise: &'a Exercise) -> Result<Player<'a>> {
        let program = explore::built(exercise)?;
        Ok(Player { exercise, program, goes_outside: exercise.goes_outside()? })
    }

    /// Plays it once. A line that holds one of `marks` is a mark.
    pub(super) fn play(
        &self,
        flags: &[OsString],
        marks: &[String],
        nth: usize,
    ) -> Result<Recording> {
        let typed = explore::command(self.exercise, flags, &[]);
        let words: Vec<String> =
            flags.iter().map(|flag| flag.to_string_lossy().into_owned()).collect();
        let taken = ["--tape", "--explore"]
            .into_iter()
            .find(|taken| words.iter().any(|word| word.split('=').next() == Some(*taken)));
        if let Some(taken) = taken {
            return Err(Error::Input(format!(
                "{typed}: one run is drawn, from a tape of its own: without {taken}"
            )));
        }
        if play::pace_chosen(&words) == Some("off") {
            return Err(Error::Input(format!("{typed}: on the pace off there is no tape")));
        }
        let tape = tape(std::process::id(), nth);
        leash::leaves(&tape);
        let mut command = Command::new(&self.program);
        command.args(flags).arg("--tape").arg(&tape);
        if play::needs_pace(&words, self.goes_outside) {
            command.args(["--pace", "instant"]);
        }
        on_its_own(command.env("RUST_BACKTRACE", "0"));
        status("playing …");
        let outcome = child::run(&mut command, child::time_limit()?);
        status("");
        let text = fs::read_to_string(&tape);
        let _ = fs::remove_file(&tape);
        let (outcome, text) = (outcome?, text.unwrap_or_default());
        refused(&typed, &outcome, &tape, &text)?;
        let run = Run::of(&Tape::read(&text)?, typed, marks);
        Ok(Recording { run, outcome: Some(outcome) })
    }
}

/// Where a process keeps the tape of a run that it plays.
pub(crate) fn tape(process: u32, nth: usize) -> PathBuf {
    std::env::temp_dir().join(format!("handoff-timeline-{process}-{nth}.jsonl"))
}

/// Where there is no tape, the program says why.
fn refused(typed: &str, outcome: &Outcome, tape: &Path, text: &str) -> Result<()> {
    let said = outcome.stderr.trim();
    if outcome.ended == Ended::Code(BAD_INPUT) {
        return Err(Error::Input(format!("{typed} ends with exit code 2, for bad input:\n{said}")));
    }
    if text.is_empty() {
        let tape = tape.display();
        let ended = outcome.ended;
        return Err(Error::Failed(format!(
            "{typed} has left no tape in {tape} ({ended}):\n{said}"
        )));
    }
    Ok(())
}
