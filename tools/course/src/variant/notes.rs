//! What is said of a variant: in a diff behind `#`, in a source behind `//!`.
//!
//! First what it is, in a sentence; then one `key: value` on each line.

use crate::Error;
use std::{fs, path::Path};

/// What is said of a variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// What is wrong with it, or how it differs. A Break may leave it out.
    pub says: String,
    /// The tasks that refuse it; the first has to.
    pub refused_by: Vec<String>,
    /// Words that the refusal has to hold, for whoever has made this mistake.
    pub has_to_say: Vec<String>,
    /// The file that it stands in for, where it is one whole file and not `main.rs`.
    pub in_place_of: Option<String>,
    /// What is done for a Break, in this order; at least one run.
    pub steps: Vec<Step>,
    /// The exit codes that the runs are to end with; the last one stands for all that follow.
    pub exits: Vec<i32>,
    /// The files that are shown when all has run.
    pub shows: Vec<String>,
    /// The compiler's error that is expected instead of a run: `E0382`, or words of its message, as not
    /// every error has a number.
    pub compile_error: Option<String>,
    /// What to see in the outcome of a Break.
    pub explanation: Vec<String>,
}

/// What is done for a Break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A run with these flags. With `&` at their end it goes on beside the next steps.
    Run(Vec<String>),
    /// A file is written: its name, and what stands in it.
    Write(String, String),
    /// A file is removed.
    Remove(String),
}

/// The keys, as a message lists them.
const KEYS: [&str; 10] = [
    "refused by",
    "says",
    "in place of",
    "run",
    "exit",
    "write",
    "remove",
    "show",
    "compile error",
    "explain",
];

impl Notes {
    /// Reads lines without what they stand behind.
    fn read<'a>(lines: impl Iterator<Item = &'a str>) -> std::result::Result<Notes, String> {
        let mut notes = Notes::default();
        let mut said: Vec<&str> = Vec::new();
        let mut has_keys = false;
        for line in lines.map(str::trim) {
            let pair = line.split_once(':').map(|(key, value)| (key.trim(), value.trim()));
            match pair.filter(|(key, _)| KEYS.contains(key)) {
                Some((key, value)) => {
                    has_keys = true;
                    notes.note(key, value)?;
                }
                None if line.is_empty() => {}
                // What looks like a key and is none would be lost in silence.
                None if has_keys => {
                    let keys = KEYS.map(|key| format!("'{key}:'")).join(", ");
                    return Err(format!("'{line}' begins with none of {keys}"));
                }
                None => said.push(line),
            }
        }
        notes.says = said.join(" ");
        if notes.runs().next().is_none() {
            notes.steps.push(Step::Run(Vec::new()));
        }
        Ok(notes)
    }

    fn note(&mut self, key: &str, value: &str) -> std::result::Result<(), String> {
        match key {
            "refused by" => {
                let tasks = value.split(',').map(|task| task.trim().trim_end_matches('.'));
                self.refused_by.extend(tasks.filter(|task| !task.is_empty()).map(str::to_owned));
            }
            "says" => self.has_to_say.push(value.to_owned()),
            "in place of" => self.in_place_of = Some(value.to_owned()),
            "run" => {
                let flags = value.split_whitespace().map(str::to_owned).collect();
                self.steps.push(Step::Run(flags));
            }
            "write" => {
                let (name, text) = value
                    .split_once(' ')
                    .ok_or_else(|| format!("'write: {value}' is no file and its text"))?;
                self.steps.push(Step::Write(name.to_owned(), text.trim().to_owned()));
            }
            "remove" => self.steps.push(Step::Remove(value.to_owned())),
            "exit" => {
                let code = value.parse().map_err(|_| format!("'exit: {value}' is no exit code"))?;
                self.exits.push(code);
            }
            "show" => self.shows.push(value.to_owned()),
            "compile error" => self.compile_error = Some(value.to_owned()),
            "explain" => self.explanation.push(value.to_owned()),
            other => unreachable!("{other} is in KEYS"),
        }
        Ok(())
    }

    /// The flags of each run.
    pub fn runs(&self) -> impl Iterator<Item = &[String]> {
        self.steps.iter().filter_map(|step| match step {
            Step::Run(flags) => Some(flags.as_slice()),
            _ => None,
        })
    }

    /// The exit code that a run is to end with.
    #[must_use]
    pub fn exit(&self, run: usize) -> i32 {
        self.exits.get(run).or(self.exits.last()).copied().unwrap_or(0)
    }
}

impl Step {
    /// Does what needs no program, in this folder, and tells it as a shell would be told.
    pub fn of_files(&self, folder: &Path) -> Option<crate::Result<String>> {
        let (done, told, name) = match self {
            Step::Run(_) => return None,
            Step::Write(name, text) => {
                // In one go, because a program may be reading it.
                let new = folder.join(format!("{name}.new"));
                let done = fs::write(&new, text).and_then(|()| fs::rename(&new, folder.join(name)));
                (done, format!("$ echo {text} > {name}"), name)
            }
            Step::Remove(name) => {
                (fs::remove_file(folder.join(name)), format!("$ rm {name}"), name)
            }
        };
        Some(done.map(|()| told).map_err(|error| Error::about(&folder.join(name), &error)))
    }
}

/// Reads the notes of a diff, and gives the diff below them.
pub(super) fn above_diff(text: &str) -> std::result::Result<(Notes, &str), String> {
    let is_note = |line: &str| line.starts_with('#') || line.trim().is_empty();
    let length =
        text.split_inclusive('\n').take_while(|line| is_note(line)).map(str::len).sum::<usize>();
    let (above, diff) = text.split_at(length);
    Ok((Notes::read(above.lines().map(|line| line.trim_start_matches('#')))?, diff))
}

/// Reads the notes of a source: the lines that stand first in it, behind `//!`.
pub(super) fn above_source(text: &str) -> std::result::Result<Notes, String> {
    Notes::read(text.lines().map_while(|line| line.strip_prefix("//!")))
}

/// What is said of a diff, as it stands above it.
#[must_use]
pub(super) fn text_above(text: &str) -> String {
    let (_, diff) = above_diff(text).unwrap_or_default();
    text.strip_suffix(diff).unwrap_or(text).to_owned()
}

/// The notes of a source as they stand above a diff: without the place, which a diff tells by itself.
pub(super) fn as_hashes(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let own = lines.filter(|line| !line.trim().starts_with("in place of:"));
    own.map(|line| format!("#{line}\n")).collect()
}

/// A source with these notes on top, in place of what it says of itself.
pub(super) fn on_top(top: &str, in_place_of: Option<&str>, text: &str) -> String {
    let mut lines: Vec<String> =
        top.lines().map(|line| format!("//!{}", line.trim_start_matches('#'))).collect();
    if let Some(file) = in_place_of {
        let is_key = |line: &String| line.starts_with("//! refused by:");
        let place = lines.iter().position(is_key).unwrap_or(lines.len());
        lines.insert(place, format!("//! in place of: {file}"));
    }
    let program = text.split_inclusive('\n').skip_while(|line| line.starts_with("//!"));
    lines
        .iter()
        .map(|line| format!("{}\n", line.trim_end()))
        .chain(program.map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_diff(text: &str) -> Notes {
        above_diff(text).unwrap().0
    }

    #[test]
    fn notes_say_what_is_wrong_and_who_refuses_it() {
        let notes = of_diff("# It hangs: for\n# ever.\n#\n# refused by: fix-1, alter-2.\n--- x\n");
        assert_eq!(notes.says, "It hangs: for ever.");
        assert_eq!(notes.refused_by, ["fix-1", "alter-2"]);
        let notes = above_source(
            "//! It hangs.\n//!\n//! refused by: fix-1\n\nfn main() {}\n//! refused by: x",
        )
        .unwrap();
        assert_eq!(
            (notes.says.as_str(), notes.refused_by),
            ("It hangs.", vec!["fix-1".to_owned()])
        );
        assert_eq!(above_source("fn main() {}").unwrap().says, "");
    }

    #[test]
    fn a_note_says_what_a_refusal_has_to_say() {
        let notes = of_diff(
            "# It hangs.\n# refused by: fix-1\n# says: a loop: it spins\n# says: src/main.rs:4\n",
        );
        assert_eq!(notes.has_to_say, ["a loop: it spins", "src/main.rs:4"]);
    }

    #[test]
    fn a_key_that_nobody_knows_is_no_sentence() {
        let problem = above_diff("# run: 1\n# runs: 1\n").unwrap_err();
        assert!(problem.starts_with("'runs: 1' begins with none of 'refused by:'"), "{problem}");
    }

    #[test]
    fn the_notes_of_a_break_say_what_is_done_and_what_is_to_be_seen() {
        let text = "# run: --capacity 1\n# run: --pace off\n# exit: 70\n# explain: It waits.\n# explain: For ever.\n";
        let notes = of_diff(text);
        assert_eq!((notes.exit(0), notes.exit(1)), (70, 70));
        assert_eq!(notes.runs().collect::<Vec<_>>(), [["--capacity", "1"], ["--pace", "off"]]);
        assert_eq!(notes.explanation, ["It waits.", "For ever."]);
        assert_eq!(of_diff("# explain: x\n").runs().count(), 1);
        assert!(above_diff("# exit: bad\n").unwrap_err().contains("no exit code"));
    }

    #[test]
    fn files_are_written_and_removed_between_the_runs() {
        let text = "# write: clock 1000\n# run: consume --name A &\n# remove: clock\n# run: list\n# show: book\n";
        let notes = of_diff(text);
        assert_eq!(notes.shows, ["book"]);
        let folder = std::env::temp_dir();
        let told: Vec<_> = notes.steps.iter().filter_map(|step| step.of_files(&folder)).collect();
        let told: Vec<_> = told.into_iter().map(|told| told.unwrap()).collect();
        assert_eq!(told, ["$ echo 1000 > clock", "$ rm clock"]);
        assert!(above_diff("# write: clock\n").unwrap_err().contains("its text"));
    }

    #[test]
    fn what_stands_above_a_diff_is_kept_as_it_is() {
        let text = "# It hangs.\n\n# refused by: fix-1\n--- solution/main.rs\n";
        assert_eq!(text_above(text), "# It hangs.\n\n# refused by: fix-1\n");
        assert_eq!(text_above("# run: 1\n"), "# run: 1\n");
    }
}
