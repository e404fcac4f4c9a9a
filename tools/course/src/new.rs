//! Makes a new exercise: a whole small one, for the author to write another over.
//!
//! What it is made of stands in `new/templates/`. `tests/new.rs` makes one of each form in a copy of the
//! checkout, and proves it.

mod draft;
mod lists;
mod name;
mod skeleton;

pub use name::Name;

use crate::{
    Error, Result, hints, packages, proof::facts::FEWEST, read, real::Real, workspace::Workspace,
};
use accord::exercise;
use draft::Draft;

/// What the program is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Threads, and the queue of crossbeam-channel.
    Threads,
    /// Tokio's tasks, and the queue of async-channel.
    Async,
}

/// The file that holds the aliases.
const ALIASES: &str = ".cargo/config.toml";

/// The file that says how the solutions are built.
const PROFILES: &str = "Cargo.toml";

/// The file that holds the reading order.
const READING_ORDER: &str = "README.md";

/// Makes the exercise, and all that the checkout has to know of it. If something fails, nothing is left of it.
pub fn make(workspace: &Workspace, name: &Name, form: Form) -> Result<()> {
    let root = &workspace.root;
    is_free(workspace, name)?;
    let aliases = lists::with_alias(&read(&root.join(ALIASES))?, name)?;
    let profiles = lists::with_profile(&read(&root.join(PROFILES))?, name)?;
    let order = lists::with_row(&read(&root.join(READING_ORDER))?, name)?;

    let mut draft = Draft::default();
    for folder in [exercise::folder(&name.whole), exercise::solution(&name.whole)] {
        draft.folder(&root.join(folder))?;
    }
    for (path, text) in skeleton::files(name, form) {
        draft.write(&root.join(path), &text)?;
    }
    draft.write(&root.join(ALIASES), &aliases)?;
    draft.write(&root.join(PROFILES), &profiles)?;
    draft.write(&root.join(READING_ORDER), &order)?;
    draft.remember(&root.join("Cargo.lock"))?;
    packages::lock(root)?;
    let exercise = workspace.exercise(&name.whole)?;
    Real::of(&exercise)?.write(&exercise)?;
    hints::looked_over(&exercise)?;
    draft.keep();
    Ok(())
}

/// What is there now, and what is to be done with it.
#[must_use]
pub fn told(name: &Name) -> String {
    let Name { whole, number, .. } = name;
    let [wrong, right] = FEWEST.map(|(_, fewest)| fewest);
    format!(
        "Made {whole}:
  exercises/{whole}/
  solutions/{whole}/
  quizzes/exercises/{whole}.toml
  a line in {ALIASES} and in {PROFILES}, a row in {READING_ORDER}, and what Cargo.lock has to know

It is a whole exercise, about something else: write yours over it.
CONTRIBUTING.md tells in which order, and what makes a good one.

  cargo {number}
  cargo test -p {package} -p {solution}
  cargo course proof {number}

The proof still asks for {wrong} wrong programs and {right} other right ones:

  cargo course variant new {number} wrong/NAME
",
        package = exercise::package(whole),
        solution = exercise::solution_package(whole),
    )
}

/// Nothing is overwritten.
fn is_free(workspace: &Workspace, name: &Name) -> Result<()> {
    let taken = |by: &str| Error::Input(format!("the number {} is taken by {by}", name.number));
    for other in workspace.exercises()? {
        if other.short() == name.number {
            return Err(taken(&other.name));
        }
    }
    for path in skeleton::places(name) {
        if workspace.root.join(&path).exists() {
            return Err(Error::Input(format!("{path} is there already")));
        }
    }
    Ok(())
}
