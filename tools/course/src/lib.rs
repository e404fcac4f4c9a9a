//! What people type as `cargo course …`: check, break, reset, and what authors need.
//!
//! - [`whereabouts`] tells where a learner is, and what is next.
//! - [`watch`] tells the verdict on every save.
//! - [`open`] opens what is next.
//! - [`compare`] shows a learner's program against the solution.
//! - [`handout`] makes a checkout for students.
//! - [`update`] brings a later version of the course into it.
//! - [`hints`] shows a hint for a task, and one more each time.
//! - [`progress`] keeps what a learner has done.
//! - [`check`] runs the tests of each exercise and makes one table of them.
//! - [`breaking`] plays a Break task on a copy of the starter, and keeps the prediction.
//! - [`explore`] plays a program under many schedules, and shows the first that goes wrong.
//! - [`stage`] lets a learner choose who goes on.
//! - [`timeline`] draws a run of a program.
//! - [`reset`] brings the starter back, and keeps the student's version beside it.
//! - [`new`] makes a new exercise.
//! - [`real`] makes an exercise's `examples/real.rs` from its starter.
//! - [`proof`] shows that an exercise's material is true.
//! - [`mutants`] makes mutants of a solution, and shows which of them the tests do not refuse.
//! - [`grade`] grades submissions.
//! - [`house`] shows the same of what belongs to no one exercise.
//! - [`words`] counts what is read between two things that are done.
//! - [`same`] runs a program many times, and compares what it prints.
//!
//! The rest is what these stand on. The README says how they are used.

mod answers;
mod beside;
pub mod breaking;
mod brief;
pub mod build;
mod cause;
pub mod check;
pub mod child;
pub mod compare;
pub mod explore;
pub mod grade;
pub mod handout;
pub mod hints;
pub mod house;
mod joint;
pub mod json;
pub mod leash;
mod libtest;
pub mod look;
mod manifest;
pub mod mutants;
pub mod new;
pub mod next;
mod onward;
pub mod open;
mod packages;
mod play;
pub mod programs;
pub mod progress;
pub mod proof;
mod prose;
pub mod real;
pub mod reset;
mod rust;
pub mod same;
mod source;
pub mod stage;
mod steps;
mod suite;
mod sum;
pub mod table;
pub mod timeline;
pub mod update;
pub mod variant;
mod verdict;
pub mod watch;
pub mod whereabouts;
pub mod words;
pub mod workspace;

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    path::Path,
};

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// The input can't be right: exit code 2.
    Input(String),
    /// The input is right, and it does not work all the same: exit code 1.
    Failed(String),
}

/// What the commands return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The exit code that says which kind it was.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Error::Input(_) => 2,
            Error::Failed(_) => 1,
        }
    }

    /// An error of the system about a file.
    pub fn about(path: &Path, error: &io::Error) -> Error {
        Error::Failed(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Input(message) | Error::Failed(message) => f.write_str(message),
        }
    }
}

/// Prints at once. A reader who has gone away ends the program quietly.
pub fn say(text: &str) -> Result<()> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Error::Failed(format!("the result can't be printed: {error}"))),
    }
}

/// Shows on a terminal what is being done, in a line that goes again. Nothing clears it.
pub fn status(text: &str) {
    if io::stderr().is_terminal() {
        // What goes on in a second line would stay there.
        const NARROW: usize = 50;
        eprint!("\r\x1b[K{}", text.chars().take(NARROW).collect::<String>());
    }
}

/// Reads a text file, with line endings as on Linux.
pub(crate) fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::about(path, &error))?;
    Ok(text.replace("\r\n", "\n"))
}

/// Writes a file whose content differs. A file that stays as it is keeps its time, so cargo builds nothing.
pub(crate) fn write_if_new(path: &Path, content: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let written = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, content));
    written.map_err(|error| Error::about(path, &error))
}
