//! Two transcripts beside each other, where they begin to differ.

use crate::{
    beside::Columns,
    look::{Look, Tone},
};
use std::fmt::Write as _;

/// How wide both together may be where no terminal says it.
const WIDTH: usize = 80;

/// So many lines are shown around the first difference.
const BEFORE: usize = 3;
const BEHIND: usize = 12;

/// The usual order at the left and a schedule at the right, from shortly before the first line that differs. That
/// one is marked.
pub(super) fn told(usual: &str, other: &str, schedule: u64, look: Look) -> String {
    let [left, right] = [usual, other].map(|text| text.lines().collect::<Vec<_>>());
    let most = left.len().max(right.len());
    let first = (0..most).find(|&n| left.get(n) != right.get(n));
    let Some(first) = first else { return "Both print the same.\n".to_owned() };
    let from = first.saturating_sub(BEFORE);
    let to = most.min(first + BEHIND);
    let columns = Columns::within(look.width.unwrap_or(WIDTH), look);
    let rule = "-".repeat(columns.width);
    let mut told = columns.row(" ", ["the usual order", &format!("schedule {schedule}")], None);
    told.push_str(&columns.row(" ", [&rule, &rule], None));
    if from > 0 {
        let _ = writeln!(told, "  ({from} lines are the same)");
    }
    for n in from..to {
        let sides = [&left, &right].map(|lines| lines.get(n).copied().unwrap_or("(no line)"));
        let is_first = n == first;
        let tones = is_first.then_some([Tone::Mind; 2]);
        told.push_str(&columns.row(if is_first { ">" } else { " " }, sides, tones));
    }
    if to < most {
        let _ = writeln!(told, "  ({} more lines)", most - to);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: usize) -> Look {
        Look { width: Some(width), ..Look::default() }
    }

    #[test]
    fn the_first_difference_is_marked() {
        let told = super::told("a\nb\nc\n", "a\nc\nb\nd\n", 7, at(25));
        assert_eq!(
            told,
            "  the usual… | schedule 7\n  ---------- | ----------\n  a          | a\n\
             > b          | c\n  c          | b\n  (no line)  | d\n"
        );
    }

    #[test]
    fn no_line_is_too_long() {
        let long = "a line that is much longer than any column ".repeat(4);
        for width in [60, 80, 100] {
            let other = format!("same\n{long}other\n");
            let told = super::told(&format!("same\n{long}\n"), &other, 7, at(width));
            let widest = told.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{width}: {told}");
        }
    }

    #[test]
    fn the_middle_of_long_transcripts_is_shown() {
        let lines =
            |n: usize| (0..60).map(|at| format!("{}\n", if at == n { 0 } else { 1 })).collect();
        let (usual, other): (String, String) = (lines(99), lines(30));
        let told = super::told(&usual, &other, 7, at(60));
        assert!(told.contains("  (27 lines are the same)\n"), "{told}");
        assert!(told.ends_with("  (18 more lines)\n"), "{told}");
    }
}
