//! How a program differs from its base.

use super::Base;
use crate::source::Sources;
use diffy::{
    DiffOptions, Line, Patch,
    patch_set::{FileOperation, ParseOptions, PatchKind, PatchSet},
};

/// How a program differs from its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A unified diff of one file or several. Empty where only the flags of a run are of interest.
    Edit(Edit),
    /// These files stand in for those of the base.
    Whole(Sources),
}

/// A unified diff of one file or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    text: String,
    files: Vec<FileEdit>,
}

/// The part of a diff that is about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FileEdit {
    /// Below `src/`.
    name: String,
    is_new: bool,
    is_gone: bool,
    /// The diff of this file alone.
    text: String,
}

/// How large a change is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// The lines that go.
    pub removed: usize,
    /// The lines that come.
    pub added: usize,
    /// The lines of the files it touches, before and after together.
    pub of: usize,
}

impl Size {
    /// The lines that differ.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.removed + self.added
    }

    /// Which part of the files changes, in percent: 100 where nothing stays, and 0 of no file.
    #[must_use]
    pub fn percent(&self) -> usize {
        (100 * self.lines()).checked_div(self.of).unwrap_or(0)
    }
}

impl Change {
    /// Reads a diff of this base.
    pub(super) fn of_diff(base: Base, text: &str) -> std::result::Result<Change, String> {
        Ok(Change::Edit(Edit::parse(base, text)?))
    }

    /// The change from one program to another.
    #[must_use]
    pub fn between(base: Base, old: &Sources, new: &Sources) -> Change {
        let text = diff(base, old, new);
        Change::Edit(Edit::parse(base, &text).expect("what was made here can be read"))
    }

    /// The whole program.
    pub fn apply(&self, base: &Sources) -> std::result::Result<Sources, String> {
        let edit = match self {
            Change::Whole(own) => {
                let mut files = base.clone();
                files.extend(own.clone());
                return Ok(files);
            }
            Change::Edit(edit) => edit,
        };
        let mut files = base.clone();
        for file in &edit.files {
            if let Some(text) = file.apply(base)? {
                files.insert(file.name.clone(), text);
            } else {
                files.remove(&file.name);
            }
        }
        Ok(files)
    }

    /// Whether it stands where it says: each part of a diff at its own line, and not some lines further on.
    #[must_use]
    pub fn is_in_place(&self, base: &Sources) -> bool {
        let Change::Edit(edit) = self else { return true };
        edit.files.iter().all(|file| {
            let old = base.get(&file.name).map_or("", String::as_str);
            file.patch().is_ok_and(|patch| stands_in(old, &patch))
        })
    }

    /// The diff. A whole program has none.
    #[must_use]
    pub fn diff(&self) -> &str {
        match self {
            Change::Edit(edit) => &edit.text,
            Change::Whole(_) => "",
        }
    }

    /// The files that change, by their names below `src/`.
    #[must_use]
    pub fn files(&self) -> Vec<&str> {
        match self {
            Change::Edit(edit) => edit.files.iter().map(|file| file.name.as_str()).collect(),
            Change::Whole(files) => files.keys().map(String::as_str).collect(),
        }
    }

    /// The parts of the diff, file by file, without the headings that say which file it is.
    #[must_use]
    pub fn shown(&self) -> Vec<(&str, Vec<&str>)> {
        let Change::Edit(edit) = self else { return Vec::new() };
        let body = |file: &FileEdit| file.text.find("\n@@").map_or(0, |start| start + 1);
        let shown = edit.files.iter().map(|file| (&*file.name, file.text[body(file)..].lines()));
        shown.map(|(name, lines)| (name, lines.collect())).collect()
    }

    /// How much it changes.
    pub fn size(&self, base: &Sources) -> std::result::Result<Size, String> {
        let program = self.apply(base)?;
        let mut size = Size::default();
        for file in self.files() {
            let text = |sources: &Sources| sources.get(file).cloned().unwrap_or_default();
            let (old, new) = (text(base), without_notes(&text(&program)));
            let old = without_notes(&old);
            size.of += old.lines().count() + new.lines().count();
            for hunk in diffy::create_patch(&old, &new).hunks() {
                let count = |wanted: fn(&Line<'_, str>) -> bool| {
                    hunk.lines().iter().filter(|line| wanted(line)).count()
                };
                size.removed += count(|line| matches!(line, Line::Delete(_)));
                size.added += count(|line| matches!(line, Line::Insert(_)));
            }
        }
        Ok(size)
    }
}

impl Edit {
    fn parse(base: Base, text: &str) -> std::result::Result<Edit, String> {
        let mut edit = Edit { text: text.to_owned(), files: Vec::new() };
        if text.trim().is_empty() {
            return Ok(edit);
        }
        for file in PatchSet::parse(text, ParseOptions::unidiff()) {
            let file = file.map_err(|error| format!("it is no unified diff: {error}"))?;
            let (name, is_new, is_gone) = match file.operation() {
                FileOperation::Create(name) => (name, true, false),
                FileOperation::Delete(name) => (name, false, true),
                FileOperation::Modify { original, modified } if original == modified => {
                    (original, false, false)
                }
                other => return Err(format!("{other:?} is more than an edit of one file")),
            };
            let name = name
                .strip_prefix(base.word())
                .and_then(|name| name.strip_prefix('/'))
                .ok_or_else(|| format!("'{name}' does not begin with '{}/'", base.word()))?
                .to_owned();
            let PatchKind::Text(patch) = file.patch() else {
                return Err(format!("{name} is no text"));
            };
            edit.files.push(FileEdit { name, is_new, is_gone, text: patch.to_string() });
        }
        Ok(edit)
    }
}

impl FileEdit {
    fn patch(&self) -> std::result::Result<Patch<'_, str>, String> {
        Patch::from_str(&self.text).map_err(|error| format!("it is no unified diff: {error}"))
    }

    /// The file with the edit; none if it goes.
    fn apply(&self, base: &Sources) -> std::result::Result<Option<String>, String> {
        let name = &self.name;
        let old = match (base.get(name), self.is_new) {
            (Some(_), true) => return Err(format!("{name} is to be new, and is there already")),
            (None, false) => return Err(format!("there is no {name}")),
            (old, _) => old.map_or("", String::as_str),
        };
        let new = diffy::apply(old, &self.patch()?)
            .map_err(|error| format!("it does not apply to {name}: {error}"))?;
        Ok((!self.is_gone).then_some(new))
    }
}

/// Whether the old lines of a diff stand at the lines that it names.
fn stands_in(old: &str, patch: &Patch<'_, str>) -> bool {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    patch.hunks().iter().all(|hunk| {
        let kept = hunk.lines().iter().filter_map(|line| match line {
            Line::Context(text) | Line::Delete(text) => Some(*text),
            Line::Insert(_) => None,
        });
        // A part without old lines names the line before it.
        let start = hunk.old_range().start().saturating_sub(1);
        kept.enumerate().all(|(index, text)| old.get(start + index) == Some(&text))
    })
}

/// The diff of all files that differ, in the order of their names.
#[must_use]
pub(super) fn diff(base: Base, old: &Sources, new: &Sources) -> String {
    let mut text = String::new();
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before == after {
            continue;
        }
        let named = |side: Option<&String>| match side {
            Some(_) => format!("{}/{name}", base.word()),
            None => "/dev/null".to_owned(),
        };
        let side = |side: Option<&String>| side.cloned().unwrap_or_default();
        let (original, changed) = (side(before), side(after));
        let patch = DiffOptions::new()
            .set_original_filename(named(before))
            .set_modified_filename(named(after))
            .create_patch(&original, &changed)
            .to_string();
        text.push_str(&patch);
    }
    text
}

/// A program that has both of two changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) program: Sources,
    /// Whether a line has changes of both, each of other words. That wants a look.
    pub(super) by_words: bool,
}

/// Makes the program that has both changes: from `old` to `now`, and from `old` to `edited`. If the two change
/// the same words, it names the files.
pub(super) fn merged(
    old: &Sources,
    now: &Sources,
    edited: &Sources,
) -> std::result::Result<Merged, Vec<String>> {
    let (mut program, mut conflicts) = (Sources::new(), Vec::new());
    let mut by_words = false;
    let mut names: Vec<&String> = old.keys().chain(now.keys()).chain(edited.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (before, ours, theirs) = (old.get(name), now.get(name), edited.get(name));
        let merged = match (before, ours, theirs) {
            _ if ours == theirs || before == theirs => ours.cloned(),
            _ if before == ours => theirs.cloned(),
            (Some(before), Some(ours), Some(theirs)) => {
                let by_lines = diffy::merge(before, ours, theirs).ok();
                by_words |= by_lines.is_none();
                let Some(text) = by_lines.or_else(|| merged_words(before, ours, theirs)) else {
                    conflicts.push(name.clone());
                    continue;
                };
                Some(text)
            }
            _ => {
                conflicts.push(name.clone());
                continue;
            }
        };
        program.extend(merged.map(|text| (name.clone(), text)));
    }
    if conflicts.is_empty() { Ok(Merged { program, by_words }) } else { Err(conflicts) }
}

/// Stands for the end of a line where each word has a line of its own.
const END: &str = "\u{1}";

/// Merges by words where lines meet: one side may take an argument from a call, and the other the line above
/// it.
fn merged_words(before: &str, ours: &str, theirs: &str) -> Option<String> {
    let [before, ours, theirs] = [before, ours, theirs].map(one_word_a_line);
    let merged = diffy::merge(&before, &ours, &theirs).ok()?;
    Some(merged.replace('\n', "").replace(END, "\n"))
}

fn one_word_a_line(text: &str) -> String {
    let mut words = String::new();
    let mut was_word = false;
    for letter in text.chars() {
        let is_word = letter.is_alphanumeric() || letter == '_';
        let goes_on = words.is_empty() || is_word && was_word;
        if !goes_on {
            words.push('\n');
        }
        if letter == '\n' {
            words.push_str(END);
        } else {
            words.push(letter);
        }
        was_word = is_word;
    }
    words + "\n"
}

/// A source without the lines that stand first in it behind `//!`: they say what it is, and are no program.
fn without_notes(text: &str) -> String {
    text.split_inclusive('\n').skip_while(|line| line.starts_with("//!")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Sources {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn edit(text: &str) -> std::result::Result<Change, String> {
        Change::of_diff(Base::Solution, text)
    }

    #[test]
    fn a_change_of_several_files_comes_back_as_it_was_made() {
        let old =
            sources(&[("main.rs", "a\nb\nc\n"), ("pool/queue.rs", "x\n"), ("gone.rs", "y\n")]);
        let new = sources(&[("main.rs", "a\nc\n"), ("pool/queue.rs", "x\n"), ("new.rs", "z\n")]);
        let change = Change::between(Base::Solution, &old, &new);
        assert_eq!(change.files(), ["gone.rs", "main.rs", "new.rs"]);
        assert_eq!(change.apply(&old).unwrap(), new);
        assert_eq!(edit(change.diff()).unwrap(), change);
        assert_eq!(change.shown()[1], ("main.rs", vec!["@@ -1,3 +1,2 @@", " a", "-b", " c"]));
        assert!(change.diff().contains("--- solution/main.rs\n+++ solution/main.rs\n"));
        assert_eq!(change.size(&old).unwrap(), Size { removed: 2, added: 1, of: 7 });
    }

    #[test]
    fn an_edit_that_fits_nowhere_says_so() {
        let base = sources(&[("main.rs", "a\nb\nc\n")]);
        let change = Change::between(Base::Solution, &base, &sources(&[("main.rs", "a\nc\n")]));
        let other = sources(&[("main.rs", "x\ny\nz\n")]);
        assert!(change.apply(&other).unwrap_err().contains("does not apply to main.rs"));
        assert!(change.apply(&sources(&[])).unwrap_err().contains("there is no main.rs"));
        let foreign = "--- starter/main.rs\n+++ starter/main.rs\n@@ -1 +1 @@\n-a\n+b\n";
        assert!(edit(foreign).unwrap_err().contains("does not begin with 'solution/'"));
        assert!(edit("nonsense\n").is_err());
    }

    #[test]
    fn an_edit_that_moved_still_applies_and_is_not_in_place() {
        let base = sources(&[("main.rs", "a\nb\nc\n")]);
        let change = Change::between(Base::Solution, &base, &sources(&[("main.rs", "a\nc\n")]));
        assert!(change.is_in_place(&base));
        let moved = sources(&[("main.rs", "new\na\nb\nc\n")]);
        assert_eq!(change.apply(&moved).unwrap()["main.rs"], "new\na\nc\n");
        assert!(!change.is_in_place(&moved));
    }

    #[test]
    fn two_changes_are_merged_unless_they_meet() {
        let old = sources(&[("main.rs", "a\nb\nc\nd\ne\n"), ("x.rs", "x\n")]);
        let now = sources(&[("main.rs", "A\nb\nc\nd\ne\n"), ("x.rs", "x\n"), ("y.rs", "y\n")]);
        let edited = sources(&[("main.rs", "a\nb\nc\nd\nE\n"), ("z.rs", "z\n")]);
        let both = sources(&[("main.rs", "A\nb\nc\nd\nE\n"), ("y.rs", "y\n"), ("z.rs", "z\n")]);
        let clean = Merged { program: both, by_words: false };
        assert_eq!(merged(&old, &now, &edited), Ok(clean));
        let meets = sources(&[("main.rs", "aa\nb\nc\nd\ne\n"), ("x.rs", "x\n")]);
        assert_eq!(merged(&old, &now, &meets), Err(vec!["main.rs".to_owned()]));
        // One changes a file that the other removes.
        let gone = sources(&[("main.rs", "a\nb\nc\nd\ne\n")]);
        let changed = sources(&[("main.rs", "a\nb\nc\nd\ne\n"), ("x.rs", "xx\n")]);
        assert_eq!(merged(&old, &gone, &changed), Err(vec!["x.rs".to_owned()]));
    }

    #[test]
    fn lines_that_meet_are_merged_by_words() {
        let file = |text: &str| sources(&[("main.rs", text)]);
        let old = file("    let start = now();\n    work(id, job, args);\n    end();\n");
        let now = file("    let start = now();\n    work(id, job);\n    end();\n");
        let edited = file("    work(id, job, args);\n    end();\n");
        let both = file("    work(id, job);\n    end();\n");
        assert_eq!(merged(&old, &now, &edited), Ok(Merged { program: both, by_words: true }));
        let other = file("    let start = now();\n    work(id, job, flags);\n    end();\n");
        assert_eq!(merged(&old, &now, &other), Err(vec!["main.rs".to_owned()]));
    }

    #[test]
    fn an_empty_edit_is_the_base() {
        let base = sources(&[("main.rs", "a\n")]);
        let change = edit("\n").unwrap();
        assert_eq!(change.apply(&base).unwrap(), base);
        assert_eq!((change.size(&base).unwrap().percent(), change.shown().len()), (0, 0));
    }

    #[test]
    fn the_size_of_a_whole_program_leaves_its_notes_out() {
        let base = sources(&[("main.rs", "//! a\n\n1\n2\n3\n")]);
        let whole = Change::Whole(sources(&[("main.rs", "//! b\n//! c\n\n1\n2\n4\n")]));
        let size = whole.size(&base).unwrap();
        assert_eq!((size.lines(), size.percent()), (2, 25));
    }
}
