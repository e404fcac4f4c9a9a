//! What each rule of a referee is good for: one that refuses nothing is not tried, and one that never refuses alone
//! may be one too many.

use super::Fact;
use crate::{read, workspace::Exercise};
use accord::failure;
use std::{collections::BTreeMap, fmt::Write as _};

/// The name of the check.
pub(super) const CHECK: &str = "rules";

/// How what is told of a refusal goes on with its rules.
const BY: &str = "; by the rules: ";

/// The names of an exercise's rules, in their order. None, where its tests are no referee.
pub(super) fn of(exercise: &Exercise) -> Vec<String> {
    let referee = read(&exercise.folder().join("tests/referee.rs")).unwrap_or_default();
    names_in(&referee)
}

/// Each `Rule::new("its name", …)`.
fn names_in(referee: &str) -> Vec<String> {
    let name = |after: &str| Some(after.split_once('"')?.1.split_once('"')?.0.to_owned());
    referee.split("Rule::new(").skip(1).filter_map(name).collect()
}

/// The rules that refuse a program, as its verdict tells them. Nothing, where no rule did.
pub(super) fn told(message: &str) -> String {
    let rows = failure::rows(message);
    let rules = rows.iter().find(|(label, _)| *label == failure::RULES);
    rules.map(|(_, lines)| format!("{BY}{}", lines.join(" "))).unwrap_or_default()
}

/// A line for each rule: how many wrong programs it refuses, and one that no other rule does.
pub(super) fn good_for(rules: &[String], refusals: &[Fact]) -> String {
    let mut refused: BTreeMap<&str, (usize, Option<&str>)> = BTreeMap::new();
    for fact in refusals.iter().filter(|fact| fact.holds) {
        let Some((_, by)) = fact.detail.rsplit_once(BY) else { continue };
        let by: Vec<&str> = by.trim_end_matches(" (as before)").split(", ").collect();
        for rule in rules.iter().filter(|rule| is_among(rule, &by)) {
            let (count, alone) = refused.entry(rule).or_default();
            *count += 1;
            if by.join(", ") == **rule {
                alone.get_or_insert(&fact.name);
            }
        }
    }
    let mut table = String::new();
    let (mut idle, mut alone_in_something) = (Vec::new(), 0);
    for rule in rules {
        let (count, alone) = refused.get(rule.as_str()).copied().unwrap_or_default();
        if count == 0 {
            idle.push(rule.as_str());
        }
        alone_in_something += usize::from(alone.is_some());
        let alone = alone.map_or("none alone".to_owned(), |name| format!("alone: {name}"));
        let _ = write!(table, "\n{count:>3}  {rule} ({alone})");
    }
    let all = rules.len();
    let idle = match idle.as_slice() {
        [] => String::new(),
        idle => format!(", and no program here breaks: {}", idle.join("; ")),
    };
    format!("{alone_in_something} of {all} refuse what no other does{idle}{table}")
}

/// Whether a rule is one of these. Its name may have a comma too.
fn is_among(rule: &str, names: &[&str]) -> bool {
    let parts: Vec<&str> = rule.split(", ").collect();
    names.windows(parts.len()).any(|names| names == parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_rules_are_read_from_their_table() {
        let referee = "    Rule::new(\n        \"first come, first served\",\n        \"A \\\"quote\\\"\", f),\n    Rule::new(\"exit\", \"1\", g)";
        assert_eq!(names_in(referee), ["first come, first served", "exit"]);
    }

    #[test]
    fn a_rule_that_nothing_needs_is_told() {
        let rules = ["once".to_owned(), "in order, always".to_owned(), "exit".to_owned()];
        let message =
            "fix-1 · x\n\n  it did            a\n  refused by rules  once, in order, always\n";
        assert_eq!(told(message), "; by the rules: once, in order, always");
        let fact = |name: &str, by: &str| Fact::of(name, Ok(format!("refused by fix-1 (a){by}")));
        let both = fact("wrong/both", &told(message));
        let alone = fact("wrong/alone", "; by the rules: in order, always");
        let old = fact("wrong/old", "; by the rules: once (as before)");
        let last = fact("wrong/last", "; by the rules: exit");
        let idle = good_for(&rules, &[both.clone(), alone.clone()]);
        let start = "1 of 3 refuse what no other does, and no program here breaks: exit\n";
        assert!(idle.starts_with(start), "{idle}");
        assert!(idle.contains("  2  in order, always (alone: wrong/alone)"), "{idle}");
        let good = good_for(&rules, &[both, alone, old, last]);
        assert!(good.starts_with("3 of 3 refuse what no other does\n"), "{good}");
    }
}
