//! What a run writes down of itself: each thing in which it differs from the plain order, with its lines.
//!
//! A program may be killed at any moment. So each line is written at once, and what becomes known later (a
//! name, who goes on meanwhile) is a line of its own.

use super::cause::{Cause, Token};
use std::{collections::BTreeMap, fmt::Display};

/// A call of the program's, and the line of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) call: String,
    pub(super) place: String,
}

/// A cause, and what there is to tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) cause: Cause,
    /// Where the actor is.
    pub(super) here: Spot,
    /// The call before that.
    pub(super) after: Option<Spot>,
    /// The numbers that make a sentence of it: how often the actor was there, the microseconds that
    /// were asked for, who is woken and who would have been, how many arms there are.
    pub(super) numbers: Vec<u64>,
    /// Who went on while the actor was held.
    pub(super) goes: Vec<u64>,
}

/// What a run has written down of itself: the content of `--keep-holds FILE`.
///
/// ```
/// use rehearsal::shrink::Record;
///
/// let text = "cause\t2@recv#3\trecv\tsrc/main.rs:43\tsend\tsrc/main.rs:41\t\nname\t2\tWorker-2\ngoes\t0\t1\n";
/// let record = Record::read(text).unwrap();
/// assert_eq!(record.token().to_string(), "2@recv#3");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub(super) told: Vec<Told>,
    pub(super) names: BTreeMap<u64, String>,
}

impl Record {
    /// Reads a file that `--keep-holds` has written.
    ///
    /// # Errors
    ///
    /// Says which line can't be read.
    ///
    /// ```
    /// assert!(rehearsal::shrink::Record::read("something else").is_err());
    /// ```
    pub fn read(text: &str) -> Result<Record, String> {
        let mut record = Record::default();
        for (nth, line) in text.lines().enumerate() {
            record.add(line).ok_or_else(|| format!("line {} is none of --keep-holds", nth + 1))?;
        }
        Ok(record)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let parts: Vec<&str> = line.split('\t').collect();
        match parts[..] {
            ["name", actor, title] => {
                self.names.insert(actor.parse().ok()?, title.to_owned());
            }
            ["goes", nth, actor] => {
                let told = self.told.get_mut(nth.parse::<usize>().ok()?)?;
                told.goes.push(actor.parse().ok()?);
            }
            ["cause", cause, call, place, call_before, place_before, numbers] => {
                let spot = |call: &str, place: &str| Spot {
                    call: call.to_owned(),
                    place: place.to_owned(),
                };
                let numbers = numbers.split_whitespace().map(str::parse);
                self.told.push(Told {
                    cause: cause.parse().ok()?,
                    here: spot(call, place),
                    after: (!call_before.is_empty()).then(|| spot(call_before, place_before)),
                    numbers: numbers.collect::<Result<_, _>>().ok()?,
                    goes: Vec::new(),
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// What plays the run again.
    ///
    /// ```
    /// use rehearsal::shrink::Record;
    ///
    /// assert_eq!(Record::default().token().to_string(), "nothing");
    /// ```
    #[must_use]
    pub fn token(&self) -> Token {
        Token { causes: self.told.iter().map(|told| told.cause.clone()).collect() }
    }

    pub(super) fn name(&self, actor: u64) -> String {
        match self.names.get(&actor) {
            // Who has no name is told by a place: the 2nd thread spawned at line 28, or the only one.
            Some(name) if is_told_by_its_place(name) => format!("the {name}"),
            Some(name) => name.clone(),
            None if actor == 0 => "main".to_owned(),
            None => format!("actor {actor}"),
        }
    }
}

fn is_told_by_its_place(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit()) || name.contains(" spawned at ")
}

/// The line for a name.
pub(crate) fn name_line(actor: u64, title: &str) -> String {
    // A thread may be given any name.
    let title = title.replace(char::is_control, " ");
    format!("name\t{actor}\t{title}\n")
}

/// The line for one who goes on while somebody is held, by the `nth` cause.
pub(crate) fn goes_line(nth: usize, actor: u64) -> String {
    format!("goes\t{nth}\t{actor}\n")
}

/// The line for a cause. A call is told with its place.
pub(crate) fn cause_line<P: Display>(
    cause: &Cause,
    here: (&str, P),
    after: Option<(&str, P)>,
    numbers: &[u64],
) -> String {
    let (call, place) = here;
    let after = after.map_or("\t".to_owned(), |(call, place)| format!("{call}\t{place}"));
    let numbers = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    format!("cause\t{cause}\t{call}\t{place}\t{after}\t{numbers}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let cause: Cause = "2@recv#3".parse().unwrap();
        let text = cause_line(
            &cause,
            ("recv", "src/main.rs:43"),
            Some(("send", "src/main.rs:41")),
            &[7, 1],
        ) + &cause_line(&cause, ("recv", "src/main.rs:43"), None, &[])
            + &name_line(2, "Worker\t2")
            + &goes_line(1, 0);
        let record = Record::read(&text).unwrap();
        assert_eq!(record.name(2), "Worker 2");
        assert_eq!((record.told[0].numbers.len(), record.told[0].after.is_some()), (2, true));
        assert_eq!((&record.told[1].goes[..], &record.told[1].after), (&[0][..], &None));
        assert!(Record::read("goes\t0\t1").unwrap_err().contains("line 1"));
        let record = Record::read(&name_line(3, "task spawned at src/main.rs:7")).unwrap();
        assert_eq!(record.name(3), "the task spawned at src/main.rs:7");
    }
}
