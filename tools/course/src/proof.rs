//! Shows that an exercise's material is true: a line for each check, and at the end a count.
//!
//! [`facts`] looks at files alone, and is quick. `judge` builds, one exercise ahead, the starter, the
//! breaks and the two banks in one go, and asks the solution's tests about them; `breaks` plays the breaks. `memory` knows
//! what held before. `odds` counts the schedules that refuse a wrong program, `rules` tells what each rule of a referee is good for. `plays` runs the starter as often and in as many ways as its brief promises something.

mod breaks;
pub mod facts;
mod hints;
mod judge;
mod memory;
mod odds;
mod plays;
mod rules;

use crate::{
    Error, Result,
    look::{Look, Tone},
    say, stage,
    workspace::Exercise,
};
use judge::{Prepared, Times};
use memory::Memory;
use std::{sync::mpsc, thread, time::Instant};

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
    /// Each wrong program that the usual order accepts is played on so many schedules, to see how many refuse it.
    pub schedules: Option<u64>,
    /// Each program is built as a binary of its own.
    pub separately: bool,
    /// What held before is proved again.
    pub fresh: bool,
}

impl Wish {
    /// Whether a check is wanted.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let is_counted = odds::is_counted(name) || self.schedules.is_none();
        is_counted && self.wants_among_all(name)
    }

    fn wants_among_all(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Proves exercises, and tells whether all is true.
pub fn prove(exercises: &[Exercise], wish: &Wish, look: Look) -> Result<bool> {
    let start = Instant::now();
    if !exercises.iter().flat_map(|exercise| names(exercise, wish)).any(|name| wish.wants(&name)) {
        let only = wish.only.join(", ");
        return Err(Error::Input(format!(
            "no check has {only} in its name; --list tells the names"
        )));
    }
    if wish.list {
        return list(exercises, wish).map(|()| true);
    }
    let (mut count, mut failed) = (0, 0);
    let mut tell = |exercise: &Exercise, fact: &Fact| {
        count += 1;
        failed += u32::from(!fact.holds);
        say(&line(exercise, fact, look))
    };
    let (mut plays, took) = judge_all(exercises, wish, &mut tell)?;
    plays::prove(&mut plays, wish, &mut tell)?;
    for (_, memory) in &plays {
        memory.save()?;
    }
    for (exercise, Times { build, judge }) in took {
        let (build, judge) = (build.as_secs_f64(), judge.as_secs_f64());
        say(&format!("  {exercise} took {build:.1} s to build and {judge:.1} s to judge\n"))?;
    }
    let took = start.elapsed().as_secs_f64();
    say(&format!("{count} checks, {failed} failed, in {took:.1} s\n"))?;
    Ok(failed == 0)
}

/// Tells the names of the checks that are wanted.
fn list(exercises: &[Exercise], wish: &Wish) -> Result<()> {
    for exercise in exercises {
        let names = names(exercise, wish).into_iter().filter(|name| wish.wants(name));
        say(&names.map(|name| format!("{} {name}\n", exercise.short())).collect::<String>())?;
    }
    Ok(())
}

/// What is left to do of the exercises that were judged, and how long each took.
type Judged<'a> = (Vec<(&'a Exercise, Memory)>, Vec<(&'a str, Times)>);

/// Looks at the files of each exercise and judges its programs, while those of the next are built.
fn judge_all<'a>(
    exercises: &'a [Exercise],
    wish: &Wish,
    tell: &mut impl FnMut(&Exercise, &Fact) -> Result<()>,
) -> Result<Judged<'a>> {
    let (mut plays, mut took) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        // Without room, so that no more than one is built ahead.
        let (send, receive) = mpsc::sync_channel(0);
        scope.spawn(move || {
            let solved = exercises.iter().filter(|exercise| exercise.solution().is_dir());
            for exercise in solved {
                let prepared = Memory::of(exercise, wish)
                    .and_then(|memory| Prepared::of(exercise, wish, memory));
                if send.send(prepared).is_err() {
                    return;
                }
            }
        });
        for exercise in exercises {
            if !exercise.solution().is_dir() {
                let missing = format!("{} is missing", accord::exercise::solution(&exercise.name));
                tell(exercise, &Fact::of("solution", Err(missing)))?;
                continue;
            }
            for fact in facts::all(exercise, wish) {
                tell(exercise, &fact)?;
            }
            // What stops the proof of one exercise is a fact about that one, and the others go on.
            let mut prepared = match receive.recv().expect("there is one for each exercise") {
                Ok(prepared) => prepared,
                Err(error) => {
                    tell(exercise, &Fact::of("all programs", Err(error.to_string())))?;
                    continue;
                }
            };
            match prepared.tell(&mut |fact| tell(exercise, fact)) {
                Ok(times) => took.push((exercise.short(), times)),
                Err(error) => tell(exercise, &Fact::of("all programs", Err(error.to_string())))?,
            }
            for fact in stage::facts(exercise, |name| wish.wants(name)) {
                tell(exercise, &fact)?;
            }
            plays.push((exercise, prepared.memory));
        }
        Ok((plays, took))
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
