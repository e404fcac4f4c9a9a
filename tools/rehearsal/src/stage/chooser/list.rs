//! A list of choices: one is kept while a program plays, and another play follows it.
//!
//! A choice is a line of text. `next 3 uses 2` lets actor 3 act, which uses object 2; `any 1` takes the
//! second of several things that are equally good; `takes 1500` makes a sleep 1,500 microseconds long.
//! `alone 3 uses 2` chooses nothing: actor 3 went on because nobody else was ready. It is there to be counted.

use super::{At, Candidate, Chooser, News, Pick, Who, forwarded};
use crate::stage::ActorId;
use std::{collections::VecDeque, fs::File, io::Write, time::Duration};

/// A choice that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Next { actor: ActorId, uses: Option<u64> },
    Alone { actor: ActorId, uses: Option<u64> },
    Any(usize),
    Takes(Duration),
}

impl Choice {
    fn line(self) -> String {
        let turn = |word: &str, actor: ActorId, uses: Option<u64>| match uses {
            None => format!("{word} {actor}\n"),
            Some(object) => format!("{word} {actor} uses {object}\n"),
        };
        match self {
            Choice::Next { actor, uses } => turn("next", actor, uses),
            Choice::Alone { actor, uses } => turn("alone", actor, uses),
            Choice::Any(nth) => format!("any {nth}\n"),
            Choice::Takes(duration) => format!("takes {}\n", duration.as_micros()),
        }
    }

    fn of(line: &str) -> Option<Choice> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Some(match words.as_slice() {
            [word @ ("next" | "alone"), actor, used @ ..] => {
                let actor = actor.parse().ok()?;
                let uses = match used {
                    [] => None,
                    ["uses", object] => Some(object.parse().ok()?),
                    _ => return None,
                };
                if *word == "next" {
                    Choice::Next { actor, uses }
                } else {
                    Choice::Alone { actor, uses }
                }
            }
            ["any", nth] => Choice::Any(nth.parse().ok()?),
            ["takes", micros] => Choice::Takes(Duration::from_micros(micros.parse().ok()?)),
            _ => return None,
        })
    }

    /// The choices of a text. `Err` says which line is none.
    pub(crate) fn all(text: &str) -> Result<Vec<Choice>, String> {
        let numbered = text.lines().enumerate();
        let read = |(nth, line)| {
            Choice::of(line).ok_or_else(|| format!("line {} is no choice: '{line}'", nth + 1))
        };
        numbered.map(read).collect()
    }
}

/// Writes down what another chooser chooses. Each choice is written at once, because a program may be killed.
pub(super) struct Kept {
    pub(super) chooser: Box<dyn Chooser>,
    pub(super) file: File,
}

impl Kept {
    fn keep(&mut self, choice: Choice) {
        // A list that can't be written any more ends where it stands; the program goes on.
        let _ = self.file.write_all(choice.line().as_bytes());
    }
}

impl Chooser for Kept {
    fn next(&mut self, ready: &[Candidate]) -> usize {
        let nth = self.chooser.next(ready);
        self.keep(Choice::Next { actor: ready[nth].actor, uses: ready[nth].uses });
        nth
    }

    fn alone(&mut self, one: Candidate) {
        self.chooser.alone(one);
        self.keep(Choice::Alone { actor: one.actor, uses: one.uses });
    }

    fn any_of(&mut self, pick: Pick<'_>) -> usize {
        let nth = self.chooser.any_of(pick);
        self.keep(Choice::Any(nth));
        nth
    }

    fn steps_aside(&mut self, task: ActorId, one_in: usize) -> bool {
        let aside = self.chooser.steps_aside(task, one_in);
        self.keep(Choice::Any(usize::from(!aside)));
        aside
    }

    fn stretched(&mut self, actor: ActorId, duration: Duration) -> Duration {
        let stretched = self.chooser.stretched(actor, duration);
        self.keep(Choice::Takes(stretched));
        stretched
    }

    fn interrupts(&self) -> bool {
        self.chooser.interrupts()
    }

    forwarded!();
}

/// Follows a list. Where the list has ended, or is that of another program, whoever has been ready longest
/// goes next, and sleeps are as they were asked for.
pub(super) struct Given {
    choices: VecDeque<Choice>,
}

impl Given {
    pub(super) fn new(choices: Vec<Choice>) -> Given {
        let chooses = |choice: &Choice| !matches!(choice, Choice::Alone { .. });
        Given { choices: choices.into_iter().filter(chooses).collect() }
    }
}

impl Chooser for Given {
    fn next(&mut self, ready: &[Candidate]) -> usize {
        match self.choices.pop_front() {
            Some(Choice::Next { actor, .. }) => {
                ready.iter().position(|one| one.actor == actor).unwrap_or(0)
            }
            _ => 0,
        }
    }

    fn any_of(&mut self, pick: Pick<'_>) -> usize {
        match self.choices.pop_front() {
            Some(Choice::Any(nth)) if nth < pick.len => nth,
            _ => 0,
        }
    }

    fn stretched(&mut self, _: ActorId, duration: Duration) -> Duration {
        match self.choices.pop_front() {
            Some(Choice::Takes(kept)) => kept.max(duration),
            _ => duration,
        }
    }

    fn interrupts(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let choices = [
            Choice::Next { actor: 3, uses: None },
            Choice::Next { actor: 0, uses: Some(2) },
            Choice::Alone { actor: 1, uses: Some(2) },
            Choice::Any(1),
            Choice::Takes(Duration::from_micros(1_500)),
        ];
        let text: String = choices.iter().map(|choice| choice.line()).collect();
        assert_eq!(Choice::all(&text), Ok(choices.to_vec()));
        assert_eq!(Choice::all("any 1\nall"), Err("line 2 is no choice: 'all'".to_owned()));
    }
}
