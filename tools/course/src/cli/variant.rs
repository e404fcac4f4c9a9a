//! `cargo course variant`: for authors, the programs that differ from another by an edit.

use clap::Subcommand;
use course::{
    Result,
    look::Look,
    say,
    variant::{self, BANKS, Change, Copy, Moved, Rename, Shelf, Variant},
    workspace::{Exercise, Workspace},
};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Make a copy of the solution to edit, for a new variant
    ///
    ///   cargo course variant new 04 wrong/one-worker
    #[command(verbatim_doc_comment)]
    New {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// Where it is to be kept: wrong/NAME, also-right/NAME or breaks/NAME
        name: String,
    },
    /// Make a copy of a variant to edit
    ///
    ///   cargo course variant open 04 wrong/one-worker
    #[command(verbatim_doc_comment)]
    Open {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// Which one: wrong/NAME, also-right/NAME or breaks/NAME
        name: String,
    },
    /// Write what was edited as a diff, and remove the copy
    ///
    ///   cargo course variant save 04 wrong/one-worker
    #[command(verbatim_doc_comment)]
    Save {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// Which one: wrong/NAME, also-right/NAME or breaks/NAME
        name: String,
    },
    /// Show what a variant is and what it changes
    ///
    ///   cargo course variant show 04 wrong/one-worker
    #[command(verbatim_doc_comment)]
    Show {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// Which one: wrong/NAME, also-right/NAME or breaks/NAME
        name: String,
        /// Show all files of the program
        #[arg(long)]
        whole: bool,
    },
    /// List the variants of an exercise, with the lines that each changes
    ///
    ///   cargo course variant list 04
    #[command(verbatim_doc_comment)]
    List {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
    },
    /// Bring the diffs along after their program has changed
    ///
    ///   cargo course variant rebase 04 --rename queue=line
    #[command(verbatim_doc_comment)]
    Rebase {
        /// The exercise: 4, 04 or 04-producer-consumer
        exercise: String,
        /// A name that the program has changed; may be given several times
        #[arg(long, value_name = "OLD=NEW", value_parser = Rename::parse)]
        rename: Vec<Rename>,
    },
}

impl Verb {
    /// Whether all is good.
    pub(crate) fn run(self, workspace: &Workspace, look: Look) -> Result<bool> {
        match self {
            Verb::New { exercise, name } => {
                let exercise = workspace.exercise(&exercise)?;
                let copy = Copy::of(&exercise, &name)?;
                copy.begin()?;
                tell_copy(&exercise, &copy, &name)
            }
            Verb::Open { exercise, name } => {
                let exercise = workspace.exercise(&exercise)?;
                let copy = Copy::of(&exercise, &name)?;
                copy.open()?;
                tell_copy(&exercise, &copy, &name)
            }
            Verb::Save { exercise, name } => {
                let saved = Copy::of(&workspace.exercise(&exercise)?, &name)?.save()?;
                let moved = if saved.rebased { ", merged with what has changed since" } else { "" };
                say(&format!("{}: {} lines differ{moved}\n", saved.path, saved.lines))?;
                Ok(true)
            }
            Verb::Show { exercise, name, whole } => {
                let exercise = workspace.exercise(&exercise)?;
                show(&exercise, &Variant::find(&exercise, &name)?, whole, look)
            }
            Verb::List { exercise } => list(&workspace.exercise(&exercise)?),
            Verb::Rebase { exercise, rename } => rebase(&workspace.exercise(&exercise)?, &rename),
        }
    }
}

fn tell_copy(exercise: &Exercise, copy: &Copy<'_>, name: &str) -> Result<bool> {
    let folder = copy.folder().display();
    let short = exercise.short();
    say(&format!(
        "edit   {folder}/src and {folder}/NOTES\n\
         try    cargo run --manifest-path {folder}/Cargo.toml -- --pace instant\n\
         keep   cargo course variant save {short} {name}\n"
    ))?;
    Ok(true)
}

fn show(exercise: &Exercise, variant: &Variant, whole: bool, look: Look) -> Result<bool> {
    let notes = &variant.notes;
    let mut text = format!("{} of {}\n", variant.path(), exercise.name);
    for line in [notes.says.clone(), notes.refused_by.join(", ")] {
        if !line.is_empty() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    for line in &notes.explanation {
        text.push_str(&format!("  {line}\n"));
    }
    for (file, lines) in variant.change.shown() {
        text.push_str(&format!("\nsrc/{file}\n{}", look.diff(&lines)));
    }
    if whole || matches!(variant.change, Change::Whole(_)) {
        let base = variant.shelf.base().sources(exercise)?;
        let program = variant.program(&base).map_err(course::Error::Failed)?;
        let files = variant.change.files();
        for (file, source) in program.iter().filter(|(file, _)| whole || files.contains(&&***file))
        {
            text.push_str(&format!("\nsrc/{file}\n{source}"));
        }
    }
    say(&text)?;
    Ok(true)
}

fn list(exercise: &Exercise) -> Result<bool> {
    for shelf in [Shelf::Breaks].into_iter().chain(BANKS) {
        let base = shelf.base().sources(exercise)?;
        for variant in Variant::all(exercise, shelf)? {
            let size = variant.change.size(&base).map_err(course::Error::Failed)?;
            let form = if matches!(variant.change, Change::Whole(_)) { " whole" } else { "" };
            let says = &variant.notes.says;
            say(&format!("{:4}{form} {}  {says}\n", size.lines(), variant.path()))?;
        }
    }
    Ok(true)
}

/// Nothing that could not be brought along is written, and the exit code says that there is such a one.
fn rebase(exercise: &Exercise, renames: &[Rename]) -> Result<bool> {
    let (mut stay, mut merged, mut left) = (0, 0, 0);
    for (path, moved) in variant::rebase(exercise, renames)? {
        let why = match moved {
            Moved::Stays => {
                stay += 1;
                continue;
            }
            Moved::Merged => {
                merged += 1;
                continue;
            }
            Moved::MergedByWords => {
                merged += 1;
                say(&format!("{path}: merged within a line, look at it\n"))?;
                continue;
            }
            Moved::Conflict(files) => {
                format!("changes the same place of {} as the program did", files.join(", "))
            }
            Moved::Nothing => "changes nothing any more: the program is that now".to_owned(),
            Moved::Lost => "fits no version of the program that git knows".to_owned(),
        };
        left += 1;
        say(&format!("{path}: {why}\n"))?;
    }
    say(&format!("{merged} written anew, {stay} stay as they are, {left} left to you\n"))?;
    Ok(left == 0)
}
