//! The sentence that tells what a failure needs.

use super::{
    Cause, Record, Shrunk,
    record::{Spot, Told},
};

/// A sentence of more is read by nobody: the token has them all.
const MOST_CLAUSES: usize = 4;

impl Shrunk {
    /// What the failure needs, in one sentence.
    ///
    /// [`shrink`](super::shrink()) has an example.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.record.sentence()
    }
}

impl Record {
    fn sentence(&self) -> String {
        if self.told.is_empty() {
            return "It fails when nobody is held, and each goes on until it has to wait."
                .to_owned();
        }
        let stays = self.stays();
        let mut clauses: Vec<String> =
            stays.iter().take(MOST_CLAUSES).map(|told| self.clause(told)).collect();
        let more = stays.len() - clauses.len();
        if more > 0 {
            clauses.push(format!("{more} more such things happen"));
        }
        format!("It fails when {}.", clauses.join(", and then "))
    }

    /// The causes, where one who is held at one stop again and again is held there once.
    fn stays(&self) -> Vec<Told> {
        let mut stays: Vec<Told> = Vec::new();
        for told in &self.told {
            match stays.last_mut() {
                Some(last) if told.cause.is_preemption() && last.cause.at() == told.cause.at() => {
                    let new: Vec<u64> = told
                        .goes
                        .iter()
                        .filter(|actor| !last.goes.contains(actor))
                        .copied()
                        .collect();
                    last.goes.extend(new);
                }
                _ => stays.push(told.clone()),
            }
        }
        stays
    }

    fn clause(&self, told: &Told) -> String {
        let Told { cause, here, numbers, .. } = told;
        let who = self.name(cause.at().actor);
        match cause {
            Cause::Held { .. } if !cause.is_preemption() => {
                format!("{who} lets others go first at {}", here.spoken())
            }
            Cause::Held { .. } => {
                format!("{who} is held {}{}", held_at(told), self.meanwhile(told))
            }
            Cause::Sleeps { micros, .. } => {
                let asked = numbers.first().copied().unwrap_or_default();
                let (long, short) = (seconds(*micros), seconds(asked));
                format!("{who} sleeps at {} for {long} in place of {short}", here.place)
            }
            Cause::Picks { nth, .. } => match numbers[..] {
                [woken, first] => {
                    let (woken, first) = (self.name(woken), self.name(first));
                    format!("{who} at {} wakes {woken} before {first}", here.spoken())
                }
                _ => format!("{who} at {} begins with arm {}", here.spoken(), nth + 1),
            },
            Cause::Happens { at } if at.call == "drop" => {
                format!("what {who} waits for is dropped after {}", here.spoken())
            }
            Cause::Happens { .. } => format!("{who} at {} comes back for nothing", here.spoken()),
        }
    }

    /// Who goes on while somebody is held.
    fn meanwhile(&self, told: &Told) -> String {
        let names: Vec<String> = told.goes.iter().map(|actor| self.name(*actor)).collect();
        match &names[..] {
            [] => String::new(),
            [one] => format!(", while {one} goes on"),
            [one, other, rest @ ..] if rest.len() > 1 => {
                format!(", while {one}, {other} and {} others go on", rest.len())
            }
            [some @ .., last] => format!(", while {} and {last} go on", some.join(", ")),
        }
    }
}

impl Spot {
    fn spoken(&self) -> String {
        // The second half of the call that takes a lock.
        let call = if self.call == "locked" { "lock" } else { &self.call };
        format!("{} ({call})", self.place)
    }
}

fn held_at(told: &Told) -> String {
    let Told { cause, here, after, numbers, .. } = told;
    let at = cause.at();
    let time = match numbers.first() {
        None | Some(1) => String::new(),
        Some(nth) => format!(", the {} time", ordinal(nth)),
    };
    match after {
        _ if here.call == "start" && at.actor == 0 => "after it was woken".to_owned(),
        _ if here.call == "start" => format!("before it begins ({})", here.place),
        _ if here.call == "locked" => format!("with the lock of {} in hand{time}", here.place),
        _ if at.woken > 0 => format!("in {}, where it was woken{time}", here.spoken()),
        Some(after) => format!("between {} and {}{time}", after.spoken(), here.spoken()),
        None => format!("before {}{time}", here.spoken()),
    }
}

fn ordinal(nth: &u64) -> String {
    let ending = match (nth % 10, nth % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{nth}{ending}")
}

fn seconds(micros: u64) -> String {
    let seconds = format!("{:.6}", micros as f64 / 1e6);
    format!("{} s", seconds.trim_end_matches('0').trim_end_matches('.'))
}
