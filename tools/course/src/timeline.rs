//! Draws a run of an exercise's own program: who did what, when, and why it waited.
//!
//! The program plays with a tape. The tape is read ([`tape`]) and becomes a model ([`model`]), from which each
//! picture is drawn: in the terminal, and in files.

mod cast;
mod items;
mod lanes;
mod model;
mod recording;
mod rows;
mod run;
mod sums;
mod tape;
mod terminal;
mod words;

use crate::{Result, look::Look, say, watch, workspace::Exercise};
use recording::{Player, Recording};
use std::{env, ffi::OsString};

/// How wide a picture is that no terminal shows.
const WIDTH: usize = 100;

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The program's own flags.
    pub flags: Vec<OsString>,
    /// Lines that hold one of these are marked.
    pub marks: Vec<String>,
}

/// Plays the program and draws the run. Tells whether it could be drawn.
pub fn run(exercise: &Exercise, wish: &Wish, look: Look) -> Result<bool> {
    let player = Player::built(exercise)?;
    let played = player.play(&wish.flags, &wish.marks, 0)?;
    say(&terminal::drawn(&played.run, columns(), look))?;
    say(&ending(&played, look))?;
    Ok(true)
}

/// What the program came to, where it did not end well.
fn ending(played: &Recording, look: Look) -> String {
    let outcome = &played.outcome;
    if let Some(stuck) = &played.run.stuck {
        return format!("\n{}\n\n{}\n", stuck.report, look.fit(&stuck.says));
    }
    match outcome.ended {
        crate::child::Ended::Code(0) => String::new(),
        ended => format!("\nThe program ended with {ended}. It said:\n{}\n", outcome.stderr.trim()),
    }
}

/// COLUMNS, or what the terminal has.
fn columns() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    set.or_else(watch::columns).unwrap_or(WIDTH)
}
