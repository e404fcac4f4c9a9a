//! Whether a Break does what is pinned.

use super::{Found, judge::Bench};
use crate::{
    Error, Result,
    child::{Ended, Outcome},
    play::{Player, Run, Scene, chooses_pace},
    read,
    variant::Variant,
};
use accord::stuck;
use std::{fmt::Write as _, fs, path::Path, time::Duration};

/// A deadlock is to be told at once. A busy machine is slow as well, so only far more fails.
const AT_ONCE: Duration = Duration::from_millis(200);
const TOO_LATE: Duration = Duration::from_secs(2);

impl Bench<'_> {
    /// A break does what is pinned, each time, and a deadlock is told at once.
    pub(super) fn play(&self, edit: &Variant, update: bool) -> Result<Found> {
        let check = super::judge::check_of(edit);
        if let Some(expected) = &edit.notes.compile_error {
            return Ok(match self.programs.error(&check) {
                Some(error) if error.is(expected) => {
                    Ok(format!("does not compile, as it should: {error}"))
                }
                Some(error) => {
                    Err(format!("is to be refused with {expected}, and the compiler says: {error}"))
                }
                None => Err(format!("is to be refused with {expected}, and it compiles")),
            });
        }
        let program = match self.programs.get(&check) {
            Ok(program) => program,
            Err(problem) => return Ok(Err(problem)),
        };
        let first = self.runs(edit, program)?;
        let second = self.runs(edit, program)?;
        if first.text != second.text {
            return Ok(Err("prints something else each time".to_owned()));
        }
        let path = edit.pinned_path(self.exercise);
        if update {
            fs::write(&path, &first.text).map_err(|error| Error::about(&path, &error))?;
        }
        let pinned = read(&path).unwrap_or_default();
        Ok(first
            .codes_are_right(edit)
            .and_then(|()| as_pinned(&pinned, &first.text))
            .and_then(|()| told_at_once(&first, &second)))
    }

    fn runs(&self, edit: &Variant, program: &Path) -> Result<Played> {
        let (exercise, notes, scratch) = (self.exercise, &edit.notes, &self.programs.scratch);
        let player = Player { exercise, notes, program, scratch, pace: "instant", watched: false };
        let mut played = Played { text: String::new(), outcomes: Vec::new() };
        player.play(&mut |scene| {
            played.take(scene);
            Ok(())
        })?;
        // A run that went on beside others is told behind them.
        played.outcomes.sort_by_key(|(index, _)| *index);
        Ok(played)
    }
}

/// The runs of one break.
struct Played {
    text: String,
    outcomes: Vec<(usize, Outcome)>,
}

impl Played {
    fn take(&mut self, scene: Scene<'_>) {
        let text = &mut self.text;
        let _ = match scene {
            Scene::Typed(typed) => writeln!(text, "{typed}"),
            Scene::GoesOn => writeln!(text, "(goes on)"),
            Scene::File(file) => write!(text, "{file}"),
            Scene::Ended(Run { index, flags, outcome }) => {
                let printed = same_everywhere(&format!("{}{}", outcome.stdout, outcome.stderr));
                let is_pinned = !chooses_pace(flags);
                let printed = if is_pinned { &printed } else { "(another order each time)\n" };
                let ended = outcome.ended;
                self.outcomes.push((index, outcome));
                writeln!(text, "{printed}({ended})")
            }
        };
    }

    fn codes_are_right(&self, edit: &Variant) -> std::result::Result<(), String> {
        for (index, outcome) in &self.outcomes {
            let code = edit.notes.exit(*index);
            if outcome.ended != Ended::Code(code) {
                let ended = outcome.ended;
                return Err(format!("is to end with exit code {code}, and ended with {ended}"));
            }
        }
        Ok(())
    }
}

fn as_pinned(pinned: &str, printed: &str) -> std::result::Result<(), String> {
    let pinned = same_everywhere(pinned);
    let printed = same_everywhere(printed);
    if pinned.trim_end() == printed.trim_end() {
        return Ok(());
    }
    let mut lines = pinned.lines().zip(printed.lines()).enumerate();
    Err(match lines.find(|(_, (pinned, printed))| pinned != printed) {
        Some((index, (pinned, printed))) => {
            format!("line {} is pinned as '{pinned}', and it prints '{printed}'", index + 1)
        }
        None => format!(
            "prints {} lines, and {} are pinned",
            printed.lines().count(),
            pinned.lines().count()
        ),
    })
}

/// The better of two times counts: the first start of a program reads it from the disk.
fn told_at_once(first: &Played, second: &Played) -> Found {
    let mut told = "does what is pinned".to_owned();
    for ((_, one), (_, other)) in first.outcomes.iter().zip(&second.outcomes) {
        if one.ended != Ended::Code(stuck::EXIT_CODE) {
            continue;
        }
        let took = one.took.min(other.took);
        let ms = took.as_millis();
        if took > TOO_LATE {
            return Err(format!("tells its deadlock after {ms} ms, which is far too late"));
        }
        let late = if took > AT_ONCE { ", above the 200 ms that are wanted" } else { "" };
        let _ = write!(told, ", deadlock told after {ms} ms{late}");
    }
    Ok(told)
}

/// What differs from machine to machine in a program's output, made equal.
///
/// A panic's message has the number of a thread, and the path of the file as the compiler was given it.
fn same_everywhere(output: &str) -> String {
    let mut text = String::new();
    for line in output.lines() {
        if line.starts_with("note: run with `RUST_BACKTRACE=1`") {
            continue;
        }
        text.push_str(&panic_heading(line).unwrap_or_else(|| line.to_owned()));
        text.push('\n');
    }
    text
}

/// Reads `thread 'main' (1092) panicked at exercises/04-x/src/main.rs:31:35:`.
fn panic_heading(line: &str) -> Option<String> {
    let (thread, place) = line.split_once(" panicked at ")?;
    if !thread.starts_with("thread '") {
        return None;
    }
    let name = thread
        .rsplit_once(" (")
        .filter(|(_, id)| id.ends_with(')'))
        .map_or(thread, |(name, _)| name);
    Some(format!("{name} panicked at {}", crate::build::within_package(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_read_the_same_everywhere() {
        let text = "thread 'main' (1092) panicked at exercises/04-x/src/main.rs:31:35:\nboom\nnote: run with `RUST_BACKTRACE=1` environment variable\n";
        assert_eq!(same_everywhere(text), "thread 'main' panicked at src/main.rs:31:35:\nboom\n");
    }

    #[test]
    fn what_is_printed_is_compared_line_by_line() {
        assert_eq!(as_pinned("a\nb\n", "a\nb"), Ok(()));
        assert!(as_pinned("a\nb\n", "a\nc\n").unwrap_err().starts_with("line 2 is pinned as 'b'"));
        assert_eq!(as_pinned("a\n", "a\nb\n").unwrap_err(), "prints 2 lines, and 1 are pinned");
    }
}
