//! The edits of the Break tasks: `breaks/1-no-sentinel.diff` and what stands at its top.

use crate::{Error, Result, build::CompileError, read, source::Sources, workspace::Exercise};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// An edit of the starter, with how to run it and what to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file's name without its end: `1-no-sentinel`.
    pub name: String,
    /// The Break task it belongs to.
    pub number: u32,
    /// What is done, in this order; at least one run.
    pub steps: Vec<Step>,
    /// The exit codes that the runs are to end with; the last one stands for all that follow.
    pub exits: Vec<i32>,
    /// The files that are shown when all has run.
    pub shows: Vec<String>,
    /// The compiler's error that is expected instead of a run: `E0382`, or words of its message, as not
    /// every error has a number.
    pub compile_error: Option<String>,
    /// What to see in the outcome.
    pub explanation: Vec<String>,
    /// The unified diff. Empty where only the flags are of interest.
    pub diff: String,
    folder: PathBuf,
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

impl Step {
    /// Does what needs no program, in this folder, and tells it as a shell would be told.
    pub fn of_files(&self, folder: &Path) -> Option<Result<String>> {
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

impl Edit {
    /// All edits of an exercise, in the order of their names.
    pub fn all(exercise: &Exercise) -> Result<Vec<Edit>> {
        let folder = exercise.solution().join("breaks");
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".diff").map(str::to_owned))
            .collect();
        // "1-…" comes before "1b-…", which a comparison of the bytes gives as well.
        names.sort();
        let mut edits = Vec::new();
        for name in names {
            let path = folder.join(format!("{name}.diff"));
            let edit = Edit::parse(&name, &read(&path)?)
                .map_err(|problem| Error::Failed(format!("{}: {problem}", path.display())))?;
            edits.push(Edit { folder: folder.clone(), ..edit });
        }
        edits.sort_by_key(|edit| edit.number);
        Ok(edits)
    }

    /// Reads an edit: comments first (`# run:`, `# exit:`, `# explain:` and so on), then the diff.
    pub fn parse(name: &str, text: &str) -> std::result::Result<Edit, String> {
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        let number = digits
            .parse()
            .map_err(|_| "its name begins with the Break's number, as in 1-name.diff")?;
        let mut edit = Edit {
            name: name.to_owned(),
            number,
            steps: Vec::new(),
            exits: Vec::new(),
            shows: Vec::new(),
            compile_error: None,
            explanation: Vec::new(),
            diff: String::new(),
            folder: PathBuf::new(),
        };
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next_if(|line| line.starts_with('#') || line.trim().is_empty())
        {
            edit.note(line.trim_start_matches('#').trim())?;
        }
        edit.diff = lines.map(|line| format!("{line}\n")).collect();
        if edit.runs().next().is_none() {
            edit.steps.push(Step::Run(Vec::new()));
        }
        Ok(edit)
    }

    fn note(&mut self, line: &str) -> std::result::Result<(), String> {
        if line.is_empty() {
            return Ok(());
        }
        let (key, value) =
            line.split_once(':').ok_or_else(|| format!("'# {line}' is not '# key: value'"))?;
        let value = value.trim();
        match key.trim() {
            "run" => {
                let flags = value.split_whitespace().map(str::to_owned).collect();
                self.steps.push(Step::Run(flags));
            }
            "write" => {
                let (name, text) = value
                    .split_once(' ')
                    .ok_or_else(|| format!("'# write: {value}' is no file and its text"))?;
                self.steps.push(Step::Write(name.to_owned(), text.trim().to_owned()));
            }
            "remove" => self.steps.push(Step::Remove(value.to_owned())),
            "exit" => {
                let code =
                    value.parse().map_err(|_| format!("'# exit: {value}' is no exit code"))?;
                self.exits.push(code);
            }
            "show" => self.shows.push(value.to_owned()),
            "compile error" => self.compile_error = Some(value.to_owned()),
            "explain" => self.explanation.push(value.to_owned()),
            other => {
                return Err(format!(
                    "'# {other}:' is none of '# run:', '# exit:', '# write:', '# remove:', '# show:', '# compile error:', '# explain:'"
                ));
            }
        }
        Ok(())
    }

    /// The starter with this edit, which changes one of its files.
    pub fn apply(&self, starter: &Sources) -> std::result::Result<Sources, String> {
        if self.diff.trim().is_empty() {
            return Ok(starter.clone());
        }
        let patch = diffy::Patch::from_str(&self.diff)
            .map_err(|error| format!("it is no unified diff: {error}"))?;
        let file = self.file();
        let text = starter.get(file).ok_or_else(|| format!("the starter has no {file}"))?;
        let edited = diffy::apply(text, &patch)
            .map_err(|error| format!("it does not apply to the starter: {error}"))?;
        let mut sources = starter.clone();
        sources.insert(file.to_owned(), edited);
        Ok(sources)
    }

    /// The file that it changes, as its first line names it: `--- starter/main.rs`.
    #[must_use]
    pub fn file(&self) -> &str {
        let named = self.diff.lines().find_map(|line| line.strip_prefix("--- starter/"));
        named.map_or("main.rs", str::trim)
    }

    /// The lines that change, with their surroundings and without the diff's own headings.
    #[must_use]
    pub fn shown(&self) -> Vec<&str> {
        let is_heading = |line: &&str| !line.starts_with("--- ") && !line.starts_with("+++ ");
        self.diff.lines().filter(is_heading).collect()
    }

    /// The exit code that a run is to end with.
    #[must_use]
    pub fn exit(&self, run: usize) -> i32 {
        self.exits.get(run).or(self.exits.last()).copied().unwrap_or(0)
    }

    /// Whether this is the compiler's error that is expected.
    #[must_use]
    pub fn expects(&self, error: &CompileError) -> bool {
        self.compile_error.as_ref().is_some_and(|expected| {
            error.code.as_ref() == Some(expected) || error.message.contains(expected.as_str())
        })
    }

    /// Where it stands what the runs print.
    #[must_use]
    pub fn pinned_path(&self) -> PathBuf {
        self.folder.join(format!("{}.out", self.name))
    }

    /// The flags of each run.
    pub fn runs(&self) -> impl Iterator<Item = &[String]> {
        self.steps.iter().filter_map(|step| match step {
            Step::Run(flags) => Some(flags.as_slice()),
            _ => None,
        })
    }

    /// The flags of a run that goes on beside the next ones: those that stand before its `&`.
    #[must_use]
    pub fn beside(run: &[String]) -> Option<&[String]> {
        run.split_last().filter(|(last, _)| *last == "&").map(|(_, flags)| flags)
    }

    /// Whether a run has to be given a pace: it chooses none itself, and it does not have real time because
    /// it goes outside. With `--stub` it does not go there.
    #[must_use]
    pub fn needs_pace(run: &[String], goes_outside: bool) -> bool {
        !Edit::chooses_pace(run) && (!goes_outside || run.iter().any(|flag| flag == "--stub"))
    }

    /// Whether a run chooses its own pace.
    #[must_use]
    pub fn chooses_pace(run: &[String]) -> bool {
        run.iter().any(|flag| flag == "--pace" || flag.starts_with("--pace="))
    }
}

/// The short command of a run, as a reader types it behind `cargo`: `04 --capacity 1`.
#[must_use]
pub fn short_command(exercise: &Exercise, run: &[String]) -> String {
    let mut words = vec![exercise.short()];
    words.extend(run.iter().map(String::as_str));
    words.join(" ")
}

/// The heading of what a run prints that went on beside others.
#[must_use]
pub fn ends(command: &str) -> String {
    format!("$ wait    # for {command}")
}

/// What differs from machine to machine in a program's output, made equal.
///
/// A panic's message has the number of a thread, and the path of the file as the compiler was given it.
#[must_use]
pub fn same_everywhere(output: &str) -> String {
    let mut text = String::new();
    for line in output.lines() {
        if line.starts_with("note: run with `RUST_BACKTRACE=1`") {
            continue;
        }
        text.push_str(&panic_heading(line).unwrap_or_else(|| line.to_owned()));
        text.push('\n');
    }
    text
}

/// Reads `thread 'main' (1092) panicked at exercises/04-x/src/main.rs:31:35:`.
fn panic_heading(line: &str) -> Option<String> {
    let (thread, place) = line.split_once(" panicked at ")?;
    if !thread.starts_with("thread '") {
        return None;
    }
    let name = thread
        .rsplit_once(" (")
        .filter(|(_, id)| id.ends_with(')'))
        .map_or(thread, |(name, _)| name);
    Some(format!("{name} panicked at {}", crate::build::within_package(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "# run: --capacity 1\n# run: --pace off\n# exit: 70\n# explain: It waits.\n# explain: For ever.\n--- starter/main.rs\n+++ starter/main.rs\n@@ -1,3 +1,2 @@\n a\n-b\n c\n";

    fn starter(text: &str) -> Sources {
        Sources::from([("main.rs".to_owned(), text.to_owned())])
    }

    #[test]
    fn an_edit_is_read_and_applied() {
        let edit = Edit::parse("12b-name", DIFF).unwrap();
        assert_eq!((edit.number, edit.exit(0), edit.exit(1)), (12, 70, 70));
        let runs: Vec<_> = edit.runs().collect();
        assert_eq!(runs, [["--capacity", "1"], ["--pace", "off"]]);
        assert!(!Edit::chooses_pace(runs[0]) && Edit::chooses_pace(runs[1]));
        let stubbed = ["--stub".to_owned()];
        assert!(Edit::needs_pace(&stubbed, true) && Edit::needs_pace(runs[0], false));
        assert!(!Edit::needs_pace(runs[0], true) && !Edit::needs_pace(runs[1], false));
        assert_eq!(edit.explanation, ["It waits.", "For ever."]);
        assert_eq!(edit.apply(&starter("a\nb\nc\n")).unwrap(), starter("a\nc\n"));
        assert_eq!(edit.shown(), ["@@ -1,3 +1,2 @@", " a", "-b", " c"]);
        assert!(edit.apply(&starter("x\ny\nz\n")).unwrap_err().contains("does not apply"));
    }

    #[test]
    fn an_edit_changes_the_file_that_it_names() {
        let edit = Edit::parse("1-x", &DIFF.replace("main.rs", "pool/queue.rs")).unwrap();
        assert!(edit.apply(&starter("a\nb\nc\n")).unwrap_err().contains("has no pool/queue.rs"));
        let mut sources = starter("fn main() {}\n");
        sources.insert("pool/queue.rs".to_owned(), "a\nb\nc\n".to_owned());
        let edited = edit.apply(&sources).unwrap();
        assert_eq!(edited["pool/queue.rs"], "a\nc\n");
        assert_eq!(edited["main.rs"], "fn main() {}\n");
    }

    #[test]
    fn an_error_of_the_compiler_is_known_by_its_number_or_its_words() {
        let error = |code: Option<&str>| CompileError {
            place: String::new(),
            message: "future cannot be sent between threads safely".to_owned(),
            code: code.map(str::to_owned),
            told: String::new(),
        };
        let expecting =
            |what: &str| Edit::parse("1-x", &format!("# compile error: {what}")).unwrap();
        assert!(expecting("E0382").expects(&error(Some("E0382"))));
        assert!(!expecting("E0382").expects(&error(Some("E0308"))));
        assert!(expecting("cannot be sent between threads").expects(&error(None)));
    }

    #[test]
    fn a_run_may_go_on_beside_the_next_and_leave_a_file() {
        let text = "# write: clock 1000\n# run: consume --name A &\n# remove: clock\n# run: list\n# show: book\n";
        let edit = Edit::parse("2-two", text).unwrap();
        let runs: Vec<_> = edit.runs().collect();
        assert_eq!(Edit::beside(runs[0]).unwrap(), ["consume", "--name", "A"]);
        assert_eq!(Edit::beside(runs[1]), None);
        assert_eq!(edit.shows, ["book"]);
        let folder = std::env::temp_dir();
        let told: Vec<_> = edit.steps.iter().filter_map(|step| step.of_files(&folder)).collect();
        let told: Vec<_> = told.into_iter().map(|told| told.unwrap()).collect();
        assert_eq!(told, ["$ echo 1000 > clock", "$ rm clock"]);
        assert!(Edit::parse("2-x", "# write: clock\n").unwrap_err().contains("its text"));
    }

    #[test]
    fn an_edit_may_change_flags_only() {
        let edit = Edit::parse("3-room", "# run: --capacity 0\n# explain: x\n").unwrap();
        assert_eq!(edit.apply(&starter("a\n")).unwrap(), starter("a\n"));
        assert!(Edit::parse("room", "").unwrap_err().contains("number"));
        assert!(Edit::parse("3-x", "# runs: 1\n").unwrap_err().contains("'# runs:'"));
    }

    #[test]
    fn panics_read_the_same_everywhere() {
        let text = "thread 'main' (1092) panicked at exercises/04-x/src/main.rs:31:35:\nboom\nnote: run with `RUST_BACKTRACE=1` environment variable\n";
        assert_eq!(same_everywhere(text), "thread 'main' panicked at src/main.rs:31:35:\nboom\n");
    }
}
