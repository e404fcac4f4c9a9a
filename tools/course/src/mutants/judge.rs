//! Builds mutants and has them judged.

use super::{
    Mutant,
    ledger::{Kind, Ledger},
};
use crate::{
    Error, Result,
    check::{State, gist, of_task, state},
    programs::{Ground, Part, Programs, Sources, Wanted},
    status,
    suite::{Other, Suite},
    variant::Base,
    workspace::Exercise,
};
use accord::{exercise::TESTS, task};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// How many are judged at one time.
const AT_A_TIME: usize = 2;

/// In so many drawn settings, of all tasks together, the story of an equivalent one is the solution's.
const SETTINGS: usize = 200;

/// The name of the solution among its mutants.
const ITSELF: &str = "solution";

/// A mutant, and what came of it.
pub(super) struct Judged<'a> {
    pub(super) mutant: &'a Mutant,
    pub(super) outcome: Outcome,
}

/// What came of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It does not compile.
    LeftOut,
    /// A test refuses it, or says that it is not what it is called: how, in words.
    Refused(String),
    /// No test refuses it, and it is what it is called.
    Passed,
    /// It has no verdict: why.
    Lost(String),
}

/// Judges all of them, in their order.
pub(super) fn all<'a>(
    exercise: &Exercise,
    solution: &Sources,
    mutants: &[&'a Mutant],
    ledger: &Ledger,
) -> Result<Vec<Judged<'a>>> {
    let bench = Bench::build(exercise, solution, mutants)?;
    let judged = bench.judge_all(exercise, mutants, ledger);
    status("");
    bench.programs.scratch.clean()?;
    judged
}

struct Bench {
    programs: Programs,
    suite: Suite,
    tasks: Vec<String>,
    /// How often each task has refused one: the sharpest is asked first.
    sharp: Mutex<BTreeMap<String, usize>>,
}

impl Bench {
    fn build(exercise: &Exercise, solution: &Sources, mutants: &[&Mutant]) -> Result<Bench> {
        let part = |mutant: &Mutant| Part {
            base: Base::Solution.word(),
            base_files: solution,
            files: mutant.files.clone(),
        };
        let parts = mutants.iter().enumerate().map(|(number, mutant)| (name(number), part(mutant)));
        let mut wanted = Wanted { together: parts.collect(), ..Wanted::default() };
        let itself =
            Part { base: Base::Solution.word(), base_files: solution, files: solution.clone() };
        wanted.together.insert(ITSELF.to_owned(), itself);
        let ground = Ground::of(exercise, &format!("{}-mutants", exercise.name))?;
        let programs = Programs::build(ground, exercise.short(), wanted, false)?;
        if let Some(trouble) = &programs.trouble {
            return Err(Error::Failed(format!(
                "the mutants of {} can't be built: {trouble}",
                exercise.name
            )));
        }
        let package = exercise.solution_package();
        status(&format!("building {package} …"));
        let suite = Suite::build(exercise, &package)?
            .map_err(|not_built| Error::Failed(format!("{package} {}", not_built.why)))?;
        let tasks = task::graded(&crate::read(&exercise.folder().join(TESTS))?);
        Ok(Bench { programs, suite, tasks, sharp: Mutex::default() })
    }

    fn judge_all<'a>(
        &self,
        exercise: &Exercise,
        mutants: &[&'a Mutant],
        ledger: &Ledger,
    ) -> Result<Vec<Judged<'a>>> {
        let (turn, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let work = || -> Result<()> {
            loop {
                let number = turn.fetch_add(1, Ordering::Relaxed);
                let Some(mutant) = mutants.get(number) else { return Ok(()) };
                let outcome =
                    self.judge(&name(number), ledger.get(&mutant.key).map(|entry| entry.0))?;
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.insert(number, Judged { mutant, outcome });
                status(&format!(
                    "{}: {} of {} mutants …",
                    exercise.name,
                    done.len(),
                    mutants.len()
                ));
            }
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("it does not panic"))
        })?;
        Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect())
    }

    /// Asks one task after another until one refuses it; and then whether it is what it is called.
    fn judge(&self, check: &str, called: Option<Kind>) -> Result<Outcome> {
        let Ok(program) = self.programs.get(check) else { return Ok(Outcome::LeftOut) };
        let source = self.programs.source(check);
        let other = Other { program, source: &source };
        for task in self.sharpest_first() {
            let tests = of_task(&self.suite.tests, &task);
            if tests.is_empty() {
                return Ok(Outcome::Lost(format!("no test is of {task}")));
            }
            let sitting = self.suite.run_blunt(&tests, other)?;
            match state(&sitting, &tests) {
                (State::Passed, _) => {}
                (State::Failed, message) => {
                    let mut sharp = self.sharp.lock().unwrap_or_else(PoisonError::into_inner);
                    *sharp.entry(task.clone()).or_default() += 1;
                    let why = gist(&message.unwrap_or_default());
                    return Ok(Outcome::Refused(format!("{task} refuses it: {why}")));
                }
                (_, message) => return Ok(Outcome::Lost(message.unwrap_or_default())),
            }
        }
        match called {
            Some(Kind::Equivalent) => self.is_alike(other),
            _ => Ok(Outcome::Passed),
        }
    }

    fn sharpest_first(&self) -> Vec<String> {
        let sharp = self.sharp.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tasks = self.tasks.clone();
        tasks.sort_by_key(|task| std::cmp::Reverse(sharp.get(task).copied().unwrap_or_default()));
        tasks
    }

    /// Whether its story is the solution's, where a referee can draw settings for it.
    fn is_alike(&self, other: Other<'_>) -> Result<Outcome> {
        let settings = SETTINGS.div_ceil(self.tasks.len().max(1));
        let solution = match self.programs.get(ITSELF) {
            Ok(solution) => solution,
            Err(problem) => return Ok(Outcome::Lost(format!("the solution {problem}"))),
        };
        let Some(message) = self.suite.unlike(other, solution, settings)? else {
            return Ok(Outcome::Passed);
        };
        let message = message.lines().find(|line| line.starts_with("with `")).unwrap_or(&message);
        Ok(Outcome::Refused(format!("its story is not the solution's: {message}")))
    }
}

/// The name of the check of a mutant.
fn name(number: usize) -> String {
    format!("mutant-{:04}", number + 1)
}
