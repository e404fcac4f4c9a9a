//! Where something stands in the source, in the words a reader uses.

use std::{fmt, panic::Location};

/// A line of the program's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(&'static Location<'static>);

impl Place {
    #[track_caller]
    pub(crate) const fn here() -> Place {
        Place(Location::caller())
    }

    pub(crate) fn line(self) -> u32 {
        self.0.line()
    }

    /// `line 41` of a program that is one file, `src/pool.rs:41` elsewhere.
    pub(crate) fn spoken(self) -> String {
        let file = within_package(self.0.file());
        let is_program = file == "src/main.rs"
            || file
                .rsplit_once('/')
                .is_some_and(|(folder, _)| folder == "examples" || folder == "src/bin");
        if is_program { format!("line {}", self.line()) } else { self.to_string() }
    }

    /// `line 41` beside a place in the same file, `src/pool.rs:41` otherwise.
    pub(crate) fn beside(self, other: Place) -> String {
        if self.0.file() == other.0.file() {
            format!("line {}", self.line())
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", within_package(self.0.file()), self.line())
    }
}

/// Cuts `exercises/04-producer-consumer/src/main.rs` to `src/main.rs`, the same on every system.
pub(crate) fn within_package(path: &str) -> String {
    let path = path.replace('\\', "/");
    let start = ["/src/", "/examples/", "/tests/", "/benches/"]
        .iter()
        .filter_map(|folder| path.rfind(folder))
        .max();
    start.map_or(path.clone(), |start| path[start + 1..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_same_on_every_system() {
        assert_eq!(within_package("exercises/04-x/src/main.rs"), "src/main.rs");
        assert_eq!(within_package(r"exercises\04-x\src\pool\mod.rs"), "src/pool/mod.rs");
        assert_eq!(within_package("/home/a/src/handoff/ex/examples/real.rs"), "examples/real.rs");
        assert_eq!(within_package("main.rs"), "main.rs");
    }

    #[test]
    fn a_place_in_the_same_file_needs_no_file() {
        let here = Place::here();
        assert_eq!(here.beside(here), format!("line {}", here.line()));
        assert_eq!(here.to_string(), format!("src/place.rs:{}", here.line()));
        assert_eq!(here.spoken(), here.to_string());
    }
}
