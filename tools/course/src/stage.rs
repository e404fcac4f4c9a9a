//! Lets a learner be the scheduler: the program stops at every operation where more than one could go on, and
//! somebody chooses who does.
//!
//! The program is played from its start each time (`player`), up to a choice, and its tape tells what there is to
//! see (`scene`, `shown`). What was chosen is a list of what differs from the usual order (`picks`). `search` looks
//! through the orders, `shortest` tells what an order needs, and `challenge` asks for one.

mod challenge;
mod picks;
mod player;
mod scene;
mod search;
mod seen;
mod session;
mod shortest;
mod shown;

pub(crate) use challenge::names;
pub use challenge::{Challenge, Count, count, facts, list};
pub use picks::Picks;
pub use player::Whose;

use crate::{
    Error, Result, explore,
    look::Look,
    progress::Progress,
    say,
    timeline::{self, Wish as Drawing},
    watch::screen::Screen,
    workspace::Exercise,
};
use player::Player;
use session::Session;
use std::{ffi::OsString, io::IsTerminal, path::PathBuf};

/// What is to be played.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The program's own flags.
    pub flags: Vec<OsString>,
    /// What was chosen already.
    pub choose: Option<Picks>,
    /// The choice to begin at; without it, the one behind what was chosen.
    pub at: Option<u64>,
    /// The program; without it, the learner's own. A challenge has its own.
    pub whose: Option<Whose>,
    /// The challenge that is played.
    pub challenge: Option<String>,
    /// The tool looks for the order itself, through so many orders.
    pub search: Option<usize>,
    /// Where a page of the run is written to.
    pub html: Option<PathBuf>,
}

/// Plays. Tells whether nothing went wrong, or the challenge is solved.
pub fn run(exercise: &Exercise, wish: &Wish, look: Look) -> Result<bool> {
    let challenge =
        wish.challenge.as_deref().map(|name| Challenge::find(exercise, name)).transpose()?;
    let whose = wish.whose.clone().or(challenge.as_ref().map(|one| one.whose.clone()));
    let flags = match &challenge {
        Some(one) if !wish.flags.is_empty() || wish.whose.is_some() => {
            return Err(Error::Input(format!(
                "{} has its program and its flags: leave out yours, and --on",
                one.name
            )));
        }
        Some(one) => one.flags.clone(),
        None => wish.flags.clone(),
    };
    let player = Player::built(exercise, whose.unwrap_or(Whose::Mine), &flags)?;
    if let Some(most) = wish.search {
        let Some(challenge) = &challenge else {
            return Err(Error::Input(
                "--search looks for a challenge: --challenge NAME".to_owned(),
            ));
        };
        return search::told(&player, challenge, most, look);
    }
    let picks = wish.choose.clone().unwrap_or_default();
    if picks.count() > 0 {
        player.refuses_what_is_not_there(&picks)?;
    }
    if let Some(path) = &wish.html {
        let mut flags = flags;
        flags.extend(["--choose".into(), picks.to_string().into()]);
        let drawing = Drawing { flags, html: Some(path.clone()), ..Drawing::default() };
        return timeline::run(exercise, &drawing, look);
    }
    let at = wish.at.unwrap_or(picks.behind());
    let mut session = Session::new(player, challenge, picks, at, look)?;
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        session.play(&mut Screen::open()?)?;
    } else {
        say(&session.picture_of_any_size())?;
        session.judges_the_end()?;
    }
    if let Some(news) = session.news() {
        say(news)?;
    }
    let progress = Progress::of(exercise.root())?;
    Ok(session.challenge().is_none_or(|one| progress.has_solved(&exercise.name, &one.name)))
}

/// The command that plays an order again in the program itself.
fn again(player: &Player, more: &[&str]) -> String {
    explore::command(&player.exercise, &player.flags, more)
}
