//! Tasks, and what they are called: `fix-1` in a TODO and in a test's attribute, `fix_1` as a module of the tests.

use std::fmt::Display;

/// What a task asks one to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Change what the program does.
    Alter,
    /// Predict what an edit does, and look.
    Break,
    /// Mend what is wrong.
    Fix,
}

/// The kinds, in the order of the brief and of the table.
pub const KINDS: [Kind; 3] = [Kind::Alter, Kind::Break, Kind::Fix];

impl Kind {
    /// The word for it in the names of tasks, in small letters.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Alter => "alter",
            Kind::Break => "break",
            Kind::Fix => "fix",
        }
    }

    /// The word for it in headings.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Kind::Alter => "Alter",
            Kind::Break => "Break",
            Kind::Fix => "Fix",
        }
    }

    /// The brief's section that holds the tasks of this kind.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Kind::Alter => "Alter it",
            Kind::Break => "Break it",
            Kind::Fix => "Fix it",
        }
    }

    /// The kind that a word means, in whatever letters.
    #[must_use]
    pub fn named(word: &str) -> Option<Kind> {
        KINDS.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))
    }
}

/// A name from its parts: `fix-1`.
#[must_use]
pub fn name(kind: &str, number: impl Display) -> String {
    format!("{kind}-{number}")
}

/// The parts of a name, a word in small letters and a number; nothing if it is no name of a task.
///
/// The word may be one that no kind has. So a slip of the pen is found, and not passed over.
#[must_use]
pub fn parts(name: &str) -> Option<(&str, &str)> {
    let (kind, number) = name.split_once('-')?;
    let is_name = !kind.is_empty()
        && !number.is_empty()
        && kind.chars().all(|letter| letter.is_ascii_lowercase())
        && number.chars().all(|letter| letter.is_ascii_digit());
    is_name.then_some((kind, number))
}

/// The module that holds the tests of a task: `fix_1` for `fix-1`.
#[must_use]
pub fn module(name: &str) -> String {
    name.replace('-', "_")
}

/// The task that a test belongs to: `fix_1::stops` is that of `fix-1`.
#[must_use]
pub fn of_test(test: &str) -> Option<String> {
    let (module, _) = test.split_once("::")?;
    let (kind, number) = module.rsplit_once('_')?;
    let name = name(kind, number);
    parts(&name).is_some().then_some(name)
}

/// The tasks that a test file grades, in its order: the names in `#[task("fix-1", …)]`.
#[must_use]
pub fn graded(tests: &str) -> Vec<String> {
    const ATTRIBUTE: &str = "#[task(";
    let names = tests.match_indices(ATTRIBUTE).filter_map(|(start, _)| {
        let line = tests[..start].rsplit('\n').next().unwrap_or_default();
        // A long attribute has its name on the next line; one behind `//` is none.
        let name = tests[start + ATTRIBUTE.len()..].trim_start().strip_prefix('"')?;
        line.trim().is_empty().then_some(name.split_once('"')?.0.to_owned())
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_and_a_number() {
        assert_eq!(parts("fix-12"), Some(("fix", "12")));
        assert_eq!(parts("stretch-1"), Some(("stretch", "1")));
        for name in ["fix", "fix-", "-1", "Fix-1", "fix_1", "fix-1b", "a-fix-1"] {
            assert_eq!(parts(name), None, "{name}");
        }
    }

    #[test]
    fn a_test_belongs_to_the_task_of_its_module() {
        assert_eq!(of_test(&format!("{}::stops", module("fix-1"))).as_deref(), Some("fix-1"));
        for test in ["stops", "fix::stops", "fix_one::stops", "as_given"] {
            assert_eq!(of_test(test), None, "{test}");
        }
    }

    #[test]
    fn the_words_of_a_kind_are_one_word() {
        for kind in KINDS {
            assert_eq!(Kind::named(kind.title()), Some(kind));
            assert_eq!(kind.section(), format!("{} it", kind.title()));
        }
        assert_eq!(Kind::named("explain"), None);
    }

    #[test]
    fn the_tasks_of_a_test_file_are_its_attributes() {
        let tests = "#[task(\"alter-1\", \"x\")]\nfn a() {}\n  // #[task(\"no\")]\n#[task(\n    \"fix-2\", \"y\")]";
        assert_eq!(graded(tests), ["alter-1", "fix-2"]);
    }
}
