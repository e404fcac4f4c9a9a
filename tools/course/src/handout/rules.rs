//! Which files students are given: what the top Cargo.toml says of it.

use crate::{Error, Result};
use serde_json::Value;
use std::{fs, path::Path};

/// The lists of `[workspace.metadata.student]`. A `*` stands for any part of a name.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// Files, and folders with all that is in them.
    gives: Vec<String>,
    /// What is left out of these. Without a `/` it is a name, wherever that stands.
    without: Vec<String>,
}

impl Rules {
    pub(super) fn of(lists: &Value, root: &Path) -> Result<Rules> {
        let list = |name: &str| -> Option<Vec<String>> {
            let words = lists[name].as_array()?.iter();
            words.map(|word| word.as_str().map(str::to_owned)).collect()
        };
        match (list("gives"), list("without")) {
            (Some(gives), Some(without)) => Ok(Rules { gives, without }),
            _ => Err(Error::Input(format!(
                "{} is no course that can be given to students: its Cargo.toml has no [workspace.metadata.student] with the lists `gives` and `without`",
                root.display()
            ))),
        }
    }

    /// All files that are given, in a fixed order.
    pub(super) fn files(&self, root: &Path) -> Result<Vec<String>> {
        let mut found = Vec::new();
        self.walk(root, "", &mut found)?;
        found.sort();
        Ok(found)
    }

    fn walk(&self, root: &Path, inner: &str, found: &mut Vec<String>) -> Result<()> {
        let here = root.join(inner);
        for entry in fs::read_dir(&here).map_err(|error| Error::about(&here, &error))? {
            let entry = entry.map_err(|error| Error::about(&here, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if inner.is_empty() { name } else { format!("{inner}/{name}") };
            let kind = entry.file_type().map_err(|error| Error::about(&entry.path(), &error))?;
            if self.leaves_out(&path) {
                continue;
            }
            let is_given = self.gives.iter().any(|pattern| covers(pattern, &path));
            if kind.is_dir() && (is_given || self.leads_on(&path)) {
                self.walk(root, &path, found)?;
            } else if kind.is_file() && is_given {
                found.push(path);
            }
        }
        Ok(())
    }

    fn leaves_out(&self, path: &str) -> bool {
        self.without.iter().any(|pattern| {
            let is_name = !pattern.contains('/');
            is_name && path.split('/').any(|part| is_like(pattern, part))
                || !is_name && covers(pattern, path)
        })
    }

    /// Whether something below a folder may be given.
    fn leads_on(&self, folder: &str) -> bool {
        self.gives.iter().any(|pattern| {
            let mut parts = pattern.split('/');
            folder.split('/').all(|part| parts.next().is_some_and(|like| is_like(like, part)))
        })
    }
}

/// Whether a path is that of the pattern, or lies below it.
fn covers(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    pattern.split('/').all(|like| parts.next().is_some_and(|part| is_like(like, part)))
}

/// Whether a name is like another one, in which a `*` stands for any part.
fn is_like(like: &str, name: &str) -> bool {
    match like.split_once('*') {
        None => like == name,
        Some((begin, end)) => {
            name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_lies_below_it() {
        assert!(covers("exercises/*/src", "exercises/01-x/src/pool/mod.rs"));
        assert!(!covers("exercises/*/src", "exercises/01-x/src.mine-1/main.rs"));
        assert!(!covers("exercises/*/src", "exercises/01-x"));
        let rules = Rules {
            gives: vec!["exercises/*/src".to_owned()],
            without: vec!["*.new".to_owned(), "exercises/*/src/secret".to_owned()],
        };
        assert!(rules.leads_on("exercises/01-x") && !rules.leads_on("target"));
        assert!(rules.leaves_out("exercises/01-x/src/main.rs.new"));
        assert!(rules.leaves_out("exercises/01-x/src/secret/a.rs"));
        assert!(!rules.leaves_out("exercises/01-x/src/main.rs"));
    }
}
