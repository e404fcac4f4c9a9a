//! What sets a run apart from the plain order, as a short text.

use crate::stage::CLOCK;
use std::{fmt, str::FromStr};

/// A place in the life of an actor: the `nth` time that it comes to a call.
///
/// It is written `2@recv#3`: actor 2, the third time that it is about to receive. `main` is an actor too; the
/// others are numbered as they are spawned. A number in place of a call is a line of the source.
///
/// ```
/// use rehearsal::shrink::Stop;
///
/// let stop: Stop = "main@41#2".parse().unwrap();
/// assert_eq!((stop.actor, &*stop.call, stop.nth), (0, "41", 2));
/// assert_eq!(stop.to_string(), "main@41#2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// 0 for main, and else a number in the order of the spawns.
    pub actor: u64,
    /// What it calls, or the line at which it does.
    pub call: String,
    /// How often it has come there, this time included.
    pub nth: u32,
    /// How often it has waited since, and was woken: `2@recv#3+`, `2@recv#3+2`.
    pub woken: u32,
}

/// One thing that differs from the plain order, in which an actor goes on until it has to wait.
///
/// | text | what it says |
/// |---|---|
/// | `2@recv#3` | actor 2 is held there until nobody else can go on |
/// | `2@recv#3>1` | actor 2 is not let there, and actor 1 goes on in its place |
/// | `2@recv#3>time` | actor 2 is not let there, nor anybody else: time passes up to the next who sleeps |
/// | `2@recv#3>2` | task 2 lets others go first there, and nobody does |
/// | `2@recv#3>1*4` | the same four times, as a token has it |
/// | `1@sleep#2=1500us` | that sleep takes 1,500 microseconds |
/// | `main@wake#1/2` | of those that could be woken, it wakes the second |
/// | `2@nothing#1!` | a wait of actor 2 ends though nobody has woken it |
///
/// ```
/// use rehearsal::shrink::Cause;
///
/// let cause: Cause = "2@recv#3>1".parse().unwrap();
/// assert!(matches!(cause, Cause::Held { goes: Some(1), .. }));
/// assert!("2@recv".parse::<Cause>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An actor that could go on is not let: a preemption. If it goes on itself, it only lets others go first.
    Held {
        /// Where.
        at: Stop,
        /// Who goes on in its place; `u64::MAX` is the clock. Where nobody is named, it is held until nobody else can go on.
        goes: Option<u64>,
    },
    /// A sleep takes longer than it was asked for.
    Sleeps {
        /// Which sleep.
        at: Stop,
        /// How many microseconds it takes.
        micros: u64,
    },
    /// Of several that are equally good, another one is picked.
    Picks {
        /// Which choice: `wake` for one of those that wait, `arm` for one of a selection's.
        at: Stop,
        /// Which of them, from 0 on. It is written from 1 on.
        nth: usize,
    },
    /// What may happen at any time happens there: a wait ends for nothing, a future is dropped.
    Happens {
        /// Where: `nothing` or `drop`.
        at: Stop,
    },
}

impl Cause {
    /// Where it is.
    ///
    /// ```
    /// use rehearsal::shrink::Cause;
    ///
    /// assert_eq!("2@nothing#1!".parse::<Cause>().unwrap().at().actor, 2);
    /// ```
    #[must_use]
    pub fn at(&self) -> &Stop {
        match self {
            Cause::Held { at, .. }
            | Cause::Sleeps { at, .. }
            | Cause::Picks { at, .. }
            | Cause::Happens { at } => at,
        }
    }

    /// Whether it is a preemption.
    ///
    /// ```
    /// use rehearsal::shrink::Cause;
    ///
    /// assert!("2@recv#3".parse::<Cause>().unwrap().is_preemption());
    /// assert!(!"2@sleep#3=5us".parse::<Cause>().unwrap().is_preemption());
    /// ```
    #[must_use]
    pub fn is_preemption(&self) -> bool {
        matches!(self, Cause::Held { at, goes } if *goes != Some(at.actor))
    }
}

/// All that sets a run apart from the plain order: what `--held` takes.
///
/// ```
/// use rehearsal::shrink::Token;
///
/// let token: Token = "2@recv#3,main@wake#1/2".parse().unwrap();
/// assert_eq!((token.causes.len(), token.preemptions()), (2, 1));
/// assert_eq!(token.to_string(), "2@recv#3,main@wake#1/2");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// In the order in which they are to come.
    pub causes: Vec<Cause>,
}

/// The word for a run that differs in nothing.
const NOTHING: &str = "nothing";

impl Token {
    /// How often an actor that could go on is not let. While it is held at one stop, that is once.
    ///
    /// ```
    /// use rehearsal::shrink::Token;
    ///
    /// assert_eq!("nothing".parse::<Token>().unwrap().preemptions(), 0);
    /// ```
    #[must_use]
    pub fn preemptions(&self) -> usize {
        let holds = self.causes.iter().filter(|cause| cause.is_preemption());
        let mut stops: Vec<&Stop> = holds.map(Cause::at).collect();
        stops.dedup();
        stops.len()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.causes.is_empty() {
            return f.write_str(NOTHING);
        }
        let mut texts: Vec<(String, usize)> = Vec::new();
        for cause in self.causes.iter().map(ToString::to_string) {
            match texts.last_mut() {
                Some((last, times)) if *last == cause => *times += 1,
                _ => texts.push((cause, 1)),
            }
        }
        let texts = texts.into_iter().map(|(cause, times)| match times {
            1 => cause,
            more => format!("{cause}*{more}"),
        });
        f.write_str(&texts.collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Token, String> {
        if text.trim() == NOTHING {
            return Ok(Token::default());
        }
        let causes = text.split([',', '\n']).map(str::trim).filter(|cause| !cause.is_empty());
        let causes: Vec<Vec<Cause>> = causes.map(repeated).collect::<Result<_, String>>()?;
        let causes = causes.concat();
        if causes.is_empty() { Err("nothing is held".to_owned()) } else { Ok(Token { causes }) }
    }
}

/// A cause that may be written with the number of times that it comes in a row: `2@recv#3>1*4`.
fn repeated(text: &str) -> Result<Vec<Cause>, String> {
    /// More would be a slip of the pen.
    const MOST: usize = 100_000;
    let Some((cause, times)) = text.split_once('*') else { return Ok(vec![text.parse()?]) };
    let times = times.parse().ok().filter(|times| (1..=MOST).contains(times));
    let times = times.ok_or_else(|| format!("'{text}' has no number of times behind its *"))?;
    Ok(vec![cause.parse()?; times])
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.actor {
            0 => f.write_str("main")?,
            actor => write!(f, "{actor}")?,
        }
        write!(f, "@{}#{}", self.call, self.nth)?;
        match self.woken {
            0 => Ok(()),
            1 => f.write_str("+"),
            more => write!(f, "+{more}"),
        }
    }
}

impl FromStr for Stop {
    type Err = String;

    fn from_str(text: &str) -> Result<Stop, String> {
        let read = || {
            let (actor, rest) = text.split_once('@')?;
            let (call, nth) = rest.split_once('#')?;
            let (nth, woken) = match nth.split_once('+') {
                None => (nth, 0),
                Some((nth, "")) => (nth, 1),
                Some((nth, more)) => (nth, more.parse().ok().filter(|more| *more > 0)?),
            };
            let actor = if actor == "main" { 0 } else { actor.parse().ok()? };
            let nth = nth.parse().ok().filter(|nth| *nth > 0)?;
            (!call.is_empty()).then(|| Stop { actor, call: call.to_owned(), nth, woken })
        };
        read().ok_or_else(|| format!("'{text}' is no stop: that is like 2@recv#3"))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Held { at, goes: None } => write!(f, "{at}"),
            Cause::Held { at, goes: Some(0) } => write!(f, "{at}>main"),
            Cause::Held { at, goes: Some(CLOCK) } => write!(f, "{at}>time"),
            Cause::Held { at, goes: Some(other) } => write!(f, "{at}>{other}"),
            Cause::Sleeps { at, micros } => write!(f, "{at}={micros}us"),
            Cause::Picks { at, nth } => write!(f, "{at}/{}", nth + 1),
            Cause::Happens { at } => write!(f, "{at}!"),
        }
    }
}

impl FromStr for Cause {
    type Err = String;

    fn from_str(text: &str) -> Result<Cause, String> {
        let wrong = || format!("'{text}' can't be held: it is like 2@recv#3");
        if let Some(at) = text.strip_suffix('!') {
            return Ok(Cause::Happens { at: at.parse()? });
        }
        if let Some((at, goes)) = text.split_once('>') {
            let goes = match goes {
                "main" => 0,
                "time" => CLOCK,
                other => other.parse().map_err(|_| wrong())?,
            };
            return Ok(Cause::Held { at: at.parse()?, goes: Some(goes) });
        }
        if let Some((at, time)) = text.split_once('=') {
            let micros = time.strip_suffix("us").and_then(|micros| micros.parse().ok());
            return Ok(Cause::Sleeps { at: at.parse()?, micros: micros.ok_or_else(wrong)? });
        }
        if let Some((at, nth)) = text.split_once('/') {
            let nth = nth.parse().ok().and_then(|nth: usize| nth.checked_sub(1));
            return Ok(Cause::Picks { at: at.parse()?, nth: nth.ok_or_else(wrong)? });
        }
        Ok(Cause::Held { at: text.parse()?, goes: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "nothing",
            "2@recv#3",
            "2@recv#3>time*2",
            "main@41#1+>2,2@lock#2+3>main*4,2@lock#2",
            "1@sleep#2=1500us,main@wake#1/2,2@nothing#1!",
        ] {
            assert_eq!(text.parse::<Token>().map(|token| token.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            ",",
            "2",
            "2@recv",
            "2@recv#0",
            "x@recv#1",
            "2@#1",
            "2@recv#1/0",
            "2@sleep#1=5",
            "2@a#1+0",
            "2@a#1*0",
        ] {
            assert!(text.parse::<Token>().is_err(), "{text}");
        }
    }
}
