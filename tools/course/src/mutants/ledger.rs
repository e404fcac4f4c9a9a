//! The mutants that no test refuses, and why: `solutions/NN/mutants.txt`.
//!
//! A mutant is known by its operator, its file, its function, and the lines that differ. So an entry outlives edits
//! of other lines, and goes stale when its own are edited.

use crate::{Error, Result, read, workspace::Exercise};
use diffy::DiffOptions;
use std::collections::BTreeMap;

/// Its name, in the solution's folder.
pub(super) const FILE: &str = "mutants.txt";

/// Why a mutant may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Nobody can see a difference: its story is the solution's.
    Equivalent,
    /// It differs where the brief promises nothing.
    AlsoRight,
    /// It is wrong, and the tests do not see it.
    NotSeen,
}

pub(super) const KINDS: [Kind; 3] = [Kind::Equivalent, Kind::AlsoRight, Kind::NotSeen];

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Equivalent => "equivalent",
            Kind::AlsoRight => "also right",
            Kind::NotSeen => "not seen",
        }
    }
}

/// What a mutant is known by, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// `swap main.rs work`.
    pub(super) place: String,
    /// The lines that go, and those that come, each behind its sign.
    pub(super) lines: Vec<String>,
}

impl Key {
    /// That of an operator's edit: the lines that differ, without the space that formatting chooses.
    ///
    /// Of a few lines it is all between the first and the last that differ, so that a reader sees what was swapped.
    pub(super) fn of(place: String, old: &str, new: &str) -> Key {
        const FEW: usize = 8;
        let [before, after] = between(old, new);
        if before.len().max(after.len()) <= FEW {
            let signed = [("-", before), ("+", after)].into_iter();
            let lines = signed.flat_map(|(sign, lines)| {
                lines.into_iter().map(move |line| squeezed(&format!("{sign}{line}")))
            });
            return Key { place, lines: lines.filter(|line| line.len() > 1).collect() };
        }
        let patch = DiffOptions::new().set_context_len(0).create_patch(old, new).to_string();
        let changed = patch.lines().filter(|line| {
            line.starts_with(['-', '+']) && !line.starts_with("---") && !line.starts_with("+++")
        });
        let lines = changed.map(squeezed).filter(|line| line.len() > 1).collect();
        Key { place, lines }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "@ {}", self.place)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The lines of both between the first and the last that differ.
fn between<'a>(old: &'a str, new: &'a str) -> [Vec<&'a str>; 2] {
    let [mut old, mut new] = [old, new].map(|text| text.lines().collect::<Vec<_>>());
    let same = |(one, other): &(&&str, &&str)| one == other;
    let first = old.iter().zip(&new).take_while(same).count();
    (old, new) = (old.split_off(first), new.split_off(first));
    let last = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    old.truncate(old.len() - last);
    new.truncate(new.len() - last);
    [old, new]
}

/// A line of a diff: its sign, a space, and its words with a space between each two.
fn squeezed(line: &str) -> String {
    let (sign, text) = line.split_at(1);
    [sign].into_iter().chain(text.split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// What the file says of each mutant in it: the kind and the reason.
pub(super) type Ledger = BTreeMap<Key, (Kind, String)>;

/// Reads an exercise's file. Without one no mutant may pass.
pub(super) fn of(exercise: &Exercise) -> Result<Ledger> {
    let path = exercise.solution().join(FILE);
    if !path.is_file() {
        return Ok(Ledger::new());
    }
    parse(&read(&path)?).map_err(|fault| Error::Failed(format!("{}: {fault}", path.display())))
}

fn parse(text: &str) -> std::result::Result<Ledger, String> {
    let mut ledger = Ledger::new();
    let mut why: Option<(Kind, String)> = None;
    let mut key: Option<Key> = None;
    let keep = |ledger: &mut Ledger, key: Option<Key>, why: &Option<(Kind, String)>| {
        let (Some(key), Some(why)) = (key, why) else { return Ok(()) };
        if why.1.is_empty() {
            return Err(format!("'{}' has no reason", why.0.word()));
        }
        let place = key.place.clone();
        match ledger.insert(key, why.clone()) {
            Some(_) => Err(format!("an edit of '{place}' stands there twice")),
            None => Ok(()),
        }
    };
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let begun = KINDS.iter().find_map(|kind| {
            Some((*kind, line.strip_prefix(kind.word())?.strip_prefix(':')?.trim().to_owned()))
        });
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if begun.is_some() || line.starts_with("@ ") {
            keep(&mut ledger, key.take(), &why)?;
        }
        match (begun, line.strip_prefix("@ "), &mut key, &mut why) {
            (Some(begun), ..) => why = Some(begun),
            (_, Some(place), _, Some(_)) => {
                key = Some(Key { place: place.trim().to_owned(), lines: Vec::new() });
            }
            (_, _, Some(key), _) if line.starts_with(['-', '+']) => key.lines.push(squeezed(line)),
            (None, None, None, Some((_, reason))) => {
                reason.push_str(if reason.is_empty() { "" } else { " " });
                reason.push_str(line);
            }
            _ => {
                let kinds = KINDS.map(Kind::word).join("', '");
                return Err(format!(
                    "line {}: '{line}' belongs to no entry. One begins with '{kinds}' and a colon, then come \
                     a line like '@ swap main.rs work' and the lines that differ",
                    number + 1
                ));
            }
        }
    }
    keep(&mut ledger, key, &why)?;
    Ok(ledger)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "a();\nfn f() {\n    b(1,  2);\n    c();\n}\n";
    const NEW: &str = "a();\nfn f() {\n    c();\n    b(1,  2);\n}\n";

    #[test]
    fn an_entry_is_found_whatever_the_lines_around_it() {
        let key = Key::of("swap main.rs f".to_owned(), OLD, NEW);
        assert_eq!(key.to_string().lines().count(), 5, "{key}");
        let text = format!(
            "# Which.\n\nalso right: the order\n  is free\n{key}\nequivalent: x\n  {}",
            key.to_string().replace("f\n", "g\n")
        );
        let ledger = parse(&text).unwrap();
        assert_eq!(ledger[&key], (Kind::AlsoRight, "the order is free".to_owned()));
        assert_eq!(ledger.len(), 2);
        let [old, new] =
            [OLD, NEW].map(|text| format!("z();\n{}y();\n", text.replace("    ", "  ")));
        assert!(ledger.contains_key(&Key::of("swap main.rs f".to_owned(), &old, &new)));
    }

    #[test]
    fn what_is_no_entry_is_told() {
        for (text, fault) in [
            ("- a\n", "line 1: '- a' belongs to no entry"),
            ("@ swap main.rs f\n", "line 1: '@ swap"),
            ("equivalent:\n@ swap main.rs f\n- a\n", "'equivalent' has no reason"),
            ("equivalent: x\n@ a\n- a\n@ a\n- a\n", "an edit of 'a' stands there twice"),
        ] {
            assert!(parse(text).unwrap_err().contains(fault), "{text}");
        }
    }
}
