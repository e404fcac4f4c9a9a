//! The two banks of an exercise: wrong programs that are to be refused, other right ones to be accepted.

use crate::{
    Result,
    source::{self, Sources},
    workspace::Exercise,
};
use std::collections::BTreeMap;

/// Which bank a program belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bank {
    /// Each is refused by a task.
    Wrong,
    /// Each passes every task.
    AlsoRight,
}

impl Bank {
    /// Its folder in the solution.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Bank::Wrong => "wrong",
            Bank::AlsoRight => "also-right",
        }
    }
}

/// A program of a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specimen {
    /// Which bank it is in.
    pub bank: Bank,
    /// The name of its folder, or of its one file without the end.
    pub name: String,
    /// Its files, which stand in for those of the solution.
    pub files: Sources,
}

impl Specimen {
    /// The programs of a bank, by name.
    pub fn all(exercise: &Exercise, bank: Bank) -> Result<Vec<Specimen>> {
        let folder = exercise.solution().join(bank.folder());
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut found: BTreeMap<String, Sources> = BTreeMap::new();
        for (path, text) in source::sources(&folder)? {
            let alone = field(&text, "in place of:").unwrap_or("main.rs");
            let (name, file) = path.split_once('/').unwrap_or((&path, alone));
            let (name, file) = (name.trim_end_matches(".rs").to_owned(), file.to_owned());
            found.entry(name).or_default().insert(file, text);
        }
        Ok(found.into_iter().map(|(name, files)| Specimen { bank, name, files }).collect())
    }

    /// The whole program: its own files, and the solution's where it has none.
    #[must_use]
    pub fn beside(&self, solution: &Sources) -> Sources {
        let mut files = solution.clone();
        files.extend(self.files.clone());
        files
    }

    /// `wrong/one-worker`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.bank.folder(), self.name)
    }

    /// What is wrong, or how it differs: the first line of its header.
    #[must_use]
    pub fn says(&self) -> Option<&str> {
        let is_field =
            |line: &str| line.starts_with("refused by:") || line.starts_with("in place of:");
        self.header().next().filter(|line| !line.is_empty() && !is_field(line))
    }

    /// The tasks that its header names, the first of which has to refuse it.
    #[must_use]
    pub fn refused_by(&self) -> Vec<String> {
        let named = field(self.first(), "refused by:");
        let tasks =
            named.unwrap_or_default().split(',').map(|task| task.trim().trim_end_matches('.'));
        tasks.filter(|task| !task.is_empty()).map(str::to_owned).collect()
    }

    fn header(&self) -> impl Iterator<Item = &str> {
        header(self.first())
    }

    /// Its `main.rs` or, where it has none, the first of its files.
    fn first(&self) -> &str {
        self.files.get("main.rs").or(self.files.values().next()).map_or("", String::as_str)
    }
}

/// The lines that stand first in a source, behind `//!`.
fn header(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim)
}

/// What a line of the header says: `//! refused by: fix-1`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    header(text).find_map(|line| line.strip_prefix(name)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_what_is_wrong_and_who_refuses_it() {
        let specimen = |text: &str| Specimen {
            bank: Bank::Wrong,
            name: "hang".to_owned(),
            files: Sources::from([("main.rs".to_owned(), text.to_owned())]),
        };
        let hang = specimen(
            "//! It hangs.\n//!\n//! refused by: fix-1, alter-2\n\nfn main() {}\n//! refused by: x",
        );
        assert_eq!(hang.says(), Some("It hangs."));
        assert_eq!(hang.refused_by(), ["fix-1", "alter-2"]);
        assert_eq!(hang.path(), "wrong/hang");
        assert_eq!(specimen("fn main() {}").refused_by(), Vec::<String>::new());
        assert_eq!(specimen("//! refused by: fix-1").says(), None);
    }

    #[test]
    fn a_file_says_in_place_of_which_one_it_stands() {
        let text =
            "//! It hangs.\n//! in place of: pool.rs\n//! refused by: fix-1\n\nfn work() {}\n";
        assert_eq!(field(text, "in place of:"), Some("pool.rs"));
        assert_eq!(field("//! It hangs.\n\n//! in place of: pool.rs\n", "in place of:"), None);
    }

    #[test]
    fn a_program_of_several_files_has_those_of_the_solution_beside_its_own() {
        let sources = |files: &[(&str, &str)]| -> Sources {
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let files = sources(&[("pool.rs", "//! It hangs.\n//! refused by: fix-1\n")]);
        let hang = Specimen { bank: Bank::Wrong, name: "hang".to_owned(), files };
        assert_eq!(hang.says(), Some("It hangs."));
        assert_eq!(hang.refused_by(), ["fix-1"]);
        let whole = hang.beside(&sources(&[("main.rs", "mod pool;"), ("pool.rs", "right")]));
        assert_eq!(whole["main.rs"], "mod pool;");
        assert_eq!(whole["pool.rs"], hang.files["pool.rs"]);
    }
}
