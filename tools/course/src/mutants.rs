//! Mutants: the solution with one small edit each, made by machine, and whether the tests refuse them.
//!
//! The banks hold what people thought of. A mutant is what nobody thought of: the operators are those mistakes that a
//! program about concurrency is open to, and each is made wherever it can be made. What passes is a survivor, unless
//! a file says why it may pass.

mod code;
mod judge;
mod ledger;
mod operators;

use crate::{
    Error, Result,
    look::{Look, Tone},
    read, say,
    source::Sources,
    variant::Base,
    workspace::Exercise,
};
use accord::exercise::TESTS;
use code::Code;
use judge::{Judged, Outcome};
use ledger::{KINDS, Key, Kind, Ledger};
use operators::OPERATORS;
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

/// Which mutants are wanted, and what is to be done with them.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Parts of `swap main.rs work`; all are wanted, if there is none.
    pub only: Vec<String>,
    /// So many of each exercise, always the same.
    pub sample: Option<usize>,
    /// Only show them.
    pub list: bool,
    /// No exercise was named: of all, those are judged that have a referee.
    pub is_for_all: bool,
}

/// A solution with an edit.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    key: Key,
    /// What was done, in words.
    what: &'static str,
    /// `src/main.rs:41`.
    at: String,
    files: Sources,
}

/// What came of the mutants of one exercise.
#[derive(Clone, Debug, Default)]
struct Report {
    name: String,
    left_out: usize,
    refused: usize,
    /// By the kinds of the file.
    known: [usize; KINDS.len()],
    survivors: usize,
    /// What is wrong with the file, or could not be judged.
    faults: usize,
    took: Duration,
}

/// Judges the mutants of these exercises, and tells whether each that passes may pass.
pub fn judge(exercises: &[Exercise], wish: &Wish, look: Look) -> Result<bool> {
    let mut reports = Vec::new();
    let mut count = 0;
    for exercise in exercises {
        let start = Instant::now();
        let solution = Base::Solution.sources(exercise)?;
        let all = mutants(&solution, &exercise.starter_sources()?);
        let ledger = ledger::of(exercise)?;
        let wanted = wanted(&all, wish);
        count += wanted.len();
        if wish.list {
            for mutant in wanted {
                let told = format!("{} {} {}", exercise.short(), mutant.at, mutant.what);
                say(&format!("{told}\n{}", shown(mutant, look)))?;
            }
            continue;
        }
        // Where nobody is named, those are left for later that would let most of it through.
        if wish.is_for_all && !has_referee(exercise)? {
            say(&format!("{} has no referee: judged only where it is named\n", exercise.name))?;
            continue;
        }
        let mut report = Report { name: exercise.name.clone(), ..Report::default() };
        for (key, _) in
            ledger.iter().filter(|(key, _)| !all.iter().any(|mutant| mutant.key == **key))
        {
            report.faults += 1;
            let told =
                "no edit of the solution makes it any more: take it out, or write its new lines";
            let sign = look.paint(Tone::Bad, look.failed());
            say(&format!("{sign} {} {}: {told}\n{key}", exercise.short(), ledger::FILE))?;
        }
        if !wanted.is_empty() {
            let judged = judge::all(exercise, &solution, &wanted, &ledger)?;
            tell(exercise, &judged, &ledger, &mut report, look)?;
        }
        report.took = start.elapsed();
        reports.push(report);
    }
    if count == 0 {
        return Err(Error::Input(
            "no edit of a solution is called like that; --list shows them".to_owned(),
        ));
    }
    if !wish.list {
        say(&table(&reports))?;
    }
    Ok(reports.iter().all(|report| report.survivors + report.faults == 0))
}

/// Whether an exercise's tests have rules for any setting. What looks at some numbers lets most mutants through.
fn has_referee(exercise: &Exercise) -> Result<bool> {
    Ok(read(&exercise.folder().join(TESTS))?.contains("exam::referee!("))
}

/// All mutants of a program, in the order of the operators and of its lines. A file that the starter has as well is
/// left alone: no task is about it.
fn mutants(solution: &Sources, starter: &Sources) -> Vec<Mutant> {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut mutants = Vec::new();
    for operator in OPERATORS {
        for (file, text) in solution.iter().filter(|(file, text)| starter.get(*file) != Some(text))
        {
            let code = Code::of(text);
            for (start, changed) in operator.texts(&code) {
                // Two operators may make the same of it.
                if !seen.insert((file.clone(), changed.clone())) {
                    continue;
                }
                let place = format!("{} {file} {}", operator.name, code.function_at(start));
                let line = text[..start].matches('\n').count() + 1;
                let key = Key::of(place, text, &changed);
                let mut files = solution.clone();
                files.insert(file.clone(), changed);
                let at = format!("src/{file}:{line}");
                mutants.push(Mutant { key, what: operator.what, at, files });
            }
        }
    }
    mutants
}

/// Those that are asked for. A sample is drawn by what they are, so that an edit of one line changes little of it.
fn wanted<'a>(all: &'a [Mutant], wish: &Wish) -> Vec<&'a Mutant> {
    let is_named = |mutant: &&Mutant| {
        wish.only.is_empty()
            || wish.only.iter().any(|part| mutant.key.place.contains(part.as_str()))
    };
    let mut wanted: Vec<&Mutant> = all.iter().filter(is_named).collect();
    if let Some(sample) = wish.sample {
        // Always with the same seed.
        let drawn = |mutant: &&Mutant| {
            let mut sum = DefaultHasher::new();
            mutant.key.to_string().hash(&mut sum);
            sum.finish()
        };
        wanted.sort_by_cached_key(drawn);
        wanted.truncate(sample);
    }
    wanted
}

/// Tells what has to be looked at, and counts the rest.
fn tell(
    exercise: &Exercise,
    judged: &[Judged<'_>],
    ledger: &Ledger,
    report: &mut Report,
    look: Look,
) -> Result<()> {
    for Judged { mutant, outcome } in judged {
        let entry = ledger.get(&mutant.key);
        let told = match (outcome, entry) {
            (Outcome::LeftOut, None) => {
                report.left_out += 1;
                continue;
            }
            (Outcome::Refused(_), None) => {
                report.refused += 1;
                continue;
            }
            (Outcome::Passed, Some((kind, _))) => {
                report.known[*kind as usize] += 1;
                continue;
            }
            (Outcome::Passed, None) => {
                report.survivors += 1;
                format!("survives: {}", mutant.what)
            }
            (Outcome::LeftOut, Some((kind, _))) => {
                format!("is called {}, and does not compile", kind.word())
            }
            (Outcome::Refused(why), Some((kind, _))) => {
                format!("is called {}, and {why}", kind.word())
            }
            (Outcome::Lost(why), _) => format!("has no verdict: {why}"),
        };
        report.faults += usize::from(!matches!((outcome, entry), (Outcome::Passed, None)));
        let sign = look.paint(Tone::Bad, look.failed());
        say(&format!("{sign} {} {} {told}\n{}", exercise.short(), mutant.at, shown(mutant, look)))?;
    }
    Ok(())
}

/// A mutant as it stands in the file.
fn shown(mutant: &Mutant, look: Look) -> String {
    let lines: Vec<&str> = mutant.key.lines.iter().map(String::as_str).collect();
    format!("@ {}\n{}\n", mutant.key.place, look.diff(&lines))
}

/// A row for each exercise, and one for all.
fn table(reports: &[Report]) -> String {
    let name = |report: &Report| report.name.chars().count();
    let width = reports.iter().map(name).max().unwrap_or_default();
    let known = KINDS.map(Kind::word).map(|word| format!("  {word:>10}")).concat();
    let mut text =
        format!("{:width$}  mutants  refused{known}  survivors  seconds  (did not compile)\n", "");
    for report in reports {
        let Report { name, left_out, refused, known, survivors, took, .. } = report;
        let mutants = refused + survivors + known.iter().sum::<usize>();
        let known = known.map(|count| format!("  {count:>10}")).concat();
        let _ = writeln!(
            text,
            "{name:width$}  {mutants:>7}  {refused:>7}{known}  {survivors:>9}  {:>7.1}  {left_out:>17}",
            took.as_secs_f64()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solution(text: &str) -> Sources {
        Sources::from([("main.rs".to_owned(), text.to_owned())])
    }

    #[test]
    fn no_two_mutants_are_the_same_and_each_says_where_it_is() {
        let all = mutants(&solution("fn main() {\n    a(1);\n    b();\n}\n"), &Sources::new());
        let texts: BTreeSet<&str> =
            all.iter().map(|mutant| mutant.files["main.rs"].as_str()).collect();
        assert_eq!(texts.len(), all.len());
        let swapped = all.iter().find(|mutant| mutant.key.place == "swap main.rs main").unwrap();
        assert_eq!(swapped.at, "src/main.rs:2");
    }

    #[test]
    fn a_sample_is_the_same_every_time_and_hardly_moves_when_a_line_does() {
        let text = (0..40).map(|n| format!("    step(\"{n}\");\n")).collect::<String>();
        let (before, after) =
            (format!("fn main() {{\n{text}}}\n"), format!("fn main() {{\n    new();\n{text}}}\n"));
        let wish = Wish { sample: Some(20), ..Wish::default() };
        let keys = |text: &str| -> BTreeSet<Key> {
            wanted(&mutants(&solution(text), &Sources::new()), &wish)
                .iter()
                .map(|mutant| mutant.key.clone())
                .collect()
        };
        assert_eq!(keys(&before), keys(&before));
        assert_eq!(keys(&before).len(), 20);
        assert!(keys(&before).intersection(&keys(&after)).count() > 15);
    }
}
