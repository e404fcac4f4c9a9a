//! The sentence that tells what a failure needs.

use super::{
    Cause, Record, Shrunk, Stop,
    record::{Spot, Told},
};

/// A sentence of more is read by nobody: the token has them all.
const MOST_CLAUSES: usize = 4;

impl Shrunk {
    /// What the failure needs, in one sentence.
    ///
    /// ```
    /// # use rehearsal::shrink::{Record, shrink};
    /// let shrunk = shrink(&Record::default(), 10, |_| Some(Record::default())).unwrap();
    /// assert!(shrunk.sentence().starts_with("It fails when nobody is held"));
    /// ```
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
        // The last ones stand next to the failure.
        let (more, last) = stays.split_at(stays.len().saturating_sub(MOST_CLAUSES));
        let mut clauses: Vec<String> = last.iter().map(|told| self.clause(told)).collect();
        let first = match more.len() {
            0 => return format!("It fails when {}.", clauses.join(", and then ")),
            1 => "1 more such thing happens first".to_owned(),
            more => format!("{more} more such things happen first"),
        };
        clauses.insert(0, first);
        format!(
            "It fails when {}. The search did not get it smaller; the token has all of it.",
            clauses.join(", and then ")
        )
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
        _ if here.call == "spawn" => just_after_a_spawn(told),
        _ if here.call == "start" && at.actor == 0 => "after it was woken".to_owned(),
        _ if here.call == "start" => format!("before it begins ({})", here.place),
        _ if here.call == "locked" => format!("with the lock of {} in hand{time}", here.place),
        _ if at.woken > 0 => format!("in {}, where it was woken{time}", here.spoken()),
        Some(after) => format!("between {} and {}{time}", after.spoken(), here.spoken()),
        None => format!("before {}{time}", here.spoken()),
    }
}

/// Others may go first once somebody is spawned, and not before: with nobody else there is nothing to choose.
fn just_after_a_spawn(Told { cause, here, numbers, .. }: &Told) -> String {
    let Stop { call, nth, .. } = cause.at();
    // A stop that names a line counts how often the actor has come there.
    let nth =
        if *call == here.call { u64::from(*nth) } else { numbers.first().map_or(1, |nth| *nth) };
    let which = match nth {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        more => ordinal(&more),
    };
    format!("just after its {which} spawn ({})", here.place)
}

/// `1st`, `2nd`, `3rd`, as the sentence counts.
///
/// ```
/// use rehearsal::shrink::ordinal;
///
/// assert_eq!([1, 2, 11, 23].map(|nth| ordinal(&nth)), ["1st", "2nd", "11th", "23rd"]);
/// ```
#[must_use]
pub fn ordinal(nth: &u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentence for causes, each with its numbers, of actors that stand in a loop of two calls.
    fn sentence(causes: &[(&str, &str)], more: &str) -> String {
        let line = |(cause, numbers): &(&str, &str)| {
            format!("cause\t{cause}\tsend\tsrc/main.rs:43\trecv\tsrc/main.rs:41\t{numbers}\n")
        };
        let names = "name\t1\tWorker-1\nname\t2\tWorker-2\nname\t3\tWorker-3\n";
        let text = names.to_owned() + &causes.iter().map(line).collect::<String>() + more;
        Record::read(&text).expect("it can be read").sentence()
    }

    #[test]
    fn a_preemption_is_told_with_both_lines_and_who_goes_on() {
        assert_eq!(
            sentence(&[("2@send#1", "1")], "goes\t0\t1\n"),
            "It fails when Worker-2 is held between src/main.rs:41 (recv) and src/main.rs:43 (send), \
             while Worker-1 goes on."
        );
        let again = sentence(&[("2@send#5", "3")], "goes\t0\t1\ngoes\t0\t0\ngoes\t0\t3\n");
        assert!(
            again.ends_with(" (send), the 3rd time, while Worker-1, main and Worker-3 go on."),
            "{again}"
        );
    }

    #[test]
    fn who_is_held_at_one_stop_several_times_is_told_once() {
        let told =
            sentence(&[("2@send#1>1", "1"), ("2@send#1>3", "1")], "goes\t0\t1\ngoes\t1\t3\n");
        assert!(told.ends_with("while Worker-1 and Worker-3 go on."), "{told}");
        assert!(!told.contains("and then"), "{told}");
    }

    #[test]
    fn what_is_no_preemption_is_told_too() {
        for (cause, numbers, says) in [
            (
                "2@sleep#1=1500000us",
                "20000",
                "Worker-2 sleeps at src/main.rs:43 for 1.5 s in place of 0.02 s",
            ),
            (
                "2@wake#1/2",
                "3 1",
                "Worker-2 at src/main.rs:43 (send) wakes Worker-3 before Worker-1",
            ),
            ("2@arm#1/2", "3", "Worker-2 at src/main.rs:43 (send) begins with arm 2"),
            ("2@nothing#1!", "", "Worker-2 at src/main.rs:43 (send) comes back for nothing"),
            ("2@drop#1!", "", "what Worker-2 waits for is dropped after src/main.rs:43 (send)"),
            ("2@send#1>2", "1", "Worker-2 lets others go first at src/main.rs:43 (send)"),
            ("2@send#1+", "1", "Worker-2 is held in src/main.rs:43 (send), where it was woken"),
        ] {
            assert_eq!(sentence(&[(cause, numbers)], ""), format!("It fails when {says}."));
        }
    }

    #[test]
    fn many_causes_are_counted() {
        let causes: Vec<String> = (1..=9).map(|nth| format!("2@send#{nth}")).collect();
        let causes: Vec<(&str, &str)> = causes.iter().map(|cause| (&**cause, "1")).collect();
        let told = sentence(&causes, "");
        assert!(
            told.starts_with("It fails when 5 more such things happen first, and then Worker-2 "),
            "{told}"
        );
        assert!(
            told.ends_with(". The search did not get it smaller; the token has all of it."),
            "{told}"
        );
        let told = sentence(&causes[5..], "");
        assert!(!told.contains("such thing") && !told.contains("search"), "{told}");
    }

    #[test]
    fn the_last_of_many_causes_are_kept() {
        let causes: Vec<String> = (1..=5).map(|nth| format!("2@spawn#{nth}")).collect();
        let line = |cause| format!("cause\t{cause}\tspawn\tsrc/main.rs:9\t\t\t1\n");
        let told = Record::read(&causes.iter().map(line).collect::<String>()).unwrap().sentence();
        assert!(
            told.starts_with("It fails when 1 more such thing happens first, and then "),
            "{told}"
        );
        assert!(!told.contains("its first spawn"), "{told}");
        for which in ["second", "third", "4th", "5th"] {
            let clause = format!("held just after its {which} spawn (src/main.rs:9)");
            assert!(told.contains(&clause), "'{clause}' is not in: {told}");
        }
    }
}
