//! The two banks of an exercise: wrong programs that are to be refused, other right ones to be accepted.

use crate::{Result, read, source, workspace::Exercise};

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
    /// The file's name without its end.
    pub name: String,
    /// Its source.
    pub text: String,
}

impl Specimen {
    /// The programs of a bank, by name.
    pub fn all(exercise: &Exercise, bank: Bank) -> Result<Vec<Specimen>> {
        let folder = exercise.solution().join(bank.folder());
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for file in source::files(&folder)? {
            if let Some(name) = file.strip_suffix(".rs").filter(|name| !name.contains('/')) {
                let text = read(&folder.join(&file))?;
                found.push(Specimen { bank, name: name.to_owned(), text });
            }
        }
        Ok(found)
    }

    /// `wrong/one-worker`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.bank.folder(), self.name)
    }

    /// What is wrong, or how it differs: the first line of its header.
    #[must_use]
    pub fn says(&self) -> Option<&str> {
        self.header().next().filter(|line| !line.is_empty() && !line.starts_with("refused by:"))
    }

    /// The tasks that its header names, the first of which has to refuse it.
    #[must_use]
    pub fn refused_by(&self) -> Vec<String> {
        let named = self.header().find_map(|line| line.strip_prefix("refused by:"));
        let tasks =
            named.unwrap_or_default().split(',').map(|task| task.trim().trim_end_matches('.'));
        tasks.filter(|task| !task.is_empty()).map(str::to_owned).collect()
    }

    fn header(&self) -> impl Iterator<Item = &str> {
        self.text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_what_is_wrong_and_who_refuses_it() {
        let specimen = |text: &str| Specimen {
            bank: Bank::Wrong,
            name: "hang".to_owned(),
            text: text.to_owned(),
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
}
