//! Plays what a Break does: its runs, one after another or beside each other, and the files in between.

use crate::{
    Result,
    child::{self, Outcome, Started},
    manifest::Scratch,
    read,
    variant::{Notes, Step},
    workspace::Exercise,
};
use accord::settings::on_its_own;
use std::{path::Path, process::Command};

/// What plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Player<'a> {
    /// Whose Break it is.
    pub exercise: &'a Exercise,
    /// What is done.
    pub notes: &'a Notes,
    /// The program with the edit.
    pub program: &'a Path,
    /// Where the program may find and leave files.
    pub scratch: &'a Scratch,
    /// How fast a run plays that chooses no pace itself.
    pub pace: &'a str,
    /// Whether somebody watches: then a program prints by itself, and not at its end.
    pub watched: bool,
}

/// A piece of what happens, in the order in which it does.
#[derive(Clone, Debug)]
pub(crate) enum Scene<'a> {
    /// What is typed: `$ cargo 04 --capacity 1`.
    Typed(String),
    /// The program that was typed goes on beside the next steps.
    GoesOn,
    /// A run has ended. Where somebody watches, and nothing goes on beside it, it has printed by itself.
    Ended(Run<'a>),
    /// What stands in a file.
    File(String),
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Run<'a> {
    /// Which one it is, in the order of the notes.
    pub index: usize,
    /// Its flags.
    pub flags: &'a [String],
    /// What came of it.
    pub outcome: Outcome,
}

impl<'a> Player<'a> {
    /// Plays all, and tells each piece.
    pub(crate) fn play(&self, tell: &mut impl FnMut(Scene<'a>) -> Result<()>) -> Result<()> {
        let outside = self.exercise.goes_outside()?;
        let desk = outside.then(|| self.scratch.desk(self.exercise)).transpose()?;
        let folder = desk.as_deref().unwrap_or(self.scratch.folder());
        let typed = |flags: &[String]| short_command(self.exercise, flags);
        let (mut index, mut beside) = (0, Vec::new());
        for step in &self.notes.steps {
            let Step::Run(flags) = step else {
                let told = step.of_files(folder).transpose()?.unwrap_or_default();
                tell(Scene::Typed(told))?;
                continue;
            };
            tell(Scene::Typed(format!("$ {}", typed(flags))))?;
            let mut command = self.command(folder, beside_others(flags).unwrap_or(flags), outside);
            if let Some(flags) = beside_others(flags) {
                let mut started = Started::start(&mut command, child::time_limit()?)?;
                // Its title, and that it has begun.
                started.until_lines(2);
                tell(Scene::GoesOn)?;
                beside.push((index, flags, started));
            } else {
                let outcome = self.outcome(&mut command)?;
                tell(Scene::Ended(Run { index, flags, outcome }))?;
            }
            index += 1;
        }
        for (index, flags, started) in beside {
            tell(Scene::Typed(format!("$ wait    # for {}", typed(flags))))?;
            tell(Scene::Ended(Run { index, flags, outcome: started.wait()? }))?;
        }
        for file in &self.notes.shows {
            tell(Scene::Typed(format!("$ cat {file}")))?;
            let text = read(&folder.join(file));
            tell(Scene::File(text.unwrap_or_else(|error| format!("{error}\n"))))?;
        }
        Ok(())
    }

    fn command(&self, folder: &Path, flags: &[String], outside: bool) -> Command {
        let mut command = Command::new(self.program);
        command.current_dir(folder);
        on_its_own(command.args(flags).env("RUST_BACKTRACE", "0"));
        if needs_pace(flags, outside) {
            command.args(["--pace", self.pace]);
        }
        command
    }

    fn outcome(&self, command: &mut Command) -> Result<Outcome> {
        if self.watched {
            return child::watched(command);
        }
        child::run(command, child::time_limit()?)
    }
}

/// The command of a run, as a reader types it: `cargo 04 --capacity 1`.
fn short_command(exercise: &Exercise, flags: &[String]) -> String {
    let mut words = vec!["cargo", exercise.short()];
    words.extend(flags.iter().map(String::as_str));
    words.join(" ")
}

/// The flags of a run that goes on beside the next ones: those that stand before its `&`.
fn beside_others(flags: &[String]) -> Option<&[String]> {
    flags.split_last().filter(|(last, _)| *last == "&").map(|(_, flags)| flags)
}

/// Whether a run has to be given a pace: it chooses none itself, and it does not have real time because
/// it goes outside. With `--stub` it does not go there.
pub(crate) fn needs_pace(flags: &[String], goes_outside: bool) -> bool {
    !chooses_pace(flags) && (!goes_outside || flags.iter().any(|flag| flag == "--stub"))
}

/// Whether a run chooses its own pace.
#[must_use]
pub(crate) fn chooses_pace(flags: &[String]) -> bool {
    pace_chosen(flags).is_some()
}

/// The pace that a run chooses.
pub(crate) fn pace_chosen(flags: &[String]) -> Option<&str> {
    let at = flags.iter().rposition(|flag| flag == "--pace" || flag.starts_with("--pace="))?;
    let joined = flags[at].strip_prefix("--pace=");
    Some(joined.unwrap_or_else(|| flags.get(at + 1).map_or("", String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_run_that_chooses_no_pace_is_given_one() {
        let (plain, off) = (flags("--capacity 1"), flags("--pace off"));
        assert!(!chooses_pace(&plain) && chooses_pace(&off) && chooses_pace(&flags("--pace=off")));
        assert!(needs_pace(&plain, false) && !needs_pace(&off, false));
        assert!(needs_pace(&flags("--stub"), true) && !needs_pace(&plain, true));
    }

    #[test]
    fn a_run_may_go_on_beside_the_next() {
        assert_eq!(
            beside_others(&flags("consume --name A &")).unwrap(),
            ["consume", "--name", "A"]
        );
        assert_eq!(beside_others(&flags("list")), None);
    }
}
