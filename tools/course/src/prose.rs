//! Markdown as a terminal shows it: code set in, links as words, and lines that fit.

use crate::look::Look;

/// How far code is set in.
const CODE: &str = "    ";

/// A piece of a brief, for reading in a terminal.
#[must_use]
pub(crate) fn shown(markdown: &str, look: Look) -> String {
    let mut told = String::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            told.push_str(format!("{CODE}{line}").trim_end());
        } else if let Some(line) = unfolded(line) {
            told.push_str(&look.fit(&look.words(&with_plain_links(&line))));
        } else {
            continue;
        }
        told.push('\n');
    }
    told.trim_end().to_owned()
}

/// A line without the marks that fold a part of a page; nothing if there is no more to it.
fn unfolded(line: &str) -> Option<String> {
    const FOLDS: [&str; 4] = ["<details>", "</details>", "<summary>", "</summary>"];
    let text = FOLDS.iter().fold(line.to_owned(), |text, fold| text.replace(fold, ""));
    (text == line || !text.trim().is_empty()).then_some(text)
}

/// `[How big?](../../concepts/how-big.md)` is told as `How big? (concepts/how-big.md)`.
fn with_plain_links(line: &str) -> String {
    let mut told = String::new();
    let mut rest = line;
    while let Some((before, text, target, after)) = link(rest) {
        let target = target.trim_start_matches("../");
        // A picture is told by the words that stand for it.
        let before =
            before.strip_suffix('!').map_or(before.to_owned(), |it| format!("{it}Picture: "));
        told.push_str(&format!("{before}{text} ({target})"));
        rest = after;
    }
    told + rest
}

/// The first link of a line, with what stands before and behind it.
fn link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (text, behind) = line.split_once("](")?;
    let (before, text) = text.rsplit_once('[')?;
    let (target, after) = behind.split_once(')')?;
    Some((before, text, target, after))
}

/// A report of the rehearsal with its advice in one line: it is broken for a window wider than many are.
#[must_use]
pub(crate) fn with_whole_advice(report: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut advises = false;
    for line in report.lines() {
        // What is set in is a list, and what stands in brackets is the end of the report.
        let goes_on = advises && !line.is_empty() && !line.starts_with([' ', '(']);
        if let Some(advice) = lines.last_mut().filter(|_| goes_on) {
            advice.push(' ');
            advice.push_str(line);
            continue;
        }
        advises = line.contains(ADVICE);
        lines.push(line.to_owned());
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// How an advice begins.
const ADVICE: &str = "Look first ";

/// The parts of a task that is done in several: a further one begins with a paragraph that begins with `Then`.
#[must_use]
pub(crate) fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut fenced, mut begins) = (false, true);
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if begins && !fenced && (line.starts_with("Then ") || line.starts_with("Then, ")) {
            parts.push(String::new());
        }
        begins = line.trim().is_empty();
        let part = parts.last_mut().expect("there is a first part");
        part.push_str(line);
        part.push('\n');
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// The lines of a run, without the middle of a long one. Tells how many are left out.
#[must_use]
pub(crate) fn shortened(text: &str) -> (String, usize) {
    const FIRST: usize = 8;
    const LAST: usize = 12;
    /// Fewer are not worth a gap.
    const FEWEST: usize = 10;
    let lines: Vec<&str> = text.lines().collect();
    let left_out = lines.len().saturating_sub(FIRST + LAST);
    if left_out < FEWEST {
        return (text.to_owned(), 0);
    }
    let gap = format!("… {left_out} lines more …");
    let shown = lines[..FIRST].iter().copied().chain([gap.as_str()]);
    let shown = shown.chain(lines[lines.len() - LAST..].iter().copied());
    (shown.map(|line| format!("{line}\n")).collect(), left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_brief_reads_well_in_a_terminal() {
        let markdown = "Read [How big?](../../concepts/how-big.md) or [this](x.md).\n\n<details>\n<summary>All flags</summary>\n\n```rust\nlet _ = x[0](1);\n\n```\n\n</details>";
        let expected = "Read How big? (concepts/how-big.md) or this (x.md).\n\nAll flags\n\n    let _ = x[0](1);";
        let told = shown(markdown, Look::default());
        let lines = |text: &str| {
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(&told), lines(expected));
        let picture = shown("![Two threads](pictures/two.svg)", Look::default());
        assert_eq!(picture, "Picture: Two threads (pictures/two.svg)");
        let narrow = Look { width: Some(20), ..Look::default() };
        assert_eq!(shown("one two three four five", narrow), "one two three four\nfive");
    }

    #[test]
    fn an_advice_is_one_line() {
        let report = "DEADLOCK\n\n  main  waits\n\nLook first at main: it\nwaits. Or\nnot:\n  a\n  b\n(exit code 70)\n";
        let told = "DEADLOCK\n\n  main  waits\n\nLook first at main: it waits. Or not:\n  a\n  b\n(exit code 70)\n";
        assert_eq!(with_whole_advice(report), told);
        assert_eq!(with_whole_advice("one\ntwo\n"), "one\ntwo\n");
        assert_eq!(with_whole_advice(""), "");
    }

    #[test]
    fn a_further_part_begins_with_then() {
        let text = "Predict.\nThen run it.\n\n```rust\n\nThen {\n```\n\nThen, again.\nMore.";
        let expected = ["Predict.\nThen run it.\n\n```rust\n\nThen {\n```", "Then, again.\nMore."];
        assert_eq!(parts(text), expected);
        assert_eq!(parts("One."), ["One."]);
    }

    #[test]
    fn the_middle_of_a_long_run_is_left_out() {
        let run = |lines: u32| (1..=lines).map(|line| format!("{line}\n")).collect::<String>();
        assert_eq!(shortened(&run(29)), (run(29), 0));
        let (told, left_out) = shortened(&run(30));
        assert_eq!(left_out, 10);
        assert!(told.starts_with("1\n") && told.contains("\n8\n… 10 lines more …\n19\n"), "{told}");
        assert!(told.ends_with("\n30\n"), "{told}");
    }
}
