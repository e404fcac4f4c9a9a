//! Two transcripts beside each other.

use crate::look::{Look, Tone};
use std::fmt::Write as _;

/// How wide both together may be where no terminal says it.
const WIDTH: usize = 80;

/// So many lines are shown around the first difference.
const BEFORE: usize = 3;
const BEHIND: usize = 12;

/// The usual order at the left and a schedule at the right, from shortly before the first line that differs. That
/// one is marked.
pub(super) fn side_by_side(usual: &str, other: &str, schedule: u64, look: Look) -> String {
    let [left, right] = [usual, other].map(|text| text.lines().collect::<Vec<_>>());
    let most = left.len().max(right.len());
    let first = (0..most).find(|&n| left.get(n) != right.get(n));
    let Some(first) = first else { return "Both print the same.\n".to_owned() };
    let from = first.saturating_sub(BEFORE);
    let to = most.min(first + BEHIND);
    // A sign and a blank, and " | " between the two.
    let column = (look.width.unwrap_or(WIDTH) - 5) / 2;
    let row = |sign: &str, left: &str, right: &str| {
        format!("{sign} {} | {}", filled(left, column, look), cut(right, column, look))
    };
    let mut told = String::new();
    let _ = writeln!(told, "{}", row(" ", "the usual order", &format!("schedule {schedule}")));
    let _ = writeln!(told, "{}", row(" ", &"-".repeat(column), &"-".repeat(column)));
    if from > 0 {
        let _ = writeln!(told, "  ({from} lines are the same)");
    }
    for n in from..to {
        let line =
            |lines: &[&str]| lines.get(n).map_or("(no line)", |line| line).replace('\t', " ");
        let shown = row(if n == first { ">" } else { " " }, &line(&left), &line(&right));
        let shown = shown.trim_end();
        let shown = if n == first { look.paint(Tone::Mind, shown) } else { shown.to_owned() };
        let _ = writeln!(told, "{shown}");
    }
    if to < most {
        let _ = writeln!(told, "  ({} more lines)", most - to);
    }
    told
}

fn filled(line: &str, width: usize, look: Look) -> String {
    let line = cut(line, width, look);
    let missing = width.saturating_sub(line.chars().count());
    line + &" ".repeat(missing)
}

fn cut(line: &str, width: usize, look: Look) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let mark = if look.ascii { "..." } else { "…" };
    line.chars().take(width.saturating_sub(mark.chars().count())).collect::<String>() + mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: usize) -> Look {
        Look { width: Some(width), ..Look::default() }
    }

    #[test]
    fn the_first_difference_is_marked() {
        let told = side_by_side("a\nb\nc\n", "a\nc\nb\nd\n", 7, at(25));
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
            let told = side_by_side(&format!("same\n{long}\n"), &other, 7, at(width));
            let widest = told.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{width}: {told}");
        }
    }

    #[test]
    fn the_middle_of_long_transcripts_is_shown() {
        let lines =
            |n: usize| (0..60).map(|at| format!("{}\n", if at == n { 0 } else { 1 })).collect();
        let (usual, other): (String, String) = (lines(99), lines(30));
        let told = side_by_side(&usual, &other, 7, at(60));
        assert!(told.contains("  (27 lines are the same)\n"), "{told}");
        assert!(told.ends_with("  (18 more lines)\n"), "{told}");
    }
}
