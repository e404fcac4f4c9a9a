//! Looks through the orders of a program for one that does what is asked for: first the usual order, then those in
//! which one choice differs, then two, and so on.
//!
//! Where two orders come to the same state, the tape tells so, and what follows is looked at once. So all orders
//! can be seen where a setting is small. Of a program that may share what the stage does not see, each order is
//! another one.

use super::{
    challenge::{Challenge, NOT_IN},
    picks::Picks,
    player::{Player, Run, Whose},
    seen::sees_all,
    shortest::shortest,
};
use crate::{
    Result,
    look::{Look, Tone},
    progress::Progress,
    same::thousands,
    say, status,
};
use std::collections::{HashSet, VecDeque};

/// Whose own program holds in so many orders has solved the challenge to break it.
const ENOUGH: usize = 200;

/// Who has looked in vain through so many orders has done with any other challenge.
const MANY: usize = 2_000;

/// What a search has come to.
#[derive(Debug)]
pub(super) enum Found {
    /// An order, and how many were played up to it.
    Order(Picks, usize),
    /// There is none: all orders that differ were seen.
    Impossible(usize),
    /// There are more orders than were played.
    NotIn(usize),
}

/// Looks through so many orders. `tell` hears how many were played.
pub(super) fn search(
    player: &Player,
    wanted: &Challenge,
    most: usize,
    tell: impl Fn(usize),
) -> Result<Found> {
    let mut seen = sees_all(&player.exercise, &player.sources)?.then(HashSet::new);
    let mut open = VecDeque::from([Picks::default()]);
    let mut played = 0;
    let mut is_cut = false;
    while let Some(picks) = open.pop_front() {
        if played == most {
            return Ok(Found::NotIn(played));
        }
        let run = player.run(&picks)?;
        played += 1;
        tell(played);
        if wanted.is_met(&run) {
            return Ok(Found::Order(picks, played));
        }
        let others = others(&run, &picks, seen.as_mut());
        let allowed = others.iter().filter(|picks| wanted.allows(picks)).cloned();
        let before = open.len();
        open.extend(allowed);
        is_cut |= open.len() - before < others.len();
    }
    // With a bound on the changes, a state that was reached with many of them was not gone on from.
    Ok(if is_cut { Found::NotIn(played) } else { Found::Impossible(played) })
}

/// The orders that differ from this one at one further choice, where nobody has gone on from there.
fn others(run: &Run, picks: &Picks, mut seen: Option<&mut HashSet<String>>) -> Vec<Picks> {
    let mut others = Vec::new();
    let choices = run.tape.events.iter().filter(|event| event.is("choice"));
    for choice in choices {
        let nth = choice.number("nth").unwrap_or(0);
        if nth <= picks.last() {
            continue;
        }
        let state = || format!("{} {}", choice.text("of"), choice.text("state"));
        if seen.as_mut().is_some_and(|seen| !seen.insert(state())) {
            break;
        }
        let width = choice.text("who").split(' ').count();
        others.extend((2..=width).map(|other| picks.and(nth, other)));
    }
    others
}

/// Searches, and tells what came of it. Tells whether the challenge is solved by that.
pub(super) fn told(player: &Player, wanted: &Challenge, most: usize, look: Look) -> Result<bool> {
    say(&look.fit(&format!("{}\n", wanted.spoken())))?;
    let found = search(player, wanted, most, |played| {
        if played % 50 == 0 {
            status(&format!("{played} orders of {most} at most …"));
        }
    })?;
    status("");
    let is_mine = player.whose == Whose::Mine;
    let mut progress = Progress::of(player.exercise.root())?;
    let Verdict { tone, says, solved_by } = Verdict::of(&found, is_mine);
    say(&look.paint(tone, &look.fit(&says)))?;
    if let Some(order) = &solved_by {
        progress.note_challenge(&player.exercise.name, &wanted.name, order)?;
    }
    if let Found::Order(picks, _) = &found {
        let short = player.exercise.short();
        let name = &wanted.name;
        if is_mine {
            say(&look.fit("So your program is wrong.\n"))?;
        }
        if let Some(shortest) = shortest(player, picks, |run| wanted.is_met(run))? {
            say(&shortest.told(player, &wanted.requirement(), look))?;
        }
        say(&look.fit(&format!(
            "Step through it: cargo course stage {short} --challenge {name} --choose {picks} --at 1\n"
        )))?;
    }
    Ok(solved_by.is_some())
}

/// What is said of a finding.
struct Verdict {
    tone: Tone,
    says: String,
    /// What the progress keeps, if the challenge is solved by it.
    solved_by: Option<String>,
}

impl Verdict {
    fn of(found: &Found, is_mine: bool) -> Verdict {
        let (tone, says, solved_by) = match found {
            Found::Order(picks, played) => {
                let says = format!("Order {played} of those that were played does it: {picks}\n");
                (Tone::Bad, says, None)
            }
            Found::Impossible(played) => {
                let holds = if is_mine { " It counts: your program held in all." } else { "" };
                let played = thousands(*played);
                let says = format!("Impossible: all orders were seen, in {played} plays.{holds}\n");
                (Tone::Good, says, Some("none".to_owned()))
            }
            Found::NotIn(played) => {
                let enough = if is_mine { ENOUGH } else { MANY };
                let (number, counts) = (thousands(*played), *played >= enough);
                let more = match (counts, is_mine) {
                    (true, true) => format!("It counts: your program held in {number} orders."),
                    (true, false) => format!("It counts: looked for in {number} orders."),
                    (false, _) => format!("It counts from {} orders on.", thousands(enough)),
                };
                let says = format!("Not in {number} orders. There are more. {more}\n");
                let order = counts.then(|| format!("{NOT_IN}{played}"));
                (if counts { Tone::Good } else { Tone::Mind }, says, order)
            }
        };
        Verdict { tone, says, solved_by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_told() {
        let told = |found, is_mine| {
            let verdict = Verdict::of(&found, is_mine);
            (verdict.says.trim_end().to_owned(), verdict.solved_by)
        };
        let held = told(Found::NotIn(2_000), true);
        assert!(held.0.ends_with("It counts: your program held in 2,000 orders."), "{held:?}");
        assert_eq!(held.1.as_deref(), Some("not in 2000"));
        let looked = told(Found::NotIn(2_000), false);
        assert!(looked.0.ends_with("It counts: looked for in 2,000 orders."), "{looked:?}");
        let (says, solved_by) = told(Found::NotIn(200), false);
        assert!(says.ends_with("It counts from 2,000 orders on.") && solved_by.is_none(), "{says}");
        assert_eq!(told(Found::NotIn(200), true).1.as_deref(), Some("not in 200"));
        assert_eq!(told(Found::NotIn(199), true).1, None);
        assert_eq!(told(Found::Impossible(4), false).1.as_deref(), Some("none"));
        assert_eq!(told(Found::Order(Picks::default(), 1), true).1, None);
    }
}
