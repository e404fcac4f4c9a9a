//! Draws the run that a test has named in its message, so that a student sees what went wrong.

use super::{cell::Cell, judge::Subject, orphans, sandbox::Sandbox};
use crate::{
    child::{self, Ended},
    timeline,
};
use accord::failure;
use std::{ffi::OsString, fs, path::PathBuf, process::Command, time::Duration};

/// A longer tape, or a larger picture, shows nothing any more.
const LARGEST: u64 = 2 << 20;

/// The picture of the run that a message names. There is none where it is no run of one program, where the program
/// leaves no tape, or where it does not end by itself: then no two pictures would be the same.
pub(super) fn of(
    message: &str,
    cell: &Cell,
    sandbox: &Sandbox,
    subject: &Subject,
    limit: Duration,
) -> Option<String> {
    let typed = typed(message)?;
    let flags = flags(typed, subject.exercise.short())?;
    let tape = cell.temporary.join("timeline.jsonl");
    let own: [PathBuf; 1] = [cell.temporary.clone()];
    let mut words: Vec<OsString> = sandbox.apart(&own);
    words.push(cell.program.clone().into());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(flags).arg("--tape").arg(&tape);
    command.env("RUST_BACKTRACE", "0").env("TMPDIR", &cell.temporary).current_dir(&cell.temporary);
    let outcome = child::run(&mut command, limit);
    orphans::end();
    let is_over = matches!(outcome.ok()?.ended, Ended::Code(_));
    // What the program has left there may be a link.
    let file = fs::symlink_metadata(&tape).ok().filter(|file| file.is_file());
    file.filter(|file| is_over && file.len() <= LARGEST)?;
    let text = fs::read_to_string(&tape).ok()?;
    let picture = timeline::drawing(&text, typed.to_owned()).ok()?;
    (picture.len() as u64 <= LARGEST).then_some(picture)
}

/// The command of a run, if the message names one.
fn typed(message: &str) -> Option<&str> {
    let rows = failure::rows(message);
    let (_, lines) = rows.into_iter().find(|(label, _)| *label == failure::RUN)?;
    let mut lines = lines.into_iter().filter(|line| !line.is_empty());
    lines.next().filter(|_| lines.next().is_none())
}

/// The flags of `cargo 04 --workers 3`.
fn flags<'a>(typed: &'a str, short: &str) -> Option<Vec<&'a str>> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let ["cargo", exercise, flags @ ..] = &words[..] else { return None };
    let is_odd = |word: &&str| word.contains(['\'', '"', '|', '>', '<', ';', '&', '$']);
    let is_taken = |word: &&str| ["--tape", "--explore"].contains(word) || *word == "off";
    let is_one = *exercise == short && !flags.iter().any(|word| is_odd(word) || is_taken(word));
    is_one.then(|| flags.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_one_program_is_found() {
        let row = |text: &str| format!("  {:16}  {text}\n", failure::RUN);
        let message = row("cargo 04 --workers 3 --pace instant");
        let typed = typed(&message).unwrap();
        assert_eq!(flags(typed, "04").unwrap(), ["--workers", "3", "--pace", "instant"]);
        assert_eq!(flags(typed, "05"), None);
        for other in ["cargo 04 --pace off", "cargo 04 | head", "cargo 04 --tape x"] {
            assert_eq!(flags(other, "04"), None, "{other}");
        }
        let several = format!("{}  {:16}  cargo 04 two\n", row("cargo 04 one"), "");
        assert_eq!(super::typed(&several), None);
        assert_eq!(super::typed("left: 3"), None);
    }
}
