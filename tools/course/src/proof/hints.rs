//! The hints of an exercise: enough of them, none of them the answer itself, and none about what is not there.

use super::{Found, facts::none_of};
use crate::{
    Result,
    brief::{Brief, Task},
    hints::{self, EACH, Hints},
    source::Sources,
    variant::{Shelf, Variant},
    workspace::Exercise,
};
use accord::{exercise, files};
use std::collections::BTreeSet;

/// A line of the solution that is shorter gives nothing away: `}` or `break;`.
const SHORTEST: usize = 12;

pub(super) fn check(exercise: &Exercise) -> Result<Found> {
    let file = exercise::hints(&exercise.name);
    if !exercise.root().join(&file).is_file() {
        return Ok(Err(format!("{file} is missing: {EACH} hints for each core task")));
    }
    let brief = Brief::read(&exercise.brief_text()?);
    let hints = Hints::of(exercise)?;
    let names = known(exercise, &brief)?;
    let secrets = secrets(exercise)?;
    let mut faults = Vec::new();
    let tasks: Vec<&Task> = hints::hinted(&brief).collect();
    for task in &tasks {
        let name = task.name();
        let Some(section) = hints.for_task(&name) else {
            faults.push(format!("{name} has no hints"));
            continue;
        };
        if section.hints.len() != EACH {
            faults.push(format!("{name} has {} hints, {EACH} are wanted", section.hints.len()));
        }
        if section.looked_over.as_deref() != Some(&hints::sum_of(task)) {
            faults.push(format!(
                "the brief of {name} has changed since somebody looked whether its hints fit: look, then `cargo course hint {} --looked-over`",
                exercise.short()
            ));
        }
        for (index, hint) in section.hints.iter().enumerate() {
            let of = |what: String| format!("hint {} of {name} {what}", index + 1);
            let plain = plain(hint);
            faults.extend(
                secrets
                    .iter()
                    .filter(|line| plain.contains(line.as_str()))
                    .map(|line| of(format!("holds a line of the solution: {line}"))),
            );
            faults.extend(unknown(hint, &names).map(|word| {
                of(format!(
                    "names `{word}`, which is nowhere in the program, its brief or the rehearsal"
                ))
            }));
        }
    }
    for section in &hints.sections {
        if !tasks.iter().any(|task| task.name() == section.task) {
            faults.push(format!("'{}' is no core task of the brief", section.task));
        }
    }
    Ok(none_of(faults, || format!("{EACH} for each of {} core tasks", tasks.len())))
}

/// The lines that the solution has and the starter has not, without their blanks.
fn secrets(exercise: &Exercise) -> Result<BTreeSet<String>> {
    let lines = |sources: &Sources| -> BTreeSet<String> {
        let lines = sources.values().flat_map(|text| text.lines());
        lines.filter(|line| !line.trim_start().starts_with("//")).map(plain).collect()
    };
    let given = lines(&exercise.starter_sources()?);
    let mut secrets = lines(&exercise.solution_sources()?);
    secrets.retain(|line| line.len() >= SHORTEST && !given.contains(line));
    Ok(secrets)
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '`').collect()
}

/// All words that there are: of the program before and after, of its brief, of other right programs, and of what
/// it stands on.
fn known(exercise: &Exercise, brief: &Brief) -> Result<BTreeSet<String>> {
    let mut words = BTreeSet::new();
    let mut add = |text: &str| words.extend(words_in(text).map(str::to_owned));
    let rehearsal = exercise.root().join("tools/rehearsal/src");
    let rehearsal = if rehearsal.is_dir() {
        files::sources(&rehearsal).map_err(|error| crate::Error::about(&rehearsal, &error))?
    } else {
        Sources::new()
    };
    let (starter, solution) = (exercise.starter_sources()?, exercise.solution_sources()?);
    for text in [&rehearsal, &starter, &solution].iter().flat_map(|sources| sources.values()) {
        add(text);
    }
    for variant in Variant::all(exercise, Shelf::AlsoRight)? {
        for text in variant.program(&solution).unwrap_or_default().values() {
            add(text);
        }
    }
    for task in &brief.tasks {
        add(&task.text);
    }
    for source in solution.keys() {
        add(source);
    }
    Ok(words)
}

/// The words in backticks that nothing is called by. A flag is called as the field that holds it.
fn unknown<'a>(hint: &'a str, names: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
    let quoted = hint.split('`').skip(1).step_by(2);
    quoted.flat_map(|text| {
        let text = text.strip_prefix("cargo ").map_or(text, |_| "");
        text.split_whitespace().filter(|word| !is_known(word, names))
    })
}

fn is_known(word: &str, names: &BTreeSet<String>) -> bool {
    match word.strip_prefix("--") {
        Some(flag) => names.contains(&flag.replace('-', "_")),
        None => words_in(word).all(|part| names.contains(part)),
    }
}

fn words_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nowhere_is_found() {
        let names = ["max_wait", "tokio", "spawn"].map(str::to_owned).into();
        let of = |hint: &'static str| unknown(hint, &names).collect::<Vec<_>>();
        assert_eq!(of("Use `tokio::spawn` with `--max-wait`, and {:.1}: `{:.1}`."), [""; 0]);
        assert_eq!(
            of("Use `tokio::respawn` and `--max-waits`."),
            ["tokio::respawn", "--max-waits"]
        );
    }

    #[test]
    fn a_line_is_found_however_it_is_broken() {
        assert!(
            plain("Write `let x =\n   other(1);` here").contains(&plain("  let x = other(1);"))
        );
    }
}
