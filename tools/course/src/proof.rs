//! Shows that an exercise's material is true: a line for each check, and at the end a count.
//!
//! [`facts`] looks at files alone, and is quick. `judge` builds the starter, the
//! breaks and the two banks in one go, and asks the solution's tests about them; `breaks` plays the breaks. `memory` knows
//! what held before. `rules` tells what each rule of a referee is good for. `plays` runs the starter as often and in as many ways as its brief promises something.

mod breaks;
pub mod facts;
mod hints;
mod judge;
mod memory;
mod plays;
mod rules;

use crate::{
    Error, Result,
    look::{Look, Tone},
    say, stage,
    workspace::Exercise,
};
use judge::Times;
use memory::Memory;
use std::time::Instant;

/// What was found: it holds, with what is worth saying, or why it does not.
type Found = std::result::Result<String, String>;

/// Something that has to be true, and whether it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name: `sections`, `wrong/one-worker`.
    pub name: String,
    /// Whether it is true.
    pub holds: bool,
    /// What was found, in words.
    pub detail: String,
}

impl Fact {
    /// A fact that holds, with what is worth saying about it; or does not, and why.
    pub(crate) fn of(name: &str, found: Found) -> Fact {
        let holds = found.is_ok();
        let (Ok(detail) | Err(detail)) = found;
        Fact { name: name.to_owned(), holds, detail }
    }
}

/// Which checks are wanted, and what is to be done with them.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Parts of names; a check is wanted if its name has one of them. All are, if there is none.
    pub only: Vec<String>,
    /// Only tell the names.
    pub list: bool,
    /// Write what the breaks print into their `.out` files.
    pub update: bool,
    /// Every task judges each wrong program, and not only those that it names.
    pub every_task: bool,
    /// Every rule is asked about each wrong program, and what each is good for is told.
    pub rules: bool,
    /// What a student would be told of each wrong program is shown.
    pub told: bool,
    /// Each program is built as a binary of its own.
    pub separately: bool,
    /// What held before is proved again.
    pub fresh: bool,
}

impl Wish {
    /// Whether a check is wanted.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Proves exercises, and tells whether all is true.
pub fn prove(exercises: &[Exercise], wish: &Wish, look: Look) -> Result<bool> {
    let start = Instant::now();
    let (mut count, mut failed) = (0, 0);
    let mut wanted = 0;
    let mut took = Vec::new();
    let mut plays = Vec::new();
    for exercise in exercises {
        let names = names(exercise, wish);
        let names: Vec<&String> = names.iter().filter(|name| wish.wants(name)).collect();
        wanted += names.len();
        if wish.list {
            say(&names
                .iter()
                .map(|name| format!("{} {name}\n", exercise.short()))
                .collect::<String>())?;
            continue;
        }
        let mut tell = |fact: &Fact| {
            count += 1;
            failed += u32::from(!fact.holds);
            say(&line(exercise, fact, look))
        };
        if !exercise.solution().is_dir() {
            let missing = format!("{} is missing", accord::exercise::solution(&exercise.name));
            tell(&Fact::of("solution", Err(missing)))?;
            continue;
        }
        let mut memory = Memory::of(exercise, wish)?;
        let times = prove_one(exercise, wish, &mut memory, &mut tell)?;
        took.extend(times.map(|times| (exercise.short(), times)));
        plays.push((exercise, memory));
    }
    if !wish.list {
        plays::prove(&mut plays, wish, &mut |exercise, fact| {
            count += 1;
            failed += u32::from(!fact.holds);
            say(&line(exercise, fact, look))
        })?;
    }
    for (_, memory) in &plays {
        memory.save()?;
    }
    if wanted == 0 {
        let only = wish.only.join(", ");
        return Err(Error::Input(format!(
            "no check has {only} in its name; --list tells the names"
        )));
    }
    if !wish.list {
        for (exercise, Times { build, judge }) in took {
            let (build, judge) = (build.as_secs_f64(), judge.as_secs_f64());
            say(&format!("  {exercise} took {build:.1} s to build and {judge:.1} s to judge\n"))?;
        }
        let took = start.elapsed().as_secs_f64();
        say(&format!("{count} checks, {failed} failed, in {took:.1} s\n"))?;
    }
    Ok(failed == 0)
}

/// Proves one exercise, but for how its program plays. What stops its proof is a fact about that exercise, and the
/// others go on.
fn prove_one(
    exercise: &Exercise,
    wish: &Wish,
    memory: &mut Memory,
    tell: &mut impl FnMut(&Fact) -> Result<()>,
) -> Result<Option<Times>> {
    for fact in facts::all(exercise, wish) {
        tell(&fact)?;
    }
    for fact in stage::facts(exercise, |name| wish.wants(name)) {
        tell(&fact)?;
    }
    Ok(match judge::prove(exercise, wish, memory, tell) {
        Ok(times) => Some(times),
        Err(error) => {
            tell(&Fact::of("all programs", Err(error.to_string())))?;
            None
        }
    })
}

/// The names of all checks of an exercise.
fn names(exercise: &Exercise, wish: &Wish) -> Vec<String> {
    let mut names: Vec<String> = facts::NAMES.iter().map(|&name| name.to_owned()).collect();
    // Where they can't be told, the proof itself says why.
    names.extend(judge::names(exercise, wish).unwrap_or_default());
    names.extend(stage::names(exercise));
    names.extend(plays::names(exercise).unwrap_or_default());
    names
}

fn line(exercise: &Exercise, fact: &Fact, look: Look) -> String {
    let (tone, sign) =
        if fact.holds { (Tone::Good, look.passed()) } else { (Tone::Bad, look.failed()) };
    let gap = if fact.detail.is_empty() { "" } else { ": " };
    let detail = fact.detail.trim_end().replace('\n', "\n      ");
    format!("{} {} {}{gap}{detail}\n", look.paint(tone, sign), exercise.short(), fact.name)
}
