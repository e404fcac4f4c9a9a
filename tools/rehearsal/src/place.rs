//! Where something stands in the source, in the words a reader uses.

use std::{
    backtrace::Backtrace,
    env, fmt,
    panic::Location,
    sync::{Mutex, PoisonError},
};

/// A line of the program's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    file: &'static str,
    line: u32,
}

impl Place {
    #[track_caller]
    pub(crate) const fn here() -> Place {
        let here = Location::caller();
        Place { file: here.file(), line: here.line() }
    }

    /// A place that was found at run time. Its file's name is never freed, so it is for reports alone.
    pub(crate) fn found(file: &str, line: u32) -> Place {
        Place { file: file.to_owned().leak(), line }
    }

    pub(crate) fn line(self) -> u32 {
        self.line
    }

    /// Whether it is the program's own, and not that of a library in between.
    pub(crate) fn is_of_the_program(self) -> bool {
        File::of(self.file).origin == Origin::Program
    }

    /// Whether it lies in the standard library.
    pub(crate) fn is_of_std(self) -> bool {
        File::of(self.file).origin == Origin::Std
    }

    /// This place if it is the program's own, and not that of a library in between; else the other.
    pub(crate) fn in_program_or(self, other: Place) -> Place {
        if self.file == other.file || self.is_of_the_program() { self } else { other }
    }

    /// This place if it is the program's own; else the innermost line of the program that has led here, where
    /// the debug information tells it.
    pub(crate) fn or_what_led_here(self) -> Option<Place> {
        if self.is_of_the_program() {
            return Some(self);
        }
        let backtrace = Backtrace::force_capture().to_string();
        let mut places = backtrace.lines().filter_map(|line| line.trim().strip_prefix("at "));
        places.find_map(|place| {
            let (file, line) = file_and_line(place)?;
            (Origin::of(file) == Origin::Program).then(|| Place::found(file, line))
        })
    }

    /// `line 41` of a program that is one file, `src/pool.rs:41` elsewhere.
    pub(crate) fn spoken(self) -> String {
        let file = File::of(self.file).within.as_str();
        let is_program = file == "src/main.rs"
            || file
                .rsplit_once('/')
                .is_some_and(|(folder, _)| folder == "examples" || folder == "src/bin");
        if is_program { format!("line {}", self.line()) } else { self.to_string() }
    }

    /// `line 41` beside a place in the same file, `src/pool.rs:41` otherwise.
    pub(crate) fn beside(self, other: Place) -> String {
        if File::of(self.file).within == File::of(other.file).within {
            format!("line {}", self.line())
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", File::of(self.file).within, self.line())
    }
}

/// What is known of a source file. Each event of a tape asks for it, and finding it out takes longer than the event.
struct File {
    path: &'static str,
    origin: Origin,
    /// What a reader calls it.
    within: String,
}

impl File {
    fn of(path: &'static str) -> &'static File {
        // As many as the program has source files: none is ever forgotten.
        static KNOWN: Mutex<Vec<&'static File>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = known.iter().find(|file| file.path == path) {
            return file;
        }
        let file = File { path, origin: Origin::of(path), within: within_package(path) };
        let file: &'static File = Box::leak(Box::new(file));
        known.push(file);
        file
    }
}

/// The place that a panic tells, as [`Place`] shows it.
pub(crate) fn shown(location: &Location<'_>) -> String {
    format!("{}:{}", within_package(location.file()), location.line())
}

/// Whose a source file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Program,
    Std,
    Library,
    Rehearsal,
}

impl Origin {
    pub(crate) fn of(path: &str) -> Origin {
        let path = &*from_the_root(&path.replace('\\', "/"));
        // This file's own path, as the compiler has it, tells where the rehearsal's others are.
        let here = file!().replace('\\', "/");
        let rehearsal = here.strip_suffix("place.rs").expect("this is place.rs");
        if path.contains("/rustc/") || path.contains("/rustlib/src/") {
            Origin::Std
        } else if path.trim_start_matches("./").starts_with(rehearsal)
            || (rehearsal != "src/" && path.contains(rehearsal))
        {
            Origin::Rehearsal
        } else if path.contains("/registry/src/") || path.contains("/git/checkouts/") {
            Origin::Library
        } else {
            Origin::Program
        }
    }
}

/// A backtrace shortens what lies below the current folder to `./…`. From there it could be anybody's.
fn from_the_root(path: &str) -> String {
    let folder = path.strip_prefix("./").and_then(|rest| Some((rest, env::current_dir().ok()?)));
    match folder {
        Some((rest, folder)) => folder.join(rest).to_string_lossy().replace('\\', "/"),
        None => path.to_owned(),
    }
}

/// Reads `./src/main.rs:41:9`, and the same without a column.
pub(crate) fn file_and_line(place: &str) -> Option<(&str, u32)> {
    let (rest, last) = place.rsplit_once(':')?;
    match rest.rsplit_once(':') {
        Some((file, line)) if line.parse::<u32>().is_ok() => Some((file, line.parse().ok()?)),
        _ => Some((rest, last.parse().ok()?)),
    }
}

/// Cuts `exercises/04-producer-consumer/src/main.rs` to `src/main.rs`, the same on every system.
pub(crate) fn within_package(path: &str) -> String {
    let path = path.replace('\\', "/");
    if matches!(Origin::of(&path), Origin::Std | Origin::Library) {
        // Not to be mixed up with a file of the program: `tokio-1.54.1/src/sync/mutex.rs`.
        let library = path.rsplit_once("/src/").and_then(|(package, _)| package.rfind('/'));
        return library.map_or(path.clone(), |start| path[start + 1..].to_owned());
    }
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
        let library = "/home/a/.cargo/registry/src/i-1949/tokio-1.54.1/src/sync/mutex.rs";
        assert_eq!(within_package(library), "tokio-1.54.1/src/sync/mutex.rs");
        assert_eq!(within_package("/rustc/5/library/core/src/future.rs"), "core/src/future.rs");
    }

    #[test]
    fn it_is_known_whose_a_file_is() {
        let registry = "/home/a/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f";
        for (path, origin) in [
            ("exercises/04-x/src/main.rs".to_owned(), Origin::Program),
            (r"C:\course\exercises\04-x\src\main.rs".to_owned(), Origin::Program),
            ("./tools/rehearsal/examples/tasks.rs".to_owned(), Origin::Program),
            (file!().to_owned(), Origin::Rehearsal),
            (format!("/home/a/course/{}", file!()), Origin::Rehearsal),
            (format!("{registry}/tokio-1.54.1/src/sync/mutex.rs"), Origin::Library),
            (
                format!("{registry}/tokio-1.54.1/src/sync/mutex.rs").replace('/', r"\"),
                Origin::Library,
            ),
            ("/rustc/59807616/library/core/src/task/wake.rs".to_owned(), Origin::Std),
        ] {
            assert_eq!(Origin::of(&path), origin, "{path}");
        }
    }

    #[test]
    fn places_are_read_with_and_without_a_column_and_on_every_system() {
        assert_eq!(file_and_line("./src/main.rs:31:22"), Some(("./src/main.rs", 31)));
        assert_eq!(file_and_line("./src/main.rs:31"), Some(("./src/main.rs", 31)));
        assert_eq!(file_and_line(r"C:\x\src\main.rs:31:22"), Some((r"C:\x\src\main.rs", 31)));
    }

    #[test]
    fn a_place_in_the_same_file_needs_no_file() {
        let here = Place::here();
        assert_eq!(here.beside(here), format!("line {}", here.line()));
        assert_eq!(here.to_string(), format!("src/place.rs:{}", here.line()));
        assert_eq!(here.spoken(), here.to_string());
    }
}
