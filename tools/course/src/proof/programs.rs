//! What is seen by building and running: the breaks, the two banks, and the starter handed in as it is.

use super::{Fact, Wish, facts::graded};
use crate::{
    Error, Result,
    build::Built,
    check::{State, gist, of_task, state},
    child::{self, Ended, Outcome, Started},
    edit::{Edit, Step, ends, same_everywhere, short_command},
    manifest::Scratch,
    material::{Bank, Specimen},
    read, status,
    suite::{Sitting, Suite, WHOLE_OUTPUT},
    workspace::Exercise,
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// The exit code of a program that the rehearsal found stuck.
const DEADLOCK: i32 = 70;

/// A deadlock is to be told at once. A busy machine is slow as well, so only far more fails.
const AT_ONCE: Duration = Duration::from_millis(200);
const TOO_LATE: Duration = Duration::from_secs(2);

/// How many programs are judged at one time.
const AT_A_TIME: usize = 2;

type Found = std::result::Result<String, String>;

/// The names of the checks here, in the order in which they run.
pub(super) fn names(exercise: &Exercise) -> Result<Vec<String>> {
    let mut names = vec!["solution".to_owned()];
    names.extend(Edit::all(exercise)?.iter().map(|edit| format!("break/{}", edit.name)));
    names.extend(graded(exercise).unwrap_or_default().iter().map(|task| format!("open/{task}")));
    for bank in [Bank::Wrong, Bank::AlsoRight] {
        names.extend(Specimen::all(exercise, bank)?.iter().map(Specimen::path));
    }
    Ok(names)
}

/// Everything that one exercise's programs are judged with.
struct Bench<'a> {
    exercise: &'a Exercise,
    edits: Vec<Edit>,
    specimens: Vec<Specimen>,
    suite: std::result::Result<Suite, String>,
    scratch: Scratch,
    built: Built,
}

/// Builds all that is wanted, and tells a fact for each.
pub(super) fn prove(
    exercise: &Exercise,
    wish: &Wish,
    tell: &mut impl FnMut(&Fact) -> Result<()>,
) -> Result<()> {
    let wanted: Vec<String> =
        names(exercise)?.into_iter().filter(|name| wish.wants(name)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let bench = Bench::build(exercise, &wanted)?;
    if let Some(trouble) = &bench.built.trouble {
        let found = Err(format!("they can't be built: {trouble}"));
        return tell(&Fact::of("all programs", found));
    }
    let (first, judged): (Vec<String>, Vec<String>) =
        wanted.into_iter().partition(|name| name == "solution" || name.starts_with("break/"));
    for name in first {
        let found = match name.strip_prefix("break/") {
            Some(edit) => bench.play(edit, wish.update)?,
            None => bench.solution()?,
        };
        tell(&Fact::of(&name, found))?;
    }
    if let (Err(problem), false) = (bench.suite(), judged.is_empty()) {
        let left = judged.len();
        let found = Err(format!("{problem}, so {left} programs and tasks were not judged"));
        return tell(&Fact::of("open, wrong, also-right", found));
    }
    let (open, programs): (Vec<String>, Vec<String>) =
        judged.into_iter().partition(|name| name.starts_with("open/"));
    if !open.is_empty() {
        for fact in bench.open(&open)? {
            tell(&fact)?;
        }
    }
    bench.judge_all(&programs, tell)
}

impl<'a> Bench<'a> {
    fn build(exercise: &'a Exercise, wanted: &[String]) -> Result<Bench<'a>> {
        let edits = Edit::all(exercise)?;
        let mut specimens = Specimen::all(exercise, Bank::Wrong)?;
        specimens.extend(Specimen::all(exercise, Bank::AlsoRight)?);
        let starter = exercise.starter_sources()?;
        let solution = exercise.solution_sources()?;
        let mut sources = BTreeMap::from([("starter".to_owned(), starter.clone())]);
        for edit in &edits {
            if let Ok(edited) = edit.apply(&starter) {
                sources.insert(format!("break/{}", edit.name), edited);
            }
        }
        sources
            .extend(specimens.iter().map(|specimen| (specimen.path(), specimen.beside(&solution))));
        let is_wanted = |check: &&String| wanted.contains(check) || *check == "starter";
        let names: Vec<String> =
            sources.keys().filter(is_wanted).map(|check| program(exercise, check)).collect();
        let programs = sources.into_iter().map(|(check, files)| (program(exercise, &check), files));
        let scratch = Scratch::write(exercise, &exercise.name, &programs.collect())?;
        let mut built = scratch.build(&names)?;
        let others = built.errors.iter().find(|(target, _)| !names.contains(target));
        if let Some((target, error)) = others {
            built.trouble = Some(format!("{target} does not compile: {error}"));
        }
        status(&format!("building {} …", exercise.solution_package()));
        let suite = Suite::build(exercise, &exercise.solution_package())?
            .map_err(|problem| format!("{} {problem}", exercise.solution_package()));
        status("");
        Ok(Bench { exercise, edits, specimens, suite, scratch, built })
    }

    /// The program of a check, or why there is none.
    fn program(&self, check: &str) -> std::result::Result<&PathBuf, String> {
        let name = program(self.exercise, check);
        self.built.programs.get(&name).ok_or_else(|| match self.built.errors.get(&name) {
            Some(error) => format!("does not compile: {error}"),
            None => "was not built".to_owned(),
        })
    }

    fn suite(&self) -> std::result::Result<&Suite, String> {
        self.suite.as_ref().map_err(Clone::clone)
    }

    /// The solution passes all tests, and ignores none.
    fn solution(&self) -> Result<Found> {
        let suite = match self.suite() {
            Ok(suite) => suite,
            Err(problem) => return Ok(Err(problem)),
        };
        let ignored = suite.ignored()?;
        if let Some(test) = ignored.first() {
            return Ok(Err(format!("its test {test} is ignored, and a solution hands in all")));
        }
        let sitting = suite.run(&[], None)?;
        for test in &suite.tests {
            let (state, message) = state(&sitting, &[test]);
            if state != State::Passed {
                return Ok(Err(format!(
                    "its own test {test} is not passed:\n{}",
                    message.unwrap_or_default()
                )));
            }
        }
        Ok(Ok(format!("it passes all {} tests", suite.tests.len())))
    }

    /// The starter fails each task that is handed in without doing it.
    fn open(&self, names: &[String]) -> Result<Vec<Fact>> {
        let sitting = self.sit("starter")?;
        let fact = |name: &String| {
            let task = name.trim_start_matches("open/");
            let found = sitting.as_ref().map_err(Clone::clone).and_then(|sitting| {
                match self.state(sitting, task) {
                    (State::Failed, _) => Ok("the starter fails it".to_owned()),
                    (State::Passed, _) => {
                        Err("the starter passes it, with nothing done".to_owned())
                    }
                    (_, message) => Err(message.unwrap_or_default()),
                }
            });
            Fact::of(name, found)
        };
        Ok(names.iter().map(fact).collect())
    }

    fn state(&self, sitting: &Sitting, task: &str) -> (State, Option<String>) {
        match self.suite() {
            Ok(suite) => state(sitting, &of_task(&suite.tests, task)),
            Err(problem) => (State::NoResult, Some(problem)),
        }
    }

    /// Judges a program with the solution's tests.
    fn sit(&self, check: &str) -> Result<std::result::Result<Sitting, String>> {
        let (suite, program) = match (self.suite(), self.program(check)) {
            (Ok(suite), Ok(program)) => (suite, program),
            (Err(problem), _) | (_, Err(problem)) => return Ok(Err(problem)),
        };
        Ok(Ok(suite.run(&WHOLE_OUTPUT, Some(program))?))
    }

    /// Judges the programs of the banks, two at a time, and tells them in their order.
    fn judge_all(
        &self,
        names: &[String],
        tell: &mut impl FnMut(&Fact) -> Result<()>,
    ) -> Result<()> {
        let turn = AtomicUsize::new(0);
        let failure = Mutex::new(None);
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                let send = send.clone();
                scope.spawn(|| {
                    let send = send;
                    while let Some(name) = names.get(turn.fetch_add(1, Ordering::Relaxed)) {
                        match self.judge(name) {
                            Ok(found) => drop(send.send((name, Fact::of(name, found)))),
                            Err(error) => {
                                *failure.lock().unwrap_or_else(PoisonError::into_inner) =
                                    Some(error);
                                return;
                            }
                        }
                    }
                });
            }
            drop(send);
            let mut early = BTreeMap::new();
            let mut open = names.iter();
            let mut next = open.next();
            for (name, fact) in receive {
                early.insert(name, fact);
                while let Some(fact) = next.and_then(|name| early.remove(name)) {
                    tell(&fact)?;
                    next = open.next();
                }
            }
            Ok(())
        })?;
        failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn judge(&self, check: &str) -> Result<Found> {
        let specimen = self.specimens.iter().find(|specimen| specimen.path() == check);
        let specimen = specimen.expect("the names come from the specimens");
        let sitting = match self.sit(check)? {
            Ok(sitting) => sitting,
            Err(problem) => return Ok(Err(problem)),
        };
        if let Some(trouble) = sitting.trouble {
            return Ok(Err(trouble));
        }
        let mut refused = Vec::new();
        for task in graded(self.exercise)? {
            let (state, message) = self.state(&sitting, &task);
            let message = message.unwrap_or_default();
            match state {
                State::Passed => {}
                State::Failed => refused.push((task, message)),
                // No result is no refusal.
                _ => return Ok(Err(format!("{task}: {message}"))),
            }
        }
        Ok(match specimen.bank {
            Bank::AlsoRight => accepted(&refused),
            Bank::Wrong => as_named(&specimen.refused_by(), &refused),
        })
    }

    /// A break does what is pinned, each time, and a deadlock is told at once.
    fn play(&self, name: &str, update: bool) -> Result<Found> {
        let edit = self.edits.iter().find(|edit| edit.name == name);
        let edit = edit.expect("the names come from the edits");
        if let Some(code) = &edit.compile_error {
            let error = self.built.errors.get(&program(self.exercise, &format!("break/{name}")));
            return Ok(match error {
                Some(error) if edit.expects(error) => {
                    Ok(format!("does not compile, as it should: {error}"))
                }
                Some(error) => {
                    Err(format!("is to be refused with {code}, and the compiler says: {error}"))
                }
                None => Err(format!("is to be refused with {code}, and it compiles")),
            });
        }
        let program = match self.program(&format!("break/{name}")) {
            Ok(program) => program,
            Err(problem) => return Ok(Err(problem)),
        };
        let first = self.runs(edit, program)?;
        let second = self.runs(edit, program)?;
        if first.text != second.text {
            return Ok(Err("prints something else each time".to_owned()));
        }
        if update {
            let path = edit.pinned_path();
            fs::write(&path, &first.text).map_err(|error| Error::about(&path, &error))?;
        }
        let pinned = read(&edit.pinned_path()).unwrap_or_default();
        Ok(first
            .codes_are_right(edit)
            .and_then(|()| as_pinned(&pinned, &first.text))
            .and_then(|()| told_at_once(&first, &second)))
    }

    fn runs(&self, edit: &Edit, program: &Path) -> Result<Played> {
        let outside = self.exercise.goes_outside()?;
        let folder = if outside {
            self.scratch.desk(self.exercise)?
        } else {
            self.scratch.folder().to_path_buf()
        };
        let start = |run: &[String]| -> Result<Started> {
            let mut command = Command::new(program);
            command.current_dir(&folder);
            command.args(run).env("RUST_BACKTRACE", "0").env_remove("REHEARSAL");
            if Edit::needs_pace(run, outside) {
                command.args(["--pace", "instant"]);
            }
            Started::start(&mut command, child::time_limit()?)
        };
        let mut played = Played { text: String::new(), outcomes: vec![None; edit.runs().count()] };
        let (mut index, mut beside) = (0, Vec::new());
        for step in &edit.steps {
            let Step::Run(run) = step else {
                let told = step.of_files(&folder).transpose()?.unwrap_or_default();
                let _ = writeln!(played.text, "{told}");
                continue;
            };
            let _ = writeln!(played.text, "$ {}", short_command(self.exercise, run));
            match Edit::beside(run) {
                Some(flags) => {
                    let mut started = start(flags)?;
                    // Its title, and that it has begun.
                    started.until_lines(2);
                    let _ = writeln!(played.text, "(goes on)");
                    beside.push((index, flags, started));
                }
                None => played.tell(index, start(run)?.wait()?, Edit::chooses_pace(run)),
            }
            index += 1;
        }
        for (index, flags, started) in beside {
            let _ = writeln!(played.text, "{}", ends(&short_command(self.exercise, flags)));
            played.tell(index, started.wait()?, Edit::chooses_pace(flags));
        }
        for file in &edit.shows {
            let text = read(&folder.join(file)).unwrap_or_else(|error| format!("{error}\n"));
            let _ = write!(played.text, "$ cat {file}\n{text}");
        }
        Ok(played)
    }
}

/// The runs of one break.
struct Played {
    text: String,
    /// In the order of the runs; each has one in the end.
    outcomes: Vec<Option<Outcome>>,
}

impl Played {
    fn tell(&mut self, run: usize, outcome: Outcome, in_any_order: bool) {
        let printed = same_everywhere(&format!("{}{}", outcome.stdout, outcome.stderr));
        let printed = if in_any_order { "(another order each time)\n" } else { &printed };
        let _ = writeln!(self.text, "{printed}({})", outcome.ended);
        self.outcomes[run] = Some(outcome);
    }

    fn codes_are_right(&self, edit: &Edit) -> std::result::Result<(), String> {
        for (index, outcome) in self.outcomes.iter().flatten().enumerate() {
            let code = edit.exit(index);
            if outcome.ended != Ended::Code(code) {
                return Err(format!(
                    "is to end with exit code {code}, and ended with {}",
                    outcome.ended
                ));
            }
        }
        Ok(())
    }
}

/// What is right is refused by no task.
fn accepted(refused: &[(String, String)]) -> Found {
    if refused.is_empty() {
        return Ok("accepted".to_owned());
    }
    let mut told = String::from("is right, and is refused:");
    for (_, message) in refused {
        let _ = write!(told, "\n{}\n", message.trim_matches('\n'));
    }
    Err(told)
}

/// What is wrong is refused by the task that it names first. Why, is told: it may be for another reason
/// than the one in the header.
fn as_named(named: &[String], refused: &[(String, String)]) -> Found {
    let Some(named) = named.first() else {
        return Err("does not say '//! refused by: …'".to_owned());
    };
    let others = refused.iter().map(|(task, _)| task.as_str()).filter(|task| task != named);
    let others = others.collect::<Vec<_>>().join(", ");
    let Some((_, message)) = refused.iter().find(|(task, _)| task == named) else {
        let by = if others.is_empty() { "no task" } else { &others };
        return Err(format!("is to be refused by {named}, and is refused by {by}"));
    };
    let also = if others.is_empty() { String::new() } else { format!("; also by {others}") };
    Ok(format!("refused by {named} ({}){also}", gist(message)))
}

/// The name of a check's program: `wrong/hang` of exercise 04 is `04-wrong-hang`.
fn program(exercise: &Exercise, check: &str) -> String {
    format!("{}-{}", exercise.short(), check.replace('/', "-"))
}

fn as_pinned(pinned: &str, printed: &str) -> std::result::Result<(), String> {
    let pinned = same_everywhere(pinned);
    let printed = same_everywhere(printed);
    if pinned.trim_end() == printed.trim_end() {
        return Ok(());
    }
    let mut lines = pinned.lines().zip(printed.lines()).enumerate();
    Err(match lines.find(|(_, (pinned, printed))| pinned != printed) {
        Some((index, (pinned, printed))) => {
            format!("line {} is pinned as '{pinned}', and it prints '{printed}'", index + 1)
        }
        None => format!(
            "prints {} lines, and {} are pinned",
            printed.lines().count(),
            pinned.lines().count()
        ),
    })
}

/// The better of two times counts: the first start of a program reads it from the disk.
fn told_at_once(first: &Played, second: &Played) -> Found {
    let mut told = "does what is pinned".to_owned();
    for (one, other) in first.outcomes.iter().flatten().zip(second.outcomes.iter().flatten()) {
        if one.ended != Ended::Code(DEADLOCK) {
            continue;
        }
        let took = one.took.min(other.took);
        let ms = took.as_millis();
        if took > TOO_LATE {
            return Err(format!("tells its deadlock after {ms} ms, which is far too late"));
        }
        let late = if took > AT_ONCE { ", above the 200 ms that are wanted" } else { "" };
        let _ = write!(told, ", deadlock told after {ms} ms{late}");
    }
    Ok(told)
}
