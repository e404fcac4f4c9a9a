//! Which choices are made otherwise than usual: `3:2,7:1`, as `--choose` takes them.

use crate::{Error, Result};
use std::{fmt, str::FromStr};

/// The choices that were made, in their order: the number of the choice, and what was taken there, from 1 on. The
/// usual is not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Picks {
    made: Vec<(u64, usize)>,
    /// The last choice that was named, if only to say that it is made as usual; 0 where none was.
    named: u64,
}

impl Picks {
    /// The number of the last of them; 0 where there is none.
    pub(crate) fn last(&self) -> u64 {
        self.made.last().map_or(0, |(choice, _)| *choice)
    }

    /// The choice behind all that were named.
    pub(crate) fn behind(&self) -> u64 {
        self.named + 1
    }

    /// What was taken at which choice.
    pub(crate) fn made(&self) -> &[(u64, usize)] {
        &self.made
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.made.len()
    }

    /// The same, with one more behind them.
    #[must_use]
    pub(crate) fn and(&self, choice: u64, nth: usize) -> Picks {
        let mut made = self.made.clone();
        made.push((choice, nth));
        Picks { made, named: choice }
    }

    /// The same up to a choice, which is not made yet.
    pub(crate) fn cut(&mut self, choice: u64) {
        self.made.retain(|(made, _)| *made < choice);
        self.named = self.last();
    }
}

impl fmt::Display for Picks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.made.is_empty() {
            return f.write_str("nothing");
        }
        let texts: Vec<String> =
            self.made.iter().map(|(choice, nth)| format!("{choice}:{nth}")).collect();
        f.write_str(&texts.join(","))
    }
}

impl FromStr for Picks {
    type Err = Error;

    fn from_str(text: &str) -> Result<Picks> {
        if text.trim() == "nothing" {
            return Ok(Picks::default());
        }
        let read = |part: &str| {
            let (choice, nth) = part.trim().split_once(':')?;
            let choice = choice.parse().ok().filter(|choice| *choice > 0)?;
            Some((choice, nth.parse().ok().filter(|nth| *nth > 0)?))
        };
        let picks: Option<Vec<(u64, usize)>> = text.split(',').map(read).collect();
        let mut picks = picks.ok_or_else(|| {
            Error::Input(format!(
                "'{text}' is no list of choices: it is like 3:2,7:1, or the word nothing"
            ))
        })?;
        picks.sort_unstable();
        if picks.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::Input(format!("'{text}' makes one choice twice")));
        }
        let named = picks.last().map_or(0, |(choice, _)| *choice);
        picks.retain(|(_, nth)| *nth > 1);
        Ok(Picks { made: picks, named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["nothing", "3:2", "3:2,17:3"] {
            assert_eq!(text.parse::<Picks>().unwrap().to_string(), text);
        }
        for text in ["", "3", "3:0", "0:2", "3:2,3:3", "x:1"] {
            assert!(text.parse::<Picks>().is_err(), "{text}");
        }
        let usual: Picks = "3:2,8:1".parse().unwrap();
        assert_eq!((usual.to_string().as_str(), usual.behind(), usual.count()), ("3:2", 9, 1));
        let mut picks: Picks = "3:2,7:3".parse().unwrap();
        picks.cut(7);
        assert_eq!((picks.to_string().as_str(), picks.last(), picks.count()), ("3:2", 3, 1));
    }
}
