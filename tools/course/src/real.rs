//! Makes an exercise's `examples/real.rs`: the starter without the rehearsal.
//!
//! It is the starter's `main.rs`, on the real crates. A module that names the rehearsal, or that a task
//! changes, is written beside it; the others are those of `src/`, by `#[path]`. All comes from the
//! starter, so what a student does in `src/` changes nothing here.

mod mirror;
mod modules;
mod tokens;
mod uses;

pub(crate) use uses::{paths, words};

use crate::{
    Error, Result,
    look::{Look, Tone},
    packages, read, say,
    source::Sources,
    workspace::Exercise,
    write_if_new,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::Write,
    process::{Command, Stdio},
};

const ALLOW: &str =
    "#![allow(clippy::disallowed_methods, reason = \"here the real crates are meant\")]\n";

/// What `examples/` has to hold of an exercise's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Real {
    /// The files, by their names below `examples/`.
    pub files: Sources,
    /// Names of modules that are shared, so that no copy is to stand there.
    pub shared: BTreeSet<String>,
}

/// A file of `examples/` that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name below `examples/`.
    pub file: String,
    /// What is wrong: `it is missing`.
    pub what: &'static str,
    /// What would change in it, as a unified diff.
    pub diff: String,
}

impl Difference {
    /// The first line that would go or come, as it stands in the diff.
    #[must_use]
    pub fn first_line(&self) -> Option<&str> {
        let mut lines = self.diff.lines().skip_while(|line| !line.starts_with("@@"));
        lines.find(|line| line.starts_with(['+', '-']))
    }
}

/// Tells of each exercise what differs, or writes it. True if nothing differs any more.
pub fn run(exercises: &[Exercise], write: bool, look: Look) -> Result<bool> {
    let mut is_good = true;
    for exercise in exercises {
        let real = Real::of(exercise)?;
        let differences = real.differences(exercise)?;
        let folder = format!("{}/examples", accord::exercise::folder(&exercise.name));
        if differences.is_empty() {
            let sign = look.paint(Tone::Good, look.passed());
            say(&format!("{sign} {folder} is the starter on the real crates\n"))?;
        } else if write {
            real.write(exercise)?;
            for Difference { file, .. } in &differences {
                let verb = if real.files.contains_key(file) { "written" } else { "removed" };
                say(&format!("{verb}: {folder}/{file}\n"))?;
            }
        } else {
            is_good = false;
            for difference in &differences {
                let sign = look.paint(Tone::Bad, look.failed());
                say(&format!("{sign} {folder}/{}: {}\n", difference.file, difference.what))?;
                say(&coloured(&difference.diff, look))?;
            }
        }
    }
    if !is_good {
        say("`cargo course real --write` writes it.\n")?;
    }
    Ok(is_good)
}

fn coloured(diff: &str, look: Look) -> String {
    let tone = |line: &str| match line.chars().next() {
        Some('+') => Tone::Good,
        Some('-') => Tone::Bad,
        _ => Tone::Quiet,
    };
    diff.lines().map(|line| format!("  {}\n", look.paint(tone(line), line))).collect()
}

impl Real {
    /// Makes it from an exercise's starter.
    pub fn of(exercise: &Exercise) -> Result<Real> {
        let starter = exercise.starter_sources()?;
        let changed = changed(&starter, &exercise.solution_sources()?);
        let mut real = made(&starter, &changed).map_err(|problem| {
            Error::Failed(format!("{}/{problem}", accord::exercise::starter(&exercise.name)))
        })?;
        // What no `use` line was changed in is formatted as the starter is.
        let rewritten: Vec<_> =
            real.files.iter_mut().filter(|(_, text)| text.is_rewritten).collect();
        if !rewritten.is_empty() {
            let edition = packages::edition(exercise.root(), &exercise.package())?;
            for (name, text) in rewritten {
                text.content = formatted(exercise, &edition, name, &text.content)?;
            }
        }
        let files = real.files.into_iter().map(|(name, text)| (name, text.content)).collect();
        Ok(Real { files, shared: real.shared })
    }

    /// What differs from what is there.
    pub fn differences(&self, exercise: &Exercise) -> Result<Vec<Difference>> {
        let folder = exercise.folder().join("examples");
        let mut found = Vec::new();
        for (file, text) in &self.files {
            let path = folder.join(file);
            let own = if path.is_file() { read(&path)? } else { String::new() };
            if own != *text {
                let what = if path.is_file() { "differs from the starter" } else { "is missing" };
                let diff = diffy::DiffOptions::new()
                    .set_original_filename(format!("examples/{file}"))
                    .set_modified_filename("the starter on the real crates")
                    .create_patch(&own, text)
                    .to_string();
                found.push(Difference { file: file.clone(), what, diff });
            }
        }
        for file in self.shared.iter().filter(|file| folder.join(file).is_file()) {
            let what = "is too much, because real.rs takes the module from src/";
            found.push(Difference { file: file.clone(), what, diff: String::new() });
        }
        Ok(found)
    }

    /// Writes all files, and removes those that are too much.
    pub fn write(&self, exercise: &Exercise) -> Result<()> {
        let folder = exercise.folder().join("examples");
        for (file, text) in &self.files {
            write_if_new(&folder.join(file), text)?;
        }
        for path in self.shared.iter().map(|file| folder.join(file)) {
            if path.is_file() {
                fs::remove_file(&path).map_err(|error| Error::about(&path, &error))?;
            }
        }
        Ok(())
    }
}

/// The files that the solution changes or adds. If it is one alone, the others fit it whatever a task makes
/// of it, so it counts as unchanged.
fn changed(starter: &Sources, solution: &Sources) -> BTreeSet<String> {
    let names = starter.keys().chain(solution.keys());
    let changed: BTreeSet<String> =
        names.filter(|name| starter.get(*name) != solution.get(*name)).cloned().collect();
    if changed.len() == 1 { BTreeSet::new() } else { changed }
}

/// What `examples/` has to hold, before it is formatted.
struct Made {
    files: BTreeMap<String, Text>,
    shared: BTreeSet<String>,
}

struct Text {
    content: String,
    is_rewritten: bool,
}

/// The error begins with the file.
fn made(starter: &Sources, changed: &BTreeSet<String>) -> std::result::Result<Made, String> {
    let shared = modules::shared(starter, changed);
    let shared_names = starter.values().flat_map(|text| uses::taken_names(text)).collect();
    let mut files = BTreeMap::new();
    for (file, text) in starter.iter().filter(|(file, _)| !shared.contains(*file)) {
        let of_file = |problem: String| format!("{file}: {problem}");
        let own = |name: &str| modules::own(starter, file, name);
        let program = uses::Program { shared_names: &shared_names, own: &own };
        let rewritten = uses::rewritten(text, &program).map_err(of_file)?;
        if let Some(line) = line_with_rehearsal(&rewritten) {
            return Err(of_file(format!(
                "'{line}' names the rehearsal outside of a `use` line, where real.rs has to be the same"
            )));
        }
        let is_rewritten = rewritten != *text;
        let mut content = modules::with_paths(&rewritten, file, starter, &shared);
        let name = if file == "main.rs" { "real.rs" } else { file };
        if file == "main.rs" {
            content = with_allow(&content);
        }
        if files.insert(name.to_owned(), Text { content, is_rewritten }).is_some() {
            return Err(of_file("no module can be called real, which real.rs is".to_owned()));
        }
    }
    Ok(Made { files, shared })
}

fn line_with_rehearsal(text: &str) -> Option<&str> {
    text.lines().find(|line| modules::names_rehearsal(line)).map(str::trim)
}

/// Below the first comment: what the lints say of the real crates is no part of the program.
fn with_allow(text: &str) -> String {
    let comment: usize =
        text.split_inclusive('\n').take_while(|line| line.starts_with("//!")).map(str::len).sum();
    let (comment, rest) = text.split_at(comment);
    if rest.contains("#![allow(clippy::disallowed_methods") {
        return text.to_owned();
    }
    format!("{comment}{ALLOW}{rest}")
}

/// As `cargo fmt` would leave it.
fn formatted(exercise: &Exercise, edition: &str, file: &str, text: &str) -> Result<String> {
    let failed = |why: &str| Error::Failed(format!("examples/{file} can't be formatted: {why}"));
    let mut command = Command::new(env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into()));
    command.args(["--edition", edition]).current_dir(exercise.root());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| {
        failed(&format!(
            "rustfmt can't be started ({error}); `rustup component add rustfmt` brings it"
        ))
    })?;
    // It reads all before it writes, and says itself what it does not understand.
    let _ = child.stdin.take().expect("it is piped").write_all(text.as_bytes());
    let output = child.wait_with_output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
}
