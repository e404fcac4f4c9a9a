//! The text of a test file: its paths changed, and what does not compile cut out.
//!
//! No parser: the published files are as rustfmt leaves them, so an item begins at its indentation and
//! ends at the line that closes it there.

/// Has a file take the rehearsal's threads, locks and clocks in place of std's, in its `use` lines and
/// where it names them by their whole path.
pub(crate) fn with_paths_changed(text: &str, kept: &[&str]) -> String {
    const MIRRORED: [&str; 3] = ["std::thread", "std::sync", "std::time"];
    let changed = text.lines().map(|line| {
        let stays =
            line.trim_start().starts_with("//") || kept.iter().any(|kept| line.contains(kept));
        let mut line = line.to_owned();
        for path in MIRRORED.iter().filter(|_| !stays) {
            line = line.replace(path, &path.replacen("std", "rehearsal", 1));
        }
        line + "\n"
    });
    changed.collect()
}

/// Where the compiler complains: lines and columns count from 1, as it counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A file that is cut until it compiles. A line that was cut stays, empty, so that places stay true.
pub(crate) struct Source {
    lines: Vec<String>,
}

impl Source {
    pub(crate) fn of(text: &str) -> Source {
        Source { lines: text.lines().map(str::to_owned).collect() }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Cuts the tests out of which something holds; returns their names.
    pub(crate) fn cut_tests(&mut self, is_cut: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lost = Vec::new();
        for line in 0..self.lines.len() {
            if self.is_test(line)
                && let Some(name) = name(&self.lines[line])
                && is_cut(&format!("{}{name}", self.modules(line)))
            {
                lost.extend(self.cut(Spot { line: line + 1, column: 1 }));
            }
        }
        lost
    }

    /// Cuts the item out that holds a spot; returns the tests that are gone with it.
    pub(crate) fn cut(&mut self, spot: Spot) -> Vec<String> {
        let at = (spot.line - 1).min(self.lines.len() - 1);
        if self.lines[at].trim().is_empty() {
            return Vec::new();
        }
        let (start, end) = self.item(at);
        if self.cut_from_list(start, end, spot) {
            return Vec::new();
        }
        let modules = self.modules(start);
        let lost = (start..=end)
            .filter(|line| self.is_test(*line))
            .filter_map(|line| Some(format!("{modules}{}", name(&self.lines[line])?)))
            .collect();
        let first = self.first_attribute(start);
        self.lines[first..=end].iter_mut().for_each(String::clear);
        lost
    }

    /// The lines of the smallest item around a line that is not a module.
    fn item(&self, at: usize) -> (usize, usize) {
        let (mut start, mut end, mut depth) = (at, at, 0);
        loop {
            let begins = |line: &usize| indent(&self.lines[*line]) == Some(depth);
            let is_start = |line: &usize| begins(line) && !is_closing(&self.lines[*line]);
            let Some(found) = (0..=at).rev().find(is_start) else { return (start, end) };
            if found < start && depth > 0 && found < self.opening(at, depth) {
                return (start, end);
            }
            start = found;
            while is_attribute(&self.lines[start]) && start < at {
                start += 1;
            }
            end = self.end(start, depth);
            if !is_module(&self.lines[start]) || start == at {
                return (start, end);
            }
            depth += 4;
        }
    }

    /// The last line before `at` that opens what `depth` lies in.
    fn opening(&self, at: usize, depth: usize) -> usize {
        let opens = |line: &usize| indent(&self.lines[*line]).is_some_and(|other| other < depth);
        (0..at).rev().find(opens).unwrap_or(0)
    }

    fn end(&self, start: usize, depth: usize) -> usize {
        let line = self.lines[start].trim_end();
        if line.ends_with(';') || (line.ends_with('}') && line.contains('{')) {
            return start;
        }
        let closes = |line: &usize| {
            indent(&self.lines[*line]) == Some(depth) && is_closing(&self.lines[*line])
        };
        let is_end = |line: &usize| {
            let text = self.lines[*line].trim_end();
            // `) -> T {` goes on, and so does `where`'s lonely brace.
            closes(line) && !text.ends_with('{') && text.trim() != ")"
        };
        (start + 1..self.lines.len()).find(is_end).unwrap_or(self.lines.len() - 1)
    }

    /// Of a `use` with a list, one name alone is cut.
    fn cut_from_list(&mut self, start: usize, end: usize, spot: Spot) -> bool {
        let list = self.lines[start..=end].join("\n");
        let words = list.trim_start().trim_start_matches("pub ");
        let before: usize =
            self.lines[start..spot.line - 1].iter().map(|line| line.len() + 1).sum();
        let at = before + spot.column - 1;
        let Some(open) = list.find('{').filter(|open| words.starts_with("use ") && *open < at)
        else {
            return false;
        };
        let from = list[..at].rfind([',', '{']).map_or(open, |from| from + 1);
        let Some(to) = list[at..].find([',', '}']).map(|to| at + to) else { return false };
        let blank: String =
            list[from..to].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
        let to = if list[to..].starts_with(',') { to + 1 } else { to };
        let kept = format!("{}{blank}{}", &list[..from], &list[to..]);
        for (line, kept) in self.lines[start..=end].iter_mut().zip(kept.split('\n')) {
            *line = kept.to_owned();
        }
        true
    }

    /// The modules around a line, as a path that ends in `::`.
    fn modules(&self, at: usize) -> String {
        let mut path = String::new();
        let mut depth = indent(&self.lines[at]).unwrap_or(0);
        for line in self.lines[..at].iter().rev() {
            if indent(line).is_some_and(|other| other < depth) && is_module(line) {
                depth = indent(line).unwrap_or(0);
                let word = line.trim().trim_start_matches("pub ").trim_start_matches("mod ");
                let module = word.split([' ', '{', ';']).next().unwrap_or_default();
                path = format!("{module}::{path}");
            }
        }
        path
    }

    fn is_test(&self, line: usize) -> bool {
        let text = self.lines[line].trim_start();
        let is_function = text.starts_with("fn ")
            || text.starts_with("async fn ")
            || text.starts_with("pub fn ")
            || text.starts_with("pub async fn ");
        is_function
            && self.lines[self.first_attribute(line)..line]
                .iter()
                .any(|line| line.trim_start().starts_with("#[") && line.contains("test"))
    }

    fn first_attribute(&self, start: usize) -> usize {
        let above = self.lines[..start].iter().rev();
        start - above.take_while(|line| is_attribute(line)).count()
    }
}

fn indent(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let is_code = !text.is_empty() && !text.starts_with("//");
    is_code.then(|| line.len() - text.len())
}

fn is_closing(line: &str) -> bool {
    line.trim_start().starts_with(['}', ')', ']'])
}

fn is_attribute(line: &str) -> bool {
    let text = line.trim_start();
    text.starts_with("#[") || text.starts_with("//")
}

fn is_module(line: &str) -> bool {
    let text = line.trim_start();
    let word = text.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
    word.starts_with("mod ") && text.ends_with('{')
}

fn name(line: &str) -> Option<&str> {
    let rest = &line[line.find("fn ")? + 3..];
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "use std::thread;
use std::time::{
    Duration,
    Instant,
};

#[test]
fn first() {
    helps();
}

mod inner {
    use super::*;

    // Two of them.
    #[test]
    fn second() {
        helps(
            1,
        );
    }

    #[test]
    async fn third() {}
}
";

    fn cut(line: usize, column: usize) -> (Vec<String>, String) {
        let mut source = Source::of(FILE);
        let lost = source.cut(Spot { line, column });
        assert_eq!(source.text().lines().count(), FILE.lines().count());
        (lost, source.text())
    }

    #[test]
    fn a_path_leads_to_the_rehearsals() {
        let text = "use std::sync::Arc;\nuse std::sync::mpsc::RecvError;\n// std::thread\n::std::thread::park();\n";
        assert_eq!(
            with_paths_changed(text, &["std::sync::mpsc"]),
            "use rehearsal::sync::Arc;\nuse std::sync::mpsc::RecvError;\n// std::thread\n::rehearsal::thread::park();\n"
        );
    }

    #[test]
    fn the_smallest_item_is_cut() {
        let (lost, text) = cut(9, 5);
        assert_eq!(lost, ["first"]);
        assert!(!text.contains("fn first") && text.contains("fn second"), "{text}");
        let (lost, text) = cut(18, 9);
        assert_eq!(lost, ["inner::second"]);
        assert!(text.contains("mod inner") && text.contains("fn third"), "{text}");
        assert!(!text.contains("Two of them"), "{text}");
        assert_eq!(cut(23, 14).0, ["inner::third"]);
    }

    #[test]
    fn tests_are_cut_by_name() {
        let mut source = Source::of(FILE);
        assert_eq!(source.cut_tests(|name| name == "inner::third"), ["inner::third"]);
        assert!(source.text().contains("fn second") && !source.text().contains("fn third"));
    }

    #[test]
    fn of_a_list_one_name_is_cut() {
        let (lost, text) = cut(4, 5);
        assert!(lost.is_empty());
        assert!(text.contains("Duration") && !text.contains("Instant"), "{text}");
        let (_, text) = cut(1, 5);
        assert!(!text.contains("use std::thread"), "{text}");
    }
}
