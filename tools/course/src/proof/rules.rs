//! What each rule of a referee is good for: one that refuses nothing is not tried, and one that never refuses alone
//! may be one too many.

use super::{Fact, Found};
use crate::{read, workspace::Exercise};
use accord::failure;
use std::fmt::Write as _;

/// The name of the check.
pub(super) const CHECK: &str = "rules";

/// How what is told of a refusal goes on with its rules.
const BY: &str = "; by the rules: ";

/// A rule of a referee, as its source names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    name: String,
    /// The rule that nobody can keep who breaks this one.
    part_of: Option<String>,
}

/// The rules of an exercise, in their order. None, where its tests are no referee.
pub(super) fn of(exercise: &Exercise) -> Vec<Rule> {
    let referee = read(&exercise.folder().join("tests/referee.rs")).unwrap_or_default();
    rules_in(&referee)
}

/// Each `Rule::new("its name", …)`, with its `.part_of("another")`.
fn rules_in(referee: &str) -> Vec<Rule> {
    let quoted = |after: &str| Some(after.split_once('"')?.1.split_once('"')?.0.to_owned());
    let rule = |after: &str| {
        let part_of = after.split_once(".part_of(").and_then(|(_, whole)| quoted(whole));
        Some(Rule { name: quoted(after)?, part_of })
    };
    referee.split("Rule::new(").skip(1).filter_map(rule).collect()
}

/// The rules that refuse a program, as its verdict tells them. Nothing, where no rule did.
pub(super) fn told(message: &str) -> String {
    let rows = failure::rows(message);
    let rules = rows.iter().find(|(label, _)| *label == failure::RULES);
    rules.map(|(_, lines)| format!("{BY}{}", lines.join(" "))).unwrap_or_default()
}

/// A line for each rule: how many wrong programs it refuses, and one that no other rule does. A rule that refuses
/// nothing is a fault, and so is one that is part of another and was broken without it.
pub(super) fn good_for(rules: &[Rule], refusals: &[Fact]) -> Found {
    let refused: Vec<(&str, Vec<&str>)> = refusals.iter().filter_map(by_rules).collect();
    let (mut table, mut faults) = (String::new(), Vec::new());
    let (mut alone_in_something, mut parts) = (0, 0);
    for Rule { name, part_of } in rules {
        let its: Vec<_> = refused.iter().filter(|(_, by)| is_among(name, by)).collect();
        if its.is_empty() {
            faults.push(format!("no program here breaks \"{name}\""));
        }
        let alone = its.iter().find(|(_, by)| by.join(", ") == *name);
        let note = match (alone, part_of) {
            (_, Some(whole)) if its.iter().all(|(_, by)| is_among(whole, by)) => {
                parts += 1;
                format!("part of: {whole}")
            }
            (_, Some(whole)) => {
                faults.push(format!("\"{name}\" is no part of \"{whole}\""));
                format!("not always with: {whole}")
            }
            (Some((program, _)), None) => {
                alone_in_something += 1;
                format!("alone: {program}")
            }
            (None, None) => "none alone".to_owned(),
        };
        let _ = write!(table, "\n{:>3}  {name} ({note})", its.len());
    }
    let parts = match parts {
        0 => String::new(),
        1 => ", and 1 is part of another".to_owned(),
        parts => format!(", and {parts} are parts of others"),
    };
    let all = rules.len();
    let counted = format!("{alone_in_something} of {all} refuse what no other does{parts}");
    if faults.is_empty() {
        return Ok(counted + &table);
    }
    Err(format!("{}; {counted}{table}", faults.join("; ")))
}

/// The name of a program that rules refuse, and theirs.
fn by_rules(fact: &Fact) -> Option<(&str, Vec<&str>)> {
    let (_, by) = fact.detail.rsplit_once(BY).filter(|_| fact.holds)?;
    Some((&fact.name, by.trim_end_matches(" (as before)").split(", ").collect()))
}

/// Whether a rule is one of these. Its name may have a comma too.
fn is_among(rule: &str, names: &[&str]) -> bool {
    let parts: Vec<&str> = rule.split(", ").collect();
    names.windows(parts.len()).any(|names| names == parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, part_of: Option<&str>) -> Rule {
        Rule { name: name.to_owned(), part_of: part_of.map(str::to_owned) }
    }

    fn refused(name: &str, by: &str) -> Fact {
        Fact::of(name, Ok(format!("refused by fix-1 (a){by}")))
    }

    #[test]
    fn the_names_of_rules_are_read_from_their_table() {
        let referee = "    Rule::new(\n        \"first come, first served\",\n        \"A \\\"quote\\\"\", f)\n    .part_of(\"exit\"),\n    Rule::new(\"exit\", \"1\", g)";
        let rules = [rule("first come, first served", Some("exit")), rule("exit", None)];
        assert_eq!(rules_in(referee), rules);
    }

    #[test]
    fn a_rule_that_nothing_needs_is_told() {
        let rules = ["once", "in order, always", "exit"].map(|name| rule(name, None));
        let message =
            "fix-1 · x\n\n  it did            a\n  refused by rules  once, in order, always\n";
        assert_eq!(told(message), "; by the rules: once, in order, always");
        let both = refused("wrong/both", &told(message));
        let alone = refused("wrong/alone", "; by the rules: in order, always");
        let old = refused("wrong/old", "; by the rules: once (as before)");
        let last = refused("wrong/last", "; by the rules: exit");
        let idle = good_for(&rules, &[both.clone(), alone.clone()]).unwrap_err();
        let start = "no program here breaks \"exit\"; 1 of 3 refuse what no other does\n";
        assert!(idle.starts_with(start), "{idle}");
        assert!(idle.contains("  1  once (none alone)"), "{idle}");
        assert!(idle.contains("  2  in order, always (alone: wrong/alone)"), "{idle}");
        let good = good_for(&rules, &[both, alone, old, last]).unwrap();
        assert!(good.starts_with("3 of 3 refuse what no other does\n"), "{good}");
    }

    #[test]
    fn a_part_is_never_broken_without_its_whole() {
        let rules = [rule("room", Some("once, always")), rule("once, always", None)];
        let both = refused("wrong/both", "; by the rules: room, once, always");
        let whole = refused("wrong/whole", "; by the rules: once, always");
        let table = good_for(&rules, &[both.clone(), whole.clone()]).unwrap();
        let start = "1 of 2 refuse what no other does, and 1 is part of another\n";
        assert!(table.starts_with(start), "{table}");
        assert!(table.contains("  1  room (part of: once, always)"), "{table}");
        let part = refused("wrong/part", "; by the rules: room");
        let fault = good_for(&rules, &[both, whole, part]).unwrap_err();
        assert!(fault.starts_with("\"room\" is no part of \"once, always\"; 1 of 2"), "{fault}");
    }
}
