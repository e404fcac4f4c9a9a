//! Draws a run of an exercise's own program: who did what, when, and why it waited.
//!
//! The program plays with a tape. The tape is read (`tape`) and becomes a model (`model`), from which each picture
//! is drawn: in the terminal, and in files.

pub(crate) mod cast;
mod compared;
mod data;
mod held;
mod items;
mod lanes;
pub(crate) mod model;
mod page;
mod perfetto;
mod recording;
mod rows;
mod run;
mod sums;
mod svg;
pub(crate) mod tape;
mod terminal;
#[cfg(test)]
mod tests;
mod words;

use crate::{
    Error, Result,
    child::Ended,
    look::Look,
    say,
    source::{Sources, sources},
    watch,
    workspace::Exercise,
};
use model::Run;
pub(crate) use recording::tape;
use recording::{Player, Recording};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};
pub(crate) use terminal::NARROWEST;
use terminal::Room;

/// How wide a picture is that no terminal shows.
const WIDTH: usize = 80;

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The program's own flags.
    pub flags: Vec<OsString>,
    /// Lines that hold one of these are marked.
    pub marks: Vec<String>,
    /// A tape that was kept, in place of a run.
    pub tape: Option<PathBuf>,
    /// The flags of another run, to compare with.
    pub with: Option<String>,
    /// A tape that was kept, to compare with.
    pub with_tape: Option<PathBuf>,
    /// The picture in the terminal has so many lines at most.
    pub lines: Option<usize>,
    /// Where the page is written to.
    pub html: Option<PathBuf>,
    /// Where the drawing is written to.
    pub svg: Option<PathBuf>,
    /// Where the trace is written to, in the Chrome trace event format.
    pub perfetto: Option<PathBuf>,
}

/// Plays the program and draws the run, or two of them. Tells whether it could be drawn.
pub fn run(exercise: &Exercise, wish: &Wish, look: Look) -> Result<bool> {
    let played = played(exercise, wish)?;
    let runs: Vec<&Run> = played.iter().map(|recording| &recording.run).collect();
    let end = runs.iter().map(|run| run.end).max().unwrap_or(0);
    let room = Room { columns: columns(), lines: wish.lines };
    for (nth, recording) in played.iter().enumerate() {
        let gap = if nth > 0 { "\n" } else { "" };
        let drawn = terminal::drawn(&recording.run, end, room, look);
        let told = format!("{gap}{drawn}{}", ending(recording, look));
        say(&cut(&told, wish.lines, &look.words(&all_of_it(exercise))))?;
    }
    if let [one, other] = runs[..] {
        say(&look.fit(&format!("\n{}", compared::told([one, other]))))?;
    }
    let sources = sources(&exercise.folder().join("src"))?;
    if let Some(path) = &wish.html {
        write(path, &page::page(&with_sources(&runs, &sources)))?;
    }
    // Of two runs that are compared, these show the first.
    if let (Some(path), [run, ..]) = (&wish.svg, &runs[..]) {
        write(path, &svg::drawing(run))?;
    }
    if let (Some(path), [run, ..]) = (&wish.perfetto, &runs[..]) {
        write(path, &perfetto::trace(run))?;
    }
    Ok(true)
}

/// A drawing of the run that a tape holds.
pub(crate) fn drawing(tape: &str, command: String) -> Result<String> {
    Ok(svg::drawing(&Run::of(&tape::Tape::read(tape)?, command, &[])))
}

/// One run, or the two that are compared.
fn played(exercise: &Exercise, wish: &Wish) -> Result<Vec<Recording>> {
    let needs_program = wish.tape.is_none() || wish.with.is_some();
    let player = if needs_program { Some(Player::built(exercise)?) } else { None };
    let play = |flags: &[OsString], nth| {
        player.as_ref().map(|player| player.play(flags, &wish.marks, nth)).transpose()
    };
    let one = match &wish.tape {
        Some(tape) => Some(Recording::kept(tape, &wish.marks)?),
        None => play(&wish.flags, 0)?,
    };
    let other = match (&wish.with_tape, &wish.with) {
        (Some(tape), _) => Some(Recording::kept(tape, &wish.marks)?),
        (None, Some(flags)) => {
            play(&flags.split_whitespace().map(OsString::from).collect::<Vec<_>>(), 1)?
        }
        (None, None) => None,
    };
    Ok(one.into_iter().chain(other).collect())
}

/// Both runs are of one program, so its source is there once.
fn with_sources<'a>(runs: &[&'a Run], sources: &'a Sources) -> Vec<(&'a Run, Option<&'a Sources>)> {
    let of = |(nth, run): (usize, &&'a Run)| (*run, (nth == 0).then_some(sources));
    runs.iter().enumerate().map(of).collect()
}

/// What the program came to, where it did not end well.
fn ending(recording: &Recording, look: Look) -> String {
    if let Some(stuck) = &recording.run.stuck {
        return format!("\n{}\n\n{}\n", stuck.report, look.fit(&stuck.says));
    }
    match &recording.outcome {
        Some(outcome) if outcome.ended != Ended::Code(0) => {
            let said = outcome.stderr.trim();
            format!("\nThe program ended with {}. It said:\n{said}\n", outcome.ended)
        }
        _ => String::new(),
    }
}

fn all_of_it(exercise: &Exercise) -> String {
    format!("… all of it: cargo course timeline {}", exercise.short())
}

/// The first lines of a text that has more than there may be, with a last one that says so.
fn cut(text: &str, most: Option<usize>, last: &str) -> String {
    let Some(most) = most.filter(|most| text.lines().count() > *most) else {
        return text.to_owned();
    };
    let kept = text.lines().take(most.saturating_sub(1)).chain([last]);
    kept.map(|line| format!("{line}\n")).collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::about(path, &error))?;
    let kib = text.len().div_ceil(1024);
    say(&format!("written: {} ({kib} KiB)\n", path.display()))
}

/// COLUMNS, or what the terminal has.
pub(crate) fn columns() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    set.or_else(watch::columns).unwrap_or(WIDTH)
}
