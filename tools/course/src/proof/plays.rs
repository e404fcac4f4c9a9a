//! Whether a program is what its brief says of it: the same every time, and the same on the real crates.
//!
//! It is the starter that is played: the exercise's own program, or a copy of the starter where a student
//! has changed that one.

use super::{Fact, Found, Wish, memory::Memory};
use crate::{
    Result,
    build::{self, Built},
    child,
    manifest::Scratch,
    reset,
    same::Trial,
    source::{self, Sources},
    status,
    workspace::Exercise,
};
use accord::settings::on_its_own;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

/// How often `play/same-every-time` runs a program; `cargo course same` does it 1,000 times.
const RUNS: usize = 200;

/// How often it runs on the pace `off`, all at one time.
const RUNS_OFF: usize = 20;

/// A run on real time takes as long as it takes; one that takes this long hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// How a program can be played.
struct Manner {
    /// It talks to files and sockets, and so has real time.
    goes_outside: bool,
    /// It has a flag `--stub`, with which it plays something of its own in place of the outside.
    has_stub: bool,
    /// It is several commands, so there is no one run to look at: its tests play it.
    is_several: bool,
}

impl Manner {
    fn of(sources: &Sources) -> Manner {
        let any = |words: &str| sources.values().any(|text| text.contains(words));
        Manner {
            goes_outside: any("rehearsal::outside"),
            has_stub: any(" stub: bool,"),
            is_several: any("derive(Subcommand)"),
        }
    }

    /// The checks that it allows, in the order in which they run.
    fn checks(&self) -> &'static [&'static str] {
        match self {
            Manner { is_several: true, .. } => &[],
            Manner { goes_outside: true, has_stub: false, .. } => &["play/real-crates"],
            _ => &["play/real-crates", "play/live", "play/off", "play/same-every-time"],
        }
    }

    /// The flags that keep it inside.
    fn flags(&self) -> &'static [&'static str] {
        if self.has_stub { &["--stub"] } else { &[] }
    }
}

/// The names of the checks here.
pub(super) fn names(exercise: &Exercise) -> Result<Vec<String>> {
    let manner = Manner::of(&exercise.starter_sources()?);
    Ok(manner.checks().iter().map(|&name| name.to_owned()).collect())
}

/// Builds the two programs of each exercise once, and tells a fact for each check that is wanted.
///
/// What takes real time waits most of it: so all exercises do that together, and nobody else works beside them.
pub(super) fn prove(
    exercises: &mut [(&Exercise, Memory)],
    wish: &Wish,
    tell: &mut impl FnMut(&Exercise, &Fact) -> Result<()>,
) -> Result<()> {
    let mut plans = Vec::new();
    for (exercise, memory) in exercises.iter_mut() {
        match Plan::of(exercise, wish, memory, &mut |fact| tell(exercise, fact)) {
            Ok(plan) => plans.push(plan),
            Err(error) => {
                tell(exercise, &Fact::of("plays", Err(error.to_string())))?;
                plans.push(None);
            }
        }
    }
    let mut built = build(plans.iter().flatten())?;
    let mut stages = Vec::new();
    for ((exercise, _), plan) in exercises.iter().zip(plans) {
        let Some(plan) = plan else {
            stages.push(None);
            continue;
        };
        let checks = plan.wanted.join(", ");
        match Stage::of(plan, &mut built).unwrap_or_else(|error| Err(error.to_string())) {
            Ok(stage) => stages.push(Some(stage)),
            Err(problem) => {
                tell(exercise, &Fact::of(&checks, Err(problem)))?;
                stages.push(None);
            }
        }
    }
    status("playing in real time …");
    let mut facts: Vec<Vec<Result<Fact>>> = thread::scope(|scope| {
        let play = |stage: &'_ Option<Stage>| stage.as_ref().map(Stage::in_real_time);
        let plays = stages.iter().map(|stage| scope.spawn(move || play(stage).unwrap_or_default()));
        let plays: Vec<_> = plays.collect();
        plays.into_iter().map(|play| play.join().expect("it does not panic")).collect()
    });
    status("");
    for (((exercise, memory), stage), facts) in exercises.iter_mut().zip(&stages).zip(&mut facts) {
        let Some(stage) = stage else { continue };
        let alone = stage.wanted.iter().copied().filter(|name| !in_real_time(name));
        let alone = alone.map(|name| {
            status(&format!("{} {name} …", exercise.short()));
            let fact = stage.fact(name);
            status("");
            fact
        });
        for fact in facts.drain(..).chain(alone) {
            let fact = fact.unwrap_or_else(|error| Fact::of("plays", Err(error.to_string())));
            memory.keep(&fact);
            tell(exercise, &fact)?;
        }
    }
    Ok(())
}

/// Whether a check waits most of the time.
fn in_real_time(check: &str) -> bool {
    ["play/real-crates", "play/live"].contains(&check)
}

/// What is to be played of an exercise.
struct Plan<'a> {
    exercise: &'a Exercise,
    manner: Manner,
    wanted: Vec<&'static str>,
    /// Whether the exercise's own program is still the starter.
    is_as_given: bool,
}

impl<'a> Plan<'a> {
    /// None where nothing is left to play. What is known is told.
    fn of(
        exercise: &'a Exercise,
        wish: &Wish,
        memory: &mut Memory,
        tell: &mut impl FnMut(&Fact) -> Result<()>,
    ) -> Result<Option<Plan<'a>>> {
        let starter = exercise.starter_sources()?;
        let manner = Manner::of(&starter);
        let real = source::sources(&exercise.folder().join("examples")).unwrap_or_default();
        let mut wanted = Vec::new();
        for name in manner.checks().iter().copied().filter(|name| wish.wants(name)) {
            match memory.recall(name, (&starter, &real)) {
                Some(fact) => tell(&fact)?,
                None => wanted.push(name),
            }
        }
        let is_as_given = reset::same(&exercise.folder().join("src"), &exercise.starter())?;
        let plan = Plan { exercise, manner, wanted, is_as_given };
        Ok((!plan.wanted.is_empty()).then_some(plan))
    }

    /// The name of the program on the real crates.
    fn real(&self) -> String {
        format!("{}-real", self.exercise.short())
    }

    fn with_real(&self) -> bool {
        self.wanted.contains(&"play/real-crates")
    }

    /// What cargo is asked to build of it.
    fn targets(&self) -> Vec<String> {
        let mut targets = Vec::new();
        if self.is_as_given {
            targets.extend(["--bin".to_owned(), self.exercise.name.clone()]);
        }
        if self.with_real() {
            targets.extend(["--example".to_owned(), self.real()]);
        }
        if !targets.is_empty() {
            targets.extend(["--package".to_owned(), self.exercise.package()]);
        }
        targets
    }
}

/// All of them at one time: alone, each would build what it stands on with other features.
fn build<'a>(plans: impl Iterator<Item = &'a Plan<'a>>) -> Result<Built> {
    let mut arguments = vec!["build".to_owned(), "--keep-going".to_owned()];
    let mut root = None;
    for plan in plans {
        arguments.extend(plan.targets());
        root = Some(plan.exercise.root());
    }
    let Some(root) = root.filter(|_| arguments.len() > 2) else { return Ok(Built::default()) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    status("building …");
    let built = build::build(root, &arguments);
    status("");
    built
}

/// The two programs, and where they are played.
struct Stage {
    manner: Manner,
    wanted: Vec<&'static str>,
    program: PathBuf,
    real: Option<PathBuf>,
    folder: PathBuf,
}

impl Stage {
    fn of(plan: Plan<'_>, built: &mut Built) -> Result<std::result::Result<Stage, String>> {
        let (exercise, name) = (plan.exercise, &plan.exercise.name);
        let mut program = built.programs.remove(name);
        let mut trouble = built.trouble.clone();
        let mut error =
            [name, &plan.real()].into_iter().find_map(|name| built.error(name)).cloned();
        if !plan.is_as_given {
            let copy = format!("{name}-as-given");
            let scratch = Scratch::of_one(exercise, &copy, &exercise.starter_sources()?)?;
            status(&format!("building {copy} …"));
            let mut copied = scratch.build(std::slice::from_ref(&copy))?;
            status("");
            program = copied.programs.remove(&copy);
            error = error.or(copied.any_error().cloned());
            trouble = trouble.or(copied.trouble);
        }
        if let Some(error) = error {
            return Ok(Err(format!("does not compile: {error}")));
        }
        let Some(program) = program else {
            let trouble = trouble.unwrap_or_default();
            return Ok(Err(format!("the program can't be built: {trouble}")));
        };
        let (real, folder) = (built.programs.remove(&plan.real()), exercise.root().to_path_buf());
        Ok(Ok(Stage { manner: plan.manner, wanted: plan.wanted, program, real, folder }))
    }

    /// What those checks find that wait most of the time, played at once.
    fn in_real_time(&self) -> Vec<Result<Fact>> {
        let names = self.wanted.iter().filter(|name| in_real_time(name));
        thread::scope(|scope| {
            let plays: Vec<_> = names.map(|name| scope.spawn(|| self.fact(name))).collect();
            plays.into_iter().map(|play| play.join().expect("it does not panic")).collect()
        })
    }

    /// What a check finds.
    fn fact(&self, name: &str) -> Result<Fact> {
        let found = match name {
            "play/real-crates" => self.real_crates(),
            "play/live" => self.live(),
            "play/off" => self.off(),
            _ => self.same_every_time()?,
        };
        Ok(Fact::of(name, found))
    }

    /// The real crates tell the same, in whatever order; outside, that is so without `--stub` as well.
    fn real_crates(&self) -> Found {
        let real = self.real.as_deref().ok_or("examples/real.rs can't be built")?;
        let mut pairs = Vec::new();
        if self.manner.goes_outside {
            pairs.push((vec!["--pace", "real"], vec![]));
        }
        if !self.manner.goes_outside || self.manner.has_stub {
            let flags = self.manner.flags();
            pairs.push(([flags, &["--pace", "instant"]].concat(), flags.to_vec()));
        }
        let mut differences = Vec::new();
        let mut lines = 0;
        for (rehearsed, flags) in pairs {
            let (ours, theirs) = (self.play(&self.program, &rehearsed)?, self.play(real, &flags)?);
            lines += theirs.lines().count();
            differences.extend(told_by_one_alone(&ours, &theirs));
        }
        if differences.is_empty() {
            return Ok(format!("they tell the same {lines} lines"));
        }
        Err(differences.join("\n"))
    }

    /// The pace `live` prints the same bytes as the pace `instant`.
    fn live(&self) -> Found {
        let [instant, live] = ["instant", "live"].map(|pace| self.at_pace(pace));
        let (instant, live) = (instant?, live?);
        if live == instant {
            return Ok("it prints what the pace instant prints".to_owned());
        }
        let differing = live.lines().zip(instant.lines()).find(|(live, instant)| live != instant);
        Err(differing.map_or(
            "its lines end earlier than on the pace instant".to_owned(),
            |(live, instant)| {
                format!("it prints '{live}' where the pace instant prints '{instant}'")
            },
        ))
    }

    /// On the pace `off` the counts of the summary hold, each time.
    fn off(&self) -> Found {
        let summary = |printed: &str| masked(printed.lines().last().unwrap_or_default());
        let wanted = summary(&self.at_pace("instant")?);
        let runs: Vec<Found> = thread::scope(|scope| {
            let runs: Vec<_> = (0..RUNS_OFF).map(|_| scope.spawn(|| self.at_pace("off"))).collect();
            runs.into_iter().map(|run| run.join().expect("it does not panic")).collect()
        });
        let mut others = BTreeSet::new();
        for run in runs {
            let last = summary(&run?);
            if last != wanted {
                others.insert(format!("its last line is '{last}', not '{wanted}'"));
            }
        }
        if others.is_empty() {
            return Ok(format!("{RUNS_OFF} runs end with '{wanted}'"));
        }
        Err(others.into_iter().collect::<Vec<_>>().join("\n"))
    }

    fn same_every_time(&self) -> Result<Found> {
        let arguments = [self.manner.flags(), &["--pace", "instant"]].concat();
        let trial = Trial {
            arguments: arguments.into_iter().map(Into::into).collect(),
            runs: RUNS,
            busy: true,
            exit_code: 0,
            limit: child::time_limit()?,
        };
        trial.play(&self.program)
    }

    fn at_pace(&self, pace: &str) -> Found {
        self.play(&self.program, &[self.manner.flags(), &["--pace", pace]].concat())
    }

    /// What a program prints on standard output. It has to end well.
    fn play(&self, program: &Path, arguments: &[&str]) -> Found {
        let mut command = Command::new(program);
        on_its_own(command.args(arguments).current_dir(&self.folder));
        let outcome = child::run(&mut command, LIMIT).map_err(|error| error.to_string())?;
        if outcome.ended == child::Ended::Code(0) {
            return Ok(outcome.stdout);
        }
        let name = program.file_name().unwrap_or_default().display();
        let arguments = arguments.join(" ");
        let told = format!("{}{}", outcome.stdout, outcome.stderr);
        Err(format!("{name} {arguments} ended with {}:\n{}", outcome.ended, told.trim_end()))
    }
}

/// The lines that one of two programs tells alone, or more often.
fn told_by_one_alone(ours: &str, theirs: &str) -> Vec<String> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (printed, one) in [(ours, 1), (theirs, -1)] {
        // The producer says when it waits: that is timing.
        for line in printed.lines().filter(|line| !line.starts_with("[Producer]")) {
            *counts.entry(masked(line)).or_default() += one;
        }
    }
    let mut alone: Vec<_> = counts.into_iter().filter(|(_, count)| *count != 0).collect();
    alone.sort_by_key(|(_, count)| *count < 0);
    alone
        .into_iter()
        .map(|(line, count)| {
            let who = if count > 0 { "the rehearsal" } else { "the real crates" };
            let times =
                if count.abs() > 1 { format!(" ({} times)", count.abs()) } else { String::new() };
            format!("told by {who} alone: {line}{times}")
        })
        .collect()
}

/// A line without the number of the worker, and without the seconds that were measured.
fn masked(line: &str) -> String {
    let mut told = String::new();
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let length = rest.find(|letter: char| !is_of_number(letter)).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(length);
        if length == 0 {
            told.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else if told.ends_with("_secs=") || told.ends_with('-') && behind.starts_with(']') {
            told.push('N');
            rest = behind;
        } else if let Some(behind) = behind_unit(behind) {
            told.push_str("N seconds");
            rest = behind;
        } else {
            told.push_str(number);
            rest = behind;
        }
    }
    told
}

fn is_of_number(letter: char) -> bool {
    letter.is_ascii_digit() || letter == '.'
}

/// What comes after ` s`, ` second` or ` seconds`, as a word of its own.
fn behind_unit(text: &str) -> Option<&str> {
    let behind = [" seconds", " second", " s"].iter().find_map(|unit| text.strip_prefix(unit))?;
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    (!behind.starts_with(is_part)).then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_it_and_how_long_it_took_is_masked() {
        for (line, without) in [
            ("[Worker-12] Processed: item_9", "[Worker-N] Processed: item_9"),
            (
                "Processed 12 jobs in 5.7 seconds, dead letters: 0",
                "Processed 12 jobs in N seconds, dead letters: 0",
            ),
            ("(attempt 4 at 5.053 s: timed out)", "(attempt 4 at N seconds: timed out)"),
            ("1 second. 2 sheep", "N seconds. 2 sheep"),
            ("time_secs=0.250, outcome=7", "time_secs=N, outcome=7"),
            ("a-1 b-2] 3...", "a-1 b-N] 3..."),
            ("ä… 1 s", "ä… N seconds"),
        ] {
            assert_eq!(masked(line), without);
        }
    }

    #[test]
    fn lines_are_compared_whoever_tells_them_and_when() {
        let ours = "[Producer] waits\n[Worker-1] a\n[Worker-2] b\nin 1.0 seconds\n";
        let theirs = "[Worker-3] b\n[Worker-3] a\nin 1.2 seconds\n";
        assert!(told_by_one_alone(ours, theirs).is_empty());
        assert_eq!(
            told_by_one_alone("a\na\nb\n", "b\nc\n"),
            ["told by the rehearsal alone: a (2 times)", "told by the real crates alone: c"]
        );
    }

    #[test]
    fn a_program_is_played_as_far_as_it_can_be() {
        let checks = |text: &str| {
            let sources = BTreeMap::from([("main.rs".to_owned(), text.to_owned())]);
            Manner::of(&sources).checks().len()
        };
        assert_eq!(checks("use rehearsal::println;"), 4);
        assert_eq!(checks("use rehearsal::outside::tokio;"), 1);
        assert_eq!(checks("use rehearsal::outside::tokio;\n    stub: bool,\n"), 4);
        assert_eq!(checks("#[derive(Subcommand)]"), 0);
    }
}
