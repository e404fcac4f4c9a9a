//! Text for a terminal: how wide it is, and how a long line goes on.

use std::{env, fs::File, io::IsTerminal, process::Command};

/// Lines that are longer than this are hard to read, however wide the window is.
const WIDEST: usize = 100;

/// What a window has that does not say its width.
const USUAL: usize = 80;

/// How wide text on an output may be; nothing where no terminal shows it, and so nobody wraps it.
///
/// The variable COLUMNS goes before what the terminal says.
#[must_use]
pub fn width_on(output: &impl IsTerminal) -> Option<usize> {
    let shown = output.is_terminal();
    let set = || env::var("COLUMNS").ok()?.parse().ok();
    shown
        .then(|| set().or_else(of_terminal).filter(|&width| width > 0).unwrap_or(USUAL).min(WIDEST))
}

/// How wide text may be in a window of so many columns.
#[must_use]
pub fn at_most(columns: usize) -> usize {
    columns.clamp(1, WIDEST)
}

/// What `stty size` says: `24 80`. Nothing where there is no stty.
fn of_terminal() -> Option<usize> {
    let terminal = File::open("/dev/tty").ok()?;
    let output = Command::new("stty").arg("size").stdin(terminal).output().ok()?;
    String::from_utf8(output.stdout).ok()?.split_whitespace().nth(1)?.parse().ok()
}

/// Breaks the lines that are too long between words. Without a width they stay as they are.
///
/// A line goes on below its last column, which is what stands behind a gap of two blanks, or behind a first
/// word with a colon; if that begins beyond the middle, below its first word. A word that is too long stays
/// whole.
#[must_use]
pub fn wrapped(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut told = String::new();
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        told.push_str(&wrapped_line(line, width));
        told.push_str(end);
    }
    told
}

fn wrapped_line(line: &str, width: usize) -> String {
    if length(line) <= width {
        return line.to_owned();
    }
    let indent = indent(line, width / 2);
    let words_at = line.len() - line.trim_start().len();
    // A word that is too long for its place begins further to the left, if it is whole there.
    let place = |indent: usize, word: &str| match width.checked_sub(length(word)) {
        Some(place) => place.min(indent),
        None => indent,
    };
    let first = line.trim_start().split(' ').next().unwrap_or_default();
    let mut column = place(words_at, first);
    let mut told = " ".repeat(column);
    // The gap before a word stays as it is, unless the word begins a line.
    let mut gap = "";
    let mut rest = &line[words_at..];
    while !rest.is_empty() {
        let end = rest.find(' ').unwrap_or(rest.len());
        let word = &rest[..end];
        let start = place(indent, word);
        if column + gap.len() + length(word) > width && column + gap.len() > start {
            column = start;
            told.push('\n');
            told.push_str(&" ".repeat(column));
        } else {
            told.push_str(gap);
            column += gap.len();
        }
        told.push_str(word);
        column += length(word);
        let after = &rest[end..];
        let blanks = after.len() - after.trim_start_matches(' ').len();
        gap = &after[..blanks];
        rest = &after[blanks..];
    }
    told
}

/// Where a line goes on.
fn indent(line: &str, most: usize) -> usize {
    let first = line.len() - line.trim_start().len();
    let mark = line.trim_start();
    // Behind the sign of a list, and behind `next: `.
    let label = mark.split_once(": ").map(|(label, _)| length(label) + 2);
    let label = label.filter(|_| mark.find(' ') > mark.find(": ")).unwrap_or(0);
    let first = if mark.starts_with("- ") { first + 2 } else { first };
    let mut column = if first + label <= most { first + label } else { first };
    for (at, _) in line.match_indices("  ") {
        let text = &line[at..];
        let behind = at + text.len() - text.trim_start().len();
        let place = length(&line[..behind]);
        if at > first && place <= most {
            column = column.max(place);
        }
    }
    column
}

/// How many columns a text takes. What sets a colour takes none.
fn length(text: &str) -> usize {
    let mut coloured = false;
    let is_seen = |letter: &char| match (coloured, *letter) {
        (false, '\x1b') => {
            coloured = true;
            false
        }
        (true, 'm') => {
            coloured = false;
            false
        }
        (hidden, _) => !hidden,
    };
    text.chars().filter(is_seen).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_below_its_last_column() {
        let told =
            wrapped("  it should     print one line for each of the items\nshort\n", Some(32));
        let expected = "  it should     print one line\n                for each of the\n                items\nshort\n";
        assert_eq!(told, expected);
    }

    #[test]
    fn a_line_goes_on_below_its_first_word() {
        assert_eq!(wrapped("  one two three", Some(10)), "  one two\n  three");
        assert_eq!(wrapped("- one two three", Some(10)), "- one two\n  three");
        assert_eq!(wrapped("next: 01, alter 1: x.md", Some(18)), "next: 01, alter 1:\n      x.md");
        // A path that is too long for its column stays whole, further to the left.
        let read = "  read   a.md\n         exercises/01/README.md";
        let label = "  read   exercises/01/README.md";
        assert_eq!(wrapped(label, Some(25)), "  read\n   exercises/01/README.md");
        assert_eq!(wrapped(read, Some(25)), "  read   a.md\n   exercises/01/README.md");
        assert_eq!(
            wrapped("  read   see exercises/01/README.md", Some(25)),
            "  read   see\n   exercises/01/README.md"
        );
        // The last column begins too far to the right.
        assert_eq!(wrapped("one two three  four five", Some(20)), "one two three  four\nfive");
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_broken_that_fits() {
        let line = "\x1b[31mx\x1b[0m 04, fix 1: it printed   [Worker-1] a_word_that_is_longer_than_the_window";
        assert_eq!(wrapped(line, None), line);
        assert_eq!(wrapped("1234567890\n", Some(10)), "1234567890\n");
        assert_eq!(length("\x1b[31mx\x1b[0m"), 1);
        let told = wrapped(line, Some(30));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&told), words(line));
        assert!(
            told.lines().all(|line| length(line) <= 30 || !line.trim().contains(' ')),
            "{told}"
        );
    }
}
